#include <future>

#include "mcp/test_peers.h"

namespace boathouse::mcp {
namespace {

using Answer = ScriptedHttp::Answer;

ClientOptions TestClientOptions() {
  ClientOptions options;
  options.url = "http://peer.test/mcp";
  options.headers.Set("Authorization", "Bearer alice");
  options.client_version = "9";
  return options;
}

std::string FirstText(const ToolResult& result) {
  REQUIRE(result.content.size() > 0);
  return std::string(result.content.items()[0]["text"].AsString());
}

Answer JsonAnswer(int status, std::string body) {
  return {status, {{"Content-Type", "application/json"}}, std::move(body)};
}
Answer StreamAnswer(std::string body) {
  return {200, {{"Content-Type", "text/event-stream"}}, std::move(body)};
}
// An answer to the request that was sent, whatever its id.
Answer ResultFor(const http::ClientRequest& request, std::string_view result) {
  return JsonAnswer(200, EncodeResult(ParseJson(request.body)["id"], ParseJson(result)).Dump());
}
std::string MethodOf(const http::ClientRequest& request) {
  return request.body.empty() ? "" : std::string(ParseJson(request.body)["method"].AsString());
}

// A peer of the handshake era that speaks as seen in the field; `on_call` answers what follows.
ScriptedHttp::Script LegacyPeer(ScriptedHttp::Script on_call, int* handshakes = nullptr) {
  return [=](const http::ClientRequest& request) -> Result<Answer> {
    const std::string method = MethodOf(request);
    if (method == "server/discover") {
      Answer refusal = JsonAnswer(
          400,
          R"({"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"Bad Request: Missing session ID"}})");
      refusal.headers.emplace_back("mcp-session-id", "leaked");
      return refusal;
    }
    if (method == "initialize") {
      if (handshakes != nullptr) ++*handshakes;
      Answer answer = ResultFor(
          request,
          R"({"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"p","version":"1"}})");
      answer.headers.emplace_back("mcp-session-id",
                                  "s" + std::to_string(handshakes == nullptr ? 1 : *handshakes));
      return answer;
    }
    if (method == "notifications/initialized") return Answer{202, {}, ""};
    return on_call(request);
  };
}

TEST_CASE("against our own endpoint, which is modern") {
  TestEndpoint endpoint;
  ScriptedHttp http(Against(endpoint));
  const auto client = Client::Create(TestClientOptions(), http);
  CHECK(client->protocol_version() == "");
  const auto tools = client->ListTools();
  REQUIRE(tools.ok());
  CHECK(tools->size() == 6);
  CHECK((*tools)[0].name == "add");
  CHECK((*tools)[0].annotations.read_only);
  CHECK_FALSE((*tools)[0].output_schema.is_null());
  CHECK(client->protocol_version() == "2026-07-28");

  const auto sum = client->CallTool("add", ParseJson(R"({"a":20,"b":22})"));
  REQUIRE(sum.ok());
  CHECK(sum->structured["sum"].AsInt() == 42);
  CHECK(FirstText(*client->CallTool("whoami", Json())) == "alice");
  CHECK(FirstText(*client->CallTool("region", ParseJson(R"({"region":"Zürich"})"))) == "Zürich");
  const auto failed = client->CallTool("fail", Json());
  REQUIRE(failed.ok());
  CHECK(failed->is_error);
  CHECK((*client->ReadResource("test://a")).items()[0]["text"].AsString() == "hello");
  CHECK(client->ReadResource("test://zzz").error().kind == ErrorKind::kInvalid);
  CHECK(client->CallTool("nope", Json()).error().kind == ErrorKind::kInvalid);
  for (const auto& request : http.requests) CHECK(MethodOf(request) != "initialize");
}

TEST_CASE("a tool that wants its arguments in headers may be called without listing it first") {
  TestEndpoint endpoint;
  ScriptedHttp http(Against(endpoint));
  const auto client = Client::Create(TestClientOptions(), http);
  const Json arguments = ParseJson(R"({"region":"emea"})");
  CHECK(FirstText(*client->CallTool("region", arguments)) == "emea");
  CHECK(endpoint.catalog.calls == 1);
  const size_t sent = http.requests.size();
  CHECK(FirstText(*client->CallTool("region", arguments)) == "emea");
  CHECK(http.requests.size() == sent + 1);
}

