#pragma once
// Where a table's rows come from: the records of an object, or those that a definition lets out, masked.
// A cut takes rows through this, so it knows nothing of filters and masks. Immutable, bound to one model;
// used by many threads.

#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "store/store.h"
#include "tables/definition.h"
#include "tables/tables.h"

namespace boathouse::tables {

class RowSource {
 public:
  virtual ~RowSource() = default;

  virtual const model::Object& object() const = 0;
  // Columns in the order in which they came to be: those of `previous` (may be null) that are still
  // published, then new ones. The id is the first. `Schema::id` is left to the caller.
  virtual Schema NextSchema(const Schema* previous) const = 0;
  // The newest commit that may have changed a row, without touching the database.
  virtual store::Sequence Committed(const store::Store& store) const = 0;
  // Ids of the rows that may have come, gone or changed after `after`, up to the snapshot: each once,
  // ascending.
  virtual Result<std::vector<Id>> ChangedIds(store::Snapshot& snapshot,
                                             store::Sequence after) const = 0;
  // Those of `ids` (ascending) that are rows of the table, ascending, as RowBuilder takes them for
  // object() and a schema of NextSchema: masked values are texts.
  virtual Result<std::vector<model::Record>> GetMany(store::Snapshot& snapshot,
                                                     const std::vector<Id>& ids) const = 0;
  // Every row, in ascending id order. `visit` returns false to stop.
  virtual Status Scan(store::Snapshot& snapshot,
                      const std::function<bool(const model::Record&)>& visit) const = 0;
};

// The rows of a definition under `model`, which lives as long as the store. kNotFound when the object is
// not in the model, kConflict when the definition does not hold under it.
Result<std::shared_ptr<const RowSource>> BindRows(const Definition& definition,
                                                  const model::Model& model);

}  // namespace boathouse::tables
