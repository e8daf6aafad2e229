#include "crm/logged_values.h"

#include <string>
#include <utility>

namespace boathouse::crm {
namespace {

// The field without what may have changed since: any text, any number.
model::Field WithoutLimits(const model::Field& field) {
  model::Field bare;
  bare.name = field.name;
  bare.type = field.type;
  switch (field.type) {
    case model::FieldType::kText:
    case model::FieldType::kLongText:
    case model::FieldType::kSelect:
    case model::FieldType::kMultiSelect:
    case model::FieldType::kEmail:
    case model::FieldType::kPhone:
    case model::FieldType::kUrl:
      bare.type = model::FieldType::kLongText;
      break;
    case model::FieldType::kRelation:
      bare.type = model::FieldType::kId;
      break;
    case model::FieldType::kId:
    case model::FieldType::kInteger:
    case model::FieldType::kDecimal:
    case model::FieldType::kMoney:
    case model::FieldType::kBoolean:
    case model::FieldType::kDate:
    case model::FieldType::kDateTime:
      break;
  }
  return bare;
}

const Json* EndOf(const Json& pair, size_t end) {
  return pair.is_array() && pair.size() == 2 ? &pair.items()[end] : nullptr;
}

}  // namespace

model::Value LoggedValue(const model::Field& field, const Json& logged) {
  if (logged.is_null()) return {};
  if (logged.is_array()) {  // of a multi-select, in the order that it had
    std::string joined;
    for (const Json& value : logged.items()) {
      if (!joined.empty()) joined += model::multi_select_separator;
      joined += value.AsString();
    }
    return joined.empty() ? model::Value{} : model::Value(std::move(joined));
  }
  Result<model::Value> value = model::FromJson(WithoutLimits(field), logged, "");
  return value.ok() ? std::move(*value) : model::Value{};
}

const Json* FromOf(const Json& pair) { return EndOf(pair, 0); }
const Json* ToOf(const Json& pair) { return EndOf(pair, 1); }

model::Record DeletedRecord(const model::Object& object, const store::Change& change) {
  model::Record record;
  record.values.resize(object.fields.size());
  record.Set(model::kFieldId, change.record);
  for (const auto& [name, pair] : change.changes.members()) {
    const auto index = object.IndexOf(name);
    const Json* from = FromOf(pair);
    if (index && from != nullptr) record.Set(*index, LoggedValue(object.fields[*index], *from));
  }
  return record;
}

}  // namespace boathouse::crm
