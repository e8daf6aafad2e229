// MCP messages: either a message or the error to answer with, never both and never neither; what decodes
// encodes again to the same message. What a peer sends as params is taken for a schema, for arguments
// and for headers too: those parsers are fed with it.
#include "mcp/header_value.h"
#include "mcp/mcp.h"
#include "mcp/message.h"
#include "tests/fuzz/fuzz.h"

namespace mcp = boathouse::mcp;
using boathouse::Json;
using mcp::Message;

static Json Encode(const Message& message) {
  switch (message.kind) {
    case Message::Kind::kRequest:
      return mcp::EncodeRequest(message.id, message.method, message.params);
    case Message::Kind::kNotification:
      return mcp::EncodeNotification(message.method, message.params);
    case Message::Kind::kResponse:
      break;
  }
  return message.error ? mcp::EncodeError(message.id, *message.error)
                       : mcp::EncodeResult(message.id, message.result);
}

FUZZ_TARGET(input) {
  if (const auto value = mcp::DecodeHeaderValue(input); value && boathouse::IsUtf8(*value)) {
    FUZZ_CHECK(mcp::DecodeHeaderValue(mcp::EncodeHeaderValue(*value)) == *value);
  }
  const auto decoded = mcp::DecodeMessage(input);
  if (!decoded.message) {
    FUZZ_CHECK(decoded.error.code < 0);
    return;
  }
  const Message& message = *decoded.message;
  const Json& params = message.params;
  FUZZ_CHECK(params.is_object());
  FUZZ_CHECK(message.kind != Message::Kind::kRequest || !message.id.is_null());
  const auto again = mcp::DecodeMessage(Encode(message).Dump());
  FUZZ_CHECK(again.message && again.message->kind == message.kind &&
             again.message->id == message.id);

  (void)mcp::ValidateSchema(params["schema"], params["value"]).ok();
  const auto parameters = mcp::FindHeaderParameters(params["schema"]);
  if (!parameters.ok()) return;
  boathouse::http::Headers headers;
  mcp::AddParameterHeaders(*parameters, params["value"], &headers);
  FUZZ_CHECK(mcp::CheckParameterHeaders(*parameters, params["value"], headers).empty());
}
