// JSON Schemas (2020-12, as OpenAPI 3.1 has them) of the objects: one projection of the model.
#include "surfaces/rest/openapi.h"

#include "crm/crm.h"
#include "model/change.h"

namespace boathouse::rest {
namespace {

// ASCII control characters but the tab have no place in one line of text.
constexpr const char* one_line_pattern = "^[^\\x00-\\x08\\x0A-\\x1F]*$";
constexpr const char* decimal_output_pattern = "^-?[0-9]{1,14}\\.[0-9]{2,4}$";
constexpr const char* decimal_input_pattern = "^([+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?)?$";
constexpr const char* date_time_output_pattern =
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z$";
constexpr const char* multi_select_value_pattern = "^[^\\x00-\\x08\\x0A-\\x1F;]*$";
constexpr const char* currency_pattern = "^[A-Z]{3}$";
constexpr const char* currency_input_pattern = "^([A-Za-z]{3})?$";
constexpr const char* url_pattern = "^([Hh][Tt][Tt][Pp][Ss]?://[^\\x00-\\x20]+)?$";

// `type` alone, or with null as an alternative.
Json TypeSchema(const char* type, bool nullable) {
  if (!nullable) return Json::Object({{"type", type}});
  return Json::Object({{"type", Json::Array({type, "null"})}});
}

Json OptionSchema(const model::Field& field, bool nullable) {
  Json values = Json::Array();
  for (const model::SelectOption& option : field.options) values.Append(option.value);
  if (nullable) values.Append(nullptr);
  Json schema = TypeSchema("string", nullable);
  return schema.Set("enum", std::move(values));
}

Json MultiSelectSchema(const model::Field& field, bool nullable) {
  Json value = Json::Object({{"type", "string"}});
  if (!field.options.empty()) {
    value = OptionSchema(field, false);
  } else {
    value.Set("maxLength", model::multi_select_value_chars_max);
    value.Set("pattern", multi_select_value_pattern);
  }
  return TypeSchema("array", nullable)
      .Set("items", std::move(value))
      .Set("maxItems", model::multi_select_values_max);
}

// A text of that format; where the field may be empty, "" says so as well as null.
Json FormatInputSchema(const model::Field& field, const char* format) {
  Json schema = Json::Object({{"type", "string"}, {"format", format}});
  if (field.type == model::FieldType::kEmail) schema.Set("maxLength", field.length_max);
  if (field.required) return schema;
  const Json empty = Json::Object({{"enum", Json::Array({"", nullptr})}});
  return Json::Object({{"anyOf", Json::Array({std::move(schema), empty})}});
}

Json IntegerSchema(const model::Field& field, bool nullable) {
  Json schema = TypeSchema("integer", nullable);
  schema.Set("format", "int64");
  if (field.minimum) schema.Set("minimum", *field.minimum);
  if (field.maximum) schema.Set("maximum", *field.maximum);
  return schema;
}

Json RelationSchema(bool nullable) { return TypeSchema("string", nullable).Set("format", "uuid"); }

Json TextSchema(const model::Field& field, bool nullable) {
  Json schema = TypeSchema("string", nullable);
  if (field.length_max > 0) schema.Set("maxLength", field.length_max);
  return schema;
}

// What a client may send for text; blank text would be null, which a required field may not be.
Json TextInputSchema(const model::Field& field) {
  Json schema = TextSchema(field, !field.required);
  if (field.required) schema.Set("minLength", 1);
  if (field.is_currency_code) return schema.Set("pattern", currency_input_pattern);
  if (field.type == model::FieldType::kLongText) return schema;
  return schema.Set("pattern", field.required ? filled_line_pattern : one_line_pattern);
}

Json DecimalInputSchema(const model::Field& field) {
  Json text = TypeSchema("string", !field.required);
  text.Set("pattern", decimal_input_pattern);
  Json number = Json::Object({{"type", "number"}});
  if (field.minimum) {
    number.Set("minimum", *field.minimum);
  } else {
    number.Set("exclusiveMinimum", Json::NumberText("-1e14"));
  }
  if (field.maximum) {
    number.Set("maximum", *field.maximum);
  } else {
    number.Set("exclusiveMaximum", Json::NumberText("1e14"));
  }
  return Json::Object({{"anyOf", Json::Array({std::move(text), std::move(number)})}});
}

std::string DescriptionOf(const model::Field& field) {
  std::string text = field.label;
  if (!field.description.empty()) text += ". " + field.description;
  switch (field.type) {
    case model::FieldType::kMoney:
      text += text.ends_with('.') ? "" : ".";
      text +=
          " An exact amount in the workspace's currency: at most 14 digits before and 4 after the"
          " point.";
      break;
    case model::FieldType::kDecimal:
      text += text.ends_with('.') ? "" : ".";
      text += " An exact decimal: at most 14 digits before and 4 after the point.";
      break;
    case model::FieldType::kRelation:
      text += text.ends_with('.') ? "" : ".";
      text += " The id of a record of " + field.relation_object + ".";
      break;
    case model::FieldType::kId:
    case model::FieldType::kText:
    case model::FieldType::kLongText:
    case model::FieldType::kInteger:
    case model::FieldType::kBoolean:
    case model::FieldType::kDate:
    case model::FieldType::kDateTime:
    case model::FieldType::kSelect:
    case model::FieldType::kMultiSelect:
    case model::FieldType::kEmail:
    case model::FieldType::kPhone:
    case model::FieldType::kUrl:
      break;
  }
  return text;
}

bool IsSystemField(size_t index) { return index < model::kSystemFieldCount; }

// A record as the server writes it: every field stands in it, empty ones as null.
Json RecordSchema(const model::Object& object) {
  Json properties = Json::Object();
  Json required = Json::Array();
  Json expanded = Json::Object();
  for (const model::Field& field : object.fields) {
    Json schema = OutputSchema(field);
    if (field.read_only) schema.Set("readOnly", true);
    properties.Set(field.name, std::move(schema));
    required.Append(field.name);
    if (field.type == model::FieldType::kRelation) {
      expanded.Set(
          field.name,
          Json::Object(
              {{"anyOf", Json::Array({SchemaRef("Related"), Json::Object({{"type", "null"}})})}}));
    }
  }
  if (expanded.size() > 0) {
    properties.Set("expanded",
                   Json::Object({{"type", "object"},
                                 {"description", "What the fields named by `expand` point to."},
                                 {"properties", std::move(expanded)},
                                 {"additionalProperties", false},
                                 {"readOnly", true}}));
  }
  return Json::Object({{"type", "object"},
                       {"description", object.description},
                       {"properties", std::move(properties)},
                       {"required", std::move(required)},
                       {"additionalProperties", false}});
}

Json WritableSchema(const model::Object& object, bool is_create) {
  Json properties = Json::Object();
  Json required = Json::Array();
  for (size_t i = 0; i < object.fields.size(); ++i) {
    const model::Field& field = object.fields[i];
    if (IsSystemField(i) || field.read_only) continue;
    Json schema = InputSchema(field);
    if (is_create && !model::IsNull(field.default_value)) {
      schema.Set("default", model::ToJson(field, field.default_value));
    }
    properties.Set(field.name, std::move(schema));
    if (field.required && model::IsNull(field.default_value)) required.Append(field.name);
  }
  Json schema = Json::Object(
      {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}});
  if (is_create) {
    schema.Set("description", "A new " + object.name + ".");
    if (required.size() > 0) schema.Set("required", std::move(required));
    Json example = CreateExample(object);
    if (!example.is_null()) schema.Set("examples", Json::Array({std::move(example)}));
  } else {
    schema.Set("description",
               "A merge patch: only the fields that stand in it change, null empties a field.");
  }
  return schema;
}

Json ListOf(const std::string& item, bool paged) {
  Json properties =
      Json::Object({{"items", Json::Object({{"type", "array"}, {"items", SchemaRef(item)}})}});
  if (paged) {
    properties.Set("next_page_token",
                   Json::Object({{"type", "string"},
                                 {"description",
                                  "Pass it as page_token for the next page. Not there "
                                  "on the last one."}}));
    properties.Set("total_size", Json::Object({{"type", "integer"},
                                               {"minimum", 0},
                                               {"description", "Only with include_total=true."}}));
  }
  return Json::Object({{"type", "object"},
                       {"properties", std::move(properties)},
                       {"required", Json::Array({"items"})},
                       {"additionalProperties", false}});
}

}  // namespace

