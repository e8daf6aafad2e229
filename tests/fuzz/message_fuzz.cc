// MCP messages: either a message or the error to answer with, never both and never neither.
#include "mcp/message.h"
#include "tests/fuzz/fuzz.h"

FUZZ_TARGET(input) {
  const auto decoded = boathouse::mcp::DecodeMessage(input);
  if (!decoded.message) {
    FUZZ_CHECK(decoded.error.code < 0);
    return;
  }
  FUZZ_CHECK(decoded.message->params.is_object());
  const bool is_request = decoded.message->kind == boathouse::mcp::Message::Kind::kRequest;
  FUZZ_CHECK(!is_request || !decoded.message->id.is_null());
}
