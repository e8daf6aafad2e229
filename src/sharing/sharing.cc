#include "sharing/sharing.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "sharing/access_token.h"
#include "sharing/registry.h"

namespace boathouse::sharing {
namespace {

constexpr Micros seen_noted_micros = 60LL * 1'000'000;  // a recipient's last use is kept so often
constexpr Micros refused_noted_micros = 60LL * 1'000'000;  // and so often that it was refused

Error BadCredential() {
  return {ErrorKind::kUnauthenticated, "the token is unknown or was revoked"};
}

Error NoSuch(const char* what, std::string_view name) {
  return {ErrorKind::kNotFound,
          std::string(what) + " '" + std::string(name.substr(0, 255)) + "' does not exist"};
}

Error Expired(const char* what, Micros at) {
  return {ErrorKind::kUnauthenticated,
          std::string(what) + " expired at " + FormatDateTime(at) +
              "; ask the administrator of this share for a new profile file"};
}

// Whether the moment was noted long enough ago, and this caller is to note it again.
bool IsDue(std::atomic<Micros>* last, Micros now, Micros apart) {
  Micros before = last->load(std::memory_order_relaxed);
  // A clock that was set back must not silence it for ever.
  if (before != 0 && now >= before && now - before < apart) return false;
  return last->compare_exchange_strong(before, now);
}

SharedTable Shown(const ShareEntry& share, const TableEntry& entry) {
  const Publication& publication = entry.publication;
  // Files of format 3 keep dead rows in their bytes, behind a vector of deletions.
  const bool whole_history = share.share.with_history && publication.history_from == 0;
  return {publication.id,
          share.share.id,
          share.share.name,
          publication.schema,
          publication.name,
          publication.comment,
          entry.table,
          share.share.with_history,
          publication.history_from,
          whole_history ? publication.format_version : 2};
}

}  // namespace

struct Sharing::Impl {
  explicit Impl(const Parts& parts)
      : registry(parts), usage(parts.store, parts.clock), clock(parts.clock) {}

  // A credential that is known; `entry` belongs to the state.
  struct Known {
    const RecipientEntry* recipient = nullptr;
    const StoredToken* token = nullptr;
    Micros expires_at = 0;
  };

  Result<Known> Check(const RecipientEntry& recipient, const StoredToken& token,
                      std::string_view address);
  Result<Known> FindToken(const State& state, std::string_view token, std::string_view address);
  Result<Known> FindAccessToken(const State& state, std::string_view token,
                                std::string_view address);
  Result<Known> Find(const State& state, std::string_view token, std::string_view address);
  OAuthToken Issue(const Known& known) const;
  Error Refuse(const RecipientEntry& recipient, std::string_view address, Error why);

  static const RecipientEntry* Of(const Reader& reader) {
    const auto found = reader.state->recipients.find(reader.recipient);
    return found == reader.state->recipients.end() ? nullptr : found->second.get();
  }
  static Result<const ShareEntry*> GrantedShare(const Reader& reader, std::string_view name);

