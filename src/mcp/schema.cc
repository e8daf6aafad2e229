// The subset of JSON Schema 2020-12 that tool arguments are checked against.

#include <algorithm>
#include <cmath>

#include "mcp/mcp.h"

namespace boathouse::mcp {
namespace {

constexpr size_t violations_max = 20;
constexpr size_t depth_max = 64;
constexpr size_t names_shown_max = 30;

std::string EscapePointer(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string_view KindName(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::kNull:
      return "null";
    case Json::Kind::kBool:
      return "boolean";
    case Json::Kind::kNumber:
      return "number";
    case Json::Kind::kString:
      return "string";
    case Json::Kind::kArray:
      return "array";
    case Json::Kind::kObject:
      return "object";
  }
  return "";
}

bool HasType(const Json& value, std::string_view type) {
  if (type != "integer") return KindName(value) == type;
  if (!value.is_number()) return false;
  if (value.AsInt().has_value()) return true;
  // Beyond 64 bits an integer is still an integer; ranges are for minimum and maximum to say.
  const double number = value.AsDouble(0.5);
  return std::isfinite(number) && std::floor(number) == number;
}

bool SameValue(const Json& a, const Json& b) {
  if (a == b) return true;
  return a.is_number() && b.is_number() && a.AsInt().has_value() && a.AsInt() == b.AsInt();
}

// Code points, as JSON Schema counts.
size_t CharacterCount(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

class Checker {
 public:
  std::vector<FieldError> errors;

  void Check(const Json& schema, const Json& value, const std::string& pointer, size_t depth) {
    if (schema.is_bool() && !schema.AsBool())
      Report(pointer, "not_allowed", "nothing is allowed here");
    if (!schema.is_object() || depth > depth_max || errors.size() >= violations_max) return;
    if (!CheckType(schema, value, pointer)) return;  // the rest would only repeat it
    CheckChoice(schema, value, pointer);
    if (value.is_number()) CheckNumber(schema, value, pointer);
    if (value.is_string()) CheckString(schema, value, pointer);
    if (value.is_array()) CheckArray(schema, value, pointer, depth);
    if (value.is_object()) CheckObject(schema, value, pointer, depth);
    CheckAlternatives(schema, value, pointer, depth);
  }

 private:
  void Report(std::string pointer, std::string code, std::string detail) {
    if (errors.size() < violations_max) {
      errors.push_back({std::move(pointer), std::move(code), std::move(detail)});
    }
  }

  bool CheckType(const Json& schema, const Json& value, const std::string& pointer) {
    const Json* type = schema.Find("type");
    if (type == nullptr) return true;
    std::string expected;
    if (type->is_string()) {
      if (HasType(value, type->AsString())) return true;
      expected = std::string(type->AsString());
    } else {
      for (const Json& one : type->items()) {
        if (HasType(value, one.AsString())) return true;
        if (!expected.empty()) expected += " or ";
        expected += one.AsString();
      }
    }
    Report(pointer, "wrong_type", "expected " + expected + ", got " + std::string(KindName(value)));
    return false;
  }

  void CheckChoice(const Json& schema, const Json& value, const std::string& pointer) {
    if (const Json* only = schema.Find("const"); only != nullptr && !SameValue(*only, value)) {
      Report(pointer, "not_an_option", "must be " + only->Dump());
    }
    const Json* options = schema.Find("enum");
    if (options == nullptr) return;
    const JsonArray& items = options->items();
    const auto same = [&](const Json& option) { return SameValue(option, value); };
    if (std::any_of(items.begin(), items.end(), same)) return;
    std::string list;
    for (size_t i = 0; i < std::min(items.size(), names_shown_max); ++i) {
      list += (i == 0 ? "" : ", ") + items[i].Dump();
    }
    Report(pointer, "not_an_option", "must be one of " + list);
  }

  void CheckNumber(const Json& schema, const Json& value, const std::string& pointer) {
    const double number = value.AsDouble();
    if (const Json* least = schema.Find("minimum"); least && number < least->AsDouble()) {
      Report(pointer, "out_of_range", "must be at least " + least->Dump());
    }
    if (const Json* most = schema.Find("maximum"); most && number > most->AsDouble()) {
      Report(pointer, "out_of_range", "must be at most " + most->Dump());
    }
  }

  void CheckSize(const Json& schema, const char* least_name, const char* most_name, size_t size,
                 const char* unit, const std::string& pointer) {
    const auto count = static_cast<int64_t>(size);
    if (const auto least = schema[least_name].AsInt(); least && count < *least) {
      Report(pointer, "too_short", "needs at least " + std::to_string(*least) + unit);
    }
    if (const auto most = schema[most_name].AsInt(); most && count > *most) {
      Report(pointer, "too_long", "may have at most " + std::to_string(*most) + unit);
    }
  }

  void CheckString(const Json& schema, const Json& value, const std::string& pointer) {
    CheckSize(schema, "minLength", "maxLength", CharacterCount(value.AsString()), " characters",
              pointer);
  }

  void CheckArray(const Json& schema, const Json& value, const std::string& pointer, size_t depth) {
    CheckSize(schema, "minItems", "maxItems", value.size(), " items", pointer);
    const Json* items = schema.Find("items");
    if (items == nullptr) return;
    for (size_t i = 0; i < value.size() && errors.size() < violations_max; ++i) {
      Check(*items, value.items()[i], pointer + "/" + std::to_string(i), depth + 1);
    }
  }

  void CheckObject(const Json& schema, const Json& value, const std::string& pointer,
                   size_t depth) {
    for (const Json& name : schema["required"].items()) {
      if (value.Find(name.AsString()) == nullptr) {
        Report(pointer + "/" + EscapePointer(name.AsString()), "required", "is required");
      }
    }
    const Json& properties = schema["properties"];
    const Json* additional = schema.Find("additionalProperties");
    for (const auto& [name, member] : value.members()) {
      const std::string at = pointer + "/" + EscapePointer(name);
      if (const Json* property = properties.Find(name)) {
        Check(*property, member, at, depth + 1);
      } else if (additional != nullptr && additional->is_bool() && !additional->AsBool()) {
        Report(at, "unknown_field", "is not known here; known are " + Names(properties));
      } else if (additional != nullptr) {
        Check(*additional, member, at, depth + 1);
      }
    }
  }

  static std::string Names(const Json& properties) {
    std::string list;
    size_t shown = 0;
    for (const auto& [name, schema] : properties.members()) {
      if (shown++ == names_shown_max) return list + ", ...";
      list += (list.empty() ? "" : ", ") + name;
    }
    return list.empty() ? "no members at all" : list;
  }

  // What each of the alternatives objects to; an empty entry is one that fits.
  std::vector<std::vector<FieldError>> Try(const Json& alternatives, const Json& value,
                                           const std::string& pointer, size_t depth) {
    std::vector<std::vector<FieldError>> outcomes;
    for (const Json& alternative : alternatives.items()) {
      Checker checker;
      checker.Check(alternative, value, pointer, depth + 1);
      outcomes.push_back(std::move(checker.errors));
    }
    return outcomes;
  }

  void CheckAlternatives(const Json& schema, const Json& value, const std::string& pointer,
                         size_t depth) {
    const auto fits = [](const std::vector<FieldError>& e) { return e.empty(); };
    if (const Json* any = schema.Find("anyOf")) {
      const auto outcomes = Try(*any, value, pointer, depth);
      if (std::none_of(outcomes.begin(), outcomes.end(), fits)) ReportClosest(outcomes, pointer);
    }
    if (const Json* one = schema.Find("oneOf")) {
      const auto outcomes = Try(*one, value, pointer, depth);
      const auto count = std::count_if(outcomes.begin(), outcomes.end(), fits);
      if (count == 0) ReportClosest(outcomes, pointer);
      if (count > 1) Report(pointer, "ambiguous", "fits more than one of the alternatives");
    }
  }

  // Of several alternatives that do not fit, the one with the fewest objections says most.
  void ReportClosest(const std::vector<std::vector<FieldError>>& outcomes,
                     const std::string& pointer) {
    if (outcomes.empty()) return Report(pointer, "not_allowed", "no alternative is allowed here");
    const auto closest =
        std::min_element(outcomes.begin(), outcomes.end(),
                         [](const auto& a, const auto& b) { return a.size() < b.size(); });
    for (const FieldError& error : *closest) Report(error.field, error.code, error.detail);
  }
};

}  // namespace

Status ValidateSchema(const Json& schema, const Json& value) {
  Checker checker;
  checker.Check(schema, value, "", 0);
  if (checker.errors.empty()) return Status::Ok();
  std::string message;
  for (size_t i = 0; i < std::min<size_t>(checker.errors.size(), 3); ++i) {
    const FieldError& error = checker.errors[i];
    message += (i == 0 ? "" : "; ") + (error.field.empty() ? "the input" : error.field) + " " +
               error.detail;
  }
  return Error(ErrorKind::kInvalid, std::move(message), std::move(checker.errors));
}

}  // namespace boathouse::mcp
