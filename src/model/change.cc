#include "model/change.h"

#include <algorithm>

namespace boathouse::model {
namespace {

// Names that SQL engines, clients or our own routes give a meaning of their own.
constexpr std::string_view reserved_names[] = {"n",       "rowid",     "oid",      "imports",
                                               "objects", "auth",      "me",       "setup",
                                               "search",  "assistant", "expanded", "recipients",
                                               "roles",   "views",     "events",   "webhooks",
                                               "trash",   "audit",     "history",  "automations"};

Error Wrong(std::string pointer, std::string code, std::string detail) {
  return Error::Field(std::move(pointer), std::move(code), std::move(detail));
}

Status CheckName(std::string_view name, const std::string& pointer) {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const bool good = !name.empty() && name.size() <= name_chars_max && is_lower(name[0]) &&
                    std::all_of(name.begin(), name.end(), [&](char c) {
                      return is_lower(c) || (c >= '0' && c <= '9') || c == '_';
                    });
  if (!good) {
    return Wrong(pointer, "wrong_format",
                 "a name has 1 to " + std::to_string(name_chars_max) +
                     " lower-case letters, digits and underscores and begins with a letter");
  }
  if (std::find(std::begin(reserved_names), std::end(reserved_names), name) !=
      std::end(reserved_names)) {
    return Wrong(pointer, "reserved",
                 "the name \"" + std::string(name) + "\" is taken by the system");
  }
  return Status::Ok();
}

// An optional one-line text; `fallback` when the member is absent.
Result<std::string> ReadLabel(const Json& json, const char* member, std::string fallback,
                              const std::string& pointer) {
  const Json& value = json[member];
  if (value.is_null()) return fallback;
  Field label;
  label.name = member;
  label.length_max = label_chars_max;
  ASSIGN(const Value text, FromJson(label, value, pointer + "/" + member));
  return IsNull(text) ? std::move(fallback) : ToText(text);
}

Result<bool> ReadFlag(const Json& json, const char* member, const std::string& pointer) {
  const Json& value = json[member];
  if (value.is_null()) return false;
  if (!value.is_bool()) {
    return Wrong(pointer + "/" + member, "wrong_type",
                 std::string(member) + " must be true or false");
  }
  return value.AsBool();
}

Status CheckMembers(const Json& json, std::initializer_list<std::string_view> known,
                    const std::string& pointer) {
  if (!json.is_object()) {
    return Wrong(pointer.empty() ? "/" : pointer, "wrong_type", "expected a JSON object");
  }
  for (const Json::Member& member : json.members()) {
    if (std::find(known.begin(), known.end(), member.first) != known.end()) continue;
    std::string list;
    for (const std::string_view name : known)
      list += (list.empty() ? "" : ", ") + std::string(name);
    return Wrong(pointer + "/" + member.first, "unknown_field",
                 "unknown member \"" + member.first.substr(0, 60) + "\"; there are: " + list);
  }
  return Status::Ok();
}

std::string LabelFrom(std::string_view name) {
  std::string label(name.ends_with("_id") ? name.substr(0, name.size() - 3) : name);
  std::replace(label.begin(), label.end(), '_', ' ');
  if (!label.empty() && label[0] >= 'a' && label[0] <= 'z') {
    label[0] = static_cast<char>(label[0] - 'a' + 'A');
  }
  return label;
}

constexpr FieldType all_types[] = {
    FieldType::kText,   FieldType::kLongText,    FieldType::kInteger, FieldType::kDecimal,
    FieldType::kMoney,  FieldType::kBoolean,     FieldType::kDate,    FieldType::kDateTime,
    FieldType::kSelect, FieldType::kMultiSelect, FieldType::kEmail,   FieldType::kPhone,
    FieldType::kUrl,    FieldType::kRelation};

Result<FieldType> ReadType(const Json& json, const std::string& pointer) {
  std::string list;
  for (const FieldType type : all_types) {
    if (json["type"].AsString() == FieldTypeName(type)) return type;
    list += (list.empty() ? "" : ", ") + std::string(FieldTypeName(type));
  }
  return Wrong(pointer + "/type", "not_an_option", "type must be one of: " + list);
}

Result<std::vector<SelectOption>> ReadOptions(const Json& json, FieldType type,
                                              const std::string& pointer) {
  const JsonArray& items = json["options"].items();
  const bool is_open = type == FieldType::kMultiSelect && json["options"].is_null();
  if (is_open) return std::vector<SelectOption>();
  if (items.empty() || items.size() > options_max) {
    return Wrong(pointer + "/options", "required",
                 "a select field needs 1 to " + std::to_string(options_max) + " options");
  }
  std::vector<SelectOption> options;
  for (size_t i = 0; i < items.size(); ++i) {
    const std::string at = pointer + "/options/" + std::to_string(i);
    const Json item = items[i].is_string() ? Json::Object({{"value", items[i]}}) : items[i];
    TRY(CheckMembers(item, {"value", "label"}, at));
    ASSIGN(std::string value, ReadLabel(item, "value", "", at));
    if (value.empty()) return Wrong(at + "/value", "required", "an option needs a value");
    if (type == FieldType::kMultiSelect && value.find(multi_select_separator) != value.npos) {
      return Wrong(at + "/value", "wrong_format", "an option of several may not hold a semicolon");
    }
    for (const SelectOption& earlier : options) {
      if (earlier.value == value) {
        return Wrong(at + "/value", "duplicate", "the option \"" + value + "\" stands twice");
      }
    }
    ASSIGN(std::string label, ReadLabel(item, "label", LabelFrom(value), at));
    options.push_back({std::move(value), std::move(label)});
  }
  return options;
}

Result<std::optional<int64_t>> ReadBound(const Json& json, const char* member,
                                         const std::string& pointer) {
  const Json& value = json[member];
  if (value.is_null()) return std::optional<int64_t>();
  const auto bound = value.AsInt();
  if (!bound) {
    return Wrong(pointer + "/" + member, "wrong_type", std::string(member) + " must be an integer");
  }
  return std::optional<int64_t>(*bound);
}

// What only some types have.
Status ReadTypeDetails(const Model& model, std::string_view owner, const Json& json,
                       const std::string& pointer, Field& field) {
  switch (field.type) {
    case FieldType::kText:
    case FieldType::kLongText:
    case FieldType::kEmail:
    case FieldType::kPhone:
    case FieldType::kUrl: {
      const int64_t most = field.type == FieldType::kLongText ? 32'000 : 255;
      ASSIGN(const std::optional<int64_t> length, ReadBound(json, "max_length", pointer));
      if (length && (*length < 1 || *length > most)) {
        return Wrong(pointer + "/max_length", "out_of_range",
                     "max_length must be between 1 and " + std::to_string(most));
      }
      field.length_max = static_cast<size_t>(length.value_or(most));
      return Status::Ok();
    }
    case FieldType::kInteger:
    case FieldType::kDecimal:
    case FieldType::kMoney: {
      ASSIGN(field.minimum, ReadBound(json, "minimum", pointer));
      ASSIGN(field.maximum, ReadBound(json, "maximum", pointer));
      if (field.minimum && field.maximum && *field.minimum > *field.maximum) {
        return Wrong(pointer + "/minimum", "out_of_range", "minimum must not be above maximum");
      }
      return Status::Ok();
    }
    case FieldType::kSelect:
    case FieldType::kMultiSelect: {
      ASSIGN(field.options, ReadOptions(json, field.type, pointer));
      return Status::Ok();
    }
    case FieldType::kRelation: {
      const std::string_view target = json["relation"]["object"].AsString();
      if (model.Find(target) == nullptr && target != owner) {
        return Wrong(pointer + "/relation/object", "not_found",
                     "there is no object \"" + std::string(target.substr(0, 60)) + "\"");
      }
      field.relation_object = target;
      return Status::Ok();
    }
    case FieldType::kId:
    case FieldType::kBoolean:
    case FieldType::kDate:
    case FieldType::kDateTime:
      return Status::Ok();
  }
  return Status::Ok();
}

Result<Field> ReadField(const Model& model, std::string_view owner, const Json& json,
                        const std::string& pointer) {
  TRY(CheckMembers(
      json,
      {"name", "type", "label", "description", "required", "unique", "searchable", "indexed",
       "max_length", "minimum", "maximum", "options", "relation", "default"},
      pointer));
  Field field;
  field.name = json["name"].AsString();
  TRY(CheckName(field.name, pointer + "/name"));
  ASSIGN(field.type, ReadType(json, pointer));
  ASSIGN(field.label, ReadLabel(json, "label", LabelFrom(field.name), pointer));
  ASSIGN(field.description, ReadLabel(json, "description", "", pointer));
  ASSIGN(field.required, ReadFlag(json, "required", pointer));
  ASSIGN(field.unique, ReadFlag(json, "unique", pointer));
  ASSIGN(field.searchable, ReadFlag(json, "searchable", pointer));
  ASSIGN(field.indexed, ReadFlag(json, "indexed", pointer));
  TRY(ReadTypeDetails(model, owner, json, pointer, field));
  if (field.unique && (field.type == FieldType::kBoolean || field.type == FieldType::kLongText)) {
    return Wrong(pointer + "/unique", "unsupported",
                 "a " + std::string(FieldTypeName(field.type)) + " field cannot be unique");
  }
  ASSIGN(field.default_value, FromJson(field, json["default"], pointer + "/default"));
  if (field.unique && !IsNull(field.default_value)) {
    return Wrong(pointer + "/default", "unsupported", "a unique field cannot have a default");
  }
  return field;
}

int32_t NextColumnId(const Object& object) {
  int32_t next = custom_column_id_min;
  for (const Field& field : object.fields) next = std::max(next, field.column_id + 1);
  return next;
}

Status Append(Object& object, Field field, const std::string& pointer) {
  if (object.IndexOf(field.name)) {
    Error taken(ErrorKind::kConflict, object.name + " already has a field \"" + field.name + "\"");
    taken.fields.push_back({pointer + "/name", "duplicate", taken.message});
    return taken;
  }
  if (object.fields.size() >= fields_max) {
    return Wrong(pointer, "out_of_range",
                 "an object may have at most " + std::to_string(fields_max) + " fields");
  }
  field.column_id = NextColumnId(object);
  object.fields.push_back(std::move(field));
  return Status::Ok();
}

Object* FindIn(std::vector<Object>& objects, std::string_view name) {
  for (Object& object : objects) {
    if (object.name == name) return &object;
  }
  return nullptr;
}

Result<Object*> Existing(std::vector<Object>& objects, const Json& json) {
  const std::string_view name = json["object"].AsString();
  Object* object = FindIn(objects, name);
  if (object == nullptr) {
    return Error(ErrorKind::kNotFound,
                 "there is no object \"" + std::string(name.substr(0, 60)) + "\"");
  }
  return object;
}

Status AddObject(const Model& model, const Json& json, std::vector<Object>& objects) {
  TRY(CheckMembers(json, {"name", "plural", "label", "label_plural", "description", "fields"}, ""));
  if (objects.size() >= objects_max) {
    return Wrong("/name", "out_of_range",
                 "a workspace may have at most " + std::to_string(objects_max) + " objects");
  }
  Object object;
  object.name = json["name"].AsString();
  object.plural = json["plural"].AsString();
  TRY(CheckName(object.name, "/name"));
  TRY(CheckName(object.plural, "/plural"));
  if (object.name == object.plural) {
    return Wrong("/plural", "duplicate",
                 "plural must differ from name: it is the collection's name");
  }
  for (const Object& other : objects) {
    for (const std::string& taken : {other.name, other.plural}) {
      if (taken != object.name && taken != object.plural) continue;
      Error error(ErrorKind::kConflict,
                  "the name \"" + taken + "\" is already taken by " + other.name);
      error.fields.push_back(
          {taken == object.name ? "/name" : "/plural", "duplicate", error.message});
      return error;
    }
  }
  ASSIGN(object.label, ReadLabel(json, "label", LabelFrom(object.name), ""));
  ASSIGN(object.label_plural, ReadLabel(json, "label_plural", LabelFrom(object.plural), ""));
  ASSIGN(object.description,
         ReadLabel(json, "description", object.label + " (custom object).", ""));
  object.title_field = "name";
  object.fields = SystemFields();
  if (!json["fields"].is_null() && !json["fields"].is_array()) {
    return Wrong("/fields", "wrong_type", "fields must be an array of fields");
  }
  const JsonArray& fields = json["fields"].items();
  const bool names_itself = std::any_of(fields.begin(), fields.end(), [](const Json& field) {
    return field["name"].AsString() == "name";
  });
  if (!names_itself) {
    const Json name = Json::Object({{"name", "name"},
                                    {"type", "text"},
                                    {"required", true},
                                    {"searchable", true},
                                    {"indexed", true}});
    ASSIGN(Field field, ReadField(model, object.name, name, ""));
    TRY(Append(object, std::move(field), ""));
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    const std::string pointer = "/fields/" + std::to_string(i);
    ASSIGN(Field field, ReadField(model, object.name, fields[i], pointer));
    TRY(Append(object, std::move(field), pointer));
  }
  if (object.Find("name")->type != FieldType::kText) {
    return Wrong("/fields", "wrong_type", "the field \"name\" must be text: it titles the record");
  }
  if (!object.IndexOf("owner_id")) {
    const Json owner = Json::Object({{"name", "owner_id"},
                                     {"type", "relation"},
                                     {"relation", Json::Object({{"object", "user"}})}});
    ASSIGN(Field field, ReadField(model, object.name, owner, ""));
    TRY(Append(object, std::move(field), ""));
  }
  objects.push_back(std::move(object));
  return Status::Ok();
}

Status AddField(const Model& model, const Json& json, std::vector<Object>& objects) {
  ASSIGN(Object * object, Existing(objects, json));
  ASSIGN(Field field, ReadField(model, object->name, json["field"], ""));
  return Append(*object, std::move(field), "");
}

Status Relabel(const Json& json, std::vector<Object>& objects) {
  ASSIGN(Object * object, Existing(objects, json));
  if (json["field"].is_null()) {
    ASSIGN(object->label, ReadLabel(json, "label", object->label, ""));
    ASSIGN(object->label_plural, ReadLabel(json, "label_plural", object->label_plural, ""));
    return Status::Ok();
  }
  const auto index = object->IndexOf(json["field"].AsString());
  if (!index) {
    return Error(ErrorKind::kNotFound, object->name + " has no field \"" +
                                           std::string(json["field"].AsString().substr(0, 60)) +
                                           "\"");
  }
  ASSIGN(object->fields[*index].label, ReadLabel(json, "label", object->fields[*index].label, ""));
  return Status::Ok();
}

}  // namespace

Result<std::shared_ptr<const Model>> Apply(const Model& model, const Json& change) {
  std::vector<Object> objects = model.objects();
  if (change.size() != 1) {
    return Error(ErrorKind::kInvalid, "a change of the model has one member: what to do");
  }
  const auto& [what, definition] = change.members()[0];
  if (what == "add_object") {
    TRY(AddObject(model, definition, objects));
  } else if (what == "add_field") {
    TRY(AddField(model, definition, objects));
  } else if (what == "relabel") {
    TRY(Relabel(definition, objects));
  } else {
    return Error(ErrorKind::kInvalid,
                 "a change of the model adds an object, adds a field or relabels");
  }
  return std::make_shared<const Model>(std::move(objects));
}

}  // namespace boathouse::model
