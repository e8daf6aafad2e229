#include "auth/totp.h"
#include "surfaces/rest/rest_fixture.h"

namespace boathouse::rest {
namespace {

constexpr const char* password = "correct horse battery";
constexpr Micros minute = 60LL * 1'000'000;

std::string Base32Decode(std::string_view text) {
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    bits = (bits << 5) | static_cast<uint32_t>(c >= 'A' ? c - 'A' : c - '2' + 26);
    count += 5;
    if (count >= 8) bytes += static_cast<char>(bits >> (count -= 8));
  }
  return bytes;
}

struct SecurityRoutes : RestFixture {
  std::string admin_id = IdOf(admin);
  std::string member_id = IdOf(member);
  std::string session = SessionOf("member");

  std::string IdOf(const std::string& token) { return auth.Authenticate(token)->user.ToString(); }
  std::string SessionOf(const std::string& who) {
    const Id id = *Id::Parse(who == "admin" ? admin_id : member_id);
    REQUIRE(auth.SetPassword(id, password).ok());
    return std::string(SignIn(who + "@acme.test").body["token"].AsString());
  }
  Answer SignIn(const std::string& email) {
    return Send("POST", "/auth/sign-in", {{"Content-Type", "application/json"}},
                Json::Object({{"email", email}, {"password", password}}).Dump());
  }
  static std::string Body(std::initializer_list<Json::Member> members) {
    return Json::Object(members).Dump();
  }
  // The member's app.
  std::string Enrol(const std::string& token) {
    const Answer begun = CallAs(token, "POST", "/auth/totp", Body({{"password", password}}));
    REQUIRE(begun.status == 200);
    const std::string secret = Base32Decode(begun.body["secret"].AsString());
    const Answer done = CallAs(token, "POST", "/auth/totp/confirm", Body({{"code", Code(secret)}}));
    REQUIRE(done.status == 200);
    CHECK(done.body["recovery_codes"].size() == 10);
    clock.Advance(minute);
    return secret;
  }
  std::string Code(const std::string& secret) {
    return auth::TotpCode(secret, auth::TotpStep(clock.Now()));
  }
};

TEST_CASE_FIXTURE(SecurityRoutes, "signing in with an app takes two steps") {
  const std::string secret = Enrol(session);
  const Answer first = SignIn("member@acme.test");
  CHECK(first.status == 401);
  CHECK(first.body["type"].AsString() == "urn:boathouse:problem:code-required");
  CHECK(first.headers.Find("Set-Cookie") == nullptr);
  const std::string challenge(first.body["challenge"].AsString());
  const auto second = [&](const std::string& code) {
    return Send("POST", "/auth/sign-in/code", {{"Content-Type", "application/json"}},
                Body({{"challenge", challenge}, {"code", code}}));
  };
  CHECK(second("000000").status == 401);
  const Answer in = second(Code(secret));
  CHECK(in.status == 200);
  CHECK(in.headers.Get("Set-Cookie").starts_with("boathouse_session="));
  CHECK(CallAs(std::string(in.body["token"].AsString()), "GET", "/me").status == 200);
  CHECK(second(Code(secret)).status == 401);
  const Answer state = CallAs(session, "GET", "/auth/totp");
  CHECK(state.body["enabled"].AsBool());
  CHECK(state.body["recovery_codes_left"].AsInt() == 10);
}

TEST_CASE_FIXTURE(SecurityRoutes, "people look after their security signed in, programs do not") {
  for (const char* path : {"/auth/password", "/auth/totp", "/auth/totp/confirm",
                           "/auth/totp/disable", "/auth/totp/recovery-codes"}) {
    const Answer refused = Call("POST", path, R"({"password":"long enough","code":"1"})");
    CHECK(refused.status == 403);
    CHECK(refused.body["detail"].AsString().find("API token") != std::string::npos);
  }
  CHECK(Call("DELETE", "/auth/sessions").status == 403);
  CHECK(Call("DELETE", "/auth/sessions/0123456789abcdef").status == 403);
  CHECK(Call("GET", "/auth/sessions").status == 200);
  CHECK(Call("GET", "/auth/totp").status == 200);
}

TEST_CASE_FIXTURE(SecurityRoutes, "a password is changed with the present one, and ends the rest") {
  const std::string other(SignIn("member@acme.test").body["token"].AsString());
  const auto change = [&](const char* current, const char* next) {
    return CallAs(session, "POST", "/auth/password",
                  Body({{"current_password", current}, {"password", next}}));
  };
  CHECK(FirstError(change("wrong", "another one now")) == "/current_password wrong_password");
  CHECK(FirstError(change(password, "short")) == "/password out_of_range");
  CHECK(change(password, "another one now").status == 204);
  CHECK(CallAs(session, "GET", "/me").status == 200);
  CHECK(CallAs(other, "GET", "/me").status == 401);
}

TEST_CASE_FIXTURE(SecurityRoutes, "one's sessions are listed, and ended") {
  const std::string other(SignIn("member@acme.test").body["token"].AsString());
  const Answer listed = CallAs(session, "GET", "/auth/sessions");
  REQUIRE(listed.body["items"].size() == 2);
  std::string other_id;
  for (const Json& item : listed.body["items"].items()) {
    CHECK(item["method"].AsString() == "password");
    if (!item["current"].AsBool()) other_id = item["id"].AsString();
  }
  CHECK(CallAs(session, "DELETE", "/auth/sessions/" + other_id).status == 204);
  CHECK(CallAs(session, "DELETE", "/auth/sessions/" + other_id).status == 404);
  CHECK(CallAs(other, "GET", "/me").status == 401);
  SignIn("member@acme.test");
  CHECK(CallAs(session, "DELETE", "/auth/sessions").body["ended"].AsInt() == 1);
  CHECK(CallAs(session, "GET", "/me").status == 200);
}

TEST_CASE_FIXTURE(SecurityRoutes, "administrators look after others, nobody else does") {
  Enrol(session);
  const std::string user = "/auth/users/" + member_id;
  for (const std::string& who : {member, viewer, session}) {
    CHECK(CallAs(who, "GET", user + "/security").status == 403);
    CHECK(CallAs(who, "DELETE", user + "/totp").status == 403);
    CHECK(CallAs(who, "DELETE", user + "/sessions").status == 403);
    CHECK(CallAs(who, "POST", user + "/password", Body({{"password", password}})).status == 403);
    CHECK(CallAs(who, "GET", "/auth/policy").status == 403);
    CHECK(CallAs(who, "GET", "/auth/providers").status == 403);
    CHECK(CallAs(who, "GET", "/audit").status == 403);
    CHECK(CallAs(who, "GET", "/audit.csv").status == 403);
  }
  const Answer seen = CallAs(admin, "GET", user + "/security");
  CHECK(seen.body["totp_enabled"].AsBool());
  CHECK(seen.body["sessions"].size() == 1);
  CHECK(CallAs(admin, "DELETE", user + "/totp").status == 204);
  CHECK(CallAs(admin, "DELETE", user + "/totp").status == 409);
  CHECK(CallAs(session, "GET", "/me").status == 401);
  CHECK(CallAs(admin, "POST", user + "/password", Body({{"password", "short"}})).status == 400);
  CHECK(CallAs(admin, "POST", user + "/password", Body({{"password", password}})).status == 204);
  SignIn("member@acme.test");
  CHECK(CallAs(admin, "DELETE", user + "/sessions").body["ended"].AsInt() == 1);
  const std::string nobody = "/auth/users/0193a5b4-7c2e-7d10-8f3a-5b2c9d1e4f60";
  CHECK(CallAs(admin, "GET", nobody + "/security").status == 404);
  CHECK(CallAs(admin, "DELETE", nobody + "/totp").status == 404);
  CHECK(CallAs(admin, "GET", "/auth/users/x/security").status == 404);
}

TEST_CASE_FIXTURE(SecurityRoutes, "a workspace that asks for a second step lets nobody past it") {
  const std::string own = SessionOf("admin");
  const auto require = [&](bool yes) {
    return CallAs(own, "PATCH", "/auth/policy", Body({{"totp_required", yes}}));
  };
  CHECK(require(true).status == 409);  // not before one has one oneself
  const std::string secret = Enrol(own);
  CHECK(require(true).body["totp_required"].AsBool());
  CHECK(CallAs(session, "GET", "/accounts").status == 403);
  CHECK(CallAs(session, "GET", "/me").body["must_set_up_totp"].AsBool());
  CHECK(CallAs(session, "GET", "/auth/totp").body["required"].AsBool());
  CHECK(CallAs(session, "GET", "/auth/sessions").status == 403);
  CHECK(CallAs(member, "GET", "/accounts").status == 200);  // a program
  Enrol(session);
  CHECK(CallAs(session, "GET", "/accounts").status == 200);
  CHECK_FALSE(CallAs(session, "GET", "/me").body["must_set_up_totp"].AsBool());
  CHECK(FirstError(CallAs(own, "PATCH", "/auth/policy", R"({"totp_required":1})")) ==
        "/totp_required wrong_type");
  CHECK(FirstError(CallAs(own, "PATCH", "/auth/policy", R"({"audit_retention_days":1})")) ==
        "/audit_retention_days out_of_range");
  CHECK(require(false).status == 200);
}

TEST_CASE_FIXTURE(SecurityRoutes, "the audit log is read in pages and taken away as a file") {
  clock.Advance(1);
  Make("accounts", R"({"name":"not in the audit log"})");
  const Answer token = CallAs(session, "POST", "/api-tokens", R"({"name":"=cmd, \"x\""})");
  REQUIRE(token.status == 201);
  const Answer page = CallAs(admin, "GET", "/audit?page_size=1");
  REQUIRE(page.status == 200);
  REQUIRE(page.body["items"].size() == 1);
  const Json& entry = page.body["items"].items()[0];
  CHECK(entry["kind"].AsString() == "token_created");
  CHECK(entry["outcome"].AsString() == "ok");
  CHECK(entry["actor"]["id"].AsString() == member_id);
  CHECK(entry["actor"]["name"].AsString() == "member");
  CHECK(entry["detail"]["scopes"] == Json::Array({"write"}));
  const std::string next(page.body["next_page_token"].AsString());
  CHECK(CallAs(admin, "GET", "/audit?page_size=1&page_token=" + next).body["items"].size() == 1);
  CHECK(FirstError(CallAs(admin, "GET", "/audit?kind=sign_in&page_token=" + next)) ==
        "page_token invalid_page_token");
  CHECK(FirstError(CallAs(admin, "GET", "/audit?kind=fly")) == "kind not_found");
  CHECK(FirstError(CallAs(admin, "GET", "/audit?outcome=fly")) == "outcome not_found");
  CHECK(FirstError(CallAs(admin, "GET", "/audit?from=yesterday")) == "from wrong_format");
  CHECK(FirstError(CallAs(admin, "GET", "/audit?actor=me")) == "actor wrong_format");
  CHECK(FirstError(CallAs(admin, "GET", "/audit?page_size=1001")) == "page_size out_of_range");
  const Answer own = CallAs(admin, "GET", "/audit?kind=sign_in&actor=" + member_id);
  CHECK(own.body["items"].size() == 1);
  CHECK(own.body["next_page_token"].is_null());

