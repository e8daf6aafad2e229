#pragma once
// Private to crm/: what is left to do (see upkeep.h), as documents, and the walk over an object's records
// that most of it is.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/cancellation.h"
#include "crm/crm.h"
#include "crm/rule.h"

namespace boathouse::crm {

inline constexpr std::string_view work_documents = "crm.upkeep";  // the collection
inline constexpr int upkeep_rounds_max =
    100;  // over all that is left, as work may be left meanwhile

// Notes work of a kind, with what it needs to know. The same key again starts it anew.
Status LeaveWork(RuleEdit& edit, std::string_view key, std::string_view kind, Json details);
// What is noted under the key, or null.
Result<Json> FindWork(RuleEdit& edit, std::string_view key);
Status DropWork(RuleEdit& edit, std::string_view key);

// Visits an object's records in the order of their ids: finds them in a snapshot, which keeps no writer
// waiting, then changes them in pages.
struct Walk {
  const model::Object* object = nullptr;
  std::optional<store::Condition> where;  // of those that may need a change
  // Says, in the snapshot, whether a record that was found needs a change; all do when there is none.
  std::function<Result<bool>(store::Reader&, const model::Record&)> needs;
  // Changes the record as it is in the transaction, if it still has to be. Whether it did.
  std::function<Result<bool>(RuleEdit&, const model::Record&)> change;
};
// Walks to the end. `work_key` and its document are the work that the walk is a part of: how far it came
// is noted there, and it ends when somebody else did or restarted the work. "" for none. Returns how many
// records were changed.
Result<int64_t> WalkRecords(Crm& crm, const Caller& caller, const Walk& walk,
                            const std::string& work_key, const Cancellation& cancellation);

}  // namespace boathouse::crm
