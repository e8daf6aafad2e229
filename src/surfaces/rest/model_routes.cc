// What there is: the model and its changes, the search over all of it, and the description of this API.
#include "base/bytes.h"
#include "surfaces/rest/input.h"
#include "surfaces/rest/model_json.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

// The object of the path, by its singular name.
Result<const model::Object*> NamedObject(const Call& call) {
  const std::string_view name = call.request.Parameter("name");
  const model::Object* object = call.model->Find(name);
  if (object != nullptr) return object;
  const auto hidden = call.services.crm.FindObject(call.caller, name);
  if (!hidden.ok() && hidden.error().kind == ErrorKind::kForbidden) return hidden.error();
  return Error(ErrorKind::kNotFound, "there is no object \"" + std::string(name.substr(0, 60)) +
                                         "\"; GET /objects lists them");
}

Status CheckIsObject(const Json& body) {
  if (body.is_object()) return Status::Ok();
  return Error::Field("", "wrong_type", "the body must be a JSON object");
}

Result<http::Response> ListObjects(Call& call) {
  Json objects = Json::Array();
  for (const model::Object& object : call.model->objects()) objects.Append(ObjectJson(object));
  return http::Response::JsonBody(200, Json::Object({{"objects", std::move(objects)}}));
}

Result<http::Response> GetObject(Call& call) {
  ASSIGN(const model::Object* object, NamedObject(call));
  return http::Response::JsonBody(200, ObjectJson(*object));
}

// Model changes have no history of their own: the audit log is theirs.
void NoteChange(const Call& call, std::string_view what) {
  call.services.auth.audit().Record(auth::AuditEntry::By(call.caller.principal, call.caller.surface,
                                                         auth::AuditKind::kModelChanged,
                                                         std::string(what)));
}

Result<http::Response> AddObject(Call& call) {
  TRY(CheckIsObject(call.body));
  TRY(call.services.crm.ChangeModel(call.caller, Json::Object({{"add_object", call.body}})));
  // The call's own model is the one of before.
  const auto model = call.services.crm.model(call.caller);
  const model::Object* object = model->Find(call.body["name"].AsString());
  INVARIANT(object != nullptr);
  NoteChange(call, "object " + object->name + " added");
  http::Response response = http::Response::JsonBody(201, ObjectJson(*object));
  response.headers.Set("Location", std::string(base_path) + "/objects/" + object->name);
  return response;
}

Result<http::Response> AddField(Call& call) {
  TRY(CheckIsObject(call.body));
  const std::string name(call.request.Parameter("name"));
  TRY(call.services.crm.ChangeModel(
      call.caller,
      Json::Object({{"add_field", Json::Object({{"object", name}, {"field", call.body}})}})));
  const auto model = call.services.crm.model(call.caller);
  const model::Field* field = model->Find(name)->Find(call.body["name"].AsString());
  INVARIANT(field != nullptr);
  NoteChange(call, "field " + name + "." + field->name + " added");
  return http::Response::JsonBody(201, FieldJson(*field));
}

// A merge patch of labels. A thing without a label cannot be, so that null is refused as "" is.
Result<http::Response> Relabel(Call& call, std::initializer_list<std::string_view> labels) {
  TRY(CheckMembers(call.body, labels));
  Json relabel = Json::Object({{"object", call.request.Parameter("name")}});
  const std::string_view field = call.request.Parameter("field");
  if (!field.empty()) relabel.Set("field", field);
  if (call.body.size() == 0) return Error::Field("", "required", "a label must stand in the body");
  for (const auto& [member, value] : call.body.members()) {
    ASSIGN(const std::string label, ReadText(call.body, member));
    if (TrimAscii(label).empty()) {
      return Error::Field("/" + member, "required", member + " may not be blank");
    }
    relabel.Set(member, label);
  }
  TRY(call.services.crm.ChangeModel(call.caller, Json::Object({{"relabel", std::move(relabel)}})));
  const auto model = call.services.crm.model(call.caller);
  const model::Object* object = model->Find(call.request.Parameter("name"));
  INVARIANT(object != nullptr);
  NoteChange(call, (field.empty() ? "object " + object->name
                                  : "field " + object->name + "." + std::string(field)) +
                       " renamed");
  return http::Response::JsonBody(
      200, field.empty() ? ObjectJson(*object) : FieldJson(*object->Find(field)));
}

