#include "model/value.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "model/model.h"
#include "model/text.h"

namespace boathouse::model {
namespace {

Error Wrong(const Field& field, const std::string& pointer, std::string_view expected) {
  return Error::Field(pointer, "wrong_type", field.name + " must be " + std::string(expected));
}

Error OutOfRange(const std::string& pointer, std::string detail) {
  return Error::Field(pointer, "out_of_range", std::move(detail));
}

bool LooksLikeEmail(std::string_view text) {
  const size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || text.find('@', at + 1) != std::string_view::npos) {
    return false;
  }
  const std::string_view domain = text.substr(at + 1);
  if (domain.empty() || domain.front() == '.' || domain.back() == '.') return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == ',' || c == ';' || c == '<' || c == '>') {
      return false;
    }
  }
  return domain.find('.') != std::string_view::npos;
}

bool LooksLikeUrl(std::string_view text) {
  const std::string lower = AsciiLower(text.substr(0, 8));
  const size_t scheme = lower.rfind("https://", 0) == 0  ? 8
                        : lower.rfind("http://", 0) == 0 ? 7
                                                         : 0;
  if (scheme == 0 || text.size() == scheme) return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ') return false;
  }
  return true;
}

std::string OptionList(const Field& field) {
  std::string list;
  for (const SelectOption& option : field.options) {
    if (!list.empty()) list += ", ";
    list += option.value;
  }
  return list;
}

// Checks text that is already known to be a string, for the text-like types and select.
Result<Value> ReadString(const Field& field, std::string_view raw, const std::string& pointer) {
  const bool multi_line = field.type == FieldType::kLongText;
  std::string text(multi_line ? raw : TrimAscii(raw));
  if (text.empty()) return Value{};
  if (text.find('\0') != std::string::npos || !IsUtf8(text)) {
    return Error::Field(pointer, "wrong_format",
                        field.name + " must be text in UTF-8 without NUL characters");
  }
  if (!multi_line) {
    for (const char c : text) {
      if (static_cast<unsigned char>(c) < 0x20 && c != '\t') {
        return Error::Field(pointer, "wrong_format",
                            field.name + " must be one line without control characters");
      }
    }
  }
  const size_t characters = CountCharacters(text);
  if (field.length_max > 0 && characters > field.length_max) {
    return Error::Field(pointer, "too_long",
                        field.name + " may have at most " + std::to_string(field.length_max) +
                            " characters; this has " + std::to_string(characters));
  }
  if (field.type == FieldType::kEmail) {
    if (!LooksLikeEmail(text)) {
      return Error::Field(pointer, "wrong_format",
                          field.name + " must be an e-mail address such as jo@example.com");
    }
    text = AsciiLower(text);
  }
  if (field.is_currency_code) {
    const bool letters = text.size() == 3 && std::all_of(text.begin(), text.end(), [](char c) {
                           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
                         });
    if (!letters) {
      return Error::Field(pointer, "wrong_format",
                          field.name + " must be a currency code of three letters, such as EUR");
    }
    for (char& c : text) c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  if (field.type == FieldType::kUrl && !LooksLikeUrl(text)) {
    return Error::Field(pointer, "wrong_format",
                        field.name + " must begin with http:// or https:// and hold no spaces");
  }
  if (field.type == FieldType::kSelect && !field.HasOption(text)) {
    return Error::Field(pointer, "not_an_option",
                        field.name + " must be one of: " + OptionList(field));
  }
  return Value(std::move(text));
}

// Where the value stands among the field's options.
size_t OptionIndex(const Field& field, const std::string& value) {
  size_t index = 0;
  while (index < field.options.size() && field.options[index].value != value) ++index;
  return index;
}

Result<Value> JoinMultiSelect(const Field& field, std::vector<std::string> values,
                              const std::string& pointer) {
  std::vector<std::string> chosen;
  for (std::string& raw : values) {
    Field one;
    one.name = field.name;
    one.length_max = multi_select_value_chars_max;
    ASSIGN(const Value text, ReadString(one, raw, pointer));
    if (IsNull(text)) continue;
    std::string value = ToText(text);
    if (value.find(multi_select_separator) != std::string::npos) {
      return Error::Field(pointer, "wrong_format",
                          "a value of " + field.name + " may not hold a semicolon");
    }
    if (!field.options.empty() && !field.HasOption(value)) {
      return Error::Field(pointer, "not_an_option",
                          field.name + " may hold any of: " + OptionList(field));
    }
    if (std::find(chosen.begin(), chosen.end(), value) == chosen.end()) {
      chosen.push_back(std::move(value));
    }
  }
  if (chosen.size() > multi_select_values_max) {
    return Error::Field(
        pointer, "too_long",
        field.name + " may hold at most " + std::to_string(multi_select_values_max) + " values");
  }
  std::sort(chosen.begin(), chosen.end(), [&](const std::string& a, const std::string& b) {
    return field.options.empty() ? a < b : OptionIndex(field, a) < OptionIndex(field, b);
  });
  std::string joined;
  for (const std::string& value : chosen) {
    if (!joined.empty()) joined += multi_select_separator;
    joined += value;
  }
  return joined.empty() ? Value{} : Value(std::move(joined));
}

Result<Value> ReadMultiSelect(const Field& field, const Json& json, const std::string& pointer) {
  if (!json.is_array()) return Wrong(field, pointer, "an array of strings");
  std::vector<std::string> values;
  for (const Json& item : json.items()) {
    if (!item.is_string()) return Wrong(field, pointer, "an array of strings");
    values.emplace_back(item.AsString());
  }
  return JoinMultiSelect(field, std::move(values), pointer);
}

Result<Value> CheckRange(const Field& field, int64_t value, const std::string& pointer) {
  if (field.minimum && value < *field.minimum) {
    return OutOfRange(pointer, field.name + " must be at least " + std::to_string(*field.minimum));
  }
  if (field.maximum && value > *field.maximum) {
    return OutOfRange(pointer, field.name + " must be at most " + std::to_string(*field.maximum));
  }
  return Value(value);
}

Result<Value> ReadDecimal(const Field& field, std::string_view text, const std::string& pointer) {
  const auto value = Decimal::Parse(text);
  if (!value) {
    return Error::Field(pointer, "wrong_format",
                        field.name +
                            " must be a decimal with at most 14 digits before and 4 after "
                            "the point, such as \"1234.50\"");
  }
  // Bounds are whole numbers, possibly beyond what a decimal holds: compared as such.
  const int64_t whole = value->units / Decimal::unit;
  const int64_t rest = value->units % Decimal::unit;
  if (field.minimum && (whole < *field.minimum || (whole == *field.minimum && rest < 0))) {
    return OutOfRange(pointer, field.name + " must be at least " + std::to_string(*field.minimum));
  }
  if (field.maximum && (whole > *field.maximum || (whole == *field.maximum && rest > 0))) {
    return OutOfRange(pointer, field.name + " must be at most " + std::to_string(*field.maximum));
  }
  return Value(*value);
}

}  // namespace

