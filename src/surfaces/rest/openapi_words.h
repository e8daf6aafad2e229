#pragma once
// Private to surfaces/rest: the schemas that every part of the OpenAPI document is written with. Without a
// description none stands in the schema. Pure functions.

#include <string_view>

#include "base/json.h"

namespace boathouse::rest {

Json Text(std::string_view description = {});
Json Time(std::string_view description = {});
Json Flag(std::string_view description = {});
// A whole number from 0 on.
Json Count(std::string_view description = {});
Json Uuid();
Json UuidOrNull();
Json ListOf(Json item);
// The schema, which names one type, and null; where it lists its values, null is one of them.
Json OrNull(Json schema);
// The content of a JSON answer of that schema.
Json Told(std::string_view schema);

}  // namespace boathouse::rest
