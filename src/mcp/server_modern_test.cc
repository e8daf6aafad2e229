// The endpoint as clients of revision 2026-07-28 see it.

#include "mcp/test_peers.h"

namespace boathouse::mcp {
namespace {

constexpr const char* server_info_meta =
    R"("_meta":{"io.modelcontextprotocol/serverInfo":{"name":"test-server","version":"1.2.3","title":"Test server"}})";

int64_t Code(const Reply& reply) { return reply.json()["error"]["code"].AsInt().value_or(0); }

TEST_CASE("server/discover") {
  TestEndpoint endpoint;
  const Reply reply = endpoint.PostModern("server/discover", Json::Object());
  CHECK(reply.status == 200);
  CHECK(reply.headers.Find("MCP-Session-Id") == nullptr);
  CHECK(
      reply.body ==
      std::string(
          R"({"jsonrpc":"2.0","id":7,"result":{"supportedVersions":["2026-07-28","2025-11-25","2025-06-18","2025-03-26","2024-11-05"],"capabilities":{"tools":{},"resources":{}},"instructions":"Add numbers.","ttlMs":60000,"cacheScope":"private","resultType":"complete",)") +
          server_info_meta + "}}");
}

TEST_CASE("results carry what the revision wants") {
  TestEndpoint endpoint;
  for (const char* method : {"tools/list", "resources/list", "resources/templates/list"}) {
    CAPTURE(method);
    const Json result = endpoint.PostModern(method, Json::Object()).json()["result"];
    CHECK(result["resultType"].AsString() == "complete");
    CHECK(result["ttlMs"].AsInt() == 0);
    CHECK(result["cacheScope"].AsString() == "private");
    CHECK(result["_meta"][meta_server_info]["name"].AsString() == "test-server");
  }
  const Reply call =
      endpoint.PostModern("tools/call", ParseJson(R"({"name":"add","arguments":{"a":2}})"));
  CHECK(
      call.body ==
      std::string(
          R"({"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"{\"sum\":2}"}],"structuredContent":{"sum":2},"isError":false,"resultType":"complete",)") +
          server_info_meta + "}}");
  const Json read =
      endpoint.PostModern("resources/read", ParseJson(R"({"uri":"test://a"})")).json();
  CHECK(read["result"]["contents"].items()[0]["text"].AsString() == "hello");
  CHECK(read["result"]["resultType"].AsString() == "complete");
  const Json failed = endpoint.PostModern("tools/call", ParseJson(R"({"name":"fail"})")).json();
  CHECK(failed["result"]["isError"].AsBool());
  CHECK(failed["result"]["resultType"].AsString() == "complete");
}

TEST_CASE("of a fault of the server clients learn only the id of its log line") {
  TestEndpoint endpoint;
  const auto told = [](const Reply& reply) {
    CHECK(reply.body.find("secret") == std::string::npos);
    return reply.body.find("error_id ") != std::string::npos;
  };
  const Reply call =
      endpoint.PostModern("tools/call", ParseJson(R"({"name":"fail","arguments":{"badly":true}})"));
  CHECK(call.json()["result"]["isError"].AsBool());
  CHECK(told(call));
  CHECK(told(endpoint.PostModern("resources/read", ParseJson(R"({"uri":"test://broken"})"))));
  const Reply locked =
      endpoint.PostModern("tools/list", Json::Object(), {{"Authorization", "Bearer broken"}});
  CHECK(locked.status == 503);
  CHECK(told(locked));
}

TEST_CASE("errors come with their status") {
  TestEndpoint endpoint;
  const auto check = [&](const std::string& method, std::string_view params, int status, int code) {
    CAPTURE(method);
    const Reply reply = endpoint.PostModern(method, ParseJson(params));
    CHECK(reply.status == status);
    CHECK(Code(reply) == code);
    CHECK(reply.json()["id"].AsInt() == 7);
  };
  for (const char* gone : {"initialize", "ping", "logging/setLevel", "resources/subscribe",
                           "prompts/list", "tasks/get", "unknown/method"}) {
    check(gone, "{}", 404, rpc_method_not_found);
  }
  check("tools/call", R"({"name":"nope"})", 400, rpc_invalid_params);
  check("tools/call", R"({"name":"add","arguments":3})", 400, rpc_invalid_params);
  check("tools/list", R"({"cursor":"bad"})", 400, rpc_invalid_params);
  check("resources/read", R"({"uri":"test://zzz"})", 400, rpc_invalid_params);
}

TEST_CASE("_meta is required") {
  TestEndpoint endpoint;
  const auto post = [&](const std::string& meta) {
    return endpoint.Post(
        R"({"jsonrpc":"2.0","id":1,"method":"server/discover","params":{)" + meta + "}}",
        {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "server/discover"}});
  };
  const std::string version = R"("io.modelcontextprotocol/protocolVersion":"2026-07-28")";
  const std::string capabilities = R"("io.modelcontextprotocol/clientCapabilities":{})";
  CHECK(post(R"("_meta":{)" + version + "," + capabilities + "}").status == 200);
  for (const std::string& meta :
       {std::string(), std::string(R"("_meta":7)"), R"("_meta":{)" + version + "}",
        R"("_meta":{)" + capabilities + "}",
        R"("_meta":{"io.modelcontextprotocol/protocolVersion":5,)" + capabilities + "}",
        R"("_meta":{)" + version + R"(,"io.modelcontextprotocol/clientCapabilities":[]})"}) {
    CAPTURE(meta);
    const Reply reply = post(meta);
    CHECK(reply.status == 400);
    CHECK(Code(reply) == rpc_invalid_params);
  }
}

TEST_CASE("headers must be there and match the body") {
  TestEndpoint endpoint;
  const Json call = ParseJson(R"({"name":"add","arguments":{"a":1}})");
  const auto with = [&](const HeaderList& extra) {
    const Reply reply = endpoint.PostModern("tools/call", call, extra);
    if (reply.status != 200) CHECK(reply.status == 400);
    return reply.status == 200 ? 0 : Code(reply);
  };
  CHECK(with({}) == 0);
  CHECK(with({{"MCP-METHOD", "tools/call"}}) == 0);
  CHECK(with({{"Mcp-Method", "  tools/call "}}) == 0);
  CHECK(with({{"Mcp-Name", "=?base64?YWRk?="}}) == 0);
  CHECK(with({{"Mcp-Session-Id", "ignored"}}) == 0);
  CHECK(with({{"Mcp-Method", "TOOLS/CALL"}}) == rpc_header_mismatch);
  CHECK(with({{"Mcp-Method", "tools/list"}}) == rpc_header_mismatch);
  CHECK(with({{"Mcp-Method", ""}}) == rpc_header_mismatch);
  CHECK(with({{"Mcp-Name", "Add"}}) == rpc_header_mismatch);
  CHECK(with({{"Mcp-Name", ""}}) == rpc_header_mismatch);
  CHECK(with({{"Mcp-Name", "=?base64?YWR?="}}) == rpc_header_mismatch);
  CHECK(with({{"MCP-Protocol-Version", ""}}) == rpc_header_mismatch);
  CHECK(with({{"MCP-Protocol-Version", "2025-11-25"}}) == rpc_header_mismatch);

  const Json in_unicode = ParseJson(R"({"uri":"test://Zoë"})");
  CHECK(Code(endpoint.PostModern("resources/read", in_unicode,
                                 {{"Mcp-Name", "=?base64?dGVzdDovL1pvw6s=?="}})) ==
        rpc_invalid_params);
  CHECK(Code(endpoint.PostModern("resources/read", in_unicode, {{"Mcp-Name", "test://Zoe"}})) ==
        rpc_header_mismatch);
}

TEST_CASE("unknown revisions are told which there are") {
  TestEndpoint endpoint;
  const Reply both = endpoint.Post(
      R"({"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"v999","io.modelcontextprotocol/clientCapabilities":{}}}})",
      {{"MCP-Protocol-Version", "v999"}, {"Mcp-Method", "server/discover"}});
  CHECK(both.status == 400);
  CHECK(
      both.json()["error"].Dump() ==
      R"({"code":-32022,"message":"unsupported protocol version","data":{"supported":["2026-07-28","2025-11-25","2025-06-18","2025-03-26","2024-11-05"],"requested":"v999"}})");
  const Reply header_only = endpoint.Post(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})",
                                          {{"MCP-Protocol-Version", "v999"}});
  CHECK(Code(header_only) == rpc_unsupported_version);
  const Reply differing = endpoint.Post(
      R"({"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"v999","io.modelcontextprotocol/clientCapabilities":{}}}})",
      {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "server/discover"}});
  CHECK(Code(differing) == rpc_header_mismatch);
}

