#pragma once
// Turns a credential into a Principal: users sign in with e-mail and password, and a code of their
// authenticator app where they have one, or through an identity provider (oidc.h); programs come with
// API tokens. (Recipients of shares are no users: sharing/ knows them.) Secrets are kept as digests (argon2id for passwords,
// SHA-256 for tokens) or sealed with the server's key, and are never logged. Whatever matters for
// security is noted in the audit log. Safe to use from many threads.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/audit.h"
#include "auth/oidc.h"
#include "auth/scopes.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "store/store.h"

namespace boathouse::auth {

// The roles that every workspace has; those of its own are kept by crm/roles.h, which also says what
// each of them may.
inline constexpr const char* admin_role = "admin";
inline constexpr const char* member_role = "member";
inline constexpr const char* viewer_role = "viewer";

// Somebody who passed authentication.
struct Principal {
  Id user;
  std::string name;
  std::string email;
  std::string role = viewer_role;  // its name
  bool is_system = false;          // the program itself (demo, command line)
  // Of an API token: what it is for, on top of what the user may. None for a session: all the user may.
  std::optional<Scopes> scopes;
  // TokenInfo::id of the session or token it was known by; "" for the system.
  std::string credential;
  std::string address;      // where the request came from; "" when not known
  bool must_enrol = false;  // reaches nothing but the setting up of its second step

  static Principal System();
  // Whether it may do what belongs to administrators (users' security, settings, the model): by its
  // user's role, and by its scopes.
  bool Administers() const {
    return (is_system || role == admin_role) && (!scopes || scopes->AllowsAdmin());
  }
};

// Where a request came from: what the list of sessions and the audit log tell of it.
struct Origin {
  std::string address;
  std::string surface = "rest";
  std::string agent;  // the User-Agent header; what is too long is cut
};

// On whose behalf something is done, for the audit log.
struct Actor {
  Principal principal = Principal::System();
  std::string surface = "cli";
};

struct Session {
  std::string token;
  Micros expires_at = 0;
  Principal principal;
};

// What a right password led to: a session, or the challenge that SignInWithCode takes with a code.
struct SignInResult {
  std::optional<Session> session;
  std::string challenge;  // "" with a session; good for challenge_micros
  Micros challenge_expires_at = 0;
};

// What may be told of a token: never the token itself.
struct TokenInfo {
  std::string id;
  std::string name;
  Id user;
  Micros created_at = 0;
  Micros expires_at = 0;  // 0: never
  Scopes scopes;          // of an API token
  // The last use, known to the minute; 0 and "" when there was none.
  Micros used_at = 0;
  std::string used_from;
};

struct SessionInfo {
  std::string id;
  Id user;
  std::string method;  // password, totp, recovery_code, setup, or oidc:<provider>
  Micros created_at = 0;
  Micros expires_at = 0;
  std::string address;  // where it began
  std::string agent;
  Micros used_at = 0;
  std::string used_from;
};

// What an administrator lays down for everybody.
struct SecurityPolicy {
  bool totp_required = false;  // who signs in with a password must have an authenticator app
  int64_t audit_retention_days = audit_retention_days_default;
};

// The state of a user's second step.
struct TotpState {
  bool enabled = false;
  Micros enabled_at = 0;
  size_t recovery_codes_left = 0;
  bool has_password =
      false;  // false: signs in through a provider only, and no password is asked for
};

// The TokenInfo::id of that token.
std::string TokenId(std::string_view token);

inline constexpr size_t password_chars_min = 10;
inline constexpr size_t password_chars_max = 256;
inline constexpr int sign_in_failures_max = 10;  // then locked for sign_in_lock_micros
inline constexpr Micros sign_in_lock_micros = 15LL * 60 * 1'000'000;
inline constexpr Micros session_micros = 14LL * 24 * 3600 * 1'000'000;
inline constexpr Micros challenge_micros = 5LL * 60 * 1'000'000;
inline constexpr Micros token_use_noted_micros =
    60LL * 1'000'000;  // a token's last use is written so often

struct AuthOptions {
  // Seals what is kept (see seal.h); "": made anew, so that what was sealed does not outlive the Auth.
  std::string server_key;
  Fetch fetch;  // reaches identity providers; without it nobody signs in through one
};

// How much of a session is asked for, where the workspace requires a second step that its user has not
// set up yet: kEnrolling is enough to set it up, and for nothing else.
enum class Reach { kFull, kEnrolling };

class Auth {
 public:
  Auth(store::Store& store, const Clock& clock, IdSource& ids, AuthOptions options = {});
  ~Auth();

