#pragma once
// The value of a field, and its spelling in JSON. Values are copied and moved freely.

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/id.h"
#include "base/json.h"
#include "base/result.h"

namespace boathouse::model {

struct Field;

struct Date {
  int32_t days = 0;  // since 1970-01-01
  auto operator<=>(const Date&) const = default;
};

struct DateTime {
  Micros micros = 0;  // UTC
  auto operator<=>(const DateTime&) const = default;
};

// Empty (null), or what the field's type holds: text-like and select types a string, integer an
// int64, decimal and money a Decimal, relation and id an Id. A multi-select holds its values joined
// by ';' in one string: each once, in the order of the field's options or, when it has none, bytewise.
using Value = std::variant<std::monostate, bool, int64_t, Decimal, std::string, Date, DateTime, Id>;

inline bool IsNull(const Value& value) { return value.index() == 0; }

// The value as it stands in JSON: decimals and ids as strings, dates as YYYY-MM-DD, date-times as
// RFC 3339 UTC, of a multi-select field an array of strings. Appending is the fast way for whole
// records.
Json ToJson(const Field& field, const Value& value);
void AppendJson(const Field& field, const Value& value, std::string* out);
// Likewise for a value of any type but multi-select, which stays one string here.
Json ToJson(const Value& value);
void AppendJson(const Value& value, std::string* out);

inline constexpr char multi_select_separator = ';';
inline constexpr size_t multi_select_values_max = 100;
inline constexpr size_t multi_select_value_chars_max = 80;
// The values of a multi-select, from its one string.
std::vector<std::string> MultiSelectValues(std::string_view joined);

// The value as people read it: like JSON, without quotes; "" for null.
std::string ToText(const Value& value);

// Reads a JSON value for `field`: kind, format, range, length and options are checked, e-mail
// addresses are lower-cased, surrounding white space of one-line text is cut, "" and [] are null. A
// failure is a field error at `pointer`, which says what was expected.
Result<Value> FromJson(const Field& field, const Json& json, const std::string& pointer);

// Reads text (a CSV cell, a filter literal) for `field`, by the same rules; a multi-select's values
// stand joined by ';'.
Result<Value> FromText(const Field& field, std::string_view text, const std::string& pointer);

}  // namespace boathouse::model
