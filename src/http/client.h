#pragma once
// Outbound HTTP(S) over libcurl: proxies from the environment (never for loopback hosts), CA bundles,
// gzip. Redirects are not followed: the caller sees the 3xx.
// One Client serves many threads; connections are kept alive and reused.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/cancellation.h"
#include "base/result.h"
#include "http/http.h"

namespace boathouse::http {

struct ClientRequest {
  std::string method = "GET";
  std::string url;
  Headers headers;
  std::string body;
  int connect_timeout_ms = 3000;
  int timeout_ms = 30000;  // the whole exchange; 0: as long as it takes
  size_t response_bytes_max =
      64u << 20;              // of the decoded body, also with on_data; beyond: kTooLarge
  Cancellation cancellation;  // raised: the transfer is dropped, kCancelled
  // When set, body pieces go here as they come instead of into ClientResponse::body; false stops
  // the transfer (not an error). Called on the thread that called Send.
  std::function<bool(int status, const Headers& headers, std::string_view piece)> on_data;
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

class Client {
 public:
  static std::unique_ptr<Client> Create();
  virtual ~Client() = default;
  // Blocks. Any status is a response; kUnavailable when no connection could be made or it broke,
  // kDeadline when time ran out, kCancelled, kTooLarge, kInvalid for a URL that is not http(s) or a
  // header with a line break. Messages name the host, never the path, query or credentials.
  virtual Result<ClientResponse> Send(const ClientRequest& request) = 0;
};

// Reassembles server-sent events from pieces of a text/event-stream body, however they are cut.
class EventParser {
 public:
  struct Event {
    std::string event;  // "message" when the stream named none
    std::string data;
    std::string id;
  };
  // Feeds bytes; calls `on_event` for each complete event. False when on_event said stop.
  bool Feed(std::string_view piece, const std::function<bool(const Event&)>& on_event);

 private:
  bool TakeLine(std::string_view line, const std::function<bool(const Event&)>& on_event);

  std::string buffer_;  // the line that is not complete yet
  Event current_;
  bool has_data_ = false;
  bool start_ = true;     // nothing read yet: a byte order mark may stand here
  bool skip_lf_ = false;  // the last byte was a CR that ended a line
};

}  // namespace boathouse::http
