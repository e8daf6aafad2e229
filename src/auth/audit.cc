#include "auth/audit.h"

#include <algorithm>
#include <array>
#include <utility>

#include "auth/auth.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/signed_token.h"

namespace boathouse::auth {
namespace {

constexpr const char* collection = "audit";
constexpr size_t read_at_once = 500;
constexpr Micros day_micros = 24LL * 3600 * 1'000'000;

constexpr std::array<std::pair<AuditKind, std::string_view>, 26> kind_names = {{
    {AuditKind::kSignIn, "sign_in"},
    {AuditKind::kSignOut, "sign_out"},
    {AuditKind::kSessionEnded, "session_ended"},
    {AuditKind::kPasswordChanged, "password_changed"},
    {AuditKind::kTotpEnabled, "totp_enabled"},
    {AuditKind::kTotpDisabled, "totp_disabled"},
    {AuditKind::kRecoveryCodesMade, "recovery_codes_made"},
    {AuditKind::kTokenCreated, "token_created"},
    {AuditKind::kTokenRevoked, "token_revoked"},
    {AuditKind::kRecipientCreated, "recipient_created"},
    {AuditKind::kRecipientChanged, "recipient_changed"},
    {AuditKind::kRecipientRefused, "recipient_refused"},
    {AuditKind::kRecipientRevoked, "recipient_revoked"},
    {AuditKind::kShareChanged, "share_changed"},
    {AuditKind::kRoleChanged, "role_changed"},
    {AuditKind::kAccessGranted, "access_granted"},
    {AuditKind::kAccessRevoked, "access_revoked"},
    {AuditKind::kExported, "exported"},
    {AuditKind::kImported, "imported"},
    {AuditKind::kModelChanged, "model_changed"},
    {AuditKind::kSettingsChanged, "settings_changed"},
    {AuditKind::kWorkspaceCreated, "workspace_created"},
    {AuditKind::kWorkspaceRemoved, "workspace_removed"},
    {AuditKind::kBackedUp, "backed_up"},
    {AuditKind::kRestored, "restored"},
    {AuditKind::kEntriesLost, "entries_lost"},
}};

constexpr std::array<std::pair<AuditOutcome, std::string_view>, 5> outcome_names = {{
    {AuditOutcome::kOk, "ok"},
    {AuditOutcome::kFailed, "failed"},
    {AuditOutcome::kDenied, "denied"},
    {AuditOutcome::kLocked, "locked"},
    {AuditOutcome::kPending, "pending"},
}};

template <typename Names, typename Value>
std::string_view NameIn(const Names& names, Value value) {
  for (const auto& [known, name] : names) {
    if (known == value) return name;
  }
  return "unknown";
}

// Of a text from outside: valid UTF-8, not too long, cut between characters.
std::string Short(std::string_view text) {
  if (!IsUtf8(text)) return "(not text)";
  if (text.size() <= audit_text_chars_max) return std::string(text);
  size_t end = audit_text_chars_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end));
}

Json BodyOf(const AuditEntry& entry, Micros at) {
  Json body = Json::Object({{"at", at},
                            {"kind", AuditKindName(entry.kind)},
                            {"outcome", AuditOutcomeName(entry.outcome)}});
  if (!entry.actor.is_nil()) body.Set("actor", entry.actor.ToString());
  const auto add = [&](const char* name, const std::string& text) {
    if (!text.empty()) body.Set(name, Short(text));
  };
  add("actor_name", entry.actor_name);
  add("address", entry.address);
  add("surface", entry.surface);
  add("subject", entry.subject);
  if (!entry.detail.is_null()) body.Set("detail", entry.detail);
  return body;
}

std::string Hex(uint64_t value, size_t digits) {
  constexpr char hex[] = "0123456789abcdef";
  std::string text(digits, '0');
  for (size_t i = digits; i-- > 0; value >>= 4) text[i] = hex[value & 0xF];
  return text;
}

// What the keys of that moment begin with: they sort by time, to the microsecond.
std::string TimePart(Micros at) { return Hex(static_cast<uint64_t>(std::max<Micros>(at, 0)), 16); }

bool Matches(const AuditLog::Filter& filter, const AuditEntry& entry) {
  return (!filter.from || entry.at >= *filter.from) &&
         (!filter.before || entry.at < *filter.before) &&
         (!filter.actor || entry.actor == *filter.actor) &&
         (!filter.kind || entry.kind == *filter.kind) &&
         (!filter.outcome || entry.outcome == *filter.outcome);
}

// A page's token is for its own filter only.
std::string PurposeOf(const AuditLog::Filter& filter) {
  Json text = Json::Array({"audit"});
  text.Append(filter.from ? Json(*filter.from) : Json());
  text.Append(filter.before ? Json(*filter.before) : Json());
  text.Append(filter.actor ? Json(filter.actor->ToString()) : Json());
  text.Append(filter.kind ? Json(AuditKindName(*filter.kind)) : Json());
  text.Append(filter.outcome ? Json(AuditOutcomeName(*filter.outcome)) : Json());
  return text.Dump();
}

}  // namespace

std::string_view AuditKindName(AuditKind kind) { return NameIn(kind_names, kind); }

