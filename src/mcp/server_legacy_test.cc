// The endpoint as clients of the handshake era see it.

#include "mcp/test_peers.h"

namespace boathouse::mcp {
namespace {

HeaderList In(const std::string& session, std::string version = "2025-11-25") {
  return {{"MCP-Session-Id", session}, {"MCP-Protocol-Version", std::move(version)}};
}

TEST_CASE("initialize agrees on a revision and begins a session") {
  TestEndpoint endpoint;
  for (const auto& [asked, agreed] :
       std::vector<std::pair<std::string, std::string>>{{"2024-11-05", "2024-11-05"},
                                                        {"2025-03-26", "2025-03-26"},
                                                        {"2025-06-18", "2025-06-18"},
                                                        {"2025-11-25", "2025-11-25"},
                                                        {"2026-07-28", "2025-11-25"},
                                                        {"1999-01-01", "2025-11-25"}}) {
    CAPTURE(asked);
    const Reply reply = endpoint.Post(
        R"({"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":")" + asked +
        R"(","capabilities":{},"clientInfo":{"name":"t","version":"0"}}})");
    CHECK(reply.status == 200);
    CHECK(reply.headers.Get("MCP-Session-Id").size() >= 32);
    CHECK(
        reply.body ==
        R"({"jsonrpc":"2.0","id":"i","result":{"protocolVersion":")" + agreed +
            R"(","capabilities":{"tools":{},"resources":{}},"serverInfo":{"name":"test-server","version":"1.2.3","title":"Test server"},"instructions":"Add numbers."}})");
  }
  const Reply wrong = endpoint.Post(
      R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":3}})");
  CHECK(wrong.status == 400);
  CHECK(wrong.json()["error"]["code"].AsInt() == rpc_invalid_params);
}

TEST_CASE("a session is required, and its end is told by 404") {
  TestEndpoint endpoint;
  const std::string ping = R"({"jsonrpc":"2.0","id":2,"method":"ping"})";
  CHECK(endpoint.Post(ping).status == 400);
  CHECK(endpoint.Post(ping, In("unknown")).status == 404);
  CHECK(endpoint.Post(ping, In("unknown")).json()["id"].AsInt() == 2);
  const std::string session = endpoint.Initialize();
  CHECK(endpoint.Post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})", In(session))
            .status == 202);
  const Reply pong = endpoint.Post(ping, In(session));
  CHECK(pong.status == 200);
  CHECK(pong.body == R"({"jsonrpc":"2.0","id":2,"result":{}})");
  CHECK(endpoint.Post(ping, {{"MCP-Session-Id", session}}).status == 200);  // no version header
  CHECK(endpoint.Post(ping, In(session, "1999-01-01")).status == 400);

  CHECK(endpoint.Send("DELETE", {}, "").status == 400);
  CHECK(endpoint.Send("DELETE", In(session), "").status == 204);
  CHECK(endpoint.Send("DELETE", In(session), "").status == 404);
  CHECK(endpoint.Post(ping, In(session)).status == 404);
}

TEST_CASE("a session is of one caller and idles only so long") {
  ManualClock clock(0);
  ServerOptions options = TestOptions();
  options.clock = &clock;
  options.session_idle_s = 10;
  TestEndpoint endpoint(std::move(options));
  const std::string session =
      endpoint.Initialize("2025-11-25", {{"Authorization", "Bearer alice"}});
  const std::string whoami =
      R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"whoami"}})";
  const Reply alice =
      endpoint.Post(whoami, {{"MCP-Session-Id", session}, {"Authorization", "Bearer alice"}});
  CHECK(alice.json()["result"]["content"].items()[0]["text"].AsString() == "alice");
  CHECK(endpoint.Post(whoami, {{"MCP-Session-Id", session}, {"Authorization", "Bearer bob"}})
            .status == 404);
  clock.Advance(11'000'000);
  CHECK(endpoint.Post(whoami, {{"MCP-Session-Id", session}, {"Authorization", "Bearer alice"}})
            .status == 404);
}

