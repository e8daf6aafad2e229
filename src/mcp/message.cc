#include "mcp/message.h"

#include <algorithm>

namespace boathouse::mcp {
namespace {

Decoded Refuse(int code, std::string message, Json id = {}) {
  return {std::nullopt, {code, std::move(message), {}}, std::move(id)};
}

// MCP allows strings and integers. An integer keeps its text, so that one beyond 64 bits is echoed
// digit for digit.
bool IsValidId(const Json& id) {
  if (id.is_string()) return id.AsString().size() <= id_chars_max;
  if (!id.is_number()) return false;
  const std::string_view text = id.NumberAsText();
  if (text.size() > id_chars_max) return false;
  if (id.AsInt().has_value()) return true;
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  return !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
}

Decoded DecodeResponse(Json value, Json id) {
  Message message;
  message.kind = Message::Kind::kResponse;
  message.id = std::move(id);
  Json* error = value.Find("error");
  Json* result = value.Find("result");
  if ((error == nullptr) == (result == nullptr)) {
    return Refuse(rpc_invalid_request, "a response has either a result or an error", message.id);
  }
  if (error != nullptr) {
    if (!error->is_object()) {
      return Refuse(rpc_invalid_request, "error must be an object", message.id);
    }
    const auto code = (*error)["code"].AsInt();
    message.error = RpcError{static_cast<int>(code.value_or(rpc_internal_error)),
                             std::string((*error)["message"].AsString()), (*error)["data"]};
  } else {
    if (message.id.is_null()) return Refuse(rpc_invalid_request, "a result needs the request's id");
    if (!result->is_object()) {
      return Refuse(rpc_invalid_request, "result must be an object", message.id);
    }
    message.result = std::move(*result);
  }
  return {std::move(message), {}, {}};
}

}  // namespace

bool IsLegacyVersion(std::string_view version) {
  return std::find(legacy_versions.begin(), legacy_versions.end(), version) !=
         legacy_versions.end();
}

Decoded DecodeMessage(std::string_view text) {
  auto parsed = Json::Parse(text);
  if (!parsed.ok()) return Refuse(rpc_parse_error, "not JSON: " + parsed.error().message);
  return DecodeMessageValue(std::move(parsed).value());
}

Decoded DecodeMessageValue(Json value) {
  if (value.is_array()) {
    return Refuse(rpc_invalid_request, "batches are not supported: send one message a request");
  }
  if (!value.is_object()) return Refuse(rpc_invalid_request, "a message must be a JSON object");

  const Json* id_member = value.Find("id");
  const bool has_id = id_member != nullptr;
  const bool id_ok = has_id && IsValidId(*id_member);
  Json id = id_ok ? *id_member : Json();
  if (value["jsonrpc"].AsString() != "2.0") {
    return Refuse(rpc_invalid_request, "jsonrpc must be \"2.0\"", std::move(id));
  }
  Json* method = value.Find("method");
  if (method == nullptr) {
    if (value.Find("result") == nullptr && value.Find("error") == nullptr) {
      return Refuse(rpc_invalid_request, "method is missing", std::move(id));
    }
    if (has_id && !id_ok && !id_member->is_null()) {
      return Refuse(rpc_invalid_request, "id must be a string or an integer");
    }
    return DecodeResponse(std::move(value), std::move(id));
  }
  if (has_id && !id_ok) {
    return Refuse(rpc_invalid_request, "id must be an integer or a string of at most " +
                                           std::to_string(id_chars_max) +
                                           " characters, never null");
  }
  const std::string_view name = method->AsString();
  if (name.empty() || name.size() > method_chars_max) {
    return Refuse(rpc_invalid_request, "method must be a non-empty string", std::move(id));
  }
  Message message;
  message.kind = has_id ? Message::Kind::kRequest : Message::Kind::kNotification;
  message.method = std::string(name);
  message.id = std::move(id);
  // Some clients spell "no params" as null.
  if (Json* params = value.Find("params"); params != nullptr && !params->is_null()) {
    if (!params->is_object()) {
      return Refuse(rpc_invalid_params, "params must be an object", std::move(message.id));
    }
    message.params = std::move(*params);
  }
  return {std::move(message), {}, {}};
}

Json EncodeRequest(const Json& id, std::string_view method, Json params) {
  return Json::Object(
      {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}});
}

Json EncodeNotification(std::string_view method, Json params) {
  return Json::Object({{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}});
}

Json EncodeResult(const Json& id, Json result) {
  return Json::Object({{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}});
}

Json EncodeError(const Json& id, const RpcError& error) {
  Json body = Json::Object({{"code", error.code}, {"message", error.message}});
  if (!error.data.is_null()) body.Set("data", error.data);
  return Json::Object({{"jsonrpc", "2.0"}, {"id", id}, {"error", std::move(body)}});
}

std::string_view NameMember(std::string_view method) {
  if (method == "tools/call" || method == "prompts/get") return "name";
  if (method == "resources/read") return "uri";
  return {};
}

}  // namespace boathouse::mcp
