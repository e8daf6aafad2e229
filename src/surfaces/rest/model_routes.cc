// What there is: the model, the search over all of it, and the description of this API.
#include "surfaces/rest/input.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

Json FieldJson(const model::Field& field) {
  Json json = Json::Object({{"name", field.name},
                            {"label", field.label},
                            {"type", model::FieldTypeName(field.type)},
                            {"required", field.required},
                            {"unique", field.unique},
                            {"read_only", field.read_only},
                            {"searchable", field.searchable}});
  if (!field.description.empty()) json.Set("description", field.description);
  switch (field.type) {
    case model::FieldType::kText:
    case model::FieldType::kLongText:
    case model::FieldType::kEmail:
    case model::FieldType::kPhone:
    case model::FieldType::kUrl:
      if (field.length_max > 0) json.Set("max_length", field.length_max);
      break;
    case model::FieldType::kInteger:
      if (field.minimum) json.Set("minimum", *field.minimum);
      if (field.maximum) json.Set("maximum", *field.maximum);
      break;
    case model::FieldType::kSelect: {
      Json options = Json::Array();
      for (const model::SelectOption& option : field.options) {
        options.Append(Json::Object({{"value", option.value}, {"label", option.label}}));
      }
      json.Set("options", std::move(options));
      break;
    }
    case model::FieldType::kRelation:
      json.Set("relation", Json::Object({{"object", field.relation_object}}));
      break;
    case model::FieldType::kId:
    case model::FieldType::kDecimal:
    case model::FieldType::kMoney:
    case model::FieldType::kBoolean:
    case model::FieldType::kDate:
    case model::FieldType::kDateTime:
      break;
  }
  if (!model::IsNull(field.default_value)) json.Set("default", model::ToJson(field.default_value));
  return json;
}

Result<http::Response> ListObjects(Call& call) {
  Json objects = Json::Array();
  for (const model::Object& object : call.model->objects()) {
    Json fields = Json::Array();
    for (const model::Field& field : object.fields) fields.Append(FieldJson(field));
    objects.Append(Json::Object({{"name", object.name},
                                 {"plural", object.plural},
                                 {"label", object.label},
                                 {"label_plural", object.label_plural},
                                 {"description", object.description},
                                 {"title_field", object.title_field},
                                 {"fields", std::move(fields)}}));
  }
  return http::Response::JsonBody(200, Json::Object({{"objects", std::move(objects)}}));
}

Result<http::Response> Search(Call& call) {
  const auto text = call.request.Query("q");
  if (!text) return Error::Field("q", "required", "q is required: what to look for");
  std::vector<const model::Object*> objects;
  for (const std::string_view name : ReadNames(call.request, "objects")) {
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
  return http::Response::JsonBody(200, OpenApi(*call.model));
}

}  // namespace

std::vector<Route> ModelRoutes() {
  using enum Access;
  return {
      {"GET", "/objects", kSignedIn, Body::kNone, {}, ListObjects},
      {"GET", "/search", kSignedIn, Body::kNone, {"q", "objects", "page_size"}, Search},
      {"GET", "/openapi.json", kPublic, Body::kNone, {}, GetOpenApi},
  };
}

}  // namespace boathouse::rest
