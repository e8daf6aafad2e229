#include "surfaces/rest/model_json.h"

namespace boathouse::rest {

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

Json ObjectJson(const model::Object& object) {
  Json fields = Json::Array();
  for (const model::Field& field : object.fields) fields.Append(FieldJson(field));
  return Json::Object({{"name", object.name},
                       {"plural", object.plural},
                       {"label", object.label},
                       {"label_plural", object.label_plural},
                       {"description", object.description},
                       {"title_field", object.title_field},
                       {"fields", std::move(fields)}});
}

}  // namespace boathouse::rest
