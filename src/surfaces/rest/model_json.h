#pragma once
// Private to surfaces/rest: the model as it is told to clients. A field shows the members by which one is
// defined (model/change.h).

#include "base/json.h"
#include "model/model.h"

namespace boathouse::rest {

Json FieldJson(const model::Field& field);
Json ObjectJson(const model::Object& object);

}  // namespace boathouse::rest
