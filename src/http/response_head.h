#pragma once
// Private to http/: what a response looks like on the wire before its body.

#include <string>

#include "http/http.h"

namespace boathouse::http {

// What of the request shapes its response.
struct Exchange {
  bool is_head = false;
  bool is_http_1_0 = false;
  bool keep_alive = true;  // in: what the request allows; out: what the response says
  bool accepts_gzip = false;
};

enum class BodyFraming { kNone, kLength, kChunked, kUntilClose };

// Compresses the body where that is allowed, then appends status line and header fields to `head`.
// Says how the body must follow; a HEAD request, 1xx, 204 and 304 have none. Line breaks in header
// values become spaces. May set exchange->keep_alive to false.
BodyFraming PrepareResponse(Exchange* exchange, Response* response, std::string* head);

}  // namespace boathouse::http
