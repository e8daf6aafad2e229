// The client role: finds the peer's era, keeps its session, sends calls and reads their results.

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "base/log.h"
#include "mcp/exchange.h"
#include "mcp/header_value.h"
#include "mcp/mcp.h"
#include "mcp/message.h"
#include "mcp/methods.h"
#include "mcp/tool_json.h"

namespace boathouse::mcp {
namespace {

constexpr int probe_timeout_ms_max = 10'000;
constexpr int farewell_timeout_ms = 2'000;  // for telling the peer that a call is cancelled
constexpr size_t list_pages_max = 100;
constexpr size_t list_tools_max = 2'000;
constexpr size_t message_chars_max = 500;

std::string Shorten(std::string_view text) {
  std::string shown(text.substr(0, message_chars_max));
  while (!IsUtf8(shown)) shown.pop_back();
  return shown;
}

// What was found out about the peer. A new one gets a new generation.
struct Connection {
  uint64_t generation = 0;  // 0: none yet
  Era era = Era::kModern;
  std::string version;
  std::string session_id;
};

// The error that an HTTP status means by itself, whatever the body; nullopt when the body decides.
std::optional<Error> StatusError(int status) {
  if (status == 401 || (status >= 300 && status < 400)) {
    return Error(ErrorKind::kUnauthenticated,
                 "the MCP server does not accept the credential of this connection");
  }
  if (status == 403) {
    return Error(ErrorKind::kForbidden,
                 "the credential of this connection does not reach this far");
  }
  if (status == 429) return Error(ErrorKind::kExhausted, "the MCP server asks to slow down");
  return std::nullopt;
}

Error PeerError(const RpcError& error) {
  const std::string text = "the MCP server says: " + Shorten(error.message);
  switch (error.code) {
    case rpc_invalid_params:
      return {ErrorKind::kInvalid, text};
    case rpc_legacy_resource_not_found:
      return {ErrorKind::kNotFound, text};
    case rpc_method_not_found:
    case rpc_missing_capability:
    case rpc_unsupported_version:
      return {ErrorKind::kUnsupported, text};
    default:
      return {ErrorKind::kUnavailable, text};
  }
}

bool IsModernRefusal(int code) {
  return code == rpc_header_mismatch || code == rpc_missing_capability ||
         code == rpc_unsupported_version;
}

bool Lists(const Json& array, std::string_view text) {
  return std::any_of(array.items().begin(), array.items().end(),
                     [&](const Json& item) { return item.AsString() == text; });
}

class StreamableClient : public Client {
 public:
  StreamableClient(ClientOptions options, http::Client& http)
      : options_(std::move(options)), http_(http) {}

  Result<std::vector<Tool>> ListTools(const Cancellation& cancellation) override;
  Result<ToolResult> CallTool(std::string_view name, const Json& arguments,
                              const Cancellation& cancellation) override;
  Result<Json> ReadResource(std::string_view uri, const Cancellation& cancellation) override;
  std::string protocol_version() const override;

 private:
  // Sends one request in the peer's era and returns its result, without `_meta`. Finds the era first
  // when it is unknown; once more when the peer turns out to have changed or to have lost the session.
  // `header_mismatch`, when given, tells that it was refused for its headers.
  Result<Json> Call(const std::string& method, Json params, const http::Headers& extra,
                    const Cancellation& cancellation, bool* header_mismatch = nullptr);
  Result<Connection> Connect(const Cancellation& cancellation);
  Result<Connection> Probe(const Cancellation& cancellation);
  Result<Connection> Handshake(const Cancellation& cancellation);
  void Forget(uint64_t generation);

  ExchangeRequest Prepare(const Connection& connection, const std::string& method, Json params,
                          const Cancellation& cancellation);
  static bool LostPeer(const Connection& connection, const ExchangeReply& reply);
  Result<Json> ReadResult(ExchangeReply reply) const;
  void Farewell(const Connection& connection, const Json& id, std::string_view reason);
  http::Headers ParameterHeaders(std::string_view tool, const Json& arguments) const;