Result<http::Response> RelabelObject(Call& call) {
  return Relabel(call, {"label", "label_plural"});
}

// A merge patch of what may change about a field; a label alone is a change like the others.
Result<http::Response> AlterField(Call& call) {
  TRY(CheckIsObject(call.body));
  if (call.body.size() == 0) {
    return Error::Field("", "required", "what shall change must stand in the body");
  }
  const std::string name(call.request.Parameter("name"));
  const std::string field(call.request.Parameter("field"));
  Json change = Json::Object({{"object", name}, {"field", field}});
  for (const auto& [member, value] : call.body.members()) {
    if (member == "object" || member == "field") {
      return Error::Field("/" + member, "unknown_field", member + " stands in the path");
    }
    if (member == "label") {
      ASSIGN(const std::string label, ReadText(call.body, member));
      if (TrimAscii(label).empty()) {
        return Error::Field("/" + member, "required", member + " may not be blank");
      }
    }
    change.Set(member, value);
  }
  TRY(call.services.crm.ChangeModel(call.caller,
                                    Json::Object({{"alter_field", std::move(change)}})));
  const auto model = call.services.crm.model();
  const model::Object* object = model->Find(name);
  INVARIANT(object != nullptr && object->Find(field) != nullptr);
  NoteChange(call, "field " + name + "." + field + " changed");
  return http::Response::JsonBody(200, FieldJson(*object->Find(field)));
}

Result<http::Response> Search(Call& call) {
  const auto text = call.request.Query("q");
  if (!text) return Error::Field("q", "required", "q is required: what to look for");
  const std::vector<std::string_view> names = ReadNames(call.request, "objects");
  if (names.size() > call.model->objects().size()) {
    return Error::Field("objects", "out_of_range",
                        "objects: names more objects than there are; leave it out to search all");
  }
  std::vector<const model::Object*> objects;
  for (const std::string_view name : names) {
    const model::Object* object = call.model->Find(name);
    if (object == nullptr) object = call.model->FindPlural(name);
    if (object == nullptr) {
      return Error::Field(
          "objects", "unknown_object",
          "objects: there is no object \"" + std::string(name.substr(0, 60)) + "\"");
    }
    objects.push_back(object);
  }
  ASSIGN(const size_t page_size, ReadPageSize(call.request));
  ASSIGN(const std::vector<crm::SearchHit> hits,
         call.services.crm.Search(call.caller, *text, objects, page_size));
  Json items = Json::Array();
  for (const crm::SearchHit& hit : hits) {
    items.Append(Json::Object({{"object", hit.object->name},
                               {"id", hit.id.ToString()},
                               {"title", hit.title},
                               {"subtitle", hit.subtitle}}));
  }
  return http::Response::JsonBody(200, Json::Object({{"items", std::move(items)}}));
}

Result<http::Response> GetOpenApi(Call& call) {
  // Strangers are told what every Boathouse has; what a company added to it is the company's own.
  const bool is_known = !call.token.empty();
  http::Response response = http::Response::Text(
      200, is_known ? call.documents.For(call.model) : call.documents.Standard(),
      "application/json");
  response.headers.Set("Vary", "Authorization, Cookie");
  return response;
}

}  // namespace

std::vector<Route> ModelRoutes() {
  using enum Access;
  return {
      {"GET", "/objects", kSignedIn, Body::kNone, {}, ListObjects},
      {"POST", "/objects", kSignedIn, Body::kJson, {}, AddObject},
      {"GET", "/objects/{name}", kSignedIn, Body::kNone, {}, GetObject},
      {"PATCH", "/objects/{name}", kSignedIn, Body::kMergePatch, {}, RelabelObject},
      {"POST", "/objects/{name}/fields", kSignedIn, Body::kJson, {}, AddField},
      {"PATCH", "/objects/{name}/fields/{field}", kSignedIn, Body::kMergePatch, {}, AlterField},
      {"GET", "/search", kSignedIn, Body::kNone, {"q", "objects", "page_size"}, Search},
      {"GET", "/openapi.json", kAnybody, Body::kNone, {}, GetOpenApi},
  };
}

}  // namespace boathouse::rest
