#pragma once
// A Store keeps one workspace's records and the log of their changes; both are written in one
// transaction. Sequence order is commit order, without gaps. A Store may be used from many threads.
// A Transaction belongs to the closure it was handed to, a Snapshot to one thread at a time.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "model/match_key.h"
#include "model/model.h"
#include "store/query.h"

namespace boathouse::store {

using Sequence = int64_t;  // 1, 2, 3 ... ; 0 is "before everything"

enum class Operation { kCreate = 1, kUpdate = 2, kDelete = 3 };
std::string_view OperationName(Operation operation);  // create, update, delete

// One change of one record. For a create `changes` holds every non-null field's new value, for an
// update the fields that differ, for a delete the last values.
struct Change {
  Sequence sequence = 0;
  Micros at = 0;
  Id actor;             // the user; nil for the system
  std::string surface;  // rest, mcp, import, ...
  std::string object;
  Id record;
  Operation operation = Operation::kCreate;
  Json changes;  // {"stage": ["open", "won"]}: [from, to]
};

// A text field, and how its values are compared.
struct MatchTerm {
  size_t field = 0;
  model::MatchMethod method = model::MatchMethod::kExact;
};

// The beginning of a record, also of one that was deleted.
struct Origin {
  Sequence first = 0;    // the change that created it
  int64_t versions = 0;  // the version that it has, or had when it was deleted
};

// Who writes, through what: stands in the log with each change.
struct Author {
  Id user;
  std::string surface;
};

// A part of a collection of documents, by key (bytewise): from <= key < before.
struct DocumentRange {
  std::string from;    // "": from the first
  std::string before;  // "": to the last
  size_t limit = 100;
  bool descending = false;
};

// What both a Snapshot and a Transaction can answer.
class Reader {
 public:
  virtual ~Reader() = default;
  // The record, or kNotFound.
  virtual Result<model::Record> Get(const model::Object& object, const Id& id) = 0;
  // The records of a query, in its order; at most query.limit.
  virtual Result<std::vector<model::Record>> List(const Query& query) = 0;
  virtual Result<int64_t> Count(const Query& query) = 0;
  // Aggregates are exact: counts integers, sums of the field's type, averages decimals rounded to four
  // places, least and greatest of the field's type; null where no value was. The fields of sums are
  // numbers, those of least and greatest numbers or times. kInvalid for more than groups_max groups, and
  // for a sum that no number of the field's type holds.
  virtual Result<Groups> GroupBy(const GroupQuery& query) = 0;
  // The id of the record whose `field` equals `value`, or nullopt. Indexed fields are fast.
  virtual Result<std::optional<Id>> FindId(const model::Object& object, size_t field,
                                           const model::Value& value) = 0;
  // Full text over one object, best first. Every word must occur, as the beginning of a word.
  virtual Result<std::vector<TextHit>> FindText(const TextQuery& query) = 0;
  // Changes of one record, newest first, older than `before` (0: from the newest).
  virtual Result<std::vector<Change>> History(const model::Object& object, const Id& id,
                                              Sequence before, size_t limit) = 0;
  // The change of that number, or kNotFound.
  virtual Result<Change> GetChange(Sequence sequence) = 0;
  // Changes of one object (or all, nullptr), newest first, older than `before` (0: from the newest); and
  // the deletes among them.
  virtual Result<std::vector<Change>> ChangesBefore(const model::Object* object, Sequence before,
                                                    size_t limit) = 0;
  virtual Result<std::vector<Change>> DeletesBefore(const model::Object& object, Sequence before,
                                                    size_t limit) = 0;
  // Where the record comes from; zeros when there never was one.
  virtual Result<Origin> OriginOf(const model::Object& object, const Id& id) = 0;
  // Records whose text fields have these match keys (see model/match_key.h), one for each term; none when
  // a key is "". Fast when EnsureMatchIndex was called for the same terms; a scan otherwise.
  virtual Result<std::vector<Id>> FindByMatchKeys(const model::Object& object,
                                                  const std::vector<MatchTerm>& terms,
                                                  const std::vector<std::string>& keys,
                                                  size_t limit) = 0;