  http::Request request;
  request.method = "GET";
  request.target = "/api/v1/audit.csv?actor=" + member_id;
  request.headers.Add("Authorization", "Bearer " + admin);
  http::Response file = router.Dispatch(request);
  CHECK(file.headers.Get("Content-Type") == "text/csv; charset=utf-8");
  REQUIRE(file.stream != nullptr);
  std::string text, piece;
  while (file.stream->Next(&piece).value()) text += piece;
  CHECK(text.starts_with("at,kind,outcome,actor_id,actor_name,"));
  CHECK(text.find("token_created,ok," + member_id + ",member,") != std::string::npos);
  CHECK(text.find("\"token =cmd, \"\"x\"\"\"") != std::string::npos);
  CHECK(CallAs(admin, "GET", "/audit?kind=exported").body["items"].size() == 1);
}

TEST_CASE_FIXTURE(SecurityRoutes, "a token has the scopes it was given, and hands none on") {
  const auto token = [&](const char* scopes) {
    const Answer made = CallAs(session, "POST", "/api-tokens",
                               std::string(R"({"name":"t","scopes":)") + scopes + "}");
    INFO(made.text);
    REQUIRE(made.status == 201);
    return std::string(made.body["token"].AsString());
  };
  const std::string reader = token(R"(["contacts:read","accounts:write","accounts:read"])");
  const Answer me = CallAs(reader, "GET", "/me");
  CHECK(me.body["scopes"] == Json::Array({"accounts:write", "contacts:read"}));
  CHECK(CallAs(session, "GET", "/me").body["scopes"].is_null());
  CHECK(CallAs(reader, "GET", "/accounts").status == 200);
  CHECK(CallAs(reader, "POST", "/accounts", R"({"name":"Acme"})").status == 201);
  CHECK(CallAs(reader, "GET", "/contacts").status == 200);
  CHECK(CallAs(reader, "POST", "/contacts", R"({"last_name":"Roe"})").status == 403);
  for (const char* path : {"/api-tokens", "/api-tokens/0123456789abcdef"}) {
    CHECK(CallAs(reader, path[11] == '\0' ? "GET" : "DELETE", path).status == 403);
  }
  CHECK(CallAs(reader, "POST", "/api-tokens", R"({"name":"more"})").status == 403);
  CHECK(CallAs(token(R"(["read","write","export"])"), "POST", "/api-tokens", R"({"name":"more"})")
            .status == 403);
  CHECK(CallAs(token(R"(["admin"])"), "POST", "/api-tokens", R"({"name":"more"})").status == 201);
  // A member's token for everything is a member's still.
  CHECK(CallAs(token(R"(["admin"])"), "GET", "/audit").status == 403);
  CHECK(CallAs(session, "GET", "/api-tokens").text.find(R"(["accounts:write","contacts:read"])") !=
        std::string::npos);
  const auto refused = [&](const char* scopes) {
    return FirstError(CallAs(session, "POST", "/api-tokens",
                             std::string(R"({"name":"t","scopes":)") + scopes + "}"));
  };
  CHECK(refused("[]") == "/scopes required");
  CHECK(refused("\"read\"") == "/scopes wrong_type");
  CHECK(refused(R"(["read","fly"])") == "/scopes/1 not_found");
  CHECK(refused(R"(["nothing:read"])") == "/scopes/0 not_found");
}

