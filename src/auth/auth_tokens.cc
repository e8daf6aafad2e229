// Credentials that programs and browsers send: looking them up, listing and ending them.
#include <algorithm>

#include "auth/auth_impl.h"
#include "base/log.h"

namespace boathouse::auth {
namespace {

constexpr size_t agent_chars_max = 200;
constexpr Micros tidy_micros = 3600LL * 1'000'000;

std::string Cut(std::string_view text, size_t chars_max) {
  return IsUtf8(text) ? std::string(text.substr(0, chars_max)) : std::string();
}

// Tokens that were made before there were scopes reach as far as their user.
Scopes ScopesOf(const Json& body) {
  const Json* scopes = body.Find("scopes");
  return scopes == nullptr ? Scopes::Everything() : Scopes::FromStored(*scopes);
}

bool IsSession(const Json& body) { return body["kind"].AsString() == "session"; }

Error TotpNeeded() {
  return Error(ErrorKind::kForbidden,
               "this workspace asks for two-step sign-in: set it up under Settings, Security "
               "(POST /api/v1/auth/totp) before anything else");
}

template <typename Info>
void AddUse(const std::map<std::string, Json>& uses, const std::string& key, Info* info) {
  const auto found = uses.find(key);
  if (found == uses.end()) return;
  info->used_at = found->second["at"].AsInt().value_or(0);
  info->used_from = found->second["address"].AsString();
}

}  // namespace

std::string NewToken(std::string_view prefix) {
  return std::string(prefix) + Base64UrlEncode(RandomBytes(token_bytes));
}

std::string TokenKey(std::string_view token) { return HexEncode(Sha256(token)); }

std::string TokenId(std::string_view token) { return TokenKey(token).substr(0, token_id_chars); }

Error BadToken() {
  return Error(ErrorKind::kUnauthenticated, "the token is unknown or was revoked; sign in again");
}

Result<Principal> Auth::Impl::LoadPrincipal(store::Reader& reader, const Id& id) const {
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

Result<Auth::Impl::CachedToken> Auth::Impl::Load(store::Reader& reader, const std::string& key) {
  ASSIGN(const std::optional<Json> body, reader.GetDocument(documents::tokens, key));
  if (!body) return BadToken();
  CachedToken token;
  token.expires_at = (*body)["expires_at"].AsInt().value_or(0);
  if (token.expires_at != 0 && token.expires_at <= clock.Now()) {
    return Error(ErrorKind::kUnauthenticated,
                 "the token expired at " + FormatDateTime(token.expires_at) + "; sign in again");
  }
  const Id owner = Id::Parse((*body)["user"].AsString()).value_or(Id{});
  ASSIGN(token.principal, LoadPrincipal(reader, owner));
  token.principal.credential = key.substr(0, token_id_chars);
  token.noted = NotedFor(key);
  if (!IsSession(*body)) {
    token.principal.scopes = ScopesOf(*body);
    return token;
  }
  // A provider that vouched for somebody has its own second step.
  if (!(*body)["method"].AsString().starts_with("oidc:")) {
    ASSIGN(const SecurityPolicy policy, ReadPolicy(reader));
    if (policy.totp_required) {
      ASSIGN(const SecondFactor::State state, second_factor.StateOf(reader, owner));
      token.principal.must_enrol = !state.enabled;
    }
  }
  return token;
}

Auth::Impl::LastNoted Auth::Impl::NotedFor(const std::string& key) {
  const std::lock_guard lock(noted_mutex);
  if (noted.size() >= cached_tokens_max) noted.clear();
  LastNoted& last = noted[key];
  if (last == nullptr) last = std::make_shared<std::atomic<Micros>>(0);
  return last;
}

void Auth::Impl::NoteUse(std::atomic<Micros>& last, std::string_view key, std::string_view address,
                         const char* beside) {
  const Micros now = clock.Now();
  Micros before = last.load(std::memory_order_relaxed);
  // A clock that was set back must not silence it for ever.
  if (before != 0 && now >= before && now - before < token_use_noted_micros) return;
  if (!last.compare_exchange_strong(before, now)) return;  // another request notes it
  deferred.Put(documents::uses, std::string(key),
               Json::Object({{"at", now}, {"address", Cut(address, audit_text_chars_max)}}),
               beside);
}

Result<Principal> Auth::Impl::Use(const CachedToken& token, std::string_view key,
                                  std::string_view address, Reach reach) {
  NoteUse(*token.noted, key, address, documents::tokens);
  if (token.principal.must_enrol && reach == Reach::kFull) return TotpNeeded();
  Principal principal = token.principal;
  principal.address = address;
  return principal;
}

void Auth::Impl::Forget() {
  const std::unique_lock lock(cache_mutex);
  cache.clear();
  ++revocations;
}

Result<Principal> Auth::Authenticate(std::string_view token, std::string_view address,
                                     Reach reach) {
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
      return impl_->Use(found->second, key, address, reach);
    }
  }
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  ASSIGN(Impl::CachedToken loaded, impl_->Load(*snapshot, key));
  loaded.user_changes = user_changes;
  {
    const std::unique_lock lock(impl_->cache_mutex);
    // A token ended since this one was read, perhaps this one: it is not kept.
    if (impl_->revocations == revocations) {
      if (impl_->cache.size() >= Impl::cached_tokens_max) impl_->cache.clear();
      impl_->cache[key] = loaded;
    }
  }
  return impl_->Use(loaded, key, address, reach);
}

