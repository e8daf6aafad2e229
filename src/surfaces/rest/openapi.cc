// The OpenAPI document: operations on records, and what all operations share.
#include "surfaces/rest/openapi.h"

#include "crm/crm.h"
#include "surfaces/rest/openapi_operation.h"
#include "surfaces/rest/rest.h"

namespace boathouse::rest {
namespace {

constexpr size_t order_by_chars_max = 1000;
constexpr size_t view_id_chars_max = 100;
constexpr size_t page_token_chars_max = 16384;

Json EntityTagHeader(const char* name, std::string_view description) {
  constexpr const char* pattern = "^(\\*|(W/)?\"[!#-~]*\"(, *(W/)?\"[!#-~]*\")*)$";
  return Json::Object({{"name", name},
                       {"in", "header"},
                       {"description", description},
                       {"schema", Json::Object({{"type", "string"}, {"pattern", pattern}})},
                       {"example", "\"3\""}});
}

Json CommonParameters() {
  Json parameters = Json::Object();
  parameters.Set(
      "id", Json::Object({{"name", "id"},
                          {"in", "path"},
                          {"required", true},
                          {"description", "The record's id."},
                          {"schema", Json::Object({{"type", "string"}, {"format", "uuid"}})}}));
  parameters.Set("page_size", QueryParameter("page_size", "How many items a page has at most.",
                                             Json::Object({{"type", "integer"},
                                                           {"minimum", 1},
                                                           {"maximum", crm::page_size_max},
                                                           {"default", crm::page_size_default}})));
  parameters.Set(
      "page_token",
      QueryParameter("page_token",
                     "next_page_token of the page before; all other parameters must stay the same.",
                     TextMax(page_token_chars_max)));
  parameters.Set(
      "filter",
      QueryParameter(
          "filter",
          "Which records, in a subset of AIP-160: `stage = \"won\" AND amount > 1000`. Comparisons "
          "on every field, also of related records (`account.territory.name = \"Cleveland\"`); `:` "
          "for "
          "\"contains\" and \"has\"; `*` at either end of a quoted text; `= null`; `= (a OR b)`; "
          "`me`; "
          "words such as today, this_month, last_days(30); AND, OR, NOT and parentheses. OR binds "
          "tighter than AND.",
          TextMax(crm::filter_chars_max)));
  parameters.Set("order_by",
                 QueryParameter("order_by",
                                "Fields to sort by: `amount desc, name`. A relation sorts by the "
                                "title of what it points to; `account.industry` by that field.",
                                TextMax(order_by_chars_max)));
  parameters.Set(
      "q", QueryParameter("q",
                          "Only records that have these words in their searchable fields; a word "
                          "may be the beginning of one.",
                          TextMax(crm::search_chars_max)));
  parameters.Set(
      "view", QueryParameter("view",
                             "A saved view's id: its filter holds as well as `filter`, its order "
                             "where there is no `order_by`.",
                             TextMax(view_id_chars_max)));
  parameters.Set("include_total",
                 QueryParameter("include_total", "Count all records of the list, too.",
                                Json::Object({{"type", "boolean"}, {"default", false}})));
  parameters.Set("if_match",
                 EntityTagHeader("If-Match",
                                 "The ETag one has read: the change is refused with 412 when the "
                                 "record has been changed since."));
  parameters.Set("if_none_match",
                 EntityTagHeader("If-None-Match", "The ETag one has: 304 when nothing changed."));
  return parameters;
}

struct ErrorText {
  int status;
  const char* description;
};
constexpr ErrorText error_texts[] = {
    {400, "The request is wrong; `errors` says where."},
    {401, "No credential, or one that does not hold."},
    {402, "A spending limit is used up."},
    {403, "The role of the caller does not reach this far."},
    {404, "There is no such record."},
    {409, "It clashes with what is there, such as a second record with the same unique field."},
    {412, "The record was changed since it was read."},
    {413, "The body is over the size limit."},
    {415, "The body is of a media type that is not taken here."},
    {416, "No byte of the file is in the range that was asked for."},
    {422, "Understood, but not offered."},
    {429, "Too many attempts; try later."},
    {431, "The path, the query or the headers are too long."},
    {500, "A fault of the server; its log has the details."},
    {503, "The server, or something it depends on, is away or busy; try again."},
    {504, "It took longer than allowed."},
};

Json CommonResponses() {
  Json responses = Json::Object();
  for (const ErrorText& text : error_texts) {
    // A head that is too large is refused before anything of it is understood, this surface included.
    const bool is_plain = text.status == 431;
    Json response = Json::Object(
        {{"description", text.description},
         {"content", is_plain ? Content("text/plain", Json::Object({{"type", "string"}}))
                              : Content("application/problem+json", SchemaRef("Problem"))}});
    if (text.status == 401) {
      response.Set("headers", Json::Object({{"WWW-Authenticate", TextHeader("Bearer")}}));
    }
    if (text.status == 429 || text.status == 503) {
      response.Set("headers", Json::Object({{"Retry-After", TextHeader("In seconds.")}}));
    }
    responses.Set("Error" + std::to_string(text.status), std::move(response));
  }
  return responses;
}

// `expand` names relation fields of the object; an object without any does not take it.
Json ExpandParameter(const model::Object& object) {
  Json names = Json::Array();
  for (const model::Field& field : object.fields) {
    if (field.type == model::FieldType::kRelation) names.Append(field.name);
  }
  Json parameter = QueryParameter(
      "expand", "Relation fields whose records' titles to send along as `expanded`.",
      Json::Object({{"type", "array"},
                    {"minItems", 1},
                    {"items", Json::Object({{"type", "string"}, {"enum", std::move(names)}})}}));
  parameter.Set("style", "form");
  return parameter.Set("explode", false);
}

Json AsOfParameter() {
  return QueryParameter("as_of",
                        "The record as it was at that moment; fields that it did not have then are "
                        "null.",
                        Json::Object({{"type", "string"}, {"format", "date-time"}}));
}

Json AllowDuplicatesParameter() {
  return QueryParameter("allow_duplicates",
                        "Create it also where a rule about duplicates would refuse it.",
                        Json::Object({{"type", "boolean"}, {"default", false}}));
}

Json RecordHeaders(bool is_new) {
  Json headers = Json::Object({{"ETag", TextHeader("The record's version, in quotes.")}});
  if (!is_new) return headers;
  headers.Set("Location", TextHeader("The path of the new record."));
  headers.Set("X-Boathouse-Duplicates",
              Json::Object({{"description",
                             "When the record looks like others: their ids, and `hidden` for each "
                             "that the caller may not see."},
                            {"schema", Json::Object({{"type", "string"}})}}));
  return headers;
}

// From a created record to what can be done with it.
Json CreatedLinks(const std::string& type) {
  Json links = Json::Object();
  for (const char* verb : {"get", "update", "delete"}) {
    links.Set(std::string(verb) + type,
              Json::Object({{"operationId", std::string(verb) + type},
                            {"parameters", Json::Object({{"id", "$response.body#/id"}})}}));
  }
  links.Set("list" + type + "History",
            Json::Object({{"operationId", "list" + type + "History"},
                          {"parameters", Json::Object({{"id", "$response.body#/id"}})}}));
  return links;
}

// What operations on several records are called by.
std::string ManyNameOf(const model::Object& object, const std::string& type) {
  return type == "Custom_" + object.name ? "Custom_" + object.plural : TypeNameOf(object.plural);
}

Json CollectionPath(const model::Object& object, const std::string& type) {
  const std::string many = ManyNameOf(object, type);
  return Json::Object(
      {{"get",
        Operation("list" + many, object.plural, "List " + object.plural)
            .Takes({ParameterRef("filter"), ParameterRef("order_by"), ParameterRef("page_size"),
                    ParameterRef("page_token"), ParameterRef("q"), ParameterRef("include_total"),
                    ParameterRef("view"), ExpandParameter(object)})
            .Answers(200, "One page.", Content("application/json", SchemaRef(type + "Page")))
            .Build()},
       {"post", Operation("create" + type, object.plural, "Create one record of " + object.plural)
                    .Takes({AllowDuplicatesParameter()})
                    .Body(SchemaRef(type + "Create"))
                    .Answers(201, "The new record.", Content("application/json", SchemaRef(type)),
                             RecordHeaders(true))
                    .Links(201, CreatedLinks(type))
                    .MayFail({409})
                    .Build()}});
}

Json BatchPath(const model::Object& object, const std::string& type) {
  return Json::Object(
      {{"post",
        Operation("batchCreate" + ManyNameOf(object, type), object.plural,
                  "Create several records of " + object.plural + " at once")
            .Says("All of them or none: when one is wrong, nothing is written, and the error's "
                  "fields begin with /items and its number.")
            .Takes({AllowDuplicatesParameter()})
            .Body(SchemaRef(type + "Batch"))
            .Answers(201, "The new records, in the order of the request.",
                     Content("application/json", SchemaRef(type + "BatchResult")))
            .MayFail({409})
            .Build()}});
}

Json RecordPath(const model::Object& object, const std::string& type) {
  return Json::Object(
      {{"parameters", Json::Array({ParameterRef("id")})},
       {"get", Operation("get" + type, object.plural, "Read one record of " + object.plural)
                   .Takes({ParameterRef("if_none_match"), ExpandParameter(object), AsOfParameter()})
                   .Answers(200, "The record.", Content("application/json", SchemaRef(type)),
                            RecordHeaders(false))
                   .Answers(304, "Not changed since the version in If-None-Match.", {},
                            RecordHeaders(false))
                   .Answers(308, "It was merged into another record.", {},
                            Json::Object({{"Location", TextHeader("The path of that record.")}}))
                   .MayFail({404})
                   .Build()},
       {"patch",
        Operation("update" + type, object.plural, "Change fields of one record of " + object.plural)
            .Says("A JSON merge patch (RFC 7396). A change that changes nothing keeps the version.")
            .Takes({ParameterRef("if_match")})
            .Body(SchemaRef(type + "Patch"), {"application/json", "application/merge-patch+json"})
            .Answers(200, "The record as it is now.", Content("application/json", SchemaRef(type)),
                     RecordHeaders(false))
            .MayFail({404, 409, 412})
            .Build()},
       {"delete",
        Operation("delete" + type, object.plural, "Delete one record of " + object.plural)
            .Says("Fields of other records that point to it are emptied. Its history stays.")
            .Takes({ParameterRef("if_match")})
            .Answers(204, "It is gone.")
            .MayFail({404, 409, 412})
            .Build()}});
}

Json SecuritySchemes() {
  return Json::Object(
      {{"bearer", Json::Object({{"type", "http"},
                                {"scheme", "bearer"},
                                {"description", "An API token, or the token of a session."}})},
       {"cookie", Json::Object({{"type", "apiKey"},
                                {"in", "cookie"},
                                {"name", session_cookie},
                                {"description",
                                 "Set by sign-in. Writes with it need the header "
                                 "`X-Boathouse-Request: 1`."}})}});
}

}  // namespace

Json OpenApi(const model::Model& model) {
  Json schemas = Json::Object();
  Json paths = Json::Object();
  Json tags =
      Json::Array({Json::Object({{"name", "session"}}), Json::Object({{"name", "credentials"}}),
                   Json::Object({{"name", "model"}}), Json::Object({{"name", "views"}}),
                   Json::Object({{"name", "assistant"}}), Json::Object({{"name", "imports"}}),
                   Json::Object({{"name", "events"}}), Json::Object({{"name", "webhooks"}}),
                   Json::Object({{"name", "automations"}}), Json::Object({{"name", "security"}}),
                   Json::Object({{"name", "audit"}}), Json::Object({{"name", "roles"}}),
                   Json::Object({{"name", "sharing"}}), Json::Object({{"name", "history"}}),
                   Json::Object({{"name", "duplicates"}})});
  AddFixedPaths(model, &paths);
  AddEventPaths(&paths);
  AddViewPaths(model, &paths);
  AddTransferPaths(model, &paths);
  AddSecurityPaths(&paths);
  AddRolePaths(&paths);
  AddSharingPaths(&paths);
  for (const model::Object& object : model.objects()) {
    const std::string type = TypeNameOf(object);
    const std::string collection = "/" + object.plural;
    paths.Set(collection, CollectionPath(object, type));
    paths.Set(collection + ":batchCreate", BatchPath(object, type));
    paths.Set(collection + "/{id}", RecordPath(object, type));
    AddObjectSchemas(object, &schemas);
    tags.Append(Json::Object({{"name", object.plural}, {"description", object.description}}));
  }
  AddHistoryPaths(model, &paths);
  AddSalesPaths(model, &paths);
  AddCommonSchemas(model, &schemas);
  AddHistorySchemas(model, &schemas);
  AddSalesSchemas(model, &schemas);
  AddEventSchemas(&schemas);
  AddViewSchemas(model, &schemas);
  AddTransferSchemas(&schemas);
  AddSecuritySchemas(&schemas);
  AddRoleSchemas(&schemas);
  AddSharingSchemas(&schemas);
  return Json::Object(
      {{"openapi", "3.1.0"},
       {"info",
        Json::Object({{"title", "Boathouse"},
                      {"version", "1"},
                      {"description",
                       "The records of a CRM and the questions one can ask of it. Errors are "
                       "problem documents; times are UTC; money is an exact decimal in a "
                       "string."}})},
       {"servers", Json::Array({Json::Object({{"url", "/api/v1"}})})},
       {"security", Json::Array({Json::Object({{"bearer", Json::Array()}}),
                                 Json::Object({{"cookie", Json::Array()}})})},
       {"tags", std::move(tags)},
       {"paths", std::move(paths)},
       {"components", Json::Object({{"schemas", std::move(schemas)},
                                    {"parameters", CommonParameters()},
                                    {"responses", CommonResponses()},
                                    {"securitySchemes", SecuritySchemes()}})}});
}

}  // namespace boathouse::rest
