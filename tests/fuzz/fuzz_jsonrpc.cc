// Anybody who reaches the endpoint may send any bytes: decoding may not crash or hang, what decodes
// must encode again to the same message, and header values and schemas from afar are as hostile.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "mcp/header_value.h"
#include "mcp/mcp.h"
#include "mcp/message.h"

namespace {

using boathouse::Json;
using boathouse::mcp::Message;

Json Encode(const Message& message) {
  switch (message.kind) {
    case Message::Kind::kRequest:
      return boathouse::mcp::EncodeRequest(message.id, message.method, message.params);
    case Message::Kind::kNotification:
      return boathouse::mcp::EncodeNotification(message.method, message.params);
    case Message::Kind::kResponse:
      break;
  }
  return message.error ? boathouse::mcp::EncodeError(message.id, *message.error)
                       : boathouse::mcp::EncodeResult(message.id, message.result);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto decoded = boathouse::mcp::DecodeMessage(text);
  if (decoded.message) {
    const auto again = boathouse::mcp::DecodeMessage(Encode(*decoded.message).Dump());
    if (!again.message || !(again.message->id == decoded.message->id) ||
        again.message->kind != decoded.message->kind) {
      std::abort();
    }
    // What a peer sends as params is taken for a schema, for arguments and for headers too.
    const Json& params = decoded.message->params;
    (void)boathouse::mcp::ValidateSchema(params["schema"], params["value"]).ok();
    const auto parameters = boathouse::mcp::FindHeaderParameters(params["schema"]);
    if (parameters.ok()) {
      boathouse::http::Headers headers;
      boathouse::mcp::AddParameterHeaders(*parameters, params["value"], &headers);
      if (!boathouse::mcp::CheckParameterHeaders(*parameters, params["value"], headers).empty()) {
        std::abort();
      }
    }
  }
  if (const auto value = boathouse::mcp::DecodeHeaderValue(text)) {
    if (boathouse::IsUtf8(*value) &&
        boathouse::mcp::DecodeHeaderValue(boathouse::mcp::EncodeHeaderValue(*value)) != *value) {
      std::abort();
    }
  }
  return 0;
}
