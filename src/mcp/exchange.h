#pragma once
// One JSON-RPC request over HTTP: sends it, and finds its answer in a JSON body or in an event stream.
// Knows no eras and no sessions. Private to mcp/. Safe to use from many threads.

#include <optional>
#include <string>

#include "http/client.h"
#include "mcp/message.h"

namespace boathouse::mcp {

struct ExchangeRequest {
  std::string url;
  http::Headers headers;  // complete
  Json id;
  std::string method;
  Json params = Json::Object();
  int connect_timeout_ms = 3000;
  int timeout_ms = 60000;
  size_t result_bytes_max = 32u << 20;
  // A stream that breaks off may be taken up again where it stood (handshake era only).
  bool resumable = false;
  Cancellation cancellation;
};

struct ExchangeReply {
  int status = 0;
  http::Headers headers;
  std::optional<Message> message;  // the response to our id, result or error, when one came
  std::string text;                // else the beginning of what came instead, for the message
};

// Errors are those of the transport, and kTooLarge. Any HTTP status is a reply.
Result<ExchangeReply> Exchange(http::Client& http, const ExchangeRequest& request);
// Posts a notification and ignores the answer.
void Notify(http::Client& http, const ExchangeRequest& request);

}  // namespace boathouse::mcp
