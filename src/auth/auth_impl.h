#pragma once
// Private to auth: the parts that Auth is made of, and what its files share. auth.cc has signing in and
// the set-up, auth_tokens.cc credentials and sessions, auth_security.cc passwords and second steps.

#include <atomic>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "auth/auth.h"
#include "auth/deferred_documents.h"
#include "auth/lockout.h"
#include "auth/password.h"
#include "auth/seal.h"
#include "auth/second_factor.h"
#include "base/bytes.h"

namespace boathouse::auth {

// Collections of documents. Keys of the token collections are the SHA-256 of the token.
namespace documents {
inline constexpr const char* passwords = "auth.password";   // key: user id
inline constexpr const char* tokens = "auth.token";         // sessions and API tokens
inline constexpr const char* uses = "auth.token_use";       // last use, of either
inline constexpr const char* identities = "auth.identity";  // key: digest of issuer and subject
inline constexpr const char* workspace = "workspace";
inline constexpr const char* settings_key = "settings";
inline constexpr const char* setup_key = "setup";
inline constexpr const char* policy_key = "security";
}  // namespace documents

inline constexpr size_t token_bytes = 32;
inline constexpr size_t token_chars_max = 512;
// Of the digest: enough to name a token, of no use to forge one.
inline constexpr size_t token_id_chars = 16;

std::string NewToken(std::string_view prefix);
std::string TokenKey(std::string_view token);
Error BadCredential();
Error BadToken();
Status CheckPassword(std::string_view password);

struct Auth::Impl {
  Impl(store::Store& the_store, const Clock& the_clock, IdSource& the_ids, AuthOptions options);

  store::Store& store;
  const Clock& clock;
  IdSource& ids;
  const std::shared_ptr<const model::Model> standard = store.model();
  const model::Object* const user = standard->Find("user");
  const size_t name_field = user->IndexOf("name").value();
  const size_t email_field = user->IndexOf("email").value();
  const size_t role_field = user->IndexOf("role").value();
  const size_t active_field = user->IndexOf("is_active").value();

  // When a token was last noted as used; outlives the cache, so that it is noted once a minute.
  using LastNoted = std::shared_ptr<std::atomic<Micros>>;

  // Tokens looked up before, so that a request costs no read. An entry holds while no user has
  // changed since; whatever ends a token or changes what it reaches forgets them all.
  struct CachedToken {
    Principal principal;
    Micros expires_at = 0;
    store::Sequence user_changes = 0;
    LastNoted noted;
  };
  static constexpr size_t cached_tokens_max = 10'000;
  std::shared_mutex cache_mutex;
  std::unordered_map<std::string, CachedToken> cache;
  uint64_t revocations = 0;  // guarded by cache_mutex
  std::mutex noted_mutex;
  std::unordered_map<std::string, LastNoted> noted;

  const Seal seal;
  Lockout lockout{clock};
  std::atomic<Micros> tidied_at{0};
  AuditLog audit{store, clock, deferred, seal.SigningKey("audit")};
  const SecondFactor second_factor{seal};
  OidcProviders oidc;
  // Verified against when the e-mail is unknown, so that both cases cost the same.
  const std::string decoy_hash = HashPassword(RandomBytes(token_bytes));
  std::atomic<bool> is_set_up{false};  // a password exists; never taken back

  // Failed sign-ins that are told one by one, in this minute; the rest is counted, so that nobody fills
  // the disk by failing.
  std::mutex failures_mutex;
  Micros failures_since = 0;
  int failures_told = 0;
  int64_t failures_untold = 0;
  std::map<std::string, Micros, std::less<>> lock_told;  // when a lock was last told of, by e-mail

  // Last, so that its thread is gone before what Tidy uses.
  DeferredDocuments deferred{store, [this] { Tidy(); }};

  // --- auth_tokens.cc
  Result<Principal> LoadPrincipal(store::Reader& reader, const Id& id) const;
  Result<CachedToken> Load(store::Reader& reader, const std::string& key);
  Result<Principal> Use(const CachedToken& token, std::string_view key, std::string_view address,
                        Reach reach);
  LastNoted NotedFor(const std::string& key);
  void NoteUse(std::atomic<Micros>& last, std::string_view key, std::string_view address,
               const char* beside);
  void Forget();  // a token ended or reaches less: cached ones are looked up again
  Result<std::vector<TokenInfo>> List(const char* collection);
  Status Revoke(const char* collection, std::string_view id, AuditEntry entry);
  // Ends the sessions of a user but one, and every session that has expired; how many of the user's.
  Result<size_t> EndSessions(store::Transaction& transaction, const Id& user_id,
                             std::string_view except = {}) const;
  Status PutSession(store::Transaction& transaction, const Session& session,
                    std::string_view method, const Origin& origin) const;
  Result<SecurityPolicy> ReadPolicy(store::Reader& reader) const;
  Status RemoveExpiredSessions();
  // Removes what has had its time; once an hour, on the thread of `deferred`.
  void Tidy();

  // --- auth.cc
  struct Known {
    Principal principal;
    std::string hash;  // of the password
    bool has_totp = false;
  };
  Result<std::optional<Known>> FindForSignIn(std::string_view email);
  Session NewSession(Principal principal) const;
  Result<Session> StartSession(Principal principal, std::string_view method, const Origin& origin);
  Result<std::optional<Json>> OpenChallenge(std::string_view challenge) const;
  std::string MakeChallenge(const Known& known, const std::string& lock_key,
                            Micros expires_at) const;
  // A new user of whom a provider vouched for.
  Result<Id> MakeUser(store::Transaction& transaction, const OidcIdentity& identity);
  // Notes a sign-in that led to no session.
  void NoteFailure(AuditEntry entry);
  Error Locked(const std::string& lock_key, AuditEntry entry);

  // --- auth_security.cc
  // The password of somebody who is signed in already; wrong ones lock.
  Status Reauthenticate(const Actor& self, std::string_view password);
  Status StorePassword(store::Transaction& transaction, const Id& id, std::string_view hash) const;
};

}  // namespace boathouse::auth
