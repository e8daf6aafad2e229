// Schemas that do not depend on an object.
#include "assistant/assistant.h"
#include "auth/auth.h"
#include "crm/crm.h"
#include "surfaces/rest/openapi.h"
#include "surfaces/rest/openapi_words.h"

namespace boathouse::rest {
namespace {

Json FilledText(std::string_view description) { return Text(description).Set("minLength", 1); }

Json ObjectNames(const model::Model& model) {
  Json names = Json::Array();
  for (const model::Object& object : model.objects()) names.Append(object.name);
  return Json::Object({{"type", "string"}, {"enum", std::move(names)}});
}

void AddErrors(Json* schemas) {
  Json kinds = Json::Array();
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::kInternal); ++kind) {
    kinds.Append(ErrorKindName(static_cast<ErrorKind>(kind)));
  }
  schemas->Set(
      "FieldError",
      ClosedSchema(Json::Object(
          {{"field", Text("A JSON pointer into the body, such as /items/3/amount, or the "
                          "name of a query parameter or header.")},
           {"code", Text("For programs: required, unknown_field, wrong_type, out_of_range, "
                         "duplicate, not_found ...")},
           {"detail", Text("For people.")}})));
  schemas->Set(
      "Problem",
      ClosedSchema(
          Json::Object(
              {{"type", Text()},
               {"title", Text("The name of the status.")},
               {"status", Json::Object({{"type", "integer"}, {"minimum", 400}, {"maximum", 599}})},
               {"detail", Text("What happened and what to do about it.")},
               {"code", Json::Object({{"type", "string"}, {"enum", std::move(kinds)}})},
               {"errors", ListOf(SchemaRef("FieldError"))}}),
          {"errors"})
          .Set("description", "An error (RFC 9457)."));
}

void AddSession(Json* schemas) {
  schemas->Set(
      "SignedInUser",
      ClosedSchema(Json::Object(
          {{"id", Uuid()},
           {"name", Text()},
           {"email", Text()},
           {"role", Json::Object({{"type", "string"},
                                  {"enum", Json::Array({"viewer", "member", "admin"})}})}})));
  schemas->Set("Session", ClosedSchema(Json::Object({{"token", Text("A bearer token.")},
                                                     {"expires_at", Time()},
                                                     {"user", SchemaRef("SignedInUser")}})));
  schemas->Set(
      "Me", ClosedSchema(Json::Object(
                {{"user", SchemaRef("SignedInUser")},
                 {"workspace",
                  ClosedSchema(Json::Object({{"name", Text()}, {"currency", Text("ISO 4217")}}))},
                 {"scopes", Json::Object({{"type", Json::Array({"array", "null"})},
                                          {"items", Text()},
                                          {"description", "Of an API token; null: a session."}})},
                 {"permissions", SchemaRef("Rights")},
                 {"must_set_up_totp", Flag()}})));
  schemas->Set("Setup", ClosedSchema(Json::Object({{"needed", Flag()}})));
  const Json password = Json::Object({{"type", "string"},
                                      {"minLength", auth::password_chars_min},
                                      {"maxLength", auth::password_chars_max},
                                      {"writeOnly", true}});
  schemas->Set(
      "SetupRequest",
      ClosedSchema(Json::Object({{"token", FilledText("From the link that the server printed at "
                                                      "its first start.")},
                                 {"workspace", FilledText("What the company is called.")},
                                 {"name", FilledText("The first administrator.")},
                                 {"email", FilledText("").Set("format", "email")},
                                 {"password", password}})));
  schemas->Set("SignInRequest",
               ClosedSchema(Json::Object({{"email", FilledText("The address one is known by.")},
                                          {"password", FilledText("").Set("writeOnly", true)}})));
}