  const ClientOptions options_;
  http::Client& http_;
  std::atomic<int64_t> next_id_{1};
  std::mutex connect_mutex_;  // one thread at a time finds out; the others wait for what it finds
  mutable std::mutex mutex_;
  Connection connection_;
  uint64_t generations_ = 0;
  std::map<std::string, std::vector<HeaderParameter>, std::less<>> header_parameters_;
};

ExchangeRequest StreamableClient::Prepare(const Connection& connection, const std::string& method,
                                          Json params, const Cancellation& cancellation) {
  ExchangeRequest request;
  request.url = options_.url;
  request.headers = options_.headers;
  request.headers.Set("Content-Type", "application/json");
  request.headers.Set("Accept", "application/json, text/event-stream");
  if (!connection.version.empty()) request.headers.Set(header_version, connection.version);
  if (connection.era == Era::kModern) {
    Json meta = params["_meta"].is_object() ? params["_meta"] : Json::Object();
    meta.Set(meta_version, connection.version);
    meta.Set(meta_capabilities, Json::Object());
    meta.Set(meta_client_info,
             Json::Object({{"name", options_.client_name}, {"version", options_.client_version}}));
    request.headers.Set(header_method, method);
    if (const std::string_view member = NameMember(method); !member.empty()) {
      request.headers.Set(header_name, EncodeHeaderValue(params[member].AsString()));
    }
    params.Set("_meta", std::move(meta));
  } else {
    request.resumable = true;
    if (!connection.session_id.empty()) request.headers.Set(header_session, connection.session_id);
  }
  request.id = next_id_.fetch_add(1);
  request.method = method;
  request.params = std::move(params);
  request.connect_timeout_ms = options_.connect_timeout_ms;
  request.timeout_ms = options_.timeout_ms;
  request.result_bytes_max = options_.result_bytes_max;
  request.cancellation = cancellation;
  return request;
}

// ---- Finding the era ----

Result<Connection> StreamableClient::Connect(const Cancellation& cancellation) {
  std::lock_guard connecting(connect_mutex_);
  {
    std::lock_guard lock(mutex_);
    if (connection_.generation != 0) return connection_;
  }
  ASSIGN(Connection found, Probe(cancellation));
  std::lock_guard lock(mutex_);
  found.generation = ++generations_;
  connection_ = found;
  return found;
}

// server/discover settles it: a modern peer must know it. Everything else means the handshake era.
Result<Connection> StreamableClient::Probe(const Cancellation& cancellation) {
  Connection modern;
  modern.era = Era::kModern;
  modern.version = std::string(modern_version);
  ExchangeRequest request = Prepare(modern, "server/discover", Json::Object(), cancellation);
  request.timeout_ms = std::min(request.timeout_ms, probe_timeout_ms_max);
  auto reply = Exchange(http_, request);
  if (!reply.ok()) {
    // Some old servers leave what they do not know unanswered.
    if (reply.error().kind == ErrorKind::kDeadline) return Handshake(cancellation);
    return std::move(reply.error());
  }
  if (auto error = StatusError(reply->status)) return std::move(*error);
  if (!reply->message) return Handshake(cancellation);
  const Message& message = *reply->message;
  if (!message.error) {
    if (Lists(message.result["supportedVersions"], modern_version)) return modern;
    return Handshake(cancellation);
  }
  if (!IsModernRefusal(message.error->code)) return Handshake(cancellation);
  if (message.error->code != rpc_unsupported_version) return modern;
  const Json& supported = message.error->data["supported"];
  if (Lists(supported, modern_version)) return modern;
  const auto& items = supported.items();
  const bool speaks_legacy = std::any_of(items.begin(), items.end(), [](const Json& version) {
    return IsLegacyVersion(version.AsString());
  });
  if (speaks_legacy || items.empty()) return Handshake(cancellation);
  return Error(
      ErrorKind::kUnsupported,
      "the MCP server speaks no protocol revision of ours, only " + Shorten(supported.Dump()));
}

Result<Connection> StreamableClient::Handshake(const Cancellation& cancellation) {
  Connection legacy;
  legacy.era = Era::kLegacy;
  const Json params = Json::Object(
      {{"protocolVersion", legacy_versions.back()},
       {"capabilities", Json::Object()},
       {"clientInfo",
        Json::Object({{"name", options_.client_name}, {"version", options_.client_version}})}});
  ASSIGN(ExchangeReply reply, Exchange(http_, Prepare(legacy, "initialize", params, cancellation)));
  const std::string session_id(reply.headers.Get(header_session));
  ASSIGN(Json result, ReadResult(std::move(reply)));
  legacy.version = std::string(result["protocolVersion"].AsString());
  if (!IsLegacyVersion(legacy.version)) {
    return Error(
        ErrorKind::kUnsupported,
        "the MCP server speaks no protocol revision of ours, but " + Shorten(legacy.version));
  }
  legacy.session_id = session_id;
  Notify(http_, Prepare(legacy, "notifications/initialized", Json::Object(), cancellation));
  return legacy;
}

void StreamableClient::Forget(uint64_t generation) {
  std::lock_guard lock(mutex_);
  if (connection_.generation == generation) connection_ = Connection();
}

std::string StreamableClient::protocol_version() const {
  std::lock_guard lock(mutex_);
  return connection_.version;
}

// ---- Calls ----

// True when the request was not carried out because the peer does not know us (any more): a session
// that is gone, or a peer of another era under the same address.
bool StreamableClient::LostPeer(const Connection& connection, const ExchangeReply& reply) {
  const RpcError* error = reply.message && reply.message->error ? &*reply.message->error : nullptr;
  if (connection.era == Era::kLegacy) {
    if (error != nullptr && IsModernRefusal(error->code)) return true;
    if (reply.status == 404) return true;
    // Servers that were restarted answer 400 rather than 404 when they know no session at all.
    return reply.status == 400 && (error == nullptr || error->code == rpc_invalid_request);
  }
  if (error == nullptr) return reply.status == 404 || reply.status == 400;
  return error->code == rpc_unsupported_version || error->code == rpc_invalid_request;
}

Result<Json> StreamableClient::Call(const std::string& method, Json params,
                                    const http::Headers& extra, const Cancellation& cancellation,
                                    bool* header_mismatch) {
  for (bool last_try = false;; last_try = true) {
    if (cancellation.cancelled()) return Error(ErrorKind::kCancelled, "the call was cancelled");
    ASSIGN(const Connection connection, Connect(cancellation));
    ExchangeRequest request = Prepare(connection, method, params, cancellation);
    for (const auto& [name, value] : extra.entries()) request.headers.Set(name, value);
    auto reply = Exchange(http_, request);
    if (!reply.ok()) {
      const ErrorKind kind = reply.error().kind;
      if (kind == ErrorKind::kUnavailable) Forget(connection.generation);
      if (kind == ErrorKind::kCancelled) Farewell(connection, request.id, "cancelled");
      if (kind == ErrorKind::kDeadline) Farewell(connection, request.id, "took too long");
      return std::move(reply.error());
    }
    if (LostPeer(connection, *reply)) {
      Forget(connection.generation);
      if (!last_try) continue;
    }
    const auto& message = reply->message;
    if (header_mismatch != nullptr && message && message->error) {
      *header_mismatch = message->error->code == rpc_header_mismatch;
    }
    return ReadResult(std::move(reply).value());
  }
}

Result<Json> StreamableClient::ReadResult(ExchangeReply reply) const {
  if (auto error = StatusError(reply.status)) return std::move(*error);
  if (!reply.message) {
    return Error(ErrorKind::kUnavailable, "the MCP server answered with HTTP " +
                                              std::to_string(reply.status) +
                                              " and no message: " + Shorten(reply.text));
  }
  if (reply.message->error) return PeerError(*reply.message->error);
  Json result = std::move(reply.message->result);
  const std::string_view type = result["resultType"].AsString("complete");
  if (type != "complete") {
    return Error(ErrorKind::kUnsupported, "the MCP server answered with \"" + Shorten(type) +
                                              "\", which was not offered to it");
  }
  result.Remove("_meta");
  return result;
}

// In the handshake era a dropped connection does not stop a call; the peer must be told.
void StreamableClient::Farewell(const Connection& connection, const Json& id,
                                std::string_view reason) {
  if (connection.era == Era::kModern) return;
  ExchangeRequest request =
      Prepare(connection, "notifications/cancelled",
              Json::Object({{"requestId", id}, {"reason", reason}}), Cancellation());
  request.timeout_ms = farewell_timeout_ms;
  Notify(http_, request);
}

Result<std::vector<Tool>> StreamableClient::ListTools(const Cancellation& cancellation) {
  std::vector<Tool> tools;
  std::map<std::string, std::vector<HeaderParameter>, std::less<>> marked;
  std::set<std::string> cursors;
  Json params = Json::Object();
  for (size_t page = 0; page < list_pages_max && tools.size() < list_tools_max; ++page) {
    ASSIGN(Json result, Call("tools/list", params, {}, cancellation));
    for (const Json& item : result["tools"].items()) {
      auto tool = ToolFromJson(item);
      auto parameters = tool.ok() ? FindHeaderParameters(tool->input_schema)
                                  : Result<std::vector<HeaderParameter>>(tool.error());
      if (!parameters.ok()) {
        Log(LogLevel::kWarning, "mcp_tool_dropped",
            {{"tool", Shorten(item["name"].AsString())}, {"why", parameters.error().message}});
        continue;
      }
      if (!parameters->empty()) marked[tool->name] = std::move(parameters).value();
      tools.push_back(std::move(tool).value());
    }
    // "" is a cursor like any other; only its absence ends the list.
    const Json& cursor = result["nextCursor"];
    if (!cursor.is_string() || !cursors.insert(std::string(cursor.AsString())).second) break;
    params.Set("cursor", cursor);
  }
  std::lock_guard lock(mutex_);
  header_parameters_ = std::move(marked);
  return tools;
}

http::Headers StreamableClient::ParameterHeaders(std::string_view tool,
                                                 const Json& arguments) const {
  http::Headers headers;
  std::lock_guard lock(mutex_);
  const auto at = header_parameters_.find(tool);
  if (at != header_parameters_.end()) AddParameterHeaders(at->second, arguments, &headers);
  return headers;
}

Result<ToolResult> StreamableClient::CallTool(std::string_view name, const Json& arguments,
                                              const Cancellation& cancellation) {
  const Json params = Json::Object(
      {{"name", name}, {"arguments", arguments.is_object() ? arguments : Json::Object()}});
  bool header_mismatch = false;
  auto result =
      Call("tools/call", params, ParameterHeaders(name, arguments), cancellation, &header_mismatch);
  if (header_mismatch) {
    // The tool wants arguments in headers, and its schema was never read or has changed.
    TRY(ListTools(cancellation));
    result = Call("tools/call", params, ParameterHeaders(name, arguments), cancellation);
  }
  if (!result.ok()) return std::move(result.error());
  return ToolResultFromJson(std::move(result).value());
}

Result<Json> StreamableClient::ReadResource(std::string_view uri,
                                            const Cancellation& cancellation) {
  ASSIGN(Json result, Call("resources/read", Json::Object({{"uri", uri}}), {}, cancellation));
  return result["contents"];
}

}  // namespace

std::unique_ptr<Client> Client::Create(ClientOptions options, http::Client& http) {
  return std::make_unique<StreamableClient>(std::move(options), http);
}

}  // namespace boathouse::mcp
