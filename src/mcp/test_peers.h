#pragma once
// For the tests of mcp/: a small catalog, an endpoint called without sockets, and peers that follow a
// script.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/client.h"
#include "http/http.h"
#include "mcp/mcp.h"
#include "mcp/message.h"

// Last: base/result.h has a CHECK of its own, which the tests' replaces.
#include <doctest/doctest.h>

namespace boathouse::mcp {

inline Json ParseJson(std::string_view text) {
  auto json = Json::Parse(text);
  REQUIRE_MESSAGE(json.ok(), std::string(text));
  return std::move(json).value();
}

// Tools that show one behaviour each.
class TestCatalog : public Catalog {
 public:
  std::vector<Tool> ListTools(const CallContext&) override {
    std::vector<Tool> tools;
    tools.push_back(Make("add", R"({"type":"object","properties":{"a":{"type":"integer"},
        "b":{"type":"integer","minimum":0}},"required":["a"],"additionalProperties":false})"));
    tools.back().output_schema =
        ParseJson(R"({"type":"object","properties":{"sum":{"type":"integer"}}})");
    tools.back().annotations = {true, false, true, false};
    tools.push_back(Make("count", R"({"type":"object"})"));
    tools.push_back(Make("fail", R"({"type":"object"})"));
    tools.push_back(Make("region", R"({"type":"object","properties":{
        "region":{"type":"string","x-mcp-header":"Region"}}})"));
    tools.push_back(Make("wait", R"({"type":"object"})"));
    tools.push_back(Make("whoami", R"({"type":"object"})"));
    return tools;
  }

  Result<ToolResult> CallTool(const CallContext& context, std::string_view name,
                              const Json& arguments) override {
    ++calls;
    if (name == "add") {
      const int64_t sum = *arguments["a"].AsInt() + arguments["b"].AsInt().value_or(0);
      return ToolResult::Structured(Json::Object({{"sum", sum}}));
    }
    if (name == "count") {
      for (int i : {1, 2, 2, 3}) context.report_progress(i, 3, "step");
      return ToolResult::Text("counted");
    }
    if (name == "fail" && arguments["badly"].AsBool(false)) {
      return Error(ErrorKind::kCorrupt, "page 7 of secret.db");
    }
    if (name == "fail") return Error::Field("/amount", "wrong_type", "expected money");
    if (name == "region") return ToolResult::Text(std::string(arguments["region"].AsString()));
    if (name == "wait") {
      if (on_wait) on_wait(context);
      return ToolResult::Text(context.cancellation.cancelled() ? "cancelled" : "waited");
    }
    if (name == "whoami") {
      const auto who = std::static_pointer_cast<const std::string>(context.principal);
      return ToolResult::Text(who == nullptr ? "nobody" : *who);
    }
    return Error(ErrorKind::kNotFound, "no such tool");
  }

  std::vector<Resource> ListResources(const CallContext&) override {
    return {{"test://a", "a", "A", "the first", "text/plain"}, {"test://b", "b", "", "", ""}};
  }
  Result<Json> ReadResource(const CallContext&, std::string_view uri) override {
    if (uri == "test://broken") return Error(ErrorKind::kCorrupt, "page 7 of secret.db");
    if (uri != "test://a") return Error(ErrorKind::kNotFound, "there is no " + std::string(uri));
    return Json::Array({Json::Object({{"uri", uri}, {"text", "hello"}})});
  }

  int calls = 0;
  std::function<void(const CallContext&)> on_wait;

 private:
  static Tool Make(std::string name, std::string_view schema) {
    Tool tool;
    tool.name = std::move(name);
    tool.description = "For tests.";
    tool.input_schema = ParseJson(schema);
    return tool;
  }
};

// "Bearer alice" is alice; no token is nobody; "Bearer bad" and "Bearer poor" are refused.
inline Result<std::shared_ptr<const void>> TestAuthenticator(const http::Request& request) {
  const std::string token(request.BearerToken());
  if (token == "bad") return Error(ErrorKind::kUnauthenticated, "unknown token");
  if (token == "poor") return Error(ErrorKind::kForbidden, "this token does not reach here");
  if (token == "broken") return Error(ErrorKind::kInternal, "page 7 of secret.db");
  if (token == "busy") return Error(ErrorKind::kExhausted, "too many sign-ins");
  if (token.empty()) return std::shared_ptr<const void>();
  return std::shared_ptr<const void>(std::make_shared<std::string>(token));
}

