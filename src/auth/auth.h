#pragma once
// Turns a credential into a Principal: users sign in with e-mail and password, programs with API
// tokens, recipients of shares with bearer tokens. Secrets are kept as digests only (argon2id for
// passwords, SHA-256 for tokens) and are never logged. Safe to use from many threads.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/audit.h"
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
  std::string
      credential;       // TokenInfo::id of the session or token it was known by; "" for the system
  std::string address;  // where the request came from; "" when not known

  static Principal System();
  // Whether it may do what belongs to administrators (users' security, settings, the model): by its
  // user's role, and by its scopes.
  bool Administers() const {
    return (is_system || role == admin_role) && (!scopes || scopes->AllowsAdmin());
  }
};

// A recipient of shares: no user, may only read what its shares grant.
struct Recipient {
  std::string name;
  std::vector<std::string> shares;
};

struct Session {
  std::string token;
  Micros expires_at = 0;
  Principal principal;
};

// What may be told of a token: never the token itself.
struct TokenInfo {
  std::string id;
  std::string name;
  Id user;  // nil for a recipient's token
  Micros created_at = 0;
  Micros expires_at = 0;  // 0: never
};

// The TokenInfo::id of that token.
std::string TokenId(std::string_view token);

inline constexpr size_t password_chars_min = 10;
inline constexpr size_t password_chars_max = 256;
inline constexpr int sign_in_failures_max = 10;  // then locked for sign_in_lock_micros
inline constexpr Micros sign_in_lock_micros = 15LL * 60 * 1'000'000;
inline constexpr Micros session_micros = 14LL * 24 * 3600 * 1'000'000;

class Auth {
 public:
  Auth(store::Store& store, const Clock& clock, IdSource& ids);
  ~Auth();

  // The principal of a session or API token. kUnauthenticated when unknown, expired, revoked, or
  // when its user is gone or inactive; the message says which only where that gives nothing away.
  Result<Principal> Authenticate(std::string_view token);
  Result<Recipient> AuthenticateRecipient(std::string_view token);

  // Takes as long for an unknown e-mail as for a wrong password. Locked after too many failures.
  Result<Session> SignIn(std::string_view email, std::string_view password);
  // Ends a session; one that is unknown has ended already. kConflict for an API token.
  Status SignOut(std::string_view token);

  // Ends all sessions of the user. kInvalid on a password that is too short or too long.
  Status SetPassword(const Id& user, std::string_view password);

  // `lifetime` 0: never expires. Returns the token, which cannot be read again.
  Result<std::string> CreateApiToken(const Principal& owner, std::string_view name,
                                     Micros lifetime);
  Result<std::string> CreateRecipient(const Recipient& recipient, Micros lifetime);

  // The API tokens and the recipients' tokens there are, oldest first; sessions are not among them.
  Result<std::vector<TokenInfo>> ListApiTokens();
  Result<std::vector<TokenInfo>> ListRecipients();
  // Ends one at once, by TokenInfo::id. kNotFound when there is none.
  Status RevokeApiToken(std::string_view id);
  Status RevokeRecipient(std::string_view id);

  // The one-time set-up: true until the first user has a password.
  Result<bool> SetupNeeded();
  // A new one-time token for the set-up link; earlier ones stop working.
  Result<std::string> IssueSetupToken();
  // Creates the first administrator. kUnauthenticated for a wrong or used token.
  struct SetupRequest {
    std::string token, workspace, name, email, password;
  };
  Result<Session> CompleteSetup(const SetupRequest& request);

  // Who did what; others note there what they do.
  AuditLog& audit();

  // The workspace's settings: {"name": ..., "currency": ...}.
  Result<Json> Workspace();
  Status SetWorkspace(const Json& settings);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace boathouse::auth
