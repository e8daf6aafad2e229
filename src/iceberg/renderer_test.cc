// What the renderer says of a table that changes. Whole files are read by other people's readers in
// tests/conformance/table_formats.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "iceberg/iceberg.h"
#include "iceberg/snapshot.h"
#include "tables/table_fixture.h"

namespace boathouse::iceberg {
namespace {

struct Fixture : tables::TableFixture {
  Renderer renderer{{"s3://boathouse"}};

  Metadata Load(const Reading& reading = {}, Snapshots snapshots = Snapshots::kWindow) {
    auto loaded = renderer.Load(table(), reading, snapshots);
    REQUIRE_MESSAGE(loaded.ok(), (loaded.ok() ? "" : loaded.error().message));
    return *loaded;
  }
  static Json Parsed(const Metadata& metadata) {
    auto json = Json::Parse(*metadata.json);
    REQUIRE(json.ok());
    return *json;
  }
  std::string File(const std::string& name) {
    auto bytes = renderer.File(table(), name);
    REQUIRE_MESSAGE(bytes.ok(), name);
    return **bytes;
  }
  static std::string Below(const std::string& uri) { return uri.substr(uri.rfind('/') + 1); }
  Json Plan(const std::string& request, const Reading& reading = {}) {
    auto plan = renderer.Plan(table(), reading, *Json::Parse(request));
    REQUIRE_MESSAGE(plan.ok(), (plan.ok() ? "" : plan.error().message));
    return *plan;
  }
  ErrorKind PlanError(const std::string& request) {
    const auto plan = renderer.Plan(table(), {}, *Json::Parse(request));
    REQUIRE_FALSE(plan.ok());
    return plan.error().kind;
  }
  std::vector<Json> SnapshotsOf(const Metadata& metadata) {
    return Parsed(metadata)["snapshots"].items();
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "metadata names the table, its fields and the current snapshot") {
  Create(3);
  const Metadata loaded = Load();
  const Json metadata = Parsed(loaded);
  const Id id = *table().id();
  CHECK(loaded.location == "s3://boathouse/accounts/" + id.ToString());
  CHECK(loaded.uri == loaded.location + "/metadata/" + loaded.name);
  CHECK(metadata["format-version"].AsInt() == 2);
  CHECK(metadata["table-uuid"].AsString() == id.ToString());
  CHECK(metadata["location"].AsString() == loaded.location);
  CHECK(metadata["last-sequence-number"].AsInt() == 1);
  CHECK(metadata["last-partition-id"].AsInt() == 999);
  CHECK(metadata["current-snapshot-id"].AsInt() == Renderer::SnapshotId(id, 0));
  CHECK(metadata["refs"]["main"]["snapshot-id"].AsInt() == loaded.snapshot_id);
  CHECK(metadata["schemas"].size() == 1);
  const Json& fields = metadata["schemas"].items()[0]["fields"];
  CHECK(fields.size() == object().fields.size());
  int64_t last = 0;
  for (const Json& field : fields.items()) {
    CHECK(*field["id"].AsInt() > 0);  // 0 is no field id in Iceberg
    last = std::max(last, *field["id"].AsInt());
  }
  CHECK(metadata["last-column-id"].AsInt() == last);
  CHECK(metadata["snapshots"].size() == 1);
  CHECK(metadata.Find("next-row-id") == nullptr);
  CHECK(Parsed(Load({3})).Find("next-row-id") != nullptr);
}

TEST_CASE_FIXTURE(
    Fixture, "what loadTable says is what stands under the name, and the same after a restart") {
  const auto made = Create(3);
  Load();
  Rename(made[0], "Other");
  for (const int format : {2, 3}) {
    const Metadata first = Load({format});
    CHECK(first.json == Load({format}).json);  // kept, not made again
    CHECK(File(first.name) == *first.json);
    std::map<std::string, std::string> before;
    const auto listed = renderer.List(table(), {format});
    REQUIRE(listed.ok());
    for (const ListedFile& file : *listed) {
      const auto bytes = renderer.File(table(), {format}, clock.Now(), file.name);
      REQUIRE(bytes.ok());
      before[file.name] = **bytes;
      CHECK(before[file.name].size() == file.size);
    }
    CHECK(before.size() >= 3);
    OpenCatalog();
    Renderer other({"s3://boathouse"});
    for (const auto& [name, bytes] : before) {
      CAPTURE(name);
      const auto again = other.File(table(), {format}, clock.Now(), name);
      REQUIRE(again.ok());
      CHECK(**again == bytes);
    }
    CHECK(other.Load(table(), {format})->digest == first.digest);
  }
}

TEST_CASE_FIXTURE(Fixture, "each version is a snapshot; a body shows a bounded number of them") {
  const auto made = Create(2);
  for (int i = 0; i < snapshots_window + 5; ++i) {
    Load();
    Rename(made[0], "Name " + std::to_string(i));
  }
  const Metadata window = Load();
  const auto snapshots = SnapshotsOf(window);
  CHECK(snapshots.size() == snapshots_window);
  CHECK(snapshots.back()["snapshot-id"].AsInt() == window.snapshot_id);
  for (size_t i = 1; i < snapshots.size(); ++i) {
    CHECK(snapshots[i]["parent-snapshot-id"] == snapshots[i - 1]["snapshot-id"]);
    CHECK(*snapshots[i]["sequence-number"].AsInt() ==
          *snapshots[i - 1]["sequence-number"].AsInt() + 1);
    CHECK(snapshots[i]["summary"]["operation"].AsString() == "overwrite");
  }
  const size_t size = window.json->size();
  Rename(made[1], "Once more");
  CHECK(Load().json->size() < size + 64);
  CHECK(SnapshotsOf(Load({}, Snapshots::kCurrent)).size() == 1);
  CHECK(Load({}, Snapshots::kCurrent).digest != Load().digest);
  CHECK(SnapshotsOf(Load({}, Snapshots::kAll)).size() == snapshots_window + 7);
  // Old snapshots are whole.
  const auto oldest = SnapshotsOf(Load({}, Snapshots::kAll))[0];
  CHECK(File(Below(std::string(oldest["manifest-list"].AsString()))).starts_with("Obj\x01"));
}

TEST_CASE_FIXTURE(Fixture, "without history a reader sees nothing of what was before") {
  const auto made = Create(2);
  const Metadata before = Load();
  const tables::File old = Current()->files[0];
  Rename(made[0], "Other");
  const Reading reading{2, false};
  const Metadata alone = Load(reading);
  const Json metadata = Parsed(alone);
  REQUIRE(metadata["snapshots"].size() == 1);
  const Json& snapshot = metadata["snapshots"].items()[0];
  CHECK(snapshot.Find("parent-snapshot-id") == nullptr);
  CHECK(snapshot["summary"]["operation"].AsString() == "append");
  const auto listed = renderer.List(table(), reading);
  REQUIRE(listed.ok());
  for (const ListedFile& file : *listed) {
    const auto bytes = renderer.File(table(), reading, clock.Now(), file.name);
    REQUIRE_MESSAGE(bytes.ok(), file.name);
    CHECK((*bytes)->size() == file.size);
    CHECK((*bytes)->find(old.id) == std::string::npos);
  }
  CHECK(PlanError(R"({"snapshot-id":12})") == ErrorKind::kNotFound);
  const auto past =
      renderer.Plan(table(), reading, Json::Object({{"snapshot-id", before.snapshot_id}}));
  REQUIRE_FALSE(past.ok());
  CHECK(past.error().kind == ErrorKind::kNotFound);
  CHECK(renderer.Parse(table(), Load().name)->oldest == 0);
}

TEST_CASE_FIXTURE(
    Fixture,
    "history that may be seen from a moment on begins behind it, without a trace of before") {
  const auto made = Create(2);
  std::vector<std::string> old;  // data files of each version
  std::vector<Micros> times;
  for (int i = 0; i < 4; ++i) {
    const auto version = Current();
    old.push_back(version->files.back().id);
    times.push_back(version->time);
    Load();
    Rename(made[0], "Name " + std::to_string(i));
  }
  Load();
  const Reading from{2, true, times[2]};
  const auto snapshots = SnapshotsOf(Load(from));
  REQUIRE(snapshots.size() == 2);  // of the versions 2, 3 and 4 that it may know of
  for (const Json& snapshot : snapshots) {
    const std::string list = Below(std::string(snapshot["manifest-list"].AsString()));
    const auto bytes = renderer.File(table(), from, clock.Now(), list);
    REQUIRE(bytes.ok());
    const auto version = renderer.Parse(table(), list)->version;
    const std::string manifest = File("0000" + std::to_string(version) + "-m0-v2.avro");
    CHECK(manifest.find(old[0]) == std::string::npos);
    CHECK(manifest.find(old[1]) == std::string::npos);
  }
  // From the newest version on there is no predecessor to tell of.
  CHECK(Parsed(Load({2, true, clock.Now()}))["snapshots"].items()[0].Find("parent-snapshot-id") ==
        nullptr);
}

TEST_CASE_FIXTURE(Fixture, "guessed names tell nobody more than it may see") {
  const auto made = Create(2);
  const Micros first_time = Current()->time;
  Load();
  Rename(made[0], "Other");
  const Metadata newest = Load();
  const Reading alone{2, false}, all{2, true};
  const auto sees = [&](const Reading& reading, const std::string& name, Micros later = 0) {
    const auto file = renderer.File(table(), reading, clock.Now() + later, name);
    if (!file.ok()) CHECK(file.error().kind == ErrorKind::kNotFound);
    return file.ok();
  };
  const std::string first_list =
      "snap-" + std::to_string(Renderer::SnapshotId(*table().id(), 0)) + "-v2";
  for (const std::string& name :
       {std::string("00001-00000-v2.metadata.json"), std::string("00000-00000-v2.metadata.json"),
        std::string("00001-m0-v2.avro"), newest.name, first_list + ".avro"}) {
    CAPTURE(name);
    CHECK(sees(all, name));
    CHECK_FALSE(sees(alone, name));
  }
  CHECK(sees(alone, "00001-m0-v2s.avro"));
  CHECK(sees(alone, "00001-00001-v2s.metadata.json"));
  // A query that began with the version before can end; later nobody needs it.
  for (const std::string& name : {std::string("00000-m0-v2s.avro"), first_list + "s.avro"}) {
    CHECK(sees(alone, name));
    CHECK_FALSE(sees(alone, name, superseded_readable_micros + 1'000'000));
    CHECK(sees(all, name, superseded_readable_micros + 1'000'000));
  }
  CHECK_FALSE(sees({2, true, first_time + 1}, "00001-m0-v2.avro"));
  // Files of format 3 hold dead rows, so that only who may see all versions finds them.
  for (const std::string& name :
       {std::string("00001-m0-v3s.avro"), std::string("00001-00001-v3s.metadata.json")}) {
    CAPTURE(name);
    CHECK(sees(all, name));
    CHECK_FALSE(sees(alone, name));
    CHECK_FALSE(sees({3, true, first_time}, name));
  }
  // Whoever reads the table by its path sees what the catalog shows.
  for (const Reading& reading : {alone, all}) {
    const auto by_path = renderer.File(table(), reading, clock.Now(), "v2.metadata.json");
    REQUIRE(by_path.ok());
    CHECK(**by_path == *Load(reading).json);
    CHECK(sees(reading, "version-hint.text"));
  }
  CHECK_FALSE(sees(alone, "v1.metadata.json", superseded_readable_micros + 1'000'000));
  CHECK_FALSE(sees(alone, "v3.metadata.json"));
}

TEST_CASE_FIXTURE(Fixture, "a new field is a new schema with ids that stay") {
  Create(2);
  const Json before = Parsed(Load());
  REQUIRE(store
              ->ChangeModel(*Json::Parse(R"({"add_field": {"object": "account", "field":
                  {"name": "segment", "label": "Segment", "type": "text"}}})"))
              .ok());
  const Json metadata = Parsed(Load());
  REQUIRE(metadata["schemas"].size() == 2);
  const Json& old = metadata["schemas"].items()[0];
  const Json& now = metadata["schemas"].items()[1];
  CHECK(old == before["schemas"].items()[0]);
  CHECK(metadata["current-schema-id"] == now["schema-id"]);
  CHECK(now["fields"].size() == old["fields"].size() + 1);
  const Json& added = now["fields"].items().back();
  CHECK(added["name"].AsString() == "segment");
  CHECK(added["id"] == metadata["last-column-id"]);
  for (size_t i = 0; i < old["fields"].size(); ++i) {
    CHECK(old["fields"].items()[i] == now["fields"].items()[i]);
  }
  const auto snapshots = metadata["snapshots"].items();
  REQUIRE(snapshots.size() == 2);
  CHECK(snapshots[0]["schema-id"] == old["schema-id"]);
  CHECK(snapshots[1]["schema-id"] == now["schema-id"]);
  // A filter binds to the table's schema, or to the snapshot's when that is wanted.
  const std::string of_first = R"("snapshot-id":)" + snapshots[0]["snapshot-id"].Dump() +
                               R"(,"filter":{"type":"is-null","term":"segment"}})";
  CHECK(Plan("{" + of_first)["file-scan-tasks"].size() == 1);
  CHECK(PlanError(R"({"use-snapshot-schema":true,)" + of_first) == ErrorKind::kInvalid);
}

TEST_CASE_FIXTURE(Fixture,
                  "names that are none, or of versions that are not there, are not found") {
  Create(1);
  const Metadata loaded = Load();
  for (const std::string& name :
       {std::string("x"), std::string("00007-m0-v2.avro"), std::string("00000-m1-v3.avro"),
        std::string("00000-deletes.puffin"), std::string("v9.metadata.json"),
        "../" + loaded.name}) {
    const auto file = renderer.File(table(), name);
    CHECK_MESSAGE(!file.ok(), name);
    if (!file.ok()) CHECK(file.error().kind == ErrorKind::kNotFound);
  }
  CHECK(File("version-hint.text") == "1");
  CHECK(File("v1.metadata.json") == *loaded.json);
  CHECK(renderer.Load(table(), {1}).error().kind == ErrorKind::kUnsupported);
}

TEST_CASE_FIXTURE(Fixture,
                  "a plan names files with residuals, and leaves out what the bounds rule out") {
  const auto made = Create(5, "Account ");
  const Metadata first = Load();
  Rename(made[0], "Zebra");
  const Json all = Plan("{}");
  CHECK(all["status"].AsString() == "completed");
  CHECK(all["plan-id"].is_string());
  REQUIRE(all["file-scan-tasks"].size() >= 1);
  int64_t rows = 0;
  for (const Json& task : all["file-scan-tasks"].items()) {
    CHECK(task["residual-filter"].Dump() == "true");
    CHECK(task["data-file"]["content"].AsString() == "data");
    CHECK(task["data-file"].Find("lower-bounds") == nullptr);
    CHECK(task["data-file"]["file-path"].AsString().starts_with(first.location + "/data/"));
    rows += *task["data-file"]["record-count"].AsInt();
  }
  CHECK(rows == 5);
  CHECK(Plan(R"({"filter":{"type":"gt","term":"name","value":"zz"}})")["file-scan-tasks"].size() ==
        0);
  const Json some = Plan(R"({"filter":{"type":"eq","term":"name","value":"Zebra"},)"
                         R"("select":["id","name"],"stats-fields":["number_of_employees"]})");
  REQUIRE(some["file-scan-tasks"].size() >= 1);
  const Json& task = some["file-scan-tasks"].items()[0];
  CHECK(task["residual-filter"]["type"].AsString() == "eq");
  CHECK(task["data-file"]["lower-bounds"]["values"].Dump() == "[42]");
  // The older snapshot knows no zebra.
  CHECK(Plan(R"({"snapshot-id":)" + std::to_string(first.snapshot_id) +
             R"(,"filter":{"type":"eq","term":"name","value":"Zebra"}})")["file-scan-tasks"]
            .size() == 0);
  CHECK(Plan(R"({"filter":null,"select":null})")["file-scan-tasks"].size() >= 1);
}

TEST_CASE_FIXTURE(Fixture, "a plan request that makes no sense is refused by name") {
  const auto made = Create(2);
  const std::string first = std::to_string(Load().snapshot_id);
  Rename(made[0], "Other");
  const std::string second = std::to_string(Load().snapshot_id);
  CHECK(PlanError("[]") == ErrorKind::kInvalid);
  CHECK(PlanError(R"({"snapshot-id":"x"})") == ErrorKind::kInvalid);
  CHECK(PlanError(R"({"snapshot-id":12345})") == ErrorKind::kNotFound);
  CHECK(PlanError(R"({"select":["nothing"]})") == ErrorKind::kInvalid);
  CHECK(PlanError(R"({"select":"name"})") == ErrorKind::kInvalid);
  CHECK(PlanError(R"({"case-sensitive":1})") == ErrorKind::kInvalid);
  CHECK(PlanError(R"({"filter":{"type":"eq","term":"nothing","value":1}})") == ErrorKind::kInvalid);
  CHECK(PlanError(R"({"start-snapshot-id":)" + first + "}") == ErrorKind::kInvalid);
  CHECK(PlanError(R"({"snapshot-id":)" + first + R"(,"end-snapshot-id":)" + second + "}") ==
        ErrorKind::kInvalid);
  CHECK(PlanError(R"({"start-snapshot-id":)" + first + R"(,"end-snapshot-id":)" + second + "}") ==
        ErrorKind::kInvalid);
  CHECK(Plan(R"({"start-snapshot-id":)" + second + R"(,"end-snapshot-id":)" + second +
             "}")["file-scan-tasks"]
            .size() == 0);
}

TEST_CASE_FIXTURE(Fixture, "format 3 counts dead rows as vectors, format 2 has none") {
  const auto made = Create(20);
  Load();
  Load({3});
  Delete(made[3]);
  Rename(made[7], "Other");
  for (const int format : {2, 3}) {
    const Json plan = Plan("{}", {format});
    int64_t rows = 0, dead = 0;
    for (const Json& task : plan["file-scan-tasks"].items()) {
      rows += *task["data-file"]["record-count"].AsInt();
      for (const Json& index : task["delete-file-references"].items()) {
        const Json& vector = plan["delete-files"].items()[static_cast<size_t>(*index.AsInt())];
        dead += *vector["record-count"].AsInt();
        CHECK(vector["referenced-data-file"] == task["data-file"]["file-path"]);
        const std::string puffin = File(Below(std::string(vector["file-path"].AsString())));
        CHECK(static_cast<int64_t>(puffin.size()) == *vector["file-size-in-bytes"].AsInt());
      }
    }
    CHECK(rows - dead == 19);
    if (format == 2) CHECK(dead == 0);
    const Json summary = Parsed(Load({format}))["snapshots"].items().back()["summary"];
    CHECK(summary["total-records"].AsString() == std::to_string(rows));
    CHECK(summary["total-position-deletes"].AsString() == std::to_string(dead));
  }
}

}  // namespace boathouse::iceberg