inline ServerOptions TestOptions() {
  ServerOptions options;
  options.info = {"test-server", "Test server", "1.2.3", "Add numbers."};
  options.allowed_origins = {"https://crm.example.com"};
  options.resource_metadata_url = "https://crm.example.com/.well-known/oauth-protected-resource";
  options.caller_name = [](const std::shared_ptr<const void>& principal) {
    const auto who = std::static_pointer_cast<const std::string>(principal);
    return who == nullptr ? std::string() : *who;
  };
  return options;
}

struct Reply {
  int status = 0;
  http::Headers headers;
  std::string body;  // of a stream: all of it
  Json json() const { return ParseJson(body); }
};

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// One endpoint at /mcp, called in this thread.
class TestEndpoint {
 public:
  explicit TestEndpoint(ServerOptions options = TestOptions()) {
    MountServer(router, "/mcp", std::move(options), catalog, TestAuthenticator);
  }

  Reply Send(std::string method, const HeaderList& headers, std::string body) {
    http::Request request;
    request.method = std::move(method);
    request.target = request.path = "/mcp";
    request.body = std::move(body);
    request.cancellation = cancellation;
    for (const auto& [name, value] : headers) request.headers.Set(name, value);
    http::Response response = router.Dispatch(request);
    Reply reply{response.status, response.headers, response.body};
    std::string chunk;
    while (response.stream != nullptr) {
      const auto more = response.stream->Next(&chunk);
      if (!more.ok() || !*more) break;
      reply.body += chunk;
    }
    return reply;
  }

  Reply Post(std::string body, const HeaderList& extra = {}) {
    HeaderList headers = {{"Content-Type", "application/json"},
                          {"Accept", "application/json, text/event-stream"}};
    headers.insert(headers.end(), extra.begin(), extra.end());
    return Send("POST", headers, std::move(body));
  }

  // Begins a session and returns its id.
  std::string Initialize(std::string version = "2025-11-25", const HeaderList& extra = {}) {
    const Reply reply =
        Post(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":")" +
                 version + R"(","capabilities":{},"clientInfo":{"name":"t","version":"0"}}})",
             extra);
    REQUIRE(reply.status == 200);
    return std::string(reply.headers.Get("MCP-Session-Id"));
  }

  // A request of revision 2026-07-28 with every header and `_meta` member it needs.
  Reply PostModern(const std::string& method, Json params, HeaderList extra = {}) {
    Json meta = params["_meta"].is_object() ? params["_meta"] : Json::Object();
    meta.Set(meta_version, modern_version);
    meta.Set(meta_capabilities, Json::Object());
    params.Set("_meta", std::move(meta));
    HeaderList headers = {{header_version, std::string(modern_version)}, {header_method, method}};
    if (const auto member = NameMember(method); !member.empty()) {
      headers.emplace_back(header_name, std::string(params[member].AsString()));
    }
    headers.insert(headers.end(), extra.begin(), extra.end());
    return Post(EncodeRequest(7, method, std::move(params)).Dump(), headers);
  }

  http::Router router;
  TestCatalog catalog;
  Cancellation cancellation;
};

// An http::Client that hands each request to a function: a peer without sockets. Bodies are cut into
// pieces of `piece_bytes`.
class ScriptedHttp : public http::Client {
 public:
  struct Answer {
    int status = 200;
    HeaderList headers;
    std::string body;
  };
  using Script = std::function<Result<Answer>(const http::ClientRequest&)>;
  explicit ScriptedHttp(Script script) : script_(std::move(script)) {}

  Result<http::ClientResponse> Send(const http::ClientRequest& request) override {
    requests.push_back(request);
    ASSIGN(Answer answer, script_(request));
    http::ClientResponse response;
    response.status = answer.status;
    for (const auto& [name, value] : answer.headers) response.headers.Add(name, value);
    if (!request.on_data) {
      response.body = answer.body;
      return response;
    }
    for (size_t at = 0; at < answer.body.size(); at += piece_bytes) {
      if (!request.on_data(answer.status, response.headers, answer.body.substr(at, piece_bytes)))
        break;
    }
    return response;
  }

  std::vector<http::ClientRequest> requests;
  size_t piece_bytes = 7;

 private:
  Script script_;
};

// A peer that is one of our own endpoints.
inline ScriptedHttp::Script Against(TestEndpoint& endpoint) {
  return [&endpoint](const http::ClientRequest& request) -> Result<ScriptedHttp::Answer> {
    HeaderList headers(request.headers.entries().begin(), request.headers.entries().end());
    const Reply reply = endpoint.Send(request.method, headers, request.body);
    return ScriptedHttp::Answer{
        reply.status, {reply.headers.entries().begin(), reply.headers.entries().end()}, reply.body};
  };
}

}  // namespace boathouse::mcp