  // The principal of a session or API token, used from `address`. kUnauthenticated when unknown,
  // expired, revoked, or when its user is gone or inactive; the message says which only where that
  // gives nothing away. kForbidden for kFull when the user must set up the second step first.
  Result<Principal> Authenticate(std::string_view token, std::string_view address = {},
                                 Reach reach = Reach::kFull);
  // A user as they are now, for what goes on in their name without a credential, such as an import in the
  // background. kUnauthenticated when the user is gone or inactive.
  Result<Principal> PrincipalOf(const Id& user);

  // Takes as long for an unknown e-mail as for a wrong password. Locked after too many failures.
  Result<SignInResult> SignIn(std::string_view email, std::string_view password,
                              const Origin& origin = {});
  // The second step: a code of the app, or a recovery code, which is then used up. kUnauthenticated for
  // a wrong code and for a challenge that does not hold; wrong codes count like wrong passwords.
  Result<Session> SignInWithCode(std::string_view challenge, std::string_view code,
                                 const Origin& origin = {});
  // Signs in whom `identity`, which the provider vouched for, belongs to: the user it was of before, else
  // the active user of its verified e-mail, else, where the provider may make users, a new one.
  Result<Session> SignInAs(const OidcIdentity& identity, const Origin& origin);
  // Notes that a sign-in through a provider failed before SignInAs was reached. `who` may be "".
  void NoteProviderFailure(std::string_view provider, std::string_view who, const Error& error,
                           const Origin& origin);
  // Ends a session; one that is unknown has ended already. kConflict for an API token.
  Status SignOut(std::string_view token, const Origin& origin = {});

  // The user's sessions that have not expired, newest first.
  Result<std::vector<SessionInfo>> ListSessions(const Id& user);
  // Ends one of the user's sessions at once. kNotFound when there is none of that id.
  Status EndSession(const Id& user, std::string_view id, const Actor& by);
  // Ends all but the one whose id is `except`; how many there were.
  Result<size_t> EndSessions(const Id& user, std::string_view except, const Actor& by);

  // Ends all sessions of the user. kInvalid on a password that is too short or too long.
  Status SetPassword(const Id& user, std::string_view password, const Actor& by = {});
  // By the user: `current` must be right (unless there is none), wrong ones lock. Ends the other sessions.
  Status ChangePassword(const Actor& self, std::string_view current, std::string_view next);

  // The second step (totp.h). What a user does to it takes the password, wrong ones lock.
  Result<TotpState> Totp(const Id& user);
  struct TotpEnrolment {
    std::string secret;  // base32, for typing
    std::string uri;     // for a QR code
  };
  // A new secret, which counts once ConfirmTotp has seen a code of it. kConflict when enabled already.
  Result<TotpEnrolment> BeginTotp(const Actor& self, std::string_view password);
  // Returns the recovery codes, which cannot be read again.
  Result<std::vector<std::string>> ConfirmTotp(const Actor& self, std::string_view code);
  Result<std::vector<std::string>> MakeRecoveryCodes(const Actor& self, std::string_view password,
                                                     std::string_view code);
  Status DisableTotp(const Actor& self, std::string_view password, std::string_view code);
  // By an administrator, for somebody who lost the app and the recovery codes. Ends their sessions.
  Status ResetTotp(const Id& user, const Actor& by);

  // `lifetime` 0: never expires. Returns the token, which cannot be read again.
  Result<std::string> CreateApiToken(const Principal& owner, std::string_view name, Micros lifetime,
                                     const Scopes& scopes = Scopes::Everything(),
                                     const Actor& by = {});

  // The API tokens there are, oldest first; sessions are not among them.
  Result<std::vector<TokenInfo>> ListApiTokens();
  // Ends one at once, by TokenInfo::id. kNotFound when there is none.
  Status RevokeApiToken(std::string_view id, const Actor& by = {});

  Result<SecurityPolicy> Policy();
  Status SetPolicy(const SecurityPolicy& policy, const Actor& by);

  // Who did what; others note there what they do.
  AuditLog& audit();
  // Identity providers, and the way to them and back.
  OidcProviders& oidc();

  // The one-time set-up: true until the first user has a password.
  Result<bool> SetupNeeded();
  // A new one-time token for the set-up link; earlier ones stop working.
  Result<std::string> IssueSetupToken();
  // Creates the first administrator. kUnauthenticated for a wrong or used token.
  struct SetupRequest {
    std::string token, workspace, name, email, password;
  };
  Result<Session> CompleteSetup(const SetupRequest& request, const Origin& origin = {});

  // The workspace's settings: {"name": ..., "currency": ...}.
  Result<Json> Workspace();
  Status SetWorkspace(const Json& settings);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace boathouse::auth
