#include "surfaces/delta_sharing/predicate_hints.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/json.h"
#include "surfaces/delta_sharing/delta_sharing.h"

namespace boathouse::delta_sharing {
namespace {

using tables::Predicate;

// Decimal digits and magnitude up to which a double compares with a decimal of 18 digits as exactly as it
// is written.
constexpr size_t exact_double_digits_max = 15;
constexpr size_t exact_double_whole_digits_max = 11;

// A literal of a floating type holds what is written only when it is short: beyond, engines compare
// rounded values, and an exact comparison could leave out a row that they want.
bool IsExactDouble(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  const auto digits = [](std::string_view part) {
    return std::all_of(part.begin(), part.end(), [](unsigned char c) { return std::isdigit(c); });
  };
  return !whole.empty() && digits(whole) && digits(fraction) &&
         whole.size() <= exact_double_whole_digits_max &&
         whole.size() + fraction.size() <= exact_double_digits_max;
}

std::string Op(const Json& node) { return AsciiLower(node["op"].AsString()); }

// The literal's text in the spelling that Predicate takes; nullopt when it is none that we compare with.
std::optional<std::string> LiteralText(const Json& node) {
  if (Op(node) != "literal") return std::nullopt;
  const Json& value = node["value"];
  std::string text;
  if (value.is_string()) {
    text = std::string(value.AsString());
  } else if (value.is_number()) {
    text = std::string(value.NumberAsText());
  } else if (value.is_bool()) {
    text = value.AsBool() ? "true" : "false";
  } else {
    return std::nullopt;
  }
  const std::string type = AsciiLower(node["valueType"].AsString());
  if (type == "bool" || type == "boolean") return AsciiLower(text);
  if ((type == "float" || type == "double") && !IsExactDouble(text)) return std::nullopt;
  return text;
}

std::optional<std::string> ColumnName(const Json& node) {
  if (Op(node) != "column" || !node["name"].is_string()) return std::nullopt;
  return std::string(node["name"].AsString());
}

std::optional<Predicate::Compare> CompareOf(const std::string& op) {
  using enum Predicate::Compare;
  if (op == "equal") return kEqual;
  if (op == "lessthan") return kLess;
  if (op == "lessthanorequal") return kLessOrEqual;
  if (op == "greaterthan") return kGreater;
  if (op == "greaterthanorequal") return kGreaterOrEqual;
  return std::nullopt;
}

Predicate::Compare Mirrored(Predicate::Compare compare) {
  using enum Predicate::Compare;
  switch (compare) {
    case kLess:
      return kGreater;
    case kLessOrEqual:
      return kGreaterOrEqual;
    case kGreater:
      return kLess;
    case kGreaterOrEqual:
      return kLessOrEqual;
    case kEqual:
    case kNotEqual:
      break;
  }
  return compare;
}

Predicate Comparison(Predicate::Compare compare, const JsonArray& children) {
  if (children.size() != 2) return Predicate::Unknown();
  std::optional<std::string> column = ColumnName(children[0]);
  std::optional<std::string> literal = LiteralText(children[1]);
  if (!column) {
    column = ColumnName(children[1]);
    literal = LiteralText(children[0]);
    compare = Mirrored(compare);
  }
  if (!column || !literal) return Predicate::Unknown();
  return Predicate::Where(*std::move(column), compare, *std::move(literal));
}

Predicate Parse(const Json& node) {
  const std::string op = Op(node);
  const JsonArray& children = node["children"].items();
  if (op == "and" || op == "or") {
    if (children.empty()) return Predicate::Unknown();
    std::vector<Predicate> parts;
    for (const Json& child : children) parts.push_back(Parse(child));
    return op == "and" ? Predicate::And(std::move(parts)) : Predicate::Or(std::move(parts));
  }
  if (op == "not") {
    return children.size() == 1 ? Predicate::Not(Parse(children[0])) : Predicate::Unknown();
  }
  if (op == "isnull") {
    const std::optional<std::string> column =
        children.size() == 1 ? ColumnName(children[0]) : std::nullopt;
    return column ? Predicate::IsNull(*column) : Predicate::Unknown();
  }
  if (op == "column") {  // of type boolean, as a condition of its own
    const std::optional<std::string> column = ColumnName(node);
    return column ? Predicate::Where(*column, Predicate::Compare::kEqual, std::string("true"))
                  : Predicate::Unknown();
  }
  if (op == "literal") {
    const std::string type = AsciiLower(node["valueType"].AsString());
    const std::optional<std::string> text = LiteralText(node);
    if ((type != "bool" && type != "boolean") || !text) return Predicate::Unknown();
    if (*text == "true") return Predicate::True();
    if (*text == "false") return Predicate::False();
  }
  if (const auto compare = CompareOf(op)) return Comparison(*compare, children);
  return Predicate::Unknown();
}

}  // namespace

tables::Predicate ParsePredicateHints(std::string_view json) {
  if (TrimAscii(json).empty()) return Predicate::True();
  if (json.size() > predicate_hint_bytes_max) return Predicate::Unknown();
  const Result<Json> tree = Json::Parse(json);  // which bounds the depth
  if (!tree.ok() || !tree->is_object()) return Predicate::Unknown();
  return Parse(*tree);
}

}  // namespace boathouse::delta_sharing
