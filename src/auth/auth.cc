#include "auth/auth.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "auth/lockout.h"
#include "auth/password.h"
#include "base/bytes.h"

namespace boathouse::auth {
namespace {

// Collections of documents. Keys of the token collections are the SHA-256 of the token.
constexpr const char* passwords = "auth.password";    // key: user id
constexpr const char* tokens = "auth.token";          // sessions and API tokens
constexpr const char* recipients = "auth.recipient";  // tokens of share recipients
constexpr const char* workspace = "workspace";
constexpr const char* settings_key = "settings";
constexpr const char* setup_key = "setup";

constexpr size_t token_bytes = 32;
constexpr size_t token_chars_max = 512;
constexpr size_t token_id_chars =
    16;  // of the digest: enough to name a token, of no use to forge one
constexpr Micros setup_token_micros = 7LL * 24 * 3600 * 1'000'000;

std::string NewToken(std::string_view prefix) {
  return std::string(prefix) + Base64UrlEncode(RandomBytes(token_bytes));
}

std::string TokenKey(std::string_view token) { return HexEncode(Sha256(token)); }

Error BadCredential() {
  return Error(ErrorKind::kUnauthenticated, "the e-mail or the password is wrong");
}

Error BadToken() {
  return Error(ErrorKind::kUnauthenticated, "the token is unknown or was revoked; sign in again");
}

Status CheckPassword(std::string_view password) {
  if (password.size() < password_chars_min || password.size() > password_chars_max) {
    return Error::Field("/password", "out_of_range",
                        "the password must have between " + std::to_string(password_chars_min) +
                            " and " + std::to_string(password_chars_max) + " characters");
  }
  return Status::Ok();
}

}  // namespace

std::string TokenId(std::string_view token) { return TokenKey(token).substr(0, token_id_chars); }

Principal Principal::System() {
  Principal principal;
  principal.name = "System";
  principal.role = admin_role;
  principal.is_system = true;
  return principal;
}

struct Auth::Impl {
  Impl(store::Store& the_store, const Clock& the_clock, IdSource& the_ids)
      : store(the_store), clock(the_clock), ids(the_ids) {}

  store::Store& store;
  const Clock& clock;
  IdSource& ids;
  const std::shared_ptr<const model::Model> standard = store.model();
  const model::Object* const user = standard->Find("user");
  const size_t name_field = user->IndexOf("name").value();
  const size_t email_field = user->IndexOf("email").value();
  const size_t role_field = user->IndexOf("role").value();
  const size_t active_field = user->IndexOf("is_active").value();

  // Tokens looked up before, so that a request costs no read. An entry holds while no user has
  // changed since; signing out removes it.
  struct CachedToken {
    Principal principal;
    Micros expires_at;
    store::Sequence user_changes;
  };
  static constexpr size_t cached_tokens_max = 10'000;
  std::shared_mutex cache_mutex;
  std::unordered_map<std::string, CachedToken> cache;

  Lockout lockout{clock};
  DeferredDocuments deferred{store};
  AuditLog audit{store, clock, deferred};
  // Verified against when the e-mail is unknown, so that both cases cost the same.
  const std::string decoy_hash = HashPassword(RandomBytes(token_bytes));
  uint64_t revocations = 0;            // guarded by cache_mutex
  std::atomic<bool> is_set_up{false};  // a password exists; never taken back

  Result<Principal> LoadPrincipal(store::Reader& reader, const Id& id) const {
    Result<model::Record> record = reader.Get(*user, id);
    if (!record.ok()) {
      return record.error().kind == ErrorKind::kNotFound ? BadToken() : record.error();
    }
    const bool* active = std::get_if<bool>(&record->At(active_field));
    if (active != nullptr && !*active) return BadToken();
    Principal principal;
    principal.user = id;
    principal.name = model::ToText(record->At(name_field));
    principal.email = model::ToText(record->At(email_field));
    principal.role = model::ToText(record->At(role_field));
    return principal;
  }

  Result<Id> FindUserByEmail(store::Reader& reader, std::string_view email) const {
    ASSIGN(const std::optional<Id> id,
           reader.FindId(*user, email_field, AsciiLower(TrimAscii(email))));
    if (!id) return BadCredential();
    return *id;
  }

