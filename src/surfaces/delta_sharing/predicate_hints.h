#pragma once
// The predicate that a query's `jsonPredicateHints` state (protocol, "JSON predicates for filtering"), for
// tables::Table::Select. Hints are hints: whatever is not understood may be anything, and no text is an
// error. The clients filter again.

#include <string_view>

#include "tables/selection.h"

namespace boathouse::delta_sharing {

// `json` as the client sent it; "" is Predicate::True().
tables::Predicate ParsePredicateHints(std::string_view json);

}  // namespace boathouse::delta_sharing
