#include "surfaces/rest/credentials.h"

#include "surfaces/rest/rest_fixture.h"

namespace boathouse::rest {
namespace {

constexpr Micros day_micros = 24LL * 3600 * 1'000'000;

TEST_CASE_FIXTURE(RestFixture, "a token is made, told once, used and revoked") {
  clock.Advance(1);  // later than the fixture's
  const Answer made = Call("POST", "/api-tokens", R"({"name":" nightly export "})");
  INFO(made.text);
  REQUIRE(made.status == 201);
  CHECK(made.body["name"].AsString() == "nightly export");
  CHECK(made.body["expires_at"].AsString() == FormatDateTime(clock.Now() + 90 * day_micros));
  const std::string secret(made.body["token"].AsString());
  CHECK(CallAs(secret, "GET", "/me").body["user"]["name"].AsString() == "member");
  const Answer listed = Call("GET", "/api-tokens");
  CHECK(listed.text.find(secret) == std::string::npos);
  REQUIRE(listed.body["items"].size() == 2);  // and the fixture's
  CHECK(listed.body["items"].items()[0]["expires_at"].is_null());
  const std::string path = "/api-tokens/" + std::string(made.body["id"].AsString());
  CHECK(Call("DELETE", path).status == 204);
  CHECK(CallAs(secret, "GET", "/me").status == 401);
  CHECK(Call("DELETE", path).status == 404);
  CHECK(Call("GET", "/me").status == 200);
}

TEST_CASE_FIXTURE(RestFixture, "a token ends when it was to end") {
  const Answer made = Call("POST", "/api-tokens", R"({"name":"short","expires_in_days":2})");
  const std::string secret(made.body["token"].AsString());
  clock.Advance(2 * day_micros - 1);
  CHECK(CallAs(secret, "GET", "/me").status == 200);
  clock.Advance(1);
  CHECK(CallAs(secret, "GET", "/me").status == 401);
}

TEST_CASE_FIXTURE(RestFixture, "members see and end their own tokens, administrators everybody's") {
  const Answer own = Call("POST", "/api-tokens", R"({"name":"mine"})");
  const std::string path = "/api-tokens/" + std::string(own.body["id"].AsString());
  CHECK(CallAs(viewer, "GET", "/api-tokens").body["items"].size() == 1);
  CHECK(CallAs(viewer, "DELETE", path).status == 404);
  CHECK(CallAs(admin, "GET", "/api-tokens").body["items"].size() == 4);
  const std::string for_member =
      R"({"name":"theirs","user_id":")" + std::string(own.body["user_id"].AsString()) + "\"}";
  CHECK(CallAs(viewer, "POST", "/api-tokens", for_member).status == 403);
  CHECK(Call("POST", "/api-tokens", for_member).status == 201);
  const Answer theirs = CallAs(admin, "POST", "/api-tokens", for_member);
  REQUIRE(theirs.status == 201);
  const Answer me = CallAs(std::string(theirs.body["token"].AsString()), "GET", "/me");
  CHECK(me.body["user"]["role"].AsString() == "member");
  CHECK(CallAs(admin, "DELETE", path).status == 204);
}

TEST_CASE_FIXTURE(RestFixture, "what is wrong with a token's definition is said by a pointer") {
  const auto refused = [&](const char* body) {
    const Answer answer = CallAs(admin, "POST", "/api-tokens", body);
    CHECK(answer.status == 400);
    return FirstError(answer);
  };
  CHECK(refused("[]") == " wrong_type");
  CHECK(refused("{}") == "/name required");
  CHECK(refused(R"({"name":" "})") == "/name required");
  CHECK(refused(R"({"name":"a\nb"})").starts_with("/name "));
  CHECK(refused(R"({"name":"a","scope":"b"})") == "/scope unknown_field");
  CHECK(refused(R"({"name":"a","expires_in_days":0})") == "/expires_in_days out_of_range");
  CHECK(refused(R"({"name":"a","expires_in_days":367})") == "/expires_in_days out_of_range");
  CHECK(refused(R"({"name":"a","expires_in_days":null})") == "/expires_in_days wrong_type");
  CHECK(refused(R"({"name":"a","user_id":"b"})") == "/user_id wrong_format");
  CHECK(refused(R"({"name":"a","user_id":"0193a5b4-7c2e-7d10-8f3a-5b2c9d1e4f60"})") ==
        "/user_id not_found");
  CHECK(Call("DELETE", "/api-tokens/").status == 404);
}

TEST_CASE_FIXTURE(RestFixture, "a user has a bounded number of tokens") {
  for (size_t i = 1; i < api_tokens_max; ++i) {
    REQUIRE(Call("POST", "/api-tokens", R"({"name":"one of many"})").status == 201);
  }
  CHECK(Call("POST", "/api-tokens", R"({"name":"one too many"})").status == 409);
  CHECK(CallAs(viewer, "POST", "/api-tokens", R"({"name":"of another"})").status == 201);
}

}  // namespace
}  // namespace boathouse::rest
