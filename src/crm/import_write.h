#pragma once
// The half of an import that reads and writes records: lookups are resolved and rows become edits. Private to
// crm/. Belongs to one import and one thread at a time, over as many transactions as it takes.

#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "crm/crm.h"
#include "crm/import.h"
#include "crm/import_rows.h"
#include "crm/value_index.h"

namespace boathouse::crm {

// What a row got wrong, against what stops everything (no permission, no disk).
bool IsRowError(ErrorKind kind);

// What is known of the record that a lookup into the import's own object misses.
enum class OwnRow {
  kAbsent,  // no row of the file makes it
  kComing,  // a later row may: this one waits
  kMade,    // an earlier row would have made it, had this been no dry run
  kCircle,  // it waits for this very row
};

class RowWriter {
 public:
  RowWriter(Crm& crm, const Mapping& mapping) : crm_(crm), mapping_(mapping) {}

  // A transaction begins, maybe for the second time: what was found in one that was undone is forgotten.
  void Begin();
  // It is committed.
  void Keep();

  // For fields that the store keeps no index of: reads their values once, so that many transactions
  // need not. The import must be the only writer of new keys.
  Status Index(store::Snapshot& snapshot);

  enum class Outcome { kWritten, kRejected, kWaits };
  // Writes one row that has no reason yet and counts what that did. `reason` says why it was rejected.
  Result<Outcome> Write(Edit& edit, const ImportRow& row,
                        const std::function<OwnRow(const ImportRow::Pending&)>& own,
                        ImportCounts* counts, std::string* reason);

 private:
  enum class Found { kYes, kMade, kMissing, kComing, kCircle, kRefused };
  using Cache = std::unordered_map<std::string, Id>;  // nil: not there

  Result<Found> Resolve(Edit& edit, const ImportRow::Pending& lookup,
                        const std::function<OwnRow(const ImportRow::Pending&)>& own,
                        ImportCounts* counts, Id* id, std::string* refusal);
  Result<std::optional<Id>> Find(Edit& edit, const model::Object& object, size_t field,
                                 const model::Value& value);
  Status Upsert(Edit& edit, const ImportRow& row, const Json& fields, const Json& given,
                ImportCounts* counts);
  Status CreateNew(Edit& edit, const Json& given, ImportCounts* counts);
  Status MergeInto(Edit& edit, const Id& id, const Json& given, ImportCounts* counts);
  bool IsOwn(const ImportRow::Pending& lookup) const {
    return lookup.target->lookup->object == mapping_.object;
  }

  Crm& crm_;
  const Mapping& mapping_;
  std::map<const ColumnTarget*, Cache> found_;
  std::map<const ColumnTarget*, Cache> fresh_;  // found in the transaction under way
  std::map<std::pair<const model::Object*, size_t>, KeyIndex> indexes_;
};

}  // namespace boathouse::crm