TEST_CASE("against our own endpoint in the handshake era") {
  TestEndpoint endpoint;
  ScriptedHttp http([&](const http::ClientRequest& request) -> Result<Answer> {
    if (MethodOf(request) == "server/discover") return JsonAnswer(404, "not found");
    return Against(endpoint)(request);
  });
  ClientOptions options = TestClientOptions();
  const auto client = Client::Create(options, http);
  CHECK(FirstText(*client->CallTool("whoami", Json())) == "alice");
  CHECK(client->protocol_version() == "2025-11-25");
  CHECK(client->ListTools()->size() == 6);
  CHECK(client->ReadResource("test://zzz").error().kind == ErrorKind::kNotFound);
  // What every request after the handshake must carry.
  const http::Headers& headers = http.requests.back().headers;
  CHECK(headers.Get("MCP-Protocol-Version") == "2025-11-25");
  CHECK(headers.Get("MCP-Session-Id").size() >= 32);
  CHECK(headers.Get("Authorization") == "Bearer alice");
  CHECK(headers.Find("Mcp-Method") == nullptr);
}

TEST_CASE("a session that is gone is begun anew once") {
  int handshakes = 0;
  int lost = 1;
  ScriptedHttp http(LegacyPeer(
      [&](const http::ClientRequest& request) -> Result<Answer> {
        if (request.headers.Get("MCP-Session-Id") != "s" + std::to_string(handshakes) || lost > 0) {
          --lost;
          return JsonAnswer(404, "Session not found");
        }
        return ResultFor(request, R"({"content":[{"type":"text","text":"ok"}]})");
      },
      &handshakes));
  const auto client = Client::Create(TestClientOptions(), http);
  SUBCASE("and the call succeeds") {
    CHECK(FirstText(*client->CallTool("x", Json())) == "ok");
    CHECK(handshakes == 2);
    CHECK(client->protocol_version() == "2025-06-18");
  }
  SUBCASE("but not for ever") {
    lost = 100;
    const auto result = client->CallTool("x", Json());
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().kind == ErrorKind::kUnavailable);
    CHECK(handshakes == 2);
  }
}

TEST_CASE("the leaked session of a refused probe is not used") {
  ScriptedHttp http(LegacyPeer([&](const http::ClientRequest& request) -> Result<Answer> {
    CHECK(request.headers.Get("MCP-Session-Id") == "s1");
    return ResultFor(request, R"({"content":[]})");
  }));
  const auto client = Client::Create(TestClientOptions(), http);
  REQUIRE(client->CallTool("x", Json()).ok());
  for (const auto& request : http.requests) {
    CHECK(request.headers.Get("MCP-Session-Id") != "leaked");
  }
}

TEST_CASE("other refusals of the probe mean the handshake era too") {
  for (
      const char* refusal :
      {R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Invalid request parameters"}})",
       R"({"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}})",
       R"({"jsonrpc":"2.0","id":1,"result":{"supportedVersions":["2025-06-18"],"capabilities":{}}})",
       R"({"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"no","data":{"supported":["2025-06-18"]}}})",
       R"({"jsonrpc":"2.0","id":1,"result":{}})", "<html>", ""}) {
    CAPTURE(refusal);
    const auto legacy = LegacyPeer([](const http::ClientRequest& request) -> Result<Answer> {
      return ResultFor(request, R"({"tools":[]})");
    });
    ScriptedHttp http([&](const http::ClientRequest& request) -> Result<Answer> {
      if (MethodOf(request) == "server/discover") return JsonAnswer(200, refusal);
      return legacy(request);
    });
    const auto client = Client::Create(TestClientOptions(), http);
    REQUIRE(client->ListTools().ok());
    CHECK(client->protocol_version() == "2025-06-18");
  }
}

TEST_CASE("a modern peer that only finds fault is still modern") {
  std::string fault;
  SUBCASE("with capabilities") { fault = R"({"code":-32021,"message":"needs elicitation"})"; }
  SUBCASE("with the revision it speaks") {
    fault = R"({"code":-32022,"message":"no","data":{"supported":["2026-07-28"]}})";
  }
  ScriptedHttp http([&](const http::ClientRequest& request) -> Result<Answer> {
    if (MethodOf(request) == "server/discover") {
      return JsonAnswer(400, R"({"jsonrpc":"2.0","id":1,"error":)" + fault + "}");
    }
    return ResultFor(request, R"({"resultType":"complete","tools":[]})");
  });
  const auto client = Client::Create(TestClientOptions(), http);
  REQUIRE(client->ListTools().ok());
  CHECK(client->protocol_version() == "2026-07-28");
}