  Result<Session> StartSession(Principal principal) {
    Session session;
    session.token = NewToken("bhs_");
    session.expires_at = clock.Now() + session_micros;
    session.principal = std::move(principal);
    const Json body = Json::Object({{"kind", "session"},
                                    {"user", session.principal.user.ToString()},
                                    {"created_at", clock.Now()},
                                    {"expires_at", session.expires_at}});
    TRY(store.Write([&](store::Transaction& transaction) {
      return transaction.PutDocument(tokens, TokenKey(session.token), body);
    }));
    return session;
  }

  // A token ended: cached ones are looked up again.
  void Forget() {
    const std::unique_lock lock(cache_mutex);
    cache.clear();
    ++revocations;
  }

  Result<std::vector<TokenInfo>> List(const char* collection) {
    ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, store.Read());
    ASSIGN(const auto documents, snapshot->ListDocuments(collection));
    std::vector<TokenInfo> infos;
    for (const auto& [key, body] : documents) {
      if (body["kind"].AsString() == "session") continue;
      infos.push_back({key.substr(0, token_id_chars), std::string(body["name"].AsString()),
                       Id::Parse(body["user"].AsString()).value_or(Id{}),
                       body["created_at"].AsInt().value_or(0),
                       body["expires_at"].AsInt().value_or(0)});
    }
    std::sort(infos.begin(), infos.end(),
              [](const TokenInfo& a, const TokenInfo& b) { return a.created_at < b.created_at; });
    return infos;
  }

  Status Revoke(const char* collection, std::string_view id) {
    TRY(store.Write([&](store::Transaction& transaction) -> Status {
      ASSIGN(const auto documents, transaction.ListDocuments(collection));
      for (const auto& [key, body] : documents) {
        if (id.size() != token_id_chars || !key.starts_with(id)) continue;
        return transaction.DeleteDocument(collection, key);
      }
      return Error(ErrorKind::kNotFound, "there is no token " + std::string(id.substr(0, 60)) +
                                             "; list them for their ids");
    }));
    Forget();
    return Status::Ok();
  }

  // Ends the sessions of a user, and every session that has expired.
  Status EndSessions(store::Transaction& transaction, const Id& user_id) const {
    ASSIGN(const auto documents, transaction.ListDocuments(tokens));
    for (const auto& [key, body] : documents) {
      if (body["kind"].AsString() != "session") continue;
      if (body["user"].AsString() == user_id.ToString() ||
          body["expires_at"].AsInt().value_or(0) <= transaction.now()) {
        TRY(transaction.DeleteDocument(tokens, key));
      }
    }
    return Status::Ok();
  }

  Status StorePassword(store::Transaction& transaction, const Id& id, std::string_view hash) const {
    return transaction.PutDocument(passwords, id.ToString(), Json::Object({{"hash", hash}}));
  }
};

Auth::Auth(store::Store& store, const Clock& clock, IdSource& ids)
    : impl_(std::make_unique<Impl>(store, clock, ids)) {}

Auth::~Auth() = default;

Result<Principal> Auth::Authenticate(std::string_view token) {
  if (token.empty()) {
    return Error(ErrorKind::kUnauthenticated,
                 "a token is needed: send Authorization: Bearer <token>");
  }
  if (token.size() > token_chars_max) return BadToken();
  const std::string key = TokenKey(token);
  const store::Sequence user_changes = impl_->store.committed(*impl_->user);
  uint64_t revocations = 0;
  {
    const std::shared_lock lock(impl_->cache_mutex);
    revocations = impl_->revocations;
    const auto found = impl_->cache.find(key);
    if (found != impl_->cache.end() && found->second.user_changes == user_changes &&
        (found->second.expires_at == 0 || found->second.expires_at > impl_->clock.Now())) {
      return found->second.principal;
    }
  }
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  ASSIGN(const std::optional<Json> body, snapshot->GetDocument(tokens, key));
  if (!body) return BadToken();
  const Micros expires_at = (*body)["expires_at"].AsInt().value_or(0);
  if (expires_at != 0 && expires_at <= impl_->clock.Now()) {
    return Error(ErrorKind::kUnauthenticated,
                 "the token expired at " + FormatDateTime(expires_at) + "; sign in again");
  }
  ASSIGN(Principal principal,
         impl_->LoadPrincipal(*snapshot, Id::Parse((*body)["user"].AsString()).value_or(Id{})));
  const std::unique_lock lock(impl_->cache_mutex);
  // A token ended since this one was read, perhaps this one: it is not kept.
  if (impl_->revocations != revocations) return principal;
  if (impl_->cache.size() >= Impl::cached_tokens_max) impl_->cache.clear();
  impl_->cache[key] = {principal, expires_at, user_changes};
  return principal;
}

