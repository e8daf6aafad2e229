#pragma once
// The filter language of lists: a subset of AIP-160 (https://google.aip.dev/160), bound to one object.
//
//   expression  = sequence { "AND" sequence }
//   sequence    = factor { factor }              juxtaposition means AND
//   factor      = term { "OR" term }             OR binds tighter than AND, as AIP-160 has it
//   term        = [ "NOT" | "-" ] ( "(" expression ")" | restriction )
//   restriction = field comparator ( argument | arguments ) | word
//   field       = name { "." name }              through relations, written with or without their _id
//   comparator  = "=" | "!=" | "<" | "<=" | ">" | ">=" | ":"
//   arguments   = "(" argument { ( "OR" | "AND" ) argument } ")"
//   argument    = word [ "(" [ number ] ")" ] | 'string' | "string" | null | me
//
// A bare word: any searchable field contains it. `:` asks whether text contains the argument, and
// whether a multi-select has it (`field:*`: has any value). With `=` and `!=`, a `*` at the beginning or
// end of a string is a wildcard. `field = (a OR b)` is any of them, `field != (a OR b)` none of them,
// `field:(a AND b)` all of them. `me` is the user who asks. Dates know words such as today and
// this_month: see relative_date.h. Pure functions; limits are in crm.h.

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "model/model.h"
#include "store/query.h"

namespace boathouse::crm {

inline constexpr size_t filter_relations_max = 5;  // that one field's path may follow

// Who asks, and when. What is missing here cannot be asked for: a rule that holds for all users has no
// `me`, and one that is to mean the same for ever has no `today`.
struct FilterScope {
  std::optional<Id> me;
  std::optional<Micros> now;
  // The condition that a related record must meet to be seen by who asks; nullopt: all are.
  std::function<std::optional<store::Condition>(const model::Object&)> visible;
};

// Relations are followed to objects of `model`: the caller's (Crm::model(caller)), of which `object` is
// one. kInvalid with the field "filter"; the detail names the position (from 1) and what was expected.
Result<store::Condition> ParseFilter(const model::Model& model, const model::Object& object,
                                     std::string_view text, const FilterScope& scope = {});

// `name [asc|desc], ...`; a relation sorts by the title of what it points to, `relation.field` by that
// field. kInvalid with the field "order_by".
Result<std::vector<store::OrderBy>> ParseOrderBy(const model::Model& model,
                                                 const model::Object& object, std::string_view text,
                                                 const FilterScope& scope = {});

// A field and the relations that lead to it from an object.
struct FieldPath {
  std::vector<store::Step> steps;
  const model::Object* object = nullptr;  // what the field is of
  size_t field = 0;
};
// Reads `territory.name`, the last name with or without its _id. The error, of kInvalid about `parameter`,
// begins with `where` and suggests what may have been meant.
Result<FieldPath> ReadFieldPath(const model::Model& model, const model::Object& object,
                                std::string_view text, const FilterScope& scope,
                                std::string_view parameter, std::string_view where);

// "; did you mean "x"?" with the field whose name is closest, or "".
std::string SuggestField(const model::Object& object, std::string_view name);

}  // namespace boathouse::crm
