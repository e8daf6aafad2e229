// The surface through its router, with a clock of its own: keys and tags over time, addresses, what is
// noted. What real clients make of it stands in tests/conformance/iceberg, by the numbers of its checklist.
#include "surfaces/iceberg_rest/iceberg_rest.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "sharing/sharing_fixture.h"
#include "surfaces/iceberg_rest/answer_cache.h"
#include "surfaces/iceberg_rest/errors.h"
#include "surfaces/iceberg_rest/storage_access.h"

namespace boathouse::iceberg_rest {
namespace {

constexpr Micros second_micros = 1'000'000;
constexpr const char* products = "/iceberg/v1/boathouse/namespaces/crm/tables/products";

struct Fixture : sharing::SharingFixture {
  auth::TableKeys keys{"a secret of the server"};
  iceberg::Renderer renderer{{"s3://boathouse"}};
  http::Router router;
  std::string token;

  explicit Fixture(const std::string& public_url = "", const std::string& s3_endpoint = "") {
    Mount(router,
          {*sharing, renderer, keys, clock, "a secret of page tokens", public_url, s3_endpoint});
    token = TokenOf(MakeRecipient(R"({"name":"acme"})"));
  }

  using Headers = std::vector<std::pair<std::string, std::string>>;
  http::Response Send(const std::string& method, const std::string& target,
                      const Headers& headers = {}, const std::string& body = "") {
    http::Request request;
    request.method = method;
    request.target = target;
    request.body = body;
    request.peer_address = "192.0.2.7";
    request.headers.Set("Host", "crm.example:8080");
    if (!token.empty()) request.headers.Set("Authorization", "Bearer " + token);
    for (const auto& [name, value] : headers) request.headers.Set(name, value);
    return router.Dispatch(request);
  }
  Json Get(const std::string& target, const Headers& headers = {}) {
    const http::Response response = Send("GET", target, headers);
    REQUIRE_MESSAGE(response.status == 200, response.body);
    return Json::Parse(response.body).value();
  }
  // The type of an error answer of that status.
  static std::string Refusal(int status, const http::Response& response) {
    CHECK_MESSAGE(response.status == status, response.body);
    const auto body = Json::Parse(response.body);
    REQUIRE(body.ok());
    CHECK((*body)["error"]["code"].AsInt() == status);
    return std::string((*body)["error"]["type"].AsString());
  }
};

TEST_CASE("every error kind has its answer in Iceberg's shape") {
  const auto refuse = [](ErrorKind kind) {
    return FromRefusal({{kind, "words"}, no_such_namespace});
  };
  CHECK(Fixture::Refusal(400, refuse(ErrorKind::kInvalid)) == "BadRequestException");
  CHECK(Fixture::Refusal(400, refuse(ErrorKind::kConflict)) == "BadRequestException");
  CHECK(Fixture::Refusal(400, refuse(ErrorKind::kTooLarge)) == "BadRequestException");
  CHECK(Fixture::Refusal(401, refuse(ErrorKind::kUnauthenticated)) == "NotAuthorizedException");
  CHECK(Fixture::Refusal(403, refuse(ErrorKind::kForbidden)) == "ForbiddenException");
  CHECK(Fixture::Refusal(404, refuse(ErrorKind::kNotFound)) == "NoSuchNamespaceException");
  CHECK(Fixture::Refusal(406, refuse(ErrorKind::kUnsupported)) == "UnsupportedOperationException");
  CHECK(Fixture::Refusal(500, refuse(ErrorKind::kInternal)) == "InternalServerError");
  CHECK(Fixture::Refusal(500, refuse(ErrorKind::kCorrupt)) == "InternalServerError");
  for (const ErrorKind kind : {ErrorKind::kExhausted, ErrorKind::kOverBudget,
                               ErrorKind::kUnavailable, ErrorKind::kDeadline}) {
    const http::Response response = refuse(kind);
    CHECK(response.status == 503);
    CHECK(response.headers.Get("retry-after") == "2");
  }
  // Our own words stay with us.
  CHECK(refuse(ErrorKind::kInternal).body.find("words") == std::string::npos);
}

TEST_CASE("what the router refuses has the same shape") {
  Fixture f;
  CHECK(f.Refusal(404, f.Send("GET", "/iceberg/v1/boathouse/nothing")) == "NotFoundException");
  CHECK(f.Refusal(405, f.Send("PUT", products)) == "UnsupportedOperationException");
}

TEST_CASE("keys are the same ones for an hour, and a tag holds until they are half used up") {
  Fixture f;
  f.Make("product", {{"name", "Pump"}});
  // From the beginning of a window on.
  f.clock.Set(f.clock.Now() / key_window_micros * key_window_micros + key_window_micros);
  const http::Response first = f.Send("GET", products);
  const std::string tag(first.headers.Get("etag"));
  REQUIRE(!tag.empty());

  f.clock.Advance(key_window_micros - second_micros);
  CHECK(f.Send("GET", products).body == first.body);
  f.clock.Advance(second_micros);
  const http::Response later = f.Send("GET", products);
  CHECK(later.body != first.body);
  CHECK(later.headers.Get("etag") != tag);

  const Fixture::Headers held{{"If-None-Match", tag}};
  CHECK(f.Send("GET", products, held).status == 304);
  f.clock.Advance(key_life_micros_min - key_window_micros - second_micros);
  CHECK(f.Send("GET", products, held).status == 304);
  f.clock.Advance(second_micros);
  const http::Response renewed = f.Send("GET", products, held);
  CHECK(renewed.status == 200);
  CHECK(renewed.headers.Get("etag") != tag);
}

TEST_CASE("the keys of an answer open its own table until they end, and say when that is") {
  Fixture f;
  f.Make("product", {{"name", "Pump"}});
  const Json loaded = f.Get(products);
  const Json& config = loaded["config"];
  const auto found = f.keys.Find(config["s3.access-key-id"].AsString(),
                                 config["s3.session-token"].AsString(), f.clock.Now());
  REQUIRE(found.ok());
  CHECK(found->secret_access_key == config["s3.secret-access-key"].AsString());
  CHECK(found->claims.Covers("products"));
  CHECK(!found->claims.Covers("accounts"));
  CHECK(config["s3.session-token-expires-at-ms"].AsString() ==
        std::to_string(found->claims.expires_at / 1000));
  CHECK(loaded["storage-credentials"].items().at(0)["config"]["s3.session-token"] ==
        config["s3.session-token"]);
}

TEST_CASE("signing alone vends no keys, and its tag never ends") {
  Fixture f;
  f.Make("product", {{"name", "Pump"}});
  Fixture::Headers headers{{"X-Iceberg-Access-Delegation", "remote-signing"}};
  const http::Response first = f.Send("GET", products, headers);
  CHECK(first.body.find("secret-access-key") == std::string::npos);
  headers.emplace_back("If-None-Match", std::string(first.headers.Get("etag")));
  f.clock.Advance(100 * key_window_micros);
  // Two kinds of answer are never taken for each other.
  CHECK(f.Send("GET", products, headers).status == 304);
  headers.erase(headers.begin());
  CHECK(f.Send("GET", products, headers).status == 200);
}

TEST_CASE("a delegation is read however it is written") {
  const auto parse = [](std::vector<std::string> lines) {
    http::Headers headers;
    for (std::string& line : lines) headers.Add("X-Iceberg-Access-Delegation", std::move(line));
    return ParseDelegation(headers);
  };
  CHECK(parse({}) == Delegation::kVendedKeys);
  CHECK(parse({""}) == Delegation::kVendedKeys);
  CHECK(parse({"remote-signing"}) == Delegation::kRemoteSigning);
  CHECK(parse({" Remote-Signing "}) == Delegation::kRemoteSigning);
  CHECK(parse({"remote-signing,vended-credentials"}) == Delegation::kVendedKeys);
  CHECK(parse({"remote-signing", "vended-credentials"}) == Delegation::kVendedKeys);
  CHECK(parse({"something-new"}) == Delegation::kVendedKeys);
}

TEST_CASE("addresses are those that clients use") {
  SUBCASE("as the request's Host says") {
    Fixture f;
    f.Make("product", {{"name", "Pump"}});
    CHECK(f.Get(products)["config"]["s3.endpoint"].AsString() == "http://crm.example:8080");
  }
  SUBCASE("as they were configured, the bucket at the root of the server") {
    Fixture f("https://crm.example/w/lab", "https://crm.example");
    f.Make("product", {{"name", "Pump"}});
    const Json loaded = f.Get(products, {{"X-Iceberg-Access-Delegation", "remote-signing"}});
    CHECK(loaded["config"]["s3.endpoint"].AsString() == "https://crm.example");
    CHECK(loaded["config"]["signer.uri"].AsString() == "https://crm.example/w/lab/iceberg");
  }
}

TEST_CASE("a token that has ended is a 401, and its recipient's end is everybody's") {
  Fixture f;
  f.token = f.TokenOf(f.MakeRecipient(R"({"name":"brief","expires_in_days":1})"));
  CHECK(f.Send("GET", "/iceberg/v1/config").status == 200);
  f.clock.Advance(25 * tables::hour_micros);
  CHECK(f.Refusal(401, f.Send("GET", "/iceberg/v1/config")) == "NotAuthorizedException");
  CHECK(f.Refusal(401, f.Send("GET", products)) == "NotAuthorizedException");
}

TEST_CASE("a namespace's levels are told apart by the unit separator") {
  CHECK(ParseNamespace("crm") == Levels{"crm"});
  CHECK(ParseNamespace("a\x1f"
                       "b") == Levels{"a", "b"});
  CHECK(ParseNamespace("") == Levels{""});
  CHECK(ParseNamespace("\x1f") == Levels{"", ""});
  CHECK(ShowNamespace({"a", "b.c"}) == "a.b.c");
}

TEST_CASE("what was read is noted, refusals too") {
  Fixture f;
  f.Make("product", {{"name", "Pump"}});
  f.Get(products);
  f.Send("POST", products, {}, "{}");
  f.Send("GET", "/iceberg/v1/boathouse/namespaces/crm/tables/nothing");
  f.Send("POST", std::string(products) + "/plan", {}, "{}");
  f.Get(std::string(products) + "/credentials");
  REQUIRE(f.sharing->usage().Flush().ok());
  const auto page = f.sharing->usage().List({}, 10);
  REQUIRE(page.ok());
  REQUIRE(page->rows.size() == 5);  // newest first
  CHECK(page->rows[0].what == sharing::Reading::kCredentials);
  CHECK(page->rows[1].what == sharing::Reading::kQuery);
  CHECK(page->rows[1].files == 1);
  CHECK(page->rows[1].rows == 1);
  CHECK(page->rows[2].status == 404);
  CHECK(page->rows[3].status == 403);
  CHECK(page->rows[4].what == sharing::Reading::kMetadata);
  CHECK(page->rows[4].table == "products");
  CHECK(page->rows[4].version == 0);
  CHECK(page->rows[4].surface == "iceberg");
  CHECK(page->rows[4].address == "192.0.2.7");
}

TEST_CASE("answers are kept under their tag, within bounds") {
  AnswerCache cache;
  const auto body = std::make_shared<const std::string>("body");
  cache.Keep("question", "\"1\"", body);
  CHECK(cache.Find("question", "\"1\"") == body);
  CHECK(cache.Find("question", "\"2\"") == nullptr);
  CHECK(cache.Find("other", "\"1\"") == nullptr);
  cache.Keep("question", "\"2\"", body);
  CHECK(cache.Find("question", "\"1\"") == nullptr);
  for (size_t i = 0; i < answers_kept_max; ++i) cache.Keep(std::to_string(i), "\"1\"", body);
  CHECK(cache.Find(std::to_string(answers_kept_max - 1), "\"1\"") == body);
  CHECK(cache.Find("question", "\"2\"") == nullptr);
}

TEST_CASE("plans are kept for their owner, for a while, and not too many") {
  PlanCache plans;
  plans.Keep("a", "owner", "{}", 0);
  CHECK(plans.Find("a", "owner", plan_life_micros) != nullptr);
  CHECK(plans.Find("a", "other", 0) == nullptr);
  CHECK(!plans.Drop("a", "other"));
  CHECK(plans.Find("a", "owner", plan_life_micros + 1) == nullptr);
  CHECK(!plans.Drop("a", "owner"));
  for (size_t i = 0; i <= plans_kept_max; ++i) {
    plans.Keep(std::to_string(i), "owner", "{}", static_cast<Micros>(i));
  }
  CHECK(plans.Find("0", "owner", 0) == nullptr);
  CHECK(plans.Drop("1", "owner"));
}

}  // namespace
}  // namespace boathouse::iceberg_rest
