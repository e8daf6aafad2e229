#pragma once
// The Model Context Protocol over Streamable HTTP, both roles and both eras: the handshake revisions
// up to 2025-11-25 (initialize, sessions) and the stateless revision 2026-07-28 (server/discover,
// _meta on every request). Knows no CRM.
// Server: build it once with its tools and resources, then MountServer it on a router; afterwards all
// of it is read from many threads. Client: one per remote server, safe to use from many threads.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "http/client.h"
#include "http/http.h"

namespace boathouse::mcp {

// ---- What both roles speak of ----

struct ToolAnnotations {
  bool read_only = false;
  bool destructive = true;
  bool idempotent = false;
  bool open_world = true;
};

struct Tool {
  std::string name;  // 1-128 of [A-Za-z0-9_.-]
  std::string title;
  std::string description;
  Json input_schema;   // JSON Schema 2020-12, an object at its root
  Json output_schema;  // null: none
  ToolAnnotations annotations;
};

// What a tool gives back. Failures that the model can act on are results too (is_error).
struct ToolResult {
  Json content = Json::Array();  // content blocks, as on the wire
  Json structured;               // structuredContent; null: none
  bool is_error = false;

  // A result whose structuredContent is `value` and whose text block is the same JSON.
  static ToolResult Structured(Json value);
  static ToolResult Text(std::string text);
  // A tool failure: isError with a message the model can act on.
  static ToolResult Failure(std::string message);
  // The same from an Error: its message, then one line per wrong field. Of a fault of ours the client
  // is told only the id of its log line (base/fault.h).
  static ToolResult Failure(const Error& error);
};

struct Resource {
  std::string uri;
  std::string name;
  std::string title;
  std::string description;
  std::string mime_type;
};

// ---- Server ----

// What a tool may know of its caller. `principal` is whatever the Authenticator returned.
struct CallContext {
  std::shared_ptr<const void> principal;
  Cancellation cancellation;
  std::function<void(double progress, double total, std::string_view message)> report_progress;
};

// Answers "who is this?" from the HTTP request. An error is rendered as 401 with WWW-Authenticate
// (kUnauthenticated) or 403 (kForbidden). A success may carry a null pointer: an open server.
using Authenticator = std::function<Result<std::shared_ptr<const void>>(const http::Request&)>;

struct ServerInfo {
  std::string name;
  std::string title;
  std::string version;
  std::string instructions;
};

// Where tools and resources come from. Called per request, so that a tool list may depend on the
// principal and a custom object created a second ago is in it.
class Catalog {
 public:
  virtual ~Catalog() = default;
  // In an order that does not change from call to call.
  virtual std::vector<Tool> ListTools(const CallContext& context) = 0;
  // One tool, or nullopt. Looks through ListTools unless a catalog knows a shorter way.
  virtual std::optional<Tool> FindTool(const CallContext& context, std::string_view name);
  // kNotFound for an unknown tool becomes -32602; any other error becomes a result with isError.
  // Arguments were checked against the tool's input_schema before (a violation is an isError result).
  virtual Result<ToolResult> CallTool(const CallContext& context, std::string_view name,
                                      const Json& arguments) = 0;
  virtual std::vector<Resource> ListResources(const CallContext&) { return {}; }
  // The contents array of resources/read.
  virtual Result<Json> ReadResource(const CallContext&, std::string_view uri);
};

struct ServerOptions {
  ServerInfo info;
  // Origins that may call beside none at all and loopback; anything else is 403 (DNS rebinding).
  std::vector<std::string> allowed_origins;
  // Value of resource_metadata in WWW-Authenticate; "" leaves it out.
  std::string resource_metadata_url;
  size_t sessions_max = 10000;  // beyond: the session idle for longest ends
  int session_idle_s = 3600;
  size_t page_items_max = 100;          // tools or resources in one page of a list
  size_t request_bytes_max = 4u << 20;  // one POST body
  // Names the caller behind a principal: a session answers only to the caller who began it. Unset:
  // whoever knows the session's id may use it.
  std::function<std::string(const std::shared_ptr<const void>&)> caller_name;
  const Clock* clock =
      nullptr;  // of the sessions' idle time; null: the system's. Outlives the router.
};

// Mounts POST/GET/DELETE of one MCP endpoint at `path`. `catalog` outlives the router. Sessions live in
// this process's memory: behind several processes, handshake-era clients need sticky routing.
void MountServer(http::Router& router, std::string path, ServerOptions options, Catalog& catalog,
                 Authenticator authenticator);
// The same, with a catalog that lives as long as the router's routes.
void MountServer(http::Router& router, std::string path, ServerOptions options,
                 std::shared_ptr<Catalog> catalog, Authenticator authenticator);

// Checks `value` against the subset of JSON Schema 2020-12 that our tools use (type, properties,
// required, additionalProperties, enum, const, items, minimum, maximum, minLength, maxLength,
// minItems, maxItems, anyOf, oneOf); other keywords are not looked at. The error (kInvalid) holds a
// field error with a JSON pointer for each violation, and its message names the first ones.
Status ValidateSchema(const Json& schema, const Json& value);

// ---- Client ----

struct ClientOptions {
  std::string url;
  http::Headers headers;  // e.g. Authorization of that connection; never a caller's token
  std::string client_name = "boathouse";
  std::string client_version;
  int connect_timeout_ms = 3000;
  int timeout_ms = 60000;               // one call
  size_t result_bytes_max = 32u << 20;  // one reply; beyond: kTooLarge
};

class Client {
 public:
  static std::unique_ptr<Client> Create(ClientOptions options, http::Client& http);
  virtual ~Client() = default;
  // Finds the peer's era at the first call (server/discover, else initialize), remembers it, and
  // finds it anew when a session is gone or the peer was replaced.
  virtual Result<std::vector<Tool>> ListTools(const Cancellation& cancellation = {}) = 0;
  // A result with is_error is a value here, not an Error; `_meta` is dropped from it. kUnavailable when
  // the peer can't be reached or talks nonsense, kUnauthenticated and kForbidden as it says, kInvalid
  // for what it calls invalid, kDeadline, kCancelled, kTooLarge.
  virtual Result<ToolResult> CallTool(std::string_view name, const Json& arguments,
                                      const Cancellation& cancellation = {}) = 0;
  virtual Result<Json> ReadResource(std::string_view uri,
                                    const Cancellation& cancellation = {}) = 0;
  // The revision in use, "" before the first call.
  virtual std::string protocol_version() const = 0;
};

}  // namespace boathouse::mcp
