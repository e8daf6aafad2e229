#pragma once
// Private to sharing: what is kept (shares, published tables, recipients) as one immutable State in
// memory, made anew after each change and each change of the model. The store has it as documents; a
// program at a time has the store open, so the State is never behind.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "sharing/addresses.h"
#include "sharing/publications.h"
#include "sharing/recipients.h"
#include "sharing/sharing.h"
#include "tables/definition.h"
#include "tables/tables.h"

namespace boathouse::sharing {

// Collections of documents; keys are ids.
namespace documents {
inline constexpr const char* shares = "sharing.share";
inline constexpr const char* tables = "sharing.table";
inline constexpr const char* recipients = "sharing.recipient";
// Names of tables whose publication went and whose folder is still there.
inline constexpr const char* leftovers = "sharing.leftover";
}  // namespace documents

// A credential as it is kept.
struct StoredToken {
  std::string digest;  // SHA-256 in hexadecimal
  ProfileKind kind = ProfileKind::kBearer;
  Micros created_at = 0;
  Micros expires_at = 0;  // where a rotation ended it; 0: with the recipient
};

// A recipient as it is kept.
struct StoredRecipient {
  Id id;
  std::string name, comment;
  ProfileKind kind = ProfileKind::kBearer;  // of the newest credential
  std::set<Id> shares;
  std::vector<std::string> addresses;
  Micros created_at = 0, expires_at = 0, activated_at = 0;
  std::vector<StoredToken> tokens;  // oldest first
  std::string activation_digest;    // "": no link waits
  Micros activation_expires_at = 0;
};

Json ToStored(const Share& share);
Json ToStored(const Publication& publication);
Json ToStored(const StoredRecipient& recipient);
Share ShareFromStored(std::string_view id, const Json& body);
Publication PublicationFromStored(std::string_view id, const Json& body);
StoredRecipient RecipientFromStored(std::string_view id, const Json& body);

// What hangs in a share, ready to be read.
struct TableEntry {
  Publication publication;
  std::string table_name;          // of the catalog
  std::string digest;              // of its definition; "" of a whole object
  tables::Table* table = nullptr;  // nullptr without a catalog, or with a problem
};

struct ShareEntry {
  Share share;
  // By schema and name in lower case, apart by a line break, which neither has.
  std::map<std::string, TableEntry, std::less<>> tables;
};
std::string TableKey(std::string_view schema, std::string_view name);

struct RecipientEntry {
  StoredRecipient stored;
  std::vector<AddressBlock> blocks;
  std::vector<const ShareEntry*> shares;                  // granted, by name
  std::set<std::string, std::less<>> tables;              // names of the catalog's that it reads
  mutable std::atomic<Micros> seen_at{0}, refused_at{0};  // when that was last noted
};

struct State {
  std::shared_ptr<const model::Model> model;
  std::map<std::string, std::unique_ptr<ShareEntry>, std::less<>> shares;  // by name in lower case
  std::map<Id, std::unique_ptr<RecipientEntry>> recipients;
  struct TokenPlace {
    const RecipientEntry* recipient = nullptr;
    size_t index = 0;
  };
  std::unordered_map<std::string, TokenPlace> tokens;                  // by digest
  std::unordered_map<std::string, const RecipientEntry*> activations;  // by digest

  const ShareEntry* FindShare(std::string_view name_or_id) const;
  const RecipientEntry* FindRecipient(std::string_view name_or_id) const;
};

class Registry {
 public:
  explicit Registry(const Parts& parts) : parts_(parts) {}

  // Takes over what earlier versions of the program kept, and makes the first State.
  Status Open();
  // The State under the store's model of this moment.
  std::shared_ptr<const State> Current();
  // Writes, and returns when the new State counts. `work` may be run twice (see store::Store::Write).
  // `what` comes into the audit log with it, in the same transaction.
  Status Change(const auth::AuditEntry& what,
                const std::function<Status(store::Transaction&)>& work);

  const Parts& parts() const { return parts_; }

 private:
  Status TakeOver();
  Status Reload(bool even_if_current);
  Result<std::unique_ptr<State>> Load(std::shared_ptr<const model::Model> model);
  void Fit(TableEntry* entry, const State& state, const TableEntry* before) const;
  Status RemoveLeftovers();

  const Parts parts_;
  std::mutex reload_mutex_;  // of several that reload at once, the last has what all wrote
  std::mutex mutex_;         // guards state_
  std::shared_ptr<const State> state_;
  std::atomic<bool> behind_{false};  // a change was written that state_ does not have
};

// The built-in share and its tables.
Id BuiltInShareId();
Id BuiltInTableId(std::string_view object);

std::string TokenDigest(std::string_view token);

// The catalog's definition of a publication that is not a whole object.
tables::Definition DefinitionOf(const Publication& publication);
// What the filter of a publication means under a model. Neither `me` nor days can be asked for.
Result<store::Condition> BindFilter(const model::Model& model, const std::string& object,
                                    const std::string& filter);

}  // namespace boathouse::sharing
