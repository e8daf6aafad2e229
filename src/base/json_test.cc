#include "base/json.h"

#include <doctest/doctest.h>

#include <limits>

namespace boathouse {
namespace {

std::string RoundTrip(std::string_view text) {
  const Result<Json> json = Json::Parse(text);
  return json.ok() ? json->Dump() : "error: " + json.error().message;
}

TEST_CASE("JSON survives a round trip with member order and number text") {
  for (const char* text :
       {"null", "true", "[]", "{}", "[1,2.50,-0,1e400,123456789012345678901234567890]",
        R"({"b":1,"a":{"c":[null,false,"x"]}})", R"("\"\\\n\t\u0001")"}) {
    CHECK(RoundTrip(text) == text);
  }
  CHECK(RoundTrip(" [ 1 , 2 ] \n") == "[1,2]");
  CHECK(RoundTrip(R"("\u00e4\ud83d\ude00\/")") == "\"\xC3\xA4\xF0\x9F\x98\x80/\"");
}

TEST_CASE("what is not one JSON text is refused") {
  for (const char* text :
       {"", " ", "{", "[1,]", "{\"a\":1,}", "nul", "01", "1 2", "[1] x", "'a'", "{\"a\":1,\"a\":2}",
        "\"\x01\"", "\"\xFF\"", "\"\xED\xA0\x80\"", "+1", "NaN", "// c\n1", "[1", "\"abc"}) {
    CAPTURE(text);
    const Result<Json> json = Json::Parse(text);
    REQUIRE_FALSE(json.ok());
    CHECK(json.error().kind == ErrorKind::kInvalid);
    CHECK(json.error().message.find("not") == 0);
  }
}

TEST_CASE("nesting beyond the limit is refused, up to it accepted") {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(Json::Parse(nested(json_depth_max)).ok());
  CHECK_FALSE(Json::Parse(nested(json_depth_max + 1)).ok());
  CHECK_FALSE(Json::Parse(nested(100'000)).ok());
}

TEST_CASE("numbers are read as integers only when they are") {
  const auto as_int = [](const char* text) { return Json::Parse(text)->AsInt(); };
  CHECK(as_int("42") == 42);
  CHECK(as_int("-9223372036854775808") == std::numeric_limits<int64_t>::min());
  CHECK(as_int("3.0") == 3);
  CHECK(as_int("1e3") == 1000);
  CHECK_FALSE(as_int("3.5").has_value());
  CHECK_FALSE(as_int("9223372036854775808").has_value());
  CHECK_FALSE(as_int("1e30").has_value());
  CHECK_FALSE(as_int("\"3\"").has_value());
}

TEST_CASE("doubles that JSON cannot hold become null") {
  CHECK(Json(std::numeric_limits<double>::infinity()).is_null());
  CHECK(Json(std::numeric_limits<double>::quiet_NaN()).is_null());
  CHECK(Json(0.1).Dump() == "0.1");
}

TEST_CASE("strings with bytes that are not UTF-8 are written with replacement characters") {
  CHECK(Json(std::string("a\xFFz")).Dump() == "\"a\xEF\xBF\xBDz\"");
  CHECK(IsUtf8("gr\xC3\xBC\xC3\x9F"));
  CHECK_FALSE(IsUtf8("\xC3"));
  CHECK_FALSE(IsUtf8("\xC0\x80"));
  CHECK_FALSE(IsUtf8("\xF4\x90\x80\x80"));
}

TEST_CASE("objects are set, found, removed; equality ignores member order") {
  Json json;
  json.Set("a", 1).Set("b", "two").Set("a", 3);
  CHECK(json.Dump() == R"({"a":3,"b":"two"})");
  CHECK(json["missing"].is_null());
  CHECK(json["b"].AsString() == "two");
  CHECK(json == Json::Object({{"b", "two"}, {"a", 3}}));
  CHECK_FALSE(json == Json::Object({{"b", "two"}}));
  json.Remove("a");
  CHECK(json.size() == 1);
  CHECK(json.Dump(2) == "{\n  \"b\": \"two\"\n}");
}

}  // namespace
}  // namespace boathouse
