#pragma once
// What the server answers to each method, for both eras. Knows messages, not HTTP. Private to mcp/.
// Read from many threads.

#include <optional>
#include <string>
#include <variant>

#include "mcp/mcp.h"
#include "mcp/message.h"

namespace boathouse::mcp {

enum class Era { kLegacy, kModern };

// A result, or the error to send instead.
using Outcome = std::variant<Json, RpcError>;

// A tools/call that may run: the tool exists. Arguments that do not fit give `refusal`, a result.
struct ToolCall {
  std::string name;
  Json arguments = Json::Object();
  std::optional<ToolResult> refusal;
};

class Methods {
 public:
  Methods(const ServerOptions& options, Catalog& catalog) : options_(options), catalog_(catalog) {}

  // Every method but tools/call, whose way is PrepareCall, then RunCall.
  Outcome Answer(Era era, const Message& request, const CallContext& context) const;
  std::variant<ToolCall, RpcError> PrepareCall(Era era, const Json& params,
                                               const http::Headers& headers,
                                               const CallContext& context) const;
  Outcome RunCall(Era era, const ToolCall& call, const CallContext& context) const;

  // The answer to initialize, for the revision agreed on.
  Json InitializeResult(std::string_view version) const;
  // {"supported": [...], "requested": ...} of an UnsupportedProtocolVersion error.
  static RpcError UnsupportedVersion(std::string_view requested);

 private:
  Outcome ListTools(Era era, const Json& params, const CallContext& context) const;
  Outcome ListResources(Era era, const Json& params, const CallContext& context) const;
  Outcome ReadResource(Era era, const Json& params, const CallContext& context) const;
  Json Discover() const;
  Json ServerInfoJson() const;
  Json Capabilities() const;
  // Adds what revision 2026-07-28 wants in every result; nothing for the handshake era.
  Json Finish(Era era, Json result) const;
  Json FinishCacheable(Era era, Json result, int64_t ttl_ms) const;

  const ServerOptions& options_;
  Catalog& catalog_;
};

}  // namespace boathouse::mcp
