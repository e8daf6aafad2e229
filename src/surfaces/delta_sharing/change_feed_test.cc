// What happened to a table: the lines of changes and of files that came and went, page by page, and a feed
// that flows and breaks.
#include "surfaces/delta_sharing/change_feed.h"

#include <doctest/doctest.h>

#include <optional>
#include <utility>

#include "surfaces/delta_sharing/surface_fixture.h"

namespace boathouse::delta_sharing {
namespace {

const Surface::Headers delta_format = {{"Delta-Sharing-Capabilities", "responseformat=delta"}};

// Version 0: a pump. 1: a valve came. 2: the pump was renamed. 3: the valve went.
struct Told : Surface {
  Told() {
    const Id pump = Product("Pump");
    Query();
    const Id valve = Product("Valve");
    Query();
    Rename(pump, "Big pump");
    Query();
    REQUIRE(crm.Delete(system, Object("product"), valve, {}).ok());
    clock.Advance(second_micros);
    Query();
  }
};

TEST_CASE("rows that came are added files, other changes are change files, with version and time") {
  Told f;
  const http::Response response = f.Changes("startingVersion=0");
  CHECK(f.VersionOf(response) == "0");
  const auto lines = f.Lines(response);
  REQUIRE(f.Shape(lines) == "protocol metaData add add cdf cdf");
  CHECK(lines[1]["metaData"]["version"].AsInt() == 0);
  CHECK(lines[1]["metaData"]["configuration"]["delta.enableChangeDataFeed"].AsString() == "true");
  for (size_t i = 0; i < 4; ++i) {
    const Json& file = lines[i + 2].members().front().second;
    CHECK(file["version"].AsInt() == static_cast<int64_t>(i));
    CHECK(file["timestamp"].AsInt().value_or(0) > 0);
    CHECK(file["url"].AsString().starts_with("http://crm.example:8080/files/products/"));
    CHECK(file["expirationTimestamp"].AsInt().value_or(0) > f.clock.Now() / 1000);
  }
  CHECK(f.Shape(f.Lines(f.Changes("startingVersion=2&endingVersion=2"))) ==
        "protocol metaData cdf");
  CHECK(f.Shape(f.Lines(f.Changes("startingVersion=3&endingVersion=99"))) ==
        "protocol metaData cdf");

  const auto delta = f.Lines(f.Changes("startingVersion=1", delta_format));
  REQUIRE(f.Shape(delta) == "protocol metaData file file file");
  CHECK(delta[0]["protocol"]["deltaProtocol"]["minReaderVersion"].AsInt() == 1);
  CHECK(delta[0]["protocol"].Find("version") == nullptr);
  CHECK(delta[1]["metaData"]["version"].AsInt() == 1);
  CHECK(delta[2]["file"]["deltaSingleAction"].Find("add") != nullptr);
  CHECK(delta[3]["file"]["deltaSingleAction"]["cdc"]["dataChange"] == Json(false));
  CHECK(delta[3]["file"]["version"].AsInt() == 2);
  const auto told =
      f.Lines(f.Changes("startingVersion=1&includeHistoricalProtocol=true", delta_format));
  CHECK(told[0]["protocol"]["version"].AsInt() == 1);
}

TEST_CASE("ends of a range are checked, and times are rounded inwards") {
  Told f;
  const auto refused = [&](const std::string& parameters) {
    return f.Refusal(400, f.Changes(parameters)) == "INVALID_PARAMETER_VALUE";
  };
  CHECK(refused(""));
  CHECK(refused("endingVersion=1"));
  CHECK(refused("startingVersion=0&startingTimestamp=2023-11-14T22:00:00Z"));
  CHECK(refused("startingVersion=0&endingVersion=1&endingTimestamp=2023-11-14T22:00:00Z"));
  CHECK(refused("startingVersion=4"));
  CHECK(refused("startingVersion=2&endingVersion=1"));
  CHECK(refused("startingVersion=abc"));
  CHECK(refused("startingVersion=-1"));
  CHECK(refused("startingVersion=0&maxFiles=0"));
  CHECK(refused("startingVersion=0&includeHistoricalMetadata=perhaps"));
  CHECK(refused("startingTimestamp=2100-01-01T00:00:00Z"));
  CHECK(refused("startingTimestamp=yesterday"));
  CHECK(refused("startingVersion=1&endingTimestamp=2001-01-01T00:00:00Z"));

  const auto versions = f.catalog->Find("products").value()->Versions().value();
  REQUIRE(versions.size() == 4);
  const auto between = [&](size_t start, Micros after, size_t end, Micros later) {
    return f.VersionOf(
        f.Changes("startingTimestamp=" + FormatDateTime(versions[start].time + after) +
                  "&endingTimestamp=" + FormatDateTime(versions[end].time + later)));
  };
  CHECK(between(1, 0, 2, 0) == "1");
  CHECK(between(1, -1, 2, 5) == "1");
  CHECK(between(1, 1, 2, 5) == "2");
  CHECK(refused("startingTimestamp=" + FormatDateTime(versions[1].time + 1) +
                "&endingTimestamp=" + FormatDateTime(versions[1].time + 2)));
  CHECK(f.VersionOf(f.Changes("startingTimestamp=2001-01-01T00:00:00Z")) == "0");
}

TEST_CASE("files that came and went stand instead of change files where that was asked for") {
  Told f;
  const http::Response response = f.Query(R"({"startingVersion":1})");
  CHECK(f.VersionOf(response) == "1");
  const auto lines = f.Lines(response);
  // A row that was only added comes alone: who reads what is appended meets no old row again.
  REQUIRE(f.Shape(lines).starts_with("protocol metaData add"));
  CHECK(lines[1]["metaData"]["version"].AsInt() == 1);
  CHECK(Json::Parse(lines[2]["add"]["stats"].AsString()).value()["numRecords"].AsInt() == 1);
  CHECK(f.Shape(lines).find("cdf") == std::string::npos);
  CHECK(f.Shape(lines).find("remove") != std::string::npos);
  const auto delta = f.Lines(f.Query(R"({"startingVersion":2,"endingVersion":2})", delta_format));
  bool removes = false;
  for (size_t i = 2; i < delta.size(); ++i) {
    const Json& action = delta[i]["file"]["deltaSingleAction"];
    CHECK(delta[i]["file"]["version"].AsInt() == 2);
    CHECK(action.members().front().second["dataChange"].AsBool());
    removes = removes || action.Find("remove") != nullptr;
  }
  CHECK(removes);
  for (const char* body : {R"({"startingVersion":2,"endingVersion":1})", R"({"startingVersion":9})",
                           R"({"endingVersion":1})", R"({"startingVersion":1,"version":1})",
                           R"({"startingVersion":1,"includeRefreshToken":true})"}) {
    CHECK_MESSAGE(f.Refusal(400, f.Query(body)) == "INVALID_PARAMETER_VALUE", body);
  }
}

TEST_CASE("pages of a feed are of one range, whatever is committed between them") {
  Told f;
  const std::string range = "startingVersion=0&includeHistoricalMetadata=true";
  const auto whole = f.Lines(f.Changes(range));
  std::vector<Json> seen(whole.begin(), whole.begin() + 2);
  std::string token;
  for (int page = 0;; ++page) {
    REQUIRE(page < 10);
    const auto lines =
        f.Lines(f.Changes(range + "&maxFiles=1" + (token.empty() ? "" : "&pageToken=" + token)));
    CHECK(lines[0] == whole[0]);
    CHECK(lines[1] == whole[1]);
    CHECK(lines.size() == 4);
    seen.insert(seen.end(), lines.begin() + 2, lines.end() - 1);
    const Json& end = lines.back()["endStreamAction"];
    CHECK(end["minUrlExpirationTimestamp"].AsInt().value_or(0) > f.clock.Now() / 1000);
    token = std::string(end["nextPageToken"].AsString());
    if (token.empty()) break;
    f.Product("Between " + std::to_string(page));
    CHECK(f.Refusal(400, f.Changes("startingVersion=1&maxFiles=1&pageToken=" + token)) ==
          "INVALID_PARAMETER_VALUE");
    CHECK(f.Refusal(400, f.Changes(range + "&maxFiles=1&pageToken=" + token, delta_format)) ==
          "INVALID_PARAMETER_VALUE");
  }
  REQUIRE(seen.size() == whole.size());
  for (size_t i = 2; i < seen.size(); ++i) {
    CHECK(seen[i].members().front().second["id"] == whole[i].members().front().second["id"]);
  }
}

// A table of many versions without files, whose changes cannot be told from one version on.
class LongTable : public tables::Table {
 public:
  int64_t versions = 200;
  std::optional<int64_t> breaks_at;