std::string TypeNameOf(std::string_view snake_case) {
  std::string name;
  bool begins_word = true;
  for (const char c : snake_case) {
    if (c == '_') {
      begins_word = true;
      continue;
    }
    name += begins_word && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    begins_word = false;
  }
  return name;
}

std::string TypeNameOf(const model::Object& object) {
  const bool is_custom =
      object.fields.size() > model::kSystemFieldCount &&
      object.fields[model::kSystemFieldCount].column_id >= model::custom_column_id_min;
  return is_custom ? "Custom_" + object.name : TypeNameOf(object.name);
}

Json SchemaRef(std::string_view name) {
  return Json::Object({{"$ref", "#/components/schemas/" + std::string(name)}});
}

Json OutputSchema(const model::Field& field) {
  // Records of before an upgrade may lack a derived or default value; what is required always stands.
  const bool is_set_always = field.required || field.name == "id" || field.name == "version" ||
                             field.name == "created_at" || field.name == "updated_at";
  const bool nullable = !is_set_always;
  Json schema;
  switch (field.type) {
    case model::FieldType::kId:
    case model::FieldType::kRelation:
      schema = RelationSchema(nullable);
      break;
    case model::FieldType::kText:
    case model::FieldType::kLongText:
    case model::FieldType::kPhone:
    case model::FieldType::kUrl:
      schema = TextSchema(field, nullable);
      break;
    case model::FieldType::kEmail:
      schema = TextSchema(field, nullable).Set("format", "email");
      break;
    case model::FieldType::kInteger:
      schema = IntegerSchema(field, nullable);
      break;
    case model::FieldType::kDecimal:
    case model::FieldType::kMoney:
      schema = TypeSchema("string", nullable).Set("pattern", decimal_output_pattern);
      break;
    case model::FieldType::kBoolean:
      schema = TypeSchema("boolean", nullable);
      break;
    case model::FieldType::kDate:
      schema = TypeSchema("string", nullable).Set("format", "date");
      break;
    case model::FieldType::kDateTime:
      schema = TypeSchema("string", nullable)
                   .Set("format", "date-time")
                   .Set("pattern", date_time_output_pattern);
      break;
    case model::FieldType::kSelect:
      schema = OptionSchema(field, nullable);
      break;
    case model::FieldType::kMultiSelect:
      schema = MultiSelectSchema(field, nullable);
      break;
  }
  if (field.is_currency_code) schema.Set("pattern", currency_pattern);
  // A name that is joined of two fields may be longer than either; a formula's text likewise.
  if (field.is_computed()) schema.Remove("maxLength");
  return schema.Set("description", DescriptionOf(field));
}

