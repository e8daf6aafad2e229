// The log of a table that changes. Readers we did not write follow it in tests/conformance/table_formats.
#include "delta/delta_log.h"

#include <doctest/doctest.h>

#include <set>

#include "base/bytes.h"
#include "base/json.h"
#include "delta/checkpoint.h"
#include "tables/table_fixture.h"

namespace boathouse::delta {
namespace {

struct LogFixture : tables::TableFixture {
  std::string Read(const std::string& name, const LogReading& reading = {}) {
    const auto bytes = ReadLogFile(table(), reading, name);
    REQUIRE_MESSAGE(bytes.ok(), name);
    return **bytes;
  }
  bool IsThere(const std::string& name, const LogReading& reading = {}) {
    const auto bytes = ReadLogFile(table(), reading, name);
    if (!bytes.ok()) CHECK(bytes.error().kind == ErrorKind::kNotFound);
    return bytes.ok();
  }
  std::vector<LogFile> List(const LogReading& reading = {}, std::string_view after = "",
                            size_t files_max = 1000) {
    const auto files = ListLogFiles(table(), reading, after, files_max);
    REQUIRE(files.ok());
    return *files;
  }
  // The actions of a commit, by kind.
  std::multimap<std::string, Json> Actions(const std::string& name,
                                           const LogReading& reading = {}) {
    std::multimap<std::string, Json> out;
    const std::string text = Read(name, reading);
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = text.find('\n', begin);
      REQUIRE(end != std::string::npos);
      const auto line = Json::Parse(std::string_view(text).substr(begin, end - begin));
      REQUIRE(line.ok());
      REQUIRE(line->members().size() == 1);
      out.emplace(line->members()[0].first, line->members()[0].second);
      begin = end + 1;
    }
    return out;
  }
  static std::string Commit(int64_t version) {
    std::string digits = std::to_string(version);
    return std::string(20 - digits.size(), '0') + digits + ".json";
  }
  static std::set<std::string> Paths(const std::multimap<std::string, Json>& actions,
                                     const std::string& kind) {
    std::set<std::string> out;
    const auto [begin, end] = actions.equal_range(kind);
    for (auto at = begin; at != end; ++at) out.emplace(at->second["path"].AsString());
    return out;
  }
};

}  // namespace

TEST_CASE_FIXTURE(LogFixture, "the first commit says what the table is and consists of") {
  Create(3);
  const auto version = Current();
  const auto actions = Actions(Commit(0));
  CHECK(actions.count("protocol") == 1);
  CHECK(actions.find("protocol")->second["minReaderVersion"].AsInt() == 1);
  const Json& metadata = actions.find("metaData")->second;
  CHECK(metadata["id"].AsString() == table().id()->ToString());
  CHECK(metadata["name"].AsString() == "accounts");
  CHECK(Json::Parse(metadata["schemaString"].AsString())->Find("fields")->size() ==
        object().fields.size());
  REQUIRE(version->files.size() == 1);
  const Json& add = actions.find("add")->second;
  CHECK(add["path"].AsString() == "data/" + version->files[0].id + ".parquet");
  CHECK(add["size"].AsInt() == static_cast<int64_t>(version->files[0].size));
  CHECK(Json::Parse(add["stats"].AsString())->Find("numRecords")->AsInt() == 3);
}

TEST_CASE_FIXTURE(LogFixture,
                  "a commit adds and removes what came and went, and a new schema tells itself") {
  const auto made = Create(3);
  const auto first = Current();
  Rename(made[0], "Other");
  const auto second = Current();
  auto actions = Actions(Commit(1));
  CHECK(actions.count("protocol") == 0);
  CHECK(actions.count("metaData") == 0);
  std::set<std::string> before, after;
  for (const auto& file : first->files) before.insert("data/" + file.id + ".parquet");
  for (const auto& file : second->files) after.insert("data/" + file.id + ".parquet");
  std::set<std::string> state = before;
  for (const std::string& path : Paths(actions, "remove")) CHECK(state.erase(path) == 1);
  for (const std::string& path : Paths(actions, "add")) CHECK(state.insert(path).second);
  CHECK(state == after);
  REQUIRE(store
              ->ChangeModel(*Json::Parse(R"({"add_field": {"object": "account", "field":
                  {"name": "segment", "label": "Segment", "type": "text"}}})"))
              .ok());
  Current();
  actions = Actions(Commit(2));
  CHECK(actions.count("metaData") == 1);
}

