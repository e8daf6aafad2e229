#include "model/field_definition.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "model/change.h"
#include "model/text.h"

namespace boathouse::model {
namespace {

constexpr size_t description_chars_max = 500;
constexpr size_t roll_up_filter_chars_max = 1000;

// Names that SQL engines, clients or our own routes give a meaning of their own.
constexpr std::string_view reserved_names[] = {
    "n",      "rowid",     "oid",      "imports",     "objects", "auth",   "me",     "setup",
    "search", "assistant", "expanded", "recipients",  "roles",   "views",  "events", "webhooks",
    "trash",  "audit",     "history",  "automations", "shares",  "sharing"};

}  // namespace

Error WrongMember(std::string pointer, std::string code, std::string detail) {
  return Error::Field(std::move(pointer), std::move(code), std::move(detail));
}

Status CheckName(std::string_view name, const std::string& pointer) {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const bool good = !name.empty() && name.size() <= name_chars_max && is_lower(name[0]) &&
                    std::all_of(name.begin(), name.end(), [&](char c) {
                      return is_lower(c) || (c >= '0' && c <= '9') || c == '_';
                    });
  if (!good) {
    return WrongMember(pointer, "wrong_format",
                       "a name has 1 to " + std::to_string(name_chars_max) +
                           " lower-case letters, digits and underscores and begins with a letter");
  }
  if (std::find(std::begin(reserved_names), std::end(reserved_names), name) !=
      std::end(reserved_names)) {
    return WrongMember(pointer, "reserved",
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
  label.length_max =
      std::string_view(member) == "description" ? description_chars_max : label_chars_max;
  ASSIGN(const Value text, FromJson(label, value, pointer + "/" + member));
  return IsNull(text) ? std::move(fallback) : ToText(text);
}

Status CheckMembers(const Json& json, std::initializer_list<std::string_view> known,
                    const std::string& pointer) {
  if (!json.is_object()) {
    return WrongMember(pointer.empty() ? "/" : pointer, "wrong_type", "expected a JSON object");
  }
  for (const Json::Member& member : json.members()) {
    if (std::find(known.begin(), known.end(), member.first) != known.end()) continue;
    std::string list;
    for (const std::string_view name : known)
      list += (list.empty() ? "" : ", ") + std::string(name);
    return WrongMember(pointer + "/" + member.first, "unknown_field",
                       "unknown member \"" + member.first.substr(0, 60) + "\"; there are: " + list);
  }
  return Status::Ok();
}

namespace {

Result<bool> ReadFlag(const Json& json, const char* member, const std::string& pointer) {
  const Json& value = json[member];
  if (value.is_null()) return false;
  if (!value.is_bool()) {
    return WrongMember(pointer + "/" + member, "wrong_type",
                       std::string(member) + " must be true or false");
  }
  return value.AsBool();
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
  return WrongMember(pointer + "/type", "not_an_option", "type must be one of: " + list);
}

Result<std::vector<SelectOption>> ReadOptions(const Json& json, FieldType type,
                                              const std::string& pointer) {
  const JsonArray& items = json["options"].items();
  const bool is_open = type == FieldType::kMultiSelect && json["options"].is_null();
  if (is_open) return std::vector<SelectOption>();
  if (items.empty() || items.size() > options_max) {
    return WrongMember(pointer + "/options", "required",
                       "a select field needs 1 to " + std::to_string(options_max) + " options");
  }
  std::vector<SelectOption> options;
  for (size_t i = 0; i < items.size(); ++i) {
    const std::string at = pointer + "/options/" + std::to_string(i);
    const Json item = items[i].is_string() ? Json::Object({{"value", items[i]}}) : items[i];
    TRY(CheckMembers(item, {"value", "label"}, at));
    ASSIGN(std::string value, ReadLabel(item, "value", "", at));
    if (value.empty()) return WrongMember(at + "/value", "required", "an option needs a value");
    if (type == FieldType::kMultiSelect && value.find(multi_select_separator) != value.npos) {
      return WrongMember(at + "/value", "wrong_format",
                         "an option of several may not hold a semicolon");
    }
    for (const SelectOption& earlier : options) {
      if (earlier.value == value) {
        return WrongMember(at + "/value", "duplicate", "the option \"" + value + "\" stands twice");
      }
    }
    ASSIGN(std::string label, ReadLabel(item, "label", LabelFor(value), at));
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
    return WrongMember(pointer + "/" + member, "wrong_type",
                       std::string(member) + " must be an integer");
  }
  return std::optional<int64_t>(*bound);
}

Status ReadLength(const Json& json, const std::string& pointer, Field& field) {
  const int64_t most = field.type == FieldType::kLongText ? 32'000 : 255;
  ASSIGN(const std::optional<int64_t> length, ReadBound(json, "max_length", pointer));
  if (length && (*length < 1 || *length > most)) {
    return WrongMember(pointer + "/max_length", "out_of_range",
                       "max_length must be between 1 and " + std::to_string(most));
  }
  field.length_max = static_cast<size_t>(length.value_or(most));
  return Status::Ok();
}

Status ReadRange(const Json& json, const std::string& pointer, Field& field) {
  ASSIGN(field.minimum, ReadBound(json, "minimum", pointer));
  ASSIGN(field.maximum, ReadBound(json, "maximum", pointer));
  if (field.minimum && field.maximum && *field.minimum > *field.maximum) {
    return WrongMember(pointer + "/minimum", "out_of_range", "minimum must not be above maximum");
  }
  return Status::Ok();
}

Status ReadCurrency(const Json& json, const std::string& pointer, Field& field) {
  if (json["currency"].is_null()) return Status::Ok();
  if (field.type != FieldType::kMoney) {
    return WrongMember(pointer + "/currency", "unsupported", "only money has a currency");
  }
  Field code;
  code.name = "currency";
  code.is_currency_code = true;
  ASSIGN(const Value currency, FromJson(code, json["currency"], pointer + "/currency"));
  field.currency = ToText(currency);
  return Status::Ok();
}

Status CheckUnique(const Field& field, const std::string& pointer) {
  const bool can = field.type != FieldType::kBoolean && field.type != FieldType::kLongText &&
                   field.type != FieldType::kMultiSelect;
  if (!field.unique || can) return Status::Ok();
  return WrongMember(pointer + "/unique", "unsupported",
                     "a " + std::string(FieldTypeName(field.type)) + " field cannot be unique");
}

Status CheckDefault(const Field& field, const std::string& pointer) {
  if (!field.unique || IsNull(field.default_value)) return Status::Ok();
  return WrongMember(pointer + "/default", "unsupported", "a unique field cannot have a default");
}

Result<RollUp> ReadRollUp(const Json& json, const std::string& pointer) {
  TRY(CheckMembers(json, {"object", "relation", "function", "field", "filter"}, pointer));
  RollUp roll_up;
  for (const Json::Member& member : json.members()) {
    if (!member.second.is_string()) {
      return WrongMember(pointer + "/" + member.first, "wrong_type",
                         member.first + " must be a string");
    }
  }
  roll_up.object = json["object"].AsString();
  roll_up.relation = json["relation"].AsString();
  roll_up.field = json["field"].AsString();
  roll_up.filter = json["filter"].AsString();
  if (roll_up.filter.size() > roll_up_filter_chars_max) {
    return WrongMember(pointer + "/filter", "too_long",
                       "the filter of a roll-up may have at most " +
                           std::to_string(roll_up_filter_chars_max) + " characters");
  }
  for (const auto function : {RollUp::Function::kSum, RollUp::Function::kCount,
                              RollUp::Function::kMin, RollUp::Function::kMax}) {
    if (json["function"].AsString() != RollUpFunctionName(function)) continue;
    roll_up.function = function;
    return roll_up;
  }
  return WrongMember(pointer + "/function", "not_an_option",
                     "function must be one of: sum, count, min, max");
}

// What makes the field a computed one; such a field is not written to, so that little else is left to say.
Status ReadComputed(const Json& json, const std::string& pointer, Field& field) {
  const Json& formula = json["formula"];
  const Json& roll_up = json["roll_up"];
  if (formula.is_null() && roll_up.is_null()) return Status::Ok();
  if (!formula.is_null() && !roll_up.is_null()) {
    return WrongMember(pointer + "/roll_up", "unsupported",
                       "a field is computed by a formula or by a roll-up, not by both");
  }
  for (const char* member : {"required", "unique", "default", "minimum", "maximum", "options"}) {
    const Json& value = json[member];
    if (value.is_null() || (value.is_bool() && !value.AsBool())) continue;
    return WrongMember(pointer + "/" + member, "unsupported",
                       std::string("a computed field has no ") + member);
  }
  if (!formula.is_null()) {
    if (!formula.is_string() || TrimAscii(formula.AsString()).empty()) {
      return WrongMember(pointer + "/formula", "wrong_type", "formula must be a text");
    }
    field.formula = formula.AsString();
  } else {
    ASSIGN(field.roll_up, ReadRollUp(roll_up, pointer + "/roll_up"));
  }
  field.parsed = nullptr;
  field.read_only = true;
  return Status::Ok();
}

// What only some types have.
Status ReadTypeDetails(const Model& model, std::string_view owner, const Json& json,
                       const std::string& pointer, Field& field) {
  switch (field.type) {
    case FieldType::kText:
    case FieldType::kLongText:
    case FieldType::kEmail:
    case FieldType::kPhone:
    case FieldType::kUrl:
      return ReadLength(json, pointer, field);
    case FieldType::kInteger:
    case FieldType::kDecimal:
    case FieldType::kMoney:
      TRY(ReadCurrency(json, pointer, field));
      return ReadRange(json, pointer, field);
    case FieldType::kSelect:
    case FieldType::kMultiSelect: {
      ASSIGN(field.options, ReadOptions(json, field.type, pointer));
      return Status::Ok();
    }
    case FieldType::kRelation: {
      const std::string_view target = json["relation"]["object"].AsString();
      if (model.Find(target) == nullptr && target != owner) {
        return WrongMember(pointer + "/relation/object", "not_found",
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

}  // namespace

Result<Field> ReadField(const Model& model, std::string_view owner, const Json& json,
                        const std::string& pointer) {
  TRY(CheckMembers(json,
                   {"name", "type", "label", "description", "required", "unique", "searchable",
                    "indexed", "max_length", "minimum", "maximum", "options", "relation", "default",
                    "currency", "formula", "roll_up"},
                   pointer));
  Field field;
  field.name = json["name"].AsString();
  TRY(CheckName(field.name, pointer + "/name"));
  ASSIGN(field.type, ReadType(json, pointer));
  ASSIGN(field.label, ReadLabel(json, "label", LabelFor(field.name), pointer));
  ASSIGN(field.description, ReadLabel(json, "description", "", pointer));
  ASSIGN(field.required, ReadFlag(json, "required", pointer));
  ASSIGN(field.unique, ReadFlag(json, "unique", pointer));
  ASSIGN(field.searchable, ReadFlag(json, "searchable", pointer));
  ASSIGN(field.indexed, ReadFlag(json, "indexed", pointer));
  TRY(ReadTypeDetails(model, owner, json, pointer, field));
  TRY(ReadComputed(json, pointer, field));
  TRY(CheckUnique(field, pointer));
  ASSIGN(field.default_value, FromJson(field, json["default"], pointer + "/default"));
  TRY(CheckDefault(field, pointer));
  return field;
}

bool IsCustom(const Field& field) { return field.column_id >= custom_column_id_min; }

namespace {

// A merge patch of the options: those that stand keep their place, and may be renamed.
Status AlterOptions(const Json& json, Field& field) {
  const std::vector<SelectOption> before = field.options;
  if (before.empty()) {
    return WrongMember("/options", "unsupported", field.name + " has no options");
  }
  ASSIGN(field.options, ReadOptions(json, field.type, ""));
  if (IsCustom(field)) return Status::Ok();
  for (const SelectOption& option : before) {
    if (field.HasOption(option.value)) continue;
    return WrongMember("/options", "unsupported",
                       "the option \"" + option.value +
                           "\" is one that the program needs; it may be renamed, not removed");
  }
  return Status::Ok();
}

Status AlterBounds(const Json& json, Field& field) {
  if (json.Find("max_length") != nullptr || json.Find("minimum") != nullptr ||
      json.Find("maximum") != nullptr) {
    Json merged = Json::Object();
    if (field.length_max > 0) merged.Set("max_length", field.length_max);
    if (field.minimum) merged.Set("minimum", *field.minimum);
    if (field.maximum) merged.Set("maximum", *field.maximum);
    for (const char* member : {"max_length", "minimum", "maximum"}) {
      if (const Json* value = json.Find(member)) merged.Set(member, *value);
    }
    const bool has_length = field.type == FieldType::kText || field.type == FieldType::kLongText ||
                            field.type == FieldType::kEmail || field.type == FieldType::kPhone ||
                            field.type == FieldType::kUrl;
    const bool has_range = field.type == FieldType::kInteger || field.type == FieldType::kDecimal ||
                           field.type == FieldType::kMoney;
    if ((!has_length && json.Find("max_length") != nullptr) ||
        (!has_range && json.Find("max_length") == nullptr)) {
      return WrongMember(has_length || has_range ? "/max_length" : "/minimum", "unsupported",
                         field.name + " is " + std::string(FieldTypeName(field.type)) +
                             ", which has no such bound");
    }
    if (has_length) return ReadLength(merged, "", field);
    return ReadRange(merged, "", field);
  }
  return Status::Ok();
}

Status AlterComputed(const Json& json, Field& field) {
  const Json* formula = json.Find("formula");
  const Json* roll_up = json.Find("roll_up");
  if (formula == nullptr && roll_up == nullptr) return Status::Ok();
  if ((formula != nullptr) != !field.formula.empty() ||
      (roll_up != nullptr) != field.roll_up.has_value()) {
    return WrongMember(formula != nullptr ? "/formula" : "/roll_up", "unsupported",
                       field.name + " is not computed in that way; add another field");
  }
  return ReadComputed(json, "", field);
}

}  // namespace

Status AlterField(const Json& json, Field& field) {
  TRY(CheckMembers(
      json,
      {"object", "field", "label", "description", "required", "unique", "indexed", "searchable",
       "options", "default", "minimum", "maximum", "max_length", "currency", "formula", "roll_up"},
      ""));
  const bool is_system = field.name == "id" || field.name == "version" ||
                         field.name.starts_with("created_") || field.name.starts_with("updated_");
  for (const Json::Member& member : json.members()) {
    const std::string& name = member.first;
    if (name == "object" || name == "field" || name == "label" || IsCustom(field)) continue;
    const bool open =
        name == "description" || name == "indexed" || name == "searchable" || name == "options";
    if (open && !is_system) continue;
    return WrongMember("/" + name, "unsupported",
                       name + " of the standard field " + field.name + " cannot be changed");
  }
  ASSIGN(field.label, ReadLabel(json, "label", field.label, ""));
  if (const Json* text = json.Find("description")) {
    ASSIGN(field.description, ReadLabel(json, "description", "", ""));
    if (text->is_null()) field.description.clear();
  }
  for (const auto& [member, flag] : {std::pair<const char*, bool*>{"required", &field.required},
                                     {"unique", &field.unique},
                                     {"indexed", &field.indexed},
                                     {"searchable", &field.searchable}}) {
    if (json.Find(member) == nullptr) continue;
    ASSIGN(*flag, ReadFlag(json, member, ""));
  }
  if (field.is_computed() && (field.required || field.unique)) {
    return WrongMember(field.required ? "/required" : "/unique", "unsupported",
                       "a computed field is neither required nor unique");
  }
  TRY(CheckUnique(field, ""));
  if (json.Find("options") != nullptr) TRY(AlterOptions(json, field));
  TRY(AlterBounds(json, field));
  TRY(ReadCurrency(json, "", field));
  TRY(AlterComputed(json, field));
  if (const Json* value = json.Find("default")) {
    if (field.is_computed()) {
      return WrongMember("/default", "unsupported", "a computed field has no default");
    }
    ASSIGN(field.default_value, FromJson(field, *value, "/default"));
  } else if (!IsNull(field.default_value)) {
    // The default must still be good under new options and bounds.
    TRY(FromJson(field, ToJson(field, field.default_value), "/default"));
  }
  return CheckDefault(field, "");
}

}  // namespace boathouse::model
