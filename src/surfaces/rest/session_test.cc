#include "surfaces/rest/rest_fixture.h"

namespace boathouse::rest {
namespace {

constexpr const char* password = "correct horse battery";

// Gives the administrator a password, so that there is somebody to sign in as.
void SetPassword(RestFixture& fixture) {
  const Result<auth::Principal> admin = fixture.auth.Authenticate(fixture.admin);
  REQUIRE(admin.ok());
  REQUIRE(fixture.auth.SetPassword(admin->user, password).ok());
}

RestFixture::Answer SignIn(RestFixture& fixture, const std::string& email,
                           const std::string& word) {
  return fixture.Send("POST", "/auth/sign-in", {{"Content-Type", "application/json"}},
                      Json::Object({{"email", email}, {"password", word}}).Dump());
}

TEST_CASE_FIXTURE(RestFixture, "nothing is told without a credential that holds") {
  for (const char* path :
       {"/me", "/objects", "/accounts", "/search?q=a", "/accounts/x", "/nothing"}) {
    const Answer answer = Send("GET", path, {});
    CHECK(answer.status == 401);
    CHECK(answer.headers.Get("WWW-Authenticate") == "Bearer realm=\"boathouse\"");
    CHECK(answer.body["code"].AsString() == "unauthenticated");
  }
  for (const std::string& value :
       {std::string("Bearer nonsense"), std::string("Bearer "), std::string("Basic YTpi"),
        std::string("Bearer ") + std::string(10'000, 'x'), "bearer" + admin}) {
    CHECK(Send("GET", "/me", {{"Authorization", value}}).status == 401);
  }
  // A wrong token is not saved by a good cookie.
  CHECK(
      Send("GET", "/me", {{"Authorization", "Bearer x"}, {"Cookie", "boathouse_session=" + admin}})
          .status == 401);
  CHECK(Send("GET", "/setup", {}).status == 200);
  CHECK(Send("GET", "/openapi.json", {}).status == 200);
}

TEST_CASE_FIXTURE(RestFixture, "signing in gives a token and a cookie, signing out ends both") {
  SetPassword(*this);
  const Answer signed_in = SignIn(*this, "ADMIN@acme.test", password);
  REQUIRE(signed_in.status == 200);
  const std::string token(signed_in.body["token"].AsString());
  CHECK(signed_in.body["user"]["role"].AsString() == "admin");
  CHECK(signed_in.body["expires_at"].AsString() ==
        FormatDateTime(clock.Now() + auth::session_micros));
  const std::string cookie(signed_in.headers.Get("Set-Cookie"));
  CHECK(cookie.starts_with("boathouse_session=" + token + "; "));
  CHECK(cookie.find("HttpOnly") != std::string::npos);
  CHECK(cookie.find("SameSite=Lax") != std::string::npos);
  CHECK(cookie.find("Secure") == std::string::npos);

  const HeaderList by_cookie = {{"Cookie", "a=b; boathouse_session=" + token}};
  const Answer me = Send("GET", "/me", by_cookie);
  CHECK(me.status == 200);
  CHECK(me.body["user"]["email"].AsString() == "admin@acme.test");
  CHECK(me.body["workspace"]["currency"].AsString() == "USD");
  CHECK(CallAs(token, "GET", "/me").status == 200);

  CHECK(Send("POST", "/auth/sign-out", by_cookie).status == 403);
  const Answer out = CallAs(token, "POST", "/auth/sign-out");
  CHECK(out.status == 204);
  CHECK(out.headers.Get("Set-Cookie").find("Max-Age=0") != std::string::npos);
  CHECK(Send("GET", "/me", by_cookie).status == 401);
  CHECK(CallAs(token, "GET", "/me").status == 401);
}

TEST_CASE_FIXTURE(RestFixture, "an API token survives signing out with it") {
  CHECK(CallAs(admin, "POST", "/auth/sign-out").status == 409);
  CHECK(CallAs(admin, "GET", "/me").status == 200);
}

TEST_CASE_FIXTURE(RestFixture, "another site cannot write with somebody's cookie") {
  SetPassword(*this);
  const std::string token(SignIn(*this, "admin@acme.test", password).body["token"].AsString());
  HeaderList headers = {{"Cookie", "boathouse_session=" + token},
                        {"Content-Type", "application/json"}};
  const Answer refused = Send("POST", "/accounts", headers, R"({"name":"Acme"})");
  CHECK(refused.status == 403);
  CHECK(refused.body["detail"].AsString().find("X-Boathouse-Request: 1") != std::string::npos);
  CHECK(Send("GET", "/accounts", headers).body["items"].size() == 0);
  headers.emplace_back("X-Boathouse-Request", "1");
  const Answer made = Send("POST", "/accounts", headers, R"({"name":"Acme"})");
  REQUIRE(made.status == 201);
  const Answer history =
      Send("GET", "/accounts/" + std::string(made.body["id"].AsString()) + "/history", headers);
  CHECK(history.body["items"].items()[0]["surface"].AsString() == "web");
}

TEST_CASE_FIXTURE(RestFixture, "a wrong password is refused, too many of them for a while") {
  SetPassword(*this);
  for (int i = 0; i < auth::sign_in_failures_max; ++i) {
    CHECK(SignIn(*this, "admin@acme.test", "wrong password").status == 401);
  }
  const Answer locked = SignIn(*this, "admin@acme.test", password);
  CHECK(locked.status == 429);
  CHECK(locked.headers.Find("Retry-After") != nullptr);
  clock.Advance(auth::sign_in_lock_micros + 1);
  CHECK(SignIn(*this, "admin@acme.test", password).status == 200);
  CHECK(SignIn(*this, "nobody@acme.test", password).status == 401);
}

TEST_CASE_FIXTURE(RestFixture, "a session ends with its time, and with its user's") {
  SetPassword(*this);
  const std::string token(SignIn(*this, "admin@acme.test", password).body["token"].AsString());
  CHECK(CallAs(token, "GET", "/me").status == 200);
  clock.Advance(auth::session_micros);
  CHECK(CallAs(token, "GET", "/me").status == 401);
  const Answer users = CallAs(admin, "GET", "/users?filter=role%3Dviewer");
  const std::string id(users.body["items"].items()[0]["id"].AsString());
  CHECK(CallAs(admin, "PATCH", "/users/" + id, R"({"is_active":false})").status == 200);
  CHECK(CallAs(viewer, "GET", "/me").status == 401);
}

TEST_CASE_FIXTURE(RestFixture, "sign-in says what is wrong with its body") {
  const auto error = [&](std::string_view body) {
    const Answer answer =
        Send("POST", "/auth/sign-in", {{"Content-Type", "application/json"}}, body);
    CHECK(answer.status == 400);
    return FirstError(answer);
  };
  CHECK(error(R"({"email":"a@b.test"})") == "/password required");
  CHECK(error(R"({"email":"","password":"x"})") == "/email required");
  CHECK(error(R"({"email":7,"password":"x"})") == "/email wrong_type");
  CHECK(error(R"({"email":"a","password":"x","remember":true})") == "/remember unknown_field");
}

TEST_CASE("set-up works once, with the right token") {
  TempFolder folder;
  ManualClock clock{1'764'000'000'000'000};
  IdSource ids{clock, 1};
  auto store =
      std::move(store::Store::Open({folder / "r.sqlite", model::Model::Standard(), &clock, 4}))
          .value();
  auth::Auth auth{*store, clock, ids};
  crm::Crm crm{*store, clock, ids, "secret"};
  http::Router router;
  Services services{crm, auth};
  services.secure_cookies = true;
  Mount(router, services);
  const auto set_up = [&](const std::string& token, const std::string& word) {
    http::Request request;
    request.method = "POST";
    request.target = "/api/v1/setup";
    request.headers.Add("Content-Type", "application/json");
    request.body = Json::Object({{"token", token},
                                 {"workspace", "Acme"},
                                 {"name", "Ada"},
                                 {"email", "ada@acme.test"},
                                 {"password", word}})
                       .Dump();
    return router.Dispatch(request);
  };
  const auto needed = [&] {
    http::Request request;
    request.method = "GET";
    request.target = "/api/v1/setup";
    return router.Dispatch(request).body;
  };
  const std::string token = *auth.IssueSetupToken();
  CHECK(needed() == R"({"needed":true})");
  CHECK(set_up("wrong", password).status == 401);
  CHECK(set_up(token, "short").status == 400);
  const http::Response done = set_up(token, password);
  CHECK(done.status == 200);
  CHECK(done.headers.Get("Set-Cookie").find("; Secure") != std::string::npos);
  CHECK(needed() == R"({"needed":false})");
  CHECK(set_up(token, password).status == 409);
}

}  // namespace
}  // namespace boathouse::rest
