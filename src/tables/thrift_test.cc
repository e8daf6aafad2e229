#include "tables/thrift.h"

#include <doctest/doctest.h>

namespace boathouse::tables::thrift {
namespace {

std::string Bytes(const Value& value) {
  std::string out;
  Append(value, &out);
  return out;
}

TEST_CASE("every type survives a round trip byte for byte") {
  Value number = Value::I64(INT64_MIN);
  Value small;
  small.type = Type::kByte;
  small.number = -7;
  Value real;
  real.type = Type::kDouble;
  real.bytes = "12345678";
  const Value value = Value::Struct({
      {1, Value::I32(-1)},
      {2, Value::I16(32767)},
      {3, Value::Bool(true)},
      {4, Value::Bool(false)},
      {20, number},  // a jump of more than fifteen ids
      {21, Value::Binary(std::string("a\0b", 3))},
      {22, Value::List(Type::kTrue, {Value::Bool(true), Value::Bool(false)})},
      {23, Value::List(Type::kI32, std::vector<Value>(40, Value::I32(9)))},
      {24, Value::List(Type::kStruct, {Value::Struct(), Value::Struct({{1, Value::I32(5)}})})},
      {25, small},
      {26, real},
  });
  const std::string bytes = Bytes(value);
  size_t used = 0;
  const Result<Value> parsed = Parse(bytes + "trailing", &used);
  REQUIRE(parsed.ok());
  CHECK(used == bytes.size());
  CHECK(Bytes(*parsed) == bytes);
  CHECK(parsed->NumberOf(1, 0) == -1);
  CHECK(parsed->NumberOf(20, 0) == INT64_MIN);
  CHECK(parsed->NumberOf(3, 0) == 1);
  CHECK(parsed->NumberOf(4, 1) == 0);
  CHECK(parsed->NumberOf(99, 17) == 17);
  CHECK(parsed->Find(21)->bytes == std::string("a\0b", 3));
  CHECK(parsed->Find(23)->items.size() == 40);
  CHECK(parsed->Find(22)->items[1].number == 0);
  CHECK(parsed->Find(25)->number == -7);
}

TEST_CASE("the bytes are those of the specification") {
  // Field 1, i32, zigzag of -1 is 1; field 3 true is in the header alone; stop.
  CHECK(Bytes(Value::Struct({{1, Value::I32(-1)}, {3, Value::Bool(true)}})) ==
        std::string("\x15\x01\x21\x00", 4));
}

TEST_CASE("members can be set and removed in order") {
  Value value = Value::Struct();
  value.Set(5, Value::I32(5));
  value.Set(2, Value::I32(2));
  value.Set(5, Value::I32(50));
  CHECK(value.fields.size() == 2);
  CHECK(value.fields[0].first == 2);
  CHECK(value.NumberOf(5, 0) == 50);
  value.Remove(2);
  value.Remove(77);
  CHECK(value.Find(2) == nullptr);
  CHECK(value.fields.size() == 1);
}

TEST_CASE("damaged bytes are refused, and never read past the end") {
  const auto corrupt = [](std::string_view bytes) {
    const Result<Value> parsed = Parse(bytes);
    return !parsed.ok() && parsed.error().kind == ErrorKind::kCorrupt;
  };
  CHECK(corrupt(""));
  CHECK(corrupt("\x15"));      // a number is missing
  CHECK(corrupt("\x18\x7f"));  // a binary longer than the input
  CHECK(corrupt(std::string_view("\x19\xf5\xff\xff\xff\x0f", 6)));     // a list of 2^28 items
  CHECK(corrupt(std::string_view("\x1b\x00\x00", 3)));                 // a map
  CHECK(corrupt(std::string_view("\x1d\x00", 2)));                     // a type that does not exist
  CHECK(corrupt("\x16\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"));  // a number without end
  CHECK(corrupt(std::string_view("\x05\x01\x02\x00", 4)));             // a field id that goes back
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "\x1c";
  CHECK(corrupt(deep));
}

TEST_CASE("any prefix and any flipped byte ends in a value or an error") {
  const Value value = Value::Struct(
      {{1, Value::List(Type::kStruct,
                       std::vector<Value>(
                           20, Value::Struct({{1, Value::I64(1)}, {2, Value::Binary("x")}})))},
       {4, Value::Binary("name")}});
  const std::string bytes = Bytes(value);
  for (size_t i = 0; i < bytes.size(); ++i) {
    CHECK(!Parse(std::string_view(bytes).substr(0, i)).ok());
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      const Result<Value> parsed = Parse(damaged);
      if (!parsed.ok()) CHECK(parsed.error().kind == ErrorKind::kCorrupt);
    }
  }
}

}  // namespace
}  // namespace boathouse::tables::thrift
