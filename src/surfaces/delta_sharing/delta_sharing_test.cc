// The surface through its router, with a clock of its own: who may see what, for how long, and which
// state an answer is of. What real clients make of it stands in tests/conformance/delta_sharing.
#include "surfaces/delta_sharing/delta_sharing.h"

#include <doctest/doctest.h>

#include <set>
#include <utility>

#include "surfaces/delta_sharing/capabilities.h"
#include "surfaces/delta_sharing/errors.h"
#include "surfaces/delta_sharing/surface_fixture.h"
#include "surfaces/delta_sharing/tokens.h"

namespace boathouse::delta_sharing {
namespace {

TEST_CASE("nobody sees anything without a good token, and nobody more than was granted") {
  Surface f;
  f.Product("Pump");
  const std::string table = f.tables_path + "/products";
  CHECK(f.Send("GET", "/delta-sharing/shares").status == 200);

  SUBCASE("no token") {
    f.token = "";
    const http::Response response = f.Send("GET", table + "/version");
    CHECK(f.Refusal(401, response) == "UNAUTHENTICATED");
    CHECK(response.headers.Get("www-authenticate").starts_with("Bearer"));
  }
  SUBCASE("a wrong token") {
    f.token = "bhr_wrong";
    CHECK(f.Refusal(401, f.Query()) == "UNAUTHENTICATED");
  }
  SUBCASE("a token whose time is over") {
    f.token = f.TokenOf(f.MakeRecipient(R"({"name":"brief","expires_in_days":1})"));
    CHECK(f.Send("GET", table + "/metadata").status == 200);
    f.clock.Advance(25 * tables::hour_micros);
    CHECK(f.Refusal(401, f.Send("GET", table + "/metadata")) == "UNAUTHENTICATED");
    CHECK(f.Refusal(401, f.Query()) == "UNAUTHENTICATED");
  }
  SUBCASE("a recipient without the share cannot tell it from one that does not exist") {
    f.token = f.TokenOf(f.MakeRecipient(R"({"name":"stranger","shares":[]})"));
    CHECK(f.Send("GET", "/delta-sharing/shares").body == R"({"items":[]})");
    for (const char* path :
         {"/delta-sharing/shares/boathouse", "/delta-sharing/shares/boathouse/schemas",
          "/delta-sharing/shares/boathouse/all-tables",
          "/delta-sharing/shares/boathouse/schemas/crm/tables"}) {
      CHECK(f.Refusal(404, f.Send("GET", path)) == "RESOURCE_DOES_NOT_EXIST");
    }
    CHECK(f.Refusal(404, f.Send("GET", table)) == "RESOURCE_DOES_NOT_EXIST");
    CHECK(f.Refusal(404, f.Query()) == "RESOURCE_DOES_NOT_EXIST");
    CHECK(f.Refusal(404, f.Changes("startingVersion=0")) == "RESOURCE_DOES_NOT_EXIST");
    const auto told = [&](std::string share) {
      const auto body = Json::Parse(f.Send("GET", "/delta-sharing/shares/" + share).body).value();
      std::string message(body["message"].AsString());
      const size_t at = message.find(share);
      REQUIRE(at != std::string::npos);
      return message.replace(at, share.size(), "X");
    };
    CHECK(told("boathouse") == told("made-up"));
  }
  SUBCASE("what the router refuses has the protocol's shape") {
    CHECK(f.Refusal(404, f.Send("GET", "/delta-sharing/nothing/here")) ==
          "RESOURCE_DOES_NOT_EXIST");
    CHECK(f.Refusal(405, f.Send("DELETE", table)) == "INVALID_PARAMETER_VALUE");
  }
}

TEST_CASE("an answer is of the newest state, and says whose URLs until when") {
  Surface f;
  CHECK(f.VersionOf(f.Send("GET", f.tables_path + "/products/version")) == "0");
  CHECK(f.Shape(f.Lines(f.Query())) == "protocol metaData");
  f.Product("Pump");
  const http::Response response = f.Query();
  CHECK(f.VersionOf(response) == "1");
  const std::vector<Json> lines = f.Lines(response);
  REQUIRE(f.Shape(lines) == "protocol metaData file");
  const Json& file = lines[2]["file"];
  const Micros expiry = f.clock.Now() + url_life_micros;
  const std::string recipient = f.Enter(f.token).recipient.ToString();
  CHECK(file["url"].AsString() == "http://crm.example:8080/files/products/" +
                                      std::string(file["id"].AsString()) + "?to=" + recipient +
                                      "&exp=" + std::to_string(expiry / second_micros));
  CHECK(file["expirationTimestamp"].AsInt() == expiry / 1000);
  CHECK(file.Find("version") == nullptr);
  const Json stats = Json::Parse(file["stats"].AsString()).value();
  CHECK(stats["numRecords"].AsInt() == 1);
  CHECK(stats["minValues"]["name"].AsString() == "Pump");
  f.Product("Valve");
  CHECK(f.VersionOf(f.Send("HEAD", f.tables_path + "/products")) == "2");
}

TEST_CASE("an answer that is kept is made anew for others, for other hosts and for later") {
  Surface f;
  f.Product("Pump");
  const std::string first = f.Query().body;
  CHECK(f.Query().body == first);
  CHECK(f.Query("{}", {{"Host", "other.example"}}).body != first);
  // A Host header is a client's text: it must not break the line.
  CHECK(f.Lines(f.Query("{}", {{"Host", "a\"b\\"}}))[2]["file"]["url"].AsString().starts_with(
      "http://a\"b\\/files/"));
  const std::string mine = std::exchange(f.token, f.TokenOf(f.MakeRecipient(R"({"name":"b"})")));
  CHECK(f.Query().body != first);
  f.token = mine;
  CHECK(f.Query().body == first);
  f.clock.Advance(second_micros);
  const std::string later = f.Query().body;
  CHECK(later != first);
  CHECK(f.Lines(f.Query())[2]["file"]["id"] == f.LinesOf(first)[2]["file"]["id"]);
}

TEST_CASE("a refresh token ends with its hour, and is good for its own table and reader only") {
  Surface f;
  f.Product("Pump");
  const auto lines = f.Lines(f.Query(R"({"includeRefreshToken":true})"));
  const Json& end = lines.back()["endStreamAction"];
  const std::string body = Json::Object({{"refreshToken", end["refreshToken"]}}).Dump();
  f.Product("Valve");
  const http::Response again = f.Query(body);
  CHECK(f.VersionOf(again) == "0");
  CHECK(f.Lines(again)[2]["file"]["id"] == lines[2]["file"]["id"]);
  CHECK(f.Lines(again)[2]["file"]["url"] != lines[2]["file"]["url"]);
  CHECK(f.Refusal(400, f.Query(body, {}, "users")) == "INVALID_PARAMETER_VALUE");
  const std::string mine = std::exchange(f.token, f.TokenOf(f.MakeRecipient(R"({"name":"b"})")));
  CHECK(f.Refusal(400, f.Query(body)) == "INVALID_PARAMETER_VALUE");
  f.token = mine;
  f.clock.Advance(url_life_micros);
  CHECK(f.Refusal(400, f.Query(body)) == "INVALID_PARAMETER_VALUE");
}

TEST_CASE("a client that is known to read deletion vectors gets them, others plain files") {
  Surface f;
  std::vector<Id> products;
  for (int i = 0; i < 20; ++i) products.push_back(f.Product("Product " + std::to_string(i)));
  f.Query();
  f.Rename(products[3], "Renamed");
  const Surface::Headers python = {{"Delta-Sharing-Capabilities", python_reads},
                                   {"User-Agent", agent_python}};
  const http::Response response = f.Query("{}", python);
  const auto lines = f.Lines(response);
  CHECK(response.headers.Get("delta-sharing-capabilities") == "responseformat=delta");
  const Json& protocol = lines[0]["protocol"]["deltaProtocol"];
  CHECK(protocol["minReaderVersion"].AsInt() == 3);
  CHECK(protocol["readerFeatures"] == Json::Array({"deletionVectors"}));
  const Json& settings = lines[1]["metaData"]["deltaMetadata"]["configuration"];
  CHECK(settings["delta.enableDeletionVectors"].AsString() == "true");
  int64_t live = 0, dead = 0;
  for (size_t i = 2; i < lines.size(); ++i) {
    const Json& add = lines[i]["file"]["deltaSingleAction"]["add"];
    const Json stats = Json::Parse(add["stats"].AsString()).value();
    const int64_t rows = stats["numRecords"].AsInt().value_or(0);
    const int64_t marked = add["deletionVector"]["cardinality"].AsInt().value_or(0);
    CHECK((stats.Find("tightBounds") != nullptr) == (marked > 0));
    live += rows - marked;
    dead += marked;
  }
  CHECK(live == 20);
  CHECK(dead == 1);
  // The same client's metadata is of the same rendering.
  const auto told = f.Lines(f.Send("GET", f.tables_path + "/products/metadata", "", python));
  CHECK(told[0] == lines[0]);
  CHECK(told[1] == lines[1]);

  // Who calls itself Spark may be DuckDB's extension, which gives back dead rows.
  for (const char* agent : {"delta-sharing-spark/3.1.0", "curl"}) {
    const auto plain = f.Lines(f.Query(
        "{}",
        {{"Delta-Sharing-Capabilities", "responseformat=delta;readerfeatures=deletionvectors"},
         {"User-Agent", agent}}));
    CHECK(plain[0]["protocol"]["deltaProtocol"]["minReaderVersion"].AsInt() == 1);
    int64_t rows = 0;
    for (size_t i = 2; i < plain.size(); ++i) {
      const Json& add = plain[i]["file"]["deltaSingleAction"]["add"];
      CHECK(add.Find("deletionVector") == nullptr);
      rows += Json::Parse(add["stats"].AsString()).value()["numRecords"].AsInt().value_or(0);
    }
    CHECK(rows == 20);
  }
}

TEST_CASE("a share without history shows tables as they are, and nothing else") {
  Surface f;
  f.Product("Pump");
  REQUIRE(f.sharing->publications()
              .CreateShare(f.system, Json::Object({{"name", "now"}, {"with_history", false}}))
              .ok());
  f.Publish("now", R"({"object":"product"})");
  f.token = f.TokenOf(f.MakeRecipient(R"({"name":"b","shares":["now"]})"));
  f.tables_path = "/delta-sharing/shares/now/schemas/crm/tables";
  const auto lines = f.Lines(f.Query());
  CHECK(f.Shape(lines) == "protocol metaData file");
  for (const char* body : {R"({"version":0})", R"({"timestamp":"2026-11-24T00:00:00Z"})",
                           R"({"startingVersion":0})"}) {
    const http::Response refused = f.Query(body);
    CHECK(f.Refusal(400, refused) == "INVALID_PARAMETER_VALUE");
    CHECK(refused.body.find("as they are now") != std::string::npos);
  }
  CHECK(f.Refusal(400, f.Changes("startingVersion=0")) == "INVALID_PARAMETER_VALUE");
  const std::string table = f.tables_path + "/products";
  CHECK(f.Refusal(400, f.Send("GET", table + "/version?startingTimestamp=2020-01-01T00:00:00Z")) ==
        "INVALID_PARAMETER_VALUE");
  CHECK(f.Refusal(400, f.Send("GET", table + "/metadata?version=0")) == "INVALID_PARAMETER_VALUE");
  // What is pinned by a token of an answer is not history.
  const auto first = f.Lines(f.Query(R"({"includeRefreshToken":true})"));
  f.Product("Valve");
  const std::string token(first.back()["endStreamAction"]["refreshToken"].AsString());
  CHECK(f.VersionOf(f.Query(Json::Object({{"refreshToken", token}}).Dump())) == "0");
}

TEST_CASE("what was handed out before a table was defined anew leads nowhere") {
  Surface f;
  f.Product("Pump");
  auto& publications = f.sharing->publications();
  REQUIRE(publications.CreateShare(f.system, *Json::Parse(R"({"name":"part"})")).ok());
  f.Publish("part", R"({"object":"product","columns":["name","product_code"]})");
  f.token = f.TokenOf(f.MakeRecipient(R"({"name":"b","shares":["part"]})"));
  f.tables_path = "/delta-sharing/shares/part/schemas/crm/tables";
  const auto ended = f.Lines(f.Query(R"({"includeRefreshToken":true})"));
  const std::string refresh(ended.back()["endStreamAction"]["refreshToken"].AsString());
  const Surface::Headers async = {{"Delta-Sharing-Capabilities", "asyncquery=true"}};
  const auto waiting = f.Lines(f.Query(R"({"idempotencyKey":"k"})", async));
  const std::string poll = f.tables_path + "/products/queries/" +
                           std::string(waiting[0]["queryStatus"]["queryId"].AsString());
  REQUIRE(f.Send("POST", poll, "{}").status == 200);

  REQUIRE(publications
              .UpdateTable(f.system, "part", "products",
                           *Json::Parse(R"({"columns":["product_code"]})"))
              .ok());
  f.Query();  // a version of the same number
  CHECK(f.Refusal(400, f.Query(Json::Object({{"refreshToken", refresh}}).Dump())) ==
        "INVALID_PARAMETER_VALUE");
  CHECK(f.Refusal(404, f.Send("POST", poll, "{}")) == "RESOURCE_DOES_NOT_EXIST");
}

TEST_CASE("dead rows go to readers of the whole history alone") {
  Surface f;
  std::vector<Id> products;
  for (int i = 0; i < 20; ++i) products.push_back(f.Product("Product " + std::to_string(i)));
  f.Query();  // a version, so that the change leaves a dead row in its file
  auto& publications = f.sharing->publications();
  for (const char* name : {"now", "since"}) {
    REQUIRE(
        publications
            .CreateShare(f.system, Json::Object({{"name", name}, {"with_history", name[0] == 's'}}))
            .ok());
  }
  f.Publish("now", R"({"object":"product"})");
  f.Publish("since", R"({"object":"product","history_from":"2026-01-01T00:00:00Z"})");
  f.token = f.TokenOf(f.MakeRecipient(R"({"name":"b","shares":["now","since"]})"));
  const Surface::Headers python = {{"Delta-Sharing-Capabilities", python_reads},
                                   {"User-Agent", agent_python}};
  for (const char* name : {"now", "since"}) {
    CAPTURE(name);
    f.tables_path = "/delta-sharing/shares/" + std::string(name) + "/schemas/crm/tables";
    f.Query();
    f.Rename(products[3], "Renamed for " + std::string(name));
    const auto lines = f.Lines(f.Query("{}", python));
    CHECK(lines[0]["protocol"]["deltaProtocol"]["minReaderVersion"].AsInt() == 1);
    for (const Json& line : lines) {
      CHECK(line["file"]["deltaSingleAction"]["add"].Find("deletionVector") == nullptr);
    }
  }
}

TEST_CASE("keys for a table's folder are given out where there is an endpoint for them") {
  Surface without;
  CHECK(without.Refusal(400, without.Send("POST", without.tables_path +
                                                      "/products/temporary-table-credentials")) ==
        "NOT_IMPLEMENTED");
  Surface f(true);
  const std::string path = f.tables_path + "/products/temporary-table-credentials";
  const http::Response response = f.Send("POST", path, "{}");
  REQUIRE(response.status == 200);
  const Json answer = *Json::Parse(response.body);
  const Json& credentials = answer["credentials"];
  const std::string location(credentials["location"].AsString());
  CHECK(location.starts_with("s3://boathouse/products/"));
  const Json& aws = credentials["awsTempCredentials"];
  const auto found =
      f.keys.Find(aws["accessKeyId"].AsString(), aws["sessionToken"].AsString(), f.clock.Now());
  REQUIRE(found.ok());
  CHECK(found->secret_access_key == aws["secretAccessKey"].AsString());
  CHECK(found->claims.Covers("products"));
  CHECK(!found->claims.Covers("users"));
  CHECK(found->claims.recipient == f.Enter(f.token).recipient.ToString());
  CHECK(credentials["expirationTime"].AsInt().value_or(0) > f.clock.Now() / 1000);

  const auto ask = [&](const std::string& place) {
    return f.Send("POST", path, Json::Object({{"location", place}}).Dump());
  };
  CHECK(ask(location).status == 200);
  CHECK(ask(location + "/data").status == 200);
  for (const std::string& wrong :
       {std::string("s3://boathouse"), location + "x", location + "/../../users",
        location.substr(0, location.size() - 1), std::string("s3://other/products/1")}) {
    CHECK_MESSAGE(f.Refusal(400, ask(wrong)) == "INVALID_PARAMETER_VALUE", wrong);
  }
  const Json table = *Json::Parse(f.Send("GET", f.tables_path + "/products").body);
  CHECK(table["location"].AsString() == location);
  CHECK(table["accessModes"] == Json::Array({"url", "dir"}));
}

TEST_CASE("each request is noted, with what it was told of") {
  Surface f;
  f.Product("Pump");
  f.Query();
  f.Send("GET", f.tables_path + "/Products/version");
  f.Query(R"({"version":99})");
  f.Query("{}", {}, "nothing");
  f.Changes("startingVersion=0");
  REQUIRE(f.sharing->usage().Flush().ok());
  const auto page = f.sharing->usage().List({}, 100);
  REQUIRE(page.ok());
  REQUIRE(page->rows.size() == 5);
  const auto& rows = page->rows;  // the newest first
  CHECK(rows[4].what == sharing::Reading::kQuery);
  CHECK(rows[4].recipient_name == "acme");
  CHECK(rows[4].surface == "delta_sharing");
  CHECK(rows[4].table == "products");
  CHECK(rows[4].version == 0);
  CHECK(rows[4].files == 1);
  CHECK(rows[4].rows == 1);
  CHECK(rows[4].bytes > 100);
  CHECK(rows[3].what == sharing::Reading::kVersion);
  CHECK(rows[3].table == "products");
  CHECK(rows[2].status == 400);
  CHECK(rows[2].files == 0);
  CHECK(rows[1].status == 404);
  CHECK(rows[1].table == "nothing");
  CHECK(rows[0].what == sharing::Reading::kChanges);
  CHECK(rows[0].rows == 1);
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
  CHECK(parse("asyncquery=true")->async_query);
  CHECK(parse("responseformat=avro").error().kind == ErrorKind::kInvalid);
  CHECK(parse("responseformat=delta;includeendstreamaction=true;asyncquery=true")->ToHeader() ==
        "responseformat=delta;includeendstreamaction=true;asyncquery=true");
  CHECK(parse("=;;==;responseformat")->format == Format::kParquet);
  CHECK(parse(python_reads, agent_python)->deletion_vectors);
  CHECK(parse(python_reads, agent_python)->one_schema);
  CHECK(!parse("responseformat=parquet", agent_python)->one_schema);
  CHECK(!parse("responseformat=delta")->one_schema);
  CHECK(!parse("responseformat=parquet;readerfeatures=deletionvectors", agent_python)
             ->deletion_vectors);
  CHECK(
      !parse("responseformat=delta;readerfeatures=columnmapping", agent_python)->deletion_vectors);
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
