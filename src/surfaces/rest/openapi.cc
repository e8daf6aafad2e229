// The OpenAPI document: operations, their parameters and what they answer.
#include "surfaces/rest/openapi.h"

#include "crm/crm.h"
#include "surfaces/rest/rest.h"

namespace boathouse::rest {
namespace {

constexpr size_t order_by_chars_max = 1000;
constexpr size_t page_token_chars_max = 16384;

Json ParameterRef(std::string_view name) {
  return Json::Object({{"$ref", "#/components/parameters/" + std::string(name)}});
}

Json ResponseRef(std::string_view name) {
  return Json::Object({{"$ref", "#/components/responses/" + std::string(name)}});
}

Json Content(const std::string& type, Json schema) {
  return Json::Object({{type, Json::Object({{"schema", std::move(schema)}})}});
}

Json TextHeader(std::string_view description) {
  return Json::Object({{"description", description},
                       {"required", true},
                       {"schema", Json::Object({{"type", "string"}})}});
}

// An operation under construction: each word says one thing about it.
class Operation {
 public:
  Operation(std::string_view id, std::string_view tag, std::string_view summary) {
    json_.Set("operationId", id);
    json_.Set("tags", Json::Array({tag}));
    json_.Set("summary", summary);
    // What any call may meet.
    Fails({400, 431, 500, 503});
  }
  Operation&& Says(std::string_view description) && {
    json_.Set("description", description);
    return std::move(*this);
  }
  Operation&& Takes(std::initializer_list<Json> parameters) && {
    for (const Json& parameter : parameters) parameters_.Append(parameter);
    return std::move(*this);
  }
  // A body of `schema` in these media types.
  Operation&& Body(Json schema,
                   std::initializer_list<const char*> types = {"application/json"}) && {
    Json content = Json::Object();
    for (const char* type : types) content.Set(type, Json::Object({{"schema", schema}}));
    json_.Set("requestBody", Json::Object({{"required", true}, {"content", std::move(content)}}));
    Fails({413, 415});
    return std::move(*this);
  }
  Operation&& Answers(int status, std::string_view description, Json content = {},
                      Json headers = {}) && {
    Json response = Json::Object({{"description", description}});
    if (!headers.is_null()) response.Set("headers", std::move(headers));
    if (!content.is_null()) response.Set("content", std::move(content));
    responses_.Set(std::to_string(status), std::move(response));
    return std::move(*this);
  }
  Operation&& Links(int status, Json links) && {
    responses_.Find(std::to_string(status))->Set("links", std::move(links));
    return std::move(*this);
  }
  Operation&& MayFail(std::initializer_list<int> statuses) && {
    Fails(statuses);
    return std::move(*this);
  }
  Operation&& Public() && {
    is_public_ = true;
    return std::move(*this);
  }
  // For anybody; but a credential that is sent must hold.
  Operation&& Anybody() && {
    const Json none = Json::Object();
    json_.Set("security", Json::Array({none, Json::Object({{"bearer", Json::Array()}}),
                                       Json::Object({{"cookie", Json::Array()}})}));
    return std::move(*this);
  }
  Json Build() && {
    if (is_public_) {
      json_.Set("security", Json::Array());
    } else {
      Fails({401, 403});
    }
    if (parameters_.size() > 0) json_.Set("parameters", std::move(parameters_));
    json_.Set("responses", std::move(responses_));
    return std::move(json_);
  }

 private:
  void Fails(std::initializer_list<int> statuses) {
    for (const int status : statuses) {
      responses_.Set(std::to_string(status), ResponseRef("Error" + std::to_string(status)));
    }
  }

