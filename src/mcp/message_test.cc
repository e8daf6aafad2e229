#include "mcp/message.h"

#include <doctest/doctest.h>

namespace boathouse::mcp {
namespace {

// The message, which must have decoded.
Message Good(std::string_view text) {
  Decoded decoded = DecodeMessage(text);
  REQUIRE_MESSAGE(decoded.message.has_value(), decoded.error.message);
  return std::move(*decoded.message);
}

int BadCode(std::string_view text) {
  const Decoded decoded = DecodeMessage(text);
  REQUIRE_FALSE(decoded.message.has_value());
  CHECK_FALSE(decoded.error.message.empty());
  return decoded.error.code;
}

TEST_CASE("requests, notifications and responses are told apart") {
  const Message request =
      Good(R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"a":1}})");
  CHECK(request.kind == Message::Kind::kRequest);
  CHECK(request.method == "tools/list");
  CHECK(request.params["a"].AsInt() == 1);

  const Message note = Good(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  CHECK(note.kind == Message::Kind::kNotification);
  CHECK(note.params.is_object());

  const Message result = Good(R"({"jsonrpc":"2.0","id":"x","result":{"ok":true}})");
  CHECK(result.kind == Message::Kind::kResponse);
  CHECK(result.result["ok"].AsBool());

  const Message error =
      Good(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no","data":[1]}})");
  REQUIRE(error.error.has_value());
  CHECK(error.error->code == -32600);
  CHECK(error.error->message == "no");
  CHECK(error.error->data.size() == 1);
}

TEST_CASE("ids keep their spelling") {
  CHECK(Good(R"({"jsonrpc":"2.0","id":"1","method":"m"})").id == Json("1"));
  CHECK(Good(R"({"jsonrpc":"2.0","id":0,"method":"m"})").id == Json(0));
  CHECK(Good(R"({"jsonrpc":"2.0","id":-7,"method":"m"})").id == Json(-7));
  CHECK(Good(R"({"jsonrpc":"2.0","id":"","method":"m"})").id == Json(""));
  const std::string huge = "123456789012345678901234567890";
  CHECK(Good(R"({"jsonrpc":"2.0","id":)" + huge + R"(,"method":"m"})").id.NumberAsText() == huge);
}

TEST_CASE("ids that are neither strings nor integers are refused") {
  for (const char* id : {"null", "1.5", "true", "[]", "{}", "1e400"}) {
    CAPTURE(id);
    CHECK(BadCode(std::string(R"({"jsonrpc":"2.0","method":"m","id":)") + id + "}") ==
          rpc_invalid_request);
  }
  const std::string longest(id_chars_max, 'x');
  CHECK(Good(R"({"jsonrpc":"2.0","method":"m","id":")" + longest + R"("})").id.is_string());
  CHECK(BadCode(R"({"jsonrpc":"2.0","method":"m","id":"x)" + longest + R"("})") ==
        rpc_invalid_request);
  CHECK(BadCode(R"({"jsonrpc":"2.0","method":"m","id":1)" + std::string(id_chars_max, '0') + "}") ==
        rpc_invalid_request);
}

TEST_CASE("what is no JSON is a parse error without an id") {
  for (const char* text : {"", "{", "nope", "{\"jsonrpc\":\"2.0\",}", "\xff", "{}{}"}) {
    CAPTURE(text);
    CHECK(BadCode(text) == rpc_parse_error);
    CHECK(DecodeMessage(text).id.is_null());
  }
  CHECK(BadCode(std::string(1000, '[')) == rpc_parse_error);
}

TEST_CASE("what is JSON but no message is refused with the id when there is one") {
  CHECK(BadCode("[]") == rpc_invalid_request);
  CHECK(BadCode(R"([{"jsonrpc":"2.0","id":1,"method":"m"}])") == rpc_invalid_request);
  CHECK(BadCode("1") == rpc_invalid_request);
  CHECK(BadCode("null") == rpc_invalid_request);
  CHECK(BadCode("{}") == rpc_invalid_request);
  for (const char* text :
       {R"({"id":5,"method":"m"})", R"({"jsonrpc":"1.0","id":5,"method":"m"})",
        R"({"jsonrpc":2.0,"id":5,"method":"m"})", R"({"jsonrpc":"2.0","id":5,"method":7})",
        R"({"jsonrpc":"2.0","id":5,"method":""})", R"({"jsonrpc":"2.0","id":5})",
        R"({"jsonrpc":"2.0","id":5,"result":{},"error":{"code":1,"message":""}})",
        R"({"jsonrpc":"2.0","id":5,"result":3})", R"({"jsonrpc":"2.0","id":5,"error":"no"})"}) {
    CAPTURE(text);
    CHECK(BadCode(text) == rpc_invalid_request);
    CHECK(DecodeMessage(text).id == Json(5));
  }
  CHECK(BadCode(R"({"jsonrpc":"2.0","result":{}})") == rpc_invalid_request);
}

TEST_CASE("params are an object or nothing") {
  CHECK(Good(R"({"jsonrpc":"2.0","id":1,"method":"m","params":null})").params.is_object());
  for (const char* params : {"[]", "[1]", "1", "\"x\"", "true"}) {
    CAPTURE(params);
    CHECK(BadCode(std::string(R"({"jsonrpc":"2.0","id":1,"method":"m","params":)") + params +
                  "}") == rpc_invalid_params);
  }
}

TEST_CASE("encoded messages decode to themselves") {
  const Message request =
      Good(EncodeRequest(3, "tools/call", Json::Object({{"name", "x"}})).Dump());
  CHECK(request.id == Json(3));
  CHECK(request.params["name"].AsString() == "x");
  CHECK(Good(EncodeNotification("n", Json::Object()).Dump()).kind == Message::Kind::kNotification);
  CHECK(Good(EncodeResult("s", Json::Object({{"r", 1}})).Dump()).result["r"].AsInt() == 1);
  const Message error = Good(EncodeError(Json(), {rpc_parse_error, "bad", {}}).Dump());
  CHECK(error.error->code == rpc_parse_error);
  CHECK(EncodeError(1, {1, "m", {}})["error"].Find("data") == nullptr);
}

TEST_CASE("the revisions") {
  for (const auto version : legacy_versions) CHECK(IsLegacyVersion(version));
  CHECK_FALSE(IsLegacyVersion(modern_version));
  CHECK_FALSE(IsLegacyVersion(""));
  CHECK(NameMember("tools/call") == "name");
  CHECK(NameMember("resources/read") == "uri");
  CHECK(NameMember("tools/list").empty());
}

}  // namespace
}  // namespace boathouse::mcp
