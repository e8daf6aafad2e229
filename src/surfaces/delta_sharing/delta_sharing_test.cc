// The surface through its router, with a clock of its own: who may see what, for how long, and which
// state an answer is of. What real clients make of it stands in tests/conformance/delta_sharing.
#include "surfaces/delta_sharing/delta_sharing.h"

#include <doctest/doctest.h>

#include <set>
#include <utility>

#include "base/temp_folder.h"
#include "surfaces/delta_sharing/capabilities.h"
#include "surfaces/delta_sharing/errors.h"
#include "surfaces/delta_sharing/tokens.h"

namespace boathouse::delta_sharing {
namespace {

constexpr Micros second_micros = 1'000'000;
const std::string table_path = "/delta-sharing/shares/boathouse/schemas/crm/tables/territories";

struct Fixture {
  TempFolder folder;
  ManualClock clock{1'764'000'000'000'000};
  IdSource ids{clock, 1};
  std::shared_ptr<const model::Model> model = model::Model::Standard();
  std::unique_ptr<store::Store> store;
  std::unique_ptr<auth::Auth> auth;
  std::unique_ptr<tables::Catalog> catalog;
  http::Router router;
  std::string token;

  Fixture() {
    store = *store::Store::Open({folder / "records.sqlite", model, &clock, 4});
    auth = std::make_unique<auth::Auth>(*store, clock, ids);
    tables::CatalogOptions options;
    options.directory = folder / "tables";
    catalog = *tables::Catalog::Open(options, *store, clock);
    Services services{*catalog, *auth, clock, {}, "secret", ""};
    services.sign_file = [](std::string_view table, std::string_view file,
                            std::string_view recipient, Micros expires_at) {
      return "/files/" + std::string(table) + "/" + std::string(file) + "?" +
             std::string(recipient) + "&" + std::to_string(expires_at / second_micros);
    };
    Mount(router, services);
    token = Recipient("acme", {"boathouse"}, 0);
  }

  std::string Recipient(std::string name, std::vector<std::string> shares, Micros lifetime) {
    auto made = auth->CreateRecipient({std::move(name), std::move(shares)}, lifetime);
    REQUIRE(made.ok());
    return *made;
  }
  Id CreateTerritory(const std::string& name) {
    const model::Object& object = *model->Find("territory");
    model::Record record;
    record.values.resize(object.fields.size());
    record.Set(model::kFieldId, ids.Next());
    record.Set(*object.IndexOf("name"), name);
    REQUIRE(store
                ->Write([&](store::Transaction& t) -> Status {
                  TRY(t.Insert(object, record, {Id{}, "test"}));
                  return Status::Ok();
                })
                .ok());
    clock.Advance(second_micros);
    return record.id();
  }

  http::Response Send(const std::string& method, const std::string& target,
                      const std::string& body = "",
                      const std::vector<std::pair<std::string, std::string>>& headers = {}) {
    http::Request request;
    request.method = method;
    request.target = target;
    request.body = body;
    request.headers.Set("Host", "crm.example:8080");
    if (!token.empty()) request.headers.Set("Authorization", "Bearer " + token);
    for (const auto& [name, value] : headers) request.headers.Set(name, value);
    return router.Dispatch(request);
  }
  // The error code of an answer of that status.
  std::string Refusal(int status, const http::Response& response) {
    CHECK_MESSAGE(response.status == status, response.body);
    const auto body = Json::Parse(response.body);
    REQUIRE(body.ok());
    CHECK(!(*body)["message"].AsString().empty());
    return std::string((*body)["errorCode"].AsString());
  }
  std::vector<Json> Lines(const http::Response& response) {
    REQUIRE_MESSAGE(response.status == 200, response.body);
    std::vector<Json> lines;
    std::string_view rest = response.body;
    while (!rest.empty()) {
      const size_t end = rest.find('\n');
      auto line = Json::Parse(rest.substr(0, end));
      REQUIRE(line.ok());
      lines.push_back(*std::move(line));
      rest.remove_prefix(end + 1);
    }
    return lines;
  }
};

TEST_CASE("nobody sees anything without a good token, and nobody more than was granted") {
  Fixture f;
  f.CreateTerritory("North");
  CHECK(f.Send("GET", "/delta-sharing/shares").status == 200);

  SUBCASE("no token") {
    f.token = "";
    const http::Response response = f.Send("GET", table_path + "/version");
    CHECK(f.Refusal(401, response) == "UNAUTHENTICATED");
    CHECK(response.headers.Get("www-authenticate").starts_with("Bearer"));
  }
  SUBCASE("a wrong token") {
    f.token = "bhr_wrong";
    CHECK(f.Refusal(401, f.Send("POST", table_path + "/query", "{}")) == "UNAUTHENTICATED");
  }
  SUBCASE("a token whose time is over") {
    f.token = f.Recipient("brief", {"boathouse"}, 60 * second_micros);
    CHECK(f.Send("GET", table_path + "/metadata").status == 200);
    f.clock.Advance(61 * second_micros);
    CHECK(f.Refusal(401, f.Send("GET", table_path + "/metadata")) == "UNAUTHENTICATED");
    CHECK(f.Refusal(401, f.Send("POST", table_path + "/query", "{}")) == "UNAUTHENTICATED");
  }
  SUBCASE("a recipient without the share cannot tell it from one that does not exist") {
    f.token = f.Recipient("stranger", {"elsewhere"}, 0);
    CHECK(f.Send("GET", "/delta-sharing/shares").body == R"({"items":[]})");
    for (const char* path :
         {"/delta-sharing/shares/boathouse", "/delta-sharing/shares/boathouse/schemas",
          "/delta-sharing/shares/boathouse/all-tables",
          "/delta-sharing/shares/boathouse/schemas/crm/tables"}) {
      CHECK(f.Refusal(404, f.Send("GET", path)) == "RESOURCE_DOES_NOT_EXIST");
    }
    CHECK(f.Refusal(404, f.Send("GET", table_path)) == "RESOURCE_DOES_NOT_EXIST");
    CHECK(f.Refusal(404, f.Send("POST", table_path + "/query", "{}")) == "RESOURCE_DOES_NOT_EXIST");
    CHECK(f.Refusal(404, f.Send("GET", table_path + "/changes")) == "RESOURCE_DOES_NOT_EXIST");
    const auto told = [&](const char* share) {
      return Json::Parse(f.Send("GET", std::string("/delta-sharing/shares/") + share).body).value();
    };
    CHECK(told("boathouse")["message"].AsString() == "share 'boathouse' does not exist");
    CHECK(told("made-up")["message"].AsString() == "share 'made-up' does not exist");
  }
  SUBCASE("what the router refuses has the protocol's shape") {
    CHECK(f.Refusal(404, f.Send("GET", "/delta-sharing/nothing/here")) ==
          "RESOURCE_DOES_NOT_EXIST");
    CHECK(f.Refusal(405, f.Send("DELETE", table_path)) == "INVALID_PARAMETER_VALUE");
  }
}

TEST_CASE("an answer is of the newest state, and says whose URLs until when") {
  Fixture f;
  CHECK(f.Send("GET", table_path + "/version").headers.Get("delta-table-version") == "0");
  CHECK(f.Lines(f.Send("POST", table_path + "/query", "{}")).size() == 2);
  f.CreateTerritory("North");
  const http::Response response = f.Send("POST", table_path + "/query", "{}");
  CHECK(response.headers.Get("delta-table-version") == "1");
  const std::vector<Json> lines = f.Lines(response);
  REQUIRE(lines.size() == 3);
  const Json& file = lines[2]["file"];
  const Micros expiry = f.clock.Now() + url_life_micros;
  CHECK(file["url"].AsString() == "http://crm.example:8080/files/territories/" +
                                      std::string(file["id"].AsString()) + "?acme&" +
                                      std::to_string(expiry / second_micros));
  CHECK(file["expirationTimestamp"].AsInt() == expiry / 1000);
  CHECK(file.Find("version") == nullptr);
  const Json stats = Json::Parse(file["stats"].AsString()).value();
  CHECK(stats["numRecords"].AsInt() == 1);
  CHECK(stats["minValues"]["name"].AsString() == "North");
  CHECK(stats["nullCount"]["region"].AsInt() == 1);
  CHECK(stats["maxValues"]["created_at"].AsString() == "2025-11-24T16:00:00.000Z");
  f.CreateTerritory("South");
  CHECK(f.Send("HEAD", table_path).headers.Get("delta-table-version") == "2");
}

TEST_CASE("a refresh token ends with its hour, and is good for its own table only") {
  Fixture f;
  f.CreateTerritory("North");
  const auto lines =
      f.Lines(f.Send("POST", table_path + "/query", R"({"includeRefreshToken":true})"));
  const Json& end = lines.back()["endStreamAction"];
  const std::string body = Json::Object({{"refreshToken", end["refreshToken"]}}).Dump();
  f.CreateTerritory("South");
  const http::Response again = f.Send("POST", table_path + "/query", body);
  CHECK(again.headers.Get("delta-table-version") == "0");
  const std::string other = "/delta-sharing/shares/boathouse/schemas/crm/tables/users/query";
  CHECK(f.Refusal(400, f.Send("POST", other, body)) == "INVALID_PARAMETER_VALUE");
  f.clock.Advance(url_life_micros);
  CHECK(f.Refusal(400, f.Send("POST", table_path + "/query", body)) == "INVALID_PARAMETER_VALUE");
}

TEST_CASE("what may pass is an error that clients try again") {
  const http::Response busy = FromError({ErrorKind::kExhausted, "the table is being prepared"});
  CHECK(busy.status == 429);
  CHECK(busy.headers.Get("retry-after") == "2");
  const Json body = *Json::Parse(busy.body);
  CHECK(body["errorCode"].AsString() == "RESOURCE_EXHAUSTED");
  CHECK(body["message"].AsString() == "the table is being prepared");
  CHECK(FromError({ErrorKind::kUnavailable, "the disk"}).headers.Get("retry-after") == "2");
  CHECK(FromStatus(503, "full").headers.Get("retry-after") == "2");
  CHECK(FromError({ErrorKind::kNotFound, ""}).headers.Find("retry-after") == nullptr);
}

TEST_CASE("what a client can read is found in any spelling") {
  const auto parse = [](const char* capabilities, const char* agent = "delta-sharing-spark/4.0") {
    http::Headers headers;
    headers.Set("Delta-Sharing-Capabilities", capabilities);
    headers.Set("User-Agent", agent);
    return ParseCapabilities(headers);
  };
  CHECK(parse("")->format == Format::kParquet);
  CHECK(parse("responseformat=delta")->format == Format::kDelta);
  CHECK(parse(" ResponseFormat = DELTA , parquet ;x")->format == Format::kParquet);
  CHECK(parse("responseformat=delta,parquet", "Delta-Sharing-Python/1.4")->format ==
        Format::kDelta);
  CHECK(parse("responseformat=parquet", "Delta-Sharing-Python/1.0")->format == Format::kParquet);
  CHECK(parse("includeendstreamaction=TRUE")->end_stream_action);
  CHECK(!parse("includeendstreamaction=false")->end_stream_action);
  CHECK(parse("responseformat=avro").error().kind == ErrorKind::kInvalid);
  CHECK(parse("responseformat=delta;includeendstreamaction=true")->ToHeader() ==
        "responseformat=delta;includeendstreamaction=true");
  CHECK(parse("=;;==;responseformat")->format == Format::kParquet);
}

TEST_CASE("tokens cannot be made, changed or used elsewhere") {
  const Json body = Json::Object({{"v", 7}});
  const std::string token = MakeToken("secret", "query:a", body);
  CHECK(token.find_first_of("+/=") == std::string::npos);
  CHECK(*ReadToken("secret", "query:a", token) == body);
  CHECK(!ReadToken("secret", "query:b", token).ok());
  CHECK(!ReadToken("other", "query:a", token).ok());
  CHECK(!ReadToken("secret", "query:a", "").ok());
  CHECK(!ReadToken("secret", "query:a", "####").ok());
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    const auto read = ReadToken("secret", "query:a", changed);
    // The last character may carry bits that decode to nothing.
    if (i + 1 < token.size()) CHECK_FALSE(read.ok());
  }
}

}  // namespace
}  // namespace boathouse::delta_sharing
