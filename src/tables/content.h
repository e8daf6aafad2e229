#pragma once
// What a table shows of the store: which records, as which columns. The table asks it whenever a version
// is cut; what it answers must depend on the snapshot, the model and its own definition only. The one
// implementation here shows all of an object.
//
// Any thread, several at a time.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/model.h"
#include "store/store.h"

namespace boathouse::tables {

class Content {
 public:
  virtual ~Content() = default;
  virtual const std::string& object() const = 0;  // the object's name: account
  // Names the definition; it stands in the table's log. A table that is opened with another one starts
  // anew, under a new id.
  virtual const std::string& digest() const = 0;

  // The object as it is shown: its fields become the columns, the id first. Fields that are not shown are
  // absent, masked ones have the type of what is shown instead. kNotFound when `model` lacks the object.
  virtual Result<std::shared_ptr<const model::Object>> Shown(
      const std::shared_ptr<const model::Model>& model) const = 0;
  // The newest commit that may have changed what is shown, asked of the store without a snapshot. Fast.
  virtual store::Sequence Committed(const store::Store& store, const model::Model& model) const = 0;

  // Ids (ascending, each once) of the records that may show otherwise, or may have come or gone, between
  // the commits `after` and the snapshot's.
  virtual Result<std::vector<Id>> Changed(const model::Model& model, store::Snapshot& snapshot,
                                          store::Sequence after) const = 0;
  // Those of `ids` (ascending) that are shown, in that order, as records of the shown object.
  virtual Result<std::vector<model::Record>> GetMany(const model::Model& model,
                                                     store::Snapshot& snapshot,
                                                     const std::vector<Id>& ids) const = 0;
  // All of them in ascending id order. `visit` returns false to stop.
  virtual Status Scan(const model::Model& model, store::Snapshot& snapshot,
                      const std::function<bool(const model::Record&)>& visit) const = 0;
};

// All records of an object with all their fields, also those that it gets later.
std::unique_ptr<const Content> WholeObject(const std::string& object);

}  // namespace boathouse::tables
