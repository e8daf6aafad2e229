#include "model/model.h"

namespace boathouse::model {

std::string_view FieldTypeName(FieldType type) {
  switch (type) {
    case FieldType::kId:
      return "id";
    case FieldType::kText:
      return "text";
    case FieldType::kLongText:
      return "long_text";
    case FieldType::kInteger:
      return "integer";
    case FieldType::kDecimal:
      return "decimal";
    case FieldType::kMoney:
      return "money";
    case FieldType::kBoolean:
      return "boolean";
    case FieldType::kDate:
      return "date";
    case FieldType::kDateTime:
      return "datetime";
    case FieldType::kSelect:
      return "select";
    case FieldType::kMultiSelect:
      return "multi_select";
    case FieldType::kEmail:
      return "email";
    case FieldType::kPhone:
      return "phone";
    case FieldType::kUrl:
      return "url";
    case FieldType::kRelation:
      return "relation";
  }
  return "text";
}

std::string_view RollUpFunctionName(RollUp::Function function) {
  switch (function) {
    case RollUp::Function::kSum:
      return "sum";
    case RollUp::Function::kCount:
      return "count";
    case RollUp::Function::kMin:
      return "min";
    case RollUp::Function::kMax:
      return "max";
  }
  return "count";
}

bool Field::HasOption(std::string_view value) const {
  for (const SelectOption& option : options) {
    if (option.value == value) return true;
  }
  return false;
}

std::optional<size_t> Object::IndexOf(std::string_view field) const {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == field) return i;
  }
  return std::nullopt;
}

const Field* Object::Find(std::string_view field) const {
  const auto index = IndexOf(field);
  return index ? &fields[*index] : nullptr;
}

size_t Object::title_index() const { return IndexOf(title_field).value_or(kFieldId); }

const Value& Record::At(size_t index) const {
  static const Value null;
  return index < values.size() ? values[index] : null;
}

void Record::Set(size_t index, Value value) {
  if (index >= values.size()) values.resize(index + 1);
  values[index] = std::move(value);
}

Id Record::id() const {
  const Id* id = std::get_if<Id>(&At(kFieldId));
  return id != nullptr ? *id : Id{};
}

int64_t Record::version() const {
  const int64_t* version = std::get_if<int64_t>(&At(kFieldVersion));
  return version != nullptr ? *version : 0;
}

Model::Model(std::vector<Object> objects) : objects_(std::move(objects)) {}

const Object* Model::Find(std::string_view name) const {
  for (const Object& object : objects_) {
    if (object.name == name) return &object;
  }
  return nullptr;
}

const Object* Model::FindPlural(std::string_view plural) const {
  for (const Object& object : objects_) {
    if (object.plural == plural) return &object;
  }
  return nullptr;
}

void AppendRecordJson(const Object& object, const Record& record, std::string* out) {
  char separator = '{';
  for (size_t i = 0; i < object.fields.size(); ++i) {
    *out += separator;
    separator = ',';
    // Field names are identifiers: nothing to escape.
    *out += '"';
    *out += object.fields[i].name;
    *out += "\":";
    AppendJson(object.fields[i], record.At(i), out);
  }
  *out += '}';
}

Json RecordToJson(const Object& object, const Record& record) {
  Json json = Json::Object();
  for (size_t i = 0; i < object.fields.size(); ++i) {
    json.Set(object.fields[i].name, ToJson(object.fields[i], record.At(i)));
  }
  return json;
}

std::string TitleOf(const Object& object, const Record& record) {
  std::string title = ToText(record.At(object.title_index()));
  return title.empty() ? record.id().ToString() : title;
}

}  // namespace boathouse::model
