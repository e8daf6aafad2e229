#pragma once
// The audit log: who did what that matters for security, when, from which address, and how it ended.
// Append-only for everybody: entries are never changed, and go only when they are older than the
// retention. Changes of records are not here: the change log has them. No secret is ever in an entry.
// Safe to use from many threads.

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/deferred_documents.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "store/store.h"

namespace boathouse::auth {

struct Principal;

// Closed; AuditKindName is how a kind stands in REST, CSV and the store.
enum class AuditKind {
  kSignIn,  // outcome kPending: the password was right, a code is due
  kSignOut,
  kSessionEnded,  // by the user elsewhere, or by an administrator
  kPasswordChanged,
  kTotpEnabled,
  kTotpDisabled,  // by the user, or reset by an administrator
  kRecoveryCodesMade,
  kTokenCreated,
  kTokenRevoked,
  kRecipientCreated,
  kRecipientChanged,  // its grants, addresses or expiry; a new credential, a link that was opened
  kRecipientRefused,  // a good token, expired or from an address that is not on the list
  kRecipientRevoked,
  kShareChanged,   // a share or a table in it was made, changed or withdrawn
  kRoleChanged,    // of a user, or what a role may do
  kAccessGranted,  // a record or a view was shared, a table was granted
  kAccessRevoked,
  kExported,
  kImported,
  kModelChanged,
  kSettingsChanged,  // the workspace, its security policy, its sign-in providers
  kWorkspaceCreated,
  kWorkspaceRemoved,
  kBackedUp,
  kRestored,
  kEntriesLost,  // more came at once than the log could hold; detail says how many
};
std::string_view AuditKindName(AuditKind kind);  // sign_in, token_created, ...
std::optional<AuditKind> ParseAuditKind(std::string_view name);
const std::vector<AuditKind>& AuditKinds();

enum class AuditOutcome { kOk, kFailed, kDenied, kLocked, kPending };
std::string_view AuditOutcomeName(AuditOutcome outcome);
std::optional<AuditOutcome> ParseAuditOutcome(std::string_view name);

struct AuditEntry {
  AuditKind kind = AuditKind::kSignIn;
  AuditOutcome outcome = AuditOutcome::kOk;
  Id actor;                // nil: the program itself, or a stranger
  std::string actor_name;  // as it was called then; of a stranger what they called themselves
  std::string address;     // of the peer; "" for the command line
  std::string surface;     // rest, web, mcp, cli, ...
  std::string subject;     // what it was done to, for people: "token nightly export", "accounts"
  Json detail;             // null, or a small object of what else is worth knowing
  // Filled by the log.
  std::string id;  // sorts by time
  Micros at = 0;

  // An entry about what `principal` does through `surface`, from the address it came from.
  static AuditEntry By(const Principal& principal, std::string_view surface, AuditKind kind,
                       std::string subject = {}, Json detail = {});
};

inline constexpr int64_t audit_retention_days_default = 400;
inline constexpr int64_t audit_retention_days_min = 30;
inline constexpr int64_t audit_retention_days_max = 3660;
inline constexpr size_t audit_page_max = 1000;
inline constexpr size_t audit_text_chars_max = 320;  // of each text of an entry; the rest is cut
inline constexpr size_t audit_scanned_max = 20'000;  // entries looked at for one page
inline constexpr size_t audit_pruned_max = 500;      // entries removed in one transaction

class AuditLog {
 public:
  // `token_key` signs the tokens of pages.
  AuditLog(store::Store& store, const Clock& clock, DeferredDocuments& deferred,
           std::string token_key);

  // Notes an entry. Never waits for the store: it is on disk a moment later (deferred_delay_ms), and
  // readers see it at once. Also from within a transaction's closure, but then it stays when the
  // transaction fails, and may be noted twice.
  void Record(AuditEntry entry);
  // The same as a part of `transaction`: the entry stands if and only if what it tells of was done.
  Status Record(store::Transaction& transaction, AuditEntry entry);

  struct Filter {
    std::optional<Micros> from;    // at >= from
    std::optional<Micros> before;  // at < before
    std::optional<Id> actor;
    std::optional<AuditKind> kind;
    std::optional<AuditOutcome> outcome;
  };
  struct Page {
    std::vector<AuditEntry> entries;  // newest first
    // Where the next page begins; "" at the end. A page may hold less than was asked for, even
    // nothing, and still have a next one: audit_scanned_max bounds the work.
    std::string next;
  };
  // `limit` is 1 to audit_page_max. kInvalid about page_token for a `next` that is not of this list.
  Result<Page> List(const Filter& filter, size_t limit, std::string_view next = {});
  // All of a filter, newest first. `visit` returns false to stop.
  Status Visit(const Filter& filter, const std::function<bool(const AuditEntry&)>& visit);

  // Removes what is older, audit_pruned_max at a time so that records are not kept waiting; how many.
  Result<size_t> Prune(int64_t retention_days);

 private:
  std::string Key(Micros at);

  store::Store& store_;
  const Clock& clock_;
  DeferredDocuments& deferred_;
  const std::string token_key_;
  std::atomic<uint32_t> counter_{0};
  std::atomic<int64_t> lost_{0};
};

// A stored entry, from its key and its body.
AuditEntry ReadAuditEntry(std::string_view key, const Json& body);

}  // namespace boathouse::auth
