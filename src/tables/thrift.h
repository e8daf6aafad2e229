#pragma once
// The Thrift compact protocol as a tree of values: what a Parquet footer is written in. Knows no
// schema, so fields it has never heard of survive a round trip. Maps are refused (Parquet has none).

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace boathouse::tables::thrift {

// As on the wire. Both booleans are one type to our users: kTrue with number 0 or 1.
enum class Type : uint8_t {
  kTrue = 1,
  kFalse = 2,
  kByte = 3,
  kI16 = 4,
  kI32 = 5,
  kI64 = 6,
  kDouble = 7,
  kBinary = 8,
  kList = 9,
  kSet = 10,
  kMap = 11,
  kStruct = 12,
};

inline constexpr int depth_max = 32;  // nesting that Parse accepts

struct Value {
  using Field = std::pair<int16_t, Value>;

  Type type = Type::kStruct;
  int64_t number = 0;           // booleans and integers
  std::string bytes;            // kBinary; kDouble: its eight bytes
  Type item_type = Type::kI32;  // kList, kSet
  std::vector<Value> items;     // kList, kSet
  std::vector<Field> fields;    // kStruct, ascending ids

  static Value I16(int16_t number) { return Number(Type::kI16, number); }
  static Value I32(int32_t number) { return Number(Type::kI32, number); }
  static Value I64(int64_t number) { return Number(Type::kI64, number); }
  static Value Bool(bool value) { return Number(Type::kTrue, value ? 1 : 0); }
  static Value Binary(std::string_view bytes);
  static Value List(Type item_type, std::vector<Value> items);
  static Value Struct(std::vector<Field> fields = {});

  // The member of a struct, or nullptr.
  const Value* Find(int16_t id) const;
  Value* Find(int16_t id);
  // The number of a member, or `fallback`.
  int64_t NumberOf(int16_t id, int64_t fallback) const;
  void Set(int16_t id, Value value);
  void Remove(int16_t id);

 private:
  static Value Number(Type type, int64_t number);
};

// Reads one struct from the beginning of `bytes`; `used` is how many it took. Never reads past the
// end; kCorrupt for anything that is not a struct in the compact protocol.
Result<Value> Parse(std::string_view bytes, size_t* used = nullptr);
void Append(const Value& value, std::string* out);

}  // namespace boathouse::tables::thrift