TEST_CASE_FIXTURE(LogFixture,
                  "the newest version has a checkpoint, and as many others as are shown") {
  const auto made = Create(2);
  for (int i = 0; i < versions_shown_max + 4; ++i) {
    Current();
    Rename(made[0], "Name " + std::to_string(i));
  }
  const auto newest = Current();
  const auto hint = Json::Parse(Read("_last_checkpoint"));
  REQUIRE(hint.ok());
  CHECK((*hint)["version"].AsInt() == newest->version);
  const auto files = List();
  CHECK(files.size() == 2 * versions_shown_max + 1);
  for (size_t i = 0; i < files.size(); ++i) {
    if (i > 0) CHECK(files[i - 1].name < files[i].name);
    CHECK(Read(files[i].name).size() == files[i].size);
  }
  CHECK(files.back().name == "_last_checkpoint");
  // What a reader asks who has read the hint.
  CHECK(List({}, Commit(newest->version)).size() == 1);
  CHECK(List({}, "", 3).size() == 3);
  CHECK_FALSE(IsThere(Commit(0)));
  // One more commit tells what changed even at the edge of what is shown.
  const auto edge = Actions(Commit(newest->version - versions_shown_max + 1));
  CHECK(edge.count("remove") > 0);
  CHECK(edge.count("protocol") == 0);
}

TEST_CASE_FIXTURE(LogFixture, "without history the newest version stands alone") {
  const auto made = Create(2);
  Current();
  Rename(made[0], "Other");
  const auto newest = Current();
  const LogReading alone{false};
  CHECK(List(alone).size() == 3);
  const auto actions = Actions(Commit(1), alone);
  CHECK(actions.count("remove") == 0);
  CHECK(actions.count("protocol") == 1);
  CHECK_FALSE(IsThere(Commit(0), alone));
  // A reader that began before the newest version was made can end.
  CHECK(IsThere(Commit(0), {false, 0, newest->time}));
  CHECK_FALSE(IsThere(Commit(0), {false, 0, newest->time + 1}));
  CHECK(List({false, 0, newest->time}).size() == 3);
  CHECK(IsThere(Commit(1), alone));
  CHECK_FALSE(IsThere(Commit(0), {true, newest->time}));
  CHECK(IsThere(Commit(0), {true, newest->time - 1'000'000}));
}

TEST_CASE_FIXTURE(LogFixture, "names that are none are not found") {
  Create(1);
  Current();
  for (const char* name :
       {"", "x", "0.json", "00000000000000000001.json", "00000000000000000000.txt",
        "0000000000000000000a.json", "-0000000000000000001.json", "00000000000000000000.json.x",
        "99999999999999999999.json", "../_last_checkpoint", "_last_checkpoint.json"}) {
    CHECK_MESSAGE(!IsThere(name), name);
  }
  CHECK(**VersionOfLogFile("00000000000000000007.json") == 7);
  CHECK(**VersionOfLogFile("00000000000000000007.checkpoint.parquet") == 7);
  CHECK_FALSE(*VersionOfLogFile("_last_checkpoint"));
}

TEST_CASE("a checkpoint is a Parquet file, the same for the same version") {
  Checkpoint checkpoint;
  checkpoint.table_id = "t";
  checkpoint.name = "accounts";
  checkpoint.schema = "{}";
  checkpoint.files = {{"data/a.parquet", 10, 20, "{}"}};
  const std::string bytes = WriteCheckpoint(checkpoint);
  CHECK(bytes == WriteCheckpoint(checkpoint));
  CHECK(bytes.starts_with("PAR1"));
  CHECK(bytes.ends_with("PAR1"));
  CHECK(checkpoint.actions() == 3);
  // Of protocol.minReaderVersion, the first column: levels of three rows, one 2 and two 0, as runs behind
  // their length, then the one value.
  CHECK(HexEncode(bytes).find("04000000"
                              "0202"
                              "0400"
                              "01000000") != std::string::npos);
  checkpoint.files.clear();
  CHECK(WriteCheckpoint(checkpoint).size() < bytes.size());
}

}  // namespace boathouse::delta
