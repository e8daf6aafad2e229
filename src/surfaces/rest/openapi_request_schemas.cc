// Schemas of what administrators define: parts of the model, and credentials.
#include "model/change.h"
#include "surfaces/rest/credentials.h"
#include "surfaces/rest/openapi.h"

namespace boathouse::rest {
namespace {

Json Described(const char* type, std::string_view description) {
  return Json::Object({{"type", type}, {"description", description}});
}

// A line of text for people.
Json Line(std::string_view description, size_t chars_max = model::label_chars_max) {
  return Described("string", description)
      .Set("minLength", 1)
      .Set("maxLength", chars_max)
      .Set("pattern", filled_line_pattern);
}

Json Name(std::string_view description) {
  return Described("string", description)
      .Set("pattern", "^[a-z][a-z0-9_]*$")
      .Set("maxLength", model::name_chars_max);
}

Json TimeOrNull() {
  return Json::Object({{"type", Json::Array({"string", "null"})},
                       {"format", "date-time"},
                       {"description", "null: it never expires."}});
}

Json ListSchema(const char* item) {
  const Json items = Json::Object({{"type", "array"}, {"items", SchemaRef(item)}});
  return ClosedSchema(Json::Object({{"items", items}}));
}

Json FieldDefinition() {
  Json types = Json::Array();
  for (int type = 0; type <= static_cast<int>(model::FieldType::kRelation); ++type) {
    const auto each = static_cast<model::FieldType>(type);
    if (each != model::FieldType::kId) types.Append(model::FieldTypeName(each));
  }
  const Json option = Json::Object(
      {{"anyOf", Json::Array({Line("The value alone."),
                              ClosedSchema(Json::Object({{"value", Line("What is kept.")},
                                                         {"label", Line("What people see.")}}),
                                           {"label"})})}});
  return ClosedSchema(
             Json::Object(
                 {{"name",
                   Name("Never changes: it names the member, the column and the argument.")},
                  {"type", Json::Object({{"type", "string"}, {"enum", std::move(types)}})},
                  {"label", Line("For people; made from the name when it is not there.")},
                  {"description", Line("What it means.")},
                  {"required", Described("boolean", "Every record must have it.")},
                  {"unique", Described("boolean", "No two records may have the same.")},
                  {"searchable", Described("boolean", "The full-text search finds it.")},
                  {"indexed", Described("boolean", "Lists are often filtered or sorted by it.")},
                  {"max_length",
                   Described("integer", "Of texts, in characters.").Set("minimum", 1)},
                  {"minimum", Described("integer", "Of integers.")},
                  {"maximum", Described("integer", "Of integers.")},
                  {"options", Json::Object({{"type", "array"},
                                            {"description", "Of a select field."},
                                            {"minItems", 1},
                                            {"maxItems", model::options_max},
                                            {"items", option}})},
                  {"relation",
                   ClosedSchema(Json::Object(
                       {{"object", Json::Object({{"type", "string"},
                                                 {"description",
                                                  "Whose records a relation field points to; in a "
                                                  "new object also its own name."}})}}))},
                  {"currency", Line("Of money, as ISO 4217 has it: EUR.")},
                  {"formula",
                   Described("string",
                             "Computes the value of the record's other fields: amount * 2.")},
                  {"roll_up", SchemaRef("RollUpDefinition")},
                  {"default",
                   Json::Object({{"type", Json::Array({"string", "boolean", "number", "array"})},
                                 {"description", "What a new record gets that does not say."}})}}),
             {"currency", "formula", "roll_up", "label", "description", "required", "unique",
              "searchable", "indexed", "max_length", "minimum", "maximum", "options", "relation",
              "default"})
      .Set("examples", Json::Array({Json::Object({{"name", "segment"},
                                                  {"type", "select"},
                                                  {"options", Json::Array({"gold", "silver"})}})}));
}

Json RollUpDefinition() {
  return ClosedSchema(
      Json::Object(
          {{"object", Line("Whose records point here.")},
           {"relation", Line("Their relation field that does.")},
           {"function", Json::Object({{"type", "string"},
                                      {"enum", Json::Array({"sum", "count", "min", "max"})}})},
           {"field", Described("string", "Of theirs; not for a count.")},
           {"filter", Described("string", "Only those records, as a list's filter.")}}),
      {"field", "filter"});
}

// A merge patch of a field's definition.
Json FieldPatch() {
  Json schema = FieldDefinition();
  schema.Remove("examples");
  schema.Remove("required");
  Json* properties = schema.Find("properties");
  for (const char* fixed : {"name", "type", "relation"}) properties->Remove(fixed);
  schema.Set("minProperties", 1);
  return schema;
}

}  // namespace

void AddDefinitionSchemas(Json* schemas) {
  schemas->Set("RollUpDefinition", RollUpDefinition());
  schemas->Set("FieldPatch", FieldPatch());
  schemas->Set("FieldDefinition", FieldDefinition());
  const Json fields = Json::Object(
      {{"type", "array"},
       {"description", "Beside the system's own, a name and an owner, which every object has."},
       {"maxItems", model::fields_max},
       {"items", SchemaRef("FieldDefinition")}});
  schemas->Set(
      "ObjectDefinition",
      ClosedSchema(
          Json::Object({{"name", Name("Of one: machine. Never changes.")},
                        {"plural", Name("Of many: machines. The collection and the table.")},
                        {"label", Line("For people.")},
                        {"label_plural", Line("For people.")},
                        {"description", Line("What it is.")},
                        {"fields", fields}}),
          {"label", "label_plural", "description", "fields"}));
  schemas->Set(
      "ObjectLabels",
      ClosedSchema(Json::Object({{"label", Line("Of one.")}, {"label_plural", Line("Of many.")}}),
                   {"label", "label_plural"})
          .Set("minProperties", 1));
}

void AddCredentialSchemas(Json* schemas) {
  const Json id = Described("string", "Names it without giving it away.");
  const Json user = Json::Object({{"type", "string"}, {"format", "uuid"}});
  const Json time = Json::Object({{"type", "string"}, {"format", "date-time"}});
  const Json name = Line("For people to know it by.", credential_name_chars_max);
  const Json days = Described("integer", "How long it holds.")
                        .Set("minimum", 1)
                        .Set("maximum", credential_days_max)
                        .Set("default", credential_days_default);
  const Json text = Json::Object({{"type", "string"}});
  Json token =
      Json::Object({{"id", id},
                    {"name", text},
                    {"created_at", time},
                    {"expires_at", TimeOrNull()},
                    {"last_used_at", TimeOrNull().Set("description", "Known to the minute.")},
                    {"last_used_from", Json::Object({{"type", Json::Array({"string", "null"})},
                                                     {"description", "An address."}})}});
  const Json scopes = Json::Object(
      {{"type", "array"},
       {"items", Json::Object({{"type", "string"},
                               {"pattern", "^(admin|([a-z][a-z0-9_]*:)?(read|write|export))$"}})},
       {"minItems", 1},
       {"maxItems", auth::scopes_max},
       {"description",
        "What it is for, within what its user may: admin, read, write, export, or one of the last "
        "three for one object, such as accounts:read."}});
  token.Set("user_id", user);
  token.Set("scopes", scopes);
  schemas->Set("ApiToken", ClosedSchema(token));
  schemas->Set("ApiTokenList", ListSchema("ApiToken"));
  schemas->Set(
      "ApiTokenRequest",
      ClosedSchema(Json::Object({{"name", name},
                                 {"expires_in_days", days},
                                 {"scopes", scopes},
                                 {"user_id", Json(user)
                                                 .Set("type", Json::Array({"string", "null"}))
                                                 .Set("description",
                                                      "Whose; one's own when it is "
                                                      "not there.")}}),
                   {"expires_in_days", "user_id", "scopes"}));
  schemas->Set("NewApiToken", ClosedSchema(token.Set(
                                  "token", Described("string", "The secret, told only here."))));
}

}  // namespace boathouse::rest
