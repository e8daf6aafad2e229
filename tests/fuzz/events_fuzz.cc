// Server-sent events: the same bytes give the same events, however they are cut.
#include <string>
#include <vector>

#include "http/client.h"
#include "tests/fuzz/fuzz.h"

namespace {

using boathouse::http::EventParser;

std::vector<std::string> Read(std::string_view input, size_t step) {
  EventParser parser;
  std::vector<std::string> events;
  const auto keep = [&](const EventParser::Event& event) {
    events.push_back(event.event + "\n" + event.id + "\n" + event.data);
    return true;
  };
  for (; !input.empty(); input.remove_prefix(std::min(step, input.size()))) {
    FUZZ_CHECK(parser.Feed(input.substr(0, step), keep));
  }
  return events;
}

}  // namespace

FUZZ_TARGET(input) { FUZZ_CHECK(Read(input, input.size() + 1) == Read(input, 1)); }