  Registry registry;
  UsageLog usage;
  const Clock& clock;
  Publications publications{registry};
  Recipients recipients{registry, usage};
};

// Says so in the audit log, now and then: who keeps trying does not fill the disk.
Error Sharing::Impl::Refuse(const RecipientEntry& recipient, std::string_view address, Error why) {
  if (IsDue(&recipient.refused_at, clock.Now(), refused_noted_micros)) {
    auth::AuditEntry entry;
    entry.kind = auth::AuditKind::kRecipientRefused;
    entry.outcome = auth::AuditOutcome::kDenied;
    entry.actor_name = recipient.stored.name;
    entry.address = address;
    entry.surface = "sharing";
    entry.subject = "recipient " + recipient.stored.name;
    entry.detail = Json::Object({{"reason", why.message}});
    registry.parts().audit.Record(std::move(entry));
  }
  return why;
}

Result<Sharing::Impl::Known> Sharing::Impl::Check(const RecipientEntry& recipient,
                                                  const StoredToken& token,
                                                  std::string_view address) {
  const Micros now = clock.Now();
  Known known{&recipient, &token, recipient.stored.expires_at};
  if (known.expires_at != 0 && known.expires_at <= now) {
    return Refuse(recipient, address, Expired("the token", known.expires_at));
  }
  if (token.expires_at != 0) {
    if (token.expires_at <= now) {
      return Refuse(recipient, address,
                    Expired("the token was replaced by a new one, and", token.expires_at));
    }
    known.expires_at =
        known.expires_at == 0 ? token.expires_at : std::min(known.expires_at, token.expires_at);
  }
  if (!Admits(recipient.blocks, address)) {
    return Refuse(recipient, address,
                  {ErrorKind::kForbidden,
                   "the address " + (address.empty() ? "of this request" : std::string(address)) +
                       " is not on the list of addresses that this recipient may come from"});
  }
  if (IsDue(&recipient.seen_at, now, seen_noted_micros)) {
    usage.NoteUse(recipient.stored.id, address);
  }
  return known;
}

Result<Sharing::Impl::Known> Sharing::Impl::FindToken(const State& state, std::string_view token,
                                                      std::string_view address) {
  const auto found = state.tokens.find(TokenDigest(token));
  if (found == state.tokens.end()) return BadCredential();
  const RecipientEntry& recipient = *found->second.recipient;
  return Check(recipient, recipient.stored.tokens[found->second.index], address);
}

Result<Sharing::Impl::Known> Sharing::Impl::FindAccessToken(const State& state,
                                                            std::string_view token,
                                                            std::string_view address) {
  const auto read = ReadAccessToken(registry.parts().signing_key, token);
  if (!read) return BadCredential();
  if (read->expires_at <= clock.Now()) {
    return Error(ErrorKind::kUnauthenticated, "the access token expired at " +
                                                  FormatDateTime(read->expires_at) +
                                                  "; get a new one from the token endpoint");
  }
  const auto recipient = state.recipients.find(read->recipient);
  if (recipient == state.recipients.end()) return BadCredential();
  for (const StoredToken& stored : recipient->second->stored.tokens) {
    if (!stored.digest.starts_with(read->credential)) continue;
    ASSIGN(Known known, Check(*recipient->second, stored, address));
    known.expires_at =
        known.expires_at == 0 ? read->expires_at : std::min(known.expires_at, read->expires_at);
    return known;
  }
  return BadCredential();
}

Result<Sharing::Impl::Known> Sharing::Impl::Find(const State& state, std::string_view token,
                                                 std::string_view address) {
  if (token.empty()) {
    return Error(ErrorKind::kUnauthenticated,
                 "a recipient's token is needed: send Authorization: Bearer <token>");
  }
  if (token.size() > credential_chars_max) return BadCredential();
  if (token.starts_with(access_token_prefix)) return FindAccessToken(state, token, address);
  ASSIGN(const Known known, FindToken(state, token, address));
  if (known.token->kind == ProfileKind::kOAuth) {
    return Error(ErrorKind::kUnauthenticated,
                 "a client secret is no bearer token: get an access token for it from the token "
                 "endpoint");
  }
  return known;
}

OAuthToken Sharing::Impl::Issue(const Known& known) const {
  const Micros now = clock.Now();
  Micros expires_at = now + access_token_micros;
  if (known.expires_at != 0) expires_at = std::min(expires_at, known.expires_at);
  const AccessToken token{known.recipient->stored.id,
                          known.token->digest.substr(0, credential_mark_chars), expires_at};
  return {MakeAccessToken(registry.parts().signing_key, token),
          std::max<int64_t>((expires_at - now) / 1'000'000, 1)};
}

Result<const ShareEntry*> Sharing::Impl::GrantedShare(const Reader& reader, std::string_view name) {
  const RecipientEntry* recipient = Of(reader);
  if (recipient != nullptr) {
    const std::string wanted = AsciiLower(name);
    for (const ShareEntry* share : recipient->shares) {
      if (AsciiLower(share->share.name) == wanted) return share;
    }
  }
  return NoSuch("share", name);
}

Result<std::unique_ptr<Sharing>> Sharing::Open(const Parts& parts) {
  auto impl = std::make_unique<Impl>(parts);
  TRY(impl->registry.Open());
  return std::unique_ptr<Sharing>(new Sharing(std::move(impl)));
}

Sharing::Sharing(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Sharing::~Sharing() = default;

Result<Reader> Sharing::Authenticate(std::string_view token, std::string_view address) {
  std::shared_ptr<const State> state = impl_->registry.Current();
  ASSIGN(const Impl::Known known, impl_->Find(*state, token, address));
  return Reader{known.recipient->stored.id, known.recipient->stored.name, std::string(address),
                known.expires_at, std::move(state)};
}

Result<OAuthToken> Sharing::IssueToken(std::string_view client_id, std::string_view client_secret,
                                       std::string_view address) {
  const Error bad(ErrorKind::kUnauthenticated,
                  "the client id or its secret is wrong, or was revoked");
  if (client_secret.empty() || client_secret.size() > credential_chars_max) return bad;
  const std::shared_ptr<const State> state = impl_->registry.Current();
  const auto found = state->tokens.find(TokenDigest(client_secret));
  const auto id = Id::Parse(client_id);
  if (found == state->tokens.end() || !id || found->second.recipient->stored.id != *id) return bad;
  ASSIGN(const Impl::Known known, impl_->FindToken(*state, client_secret, address));
  return impl_->Issue(known);
}

Result<OAuthToken> Sharing::ExchangeToken(std::string_view token, std::string_view address) {
  const std::shared_ptr<const State> state = impl_->registry.Current();
  ASSIGN(Impl::Known known, impl_->Find(*state, token, address));
  // What holds of it is the credential behind it, not the access token that is to be replaced.
  known.expires_at = known.recipient->stored.expires_at;
  if (known.token->expires_at != 0) {
    known.expires_at = known.expires_at == 0 ? known.token->expires_at
                                             : std::min(known.expires_at, known.token->expires_at);
  }
  return impl_->Issue(known);
}

std::vector<Share> Sharing::Shares(const Reader& reader) const {
  std::vector<Share> shares;
  if (const RecipientEntry* recipient = Impl::Of(reader)) {
    for (const ShareEntry* share : recipient->shares) shares.push_back(share->share);
  }
  return shares;
}

Result<Share> Sharing::FindShare(const Reader& reader, std::string_view share) const {
  ASSIGN(const ShareEntry* const entry, Impl::GrantedShare(reader, share));
  return entry->share;
}

Result<std::vector<std::string>> Sharing::Schemas(const Reader& reader,
                                                  std::string_view share) const {
  ASSIGN(const ShareEntry* const entry, Impl::GrantedShare(reader, share));
  // Each once, as the first of its tables spells it.
  std::vector<std::string> schemas;
  for (const auto& [key, table] : entry->tables) {
    const std::string& schema = table.publication.schema;
    if (schemas.empty() || AsciiLower(schemas.back()) != AsciiLower(schema)) {
      schemas.push_back(schema);
    }
  }
  return schemas;
}

Result<std::vector<SharedTable>> Sharing::Tables(const Reader& reader, std::string_view share,
                                                 std::string_view schema) const {
  ASSIGN(const ShareEntry* const entry, Impl::GrantedShare(reader, share));
  const std::string wanted = AsciiLower(schema);
  bool has_schema = schema.empty();
  std::vector<SharedTable> tables;
  for (const auto& [key, table] : entry->tables) {
    if (!schema.empty() && AsciiLower(table.publication.schema) != wanted) continue;
    has_schema = true;
    if (table.table != nullptr && table.publication.problem.empty()) {
      tables.push_back(Shown(*entry, table));
    }
  }
  if (!has_schema) return NoSuch("schema", schema);
  return tables;
}

Result<SharedTable> Sharing::FindTable(const Reader& reader, std::string_view share,
                                       std::string_view schema, std::string_view table) const {
  ASSIGN(const ShareEntry* const entry, Impl::GrantedShare(reader, share));
  const auto found = entry->tables.find(TableKey(schema, table));
  if (found == entry->tables.end()) {
    const std::string wanted = AsciiLower(schema);
    const bool has_schema = std::any_of(
        entry->tables.begin(), entry->tables.end(),
        [&](const auto& each) { return AsciiLower(each.second.publication.schema) == wanted; });
    return has_schema ? NoSuch("table", table) : NoSuch("schema", schema);
  }
  const TableEntry& it = found->second;
  if (!it.publication.problem.empty()) {
    return Error(ErrorKind::kConflict, "the table cannot be read until its publisher repairs it: " +
                                           it.publication.problem);
  }
  if (it.table == nullptr) {
    return Error(ErrorKind::kUnsupported, "this program publishes no tables");
  }
  return Shown(*entry, it);
}

Status Sharing::MayRead(std::string_view recipient, std::string_view table_name,
                        std::string_view address) const {
  const std::shared_ptr<const State> state = impl_->registry.Current();
  const auto id = Id::Parse(recipient);
  const auto found = id ? state->recipients.find(*id) : state->recipients.end();
  if (found == state->recipients.end()) {
    return Error(ErrorKind::kForbidden, "the recipient of this file was revoked");
  }
  const RecipientEntry& entry = *found->second;
  if (entry.stored.expires_at != 0 && entry.stored.expires_at <= impl_->clock.Now()) {
    return Error(ErrorKind::kForbidden, "the recipient of this file expired at " +
                                            FormatDateTime(entry.stored.expires_at));
  }
  if (!address.empty() && !Admits(entry.blocks, address)) {
    return Error(ErrorKind::kForbidden, "the address " + std::string(address) +
                                            " is not on the list of addresses that this recipient "
                                            "may come from");
  }
  if (!entry.tables.contains(table_name)) {
    return Error(ErrorKind::kForbidden, "the table of this file is not granted any more");
  }
  return Status::Ok();
}

std::optional<Micros> Sharing::HistoryFrom(std::string_view recipient,
                                           std::string_view table_name) const {
  const std::shared_ptr<const State> state = impl_->registry.Current();
  const auto id = Id::Parse(recipient);
  const auto found = id ? state->recipients.find(*id) : state->recipients.end();
  std::optional<Micros> from;
  if (found == state->recipients.end()) return from;
  for (const ShareEntry* share : found->second->shares) {
    if (!share->share.with_history) continue;
    for (const auto& [key, table] : share->tables) {
      if (table.table_name != table_name) continue;
      from = std::min(from.value_or(INT64_MAX), table.publication.history_from);
    }
  }
  return from;
}

void Sharing::Record(Usage usage) {
  if (usage.recipient_name.empty()) {
    // Who comes with a URL or a key is known by the id alone.
    const std::shared_ptr<const State> state = impl_->registry.Current();
    const auto found = state->recipients.find(usage.recipient);
    if (found != state->recipients.end()) usage.recipient_name = found->second->stored.name;
  }
  impl_->usage.Record(std::move(usage));
}

Publications& Sharing::publications() { return impl_->publications; }
Recipients& Sharing::recipients() { return impl_->recipients; }
UsageLog& Sharing::usage() { return impl_->usage; }

}  // namespace boathouse::sharing
