#include "mcp/header_value.h"

#include <doctest/doctest.h>

namespace boathouse::mcp {
namespace {

Json Schema(std::string_view text) {
  auto json = Json::Parse(text);
  REQUIRE(json.ok());
  return std::move(json).value();
}

std::vector<HeaderParameter> Found(std::string_view schema) {
  auto found = FindHeaderParameters(Schema(schema));
  REQUIRE(found.ok());
  return std::move(found).value();
}

TEST_CASE("plain values stand for themselves, others travel as base64") {
  CHECK(EncodeHeaderValue("list_accounts") == "list_accounts");
  CHECK(EncodeHeaderValue("") == "");
  CHECK(EncodeHeaderValue("Zoë") == "=?base64?Wm/Dqw==?=");
  CHECK(EncodeHeaderValue(" edge") == "=?base64?IGVkZ2U=?=");
  CHECK(EncodeHeaderValue("a\nb") == "=?base64?YQpi?=");
  CHECK(EncodeHeaderValue("=?base64?SGk=?=") != "=?base64?SGk=?=");
  for (const char* value :
       {"x", "Zoë", " edge ", "a\r\nb", "=?base64?SGk=?=", "=?base64?\?=", ""}) {
    CAPTURE(value);
    CHECK(DecodeHeaderValue(EncodeHeaderValue(value)) == value);
  }
}

TEST_CASE("a damaged base64 form has no value") {
  CHECK(DecodeHeaderValue("  name ") == "name");
  CHECK(DecodeHeaderValue("=?base64?SGVsbG8=?=") == "Hello");
  CHECK_FALSE(DecodeHeaderValue("=?base64?SGVsbG8?=").has_value());      // padding
  CHECK_FALSE(DecodeHeaderValue("=?base64?SGVs!!!bG8=?=").has_value());  // alphabet
  CHECK_FALSE(DecodeHeaderValue("=?base64?SGVsbG9=?=").has_value());     // trailing bits
  CHECK_FALSE(DecodeHeaderValue("=?base64?/w==?=").has_value());         // not UTF-8
  CHECK(DecodeHeaderValue("=?base64?SGVsbG8=") == "=?base64?SGVsbG8=");
  CHECK(DecodeHeaderValue("=?BASE64?SGVsbG8=?=") == "=?BASE64?SGVsbG8=?=");
}

TEST_CASE("marked arguments are found through properties") {
  const auto found = Found(R"({"type":"object","properties":{
      "region":{"type":"string","x-mcp-header":"Region"},
      "deep":{"type":"object","properties":{"n":{"type":"integer","x-mcp-header":"N"}}},
      "free":{"type":"number"}}})");
  REQUIRE(found.size() == 2);
  CHECK(found[0].header == "Region");
  CHECK(found[1].path == std::vector<std::string>{"deep", "n"});
  CHECK(Found(R"({"type":"object","default":{"x-mcp-header":"Data"}})").empty());
  CHECK(Found("true").empty());
}

TEST_CASE("marks that break the rules are refused") {
  for (
      const char* schema :
      {R"({"properties":{"a":{"type":"number","x-mcp-header":"A"}}})",
       R"({"properties":{"a":{"type":["string","null"],"x-mcp-header":"A"}}})",
       R"({"properties":{"a":{"type":"string","x-mcp-header":"a b"}}})",
       R"({"properties":{"a":{"type":"string","x-mcp-header":""}}})",
       R"({"properties":{"a":{"type":"string","x-mcp-header":1}}})",
       R"({"properties":{"a":{"type":"string","x-mcp-header":"A"},"b":{"type":"string","x-mcp-header":"a"}}})",
       R"({"properties":{"a":{"type":"array","items":{"type":"string","x-mcp-header":"A"}}}})",
       R"({"anyOf":[{"properties":{"a":{"type":"string","x-mcp-header":"A"}}}]})",
       R"({"$defs":{"d":{"type":"string","x-mcp-header":"A"}}})",
       R"({"type":"string","x-mcp-header":"A"})"}) {
    CAPTURE(schema);
    CHECK_FALSE(FindHeaderParameters(Schema(schema)).ok());
  }
}

TEST_CASE("headers and arguments must agree") {
  const auto parameters = Found(R"({"properties":{"s":{"type":"string","x-mcp-header":"S"},
      "i":{"type":"integer","x-mcp-header":"I"},"b":{"type":"boolean","x-mcp-header":"B"}}})");
  const Json arguments = Schema(R"({"s":"Zoë","i":42,"b":true})");
  http::Headers headers;
  AddParameterHeaders(parameters, arguments, &headers);
  CHECK(headers.Get("mcp-param-s") == "=?base64?Wm/Dqw==?=");
  CHECK(headers.Get("mcp-param-i") == "42");
  CHECK(headers.Get("mcp-param-b") == "true");
  CHECK(CheckParameterHeaders(parameters, arguments, headers) == "");

  SUBCASE("integers compare as numbers") {
    headers.Set("Mcp-Param-I", "42.0");
    CHECK(CheckParameterHeaders(parameters, arguments, headers) == "");
    headers.Set("Mcp-Param-I", "43");
    CHECK(CheckParameterHeaders(parameters, arguments, headers) != "");
    headers.Set("Mcp-Param-I", "many");
    CHECK(CheckParameterHeaders(parameters, arguments, headers) != "");
  }
  SUBCASE("missing, surplus, double and damaged headers") {
    CHECK(CheckParameterHeaders(parameters, arguments, {}) != "");
    CHECK(CheckParameterHeaders(parameters, Schema("{}"), headers) != "");
    CHECK(CheckParameterHeaders(parameters, Schema(R"({"s":null})"), {}) == "");
    CHECK(CheckParameterHeaders(parameters, Schema(R"({"s":["no scalar"]})"), {}) == "");
    http::Headers twice = headers;
    twice.Add("Mcp-Param-S", "x");
    CHECK(CheckParameterHeaders(parameters, arguments, twice) != "");
    headers.Set("Mcp-Param-S", "=?base64?!?=");
    CHECK(CheckParameterHeaders(parameters, arguments, headers) != "");
  }
}

}  // namespace
}  // namespace boathouse::mcp