  const std::string& name() const override { return name_; }
  const std::string& object() const override { return name_; }
  Result<Id> id() override { return Id{}; }
  using Version = Result<std::shared_ptr<const tables::TableVersion>>;
  Version Current() override { return At(versions - 1); }
  Version CurrentMarked() override { return Current(); }
  Version AtMarked(int64_t version) override { return At(version); }
  Version At(int64_t number) override {
    auto version = std::make_shared<tables::TableVersion>();
    version->version = number;
    version->schema = std::make_shared<tables::Schema>();
    return std::shared_ptr<const tables::TableVersion>(version);
  }
  Version AtTime(Micros) override { return Nothing(); }
  Version AtOrAfter(Micros) override { return Nothing(); }
  Result<std::vector<tables::VersionInfo>> Versions() override { return Nothing(); }
  Result<tables::ChangeSet> Changes(int64_t from, int64_t to) override {
    tables::ChangeSet set;
    for (int64_t number = from; number <= to; ++number) {
      if (breaks_at && number >= *breaks_at) return Error{ErrorKind::kCorrupt, "a bad block"};
      tables::VersionChanges changes;
      changes.version = number;
      changes.schema = std::make_shared<tables::Schema>();
      tables::File file;
      file.id = std::to_string(number);
      changes.inserts.push_back(std::move(file));
      set.versions.push_back(std::move(changes));
    }
    return set;
  }
  Result<tables::FileDiff> Diff(int64_t, int64_t) override { return Nothing(); }
  Result<std::vector<tables::File>> Select(const tables::TableVersion&,
                                           const tables::Selection&) override {
    return Nothing();
  }
  Result<std::unique_ptr<tables::FileReader>> OpenFile(std::string_view) override {
    return Nothing();
  }
  tables::Metrics metrics() const override { return {}; }

