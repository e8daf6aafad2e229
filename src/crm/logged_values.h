#pragma once
// Values as they stand in the change log, and records made of them. The log outlives options, limits and
// formats of fields, so values are read from it by their type alone. Pure functions; private to crm/.

#include <string>
#include <string_view>

#include "base/json.h"
#include "model/model.h"
#include "store/store.h"

namespace boathouse::crm {

// The value of the field; null for what its type cannot hold.
model::Value LoggedValue(const model::Field& field, const Json& logged);

// Where a change takes a field: [from, to]; nullptr when it is none.
const Json* FromOf(const Json& pair);
const Json* ToOf(const Json& pair);

// The record that a delete took away, with its id; other system fields are empty.
model::Record DeletedRecord(const model::Object& object, const store::Change& change);

}  // namespace boathouse::crm