std::vector<std::string> MultiSelectValues(std::string_view joined) {
  std::vector<std::string> values;
  while (!joined.empty()) {
    const size_t end = std::min(joined.find(multi_select_separator), joined.size());
    if (end > 0) values.emplace_back(joined.substr(0, end));
    joined.remove_prefix(std::min(end + 1, joined.size()));
  }
  return values;
}

Json ToJson(const Field& field, const Value& value) {
  if (field.type != FieldType::kMultiSelect || IsNull(value)) return ToJson(value);
  Json values = Json::Array();
  for (std::string& each : MultiSelectValues(ToText(value))) values.Append(std::move(each));
  return values;
}

void AppendJson(const Field& field, const Value& value, std::string* out) {
  if (field.type != FieldType::kMultiSelect || IsNull(value)) return AppendJson(value, out);
  char separator = '[';
  for (const std::string& each : MultiSelectValues(ToText(value))) {
    *out += separator;
    separator = ',';
    AppendJsonString(each, out);
  }
  *out += ']';
}

Json ToJson(const Value& value) {
  switch (value.index()) {
    case 0:
      return Json();
    case 1:
      return Json(std::get<bool>(value));
    case 2:
      return Json(std::get<int64_t>(value));
    default:
      return Json(ToText(value));
  }
}

std::string ToText(const Value& value) {
  struct Visitor {
    std::string operator()(std::monostate) const { return {}; }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(int64_t v) const { return std::to_string(v); }
    std::string operator()(const Decimal& v) const { return v.ToString(); }
    std::string operator()(const std::string& v) const { return v; }
    std::string operator()(const Date& v) const { return FormatDate(v.days); }
    std::string operator()(const DateTime& v) const { return FormatDateTime(v.micros); }
    std::string operator()(const Id& v) const { return v.ToString(); }
  };
  return std::visit(Visitor{}, value);
}

