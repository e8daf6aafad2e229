#pragma once
// A condition asked of one record in memory, with exactly the meaning it has in SQL
// (store/sqlite/condition_sql.cc). Pure but for the records that a path leads to.

#include "base/result.h"
#include "model/model.h"
#include "store/query.h"
#include "store/store.h"

namespace boathouse::crm {

// Whether `record` of `object` meets the condition. The records along a path are read from `reader`;
// one that is not there compares as null. An error is the reader's.
Result<bool> Matches(const store::Condition& condition, const model::Object& object,
                     const model::Record& record, store::Reader& reader);

}  // namespace boathouse::crm
