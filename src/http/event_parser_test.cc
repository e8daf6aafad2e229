#include <doctest/doctest.h>

#include "http/client.h"

namespace boathouse::http {
namespace {

// "event|data|id" of each event, the stream cut into the given pieces.
std::vector<std::string> Events(const std::vector<std::string_view>& pieces) {
  std::vector<std::string> events;
  EventParser parser;
  for (std::string_view piece : pieces) {
    CHECK(parser.Feed(piece, [&](const EventParser::Event& event) {
      events.push_back(event.event + "|" + event.data + "|" + event.id);
      return true;
    }));
  }
  return events;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("an event is its fields up to an empty line") {
  CHECK(Events({"data: a\n\n"}) == Texts{"message|a|"});
  CHECK(Events({"event: tick\nid: 7\ndata:x\n\n"}) == Texts{"tick|x|7"});
  CHECK(Events({"data: a\ndata:  b\ndata\n\n"}) == Texts{"message|a\n b\n|"});
  CHECK(Events({"data: {\"a\": 1}\n\n"}) == Texts{R"(message|{"a": 1}|)"});
}

TEST_CASE("without data there is no event, and without an end neither") {
  CHECK(Events({"event: tick\n\ndata: a\n\n"}) == Texts{"message|a|"});
  CHECK(Events({"data: a\n"}).empty());
  CHECK(Events({"data:\n\n"}) == Texts{"message||"});
  CHECK(Events({"\n\n\n"}).empty());
}

TEST_CASE("comments, retry and unknown fields are passed over") {
  CHECK(Events({": hello\n:\nretry: 10\nother: x\nDATA: no\ndata: a\n\n"}) == Texts{"message|a|"});
}

TEST_CASE("the id stays until another replaces it") {
  CHECK(Events({"id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n"}) ==
        Texts{"message|a|1", "message|b|1", "message|c|"});
  const std::string with_nul("id: 1\nid: 2\0\ndata: a\n\n", 22);
  CHECK(Events({with_nul}) == Texts{"message|a|1"});
}

TEST_CASE("a byte order mark is dropped at the beginning only") {
  CHECK(Events({"\xEF\xBB\xBF"
                "data: a\n\n"}) == Texts{"message|a|"});
  CHECK(Events({"data: a\n\n\xEF\xBB\xBF"
                "data: b\n\n"}) == Texts{"message|a|"});
}

TEST_CASE("lines end in any way and streams are cut anywhere") {
  for (const std::string_view end : {"\n", "\r\n", "\r"}) {
    std::string stream = "\xEF\xBB\xBF: c$event: grüße$data: erste$data: zweite €$id: 4$$data: b$$";
    for (size_t at = stream.find('$'); at != std::string::npos; at = stream.find('$', at)) {
      stream.replace(at, 1, end);
    }
    const Texts expected = {"grüße|erste\nzweite €|4", "message|b|4"};
    CHECK(Events({stream}) == expected);
    const std::string_view view = stream;
    for (size_t cut = 0; cut <= view.size(); ++cut) {
      CHECK(Events({view.substr(0, cut), view.substr(cut)}) == expected);
    }
    std::vector<std::string_view> bytes;
    for (size_t i = 0; i < view.size(); ++i) bytes.push_back(view.substr(i, 1));
    CHECK(Events(bytes) == expected);
  }
}

TEST_CASE("the reader can stop between two events of one piece") {
  EventParser parser;
  int seen = 0;
  CHECK_FALSE(parser.Feed("data: a\n\ndata: b\n\n", [&](const EventParser::Event&) {
    ++seen;
    return false;
  }));
  CHECK(seen == 1);
}

}  // namespace boathouse::http
