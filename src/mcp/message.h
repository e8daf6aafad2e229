#pragma once
// JSON-RPC 2.0 messages as MCP uses them: decoding, encoding, and the names and codes of the wire.
// Pure functions; private to mcp/ (the fuzzer is the one exception).

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace boathouse::mcp {

inline constexpr std::string_view modern_version = "2026-07-28";
// The handshake-era revisions, oldest first.
inline constexpr std::array<std::string_view, 4> legacy_versions = {"2024-11-05", "2025-03-26",
                                                                    "2025-06-18", "2025-11-25"};
bool IsLegacyVersion(std::string_view version);

// JSON-RPC's codes, then those of revision 2026-07-28.
inline constexpr int rpc_parse_error = -32700;
inline constexpr int rpc_invalid_request = -32600;
inline constexpr int rpc_method_not_found = -32601;
inline constexpr int rpc_invalid_params = -32602;
inline constexpr int rpc_internal_error = -32603;
inline constexpr int rpc_header_mismatch = -32020;
inline constexpr int rpc_missing_capability = -32021;
inline constexpr int rpc_unsupported_version = -32022;
// Retired with 2026-07-28, still sent by older peers for a resource they do not have.
inline constexpr int rpc_legacy_resource_not_found = -32002;

inline constexpr const char* meta_version = "io.modelcontextprotocol/protocolVersion";
inline constexpr const char* meta_capabilities = "io.modelcontextprotocol/clientCapabilities";
inline constexpr const char* meta_client_info = "io.modelcontextprotocol/clientInfo";
inline constexpr const char* meta_server_info = "io.modelcontextprotocol/serverInfo";

inline constexpr const char* header_version = "MCP-Protocol-Version";
inline constexpr const char* header_session = "MCP-Session-Id";
inline constexpr const char* header_method = "Mcp-Method";
inline constexpr const char* header_name = "Mcp-Name";

inline constexpr size_t id_chars_max = 256;
inline constexpr size_t method_chars_max = 256;

struct RpcError {
  int code = rpc_internal_error;
  std::string message;
  Json data;  // null: none
};

struct Message {
  enum class Kind { kRequest, kNotification, kResponse };
  Kind kind = Kind::kRequest;
  Json id;  // a string or an integer as it was written; null for notifications and lost ids
  std::string method;
  Json params = Json::Object();  // always an object
  Json result;
  std::optional<RpcError> error;  // of a response
};

// One decoded message, or why there is none and whose fault to report (`id` when it could be read).
struct Decoded {
  std::optional<Message> message;
  RpcError error;
  Json id;
};
// Never fails otherwise, whatever the bytes.
Decoded DecodeMessage(std::string_view text);
Decoded DecodeMessageValue(Json value);

Json EncodeRequest(const Json& id, std::string_view method, Json params);
Json EncodeNotification(std::string_view method, Json params);
Json EncodeResult(const Json& id, Json result);
Json EncodeError(const Json& id, const RpcError& error);

// The params member that Mcp-Name mirrors for this method ("name", "uri"), or "".
std::string_view NameMember(std::string_view method);

}  // namespace boathouse::mcp