  Json json_ = Json::Object();
  Json parameters_ = Json::Array();
  Json responses_ = Json::Object();
  bool is_public_ = false;
};

Json Query(std::string_view name, std::string_view description, Json schema) {
  return Json::Object({{"name", name},
                       {"in", "query"},
                       {"description", description},
                       {"schema", std::move(schema)}});
}

// Text in a query: what is longer, or holds a NUL, is refused.
Json TextMax(size_t chars) {
  return Json::Object({{"type", "string"}, {"maxLength", chars}, {"pattern", "^[^\\x00]*$"}});
}

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
  parameters.Set("page_size", Query("page_size", "How many items a page has at most.",
                                    Json::Object({{"type", "integer"},
                                                  {"minimum", 1},
                                                  {"maximum", crm::page_size_max},
                                                  {"default", crm::page_size_default}})));
  parameters.Set(
      "page_token",
      Query("page_token",
            "next_page_token of the page before; all other parameters must stay the same.",
            TextMax(page_token_chars_max)));
  parameters.Set(
      "filter",
      Query(
          "filter",
          "Which records, in a subset of AIP-160: `stage = \"won\" AND amount > 1000`. Comparisons "
          "on every field, `:` for \"contains\", `*` at either end of a quoted text, `= null`, "
          "AND, "
          "OR, NOT and parentheses. OR binds tighter than AND.",
          TextMax(crm::filter_chars_max)));
  parameters.Set("order_by", Query("order_by", "Fields to sort by: `amount desc, name`.",
                                   TextMax(order_by_chars_max)));
  parameters.Set("q", Query("q",
                            "Only records that have these words in their searchable fields; a word "
                            "may be the beginning of one.",
                            TextMax(crm::search_chars_max)));
  parameters.Set("include_total", Query("include_total", "Count all records of the list, too.",
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
  Json parameter = Query(
      "expand", "Relation fields whose records' titles to send along as `expanded`.",
      Json::Object({{"type", "array"},
                    {"minItems", 1},
                    {"items", Json::Object({{"type", "string"}, {"enum", std::move(names)}})}}));
  parameter.Set("style", "form");
  return parameter.Set("explode", false);
}

Json RecordHeaders(bool is_new) {
  Json headers = Json::Object({{"ETag", TextHeader("The record's version, in quotes.")}});
  if (is_new) headers.Set("Location", TextHeader("The path of the new record."));
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
      {{"get", Operation("list" + many, object.plural, "List " + object.plural)
                   .Takes({ParameterRef("filter"), ParameterRef("order_by"),
                           ParameterRef("page_size"), ParameterRef("page_token"), ParameterRef("q"),
                           ParameterRef("include_total"), ExpandParameter(object)})
                   .Answers(200, "One page.", Content("application/json", SchemaRef(type + "Page")))
                   .Build()},
       {"post", Operation("create" + type, object.plural, "Create one record of " + object.plural)
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
                   .Takes({ParameterRef("if_none_match"), ExpandParameter(object)})
                   .Answers(200, "The record.", Content("application/json", SchemaRef(type)),
                            RecordHeaders(false))
                   .Answers(304, "Not changed since the version in If-None-Match.", {},
                            RecordHeaders(false))
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

Json HistoryPath(const model::Object& object, const std::string& type) {
  return Json::Object(
      {{"parameters", Json::Array({ParameterRef("id")})},
       {"get", Operation("list" + type + "History", object.plural,
                         "List the changes of one record of " + object.plural)
                   .Says("Newest first. Also for a record that was deleted.")
                   .Takes({ParameterRef("page_size"), ParameterRef("page_token")})
                   .Answers(200, "One page.", Content("application/json", SchemaRef("HistoryPage")))
                   .MayFail({404})
                   .Build()}});
}

void AddSessionPaths(Json* paths) {
  paths->Set(
      "/setup",
      Json::Object(
          {{"get",
            Operation("getSetup", "session", "Ask whether the workspace must be set up")
                .Public()
                .Answers(200, "Whether it must.", Content("application/json", SchemaRef("Setup")))
                .Build()},
           {"post", Operation("completeSetup", "session", "Set the workspace up, once")
                        .Public()
                        .Body(SchemaRef("SetupRequest"))
                        .Answers(200, "Set up, and signed in as the first administrator.",
                                 Content("application/json", SchemaRef("Session")))
                        .MayFail({401, 409})
                        .Build()}}));
  paths->Set("/auth/sign-in",
             Json::Object({{"post", Operation("signIn", "session", "Sign in")
                                        .Says("Also sets the session cookie, for browsers.")
                                        .Public()
                                        .Body(SchemaRef("SignInRequest"))
                                        .Answers(200, "Signed in.",
                                                 Content("application/json", SchemaRef("Session")))
                                        .MayFail({401, 429})
                                        .Build()}}));
  paths->Set("/auth/sign-out", Json::Object({{"post", Operation("signOut", "session", "Sign out")
                                                          .Says("Ends the session. An API token "
                                                                "stays: 409.")
                                                          .Answers(204, "Signed out.")
                                                          .MayFail({409})
                                                          .Build()}}));
  paths->Set("/me", Json::Object({{"get", Operation("getMe", "session", "Read who one is")
                                              .Answers(200, "The user and the workspace.",
                                                       Content("application/json", SchemaRef("Me")))
                                              .Build()}}));
}

Json NameInPath(const char* name, std::string_view description, Json schema) {
  return Json::Object({{"name", name},
                       {"in", "path"},
                       {"required", true},
                       {"description", description},
                       {"schema", std::move(schema)}});
}

// The model itself. `names` are those of all objects.
void AddObjectPaths(const Json& names, Json* paths) {
  constexpr const char* lives =
      "For administrators. It is there at the next request, on every surface, and for ever: "
      "objects "
      "and fields are not deleted, and keep their names and types.";
  const Json object = NameInPath("name", "The object's singular name.",
                                 Json::Object({{"type", "string"}, {"enum", names}}));
  const Json field = NameInPath("field", "The field's name.", Json::Object({{"type", "string"}}));
  const auto told = [](const char* schema) {
    return Content("application/json", SchemaRef(schema));
  };
  const auto patch = [](const char* id, const char* summary, const char* schema) {
    return Operation(id, "model", summary)
        .Says("For administrators. Labels are for people; names never change.")
        .Body(SchemaRef(schema), {"application/json", "application/merge-patch+json"})
        .MayFail({404});
  };
  paths->Set(
      "/objects",
      Json::Object({{"get", Operation("listObjects", "model", "Read the model")
                                .Says("Every object and field there is: what forms and lists "
                                      "are made from.")
                                .Answers(200, "The model.", told("ObjectList"))
                                .Build()},
                    {"post", Operation("addObject", "model", "Add a custom object")
                                 .Says(lives)
                                 .Body(SchemaRef("ObjectDefinition"))
                                 .Answers(201, "The new object.", told("Object"),
                                          Json::Object({{"Location", TextHeader("Its path.")}}))
                                 .MayFail({409})
                                 .Build()}}));
  paths->Set(
      "/objects/{name}",
      Json::Object({{"parameters", Json::Array({object})},
                    {"get", Operation("getObject", "model", "Read one object of the model")
                                .Answers(200, "The object.", told("Object"))
                                .MayFail({404})
                                .Build()},
                    {"patch", patch("relabelObject", "Rename an object for people", "ObjectLabels")
                                  .Answers(200, "The object.", told("Object"))
                                  .Build()}}));
  paths->Set(
      "/objects/{name}/fields",
      Json::Object(
          {{"parameters", Json::Array({object})},
           {"post",
            Operation("addField", "model", "Add a custom field")
                .Says(std::string(lives) +
                      " Records that are there already have null in it, so that it cannot be "
                      "required where there are some.")
                .Body(SchemaRef("FieldDefinition"))
                .Answers(201, "The new field.", told("Field"))
                .MayFail({404, 409})
                .Build()}}));
  paths->Set(
      "/objects/{name}/fields/{field}",
      Json::Object({{"parameters", Json::Array({object, field})},
                    {"patch", patch("relabelField", "Rename a field for people", "FieldLabel")
                                  .Answers(200, "The field.", told("Field"))
                                  .Build()}}));
}

void AddModelPaths(const model::Model& model, Json* paths) {
  Json names = Json::Array();
  for (const model::Object& object : model.objects()) names.Append(object.name);
  Json among =
      Query("objects", "The objects to search; all when it is not there.",
            Json::Object({{"type", "array"},
                          {"minItems", 1},
                          {"maxItems", model.objects().size()},
                          {"items", Json::Object({{"type", "string"}, {"enum", names}})}}));
  among.Set("style", "form");
  among.Set("explode", false);
  Json text = Query("q", "What to look for: words, or beginnings of words.",
                    TextMax(crm::search_chars_max).Set("minLength", 1));
  text.Set("required", true);
  AddObjectPaths(names, paths);
  paths->Set(
      "/search",
      Json::Object({{"get", Operation("search", "model", "Search all objects at once")
                                .Takes({text, among, ParameterRef("page_size")})
                                .Answers(200, "What was found, best first.",
                                         Content("application/json", SchemaRef("SearchResult")))
                                .Build()}}));
  paths->Set(
      "/openapi.json",
      Json::Object(
          {{"get", Operation("getOpenApi", "model", "Read this document")
                       .Says("Without a credential it describes what every workspace has. Custom "
                             "objects and fields stand in it for those who are signed in.")
                       .Anybody()
                       .Answers(200, "This document.",
                                Content("application/json", Json::Object({{"type", "object"}})))
                       .Build()}}));
}

// API tokens and recipients are lists of the same kind.
Json CredentialsPath(Operation list, const char* page, Operation create, const char* request,
                     const char* created) {
  return Json::Object(
      {{"get", std::move(list)
                   .Answers(200, "All of them, oldest first.",
                            Content("application/json", SchemaRef(page)))
                   .Build()},
       {"post", std::move(create)
                    .Body(SchemaRef(request))
                    .Answers(201, "Made. This answer is the only one that holds the secret.",
                             Content("application/json", SchemaRef(created)))
                    .MayFail({409})
                    .Build()}});
}

Json CredentialPath(Operation revoke) {
  const Json id = NameInPath("id", "Its id, as the list tells it.",
                             Json::Object({{"type", "string"}, {"pattern", "^[0-9a-f]{16}$"}}));
  return Json::Object(
      {{"parameters", Json::Array({id})},
       {"delete", std::move(revoke).Answers(204, "It holds no longer.").MayFail({404}).Build()}});
}

void AddCredentialPaths(Json* paths) {
  paths->Set(
      "/api-tokens",
      CredentialsPath(Operation("listApiTokens", "credentials", "List API tokens")
                          .Says("One's own; administrators see everybody's."),
                      "ApiTokenList",
                      Operation("createApiToken", "credentials", "Make an API token")
                          .Says("For oneself; administrators may make them for other users."),
                      "ApiTokenRequest", "NewApiToken"));
  paths->Set("/api-tokens/{id}",
             CredentialPath(Operation("revokeApiToken", "credentials", "Revoke an API token")));
  paths->Set("/recipients",
             CredentialsPath(
                 Operation("listRecipients", "credentials", "List recipients of the share")
                     .Says("For administrators."),
                 "RecipientList",
                 Operation("createRecipient", "credentials", "Make a recipient of the share")
                     .Says("For administrators. The answer is a profile file for any Delta Sharing "
                           "client, which can read all published tables with it."),
                 "RecipientRequest", "SharingProfile"));
  paths->Set("/recipients/{id}",
             CredentialPath(Operation("revokeRecipient", "credentials", "Revoke a recipient")
                                .Says("For administrators.")));
}

void AddImportPath(Json* paths) {
  Json content = Content("application/json", SchemaRef("ImportRequest"));
  content.Set("multipart/form-data", Json::Object({{"schema", SchemaRef("ImportForm")}}));
  Json post =
      Operation("importRecords", "imports", "Import CSV files by a mapping")
          .Says(
              "A request commits whole or not at all. Rows that cannot be taken are rejected and "
              "come back with their reasons; the others are written.")
          .Takes({Query("dry_run", "Check and count everything, write nothing.",
                        Json::Object({{"type", "boolean"}, {"default", false}}))})
          .Body(SchemaRef("ImportRequest"))
          .Answers(200, "What was done.", Content("application/json", SchemaRef("ImportReport")))
          .MayFail({404, 409})
          .Build();
  post.Find("requestBody")->Set("content", std::move(content));
  paths->Set("/imports", Json::Object({{"post", std::move(post)}}));
}

void AddAssistantPaths(Json* paths) {
  Json answers = Content("application/json", SchemaRef("Answer"));
  answers.Set("text/event-stream", Json::Object({{"schema", Json::Object({{"type", "string"}})}}));
  paths->Set(
      "/assistant/questions",
      Json::Object(
          {{"post",
            Operation("ask", "assistant", "Ask the lakehouse in plain words")
                .Says("With `Accept: text/event-stream` the answer comes as events: `plan`, "
                      "`columns`, `rows` (several), then `done` or `error` (a Problem). Nothing of "
                      "an answer is stored.")
                .Body(SchemaRef("Question"))
                .Answers(200, "The answer.", std::move(answers))
                .MayFail({402, 403, 422, 429, 504})
                .Build()}}));
  paths->Set("/assistant/sources",
             Json::Object({{"get", Operation("listSources", "assistant", "Read what can be asked")
                                       .Answers(200, "Sources, and the words questions may use.",
                                                Content("application/json", SchemaRef("Sources")))
                                       .Build()}}));
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
                   Json::Object({{"name", "model"}}), Json::Object({{"name", "assistant"}}),
                   Json::Object({{"name", "imports"}})});
  AddSessionPaths(&paths);
  AddCredentialPaths(&paths);
  AddModelPaths(model, &paths);
  AddImportPath(&paths);
  AddAssistantPaths(&paths);
  for (const model::Object& object : model.objects()) {
    const std::string type = TypeNameOf(object);
    const std::string collection = "/" + object.plural;
    paths.Set(collection, CollectionPath(object, type));
    paths.Set(collection + ":batchCreate", BatchPath(object, type));
    paths.Set(collection + "/{id}", RecordPath(object, type));
    paths.Set(collection + "/{id}/history", HistoryPath(object, type));
    AddObjectSchemas(object, &schemas);
    tags.Append(Json::Object({{"name", object.plural}, {"description", object.description}}));
  }
  AddCommonSchemas(model, &schemas);
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
