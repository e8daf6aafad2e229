#include "surfaces/mcp/field_schema.h"

namespace boathouse::mcp_surface {
namespace {

using model::Field;
using model::FieldType;

// {"type": ...}: with null where the field may be empty.
Json Typed(const char* type, bool nullable) {
  return nullable ? Json::Object({{"type", Json::Array({type, "null"})}})
                  : Json::Object({{"type", type}});
}

Json TextSchema(const Field& field, Use use, bool nullable) {
  Json schema = Typed("string", nullable);
  if (use == Use::kRead) return schema;
  if (field.length_max > 0) schema.Set("maxLength", field.length_max);
  if (!nullable) schema.Set("minLength", 1);
  return schema;
}

Json FormattedSchema(const char* format, bool nullable) {
  Json schema = Typed("string", nullable);
  schema.Set("format", format);
  return schema;
}

Json NumberSchema(const Field& field, Use use, bool nullable) {
  Json schema = Typed("integer", nullable);
  if (use == Use::kRead) return schema;
  if (field.minimum) schema.Set("minimum", *field.minimum);
  if (field.maximum) schema.Set("maximum", *field.maximum);
  return schema;
}

// Exact numbers travel as strings; a JSON number is taken too, as models like to write them.
Json DecimalSchema(Use use, bool nullable) {
  if (use == Use::kRead) return Typed("string", nullable);
  Json types = Json::Array({"string", "number"});
  if (nullable) types.Append("null");
  return Json::Object({{"type", std::move(types)}});
}

Json SelectSchema(const Field& field, Use use, bool nullable) {
  Json schema = Typed("string", nullable);
  if (use == Use::kRead) return schema;
  Json values = Json::Array();
  for (const auto& option : field.options) values.Append(option.value);
  if (nullable) values.Append(Json());
  schema.Set("enum", std::move(values));
  return schema;
}

Json MultiSelectSchema(const Field& field, Use use, bool nullable) {
  Json schema = Typed("array", nullable);
  schema.Set("items",
             field.options.empty() ? Typed("string", false) : SelectSchema(field, use, false));
  return schema;
}

Json TypeSchema(const Field& field, Use use, bool nullable) {
  switch (field.type) {
    case FieldType::kId:
    case FieldType::kRelation:
      return FormattedSchema("uuid", nullable);
    case FieldType::kText:
    case FieldType::kLongText:
    case FieldType::kEmail:
    case FieldType::kPhone:
    case FieldType::kUrl:
      return TextSchema(field, use, nullable);
    case FieldType::kInteger:
      return NumberSchema(field, use, nullable);
    case FieldType::kDecimal:
    case FieldType::kMoney:
      return DecimalSchema(use, nullable);
    case FieldType::kBoolean:
      return Typed("boolean", nullable);
    case FieldType::kDate:
      return FormattedSchema("date", nullable);
    case FieldType::kDateTime:
      return FormattedSchema("date-time", nullable);
    case FieldType::kSelect:
      return SelectSchema(field, use, nullable);
    case FieldType::kMultiSelect:
      return MultiSelectSchema(field, use, nullable);
  }
  return Json::Object();
}

// What the type alone does not say to a model that fills the field in.
std::string Hint(const Field& field) {
  switch (field.type) {
    case FieldType::kRelation:
      return "Id of a record of object " + field.relation_object + ".";
    case FieldType::kDecimal:
      return "Decimal number as a string, at most four fraction digits: \"12.5\".";
    case FieldType::kMoney:
      return "Amount in the workspace's currency as a string: \"4821.00\".";
    case FieldType::kDate:
      return "YYYY-MM-DD.";
    case FieldType::kDateTime:
      return "RFC 3339: \"2026-11-24T10:00:00Z\".";
    case FieldType::kEmail:
      return "E-mail address.";
    case FieldType::kUrl:
      return "Web address.";
    case FieldType::kId:
    case FieldType::kText:
    case FieldType::kLongText:
    case FieldType::kInteger:
    case FieldType::kBoolean:
    case FieldType::kSelect:
    case FieldType::kMultiSelect:
    case FieldType::kPhone:
      break;
  }
  return {};
}

}  // namespace

bool IsWritable(const Field& field) { return !field.read_only; }

bool IsRequiredAtCreation(const Field& field) {
  return IsWritable(field) && field.required && model::IsNull(field.default_value);
}

Json FieldSchema(const Field& field, Use use) {
  // In answers any field but id and version may be empty. A creation leaves out what is empty.
  const bool nullable = use == Use::kRead ? field.name != "id" && field.name != "version"
                                          : use == Use::kUpdate && !field.required;
  Json schema = TypeSchema(field, use, nullable);
  if (use == Use::kRead) return schema;
  std::string description = field.description;
  const std::string hint = Hint(field);
  if (!hint.empty()) description += (description.empty() ? "" : " ") + hint;
  if (field.unique)
    description += std::string(description.empty() ? "" : " ") + "No two records share one.";
  if (!description.empty()) schema.Set("description", std::move(description));
  if (use == Use::kCreate && !model::IsNull(field.default_value)) {
    schema.Set("default", model::ToJson(field, field.default_value));
  }
  return schema;
}

std::string FieldInWords(const Field& field) {
  std::string words = field.name + " (";
  switch (field.type) {
    case FieldType::kRelation:
      words += "id of " + field.relation_object;
      break;
    case FieldType::kSelect:
      for (size_t i = 0; i < field.options.size(); ++i) {
        words += (i == 0 ? "" : "|") + field.options[i].value;
      }
      break;
    case FieldType::kMultiSelect:
      words += field.options.empty() ? "any texts" : "any of ";
      for (size_t i = 0; i < field.options.size(); ++i) {
        words += (i == 0 ? "" : "|") + field.options[i].value;
      }
      break;
    case FieldType::kId:
    case FieldType::kText:
    case FieldType::kLongText:
    case FieldType::kInteger:
    case FieldType::kDecimal:
    case FieldType::kMoney:
    case FieldType::kBoolean:
    case FieldType::kDate:
    case FieldType::kDateTime:
    case FieldType::kEmail:
    case FieldType::kPhone:
    case FieldType::kUrl:
      words += model::FieldTypeName(field.type);
      break;
  }
  return words + ")";
}

}  // namespace boathouse::mcp_surface