 private:
  static Error Nothing() { return {ErrorKind::kNotFound, "nothing"}; }
  const std::string name_ = "products";
};

struct Flow {
  Surface surface;
  LongTable table;
  std::shared_ptr<Mounted> mounted{
      new Mounted{{*surface.sharing, surface.clock,
                   [](std::string_view, std::string_view file, std::string_view, Micros) {
                     return "/" + std::string(file);
                   },
                   "secret"},
                  {},
                  {}}};
  sharing::Reader reader = surface.Enter(surface.token);
  sharing::Usage usage;
  bool recorded_by_stream = false;

  Result<http::Response> Ask(bool end_stream_action) {
    Capabilities capabilities;
    capabilities.end_stream_action = end_stream_action;
    http::Request request;
    FeedRange range;
    range.table.table = &table;
    range.to = table.versions - 1;
    return FeedResponse(Call{request, mounted, reader, usage, recorded_by_stream}, std::move(range),
                        {0, 0}, capabilities);
  }
};

TEST_CASE("a long feed flows, whole and in order") {
  Flow f;
  Result<http::Response> response = f.Ask(false);
  REQUIRE(response.ok());
  REQUIRE(response->stream != nullptr);
  CHECK(f.recorded_by_stream);
  std::string body, chunk;
  size_t chunks = 0;
  for (;; ++chunks) {
    const Result<bool> more = response->stream->Next(&chunk);
    REQUIRE(more.ok());
    if (!*more) break;
    body += chunk;
  }
  CHECK(chunks > 5);
  const auto lines = Surface::LinesOf(body);
  REQUIRE(lines.size() == 202);
  for (size_t i = 2; i < lines.size(); ++i) {
    CHECK(lines[i]["add"]["version"].AsInt() == static_cast<int64_t>(i - 2));
  }
  f.table.versions = feed_versions_at_once_max;
  CHECK(f.Ask(false)->stream == nullptr);
}

TEST_CASE("a feed that breaks on the way says so in its last line, or ends early") {
  Flow f;
  f.table.breaks_at = 150;
  const auto drain = [](http::Response& response, std::string* body) -> Status {
    std::string chunk;
    for (;;) {
      const Result<bool> more = response.stream->Next(&chunk);
      if (!more.ok()) return more.error();
      if (!*more) return {};
      *body += chunk;
    }
  };
  std::string body;
  Result<http::Response> told = f.Ask(true);
  REQUIRE(told->stream != nullptr);
  CHECK(drain(*told, &body).ok());
  const auto lines = Surface::LinesOf(body);
  const Json& end = lines.back()["endStreamAction"];
  CHECK(end["httpStatusErrorCode"].AsInt() == 500);
  CHECK(!end["errorMessage"].AsString().empty());
  CHECK(end["errorMessage"].AsString().find("bad block") == std::string::npos);
  CHECK(end.Find("nextPageToken") == nullptr);

  body.clear();
  Result<http::Response> silent = f.Ask(false);
  REQUIRE(silent->stream != nullptr);
  CHECK(!drain(*silent, &body).ok());
  CHECK(body.find("endStreamAction") == std::string::npos);

  // Before anything was sent, the status says it.
  f.table.breaks_at = 10;
  CHECK(f.Ask(true).error().kind == ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace boathouse::delta_sharing