TEST_CASE("peers we cannot speak with") {
  const auto kind = [](const char* discover, const char* initialize) {
    ScriptedHttp http([&](const http::ClientRequest& request) -> Result<Answer> {
      return JsonAnswer(200, MethodOf(request) == "server/discover" ? discover : initialize);
    });
    const auto client = Client::Create(TestClientOptions(), http);
    const auto result = client->ListTools();
    REQUIRE_FALSE(result.ok());
    CHECK(client->protocol_version() == "");
    return result.error().kind;
  };
  CHECK(
      kind(
          R"({"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"","data":{"supported":["2027-01-01"]}}})",
          "") == ErrorKind::kUnsupported);
  CHECK(kind("", R"({"jsonrpc":"2.0","id":2,"result":{"protocolVersion":"2031-01-01"}})") ==
        ErrorKind::kUnsupported);
  CHECK(kind("", R"({"jsonrpc":"2.0","id":99,"result":{"protocolVersion":"2025-11-25"}})") ==
        ErrorKind::kUnavailable);
}

TEST_CASE("statuses that speak for themselves") {
  const auto kind = [](int status) {
    ScriptedHttp http([&](const http::ClientRequest&) -> Result<Answer> {
      return Answer{status, {}, "<html>login</html>"};
    });
    return Client::Create(TestClientOptions(), http)->ListTools().error().kind;
  };
  CHECK(kind(401) == ErrorKind::kUnauthenticated);
  CHECK(kind(302) == ErrorKind::kUnauthenticated);  // a login page
  CHECK(kind(403) == ErrorKind::kForbidden);
  CHECK(kind(429) == ErrorKind::kExhausted);
  CHECK(kind(500) == ErrorKind::kUnavailable);
  CHECK(kind(200) == ErrorKind::kUnavailable);
}

TEST_CASE("answers in an event stream, between other messages") {
  size_t piece_bytes = 0;
  SUBCASE("byte by byte") { piece_bytes = 1; }
  SUBCASE("at once") { piece_bytes = 1u << 20; }
  std::vector<std::string> answered;
  ScriptedHttp http(LegacyPeer([&](const http::ClientRequest& request) -> Result<Answer> {
    const Json body = ParseJson(request.body);
    if (body.Find("method") == nullptr) {
      answered.push_back(request.body);
      return Answer{202, {}, ""};
    }
    const std::string id = body["id"].Dump();
    return StreamAnswer(
        ": hello\n\nid: 1\ndata:\n\n"
        "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{}}\n\n"
        "data: {\"jsonrpc\":\"2.0\",\"id\":\"p\",\"method\":\"ping\"}\n\n"
        "data: {\"jsonrpc\":\"2.0\",\"id\":\"e\",\"method\":\"elicitation/create\"}\n\n"
        "data: not json\n\n"
        "data: {\"jsonrpc\":\"2.0\",\"id\":12345,\"result\":{}}\n\n"
        "event: message\r\ndata: {\"jsonrpc\":\"2.0\",\r\ndata: \"id\":\"" +
        id +
        "\",\"result\":{\"_meta\":{\"icon\":\"large\"},\"content\":[{\"type\":\"text\",\"text\":"
        "\"done\",\"_meta\":1}]}}\r\n\r\n"
        "data: after the end\n\n");
  }));
  http.piece_bytes = piece_bytes;
  const auto client = Client::Create(TestClientOptions(), http);
  const auto result = client->CallTool("x", Json());
  REQUIRE(result.ok());
  CHECK(result->content.Dump() == R"([{"type":"text","text":"done"}])");
  REQUIRE(answered.size() == 2);
  CHECK(answered[0] == R"({"jsonrpc":"2.0","id":"p","result":{}})");
  CHECK(ParseJson(answered[1])["error"]["code"].AsInt() == rpc_method_not_found);
}