void AppendJson(const Value& value, std::string* out) {
  switch (value.index()) {
    case 0:
      *out += "null";
      return;
    case 1:
      *out += std::get<bool>(value) ? "true" : "false";
      return;
    case 2: {
      char buffer[24];
      const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::get<int64_t>(value));
      out->append(buffer, end.ptr);
      return;
    }
    case 4:
      AppendJsonString(std::get<std::string>(value), out);
      return;
    default:
      // Decimals, dates and ids hold nothing that needs escaping.
      *out += '"';
      *out += ToText(value);
      *out += '"';
      return;
  }
}

Result<Value> FromJson(const Field& field, const Json& json, const std::string& pointer) {
  if (json.is_null()) return Value{};
  switch (field.type) {
    case FieldType::kText:
    case FieldType::kLongText:
    case FieldType::kSelect:
    case FieldType::kEmail:
    case FieldType::kPhone:
    case FieldType::kUrl:
      if (!json.is_string()) return Wrong(field, pointer, "a string");
      return ReadString(field, json.AsString(), pointer);
    case FieldType::kMultiSelect:
      return ReadMultiSelect(field, json, pointer);
    case FieldType::kInteger: {
      if (!json.is_number()) return Wrong(field, pointer, "an integer");
      const auto value = json.AsInt();
      if (!value) return Wrong(field, pointer, "an integer of at most 64 bits");
      return CheckRange(field, *value, pointer);
    }
    case FieldType::kBoolean:
      if (!json.is_bool()) return Wrong(field, pointer, "true or false");
      return Value(json.AsBool());
    case FieldType::kDecimal:
    case FieldType::kMoney:
      if (json.is_number()) return ReadDecimal(field, json.NumberAsText(), pointer);
      if (!json.is_string()) return Wrong(field, pointer, "a decimal, as a string or a number");
      return FromText(field, json.AsString(), pointer);
    case FieldType::kDate:
    case FieldType::kDateTime:
    case FieldType::kId:
    case FieldType::kRelation:
      if (!json.is_string()) {
        return Wrong(field, pointer,
                     field.type == FieldType::kDate       ? "a date as YYYY-MM-DD"
                     : field.type == FieldType::kDateTime ? "a date-time in RFC 3339"
                                                          : "an id (a UUID)");
      }
      return FromText(field, json.AsString(), pointer);
  }
  return Wrong(field, pointer, "a value");
}

Result<Value> FromText(const Field& field, std::string_view text, const std::string& pointer) {
  const std::string_view trimmed = TrimAscii(text);
  switch (field.type) {
    case FieldType::kText:
    case FieldType::kLongText:
    case FieldType::kSelect:
    case FieldType::kEmail:
    case FieldType::kPhone:
    case FieldType::kUrl:
      return ReadString(field, text, pointer);
    case FieldType::kMultiSelect:
      return JoinMultiSelect(field, MultiSelectValues(text), pointer);
    case FieldType::kInteger: {
      if (trimmed.empty()) return Value{};
      const Json number = Json::NumberText(std::string(trimmed));
      const auto value = number.AsInt();
      if (!value) return Wrong(field, pointer, "an integer of at most 64 bits");
      return CheckRange(field, *value, pointer);
    }
    case FieldType::kBoolean: {
      if (trimmed.empty()) return Value{};
      const std::string lower = AsciiLower(trimmed);
      if (lower == "true" || lower == "yes" || lower == "1") return Value(true);
      if (lower == "false" || lower == "no" || lower == "0") return Value(false);
      return Wrong(field, pointer, "true or false");
    }
    case FieldType::kDecimal:
    case FieldType::kMoney:
      if (trimmed.empty()) return Value{};
      return ReadDecimal(field, trimmed, pointer);
    case FieldType::kDate: {
      if (trimmed.empty()) return Value{};
      const auto days = ParseDate(trimmed);
      if (!days) {
        return Error::Field(pointer, "wrong_format",
                            field.name + " must be a date that exists, as YYYY-MM-DD");
      }
      return Value(Date{*days});
    }
    case FieldType::kDateTime: {
      if (trimmed.empty()) return Value{};
      const auto micros = ParseDateTime(trimmed);
      if (!micros) {
        return Error::Field(
            pointer, "wrong_format",
            field.name + " must be a date-time in RFC 3339, such as 2026-03-01T09:30:00Z");
      }
      return Value(DateTime{*micros});
    }
    case FieldType::kId:
    case FieldType::kRelation: {
      if (trimmed.empty()) return Value{};
      const auto id = Id::Parse(trimmed);
      if (!id) {
        return Error::Field(pointer, "wrong_format", field.name + " must be an id (a UUID)");
      }
      return Value(*id);
    }
  }
  return Wrong(field, pointer, "a value");
}

}  // namespace boathouse::model
