#include "mcp/mcp.h"

#include <doctest/doctest.h>

namespace boathouse::mcp {
namespace {

std::vector<FieldError> Violations(std::string_view schema, std::string_view value) {
  const auto parsed_schema = Json::Parse(schema);
  const auto parsed_value = Json::Parse(value);
  REQUIRE(parsed_schema.ok());
  REQUIRE(parsed_value.ok());
  const Status status = ValidateSchema(*parsed_schema, *parsed_value);
  if (status.ok()) return {};
  CHECK(status.error().kind == ErrorKind::kInvalid);
  CHECK_FALSE(status.error().message.empty());
  CHECK_FALSE(status.error().fields.empty());
  return status.error().fields;
}

// "code at pointer" of the only violation, "" when there is none.
std::string Only(std::string_view schema, std::string_view value) {
  const auto found = Violations(schema, value);
  if (found.empty()) return "";
  REQUIRE(found.size() == 1);
  CHECK_FALSE(found[0].detail.empty());
  return found[0].code + " at " + found[0].field;
}

TEST_CASE("types") {
  CHECK(Only(R"({"type":"string"})", R"("x")") == "");
  CHECK(Only(R"({"type":"string"})", "1") == "wrong_type at ");
  CHECK(Only(R"({"type":"integer"})", "1") == "");
  CHECK(Only(R"({"type":"integer"})", "1.0") == "");
  CHECK(Only(R"({"type":"integer"})", "12345678901234567890123") == "");
  CHECK(Only(R"({"type":"integer"})", "1.5") == "wrong_type at ");
  CHECK(Only(R"({"type":"integer"})", R"("1")") == "wrong_type at ");
  CHECK(Only(R"({"type":"number"})", "1.5") == "");
  CHECK(Only(R"({"type":"boolean"})", "0") == "wrong_type at ");
  CHECK(Only(R"({"type":"null"})", "null") == "");
  CHECK(Only(R"({"type":"array"})", "{}") == "wrong_type at ");
  CHECK(Only(R"({"type":"object"})", "[]") == "wrong_type at ");
  CHECK(Only(R"({"type":["string","null"]})", "null") == "");
  CHECK(Only(R"({"type":["string","null"]})", "3") == "wrong_type at ");
  CHECK(Only("{}", "3") == "");
  CHECK(Only("true", "3") == "");
  CHECK(Only("false", "3") == "not_allowed at ");
}

TEST_CASE("enum and const") {
  CHECK(Only(R"({"enum":["won","lost",3]})", R"("won")") == "");
  CHECK(Only(R"({"enum":["won","lost",3]})", "3.0") == "");
  CHECK(Only(R"({"enum":["won","lost"]})", R"("Won")") == "not_an_option at ");
  CHECK(Only(R"({"const":{"a":1}})", R"({"a":1})") == "");
  CHECK(Only(R"({"const":1})", "2") == "not_an_option at ");
  const auto found = Violations(R"({"enum":["won","lost"]})", R"("x")");
  CHECK(found[0].detail == R"(must be one of "won", "lost")");
}

TEST_CASE("ranges and lengths") {
  CHECK(Only(R"({"minimum":1,"maximum":10})", "1") == "");
  CHECK(Only(R"({"minimum":1,"maximum":10})", "10") == "");
  CHECK(Only(R"({"minimum":1,"maximum":10})", "0") == "out_of_range at ");
  CHECK(Only(R"({"minimum":1,"maximum":10})", "10.5") == "out_of_range at ");
  CHECK(Only(R"({"minLength":2,"maxLength":3})", R"("ab")") == "");
  CHECK(Only(R"({"minLength":2,"maxLength":3})", R"("äöü")") == "");  // characters, not bytes
  CHECK(Only(R"({"minLength":2})", R"("a")") == "too_short at ");
  CHECK(Only(R"({"maxLength":3})", R"("abcd")") == "too_long at ");
  CHECK(Only(R"({"minItems":1,"maxItems":2})", "[1,2]") == "");
  CHECK(Only(R"({"minItems":1})", "[]") == "too_short at ");
  CHECK(Only(R"({"maxItems":1})", "[1,2]") == "too_long at ");
}

TEST_CASE("objects and arrays name the place") {
  const char* schema = R"({"type":"object","required":["name"],"additionalProperties":false,
      "properties":{"name":{"type":"string"},"a/b~c":{"type":"string"},
                    "items":{"type":"array","items":{"type":"object","properties":{"n":{"type":"integer"}}}}}})";
  CHECK(Only(schema, R"({"name":"x"})") == "");
  CHECK(Only(schema, "{}") == "required at /name");
  CHECK(Only(schema, R"({"name":"x","nam":1})") == "unknown_field at /nam");
  CHECK(Only(schema, R"({"name":"x","a/b~c":1})") == "wrong_type at /a~1b~0c");
  CHECK(Only(schema, R"({"name":"x","items":[{"n":1},{"n":"2"}]})") == "wrong_type at /items/1/n");
  CHECK(Only(R"({"additionalProperties":{"type":"string"}})", R"({"x":1})") == "wrong_type at /x");
  CHECK(Only(R"({"properties":{}})", R"({"x":1})") == "");
  CHECK(Violations(schema, R"({"name":1,"x":2})").size() == 2);
  CHECK(Violations(schema, R"({"y":1,"x":2})")[1].detail ==
        "is not known here; known are name, a/b~c, items");
}

TEST_CASE("alternatives") {
  const char* any = R"({"anyOf":[{"type":"string","maxLength":2},{"type":"integer"}]})";
  CHECK(Only(any, R"("ab")") == "");
  CHECK(Only(any, "5") == "");
  CHECK(Only(any, R"("abc")") == "too_long at ");
  CHECK(Only(any, "true") == "wrong_type at ");
  const char* one = R"({"oneOf":[{"type":"integer"},{"minimum":10}]})";
  CHECK(Only(one, "5") == "");
  CHECK(Only(one, "10.5") == "");
  CHECK(Only(one, "11") == "ambiguous at ");
  CHECK(Only(one, "5.5") == "wrong_type at ");
  CHECK(Only(R"({"anyOf":[]})", "1") == "not_allowed at ");
}

TEST_CASE("a schema that is nonsense neither fails nor crashes") {
  CHECK(Only(R"({"type":7,"required":"x","properties":[],"items":3,"enum":{}, "anyOf":1})", "1") !=
        "crash");
  CHECK(Only(R"({"minimum":"a","maxLength":-1.5})", "1") != "crash");
}

TEST_CASE("the number of violations told is bounded") {
  std::string value = "[";
  for (int i = 0; i < 500; ++i) value += i == 0 ? "1" : ",1";
  const auto found = Violations(R"({"items":{"type":"string"}})", value + "]");
  CHECK(found.size() == 20);
  CHECK(found[19].field == "/19");
}

}  // namespace
}  // namespace boathouse::mcp
