#include "http/request_parser.h"

#include <doctest/doctest.h>

namespace boathouse::http {
namespace {

using State = RequestParser::State;

// Feeds `bytes` in pieces of `step` as a connection would: what is not used comes again. Returns how
// many bytes were used in all.
size_t FeedAll(RequestParser* parser, std::string_view bytes, size_t step = 1u << 20) {
  size_t used = 0;
  size_t seen = 0;
  while (parser->state() == State::kHead || parser->state() == State::kBody) {
    const size_t count = parser->Feed(bytes.substr(used, seen - used));
    used += count;
    if (count > 0) continue;
    if (seen == bytes.size()) break;
    seen = std::min(bytes.size(), seen + step);
  }
  return used;
}

int StatusOf(std::string_view bytes) {
  RequestParser parser;
  FeedAll(&parser, bytes);
  return parser.state() == State::kFailed ? parser.error_status() : 0;
}

}  // namespace

TEST_CASE("a request is read whole however it is cut") {
  const std::string bytes =
      "\r\nPOST /a?b=1 HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a:  2 \r\nTransfer-Encoding: "
      "chunked\r\n\r\n"
      "3\r\nabc\r\n5;ext=1\r\ndefgh\r\n0\r\nX-Trailer: t\r\n\r\nNEXT";
  for (size_t step = 1; step < bytes.size(); ++step) {
    RequestParser parser;
    const size_t used = FeedAll(&parser, bytes, step);
    CHECK(parser.state() == State::kDone);
    CHECK(bytes.substr(used) == "NEXT");
    const Request& request = parser.request();
    CHECK(request.method == "POST");
    CHECK(request.target == "/a?b=1");
    CHECK(request.body == "abcdefgh");
    CHECK(request.headers.All("X-A") == std::vector<std::string_view>{"1", "2"});
    CHECK(request.headers.Find("x-trailer") == nullptr);
    CHECK(parser.keep_alive());
  }
}

TEST_CASE("a parser begins anew after Reset") {
  RequestParser parser;
  FeedAll(&parser, "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab");
  CHECK(parser.request().body == "ab");
  parser.Reset();
  CHECK_FALSE(parser.has_begun());
  FeedAll(&parser, "GET /b HTTP/1.0\r\n\r\n");
  CHECK(parser.state() == State::kDone);
  CHECK(parser.request().body.empty());
  CHECK(parser.is_http_1_0());
  CHECK_FALSE(parser.keep_alive());
}

TEST_CASE("the wish to keep the connection follows version and header") {
  const auto keeps = [](std::string_view bytes) {
    RequestParser parser;
    FeedAll(&parser, bytes);
    return parser.keep_alive();
  };
  CHECK(keeps("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  CHECK_FALSE(keeps("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  CHECK(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST_CASE("what two parties could read differently is refused") {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\n";
  CHECK(StatusOf(head + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
  CHECK(StatusOf(head + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n") == 400);
  CHECK(StatusOf(head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n") == 400);
  CHECK(StatusOf(head + "Content-Length: -1\r\n\r\n") == 400);
  CHECK(StatusOf(head + "Content-Length: 1x\r\n\r\n") == 400);
  CHECK(StatusOf(head + "Transfer-Encoding: identity\r\n\r\n") == 400);
  CHECK(StatusOf(head + "Transfer-Encoding: gzip, chunked\r\n\r\n") == 501);
  CHECK(StatusOf(head + "Host: i\r\n\r\n") == 400);
  CHECK(StatusOf("GET / HTTP/1.1\r\n\r\n") == 400);
  CHECK(StatusOf("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
  CHECK(StatusOf(head + "X : 1\r\n\r\n") == 400);
  CHECK(StatusOf("GET / HTTP/1.1\nHost: h\n\n") != 0);
}

TEST_CASE("what is not HTTP gets the status that says so") {
  CHECK(StatusOf("GET / HTTP/2.0\r\nHost: h\r\n\r\n") == 505);
  CHECK(StatusOf("\x16\x03\x01\x02") == 400);
  CHECK(StatusOf("GET  / HTTP/1.1\r\nHost: h\r\n\r\n") == 400);
  CHECK(StatusOf("GET / HTTP/1.1\r\nHost: h\r\nbroken\r\n\r\n") == 400);
  CHECK(StatusOf("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n") == 400);
}

TEST_CASE("a head over the limit is refused while it comes") {
  std::string bytes = "GET / HTTP/1.1\r\nHost: h\r\n";
  const std::string line = "X: " + std::string(100, 'a') + "\r\n";
  while (bytes.size() < header_bytes_max + line.size()) bytes += line;
  CHECK(StatusOf(bytes) == 431);
  CHECK(StatusOf("GET /" + std::string(header_bytes_max, 'a')) == 431);
  CHECK(StatusOf("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(header_bytes_max, 'a')) == 431);
}

TEST_CASE("a body over the limit is refused by its length or by its chunks") {
  RequestParser by_length;
  by_length.Feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n");
  CHECK(by_length.state() == State::kBody);
  by_length.LimitBody(10);
  CHECK(by_length.state() == State::kFailed);
  CHECK(by_length.error_status() == 413);

  RequestParser by_chunks;
  by_chunks.Feed("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  by_chunks.LimitBody(10);
  CHECK(by_chunks.state() == State::kBody);
  by_chunks.Feed("a\r\n0123456789\r\n");
  CHECK(by_chunks.state() == State::kBody);
  by_chunks.Feed("\r\n1\r\nx\r\n");
  CHECK(by_chunks.error_status() == 413);

  RequestParser exact;
  exact.Feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n");
  exact.LimitBody(10);
  exact.Feed("0123456789");
  CHECK(exact.state() == State::kDone);
}

TEST_CASE("100-continue is the only expectation") {
  RequestParser parser;
  parser.Feed("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: 100-Continue\r\n\r\n");
  CHECK(parser.expects_continue());
  CHECK(StatusOf("PUT / HTTP/1.1\r\nHost: h\r\nExpect: cake\r\n\r\n") == 417);
}

}  // namespace boathouse::http
