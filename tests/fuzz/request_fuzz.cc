// HTTP requests: the same bytes give the same request, however the network cuts them.
#include "http/request_parser.h"

#include <string>

#include "tests/fuzz/fuzz.h"

namespace {

using boathouse::http::RequestParser;
constexpr size_t body_bytes_max = 1000;

// Feeds pieces of `step` bytes until the request is whole, failed, or wants what is not there.
std::string Read(std::string_view input, size_t step) {
  RequestParser parser;
  bool limited = false;
  std::string waiting;
  while (true) {
    const size_t used = parser.Feed(waiting);
    waiting.erase(0, used);
    if (parser.state() == RequestParser::State::kBody && !limited) {
      limited = true;
      parser.LimitBody(body_bytes_max);
      continue;
    }
    if (parser.state() == RequestParser::State::kFailed)
      return std::to_string(parser.error_status());
    if (parser.state() == RequestParser::State::kDone) {
      FUZZ_CHECK(parser.request().body.size() <= body_bytes_max);
      return parser.request().method + " " + parser.request().target + "\n" + parser.request().body;
    }
    if (used != 0 && !waiting.empty()) continue;
    if (input.empty()) return "more";
    waiting += input.substr(0, step);
    input.remove_prefix(std::min(step, input.size()));
  }
}

}  // namespace

FUZZ_TARGET(input) { FUZZ_CHECK(Read(input, input.size() + 1) == Read(input, 1)); }
