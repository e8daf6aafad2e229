#pragma once
// JSON values (RFC 8259). Members keep their order; numbers keep their text, so that a decimal or a
// 64-bit integer survives a round trip exactly. Values are copied and moved like any value; a const
// Json may be read from many threads.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace boathouse {

class Json;
using JsonArray = std::vector<Json>;

inline constexpr size_t json_depth_max = 64;  // nesting that Parse accepts

class Json {
 public:
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };
  using Member = std::pair<std::string, Json>;

  Json() = default;  // null
  Json(std::nullptr_t) {}
  Json(bool value) : data_(value) {}
  Json(int value) : Json(static_cast<int64_t>(value)) {}
  Json(unsigned value) : Json(static_cast<int64_t>(value)) {}
  Json(long value) : data_(Number{std::to_string(value)}) {}
  Json(long long value) : data_(Number{std::to_string(value)}) {}
  Json(unsigned long value) : data_(Number{std::to_string(value)}) {}
  Json(unsigned long long value) : data_(Number{std::to_string(value)}) {}
  Json(double value);  // a value that is not finite becomes null
  Json(const char* value) : data_(std::string(value)) {}
  Json(std::string_view value) : data_(std::string(value)) {}
  Json(std::string value) : data_(std::move(value)) {}
  Json(JsonArray value) : data_(std::move(value)) {}

  static Json Array(std::initializer_list<Json> items = {}) { return Json(JsonArray(items)); }
  static Json Object(std::initializer_list<Member> members = {});
  // A number written as `text`, which must be a JSON number.
  static Json NumberText(std::string text);

  // Parses exactly one JSON text. The error (kInvalid) names the byte offset. UTF-8 is checked; a
  // member name that stands twice is refused.
  static Result<Json> Parse(std::string_view text);

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is_null() const { return kind() == Kind::kNull; }
  bool is_bool() const { return kind() == Kind::kBool; }
  bool is_number() const { return kind() == Kind::kNumber; }
  bool is_string() const { return kind() == Kind::kString; }
  bool is_array() const { return kind() == Kind::kArray; }
  bool is_object() const { return kind() == Kind::kObject; }

  // Typed reads that never fail: the fallback is returned when the kind differs.
  bool AsBool(bool fallback = false) const;
  std::string_view AsString(std::string_view fallback = {}) const;
  double AsDouble(double fallback = 0) const;
  // The integer, when the number is one and fits; also 3.0 and 1e3.
  std::optional<int64_t> AsInt() const;
  // The text of a number as it was read ("" for other kinds).
  std::string_view NumberAsText() const;

  // Arrays: the items, or an empty list for other kinds.
  const JsonArray& items() const;
  JsonArray& mutable_items();  // makes a null an array
  void Append(Json item) { mutable_items().push_back(std::move(item)); }
  size_t size() const;  // items or members; 0 otherwise

  // Objects: the members in order, or an empty list for other kinds.
  const std::vector<Member>& members() const;
  // The member, or nullptr.
  const Json* Find(std::string_view name) const;
  Json* Find(std::string_view name);
  // The member, or a shared null.
  const Json& operator[](std::string_view name) const;
  const Json& operator[](const char* name) const { return (*this)[std::string_view(name)]; }
  // Sets or replaces a member; makes a null an object. Returns *this for chaining.
  Json& Set(std::string name, Json value);
  void Remove(std::string_view name);

  // Compact text; with `indent` > 0 one member a line.
  std::string Dump(int indent = 0) const;
  void DumpTo(std::string* out) const;

  // Deep equality; numbers by text, members in any order.
  bool operator==(const Json& other) const;

 private:
  struct Number {
    std::string text;
  };
  using Members = std::vector<Member>;
  std::variant<std::nullptr_t, bool, Number, std::string, JsonArray, Members> data_ = nullptr;
};

// Appends `text` as a JSON string with its quotes. Invalid UTF-8 becomes U+FFFD.
void AppendJsonString(std::string_view text, std::string* out);

// True when `text` is well-formed UTF-8.
bool IsUtf8(std::string_view text);

}  // namespace boathouse