Result<Recipient> Auth::AuthenticateRecipient(std::string_view token) {
  if (token.empty()) {
    return Error(ErrorKind::kUnauthenticated,
                 "a recipient's token is needed: send Authorization: Bearer <token>");
  }
  if (token.size() > token_chars_max) return BadToken();
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  ASSIGN(const std::optional<Json> body, snapshot->GetDocument(recipients, TokenKey(token)));
  if (!body) return Error(ErrorKind::kUnauthenticated, "the token is unknown or was revoked");
  const Micros expires_at = (*body)["expires_at"].AsInt().value_or(0);
  if (expires_at != 0 && expires_at <= impl_->clock.Now()) {
    return Error(ErrorKind::kUnauthenticated,
                 "the token expired at " + FormatDateTime(expires_at) +
                     "; ask the administrator of this share for a new profile file");
  }
  Recipient recipient;
  recipient.name = (*body)["name"].AsString();
  for (const Json& share : (*body)["shares"].items())
    recipient.shares.emplace_back(share.AsString());
  return recipient;
}

Result<Session> Auth::SignIn(std::string_view email, std::string_view password) {
  const std::string key = AsciiLower(TrimAscii(email)).substr(0, 320);
  if (!impl_->lockout.Begin(key)) {
    return Error(ErrorKind::kExhausted,
                 "too many wrong passwords: signing in to this account is locked for " +
                     std::to_string(sign_in_lock_micros / 60'000'000) + " minutes");
  }
  std::string hash = impl_->decoy_hash;
  bool known = false;
  Principal principal;
  {
    ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
    const Result<Id> user = impl_->FindUserByEmail(*snapshot, email);
    if (user.ok()) {
      ASSIGN(const std::optional<Json> body, snapshot->GetDocument(passwords, user->ToString()));
      Result<Principal> loaded = impl_->LoadPrincipal(*snapshot, *user);
      if (body && loaded.ok()) {
        hash = (*body)["hash"].AsString();
        principal = *loaded;
        known = true;
      }
    }
  }
  // The snapshot is gone by now: hashing takes long, and must not hold a reader.
  const bool right = password.size() <= password_chars_max && VerifyPassword(hash, password);
  if (!known || !right) return BadCredential();
  impl_->lockout.Succeeded(key);
  return impl_->StartSession(std::move(principal));
}

Status Auth::SignOut(std::string_view token) {
  const std::string key = TokenKey(token);
  TRY(impl_->store.Write([&](store::Transaction& transaction) -> Status {
    ASSIGN(const std::optional<Json> body, transaction.GetDocument(tokens, key));
    if (body && (*body)["kind"].AsString() != "session") {
      return Error(ErrorKind::kConflict, "an API token has no session that could be ended");
    }
    return transaction.DeleteDocument(tokens, key);
  }));
  impl_->Forget();
  return Status::Ok();
}

Status Auth::SetPassword(const Id& user, std::string_view password) {
  TRY(CheckPassword(password));
  const std::string hash = HashPassword(password);
  TRY(impl_->store.Write([&](store::Transaction& transaction) -> Status {
    TRY(transaction.Get(*impl_->user, user));
    TRY(impl_->EndSessions(transaction, user));
    return impl_->StorePassword(transaction, user, hash);
  }));
  impl_->Forget();
  return Status::Ok();
}

Result<std::vector<TokenInfo>> Auth::ListApiTokens() { return impl_->List(tokens); }
Result<std::vector<TokenInfo>> Auth::ListRecipients() { return impl_->List(recipients); }
Status Auth::RevokeApiToken(std::string_view id) { return impl_->Revoke(tokens, id); }
Status Auth::RevokeRecipient(std::string_view id) { return impl_->Revoke(recipients, id); }

Result<std::string> Auth::CreateApiToken(const Principal& owner, std::string_view name,
                                         Micros lifetime) {
  const std::string token = NewToken("bh_");
  const Json body =
      Json::Object({{"kind", "api"},
                    {"name", name},
                    {"user", owner.user.ToString()},
                    {"created_at", impl_->clock.Now()},
                    {"expires_at", lifetime == 0 ? Micros{0} : impl_->clock.Now() + lifetime}});
  TRY(impl_->store.Write([&](store::Transaction& transaction) {
    return transaction.PutDocument(tokens, TokenKey(token), body);
  }));
  return token;
}