Json InputSchema(const model::Field& field) {
  Json schema;
  switch (field.type) {
    case model::FieldType::kId:
    case model::FieldType::kRelation:
      schema = FormatInputSchema(field, "uuid");
      break;
    case model::FieldType::kText:
    case model::FieldType::kLongText:
    case model::FieldType::kPhone:
      schema = TextInputSchema(field);
      break;
    case model::FieldType::kEmail:
      schema = FormatInputSchema(field, "email");
      break;
    case model::FieldType::kUrl:
      schema = TextSchema(field, !field.required).Set("pattern", url_pattern);
      break;
    case model::FieldType::kInteger:
      schema = IntegerSchema(field, !field.required);
      break;
    case model::FieldType::kDecimal:
    case model::FieldType::kMoney:
      schema = DecimalInputSchema(field);
      break;
    case model::FieldType::kBoolean:
      schema = TypeSchema("boolean", !field.required);
      break;
    case model::FieldType::kDate:
      schema = FormatInputSchema(field, "date");
      break;
    case model::FieldType::kDateTime:
      schema = FormatInputSchema(field, "date-time");
      break;
    case model::FieldType::kSelect:
      schema = OptionSchema(field, !field.required);
      if (!field.required) schema.Find("enum")->Append("");
      break;
    case model::FieldType::kMultiSelect:
      schema = MultiSelectSchema(field, !field.required);
      if (field.required) schema.Set("minItems", 1);
      break;
  }
  return schema.Set("description", DescriptionOf(field));
}

void AddObjectSchemas(const model::Object& object, Json* schemas) {
  const std::string type = TypeNameOf(object);
  schemas->Set(type, RecordSchema(object));
  schemas->Set(type + "Create", WritableSchema(object, true));
  schemas->Set(type + "Patch", WritableSchema(object, false));
  schemas->Set(type + "Page", ListOf(type, true));
  Json batch = ListOf(type + "Create", false);
  Json* items = batch.Find("properties")->Find("items");
  items->Set("minItems", 1);
  items->Set("maxItems", crm::batch_records_max);
  schemas->Set(type + "Batch", std::move(batch));
  schemas->Set(type + "BatchResult", ListOf(type, false));
}

}  // namespace boathouse::rest
