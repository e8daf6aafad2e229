#pragma once
// Who covers what: accounts and leads are given the territory of the first active rule (territory_rule,
// by position) whose filter they meet. That happens when they are created and when a field changes that a
// rule asks about, unless the edit names the territory itself or the record's territory is locked. A
// record that no rule takes keeps the territory it has.

#include <cstdint>

#include "base/cancellation.h"
#include "crm/crm.h"

namespace boathouse::crm {

// Assigns all unlocked records of the object (account or lead) anew, in pages, and returns how many got
// another territory. For who may change territory rules. kInvalid for an object without territories.
Result<int64_t> AssignTerritories(Crm& crm, const Caller& caller, const model::Object& object,
                                  const Cancellation& cancellation);

}  // namespace boathouse::crm