TEST_CASE("tools are listed in pages") {
  ServerOptions options = TestOptions();
  options.page_items_max = 4;
  TestEndpoint endpoint(std::move(options));
  const std::string session = endpoint.Initialize();
  const auto list = [&](const std::string& params) {
    return endpoint
        .Post(R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":)" + params + "}",
              In(session))
        .json();
  };
  const Json first = list("{}")["result"];
  REQUIRE(first["tools"].size() == 4);
  CHECK(
      first["tools"].items()[0].Dump() ==
      R"({"name":"add","description":"For tests.","inputSchema":{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer","minimum":0}},"required":["a"],"additionalProperties":false},"outputSchema":{"type":"object","properties":{"sum":{"type":"integer"}}},"annotations":{"readOnlyHint":true,"destructiveHint":false,"idempotentHint":true,"openWorldHint":false}})");
  CHECK(first.Find("resultType") == nullptr);  // another era's member
  CHECK(first.Find("ttlMs") == nullptr);
  const std::string cursor(first["nextCursor"].AsString());
  REQUIRE_FALSE(cursor.empty());
  const Json second = list(R"({"cursor":")" + cursor + R"("})")["result"];
  CHECK(second["tools"].size() == 2);
  CHECK(second["tools"].items()[0]["name"].AsString() == "wait");
  CHECK(second.Find("nextCursor") == nullptr);
  CHECK(list(R"({"cursor":""})")["result"] == first);
  CHECK(list(R"({"cursor":null})")["result"] == first);
  for (const char* bad :
       {R"({"cursor":"nope"})", R"({"cursor":7})", R"({"cursor":"YWZ0ZXI6Z29uZQ"})"}) {
    CAPTURE(bad);
    CHECK(list(bad)["error"]["code"].AsInt() == rpc_invalid_params);
  }
}

TEST_CASE("a tool call answers with content, structure, or a failure that the model can read") {
  TestEndpoint endpoint;
  const std::string session = endpoint.Initialize();
  const auto call = [&](const std::string& params) {
    const Reply reply = endpoint.Post(
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":)" + params + "}", In(session));
    CHECK(reply.status == 200);
    CHECK(reply.headers.Get("Content-Type") == "application/json");
    return reply.json();
  };
  CHECK(
      call(R"({"name":"add","arguments":{"a":2,"b":3}})")["result"].Dump() ==
      R"({"content":[{"type":"text","text":"{\"sum\":5}"}],"structuredContent":{"sum":5},"isError":false})");

  const Json failed = call(R"({"name":"fail","arguments":{}})")["result"];
  CHECK(failed["isError"].AsBool());
  CHECK(failed.Find("structuredContent") == nullptr);
  const std::string text(failed["content"].items()[0]["text"].AsString());
  CHECK(text.find("/amount [wrong_type]: expected money") != std::string::npos);

  const int calls_before = endpoint.catalog.calls;
  const Json misfit = call(R"({"name":"add","arguments":{"b":-1,"c":1}})")["result"];
  CHECK(misfit["isError"].AsBool());
  const std::string misfit_text(misfit["content"].items()[0]["text"].AsString());
  CHECK(misfit_text.find("/a [required]") != std::string::npos);
  CHECK(misfit_text.find("/b [out_of_range]") != std::string::npos);
  CHECK(misfit_text.find("/c [unknown_field]") != std::string::npos);
  CHECK(endpoint.catalog.calls == calls_before);

  CHECK(call(R"({"name":"no_such_tool"})")["error"]["code"].AsInt() == rpc_invalid_params);
  CHECK(call(R"({"name":7})")["error"]["code"].AsInt() == rpc_invalid_params);
  CHECK(call(R"({})")["error"]["code"].AsInt() == rpc_invalid_params);
  CHECK(call(R"({"name":"add","arguments":[1]})")["error"]["code"].AsInt() == rpc_invalid_params);
}

