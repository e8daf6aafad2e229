#include "surfaces/rest/route.h"

#include "surfaces/rest/problem.h"
#include "surfaces/rest/rest_fixture.h"

namespace boathouse::rest {
namespace {

TEST_CASE("every kind of error has its status") {
  CHECK(StatusOf(ErrorKind::kInvalid) == 400);
  CHECK(StatusOf(ErrorKind::kOverBudget) == 402);
  CHECK(StatusOf(ErrorKind::kTooLarge) == 413);
  CHECK(StatusOf(ErrorKind::kUnsupported) == 422);
  CHECK(StatusOf(ErrorKind::kExhausted) == 429);
  CHECK(StatusOf(ErrorKind::kCancelled) == 499);
  CHECK(StatusOf(ErrorKind::kCorrupt) == 500);
  CHECK(StatusOf(ErrorKind::kDeadline) == 504);
  CHECK(Problem(Error(ErrorKind::kUnavailable, "away")).headers.Find("Retry-After") != nullptr);
}

TEST_CASE("a fault of the server is told by its id only") {
  const http::Response response = Problem(Error(ErrorKind::kCorrupt, "page 7 of secret.db"));
  CHECK(response.status == 500);
  CHECK(response.body.find("secret.db") == std::string::npos);
  CHECK(response.body.find("error_id") != std::string::npos);
  CHECK(ProblemJson(Error(ErrorKind::kInternal, "x"))["code"].AsString() == "internal");
}

TEST_CASE_FIXTURE(RestFixture, "errors of the router are problem documents too") {
  const Answer missing = Call("GET", "/accounts/x/y/z");
  CHECK(missing.status == 404);
  CHECK(missing.headers.Get("Content-Type") == "application/problem+json");
  CHECK(missing.body["code"].AsString() == "not_found");
  const Answer method = Call("PUT", "/accounts");
  CHECK(method.status == 405);
  CHECK(method.headers.Get("Allow") == "GET, HEAD, POST, OPTIONS");
  CHECK(method.body["title"].AsString() == "Method Not Allowed");
  http::Request request;
  request.path = "/api/v1/accounts";
  for (const auto& [status, code] : std::vector<std::pair<int, std::string>>{
           {413, "too_large"}, {503, "unavailable"}, {408, "deadline"}, {431, "invalid"}}) {
    const http::Response response = router.RenderError(request, status, "message");
    CHECK(response.status == status);
    CHECK((*Json::Parse(response.body))["code"].AsString() == code);
  }
}

TEST_CASE_FIXTURE(RestFixture, "a fixed path is no collection, whatever the method") {
  const Answer answer = Call("POST", "/me", "{}");
  CHECK(answer.status == 405);
  CHECK(answer.headers.Get("Allow") == "GET, HEAD, OPTIONS");
  CHECK(Call("DELETE", "/auth/sign-in").status == 405);
  CHECK(Call("DELETE", "/auth/sign-in").headers.Get("Allow") == "POST, OPTIONS");
  CHECK(Call("PUT", "/imports").status == 405);
  CHECK(Call("GET", "/accounts:batchCreate").status == 405);
  CHECK(Call("TRACE", "/objects").headers.Get("Allow") == "GET, HEAD, POST, OPTIONS");
  const Answer options = Call("OPTIONS", "/accounts:batchCreate");
  CHECK(options.status == 204);
  CHECK(options.headers.Get("Allow") == "POST, OPTIONS");
}

TEST_CASE_FIXTURE(RestFixture, "bodies are limited, those of strangers most") {
  CHECK(router.BodyLimit("/api/v1/accounts") == record_body_bytes_max);
  CHECK(router.BodyLimit("/api/v1/auth/sign-in") == credential_body_bytes_max);
  CHECK(router.BodyLimit("/api/v1/setup") == credential_body_bytes_max);
  CHECK(router.BodyLimit("/api/v1/imports") == import_body_bytes_max);
}

TEST_CASE_FIXTURE(RestFixture, "the model is told whole") {
  const Answer answer = CallAs(viewer, "GET", "/objects");
  REQUIRE(answer.status == 200);
  REQUIRE(answer.body["objects"].size() == crm.model()->objects().size());
  const Json& account = answer.body["objects"].items()[0];
  CHECK(account["plural"].AsString() == "accounts");
  CHECK(account["fields"].size() == crm.model()->Find("account")->fields.size());
  bool seen = false;
  for (const Json& field : account["fields"].items()) {
    if (field["name"].AsString() != "parent_id") continue;
    seen = true;
    CHECK(field["type"].AsString() == "relation");
    CHECK(field["relation"]["object"].AsString() == "account");
    CHECK(field.Find("max_length") == nullptr);
  }
  CHECK(seen);
}

TEST_CASE_FIXTURE(RestFixture, "search looks into all objects, or those that are named") {
  Make("accounts", R"({"name":"Zephyr Tools"})");
  Make("contacts", R"({"first_name":"Zephyr","last_name":"Ng"})");
  CHECK(Call("GET", "/search?q=zeph").body["items"].size() == 2);
  const Answer one = Call("GET", "/search?q=zeph&objects=contact");
  REQUIRE(one.body["items"].size() == 1);
  CHECK(one.body["items"].items()[0]["object"].AsString() == "contact");
  CHECK(one.body["items"].items()[0]["title"].AsString() == "Zephyr Ng");
  CHECK(FirstError(Call("GET", "/search")) == "q required");
  CHECK(FirstError(Call("GET", "/search?q=%20")) == "q required");
  CHECK(FirstError(Call("GET", "/search?q=a&objects=deal")) == "objects unknown_object");
  CHECK(FirstError(Call("GET", "/search?q=a&page_size=0")) == "page_size out_of_range");
}

}  // namespace
}  // namespace boathouse::rest
