#include "http/client.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "http/raw_socket_for_test.h"

namespace boathouse::http {
namespace {

// Pieces without an announced length; an error at the end when told so.
class Pieces : public BodySource {
 public:
  Pieces(std::vector<std::string> pieces, bool fails) : pieces_(std::move(pieces)), fails_(fails) {}
  Result<bool> Next(std::string* chunk) override {
    if (at_ == pieces_.size()) {
      if (fails_) return Error(ErrorKind::kInternal, "the source broke");
      return false;
    }
    *chunk = pieces_[at_++];
    return true;
  }

 private:
  std::vector<std::string> pieces_;
  bool fails_;
  size_t at_ = 0;
};

Response Streamed(std::vector<std::string> pieces, bool fails = false) {
  Response response = Response::Empty(200);
  response.headers.Add("X-Kind", "stream");
  response.stream = std::make_unique<Pieces>(std::move(pieces), fails);
  return response;
}

// A server with a handler for every method and path, and a client.
struct Fixture {
  explicit Fixture(Handler handler, size_t connections_max = 100) {
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
      router.Add(method, "/{path...}", handler);
    }
    ServerOptions options;
    options.log_requests = false;
    options.connections_max = connections_max;
    server = *Server::Start(options, router);
  }
  std::string Url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(server->port()) + path;
  }
  ClientRequest To(const std::string& path) const {
    ClientRequest request;
    request.url = Url(path);
    return request;
  }

  Router router;
  std::unique_ptr<Server> server;
  std::unique_ptr<Client> client = Client::Create();
};

ErrorKind KindOf(const Result<ClientResponse>& result) {
  REQUIRE_FALSE(result.ok());
  return result.error().kind;
}

}  // namespace

TEST_CASE("method, path, headers and body arrive, and the answer comes back") {
  const Fixture fixture([](Request& request) {
    Response response =
        Response::Text(201, request.method + " " + request.target + " " + request.body + " " +
                                std::string(request.headers.Get("content-type", "none")) + " " +
                                std::string(request.headers.Get("content-length", "none")));
    response.headers.Add("X-Echo", std::string(request.headers.Get("x-in")));
    return response;
  });
  for (const std::string method : {"POST", "PUT", "PATCH", "DELETE"}) {
    ClientRequest request = fixture.To("/a%20b?x=1");
    request.method = method;
    request.headers.Add("X-In", "value");
    request.headers.Add("Content-Type", "text/x");
    request.body = std::string("a\0b", 3);
    const auto response = fixture.client->Send(request);
    REQUIRE(response.ok());
    CHECK(response->status == 201);
    CHECK(response->headers.Get("x-echo") == "value");
    CHECK(response->body == method + " /a%20b?x=1 " + std::string("a\0b", 3) + " text/x 3");
  }
  const auto plain = fixture.client->Send(fixture.To("/"));
  REQUIRE(plain.ok());
  CHECK(plain->body == "GET /  none none");
  ClientRequest empty = fixture.To("/");
  empty.method = "POST";
  CHECK(fixture.client->Send(empty)->body == "POST /  none 0");
  ClientRequest head = fixture.To("/");
  head.method = "HEAD";
  const auto headless = fixture.client->Send(head);
  REQUIRE(headless.ok());
  CHECK(headless->body.empty());
  CHECK(headless->headers.Get("content-length") == "17");
}

TEST_CASE("redirects are for the caller, compression is not") {
  const std::string text(5000, 'x');
  const Fixture fixture([&](Request& request) {
    if (request.path == "/moved") {
      Response response = Response::Empty(302);
      response.headers.Add("Location", "/elsewhere");
      return response;
    }
    return Response::Text(200, text);
  });
  const auto moved = fixture.client->Send(fixture.To("/moved"));
  REQUIRE(moved.ok());
  CHECK(moved->status == 302);
  CHECK(moved->headers.Get("location") == "/elsewhere");
  const auto zipped = fixture.client->Send(fixture.To("/"));
  REQUIRE(zipped.ok());
  CHECK(zipped->headers.Get("content-encoding") == "gzip");
  CHECK(zipped->body == text);
}

TEST_CASE("pieces are handed on as they come, and the reader may stop") {
  Gate first_seen;
  const Fixture fixture([&](Request& request) {
    return EventStream(
        [&](EventWriter& writer) {
          writer.Write("", "one");
          first_seen.Wait();
          writer.Write("", "two");
        },
        request.cancellation);
  });
  ClientRequest request = fixture.To("/");
  std::string all;
  request.on_data = [&](int status, const Headers& headers, std::string_view piece) {
    CHECK(status == 200);
    CHECK(headers.Get("content-type") == "text/event-stream");
    all += piece;
    first_seen.Open();  // the second event is written only when the first was seen here
    return all.find("two") == std::string::npos;
  };
  const auto response = fixture.client->Send(request);
  REQUIRE(response.ok());
  CHECK(all == "data: one\n\ndata: two\n\n");
  CHECK(response->body.empty());
}

