// Sessions, second steps, tokens and the audit log, as a whole Auth has them.
#include <doctest/doctest.h>

#include <thread>

#include "auth/auth.h"
#include "auth/totp.h"
#include "base/temp_folder.h"

namespace boathouse::auth {
namespace {

constexpr Micros minute = 60LL * 1'000'000;
constexpr Micros day = 24LL * 3600 * 1'000'000;
constexpr const char* password = "correct horse";
const Origin browser{"192.0.2.7", "web", "Firefox"};

// The bytes that a base32 text of an authenticator app stands for.
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

struct SecurityTest {
  TempFolder folder;
  ManualClock clock{1'700'000'000'000'000};
  IdSource ids{clock, 1};
  std::unique_ptr<store::Store> store =
      std::move(store::Store::Open({folder / "r.sqlite", model::Model::Standard(), &clock, 4}))
          .value();
  std::unique_ptr<Auth> auth = Make();
  Session first = SetUp();
  Actor ada{first.principal, "web"};

  std::unique_ptr<Auth> Make() {
    return std::make_unique<Auth>(*store, clock, ids, AuthOptions{std::string(32, 'k'), {}});
  }
  Session SetUp() {
    Result<Session> session = auth->CompleteSetup(
        {auth->IssueSetupToken().value(), "Acme", "Ada", "ada@acme.test", password}, browser);
    REQUIRE(session.ok());
    return *session;
  }
  SignInResult SignIn() {
    Result<SignInResult> result = auth->SignIn("ada@acme.test", password, browser);
    REQUIRE(result.ok());
    return *result;
  }
  // The app's secret, enrolled.
  std::string Enrol(std::vector<std::string>* recovery = nullptr) {
    const auto begun = auth->BeginTotp(ada, password);
    REQUIRE(begun.ok());
    const std::string secret = Base32Decode(begun->secret);
    const auto codes = auth->ConfirmTotp(ada, CodeOf(secret));
    REQUIRE(codes.ok());
    CHECK(codes->size() == 10);
    if (recovery != nullptr) *recovery = *codes;
    clock.Advance(minute);  // its code was used
    return secret;
  }
  std::string CodeOf(const std::string& secret) { return TotpCode(secret, TotpStep(clock.Now())); }

  // The log as lines "kind outcome subject", newest first.
  std::vector<std::string> Log(const AuditLog::Filter& filter = {}) {
    std::vector<std::string> lines;
    const Status seen = auth->audit().Visit(filter, [&](const AuditEntry& entry) {
      lines.push_back(std::string(AuditKindName(entry.kind)) + " " +
                      std::string(AuditOutcomeName(entry.outcome)) + " " + entry.subject);
      return true;
    });
    REQUIRE(seen.ok());
    return lines;
  }
};

TEST_CASE_FIXTURE(SecurityTest,
                  "with an authenticator app signing in takes a password and a code") {
  const std::string secret = Enrol();
  const SignInResult step = SignIn();
  CHECK_FALSE(step.session);
  CHECK(step.challenge_expires_at == clock.Now() + challenge_micros);
  CHECK(auth->Authenticate(step.challenge).error().kind == ErrorKind::kUnauthenticated);
  const auto with = [&](const std::string& code) {
    return auth->SignInWithCode(step.challenge, code, browser);
  };
  CHECK(with("000000").error().kind == ErrorKind::kUnauthenticated);
  CHECK(with("").error().kind == ErrorKind::kUnauthenticated);
  const std::string code = CodeOf(secret);
  const Result<Session> session = with(code);
  REQUIRE(session.ok());
  CHECK(auth->Authenticate(session->token)->email == "ada@acme.test");
  CHECK(with(code).error().kind == ErrorKind::kUnauthenticated);  // once only
  CHECK(auth->SignInWithCode(SignIn().challenge, code).error().kind == ErrorKind::kUnauthenticated);
  clock.Advance(minute);
  CHECK(with(" " + CodeOf(secret).insert(3, " ")).ok());  // as apps show it
}

TEST_CASE_FIXTURE(SecurityTest, "a challenge is for one user, one password, five minutes") {
  const std::string secret = Enrol();
  const std::string challenge = SignIn().challenge;
  CHECK(auth->SignInWithCode("", CodeOf(secret)).error().kind == ErrorKind::kUnauthenticated);
  CHECK(auth->SignInWithCode(challenge + "x", CodeOf(secret)).error().kind ==
        ErrorKind::kUnauthenticated);
  CHECK(auth->SignInWithCode(first.token, CodeOf(secret)).error().kind ==
        ErrorKind::kUnauthenticated);
  clock.Advance(challenge_micros);
  CHECK(auth->SignInWithCode(challenge, CodeOf(secret)).error().message.find("too long") !=
        std::string::npos);
  const std::string before = SignIn().challenge;
  REQUIRE(auth->SetPassword(first.principal.user, "battery staple").ok());
  CHECK_FALSE(auth->SignInWithCode(before, CodeOf(secret)).ok());
  const std::string reset = auth->SignIn("ada@acme.test", "battery staple")->challenge;
  REQUIRE(auth->ResetTotp(first.principal.user, {}).ok());
  CHECK(auth->SignInWithCode(reset, CodeOf(secret)).error().kind == ErrorKind::kUnauthenticated);
  CHECK(auth->SignIn("ada@acme.test", "battery staple")->session);
}

TEST_CASE_FIXTURE(SecurityTest, "each recovery code opens once") {
  std::vector<std::string> codes;
  Enrol(&codes);
  const auto with = [&](std::string code) {
    return auth->SignInWithCode(SignIn().challenge, code, browser).ok();
  };
  CHECK(with(codes[3]));
  CHECK_FALSE(with(codes[3]));
  std::string spoken = codes[4];
  for (char& c : spoken) c = c == '-' ? ' ' : static_cast<char>(std::toupper(c));
  CHECK(with(spoken));
  CHECK(auth->Totp(first.principal.user)->recovery_codes_left == 8);
  const auto stored = store->Read().value()->ListDocuments("auth.totp").value().at(0).second.Dump();
  for (const std::string& code : codes) CHECK(stored.find(code) == std::string::npos);
  const auto fresh = auth->MakeRecoveryCodes(ada, password, codes[5]);
  REQUIRE(fresh.ok());
  CHECK_FALSE(with(codes[6]));
  CHECK(with(fresh->at(0)));
  CHECK(auth->ListSessions(first.principal.user)->at(0).method == "recovery_code");
}

TEST_CASE_FIXTURE(SecurityTest, "wrong codes lock like wrong passwords") {
  const std::string secret = Enrol();
  const std::string challenge = SignIn().challenge;  // counts as one until a code was right
  for (int i = 1; i < sign_in_failures_max; ++i) {
    CHECK(auth->SignInWithCode(challenge, "123456").error().kind == ErrorKind::kUnauthenticated);
  }
  CHECK(auth->SignInWithCode(challenge, CodeOf(secret)).error().kind == ErrorKind::kExhausted);
  CHECK(auth->SignIn("ada@acme.test", password).error().kind == ErrorKind::kExhausted);
  clock.Advance(sign_in_lock_micros);
  CHECK(auth->SignInWithCode(SignIn().challenge, CodeOf(secret)).ok());
}

TEST_CASE_FIXTURE(SecurityTest, "one code given many times at once signs in once") {
  const std::string secret = Enrol();
  const std::string challenge = SignIn().challenge;
  const std::string code = CodeOf(secret);
  std::atomic<int> in{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { in += auth->SignInWithCode(challenge, code).ok() ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(in == 1);
}

TEST_CASE_FIXTURE(SecurityTest, "setting up and taking down takes the password, and a code") {
  CHECK(auth->ConfirmTotp(ada, "123456").error().kind == ErrorKind::kConflict);
  CHECK(auth->BeginTotp(ada, "wrong").error().fields.at(0).field == "/password");
  CHECK_FALSE(auth->DisableTotp(ada, password, "123456").ok());
  const auto begun = auth->BeginTotp(ada, password);
  REQUIRE(begun.ok());
  CHECK(begun->uri.find("secret=" + begun->secret) != std::string::npos);
  CHECK(auth->ConfirmTotp(ada, "000000").error().fields.at(0).field == "/code");
  CHECK_FALSE(auth->Totp(first.principal.user)->enabled);
  CHECK(SignIn().session);  // not confirmed yet
  // The second secret counts, the first is forgotten.
  const std::string old = Base32Decode(begun->secret);
  const std::string secret = Enrol();
  CHECK(secret != old);
  CHECK(auth->Totp(first.principal.user)->enabled);
  CHECK(auth->BeginTotp(ada, password).error().kind == ErrorKind::kConflict);
  CHECK_FALSE(auth->DisableTotp(ada, "wrong", CodeOf(secret)).ok());
  CHECK_FALSE(auth->DisableTotp(ada, password, "000000").ok());
  CHECK(auth->DisableTotp(ada, password, CodeOf(secret)).ok());
  CHECK(SignIn().session);
}

TEST_CASE_FIXTURE(SecurityTest, "a secret is sealed, and lost with the server's key only") {
  const auto begun = auth->BeginTotp(ada, password);
  REQUIRE(auth->ConfirmTotp(ada, CodeOf(Base32Decode(begun->secret))).ok());
  clock.Advance(minute);
  const std::string stored =
      store->Read().value()->ListDocuments("auth.totp").value().at(0).second.Dump();
  CHECK(stored.find(begun->secret) == std::string::npos);
  auth = Make();  // a restart
  CHECK(auth->SignInWithCode(SignIn().challenge, CodeOf(Base32Decode(begun->secret))).ok());
  auth = std::make_unique<Auth>(*store, clock, ids, AuthOptions{std::string(32, 'z'), {}});
  CHECK(auth->SignInWithCode(SignIn().challenge, "123456").error().kind == ErrorKind::kCorrupt);
}

TEST_CASE_FIXTURE(SecurityTest, "who must have a second step reaches its setting up only") {
  const std::string api = auth->CreateApiToken(first.principal, "script", 0).value();
  REQUIRE(auth->Authenticate(first.token).ok());
  REQUIRE(auth->SetPolicy({true, 400}, ada).ok());
  CHECK(auth->Authenticate(first.token).error().kind == ErrorKind::kForbidden);
  const auto limited = auth->Authenticate(first.token, "", Reach::kEnrolling);
  REQUIRE(limited.ok());
  CHECK(limited->must_enrol);
  CHECK(auth->Authenticate(api).ok());  // a program has no app
  Enrol();
  CHECK(auth->Authenticate(first.token).ok());
  CHECK_FALSE(auth->Authenticate(first.token)->must_enrol);
  CHECK(auth->SetPolicy({true, 29}, ada).error().fields.at(0).field == "/audit_retention_days");
  CHECK(auth->Policy()->totp_required);
}

TEST_CASE_FIXTURE(SecurityTest, "sessions are listed and ended, one or all others") {
  const Session second = *SignIn().session;
  clock.Advance(minute);
  REQUIRE(auth->Authenticate(second.token, "192.0.2.8").ok());
  const Id user = first.principal.user;
  auto sessions = auth->ListSessions(user).value();
  REQUIRE(sessions.size() == 2);
  const SessionInfo& info = sessions[0].id == TokenId(second.token) ? sessions[0] : sessions[1];
  CHECK(info.method == "password");
  CHECK(info.address == "192.0.2.7");
  CHECK(info.agent == "Firefox");
  CHECK(info.used_at == clock.Now());
  CHECK(info.used_from == "192.0.2.8");
  CHECK(auth->EndSession(user, "0123456789abcdef", ada).error().kind == ErrorKind::kNotFound);
  CHECK(auth->EndSession(user, "", ada).error().kind == ErrorKind::kNotFound);
  CHECK(auth->EndSession(ids.Next(), info.id, ada).error().kind == ErrorKind::kNotFound);
  REQUIRE(auth->EndSession(user, info.id, ada).ok());
  CHECK_FALSE(auth->Authenticate(second.token).ok());
  const Session third = *SignIn().session;
  CHECK(auth->EndSessions(user, TokenId(third.token), ada).value() == 1);
  CHECK_FALSE(auth->Authenticate(first.token).ok());
  CHECK(auth->Authenticate(third.token).ok());
  CHECK(auth->EndSessions(user, "", ada).value() == 1);
  CHECK_FALSE(auth->Authenticate(third.token).ok());
  const std::string api = auth->CreateApiToken(first.principal, "script", 0).value();
  CHECK(auth->EndSession(user, TokenId(api), ada).error().kind == ErrorKind::kNotFound);
}

TEST_CASE_FIXTURE(SecurityTest,
                  "a user's own new password takes the old one and keeps the session") {
  const Session other = *SignIn().session;
  CHECK(auth->ChangePassword(ada, "wrong", "battery staple").error().fields.at(0).code ==
        "wrong_password");
  CHECK(auth->ChangePassword(ada, password, "short").error().kind == ErrorKind::kInvalid);
  REQUIRE(auth->ChangePassword(ada, password, "battery staple").ok());
  CHECK(auth->Authenticate(first.token).ok());
  CHECK_FALSE(auth->Authenticate(other.token).ok());
  CHECK_FALSE(auth->SignIn("ada@acme.test", password).ok());
  for (int i = 0; i < sign_in_failures_max; ++i) {
    CHECK_FALSE(auth->ChangePassword(ada, "wrong", "another one").ok());
  }
  CHECK(auth->ChangePassword(ada, "battery staple", "another one").error().kind ==
        ErrorKind::kExhausted);
  CHECK(auth->SignIn("ada@acme.test", "battery staple").ok());  // signing in is not locked by it
}

TEST_CASE_FIXTURE(SecurityTest,
                  "a token carries its scopes, and its last use is noted once a minute") {
  const Scopes read =
      Scopes::Parse(Json::Array({"accounts:read"}), *store->model(), "/scopes").value();
  const std::string token = auth->CreateApiToken(first.principal, "bi", 0, read, ada).value();
  CHECK(auth->ListApiTokens()->at(0).used_at == 0);
  clock.Advance(minute);
  const Micros used_at = clock.Now();
  const auto principal = auth->Authenticate(token, "192.0.2.9");
  REQUIRE(principal.ok());
  CHECK(principal->scopes == read);
  CHECK(principal->address == "192.0.2.9");
  CHECK(principal->credential == TokenId(token));
  CHECK_FALSE(principal->Administers());
  CHECK(auth->Authenticate(first.token)->Administers());
  clock.Advance(minute - 1);
  REQUIRE(auth->Authenticate(token, "192.0.2.10").ok());
  CHECK(auth->ListApiTokens()->at(0).used_at == used_at);
  CHECK(auth->ListApiTokens()->at(0).used_from == "192.0.2.9");
  // Forgetting what was cached does not make it write more.
  REQUIRE(auth->SignOut("bhs_unknown").ok());
  REQUIRE(auth->Authenticate(token, "192.0.2.10").ok());
  CHECK(auth->ListApiTokens()->at(0).used_at == used_at);
  clock.Advance(1);
  REQUIRE(auth->Authenticate(token, "192.0.2.10").ok());
  CHECK(auth->ListApiTokens()->at(0).used_at == clock.Now());
  CHECK(auth->ListApiTokens()->at(0).used_from == "192.0.2.10");
  CHECK(auth->ListApiTokens()->at(0).scopes == read);
  clock.Advance(minute);
  REQUIRE(auth->Authenticate(token).ok());
  REQUIRE(auth->RevokeApiToken(TokenId(token), ada).ok());
  CHECK(auth->ListApiTokens()->empty());
  // The use that was waiting did not outlive its token.
  for (const auto& [key, body] : store->Read().value()->ListDocuments("auth.token_use").value()) {
    CHECK_FALSE(key.starts_with(TokenId(token)));
  }
}

TEST_CASE_FIXTURE(SecurityTest, "expired sessions and old entries are cleared away, tokens stay") {
  const std::string api = auth->CreateApiToken(first.principal, "script", 0).value();
  REQUIRE(auth->Authenticate(first.token).ok());
  clock.Advance(401 * day);
  // The first use after a start is written a moment later, and what is old cleared away behind it.
  auth = Make();
  REQUIRE(auth->Authenticate(api).ok());
  for (int i = 0; i < 20'000 && !auth->audit().List({}, 1)->entries.empty(); ++i) {
    REQUIRE(store->Write([](store::Transaction&) { return Status::Ok(); }).ok());
  }
  CHECK(auth->audit().List({}, 1)->entries.empty());
  auth.reset();  // waits for what is under way
  const auto kept = store->Read().value()->ListDocuments("auth.token").value();
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].first.starts_with(TokenId(api)));
}

TEST_CASE_FIXTURE(SecurityTest,
                  "a token from before there were scopes reaches as far as its user") {
  const std::string token = auth->CreateApiToken(first.principal, "old", 0).value();
  REQUIRE(store
              ->Write([&](store::Transaction& t) -> Status {
                ASSIGN(const auto found, t.ListDocuments("auth.token"));
                for (auto [key, body] : found) {
                  if (!key.starts_with(TokenId(token))) continue;
                  body.Remove("scopes");
                  TRY(t.PutDocument("auth.token", key, body));
                }
                return Status::Ok();
              })
              .ok());
  CHECK(auth->Authenticate(token)->Administers());
}

TEST_CASE_FIXTURE(SecurityTest, "the audit log has what was done, by whom and from where") {
  CHECK_FALSE(auth->SignIn("ada@acme.test", "wrong password", browser).ok());
  clock.Advance(1);
  CHECK_FALSE(auth->SignIn("eve@acme.test", "wrong password", browser).ok());
  clock.Advance(1);
  CHECK_FALSE(auth->SignIn("my secret password", "x", browser).ok());
  clock.Advance(1);
  const std::string token = auth->CreateApiToken(first.principal, "bi", day, {}, ada).value();
  clock.Advance(1);
  REQUIRE(auth->SignOut(first.token, browser).ok());
  CHECK(Log() == std::vector<std::string>{"sign_out ok ", "token_created ok token bi",
                                          "sign_in failed password", "sign_in failed password",
                                          "sign_in failed password", "sign_in ok setup",
                                          "workspace_created ok Acme"});
  const auto page = auth->audit().List({}, 100).value();
  CHECK(page.entries[0].actor == first.principal.user);
  CHECK(page.entries[0].actor_name == "Ada");
  CHECK(page.entries[0].address == "192.0.2.7");
  CHECK(page.entries[2].actor_name == "(no e-mail)");
  CHECK(page.entries[3].actor_name == "eve@acme.test");
  CHECK(page.entries[3].actor.is_nil());
  CHECK(page.entries[4].actor == first.principal.user);
  // No secret is in it.
  for (const auto& [key, body] : store->Read().value()->ListDocuments("audit").value()) {
    for (const std::string_view secret :
         {std::string_view(token), std::string_view(first.token), std::string_view(password),
          std::string_view("my secret")}) {
      CHECK(body.Dump().find(secret) == std::string::npos);
    }
  }
}

TEST_CASE_FIXTURE(SecurityTest, "locks are told of once a minute, failures not without end") {
  for (int i = 0; i < sign_in_failures_max + 5; ++i) {
    CHECK_FALSE(auth->SignIn("ada@acme.test", "wrong password", browser).ok());
  }
  AuditLog::Filter locked;
  locked.outcome = AuditOutcome::kLocked;
  CHECK(Log(locked).size() == 1);
  clock.Advance(minute);
  CHECK_FALSE(auth->SignIn("ada@acme.test", "wrong password", browser).ok());
  CHECK(Log(locked).size() == 2);
  for (int i = 0; i < 70; ++i) {
    auth->NoteProviderFailure("acme", "", Error(ErrorKind::kForbidden, "no"), browser);
  }
  AuditLog::Filter failed;
  failed.outcome = AuditOutcome::kFailed;
  failed.from = clock.Now();
  CHECK(Log(failed).size() == 59);  // and the lock: 60 in a minute
  clock.Advance(minute);
  auth->NoteProviderFailure("acme", "", Error(ErrorKind::kForbidden, "no"), browser);
  CHECK(auth->audit().List({}, 1)->entries.at(0).detail["more_not_listed"].AsInt() == 11);
}

}  // namespace
}  // namespace boathouse::auth