Json RollUpSchema(const model::Model& model) {
  return ClosedSchema(
      Json::Object(
          {{"object", ObjectNames(model)},
           {"relation", Text("The relation field of its records that points here.")},
           {"function", Json::Object({{"type", "string"},
                                      {"enum", Json::Array({"sum", "count", "min", "max"})}})},
           {"field", Text("What is added up or compared; not for a count.")},
           {"filter", Text("Only those records, in the filter language of lists.")}}),
      {"field", "filter"});
}

void AddModel(const model::Model& model, Json* schemas) {
  Json types = Json::Array();
  for (int type = 0; type <= static_cast<int>(model::FieldType::kRelation); ++type) {
    types.Append(model::FieldTypeName(static_cast<model::FieldType>(type)));
  }
  schemas->Set(
      "Field",
      ClosedSchema(
          Json::Object(
              {{"name", Text()},
               {"label", Text()},
               {"type", Json::Object({{"type", "string"}, {"enum", std::move(types)}})},
               {"required", Flag()},
               {"unique", Flag()},
               {"read_only", Flag()},
               {"searchable", Flag()},
               {"indexed", Flag()},
               {"description", Text()},
               {"max_length", Count("In characters.")},
               {"minimum", Json::Object({{"type", "integer"}})},
               {"maximum", Json::Object({{"type", "integer"}})},
               {"options",
                ListOf(ClosedSchema(Json::Object({{"value", Text()}, {"label", Text()}})))},
               {"relation", ClosedSchema(Json::Object({{"object", ObjectNames(model)}}))},
               {"currency", Text("Of money; the workspace's where it is not said.")},
               {"formula", Text("What the value is computed by.")},
               {"roll_up", RollUpSchema(model)},
               {"default",
                Json::Object({{"type", Json::Array({"string", "boolean", "integer", "array"})}})}}),
          {"description", "max_length", "minimum", "maximum", "options", "relation", "currency",
           "formula", "roll_up", "default"}));
  schemas->Set("Object",
               ClosedSchema(Json::Object({{"name", ObjectNames(model)},
                                          {"plural", Text("The name of its collection.")},
                                          {"label", Text()},
                                          {"label_plural", Text()},
                                          {"description", Text()},
                                          {"title_field", Text("What a record is called by.")},
                                          {"fields", ListOf(SchemaRef("Field"))},
                                          {"belongs_to", Text("The relation to the record that "
                                                              "this one is a part of.")}}),
                            {"belongs_to"}));
  schemas->Set("ObjectList",
               ClosedSchema(Json::Object({{"objects", ListOf(SchemaRef("Object"))}})));
}

void AddRecordRelated(const model::Model& model, Json* schemas) {
  schemas->Set("Related",
               ClosedSchema(Json::Object({{"id", Uuid()},
                                          {"object", ObjectNames(model)},
                                          {"title", Text("What the record is called.")}})));
  schemas->Set("SearchHit", ClosedSchema(Json::Object({{"object", ObjectNames(model)},
                                                       {"id", Uuid()},
                                                       {"title", Text()},
                                                       {"subtitle", Text()}})));
  schemas->Set("SearchResult",
               ClosedSchema(Json::Object({{"items", ListOf(SchemaRef("SearchHit"))}})));
}