TEST_CASE("arguments marked for headers are checked against them") {
  TestEndpoint endpoint;
  const Json call = ParseJson(R"({"name":"region","arguments":{"region":"emea"}})");
  CHECK(endpoint.PostModern("tools/call", call, {{"Mcp-Param-Region", "emea"}}).status == 200);
  CHECK(Code(endpoint.PostModern("tools/call", call)) == rpc_header_mismatch);
  CHECK(Code(endpoint.PostModern("tools/call", call, {{"Mcp-Param-Region", "apac"}})) ==
        rpc_header_mismatch);
}

TEST_CASE("notifications are taken, responses are not") {
  TestEndpoint endpoint;
  const HeaderList modern = {{"MCP-Protocol-Version", "2026-07-28"}};
  const Reply note =
      endpoint.Post(R"({"jsonrpc":"2.0","method":"notifications/cancelled"})", modern);
  CHECK(note.status == 202);
  CHECK(note.body.empty());
  CHECK(endpoint.Post(R"({"jsonrpc":"2.0","id":1,"result":{}})", modern).status == 400);
}

TEST_CASE("progress is streamed to who asked for it") {
  TestEndpoint endpoint;
  const Reply reply = endpoint.PostModern(
      "tools/call", ParseJson(R"({"name":"count","_meta":{"progressToken":5}})"));
  CHECK(reply.headers.Get("Content-Type") == "text/event-stream");
  CHECK(reply.headers.Get("X-Accel-Buffering") == "no");
  std::vector<Json> messages;
  http::EventParser parser;
  parser.Feed(reply.body, [&](const http::EventParser::Event& event) {
    messages.push_back(ParseJson(event.data));
    return true;
  });
  REQUIRE(messages.size() == 4);
  CHECK(messages[0]["params"]["progressToken"].AsInt() == 5);
  CHECK(messages[3]["result"]["resultType"].AsString() == "complete");
  // A refusal is known before the stream begins, so it has its status.
  const Reply refused = endpoint.PostModern(
      "tools/call", ParseJson(R"({"name":"nope","_meta":{"progressToken":5}})"));
  CHECK(refused.status == 400);
}

}  // namespace
}  // namespace boathouse::mcp