TEST_CASE("resources, templates, prompts and what there is not") {
  TestEndpoint endpoint;
  const std::string session = endpoint.Initialize();
  const auto ask = [&](const std::string& method, const std::string& params) {
    return endpoint
        .Post(R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":)" + params + "}",
              In(session))
        .json();
  };
  CHECK(
      ask("resources/list", "{}")["result"].Dump() ==
      R"({"resources":[{"uri":"test://a","name":"a","title":"A","description":"the first","mimeType":"text/plain"},{"uri":"test://b","name":"b"}]})");
  CHECK(ask("resources/read", R"({"uri":"test://a"})")["result"]["contents"]
            .items()[0]["text"]
            .AsString() == "hello");
  CHECK(ask("resources/read", R"({"uri":"test://zzz"})")["error"].Dump() ==
        R"({"code":-32002,"message":"there is no test://zzz","data":{"uri":"test://zzz"}})");
  CHECK(ask("resources/read", "{}")["error"]["code"].AsInt() == rpc_invalid_params);
  CHECK(ask("resources/templates/list", "{}")["result"].Dump() == R"({"resourceTemplates":[]})");
  CHECK(ask("prompts/list", "{}")["result"].Dump() == R"({"prompts":[]})");
  for (const char* method :
       {"prompts/get", "logging/setLevel", "completion/complete", "x", "subscriptions/listen"}) {
    CAPTURE(method);
    CHECK(ask(method, "{}")["error"]["code"].AsInt() == rpc_method_not_found);
  }
}

TEST_CASE("progress comes as a stream only when it was asked for and is accepted") {
  TestEndpoint endpoint;
  const std::string session = endpoint.Initialize();
  const std::string with_token =
      R"({"jsonrpc":"2.0","id":"c","method":"tools/call","params":{"name":"count","_meta":{"progressToken":"p"}}})";
  const Reply stream = endpoint.Post(with_token, In(session));
  CHECK(stream.headers.Get("Content-Type") == "text/event-stream");
  std::vector<Json> messages;
  http::EventParser parser;
  parser.Feed(stream.body, [&](const http::EventParser::Event& event) {
    messages.push_back(ParseJson(event.data));
    return true;
  });
  REQUIRE(messages.size() == 4);  // the step that did not advance is left out
  CHECK(
      messages[0].Dump() ==
      R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p","progress":1,"total":3,"message":"step"}})");
  CHECK(messages[2]["params"]["progress"].AsInt() == 3);
  CHECK(messages[3]["id"].AsString() == "c");
  CHECK(messages[3]["result"]["content"].items()[0]["text"].AsString() == "counted");

  HeaderList json_only = In(session);
  json_only.emplace_back("Accept", "application/json");
  CHECK(endpoint.Post(with_token, json_only).headers.Get("Content-Type") == "application/json");
  const Reply plain = endpoint.Post(
      R"({"jsonrpc":"2.0","id":"c","method":"tools/call","params":{"name":"count"}})", In(session));
  CHECK(plain.headers.Get("Content-Type") == "application/json");
}

TEST_CASE("a call is cancelled by notification, by the client's leaving and with its session") {
  TestEndpoint endpoint;
  const std::string session = endpoint.Initialize();
  const std::string wait =
      R"({"jsonrpc":"2.0","id":77,"method":"tools/call","params":{"name":"wait"}})";
  const auto outcome = [&] {
    return std::string(
        endpoint.Post(wait, In(session)).json()["result"]["content"].items()[0]["text"].AsString());
  };
  CHECK(outcome() == "waited");
  SUBCASE("another request's notification") {
    endpoint.catalog.on_wait = [&](const CallContext&) {
      const Reply note = endpoint.Post(
          R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":78}})",
          In(session));
      CHECK(note.status == 202);
    };
    CHECK(outcome() == "waited");
  }
  SUBCASE("its notification") {
    endpoint.catalog.on_wait = [&](const CallContext&) {
      endpoint.Post(
          R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":77}})",
          In(session));
    };
    CHECK(outcome() == "cancelled");
  }
  SUBCASE("the connection") {
    endpoint.catalog.on_wait = [&](const CallContext&) { endpoint.cancellation.Cancel(); };
    CHECK(outcome() == "cancelled");
  }
  SUBCASE("the session") {
    endpoint.catalog.on_wait = [&](const CallContext&) {
      endpoint.Send("DELETE", In(session), "");
    };
    CHECK(outcome() == "cancelled");
  }
}

TEST_CASE("malformed messages") {
  TestEndpoint endpoint;
  const std::string session = endpoint.Initialize();
  const auto code = [&](const std::string& body) {
    const Reply reply = endpoint.Post(body, In(session));
    CHECK(reply.status == 400);
    return reply.json()["error"]["code"].AsInt();
  };
  CHECK(code("{nope") == rpc_parse_error);
  CHECK(code(R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])") == rpc_invalid_request);
  CHECK(code(R"({"jsonrpc":"2.0","id":null,"method":"ping"})") == rpc_invalid_request);
  CHECK(code(R"({"id":1,"method":"ping"})") == rpc_invalid_request);
  CHECK(code(R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[1]})") == rpc_invalid_params);
  const Reply huge = endpoint.Post(
      R"({"jsonrpc":"2.0","id":99999999999999999999999,"method":"ping"})", In(session));
  CHECK(huge.body == R"({"jsonrpc":"2.0","id":99999999999999999999999,"result":{}})");
  CHECK(endpoint.Post(R"({"jsonrpc":"2.0","id":5,"result":{}})", In(session)).status == 202);
}

TEST_CASE("who may call, and how") {
  TestEndpoint endpoint;
  const std::string ping = R"({"jsonrpc":"2.0","id":2,"method":"ping"})";
  HeaderList in = In(endpoint.Initialize());
  const auto status = [&](const std::string& name, const std::string& value) {
    HeaderList headers = in;
    headers.emplace_back(name, value);
    return endpoint.Post(ping, headers).status;
  };
  SUBCASE("origins") {
    for (const char* good : {"http://localhost", "http://localhost:6274", "http://127.0.0.1:80",
                             "http://[::1]:3000", "https://crm.example.com"}) {
      CAPTURE(good);
      CHECK(status("Origin", good) == 200);
    }
    for (const char* bad : {"http://evil.example", "null", "http://localhost.evil.example",
                            "http://127.0.0.1.evil.example", "https://crm.example.com.evil.example",
                            "http://[::1].evil.example", "", "localhost"}) {
      CAPTURE(bad);
      CHECK(status("Origin", bad) == 403);
    }
  }
  SUBCASE("pages of admitted origins may read answers") {
    HeaderList headers = in;
    headers.emplace_back("Origin", "http://localhost:6274");
    const Reply shared = endpoint.Post(ping, headers);
    CHECK(shared.headers.Get("Access-Control-Allow-Origin") == "http://localhost:6274");
    CHECK(shared.headers.Get("Vary") == "Origin");
    CHECK(endpoint.Post(ping, in).headers.Find("Access-Control-Allow-Origin") == nullptr);
    CHECK(endpoint.Send("GET", headers, "").headers.Find("Access-Control-Allow-Origin") != nullptr);
    headers.back().second = "http://evil.example";
    CHECK(endpoint.Post(ping, headers).headers.Find("Access-Control-Allow-Origin") == nullptr);
    CHECK(endpoint.Send("OPTIONS", headers, "").status == 403);

    // Browsers ask before they sign in.
    const Reply preflight =
        endpoint.Send("OPTIONS",
                      {{"Origin", "https://crm.example.com"},
                       {"Access-Control-Request-Headers", "authorization,mcp-method"}},
                      "");
    CHECK(preflight.status == 204);
    CHECK(preflight.headers.Get("Access-Control-Allow-Headers") == "authorization,mcp-method");
    CHECK(preflight.headers.Get("Access-Control-Allow-Methods") == "POST, DELETE");
  }
  SUBCASE("media types") {
    CHECK(status("Accept", "application/json") == 200);
    CHECK(status("Accept", "*/*") == 200);
    CHECK(status("Accept", "text/event-stream, application/json;q=0.5") == 200);
    CHECK(status("Accept", "text/event-stream") == 406);
    CHECK(status("Accept", "text/html") == 406);
    CHECK(status("Content-Type", "application/json; charset=utf-8") == 200);
    CHECK(status("Content-Type", "text/plain") == 415);
  }
  SUBCASE("credentials") {
    const Reply bad = endpoint.Post(ping, {{"Authorization", "Bearer bad"}});
    CHECK(bad.status == 401);
    CHECK(bad.headers.Get("WWW-Authenticate") ==
          "Bearer error=\"invalid_token\", resource_metadata=\"https://crm.example.com/.well-known/"
          "oauth-protected-resource\"");
    CHECK(bad.json()["error"]["message"].AsString() == "unknown token");
    const Reply poor = endpoint.Post(ping, {{"Authorization", "Bearer poor"}});
    CHECK(poor.status == 403);
    CHECK(poor.headers.Get("WWW-Authenticate").find("insufficient_scope") !=
          std::string_view::npos);
    CHECK(endpoint.Post(ping, {{"Authorization", "Bearer busy"}}).status == 429);
  }
  SUBCASE("methods") {
    const Reply get = endpoint.Send("GET", in, "");
    CHECK(get.status == 405);
    CHECK(get.headers.Get("Allow").find("POST") != std::string_view::npos);
    CHECK(get.json()["error"]["code"].AsInt() == rpc_invalid_request);
    CHECK(endpoint.Send("PUT", in, "").status == 405);
    CHECK(endpoint.router.BodyLimit("/mcp") == TestOptions().request_bytes_max);
  }
}

}  // namespace
}  // namespace boathouse::mcp
