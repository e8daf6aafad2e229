#pragma once
// Computed fields: joined texts and formulas over the record itself, and roll-ups over the records that
// point to it. Here their definitions are checked, and what a record alone decides is computed; the CRM
// keeps the roll-ups (crm/roll_ups.h). Pure functions.

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/model.h"

namespace boathouse::model {

inline constexpr size_t formulas_max = 50;  // of one object
inline constexpr size_t roll_ups_max = 25;  // of one object

// Where in the input a field of an object is defined: a JSON pointer.
using PointerOf = std::function<std::string(const Object& object, const Field& field)>;

// Parses the formulas of all objects, checks the roll-ups, and finds the order in which fields are
// computed. kInvalid, below the field's pointer, for what is wrong, and for fields that need themselves,
// through formulas and roll-ups of any objects. The filters of roll-ups are taken as they are.
Status ResolveComputed(std::vector<Object>& objects, const PointerOf& pointer_of);

// Fills the joined and formula fields of a record, whose other fields are up to date.
void Compute(const Object& object, Record& record);

// What a roll-up is over no records at all: 0 for a sum and a count.
Value EmptyRollUp(const Field& field);

}  // namespace boathouse::model
