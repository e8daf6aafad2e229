#include "auth/auth.h"

#include "auth/lockout.h"
#include "base/temp_folder.h"

#include <doctest/doctest.h>

namespace boathouse::auth {
namespace {

constexpr Micros day = 24LL * 3600 * 1'000'000;

struct Fixture {
  TempFolder folder;
  ManualClock clock{1'700'000'000'000'000};
  IdSource ids{clock, 1};
  std::unique_ptr<store::Store> store =
      std::move(store::Store::Open({folder / "r.sqlite", model::Model::Standard(), &clock, 4}))
          .value();
  Auth auth{*store, clock, ids};

  Session SetUp() {
    const Result<std::string> token = auth.IssueSetupToken();
    REQUIRE(token.ok());
    Result<Session> session = auth.CompleteSetup(
        {*token, "Acme Supply", "Ada Admin", "Ada@Example.com", "correct horse"});
    REQUIRE(session.ok());
    return *session;
  }
  ErrorKind KindOf(const Result<Principal>& result) {
    REQUIRE_FALSE(result.ok());
    return result.error().kind;
  }
  void ChangeUser(const Id& id, const char* field, model::Value value) {
    const model::Object& user = *store->model()->Find("user");
    REQUIRE(store
                ->Write([&](store::Transaction& t) -> Status {
                  ASSIGN(const model::Record current, t.Get(user, id));
                  model::Record changed = current;
                  changed.Set(*user.IndexOf(field), value);
                  TRY(t.Update(user, current, changed, {}));
                  return Status::Ok();
                })
                .ok());
  }
};

TEST_CASE_FIXTURE(Fixture, "set-up makes the first administrator, once") {
  CHECK(auth.SetupNeeded().value());
  const std::string first = auth.IssueSetupToken().value();
  const std::string second = auth.IssueSetupToken().value();
  const auto with = [&](const std::string& token) {
    return auth.CompleteSetup({token, "Acme", "Ada", "ada@example.com", "correct horse"});
  };
  CHECK(with(first).error().kind == ErrorKind::kUnauthenticated);  // replaced by the second
  CHECK(with("").error().kind == ErrorKind::kUnauthenticated);
  const Result<Session> session = with(second);
  REQUIRE(session.ok());
  CHECK(session->principal.role == admin_role);
  CHECK_FALSE(auth.SetupNeeded().value());
  CHECK(with(second).error().kind == ErrorKind::kUnauthenticated);
  CHECK(auth.Workspace().value()["name"].AsString() == "Acme");
}

TEST_CASE_FIXTURE(Fixture, "set-up says which input is wrong, and the link still works after") {
  const std::string token = auth.IssueSetupToken().value();
  const auto field_of = [&](Auth::SetupRequest request) {
    request.token = token;
    return auth.CompleteSetup(request).error().fields.at(0).field;
  };
  CHECK(field_of({"", "W", "N", "n@example.com", "short"}) == "/password");
  CHECK(field_of({"", "W", "N", "nobody", "long enough"}) == "/email");
  CHECK(field_of({"", "W", "", "n@example.com", "long enough"}) == "/name");
  CHECK(field_of({"", " ", "N", "n@example.com", "long enough"}) == "/workspace");
  CHECK(auth.CompleteSetup({token, "W", "N", "n@example.com", "long enough"}).ok());
}

TEST_CASE_FIXTURE(Fixture, "a set-up link expires") {
  const std::string token = auth.IssueSetupToken().value();
  clock.Advance(8 * day);
  CHECK_FALSE(auth.CompleteSetup({token, "W", "N", "n@example.com", "long enough"}).ok());
}

TEST_CASE_FIXTURE(Fixture, "sessions open, expire, and end by signing out") {
  const Session session = SetUp();
  CHECK(auth.Authenticate(session.token)->email == "ada@example.com");
  const Session other = *auth.SignIn(" ADA@example.com ", "correct horse").value().session;
  CHECK(other.token != session.token);
  REQUIRE(auth.SignOut(other.token).ok());
  CHECK(KindOf(auth.Authenticate(other.token)) == ErrorKind::kUnauthenticated);
  CHECK(auth.Authenticate(session.token).ok());
  clock.Advance(session_micros + 1);
  const Result<Principal> expired = auth.Authenticate(session.token);
  CHECK(KindOf(expired) == ErrorKind::kUnauthenticated);
  CHECK(expired.error().message.find("expired") != std::string::npos);
  CHECK(KindOf(auth.Authenticate("")) == ErrorKind::kUnauthenticated);
  CHECK(KindOf(auth.Authenticate("bh_made-up")) == ErrorKind::kUnauthenticated);
  CHECK(KindOf(auth.Authenticate(std::string(100'000, 'x'))) == ErrorKind::kUnauthenticated);
}

TEST_CASE_FIXTURE(Fixture, "a wrong password and an unknown e-mail look the same; many lock") {
  SetUp();
  const Error wrong = auth.SignIn("ada@example.com", "wrong password").error();
  const Error unknown = auth.SignIn("who@example.com", "wrong password").error();
  CHECK(wrong.message == unknown.message);
  CHECK(wrong.kind == ErrorKind::kUnauthenticated);
  for (int i = 1; i < sign_in_failures_max; ++i) {
    CHECK_FALSE(auth.SignIn("ada@example.com", "wrong password").ok());
  }
  CHECK(auth.SignIn("ada@example.com", "correct horse").error().kind == ErrorKind::kExhausted);
  clock.Advance(sign_in_lock_micros + 1);
  CHECK(auth.SignIn("ada@example.com", "correct horse").ok());
}

TEST_CASE_FIXTURE(Fixture, "a change of the user counts at once, cached or not") {
  const Session session = SetUp();
  REQUIRE(auth.Authenticate(session.token).ok());
  ChangeUser(session.principal.user, "role", std::string("viewer"));
  CHECK(auth.Authenticate(session.token)->role == viewer_role);
  ChangeUser(session.principal.user, "is_active", false);
  CHECK(KindOf(auth.Authenticate(session.token)) == ErrorKind::kUnauthenticated);
  CHECK_FALSE(auth.SignIn("ada@example.com", "correct horse").ok());
}

TEST_CASE_FIXTURE(Fixture, "API tokens are kept as digests") {
  const Session session = SetUp();
  const std::string api = auth.CreateApiToken(session.principal, "script", day).value();
  CHECK(auth.Authenticate(api)->user == session.principal.user);
  for (const char* collection : {"auth.token", "auth.password"}) {
    const std::unique_ptr<store::Snapshot> snapshot = std::move(store->Read()).value();
    for (const auto& [key, body] : snapshot->ListDocuments(collection).value()) {
      for (const std::string& secret : {api, session.token, std::string("correct horse")}) {
        CHECK((key + body.Dump()).find(secret) == std::string::npos);
      }
    }
  }
  clock.Advance(day);
  CHECK(KindOf(auth.Authenticate(api)) == ErrorKind::kUnauthenticated);
}

TEST_CASE_FIXTURE(Fixture, "passwords are set for users that exist, within the limits") {
  const Session session = SetUp();
  CHECK(auth.SetPassword(ids.Next(), "long enough").error().kind == ErrorKind::kNotFound);
  CHECK(auth.SetPassword(session.principal.user, "short").error().kind == ErrorKind::kInvalid);
  REQUIRE(auth.SetPassword(session.principal.user, "battery staple").ok());
  CHECK_FALSE(auth.SignIn("ada@example.com", "correct horse").ok());
  CHECK(auth.SignIn("ada@example.com", "battery staple").ok());
}

TEST_CASE_FIXTURE(Fixture, "tokens are listed by name and revoked at once") {
  const Session session = SetUp();
  const std::string api = auth.CreateApiToken(session.principal, "script", 0).value();
  REQUIRE(auth.Authenticate(api).ok());
  const auto api_tokens = auth.ListApiTokens().value();
  REQUIRE(api_tokens.size() == 1);
  CHECK(api_tokens[0].name == "script");
  CHECK(api_tokens[0].id == TokenId(api));
  CHECK(api_tokens[0].user == session.principal.user);
  CHECK(api_tokens[0].expires_at == 0);
  CHECK(auth.RevokeApiToken("").error().kind == ErrorKind::kNotFound);
  REQUIRE(auth.RevokeApiToken(api_tokens[0].id).ok());
  CHECK(KindOf(auth.Authenticate(api)) == ErrorKind::kUnauthenticated);
  CHECK(auth.Authenticate(session.token).ok());
}

TEST_CASE_FIXTURE(Fixture, "a new password ends the user's sessions, not the tokens of programs") {
  const Session session = SetUp();
  const std::string api = auth.CreateApiToken(session.principal, "script", 0).value();
  REQUIRE(auth.Authenticate(session.token).ok());
  REQUIRE(auth.SetPassword(session.principal.user, "battery staple").ok());
  CHECK(KindOf(auth.Authenticate(session.token)) == ErrorKind::kUnauthenticated);
  CHECK(auth.Authenticate(api).ok());
}

TEST_CASE("a flood of other addresses does not free a locked one") {
  ManualClock clock(1'700'000'000'000'000);
  Lockout lockout(clock);
  for (int i = 0; i < sign_in_failures_max; ++i) {
    clock.Advance(1);
    CHECK(lockout.Begin("ada"));
  }
  CHECK_FALSE(lockout.Begin("ada"));
  for (int i = 0; i < 12'000; ++i) {
    clock.Advance(1);
    lockout.Begin("x" + std::to_string(i));
  }
  CHECK_FALSE(lockout.Begin("ada"));
  CHECK(lockout.Begin("bob"));
  clock.Advance(sign_in_lock_micros);
  CHECK(lockout.Begin("ada"));
}

}  // namespace
}  // namespace boathouse::auth