Result<Principal> Auth::PrincipalOf(const Id& user) {
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  return impl_->LoadPrincipal(*snapshot, user);
}

Result<std::vector<TokenInfo>> Auth::Impl::List(const char* collection) {
  TRY(deferred.Flush());
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, store.Read());
  ASSIGN(const auto found, snapshot->ListDocuments(collection));
  ASSIGN(const auto used, snapshot->ListDocuments(documents::uses));
  const std::map<std::string, Json> uses(used.begin(), used.end());
  std::vector<TokenInfo> infos;
  for (const auto& [key, body] : found) {
    if (IsSession(body)) continue;
    TokenInfo info;
    info.id = key.substr(0, token_id_chars);
    info.name = body["name"].AsString();
    info.user = Id::Parse(body["user"].AsString()).value_or(Id{});
    info.created_at = body["created_at"].AsInt().value_or(0);
    info.expires_at = body["expires_at"].AsInt().value_or(0);
    info.scopes = ScopesOf(body);
    AddUse(uses, key, &info);
    infos.push_back(std::move(info));
  }
  std::sort(infos.begin(), infos.end(),
            [](const TokenInfo& a, const TokenInfo& b) { return a.created_at < b.created_at; });
  return infos;
}

Status Auth::Impl::Revoke(const char* collection, std::string_view id, AuditEntry entry) {
  const std::string what = entry.subject;
  TRY(store.Write([&](store::Transaction& transaction) -> Status {
    // The first key behind the id, if it begins with it: two tokens of one id there are not.
    ASSIGN(const auto found,
           transaction.ListDocuments(collection, {std::string(id), "", 1, false}));
    for (const auto& [key, body] : found) {
      if (id.size() != token_id_chars || !key.starts_with(id) || IsSession(body)) continue;
      TRY(transaction.DeleteDocument(collection, key));
      TRY(transaction.DeleteDocument(documents::uses, key));
      entry.subject = what + " " + std::string(body["name"].AsString());
      return audit.Record(transaction, entry);
    }
    return Error(ErrorKind::kNotFound, "there is no token " + std::string(id.substr(0, 60)) +
                                           "; list them for their ids");
  }));
  Forget();
  return Status::Ok();
}

Result<std::vector<TokenInfo>> Auth::ListApiTokens() { return impl_->List(documents::tokens); }

Status Auth::RevokeApiToken(std::string_view id, const Actor& by) {
  return impl_->Revoke(documents::tokens, id,
                       AuditEntry::By(by.principal, by.surface, AuditKind::kTokenRevoked, "token"));
}

Result<std::string> Auth::CreateApiToken(const Principal& owner, std::string_view name,
                                         Micros lifetime, const Scopes& scopes, const Actor& by) {
  const std::string token = NewToken("bh_");
  const Micros now = impl_->clock.Now();
  const Micros expires_at = lifetime == 0 ? 0 : now + lifetime;
  const Json body = Json::Object({{"kind", "api"},
                                  {"name", name},
                                  {"user", owner.user.ToString()},
                                  {"scopes", scopes.ToJson()},
                                  {"created_at", now},
                                  {"expires_at", expires_at}});
  const AuditEntry entry = AuditEntry::By(
      by.principal, by.surface, AuditKind::kTokenCreated, "token " + std::string(name),
      Json::Object({{"user", owner.user.ToString()},
                    {"scopes", scopes.ToJson()},
                    {"expires_at", expires_at == 0 ? Json() : Json(FormatDateTime(expires_at))}}));
  TRY(impl_->store.Write([&](store::Transaction& transaction) -> Status {
    TRY(transaction.PutDocument(documents::tokens, TokenKey(token), body));
    return impl_->audit.Record(transaction, entry);
  }));
  return token;
}

Status Auth::Impl::PutSession(store::Transaction& transaction, const Session& session,
                              std::string_view method, const Origin& origin) const {
  return transaction.PutDocument(
      documents::tokens, TokenKey(session.token),
      Json::Object({{"kind", "session"},
                    {"user", session.principal.user.ToString()},
                    {"created_at", transaction.now()},
                    {"expires_at", session.expires_at},
                    {"method", method},
                    {"address", Cut(origin.address, audit_text_chars_max)},
                    {"agent", Cut(origin.agent, agent_chars_max)}}));
}

Result<size_t> Auth::Impl::EndSessions(store::Transaction& transaction, const Id& user_id,
                                       std::string_view except) const {
  ASSIGN(const auto found, transaction.ListDocuments(documents::tokens));
  size_t ended = 0;
  for (const auto& [key, body] : found) {
    if (!IsSession(body)) continue;
    const bool expired = body["expires_at"].AsInt().value_or(0) <= transaction.now();
    const bool theirs = body["user"].AsString() == user_id.ToString();
    const bool kept = !except.empty() && key.starts_with(except);
    if (!expired && (!theirs || kept)) continue;
    TRY(transaction.DeleteDocument(documents::tokens, key));
    TRY(transaction.DeleteDocument(documents::uses, key));
    ended += theirs && !expired ? 1 : 0;
  }
  return ended;
}

