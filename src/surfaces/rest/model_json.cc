#include "surfaces/rest/model_json.h"

namespace boathouse::rest {

Json FieldJson(const model::Field& field) {
  Json json = Json::Object({{"name", field.name},
                            {"label", field.label},
                            {"type", model::FieldTypeName(field.type)},
                            {"required", field.required},
                            {"unique", field.unique},
                            {"read_only", field.read_only},
                            {"searchable", field.searchable},
                            {"indexed", field.indexed}});
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
    case model::FieldType::kDecimal:
    case model::FieldType::kMoney:
      if (field.minimum) json.Set("minimum", *field.minimum);
      if (field.maximum) json.Set("maximum", *field.maximum);
      break;
    case model::FieldType::kSelect:
    case model::FieldType::kMultiSelect: {
      if (field.options.empty()) break;
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
    case model::FieldType::kBoolean:
    case model::FieldType::kDate:
    case model::FieldType::kDateTime:
      break;
  }
  if (!model::IsNull(field.default_value)) {
    json.Set("default", model::ToJson(field, field.default_value));
  }
  if (field.type == model::FieldType::kMoney && !field.currency.empty()) {
    json.Set("currency", field.currency);
  }
  if (!field.formula.empty()) json.Set("formula", field.formula);
  if (field.roll_up) {
    Json roll_up = Json::Object({{"object", field.roll_up->object},
                                 {"relation", field.roll_up->relation},
                                 {"function", model::RollUpFunctionName(field.roll_up->function)}});
    if (!field.roll_up->field.empty()) roll_up.Set("field", field.roll_up->field);
    if (!field.roll_up->filter.empty()) roll_up.Set("filter", field.roll_up->filter);
    json.Set("roll_up", std::move(roll_up));
  }
  return json;
}

Json ObjectJson(const model::Object& object) {
  Json fields = Json::Array();
  for (const model::Field& field : object.fields) fields.Append(FieldJson(field));
  Json json = Json::Object({{"name", object.name},
                            {"plural", object.plural},
                            {"label", object.label},
                            {"label_plural", object.label_plural},
                            {"description", object.description},
                            {"title_field", object.title_field},
                            {"fields", std::move(fields)}});
  if (!object.belongs_to.empty()) json.Set("belongs_to", object.belongs_to);
  return json;
}

}  // namespace boathouse::rest