Result<std::string> Auth::CreateRecipient(const Recipient& recipient, Micros lifetime) {
  const std::string token = NewToken("bhr_");
  Json shares = Json::Array();
  for (const std::string& share : recipient.shares) shares.Append(share);
  const Json body =
      Json::Object({{"name", recipient.name},
                    {"shares", std::move(shares)},
                    {"created_at", impl_->clock.Now()},
                    {"expires_at", lifetime == 0 ? Micros{0} : impl_->clock.Now() + lifetime}});
  TRY(impl_->store.Write([&](store::Transaction& transaction) {
    return transaction.PutDocument(recipients, TokenKey(token), body);
  }));
  return token;
}

Result<bool> Auth::SetupNeeded() {
  if (impl_->is_set_up) return false;
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  ASSIGN(const auto known, snapshot->ListDocuments(passwords));
  impl_->is_set_up = !known.empty();
  return known.empty();
}

Result<std::string> Auth::IssueSetupToken() {
  const std::string token = NewToken("setup_");
  const Json body = Json::Object(
      {{"digest", TokenKey(token)}, {"expires_at", impl_->clock.Now() + setup_token_micros}});
  TRY(impl_->store.Write([&](store::Transaction& transaction) {
    return transaction.PutDocument(workspace, setup_key, body);
  }));
  return token;
}

Result<Session> Auth::CompleteSetup(const SetupRequest& request) {
  TRY(CheckPassword(request.password));
  const model::Object& user = *impl_->user;
  ASSIGN(const model::Value name,
         model::FromJson(user.fields[impl_->name_field], request.name, "/name"));
  if (model::IsNull(name)) return Error::Field("/name", "required", "name is required");
  ASSIGN(const model::Value email,
         model::FromJson(user.fields[impl_->email_field], request.email, "/email"));
  if (model::IsNull(email)) return Error::Field("/email", "required", "email is required");
  const std::string_view workspace_name = TrimAscii(request.workspace);
  if (workspace_name.empty() || workspace_name.size() > 100 || !IsUtf8(workspace_name)) {
    return Error::Field("/workspace", "required", "workspace must have 1 to 100 characters");
  }
  const std::string hash = HashPassword(request.password);
  model::Record record;
  record.values.resize(user.fields.size());
  record.Set(model::kFieldId, impl_->ids.Next());
  record.Set(impl_->name_field, name);
  record.Set(impl_->email_field, email);
  record.Set(impl_->role_field, std::string(admin_role));
  record.Set(impl_->active_field, true);

  TRY(impl_->store.Write([&](store::Transaction& transaction) -> Status {
    ASSIGN(const std::optional<Json> setup, transaction.GetDocument(workspace, setup_key));
    if (!setup || !ConstantTimeEquals((*setup)["digest"].AsString(), TokenKey(request.token)) ||
        (*setup)["expires_at"].AsInt().value_or(0) <= transaction.now()) {
      return Error(
          ErrorKind::kUnauthenticated,
          "the set-up link was used, replaced or expired; restart the server for a new one");
    }
    ASSIGN(const model::Record stored, transaction.Insert(user, record, {record.id(), "setup"}));
    TRY(impl_->StorePassword(transaction, stored.id(), hash));
    TRY(transaction.DeleteDocument(workspace, setup_key));
    return transaction.PutDocument(workspace, settings_key,
                                   Json::Object({{"name", workspace_name}, {"currency", "USD"}}));
  }));
  return SignIn(request.email, request.password);
}

AuditLog& Auth::audit() { return impl_->audit; }

Result<Json> Auth::Workspace() {
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  ASSIGN(std::optional<Json> settings, snapshot->GetDocument(workspace, settings_key));
  if (settings) return std::move(*settings);
  return Json::Object({{"name", "Boathouse"}, {"currency", "USD"}});
}

Status Auth::SetWorkspace(const Json& settings) {
  return impl_->store.Write([&](store::Transaction& transaction) {
    return transaction.PutDocument(workspace, settings_key, settings);
  });
}

}  // namespace boathouse::auth
