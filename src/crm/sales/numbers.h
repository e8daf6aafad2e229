#pragma once
// Private to crm/: numbers that people call records by, such as Q-000042: without gaps, never used twice.

#include <string_view>

#include "crm/rule.h"

namespace boathouse::crm {

// Sets `field` of a new record to the number behind the last one taken, after `prefix`.
Status GiveNumber(RuleEdit& edit, const model::Object& object, std::string_view field,
                  std::string_view prefix, model::Record& record);
// Counts the number of a record that was written. Apart from giving, because an import may leave out a
// record that is refused and go on; what a transaction took is given back when it is undone.
Status TakeNumber(RuleEdit& edit, const model::Object& object, std::string_view field,
                  std::string_view prefix, const model::Record& record);

}  // namespace boathouse::crm