TEST_CASE("a broken stream is taken up where it stood, if it can be") {
  SUBCASE("with an event id") {
    std::string id;
    ScriptedHttp http(LegacyPeer([&](const http::ClientRequest& request) -> Result<Answer> {
      if (request.method == "GET") {
        CHECK(request.headers.Get("Last-Event-ID") == "e7");
        CHECK(request.body.empty());
        return StreamAnswer("data: {\"jsonrpc\":\"2.0\",\"id\":" + id +
                            ",\"result\":{\"tools\":[]}}\n\n");
      }
      id = ParseJson(request.body)["id"].Dump();
      return StreamAnswer("id: e7\nretry: 10\ndata:\n\n");
    }));
    CHECK(Client::Create(TestClientOptions(), http)->ListTools().ok());
  }
  SUBCASE("without one") {
    ScriptedHttp http(LegacyPeer([&](const http::ClientRequest&) -> Result<Answer> {
      return StreamAnswer(": nothing\n\n");
    }));
    const auto result = Client::Create(TestClientOptions(), http)->ListTools();
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().kind == ErrorKind::kUnavailable);
  }
}

TEST_CASE("results that were not offered are refused") {
  ScriptedHttp http([](const http::ClientRequest& request) -> Result<Answer> {
    if (MethodOf(request) == "server/discover") {
      return ResultFor(request, R"({"supportedVersions":["2026-07-28"],"capabilities":{}})");
    }
    return ResultFor(request, R"({"resultType":"input_required","inputRequests":{}})");
  });
  CHECK(Client::Create(TestClientOptions(), http)->CallTool("x", Json()).error().kind ==
        ErrorKind::kUnsupported);
}

TEST_CASE("lists of several pages, tools that break rules, and cursors that go round") {
  int pages = 0;
  ScriptedHttp http([&](const http::ClientRequest& request) -> Result<Answer> {
    if (MethodOf(request) == "server/discover") {
      return ResultFor(request, R"({"supportedVersions":["2026-07-28"]})");
    }
    ++pages;
    const Json cursor = ParseJson(request.body)["params"]["cursor"];
    if (cursor.is_null()) {
      return ResultFor(
          request,
          R"({"tools":[{"name":"a","inputSchema":{"type":"object"}},{"name":"bad name","inputSchema":{}},{"name":"noschema"}],"nextCursor":""})");
    }
    return ResultFor(
        request,
        R"({"tools":[{"name":"b","inputSchema":{}},{"name":"c","inputSchema":{"properties":{"x":{"type":"number","x-mcp-header":"X"}}}}],"nextCursor":""})");
  });
  const auto tools = Client::Create(TestClientOptions(), http)->ListTools();
  REQUIRE(tools.ok());
  REQUIRE(tools->size() == 2);
  CHECK((*tools)[0].name == "a");
  CHECK((*tools)[1].name == "b");
  CHECK(pages == 2);
}

TEST_CASE("a peer that was replaced by one of another era is found out") {
  bool modern = true;
  const auto legacy = LegacyPeer([](const http::ClientRequest& request) -> Result<Answer> {
    return ResultFor(request, R"({"tools":[]})");
  });
  ScriptedHttp http([&](const http::ClientRequest& request) -> Result<Answer> {
    if (!modern && request.headers.Find("Mcp-Method") != nullptr) {
      return JsonAnswer(
          400,
          R"({"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"Missing session ID"}})");
    }
    if (!modern) return legacy(request);
    if (MethodOf(request) == "server/discover") {
      return ResultFor(request, R"({"supportedVersions":["2026-07-28"]})");
    }
    return ResultFor(request, R"({"tools":[]})");
  });
  const auto client = Client::Create(TestClientOptions(), http);
  REQUIRE(client->ListTools().ok());
  CHECK(client->protocol_version() == "2026-07-28");
  modern = false;
  REQUIRE(client->ListTools().ok());
  CHECK(client->protocol_version() == "2025-06-18");
}