std::optional<AuditKind> ParseAuditKind(std::string_view name) {
  for (const auto& [kind, known] : kind_names) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

const std::vector<AuditKind>& AuditKinds() {
  static const std::vector<AuditKind> kinds = [] {
    std::vector<AuditKind> all;
    for (const auto& [kind, name] : kind_names) all.push_back(kind);
    return all;
  }();
  return kinds;
}

std::string_view AuditOutcomeName(AuditOutcome outcome) { return NameIn(outcome_names, outcome); }

std::optional<AuditOutcome> ParseAuditOutcome(std::string_view name) {
  for (const auto& [outcome, known] : outcome_names) {
    if (known == name) return outcome;
  }
  return std::nullopt;
}

AuditEntry AuditEntry::By(const Principal& principal, std::string_view surface, AuditKind kind,
                          std::string subject, Json detail) {
  AuditEntry entry;
  entry.kind = kind;
  entry.actor = principal.user;
  entry.actor_name = principal.name;
  entry.address = principal.address;
  entry.surface = surface;
  entry.subject = std::move(subject);
  entry.detail = std::move(detail);
  return entry;
}

AuditEntry ReadAuditEntry(std::string_view key, const Json& body) {
  AuditEntry entry;
  entry.id = key;
  entry.at = body["at"].AsInt().value_or(0);
  entry.kind = ParseAuditKind(body["kind"].AsString()).value_or(AuditKind::kEntriesLost);
  entry.outcome = ParseAuditOutcome(body["outcome"].AsString()).value_or(AuditOutcome::kFailed);
  entry.actor = Id::Parse(body["actor"].AsString()).value_or(Id{});
  entry.actor_name = body["actor_name"].AsString();
  entry.address = body["address"].AsString();
  entry.surface = body["surface"].AsString();
  entry.subject = body["subject"].AsString();
  entry.detail = body["detail"];
  return entry;
}

AuditLog::AuditLog(store::Store& store, const Clock& clock, DeferredDocuments& deferred,
                   std::string token_key)
    : store_(store), clock_(clock), deferred_(deferred), token_key_(std::move(token_key)) {}

// The counter keeps the order within a microsecond, the random part keys of two runs apart.
std::string AuditLog::Key(Micros at) {
  return TimePart(at) + Hex(counter_.fetch_add(1), 8) + HexEncode(RandomBytes(4));
}

void AuditLog::Record(AuditEntry entry) {
  const Micros at = clock_.Now();
  if (const int64_t lost = lost_.exchange(0); lost > 0) {
    AuditEntry gap;
    gap.kind = AuditKind::kEntriesLost;
    gap.detail = Json::Object({{"count", lost}});
    if (!deferred_.Put(collection, Key(at), BodyOf(gap, at))) {
      lost_ += lost + 1;
      return;
    }
  }
  if (deferred_.Put(collection, Key(at), BodyOf(entry, at))) return;
  if (lost_.fetch_add(1) > 0) return;  // said when it began
  Log(LogLevel::kError, "audit_entries_lost",
      {{"kind", AuditKindName(entry.kind)}, {"outcome", AuditOutcomeName(entry.outcome)}});
}

Status AuditLog::Record(store::Transaction& transaction, AuditEntry entry) {
  const Micros at = clock_.Now();
  return transaction.PutDocument(collection, Key(at), BodyOf(entry, at));
}

Result<AuditLog::Page> AuditLog::List(const Filter& filter, size_t limit, std::string_view next) {
  TRY(deferred_.Flush());
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, store_.Read());
  store::DocumentRange range;
  range.descending = true;
  range.limit = read_at_once;
  if (filter.from) range.from = TimePart(*filter.from);
  if (filter.before) range.before = TimePart(*filter.before);
  const std::string list = PurposeOf(filter);
  if (!next.empty()) {
    const std::optional<Json> position = ReadSignedToken(token_key_, list, next);
    if (!position) {
      return Error::Field("page_token", "invalid_page_token",
                          "page_token does not belong to this list: use next_page_token of the "
                          "page before, with the same filter");
    }
    range.before = position->AsString();
  }
  Page page;
  for (size_t scanned = 0; scanned < audit_scanned_max;) {
    ASSIGN(const auto documents, snapshot->ListDocuments(collection, range));
    for (const auto& [key, body] : documents) {
      AuditEntry entry = ReadAuditEntry(key, body);
      if (!Matches(filter, entry)) continue;
      if (page.entries.size() >= limit) {
        page.next = MakeSignedToken(token_key_, list, page.entries.back().id);
        return page;
      }
      page.entries.push_back(std::move(entry));
    }
    if (documents.size() < range.limit) return page;
    scanned += documents.size();
    range.before = documents.back().first;
  }
  page.next = MakeSignedToken(token_key_, list, range.before);
  return page;
}

Status AuditLog::Visit(const Filter& filter, const std::function<bool(const AuditEntry&)>& visit) {
  std::string next;
  do {
    ASSIGN(const Page page, List(filter, audit_page_max, next));
    for (const AuditEntry& entry : page.entries) {
      if (!visit(entry)) return Status::Ok();
    }
    next = page.next;
  } while (!next.empty());
  return Status::Ok();
}

Result<size_t> AuditLog::Prune(int64_t retention_days) {
  store::DocumentRange range;
  range.before = TimePart(clock_.Now() - retention_days * day_micros);
  range.limit = audit_pruned_max;
  size_t removed = 0;
  TRY(store_.Write([&](store::Transaction& transaction) -> Status {
    ASSIGN(const auto old, transaction.ListDocuments(collection, range));
    for (const auto& [key, body] : old) TRY(transaction.DeleteDocument(collection, key));
    removed = old.size();
    return Status::Ok();
  }));
  return removed;
}

}  // namespace boathouse::auth