TEST_CASE_FIXTURE(SecurityRoutes,
                  "an administrator's token without the scope administers nothing") {
  const std::string own = SessionOf("admin");
  const Answer made = CallAs(own, "POST", "/api-tokens", R"({"name":"t","scopes":["write"]})");
  const std::string token(made.body["token"].AsString());
  CHECK(CallAs(token, "GET", "/audit").status == 403);
  CHECK(CallAs(token, "GET", "/recipients").status == 403);
  CHECK(CallAs(token, "GET", "/auth/policy").status == 403);
  CHECK(CallAs(token, "POST", "/objects", R"({"name":"boat"})").status == 403);
  CHECK(CallAs(token, "GET", "/auth/users/" + member_id + "/security").status == 403);
  CHECK(CallAs(own, "GET", "/audit").status == 200);
}

TEST_CASE_FIXTURE(SecurityRoutes, "a provider that cannot be reached is not kept") {
  const Answer refused =
      CallAs(admin, "POST", "/auth/providers",
             R"({"name":"acme","label":"Acme","issuer":"https://id.test","client_id":"crm"})");
  CHECK(refused.status == 400);
  CHECK(FirstError(refused) == "/issuer unreachable");
  CHECK(FirstError(CallAs(admin, "POST", "/auth/providers", R"({"name":"acme"})")) ==
        "/label required");
  CHECK(CallAs(admin, "GET", "/auth/providers").body["items"].size() == 0);
  CHECK(CallAs(admin, "DELETE", "/auth/providers/acme").status == 404);
  CHECK(CallAs(admin, "PATCH", "/auth/providers/acme", "{}").status == 404);
  const Answer methods = Send("GET", "/auth/methods", {});
  CHECK(methods.body["password"].AsBool());
  CHECK(methods.body["providers"].size() == 0);
  CHECK(Send("GET", "/auth/oidc/acme/start", {}).status == 404);
  // People come back to the page, whatever is wrong; what providers add is passed over.
  const Answer back = Send("GET", "/auth/oidc/acme/callback?code=x&state=y&session_state=z", {});
  CHECK(back.status == 302);
  CHECK(back.headers.Get("Location") == "/sign-in?provider_error=expired");
}

}  // namespace
}  // namespace boathouse::rest
