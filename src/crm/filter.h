#pragma once
// The filter language of lists: a subset of AIP-160 (https://google.aip.dev/160), bound to one
// object.
//
//   expression  = sequence { "AND" sequence }
//   sequence    = factor { factor }              juxtaposition means AND
//   factor      = term { "OR" term }             OR binds tighter than AND, as AIP-160 has it
//   term        = [ "NOT" | "-" ] ( "(" expression ")" | restriction )
//   restriction = field comparator argument | word
//   comparator  = "=" | "!=" | "<" | "<=" | ">" | ">=" | ":"
//   argument    = word | 'string' | "string" | null
//
// A bare word: any searchable field contains it.
// `:` asks whether text contains the argument (`field:*`: has any value). With `=` and `!=`, a `*`
// at the beginning or end of a string is a wildcard. Pure functions; limits are in crm.h.

#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/model.h"
#include "store/query.h"

namespace boathouse::crm {

// kInvalid with the field "filter"; the detail names the position (from 1) and what was expected.
Result<store::Condition> ParseFilter(const model::Object& object, std::string_view text);

// `name [asc|desc], ...`. kInvalid with the field "order_by".
Result<std::vector<store::OrderBy>> ParseOrderBy(const model::Object& object,
                                                 std::string_view text);

// ", did you mean "x"?" with the field whose name is closest, or "".
std::string SuggestField(const model::Object& object, std::string_view name);

}  // namespace boathouse::crm