TEST_CASE("limits, cancellation and outages") {
  bool down = false;
  ScriptedHttp http(LegacyPeer([&](const http::ClientRequest& request) -> Result<Answer> {
    if (MethodOf(request) == "notifications/cancelled") return Answer{202, {}, ""};
    if (down) return Error(ErrorKind::kUnavailable, "connection refused");
    return ResultFor(request,
                     R"({"content":[{"type":"text","text":")" + std::string(5000, 'x') + R"("}]})");
  }));
  ClientOptions options = TestClientOptions();
  SUBCASE("a result beyond the limit") {
    options.result_bytes_max = 1000;
    CHECK(Client::Create(options, http)->CallTool("x", Json()).error().kind ==
          ErrorKind::kTooLarge);
    options.result_bytes_max = 10000;
    CHECK(Client::Create(options, http)->CallTool("x", Json()).ok());
  }
  SUBCASE("a cancelled call tells the peer") {
    const Cancellation cancellation;
    ScriptedHttp cancelling(LegacyPeer([&](const http::ClientRequest& request) -> Result<Answer> {
      if (MethodOf(request) == "notifications/cancelled") return Answer{202, {}, ""};
      cancellation.Cancel();
      return Error(ErrorKind::kCancelled, "cancelled");
    }));
    const auto client = Client::Create(options, cancelling);
    CHECK(client->CallTool("x", Json(), cancellation).error().kind == ErrorKind::kCancelled);
    const auto& last = cancelling.requests.back();
    CHECK(MethodOf(last) == "notifications/cancelled");
    CHECK_FALSE(last.cancellation.cancelled());
    const Json call = ParseJson(cancelling.requests[cancelling.requests.size() - 2].body)["id"];
    CHECK(ParseJson(last.body)["params"]["requestId"] == call);
    const size_t sent = cancelling.requests.size();
    CHECK(client->CallTool("x", Json(), cancellation).error().kind == ErrorKind::kCancelled);
    CHECK(cancelling.requests.size() == sent);
  }
  SUBCASE("an outage, and back") {
    const auto client = Client::Create(options, http);
    REQUIRE(client->CallTool("x", Json()).ok());
    down = true;
    CHECK(client->CallTool("x", Json()).error().kind == ErrorKind::kUnavailable);
    CHECK(client->protocol_version() == "");
    down = false;
    CHECK(client->CallTool("x", Json()).ok());
  }
}

TEST_CASE("ids are integers and no two requests share one") {
  TestEndpoint endpoint;
  ScriptedHttp http(Against(endpoint));
  const auto client = Client::Create(TestClientOptions(), http);
  REQUIRE(client->ListTools().ok());
  REQUIRE(client->ListTools().ok());
  std::vector<int64_t> ids;
  for (const auto& request : http.requests) ids.push_back(*ParseJson(request.body)["id"].AsInt());
  CHECK(ids == std::vector<int64_t>{1, 2, 3});
}

TEST_CASE("over real sockets, in both eras at once") {
  TestEndpoint endpoint;
  http::ServerOptions server_options;
  server_options.log_requests = false;
  const auto server = http::Server::Start(server_options, endpoint.router);
  REQUIRE(server.ok());
  const auto http = http::Client::Create();
  ClientOptions options = TestClientOptions();
  options.url = "http://127.0.0.1:" + std::to_string((*server)->port()) + "/mcp";
  const auto modern = Client::Create(options, *http);
  CHECK(FirstText(*modern->CallTool("add", ParseJson(R"({"a":1,"b":1})"))) == R"({"sum":2})");
  CHECK(modern->protocol_version() == "2026-07-28");

  // The same endpoint through the handshake: a client that is refused the probe.
  ScriptedHttp no_discover([&](const http::ClientRequest& request) -> Result<Answer> {
    if (MethodOf(request) == "server/discover") return JsonAnswer(404, "");
    http::ClientRequest plain = request;
    plain.on_data = nullptr;
    ASSIGN(http::ClientResponse response, http->Send(plain));
    return Answer{response.status,
                  {response.headers.entries().begin(), response.headers.entries().end()},
                  response.body};
  });
  const auto legacy = Client::Create(options, no_discover);
  CHECK(FirstText(*legacy->CallTool("add", ParseJson(R"({"a":1,"b":1})"))) == R"({"sum":2})");
  CHECK(legacy->protocol_version() == "2025-11-25");

  // A client that gives up closes its connection, and the tool is told.
  const Cancellation giving_up;
  std::promise<void> told;
  endpoint.catalog.on_wait = [&](const CallContext& context) {
    context.cancellation.OnCancel([&] { told.set_value(); });
    giving_up.Cancel();
    CHECK(told.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  };
  CHECK(modern->CallTool("wait", Json(), giving_up).error().kind == ErrorKind::kCancelled);
  (*server)->Stop();

  options.url = "http://127.0.0.1:1/mcp";
  CHECK(Client::Create(options, *http)->ListTools().error().kind == ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace boathouse::mcp