TEST_CASE("an answer over the limit is too large, also when it is handed on or compressed") {
  const Fixture fixture([](Request&) { return Response::Text(200, std::string(5000, 'x')); });
  ClientRequest request = fixture.To("/");
  request.response_bytes_max = 4999;
  CHECK(KindOf(fixture.client->Send(request)) == ErrorKind::kTooLarge);
  request.on_data = [](int, const Headers&, std::string_view) { return true; };
  CHECK(KindOf(fixture.client->Send(request)) == ErrorKind::kTooLarge);
  request.response_bytes_max = 5000;
  CHECK(fixture.client->Send(request).ok());
}

TEST_CASE("a torn answer is not an answer") {
  const Fixture fixture([](Request&) { return Streamed({"one", "two"}, true); });
  const auto response = fixture.client->Send(fixture.To("/"));
  CHECK(KindOf(response) == ErrorKind::kUnavailable);
}

TEST_CASE("a cancellation drops the transfer at once") {
  Gate began;
  Gate gone;
  const Fixture fixture([&](Request& request) {
    request.cancellation.OnCancel([&] { gone.Open(); });
    began.Open();
    gone.Wait();
    return Response::Empty(200);
  });
  ClientRequest request = fixture.To("/");
  std::thread canceller([&] {
    began.Wait();
    request.cancellation.Cancel();
  });
  const auto before = std::chrono::steady_clock::now();
  CHECK(KindOf(fixture.client->Send(request)) == ErrorKind::kCancelled);
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(5));
  canceller.join();
  // The server learns of it too: its handler's cancellation is raised.
  CHECK(gone.Wait());
  CHECK(KindOf(fixture.client->Send(request)) == ErrorKind::kCancelled);
}

TEST_CASE("time runs out for an answer that does not come") {
  Gate release;
  const Fixture fixture([&](Request&) {
    release.Wait();
    return Response::Empty(200);
  });
  ClientRequest request = fixture.To("/");
  request.timeout_ms = 50;
  const auto response = fixture.client->Send(request);
  CHECK(KindOf(response) == ErrorKind::kDeadline);
  CHECK(response.error().message.find("50 ms") != std::string::npos);
  release.Open();
}

TEST_CASE("a server that is not there is unavailable, and the message names it") {
  uint16_t port = 0;
  {
    const Fixture fixture([](Request&) { return Response::Empty(200); });
    port = fixture.server->port();
  }
  ClientRequest request;
  request.url = "http://user:secret@127.0.0.1:" + std::to_string(port) + "/private?token=x";
  const auto response = Client::Create()->Send(request);
  CHECK(KindOf(response) == ErrorKind::kUnavailable);
  const std::string& message = response.error().message;
  CHECK(message.find("http://127.0.0.1:" + std::to_string(port)) != std::string::npos);
  for (const char* hidden : {"secret", "private", "token"}) {
    CHECK(message.find(hidden) == std::string::npos);
  }
}

TEST_CASE("only complete http and https URLs and clean headers are sent") {
  const auto client = Client::Create();
  for (const char* url : {"", "host/path", "ftp://host/", "file:///etc/passwd", "http://",
                          "http://a b/", "gopher://x"}) {
    ClientRequest request;
    request.url = url;
    CHECK_MESSAGE(KindOf(client->Send(request)) == ErrorKind::kInvalid, url);
  }
  for (const char* value : {"a\r\nX: y", "a\nb"}) {
    ClientRequest request;
    request.url = "http://127.0.0.1:1/";
    request.headers.Add("X-A", value);
    CHECK(KindOf(client->Send(request)) == ErrorKind::kInvalid);
  }
}

TEST_CASE("a proxy of the environment is not asked for this machine") {
  const Fixture fixture([](Request&) { return Response::Text(200, "direct"); });
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);  // nobody listens there
  const auto direct = Client::Create()->Send(fixture.To("/"));
  ClientRequest far;
  far.url = "http://example.invalid/";
  const auto proxied = Client::Create()->Send(far);
  ::unsetenv("http_proxy");
  REQUIRE(direct.ok());
  CHECK(direct->body == "direct");
  CHECK(KindOf(proxied) == ErrorKind::kUnavailable);
}

TEST_CASE("a connection is kept and used again") {
  // The server takes no second connection while the first is open.
  const Fixture fixture([](Request&) { return Response::Text(200, "x"); }, 1);
  for (int i = 0; i < 20; ++i) {
    const auto response = fixture.client->Send(fixture.To("/"));
    REQUIRE(response.ok());
    CHECK(response->status == 200);
  }
}

TEST_CASE("one client serves many threads") {
  const Fixture fixture([](Request& request) { return Response::Text(200, request.target); });
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const std::string path = "/" + std::to_string(t) + "/" + std::to_string(i);
        const auto response = fixture.client->Send(fixture.To(path));
        right += response.ok() && response->body == path ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 160);
}

}  // namespace boathouse::http