Result<std::vector<SessionInfo>> Auth::ListSessions(const Id& user) {
  TRY(impl_->deferred.Flush());
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  ASSIGN(const auto found, snapshot->ListDocuments(documents::tokens));
  ASSIGN(const auto used, snapshot->ListDocuments(documents::uses));
  const std::map<std::string, Json> uses(used.begin(), used.end());
  std::vector<SessionInfo> infos;
  for (const auto& [key, body] : found) {
    if (!IsSession(body) || body["user"].AsString() != user.ToString()) continue;
    SessionInfo info;
    info.id = key.substr(0, token_id_chars);
    info.user = user;
    info.method = body["method"].AsString("password");
    info.created_at = body["created_at"].AsInt().value_or(0);
    info.expires_at = body["expires_at"].AsInt().value_or(0);
    if (info.expires_at <= impl_->clock.Now()) continue;
    info.address = body["address"].AsString();
    info.agent = body["agent"].AsString();
    AddUse(uses, key, &info);
    infos.push_back(std::move(info));
  }
  std::sort(infos.begin(), infos.end(),
            [](const SessionInfo& a, const SessionInfo& b) { return a.created_at > b.created_at; });
  return infos;
}

Status Auth::EndSession(const Id& user, std::string_view id, const Actor& by) {
  const Error none(ErrorKind::kNotFound, "there is no session of that id; list them for their ids");
  if (id.size() != token_id_chars) return none;
  TRY(impl_->store.Write([&](store::Transaction& transaction) -> Status {
    ASSIGN(const auto found,
           transaction.ListDocuments(documents::tokens, {std::string(id), "", 2, false}));
    for (const auto& [key, body] : found) {
      if (!key.starts_with(id) || !IsSession(body) || body["user"].AsString() != user.ToString()) {
        continue;
      }
      TRY(transaction.DeleteDocument(documents::tokens, key));
      TRY(transaction.DeleteDocument(documents::uses, key));
      return impl_->audit.Record(
          transaction, AuditEntry::By(by.principal, by.surface, AuditKind::kSessionEnded,
                                      "one session", Json::Object({{"user", user.ToString()}})));
    }
    return none;
  }));
  impl_->Forget();
  return Status::Ok();
}

Result<size_t> Auth::EndSessions(const Id& user, std::string_view except, const Actor& by) {
  size_t ended = 0;
  TRY(impl_->store.Write([&](store::Transaction& transaction) -> Status {
    ASSIGN(ended, impl_->EndSessions(transaction, user, except));
    if (ended == 0) return Status::Ok();
    return impl_->audit.Record(transaction,
                               AuditEntry::By(by.principal, by.surface, AuditKind::kSessionEnded,
                                              std::to_string(ended) + " sessions",
                                              Json::Object({{"user", user.ToString()}})));
  }));
  impl_->Forget();
  return ended;
}

// Looked for in a snapshot, and removed some at a time: records are not kept waiting.
Status Auth::Impl::RemoveExpiredSessions() {
  constexpr size_t removed_at_once_max = 500;
  std::vector<std::string> expired;
  {
    ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, store.Read());
    ASSIGN(const auto found, snapshot->ListDocuments(documents::tokens));
    for (const auto& [key, body] : found) {
      if (IsSession(body) && body["expires_at"].AsInt().value_or(0) <= clock.Now()) {
        expired.push_back(key);
      }
    }
  }
  for (size_t start = 0; start < expired.size(); start += removed_at_once_max) {
    TRY(store.Write([&](store::Transaction& transaction) -> Status {
      const size_t end = std::min(start + removed_at_once_max, expired.size());
      for (size_t i = start; i < end; ++i) {
        TRY(transaction.DeleteDocument(documents::tokens, expired[i]));
        TRY(transaction.DeleteDocument(documents::uses, expired[i]));
      }
      return Status::Ok();
    }));
  }
  return Status::Ok();
}

void Auth::Impl::Tidy() {
  const Micros now = clock.Now();
  Micros before = tidied_at.load();
  if (before != 0 && now >= before && now - before < tidy_micros) return;
  if (!tidied_at.compare_exchange_strong(before, now)) return;
  const auto tidy = [&]() -> Status {
    SecurityPolicy policy;
    {
      ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, store.Read());
      ASSIGN(policy, ReadPolicy(*snapshot));
    }
    for (;;) {
      ASSIGN(const size_t removed, audit.Prune(policy.audit_retention_days));
      if (removed < audit_pruned_max) break;
    }
    return RemoveExpiredSessions();
  };
  if (const Status done = tidy(); !done.ok()) {
    Log(LogLevel::kError, "auth_tidy_failed", {{"error", done.error().message}});
  }
}

}  // namespace boathouse::auth