  // Documents: small JSON values of the program itself (settings, credentials, grants), by key
  // within a collection. Not part of the change log.
  virtual Result<std::optional<Json>> GetDocument(std::string_view collection,
                                                  std::string_view key) = 0;
  virtual Result<std::vector<std::pair<std::string, Json>>> ListDocuments(
      std::string_view collection) = 0;
  // The documents of `range`, at most range.limit; costs what it returns, however many there are.
  virtual Result<std::vector<std::pair<std::string, Json>>> ListDocuments(
      std::string_view collection, const DocumentRange& range) = 0;
};

// Walks through records one by one. Belongs to its snapshot, and ends before it.
class Cursor {
 public:
  virtual ~Cursor() = default;
  // The next record into `record`, whose memory is used again; false at the end.
  virtual Result<bool> Next(model::Record* record) = 0;
};

// One consistent state: everything it returns is as of sequence(), however long it lives.
class Snapshot : public Reader {
 public:
  // The newest change that this state contains.
  virtual Sequence sequence() const = 0;
  // The newest change of that object's records in this state; 0 when there was none.
  virtual Result<Sequence> NewestChangeOf(const model::Object& object) = 0;
  // Changes with after < sequence <= up_to, oldest first, of one object (or all, nullptr).
  virtual Result<std::vector<Change>> Changes(const model::Object* object, Sequence after,
                                              Sequence up_to, size_t limit) = 0;
  // Ids of the object's records changed with after < sequence <= up_to, each once, ascending.
  virtual Result<std::vector<Id>> ChangedIds(const model::Object& object, Sequence after,
                                             Sequence up_to) = 0;
  // Every record of the object in ascending id order. `visit` returns false to stop.
  virtual Status Scan(const model::Object& object,
                      const std::function<bool(const model::Record&)>& visit) = 0;
  // All records of a query in its order, whatever its limit says and however long it takes. Only these
  // fields are read, or all when none are named; the others stay null.
  virtual Result<std::unique_ptr<Cursor>> Walk(const Query& query,
                                               const std::vector<size_t>& fields) = 0;
  // The records of `ids` (ascending) that exist, in that order.
  virtual Result<std::vector<model::Record>> GetMany(const model::Object& object,
                                                     const std::vector<Id>& ids) = 0;
  virtual Result<int64_t> CountAll(const model::Object& object) = 0;
};

class Transaction : public Reader {
 public:
  virtual Micros now() const = 0;  // one time for all that the transaction writes
  // Inserts a record whose id is set and unused; system fields are filled here. Returns what was
  // stored. A unique field that clashes is kConflict with that field's name.
  virtual Result<model::Record> Insert(const model::Object& object, model::Record record,
                                       const Author& author) = 0;
  // Replaces the values of an existing record. Writes nothing (and keeps the version) when no value
  // differs. `current` is what Get returned in this transaction.
  virtual Result<model::Record> Update(const model::Object& object, const model::Record& current,
                                       model::Record updated, const Author& author) = 0;
  virtual Status Delete(const model::Object& object, const model::Record& current,
                        const Author& author) = 0;
  // Inserts a record that was deleted, with its id, its version and who created it when as they are
  // given. In the log it is a create.
  virtual Result<model::Record> Restore(const model::Object& object, model::Record record,
                                        const Author& author) = 0;
  // Takes the values of all changes of a record out of the log for good. That there were changes, when
  // and by whom, stays: sequence numbers have no gaps. The record itself must have been deleted.
  virtual Status EraseValues(const model::Object& object, const Id& id) = 0;
  // Makes an index of these match keys together, unless it is there. Reads the whole table: for when
  // rules change.
  virtual Status EnsureMatchIndex(const model::Object& object,
                                  const std::vector<MatchTerm>& terms) = 0;
  virtual Status PutDocument(std::string_view collection, std::string_view key,
                             const Json& body) = 0;
  virtual Status DeleteDocument(std::string_view collection, std::string_view key) = 0;
};

// Tells of commits for as long as it lives. Its destructor waits for a call that is under way.
class CommitWatch {
 public:
  virtual ~CommitWatch() = default;
};

struct BackupInfo {
  Sequence newest = 0;  // the last change that the copy contains
};

struct StoreOptions {
  std::string path;                           // the database file; its folder must exist
  std::shared_ptr<const model::Model> model;  // the standard one; the store adds its own changes
  const Clock* clock = nullptr;
  size_t readers_max = 16;  // snapshots at one time; more wait
};

class Store {
 public:
  // Opens or creates the store and brings its schema up to the model. kUnavailable when the file
  // cannot be opened, kConflict when a newer program wrote it, kCorrupt when it is damaged.
  static Result<std::unique_ptr<Store>> Open(const StoreOptions& options);
  virtual ~Store() = default;

  // Copies the database file `from` to the new file `to` as it is at one moment, with every write that was
  // acknowledged before. A process that has it open, this one or another, goes on writing.
  static Result<BackupInfo> Backup(const std::string& from, const std::string& to);
  // kCorrupt when the file's structure is damaged.
  static Status Check(const std::string& path);

  // The model as it is now. A model lives as long as the store, so a reference into it stays good. Ask
  // for the model before the snapshot: a snapshot older than a field does not know it.
  virtual std::shared_ptr<const model::Model> model() const = 0;

  // Changes the model (see model/change.h) and the tables behind it, durably, and alone: no
  // transaction is under way meanwhile. What is wrong with the change is kInvalid or kConflict.
  virtual Status ChangeModel(const Json& change) = 0;

  // Runs `work` in a transaction and returns once it is durable. An error from `work` undoes all it
  // wrote and is returned. Transactions run one after the other on the writer's thread; those that
  // wait together are committed together, so `work` must not block on anything else, and it may be
  // run a second time (the first run undone) when a neighbour failed half way: what it leaves in
  // variables of its caller must come from its last run.
  virtual Status Write(const std::function<Status(Transaction&)>& work) = 0;

  // A snapshot of the newest committed state: it contains every write that was acknowledged before.
  virtual Result<std::unique_ptr<Snapshot>> Read() = 0;

  // The newest committed change of all, and of one object; both without touching the database.
  virtual Sequence committed() const = 0;
  virtual Sequence committed(const model::Object& object) const = 0;

  // Calls `wake` after each commit, on the writer's thread: it must be quick, and touch neither the
  // store nor the watch.
  virtual std::unique_ptr<CommitWatch> WatchCommits(std::function<void()> wake) = 0;
};

}  // namespace boathouse::store
