#include "surfaces/rest/openapi_words.h"

#include <string>

#include "surfaces/rest/openapi.h"
#include "surfaces/rest/openapi_operation.h"

namespace boathouse::rest {
namespace {

Json Described(Json schema, std::string_view description) {
  if (!description.empty()) schema.Set("description", description);
  return schema;
}

}  // namespace

Json Text(std::string_view description) {
  return Described(Json::Object({{"type", "string"}}), description);
}

Json Time(std::string_view description) { return Text(description).Set("format", "date-time"); }

Json Flag(std::string_view description) {
  return Described(Json::Object({{"type", "boolean"}}), description);
}

Json Count(std::string_view description) {
  return Described(Json::Object({{"type", "integer"}, {"minimum", 0}}), description);
}

Json Uuid() { return Json::Object({{"type", "string"}, {"format", "uuid"}}); }

Json UuidOrNull() { return OrNull(Uuid()); }

Json ListOf(Json item) { return Json::Object({{"type", "array"}, {"items", std::move(item)}}); }

Json OrNull(Json schema) {
  const std::string type(schema["type"].AsString());
  if (const Json* values = schema.Find("enum")) {
    Json more = *values;
    more.Append(Json());
    schema.Set("enum", std::move(more));
  }
  return schema.Set("type", Json::Array({type, "null"}));
}

Json Told(std::string_view schema) { return Content("application/json", SchemaRef(schema)); }

}  // namespace boathouse::rest