void AddImport(const model::Model& model, Json* schemas) {
  const Json mapping = Json::Object(
      {{"type", "object"},
       {"description", "Which column becomes which field; docs/import.md describes it."}});
  schemas->Set(
      "ImportRequest",
      ClosedSchema(
          Json::Object(
              {{"object", ObjectNames(model)},
               {"mapping", mapping},
               {"csv", Text("The text of one file.")},
               {"files", ListOf(ClosedSchema(Json::Object({{"name", Text()}, {"csv", Text()}})))
                             .Set("minItems", 1)}}),
          {"object", "csv", "files"})
          .Set("description", "Send either csv or files.")
          .Set("oneOf", Json::Array({Json::Object({{"required", Json::Array({"csv"})}}),
                                     Json::Object({{"required", Json::Array({"files"})}})})));
  Json form = Json::Object({{"object", ObjectNames(model)},
                            {"mapping", Text("The mapping as JSON.")},
                            {"file", ListOf(Json::Object({{"type", "string"},
                                                          {"contentMediaType", "text/csv"},
                                                          {"description", "CSV or Parquet."}}))}});
  schemas->Set("ImportForm", ClosedSchema(form, {"object"}));
  Json counts = Json::Object();
  for (const char* name :
       {"created", "updated", "unchanged", "rejected", "related_created", "duplicates"}) {
    counts.Set(name, Count());
  }
  counts.Set("rejected_csv", Text("The rejected rows with their line and reason; empty when there "
                                  "are none."));
  Json file = Json::Object(
      {{"file", Text()},
       {"object", ObjectNames(model)},
       {"format", Text("csv or parquet.")},
       {"encoding", Json::Object({{"type", Json::Array({"string", "null"})},
                                  {"description", "Of a CSV file, as told or found out."}})}});
  for (const auto& [name, schema] : counts.members()) file.Set(name, schema);
  counts.Set("elapsed_ms", Count());
  counts.Set("dry_run", Flag());
  counts.Set("files", ListOf(ClosedSchema(file)));
  schemas->Set("ImportReport", ClosedSchema(counts));
}

void AddAssistant(Json* schemas) {
  const Json column =
      ClosedSchema(Json::Object({{"name", Text()}, {"label", Text()}, {"type", Text()}}));
  schemas->Set(
      "Question",
      ClosedSchema(
          Json::Object({{"question", FilledText("In plain words.")
                                         .Set("maxLength", assistant::question_bytes_max)
                                         .Set("examples", Json::Array({"gross margin by "
                                                                       "account"}))},
                        {"conversation_id", Json::Object({{"type", Json::Array({"string", "null"})},
                                                          {"maxLength", 100},
                                                          {"description",
                                                           "Any text that stays the same over one "
                                                           "conversation."}})}}),
          {"conversation_id"}));
  schemas->Set("Answer", ClosedSchema(Json::Object({{"question", Text()},
                                                    {"answer", Text("The answer in a sentence.")},
                                                    {"columns", ListOf(column)},
                                                    {"rows", ListOf(ListOf(Json::Object()))},
                                                    {"sql", Text("What was run.")},
                                                    {"source", Text("Where it was run.")},
                                                    {"elapsed_ms", Count()},
                                                    {"row_count", Count()},
                                                    {"truncated", Flag()}})));
  const Json source =
      ClosedSchema(Json::Object({{"name", Text()}, {"kind", Text()}, {"status", Text()}}));
  const Json term =
      Json::Object({{"type", "object"},
                    {"properties", Json::Object({{"name", Text()}, {"label", Text()}})},
                    {"required", Json::Array({"name"})}});
  schemas->Set("Sources", ClosedSchema(Json::Object({{"sources", ListOf(source)},
                                                     {"metrics", ListOf(term)},
                                                     {"dimensions", ListOf(term)},
                                                     {"examples", ListOf(Text())}})));
}

}  // namespace

Json ClosedSchema(const Json& properties, std::initializer_list<std::string_view> optional) {
  Json required = Json::Array();
  for (const auto& [name, schema] : properties.members()) {
    bool is_optional = false;
    for (const std::string_view other : optional) is_optional = is_optional || other == name;
    if (!is_optional) required.Append(name);
  }
  Json schema = Json::Object({{"type", "object"}, {"properties", properties}});
  if (required.size() > 0) schema.Set("required", std::move(required));
  return schema.Set("additionalProperties", false);
}

void AddCommonSchemas(const model::Model& model, Json* schemas) {
  AddErrors(schemas);
  AddSession(schemas);
  AddCredentialSchemas(schemas);
  AddModel(model, schemas);
  AddDefinitionSchemas(schemas);
  AddRecordRelated(model, schemas);
  AddImport(model, schemas);
  AddAssistant(schemas);
}

}  // namespace boathouse::rest
