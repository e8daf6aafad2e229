// Operations that do not depend on an object.
#include "crm/crm.h"
#include "surfaces/rest/openapi.h"
#include "surfaces/rest/openapi_operation.h"

namespace boathouse::rest {
namespace {

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
  paths->Set(
      "/auth/sign-in",
      Json::Object(
          {{"post",
            Operation("signIn", "session", "Sign in")
                .Says("Also sets the session cookie, for browsers.")
                .Public()
                .Body(SchemaRef("SignInRequest"))
                .Answers(200, "Signed in.", Content("application/json", SchemaRef("Session")))
                .Answers(401, "Wrong; or right, and a code is due.",
                         Content("application/problem+json", SchemaRef("SignInProblem")))
                .MayFail({429})
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
  paths->Set("/objects/{name}/fields/{field}",
             Json::Object({{"parameters", Json::Array({object, field})},
                           {"patch", patch("alterField", "Change a field", "FieldPatch")
                                         .MayFail({404, 409})
                                         .Answers(200, "The field.", told("Field"))
                                         .Build()}}));
}

void AddModelPaths(const model::Model& model, Json* paths) {
  Json names = Json::Array();
  for (const model::Object& object : model.objects()) names.Append(object.name);
  Json among = QueryParameter(
      "objects", "The objects to search; all when it is not there.",
      Json::Object({{"type", "array"},
                    {"minItems", 1},
                    {"maxItems", model.objects().size()},
                    {"items", Json::Object({{"type", "string"}, {"enum", names}})}}));
  among.Set("style", "form");
  among.Set("explode", false);
  Json text = QueryParameter("q", "What to look for: words, or beginnings of words.",
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

}  // namespace

void AddFixedPaths(const model::Model& model, Json* paths) {
  AddSessionPaths(paths);
  AddCredentialPaths(paths);
  AddModelPaths(model, paths);
  AddAssistantPaths(paths);
}

}  // namespace boathouse::rest
