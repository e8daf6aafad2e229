#include "http/response_head.h"

#include <doctest/doctest.h>

#include "http/gzip.h"

namespace boathouse::http {
namespace {

class OnePiece : public BodySource {
 public:
  explicit OnePiece(std::optional<uint64_t> length) : length_(length) {}
  Result<bool> Next(std::string*) override { return false; }
  std::optional<uint64_t> length() const override { return length_; }

 private:
  std::optional<uint64_t> length_;
};

struct Prepared {
  BodyFraming framing;
  std::string head;
  Exchange exchange;
};

Prepared Prepare(Response response, Exchange exchange = {}) {
  Prepared prepared{BodyFraming::kNone, "", exchange};
  prepared.framing = PrepareResponse(&prepared.exchange, &response, &prepared.head);
  return prepared;
}

bool Has(const Prepared& prepared, const std::string& line) {
  return prepared.head.find(line + "\r\n") != std::string::npos;
}

Response Streamed(std::optional<uint64_t> length) {
  Response response = Response::Empty(200);
  response.stream = std::make_unique<OnePiece>(length);
  return response;
}

}  // namespace

TEST_CASE("a whole body has its length and the standing headers") {
  const Prepared prepared = Prepare(Response::Text(200, "hello"));
  CHECK(prepared.framing == BodyFraming::kLength);
  CHECK(prepared.head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(prepared.head.ends_with("\r\n\r\n"));
  for (const char* line :
       {"Content-Length: 5", "Content-Type: text/plain; charset=utf-8", "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff", "Server: Boathouse"}) {
    CHECK_MESSAGE(Has(prepared, line), line);
  }
  CHECK(prepared.head.find(" GMT\r\n") != std::string::npos);
  CHECK(prepared.head.find("Connection:") == std::string::npos);
}

TEST_CASE("a handler's cache control stays, its framing does not") {
  Response response = Response::Text(200, "hello");
  response.headers.Add("cache-control", "public");
  response.headers.Add("Content-Length", "99");
  response.headers.Add("Transfer-Encoding", "chunked");
  response.headers.Add("Connection", "close");
  const Prepared prepared = Prepare(std::move(response));
  CHECK(Has(prepared, "cache-control: public"));
  CHECK_FALSE(Has(prepared, "Cache-Control: no-store"));
  CHECK(Has(prepared, "Content-Length: 5"));
  CHECK(prepared.head.find("99") == std::string::npos);
  CHECK(prepared.head.find("chunked") == std::string::npos);
  CHECK_FALSE(prepared.exchange.keep_alive);
  CHECK(Has(prepared, "Connection: close"));
}

TEST_CASE("a line break in a header value cannot begin another header") {
  Response response = Response::Empty(200);
  response.headers.Add("Location", "/a\r\nSet-Cookie: x=1\nY: z");
  const Prepared prepared = Prepare(std::move(response));
  CHECK(Has(prepared, "Location: /a  Set-Cookie: x=1 Y: z"));
}

TEST_CASE("streams are framed by what is known of them") {
  CHECK(Prepare(Streamed(7)).framing == BodyFraming::kLength);
  CHECK(Has(Prepare(Streamed(7)), "Content-Length: 7"));
  CHECK(Prepare(Streamed({})).framing == BodyFraming::kChunked);
  CHECK(Has(Prepare(Streamed({})), "Transfer-Encoding: chunked"));
  const Prepared old = Prepare(Streamed({}), {.is_http_1_0 = true});
  CHECK(old.framing == BodyFraming::kUntilClose);
  CHECK_FALSE(old.exchange.keep_alive);
}

TEST_CASE("HTTP/1.0 is told when the connection stays") {
  CHECK(Has(Prepare(Response::Text(200, "x"), {.is_http_1_0 = true}), "Connection: keep-alive"));
}

TEST_CASE("HEAD has the length of the body it does not get") {
  const Exchange head{.is_head = true};
  const Prepared whole = Prepare(Response::Text(200, "hello"), head);
  CHECK(whole.framing == BodyFraming::kNone);
  CHECK(Has(whole, "Content-Length: 5"));
  CHECK(Has(Prepare(Streamed(7), head), "Content-Length: 7"));
  CHECK(Prepare(Streamed({}), head).framing == BodyFraming::kNone);
  Response told = Response::Empty(200);
  told.headers.Add("Content-Length", "12345");
  CHECK(Has(Prepare(std::move(told), head), "Content-Length: 12345"));
}

TEST_CASE("204 and 304 have neither body nor length") {
  for (const int status : {204, 304}) {
    const Prepared prepared = Prepare(Response::Text(status, "ignored"));
    CHECK(prepared.framing == BodyFraming::kNone);
    CHECK(prepared.head.find("Content-Length") == std::string::npos);
  }
  CHECK(Prepare(Response::Empty(0)).head.starts_with("HTTP/1.1 500 "));
}

TEST_CASE("text is compressed when it is worth it and wanted") {
  const Exchange gzip{.accepts_gzip = true};
  const std::string text(5000, 'a');
  const Prepared prepared = Prepare(Response::Text(200, text, "application/json"), gzip);
  CHECK(Has(prepared, "Content-Encoding: gzip"));
  CHECK(Has(prepared, "Vary: Accept-Encoding"));
  CHECK_FALSE(Has(prepared, "Content-Length: 5000"));

  const auto stays = [&](Response response, const Exchange& exchange) {
    return !Has(Prepare(std::move(response), exchange), "Content-Encoding: gzip");
  };
  CHECK(stays(Response::Text(200, text), {}));
  CHECK(Has(Prepare(Response::Text(200, text)), "Vary: Accept-Encoding"));
  CHECK(stays(Response::Text(200, std::string(1024, 'a')), gzip));
  CHECK_FALSE(stays(Response::Text(200, std::string(1025, 'a')), gzip));
  CHECK(stays(Response::Text(200, text, "application/octet-stream"), gzip));
  CHECK(stays(Response::Text(200, text, "application/vnd.apache.parquet"), gzip));
  CHECK(stays(Response::Text(206, text), gzip));
  CHECK(stays(Streamed({}), gzip));
  Response encoded = Response::Text(200, text);
  encoded.headers.Add("Content-Encoding", "br");
  CHECK(stays(std::move(encoded), gzip));
}

TEST_CASE("Accept-Encoding is read with its weights") {
  for (const char* yes : {"gzip", "deflate, GZIP;q=0.5", "br, *", "x-gzip", "gzip;q=0.001"}) {
    CHECK_MESSAGE(AcceptsGzip(yes), yes);
  }
  for (const char* no : {"", "br", "gzip;q=0", "gzip; q=0.000, *", "*;q=0", "identity"}) {
    CHECK_MESSAGE(!AcceptsGzip(no), no);
  }
}

TEST_CASE("media types that shrink are known") {
  for (const char* yes : {"text/html; charset=utf-8", "application/problem+json",
                          "application/x-ndjson", "Application/JSON", "image/svg+xml"}) {
    CHECK_MESSAGE(IsCompressible(yes), yes);
  }
  for (const char* no : {"", "image/png", "application/zip", "application/octet-stream"}) {
    CHECK_MESSAGE(!IsCompressible(no), no);
  }
}

}  // namespace boathouse::http
