#pragma once
// The other half of a delete: what its transaction did to other records. Private to crm/.

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "crm/edit.h"
#include "model/model.h"
#include "store/store.h"

namespace boathouse::crm {

// Lets records that pointed to the deleted one (of the whole object) before that transaction point to it
// again, unless they were changed since. Returns how many. The transaction's other deletes are added to
// `deletes`.
Result<size_t> Relink(TransactionEdit& edit, const model::Object& whole,
                      const store::Change& deleted, std::vector<store::Change>* deletes);

}  // namespace boathouse::crm
