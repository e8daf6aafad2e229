#pragma once
// How the records of a list are found when both its filter and its order have an index. SQLite would have
// to know how many records a value has to choose well; here they are counted, up to the number from which
// the other way is shorter, so that the worst list takes about the root of (table times page) steps.

#include "base/result.h"
#include "store/query.h"
#include "store/sqlite/connection.h"

namespace boathouse::store::sqlite {

enum class Way {
  kAsSqliteLikes,
  kGather,  // find all that the filter matches, then sort them
  kWalk,    // go along the order and look at each record
};

struct Plan {
  Way way = Way::kAsSqliteLikes;
  bool related_by_record = false;  // see AddCondition
};

Result<Plan> PlanFor(Connection& connection, const Query& query);

// Whether an index finds the records of `object` that meet the condition without looking at others.
bool IsFoundByIndex(const Condition& condition, const model::Object& object);
// How many records of `object` meet the condition; `limit` stands for that many or more.
Result<int64_t> CountUpTo(Connection& connection, const model::Object& object,
                          const Condition& condition, int64_t limit);

// Which indexes schema.cc makes of a field: any; one in the order of lists.
bool IsIndexed(const model::Field& field);
bool IsSortedByIndex(const model::Field& field);

}  // namespace boathouse::store::sqlite
