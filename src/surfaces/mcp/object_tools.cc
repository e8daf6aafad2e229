#include "surfaces/mcp/object_tools.h"

#include <algorithm>

#include "crm/crm.h"
#include "surfaces/mcp/field_schema.h"

namespace boathouse::mcp_surface {
namespace {

using mcp::Tool;
using model::Field;
using model::FieldType;
using model::Object;

Json Described(Json schema, std::string description) {
  schema.Set("description", std::move(description));
  return schema;
}

Json StringSchema(std::string description) {
  return Described(Json::Object({{"type", "string"}}), std::move(description));
}

Json IdSchema(const Object& object) {
  return Described(
      Json::Object({{"type", "string"}, {"format", "uuid"}}),
      "Id of the " + object.name + ", as list_" + object.plural + " and search give it.");
}

Json ObjectSchema(Json properties, Json required) {
  Json schema = Json::Object({{"type", "object"}, {"properties", std::move(properties)}});
  if (required.size() > 0) schema.Set("required", std::move(required));
  schema.Set("additionalProperties", false);
  return schema;
}

// A record as the server writes it. Fields may be left out by the caller's choice, and a field that was
// added since the tool was listed may stand beside these.
Json RecordSchema(const Object& object) {
  Json properties = Json::Object();
  for (const Field& field : object.fields) {
    properties.Set(field.name, FieldSchema(field, Use::kRead));
  }
  return Json::Object({{"type", "object"},
                       {"properties", std::move(properties)},
                       {"required", Json::Array({"id", "version"})}});
}

Json RelatedSchema() {
  return Json::Object(
      {{"type", "object"},
       {"description", "By id: what the relation fields point to."},
       {"additionalProperties",
        Json::Object(
            {{"type", "object"},
             {"properties", Json::Object({{"object", Json::Object({{"type", "string"}})},
                                          {"title", Json::Object({{"type", "string"}})}})}})}});
}

Json PageSchema(const Object& object) {
  return Json::Object(
      {{"type", "object"},
       {"properties",
        Json::Object({{"items", Json::Object({{"type", "array"}, {"items", RecordSchema(object)}})},
                      {"related", RelatedSchema()},
                      {"next_page_token", Json::Object({{"type", "string"}})},
                      {"total_size", Json::Object({{"type", "integer"}})}})},
       {"required", Json::Array({"items"})}});
}

Json OneRecordSchema(const Object& object) {
  return Json::Object({{"type", "object"},
                       {"properties", Json::Object({{"record", RecordSchema(object)},
                                                    {"related", RelatedSchema()}})},
                       {"required", Json::Array({"record"})}});
}

Json FieldNamesSchema(const Object& object) {
  Json names = Json::Array();
  for (const Field& field : object.fields) names.Append(field.name);
  return Json::Object(
      {{"type", "array"},
       {"items", Json::Object({{"type", "string"}, {"enum", std::move(names)}})},
       {"description",
        "Only these fields of each record (id and version always come). Default: all."}});
}

void AddPagingProperties(const Object& object, Json& properties) {
  const Json paging = Json::Object(
      {{"page_size", Json::Object({{"type", "integer"},
                                   {"minimum", 1},
                                   {"maximum", page_size_max},
                                   {"default", page_size_default},
                                   {"description", "Records in one page."}})},
       {"page_token",
        StringSchema("next_page_token of the page before, with the same other arguments.")},
       {"fields", FieldNamesSchema(object)},
       {"include_related",
        Described(Json::Object({{"type", "boolean"}, {"default", false}}),
                  "Also give the titles of the records that relation fields point to.")}});
  for (const auto& [name, schema] : paging.members()) properties.Set(name, schema);
}

std::string FieldList(const Object& object) {
  std::string list;
  for (const Field& field : object.fields) {
    list += (list.empty() ? "" : ", ") + FieldInWords(field);
  }
  return list;
}

Tool ListTool(const Object& object) {
  Tool tool;
  tool.title = "List " + object.label_plural;
  tool.description = "Lists " + object.plural + ". " + object.label + ": " + object.description +
                     "\nFields: " + FieldList(object) + ".\n" + FilterHelp(object);
  Json properties = Json::Object(
      {{"filter", StringSchema("Which records: see the tool's description. Default: all.")},
       {"order_by", StringSchema("Fields to sort by: `" + object.title_field +
                                 "` or `updated_at desc, " + object.title_field + "`.")}});
  AddPagingProperties(object, properties);
  properties.Set("include_total", Described(Json::Object({{"type", "boolean"}, {"default", false}}),
                                            "Also count all records that fit the filter."));
  tool.input_schema = ObjectSchema(std::move(properties), Json::Array());
  tool.output_schema = PageSchema(object);
  tool.annotations = {true, false, true, false};
  return tool;
}

Tool SearchTool(const Object& object) {
  Tool tool;
  tool.title = "Search " + object.label_plural;
  std::string searchable;
  for (const Field& field : object.fields) {
    if (field.searchable) searchable += (searchable.empty() ? "" : ", ") + field.name;
  }
  tool.description =
      "Finds " + object.plural + " by words in their text (" + searchable +
      "), best for a name or a number that is known in part. For conditions on fields "
      "use list_" +
      object.plural + ".";
  Json properties =
      Json::Object({{"query", Json::Object({{"type", "string"},
                                            {"minLength", 1},
                                            {"maxLength", crm::search_chars_max},
                                            {"description", "Words to look for."}})}});
  AddPagingProperties(object, properties);
  tool.input_schema = ObjectSchema(std::move(properties), Json::Array({"query"}));
  tool.output_schema = PageSchema(object);
  tool.annotations = {true, false, true, false};
  return tool;
}

Tool GetTool(const Object& object) {
  Tool tool;
  tool.title = "Get " + object.label;
  tool.description = "Gets one " + object.name +
                     " by its id, with the titles of the records it "
                     "points to. " +
                     object.label + ": " + object.description;
  tool.input_schema = ObjectSchema(Json::Object({{"id", IdSchema(object)}}), Json::Array({"id"}));
  tool.output_schema = OneRecordSchema(object);
  tool.annotations = {true, false, true, false};
  return tool;
}

Tool CreateTool(const Object& object) {
  Tool tool;
  tool.title = "Create " + object.label;
  tool.description = "Creates one " + object.name + " and returns it. " + object.label + ": " +
                     object.description + " Leave out what is not known.";
  Json properties = Json::Object();
  Json required = Json::Array();
  for (const Field& field : object.fields) {
    if (!IsWritable(field)) continue;
    properties.Set(field.name, FieldSchema(field, Use::kCreate));
    if (IsRequiredAtCreation(field)) required.Append(field.name);
  }
  tool.input_schema = ObjectSchema(std::move(properties), std::move(required));
  tool.output_schema = OneRecordSchema(object);
  tool.annotations = {false, false, false, false};
  return tool;
}

Tool UpdateTool(const Object& object) {
  Tool tool;
  tool.title = "Update " + object.label;
  tool.description =
      "Changes fields of one " + object.name +
      " and returns it. Only the fields given change; null empties one. Give "
      "expected_version, the version you last read, so that nobody's change in between "
      "is overwritten.";
  Json properties = Json::Object(
      {{"id", IdSchema(object)},
       {"expected_version",
        Json::Object({{"type", "integer"},
                      {"minimum", 1},
                      {"description", "Fails when the record has another version."}})}});
  for (const Field& field : object.fields) {
    if (IsWritable(field)) properties.Set(field.name, FieldSchema(field, Use::kUpdate));
  }
  tool.input_schema = ObjectSchema(std::move(properties), Json::Array({"id"}));
  tool.output_schema = OneRecordSchema(object);
  tool.annotations = {false, true, true, false};
  return tool;
}

// A condition on this field that could stand in a filter; "" for types that make a poor example.
std::string ExampleCondition(const Field& field) {
  switch (field.type) {
    case FieldType::kSelect:
      return field.options.empty() ? "" : field.name + " = \"" + field.options.back().value + "\"";
    case FieldType::kMultiSelect:
      return field.options.empty() ? "" : field.name + ":\"" + field.options.back().value + "\"";
    case FieldType::kMoney:
    case FieldType::kDecimal:
    case FieldType::kInteger:
      return field.name +
             " >= " + std::to_string(std::min<int64_t>(field.maximum.value_or(1000), 1000));
    case FieldType::kDate:
      return field.name + " < \"2026-12-31\"";
    case FieldType::kDateTime:
      return field.name + " > \"2026-11-01T00:00:00Z\"";
    case FieldType::kBoolean:
      return field.name + " = true";
    case FieldType::kId:
    case FieldType::kText:
    case FieldType::kLongText:
    case FieldType::kEmail:
    case FieldType::kPhone:
    case FieldType::kUrl:
    case FieldType::kRelation:
      break;
  }
  return {};
}

}  // namespace

std::string ToolName(Verb verb, const Object& object) {
  switch (verb) {
    case Verb::kList:
      return "list_" + object.plural;
    case Verb::kGet:
      return "get_" + object.name;
    case Verb::kCreate:
      return "create_" + object.name;
    case Verb::kUpdate:
      return "update_" + object.name;
    case Verb::kSearch:
      return "search_" + object.plural;
  }
  return {};
}

Tool ObjectTool(Verb verb, const Object& object) {
  const auto make = [&]() -> Tool {
    switch (verb) {
      case Verb::kList:
        return ListTool(object);
      case Verb::kGet:
        return GetTool(object);
      case Verb::kCreate:
        return CreateTool(object);
      case Verb::kUpdate:
        return UpdateTool(object);
      case Verb::kSearch:
        return SearchTool(object);
    }
    return {};
  };
  Tool tool = make();
  tool.name = ToolName(verb, object);
  return tool;
}

std::optional<ObjectCall> FindObjectTool(const model::Model& model, std::string_view tool) {
  for (const Object& object : model.objects()) {
    for (const Verb verb : verbs) {
      if (ToolName(verb, object) == tool) return ObjectCall{verb, &object};
    }
  }
  return std::nullopt;
}

Json DescribeObject(const Object& object) {
  Json fields = Json::Array();
  for (const Field& field : object.fields) {
    Json entry = Json::Object({{"name", field.name},
                               {"label", field.label},
                               {"type", model::FieldTypeName(field.type)},
                               {"required", field.required},
                               {"unique", field.unique},
                               {"read_only", field.read_only}});
    if (!field.description.empty()) entry.Set("description", field.description);
    if (!field.options.empty()) {
      Json options = Json::Array();
      for (const auto& option : field.options) options.Append(option.value);
      entry.Set("options", std::move(options));
    }
    if (!field.relation_object.empty()) entry.Set("relation_object", field.relation_object);
    if (!model::IsNull(field.default_value))
      entry.Set("default", model::ToJson(field, field.default_value));
    fields.Append(std::move(entry));
  }
  Json tools = Json::Array();
  for (const Verb verb : verbs) tools.Append(ToolName(verb, object));
  return Json::Object({{"name", object.name},
                       {"plural", object.plural},
                       {"label", object.label},
                       {"description", object.description},
                       {"title_field", object.title_field},
                       {"fields", std::move(fields)},
                       {"filter", FilterHelp(object)},
                       {"tools", std::move(tools)}});
}

std::string FilterHelp(const Object& object) {
  // Words are looked for in text; what some records are called by is none.
  const Field& title = object.fields[object.title_index()];
  const bool has_words = title.type == FieldType::kText;
  std::string example =
      has_words ? title.name + ":\"acme\"" : "created_at > \"2026-11-01T00:00:00Z\"";
  size_t conditions = 0;
  for (size_t i = model::kSystemFieldCount; i < object.fields.size() && conditions < 2; ++i) {
    const std::string condition = ExampleCondition(object.fields[i]);
    if (condition.empty()) continue;
    example = condition + " AND " + example;
    ++conditions;
  }
  return "Filter: `field op value` with = != < <= > >=, `:` for \"text contains\", `= null` for "
         "empty, `*` at either end of a quoted string as wildcard; joined with AND, OR, NOT. OR "
         "binds "
         "tighter than AND: use parentheses. Put text, dates and ids in double quotes. Example: `" +
         example + "`.";
}

}  // namespace boathouse::mcp_surface
