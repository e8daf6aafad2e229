#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "http/http.h"
#include "http/raw_socket_for_test.h"

namespace boathouse::http {
namespace {

// A source that a test scripts: one call of `next` a piece.
class Scripted : public BodySource {
 public:
  using Next_ = std::function<Result<bool>(std::string*)>;
  explicit Scripted(Next_ next, std::optional<uint64_t> length = {})
      : next_(std::move(next)), length_(length) {}
  Result<bool> Next(std::string* chunk) override { return next_(chunk); }
  std::optional<uint64_t> length() const override { return length_; }

 private:
  Next_ next_;
  std::optional<uint64_t> length_;
};

Response Streamed(Scripted::Next_ next, std::optional<uint64_t> length = {}) {
  Response response = Response::Empty(200);
  response.stream = std::make_unique<Scripted>(std::move(next), length);
  return response;
}

// `count` pieces of `size` bytes each, then the end or an error.
Scripted::Next_ Repeat(int count, size_t size, bool fails = false) {
  return [count, size, fails](std::string* chunk) mutable -> Result<bool> {
    if (count-- > 0) {
      chunk->assign(size, 'x');
      return true;
    }
    if (fails) return Error(ErrorKind::kUnavailable, "the source broke");
    return false;
  };
}

// Declared after whatever its handlers use, so that it stops first.
struct TestServer {
  explicit TestServer(const std::function<void(ServerOptions&)>& change = {}) {
    router.Add("GET", "/hello", [](Request&) { return Response::Text(200, "hello"); });
    router.Add("POST", "/echo", [](Request& request) { return Response::Text(200, request.body); });
    router.Add("GET", "/large", [](Request&) {
      return Response::Text(200, std::string(8u << 20, 'x'), "application/octet-stream");
    });
    router.SetBodyLimit("/echo", 1000);
    options.log_requests = false;
    if (change) change(options);
  }
  void Start() {
    auto started = Server::Start(options, router);
    REQUIRE_MESSAGE(started.ok(), (started.ok() ? "" : started.error().message));
    server = std::move(*started);
  }
  // What a fresh connection answers to `bytes`, until it is closed.
  std::string Exchange(std::string_view bytes) const {
    RawSocket socket(server->port());
    REQUIRE(socket.Send(bytes));
    return socket.ReadAll();
  }

  Router router;
  ServerOptions options;
  std::unique_ptr<Server> server;
};

constexpr std::string_view get_hello = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::string_view get_hello_last =
    "GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

std::string Get(const std::string& path, const std::string& more = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: h\r\n" + more + "\r\n";
}

int Count(std::string_view text, std::string_view part) {
  int count = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

bool IsClosed(RawSocket* socket) { return socket->ReadBytes(1).empty(); }

}  // namespace

TEST_CASE("a connection is kept, and closed when the client says so") {
  TestServer test;
  test.Start();
  RawSocket socket(test.server->port());
  for (int i = 0; i < 3; ++i) {
    socket.Send(get_hello);
    const auto [head, body] = socket.ReadResponse();
    CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(body == "hello");
  }
  socket.Send(get_hello_last);
  CHECK(socket.ReadResponse().first.find("Connection: close\r\n") != std::string::npos);
  CHECK(IsClosed(&socket));
}

TEST_CASE("HTTP/1.0 closes unless it asks otherwise") {
  TestServer test;
  test.Start();
  CHECK(test.Exchange("GET /hello HTTP/1.0\r\n\r\n").ends_with("\r\n\r\nhello"));
  const std::string twice = test.Exchange(
      "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
      "GET /hello HTTP/1.0\r\n\r\n");
  CHECK(Count(twice, "hello") == 2);
  CHECK(Count(twice, "Connection: keep-alive") == 1);
}

TEST_CASE("a request is understood however it is torn") {
  TestServer test;
  test.Start();
  const std::string request = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabcde";
  RawSocket socket(test.server->port());
  for (size_t cut = 1; cut < request.size(); cut += 7) {
    for (size_t i = 0; i < request.size(); i += cut) {
      REQUIRE(socket.Send(std::string_view(request).substr(i, cut)));
    }
    CHECK(socket.ReadResponse().second == "abcde");
  }
}

TEST_CASE("pipelined requests are answered in order, none lost") {
  TestServer test;
  test.Start();
  std::string requests;
  for (int i = 0; i < 2000; ++i) {
    const std::string body = std::to_string(i);
    requests += "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n\r\n" + body;
  }
  // More than the server reads ahead: it must neither drop nor reorder what it cannot hold.
  REQUIRE(requests.size() > 100'000);
  RawSocket socket(test.server->port());
  std::thread sender([&] { socket.Send(requests); });
  bool in_order = true;
  for (int i = 0; i < 2000; ++i) {
    in_order = in_order && socket.ReadResponse().second == std::to_string(i);
  }
  sender.join();
  CHECK(in_order);
}

TEST_CASE("chunked bodies are read, trailers and all, and the next request is found") {
  TestServer test;
  test.Start();
  const std::string all = test.Exchange(
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-T: 1\r\n\r\n" +
      std::string(get_hello_last));
  CHECK(all.find("abcde") != std::string::npos);
  CHECK(all.ends_with("hello"));
}

TEST_CASE("HEAD gets the head of GET") {
  TestServer test;
  test.Start();
  const std::string all =
      test.Exchange("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n" + std::string(get_hello_last));
  CHECK(Count(all, "Content-Length: 5\r\n") == 2);
  CHECK(Count(all, "\r\n\r\nhello") == 1);
}

TEST_CASE("100-continue is sent only when the body is wanted and not there yet") {
  TestServer test;
  test.Start();
  const auto head = [](int length) {
    return "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: " +
           std::to_string(length) + "\r\n\r\n";
  };
  RawSocket socket(test.server->port());
  socket.Send(head(3));
  CHECK(socket.ReadUntil("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  socket.Send("abc");
  CHECK(socket.ReadResponse().second == "abc");
  socket.Send(head(3) + "abc");
  CHECK(socket.ReadUntil("\r\n\r\n").starts_with("HTTP/1.1 200"));
  RawSocket large(test.server->port());
  large.Send(head(1001));
  CHECK(large.ReadUntil("\r\n\r\n").starts_with("HTTP/1.1 413"));
}

TEST_CASE("what is too large or malformed is refused and the connection closed") {
  TestServer test;
  test.router.SetErrorRenderer("/echo", [](const Request&, int status, std::string_view) {
    return Response::Text(status, "rendered by echo");
  });
  test.Start();
  const auto first_line = [&](const std::string& bytes) {
    const std::string all = test.Exchange(bytes);
    CHECK_MESSAGE(all.find("Connection: close\r\n") != std::string::npos, all);
    return all.substr(9, 3);
  };
  CHECK(first_line("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n") == "413");
  CHECK(first_line("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
                   std::string(1001, 'x')) == "413");
  CHECK(first_line("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(40'000, 'x')) == "431");
  CHECK(first_line("GET / HTTP/1.1\r\nHost: h\r\nbroken\r\n\r\n") == "400");
  CHECK(first_line("GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n") == "400");
  CHECK(first_line("GET / HTTP/1.1\r\n\r\n") == "400");
  CHECK(first_line("\x16\x03\x01\x02\x01") == "400");
  CHECK(first_line("GET / HTTP/4.2\r\n\r\n") == "505");
  CHECK(test.Exchange("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n")
            .ends_with("rendered by echo"));
}

TEST_CASE("a client that still sends when it is refused can read why") {
  TestServer test;
  test.Start();
  RawSocket socket(test.server->port());
  socket.Send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n");
  socket.Send(std::string(2'000'000, 'x'));
  socket.EndSending();
  bool torn = true;
  CHECK(socket.ReadAll(&torn).starts_with("HTTP/1.1 413"));
  CHECK_FALSE(torn);
}

TEST_CASE("a large response reaches a client that reads late") {
  TestServer test;
  test.Start();
  RawSocket socket(test.server->port());
  socket.Send(Get("/large"));
  const std::string head = socket.ReadUntil("\r\n\r\n");
  CHECK(head.find("Content-Length: 8388608\r\n") != std::string::npos);
  CHECK(socket.ReadBytes(8u << 20) == std::string(8u << 20, 'x'));
}

TEST_CASE("streams of known length are sent as they are, others in chunks") {
  TestServer test;
  test.router.Add("GET", "/known", [](Request&) { return Streamed(Repeat(3, 10), 30); });
  test.router.Add("GET", "/unknown", [](Request&) { return Streamed(Repeat(3, 10)); });
  test.router.Add("GET", "/empty", [](Request&) { return Streamed(Repeat(0, 0)); });
  test.Start();
  RawSocket socket(test.server->port());
  socket.Send(Get("/known"));
  CHECK(socket.ReadResponse().second == std::string(30, 'x'));
  socket.Send(Get("/unknown"));
  CHECK(socket.ReadUntil("\r\n\r\n").find("Transfer-Encoding: chunked") != std::string::npos);
  CHECK(socket.ReadUntil("0\r\n\r\n") ==
        "a\r\nxxxxxxxxxx\r\na\r\nxxxxxxxxxx\r\na\r\nxxxxxxxxxx\r\n0\r\n\r\n");
  socket.Send(Get("/empty"));
  CHECK(socket.ReadUntil("\r\n\r\n0\r\n\r\n").ends_with("\r\n\r\n0\r\n\r\n"));
  CHECK(
      test.Exchange("GET /unknown HTTP/1.0\r\n\r\n").ends_with("\r\n\r\n" + std::string(30, 'x')));
}

TEST_CASE("a stream that fails midway tears the body, at its beginning it is an error response") {
  TestServer test;
  test.router.Add("GET", "/torn", [](Request&) { return Streamed(Repeat(1, 10, true)); });
  test.router.Add("GET", "/short", [](Request&) { return Streamed(Repeat(1, 10), 30); });
  test.router.Add("GET", "/long", [](Request&) { return Streamed(Repeat(4, 10), 30); });
  test.router.Add("GET", "/early", [](Request&) { return Streamed(Repeat(0, 0, true)); });
  test.router.Add("GET", "/throws", [](Request&) {
    return Streamed([](std::string*) -> Result<bool> { throw std::runtime_error("no"); });
  });
  test.Start();
  const std::string torn = test.Exchange(Get("/torn"));
  CHECK(torn.ends_with("a\r\nxxxxxxxxxx\r\n"));
  CHECK(test.Exchange(Get("/short")).ends_with("\r\n\r\nxxxxxxxxxx"));
  CHECK(test.Exchange(Get("/long")).ends_with("\r\n\r\n" + std::string(30, 'x')));
  CHECK(test.Exchange(Get("/early")).starts_with("HTTP/1.1 503 "));
  CHECK(test.Exchange(Get("/throws")).starts_with("HTTP/1.1 500 "));
}

TEST_CASE("quiet event streams hold no worker and still end") {
  Gate release;
  TestServer test([](ServerOptions& options) {
    options.worker_threads = 1;
    options.stream_threads = 1;
  });
  test.router.Add("GET", "/events", [&](Request& request) {
    return EventStream(
        [&](EventWriter& writer) {
          release.Wait();
          writer.Write("", "x");
        },
        request.cancellation);
  });
  test.Start();
  std::vector<std::unique_ptr<RawSocket>> sockets;
  for (int i = 0; i < 20; ++i) {
    sockets.push_back(std::make_unique<RawSocket>(test.server->port()));
    sockets.back()->Send(Get("/events"));
    CHECK(sockets.back()->ReadUntil("\r\n\r\n").find("text/event-stream") != std::string::npos);
  }
  CHECK(test.Exchange(get_hello_last).ends_with("hello"));
  release.Open();
  for (const auto& socket : sockets) {
    CHECK(socket->ReadUntil("0\r\n\r\n") == "9\r\ndata: x\n\n\r\n0\r\n\r\n");
  }
}

TEST_CASE("a quiet stream sends its idle piece now and then") {
  Gate release;
  TestServer test([](ServerOptions& options) { options.idle_piece_s = 0; });
  test.router.Add("GET", "/events", [&](Request& request) {
    return EventStream([&](EventWriter&) { release.Wait(); }, request.cancellation);
  });
  test.Start();
  RawSocket socket(test.server->port());
  socket.Send(Get("/events"));
  CHECK(socket.ReadUntil(":\n\n").ends_with("3\r\n:\n\n"));
  release.Open();
}

TEST_CASE("a client that goes away cancels the handler, the stream and the event stream") {
  Gate began;
  Gate cancelled;
  TestServer test;
  const auto watch = [&](const Request& request) {
    request.cancellation.OnCancel([&] { cancelled.Open(); });
  };
  test.router.Add("GET", "/handler", [&](Request& request) {
    watch(request);
    began.Open();
    cancelled.Wait();
    return Response::Empty(200);
  });
  test.router.Add("GET", "/stream", [&](Request& request) {
    watch(request);
    return Streamed([&](std::string* chunk) -> Result<bool> {
      began.Open();
      cancelled.Wait();
      *chunk = "x";
      return true;
    });
  });
  test.router.Add("GET", "/events", [&](Request& request) {
    watch(request);
    return EventStream(
        [&](EventWriter&) {
          began.Open();
          cancelled.Wait();
        },
        request.cancellation);
  });
  for (const char* path : {"/handler", "/stream", "/events"}) {
    SUBCASE(path) {
      test.Start();
      RawSocket socket(test.server->port());
      socket.Send(Get(path));
      CHECK(began.Wait());
      CHECK_FALSE(cancelled.is_open());
      SUBCASE("by closing") { socket.Close(); }
      SUBCASE("by a reset") { socket.Reset(); }
      CHECK(cancelled.Wait());
    }
  }
}

TEST_CASE("a client that only ends its sending still gets the response") {
  TestServer test;
  test.Start();
  RawSocket socket(test.server->port());
  socket.Send(get_hello);
  socket.EndSending();
  CHECK(socket.ReadAll().ends_with("hello"));
}

TEST_CASE("when the queue is full the answer is 503, and later 200 again") {
  Gate began;
  Gate release;
  std::atomic<int> running = 0;
  TestServer test([](ServerOptions& options) {
    options.worker_threads = 1;
    options.queue_max = 1;
  });
  test.router.Add("GET", "/slow", [&](Request&) {
    if (++running == 1) began.Open();
    release.Wait();
    return Response::Text(200, "slow");
  });
  test.Start();
  RawSocket working(test.server->port());
  working.Send(Get("/slow"));
  CHECK(began.Wait());
  // Three for one place in the queue: whichever comes first gets it.
  std::vector<std::thread> threads;
  std::atomic<int> served = 0;
  std::atomic<int> refused = 0;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      const std::string answer = test.Exchange(Get("/slow", "Connection: close\r\n"));
      if (answer.starts_with("HTTP/1.1 200 ")) ++served;
      if (answer.starts_with("HTTP/1.1 503 ") && Count(answer, "Retry-After: 1\r\n") == 1 &&
          ++refused == 2) {
        release.Open();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(refused == 2);
  CHECK(served == 1);
  CHECK(test.Exchange(get_hello_last).ends_with("hello"));
}

TEST_CASE("connections over the limit are turned away") {
  TestServer test([](ServerOptions& options) { options.connections_max = 1; });
  test.Start();
  RawSocket first(test.server->port());
  first.Send(get_hello);
  CHECK(first.ReadResponse().second == "hello");
  const std::string refused = test.Exchange("");
  CHECK(refused.starts_with("HTTP/1.1 503 "));
  const size_t body = refused.find("\r\n\r\n") + 4;
  CHECK(refused.find("Content-Length: " + std::to_string(refused.size() - body) + "\r\n") !=
        std::string::npos);
  first.Send(get_hello_last);
  CHECK(first.ReadAll().ends_with("hello"));
}

TEST_CASE("bodies that would take more room than there is are refused until there is some again") {
  constexpr size_t room = 100u << 10;
  constexpr size_t large = room + body_bytes_uncounted;
  Gate began;
  Gate release;
  TestServer test([](ServerOptions& options) { options.body_bytes_in_flight_max = room; });
  test.router.Add("POST", "/hold", [&](Request& request) {
    began.Open();
    CHECK(release.Wait());
    return Response::Text(200, std::to_string(request.body.size()));
  });
  test.router.SetErrorRenderer("/hold", [](const Request& request, int status, std::string_view) {
    CHECK(request.body.empty());
    return Response::Text(status, "rendered");
  });
  test.Start();
  const auto post = [](size_t size) {
    return "POST /hold HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) +
           "\r\n\r\n" + std::string(size, 'x');
  };
  RawSocket first(test.server->port());
  first.Send(post(large));
  CHECK(began.Wait());
  RawSocket second(test.server->port());
  second.Send(post(body_bytes_uncounted + 1));
  const auto [head, body] = second.ReadResponse();
  CHECK(head.starts_with("HTTP/1.1 503 "));
  CHECK(Count(head, "Retry-After: 1\r\n") == 1);
  CHECK(body == "rendered");
  CHECK(test.Exchange("POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                      "Content-Length: 5\r\n\r\nsmall")
            .ends_with("small"));
  release.Open();
  CHECK(first.ReadResponse().second == std::to_string(large));
  SUBCASE("the next request of a connection has it") {
    first.Send(post(large));
    CHECK(first.ReadResponse().second == std::to_string(large));
  }
  SUBCASE("a connection that breaks gives back what it took") {
    RawSocket torn(test.server->port());
    torn.Send(std::string_view(post(large)).substr(0, large));
    torn.EndSending();
    CHECK(IsClosed(&torn));
    first.Send(post(large));
    CHECK(first.ReadResponse().second == std::to_string(large));
  }
  SUBCASE("one body alone may be too much") {
    first.Send(post(large + 1));
    CHECK(first.ReadResponse().first.starts_with("HTTP/1.1 503 "));
  }
}

TEST_CASE("clients that dawdle are not waited for") {
  Gate torn;
  TestServer test([](ServerOptions& options) {
    options.read_timeout_s = 1;
    options.idle_timeout_s = 1;
    options.write_timeout_s = 1;
    options.body_bytes_per_s_min = 1u << 30;
  });
  test.router.SetBodyLimit("/echo", 16u << 20);
  test.router.Add("GET", "/endless", [&](Request& request) {
    request.cancellation.OnCancel([&] { torn.Open(); });
    return Streamed(Repeat(1 << 20, 64u << 10));
  });
  test.Start();
  // All at once, as each takes its second.
  RawSocket silent(test.server->port());
  RawSocket in_head(test.server->port());
  RawSocket in_body(test.server->port());
  RawSocket idle(test.server->port());
  RawSocket deaf(test.server->port());
  RawSocket dribbling(test.server->port());
  in_head.Send("GET /hello HTTP/1.1\r\nHo");
  in_body.Send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nab");
  idle.Send(get_hello);
  deaf.Send(Get("/endless"));
  // Never silent, but too slow for its length.
  dribbling.Send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 16777216\r\n\r\n");
  while (!dribbling.HasAnswer() && dribbling.Send("x")) {
  }
  CHECK(dribbling.ReadUntil("\r\n").starts_with("HTTP/1.1 408 "));
  CHECK(silent.ReadAll().empty());
  CHECK(in_head.ReadAll().starts_with("HTTP/1.1 408 "));
  CHECK(in_body.ReadAll().starts_with("HTTP/1.1 408 "));
  CHECK(idle.ReadAll().ends_with("hello"));
  CHECK(torn.Wait());
}

TEST_CASE("Stop lets running requests finish and closes idle connections") {
  Gate began;
  Gate release;
  TestServer test;
  test.router.Add("GET", "/slow", [&](Request&) {
    began.Open();
    release.Wait();
    return Response::Text(200, "done");
  });
  test.Start();
  const uint16_t port = test.server->port();
  RawSocket idle(port);
  idle.Send(get_hello);
  CHECK(idle.ReadResponse().second == "hello");
  RawSocket busy(port);
  busy.Send(Get("/slow"));
  CHECK(began.Wait());
  std::thread stopper([&] { test.server->Stop(); });
  CHECK(IsClosed(&idle));
  CHECK_FALSE(RawSocket(port).connected());
  release.Open();
  const std::string answer = busy.ReadAll();
  CHECK(answer.ends_with("done"));
  CHECK(answer.find("Connection: close\r\n") != std::string::npos);
  stopper.join();
  test.server->Stop();  // does nothing
}

TEST_CASE("Stop cancels what outlasts its patience, and quiet event streams early") {
  TestServer test([](ServerOptions& options) { options.stop_grace_ms = 100; });
  SUBCASE("a handler") {
    Gate began;
    test.router.Add("GET", "/stuck", [&](Request& request) {
      Gate cancelled;
      request.cancellation.OnCancel([&] { cancelled.Open(); });
      began.Open();
      CHECK(cancelled.Wait());
      return Response::Empty(200);
    });
    test.Start();
    RawSocket socket(test.server->port());
    socket.Send(Get("/stuck"));
    CHECK(began.Wait());
    test.server->Stop();
  }
  SUBCASE("an event stream") {
    test.options.stop_grace_ms = 60'000;
    test.router.Add("GET", "/events", [&](Request& request) {
      return EventStream(
          [cancellation = request.cancellation](EventWriter&) {
            Gate cancelled;
            cancellation.OnCancel([&] { cancelled.Open(); });
            CHECK(cancelled.Wait());
          },
          request.cancellation);
    });
    test.Start();
    RawSocket socket(test.server->port());
    socket.Send(Get("/events"));
    socket.ReadUntil("\r\n\r\n");
    test.server->Stop();
    CHECK(IsClosed(&socket));
  }
}

// Opens its gate when the thread that made it ends.
struct OpensAtThreadEnd {
  explicit OpensAtThreadEnd(Gate* opened) : gate(opened) {}
  ~OpensAtThreadEnd() { gate->Open(); }
  Gate* gate;
};

TEST_CASE("Stop ends the workers after the last connection, which may still have work for them") {
  constexpr int not_within_ms = 200;
  Gate worker_ended;
  Gate rendering;
  TestServer test([](ServerOptions& options) {
    options.worker_threads = 1;
    options.stop_grace_ms = 0;
  });
  test.router.Add("GET", "/mark", [&](Request&) {
    thread_local OpensAtThreadEnd mark(&worker_ended);
    return Response::Text(200, "marked");
  });
  test.router.SetErrorRenderer("/broken", [&](const Request&, int status, std::string_view text) {
    rendering.Open();  // on the I/O thread, so that Stop gets ahead of every connection
    CHECK_FALSE(worker_ended.Wait(not_within_ms));
    return Response::Text(status, std::string(text));
  });
  test.Start();
  RawSocket marked(test.server->port());
  marked.Send(Get("/mark"));
  CHECK(marked.ReadResponse().second == "marked");
  RawSocket broken(test.server->port());
  broken.Send("GET /broken HTTP/1.1\r\n\r\n");
  CHECK(rendering.Wait());
  marked.Send(get_hello);
  test.server->Stop();
  CHECK(worker_ended.is_open());
}

TEST_CASE("an address that is taken or none is told apart") {
  TestServer test;
  test.Start();
  ServerOptions options;
  options.port = test.server->port();
  const auto taken = Server::Start(options, test.router);
  REQUIRE_FALSE(taken.ok());
  CHECK(taken.error().kind == ErrorKind::kUnavailable);
  CHECK(taken.error().message.find("127.0.0.1:" + std::to_string(options.port)) !=
        std::string::npos);
  options.address = "example.com";
  const auto no_address = Server::Start(options, test.router);
  REQUIRE_FALSE(no_address.ok());
  CHECK(no_address.error().kind == ErrorKind::kInvalid);
  options.address = "192.0.2.1";  // of nobody's machine
  CHECK(Server::Start(options, test.router).error().kind == ErrorKind::kUnavailable);
  // A port is free again at once.
  options.address = "localhost";
  RawSocket socket(options.port);
  socket.Send(get_hello);
  socket.ReadResponse();
  test.server->Stop();
  CHECK(Server::Start(options, test.router).ok());
}

TEST_CASE("the request knows its peer, and bodies are compressed on request") {
  TestServer test;
  test.router.Add("GET", "/peer", [](Request& request) {
    return Response::Text(200, request.peer_address + std::string(2000, ' '));
  });
  test.Start();
  CHECK(test.Exchange(Get("/peer", "Connection: close\r\n")).find("\r\n\r\n127.0.0.1 ") !=
        std::string::npos);
  const std::string zipped =
      test.Exchange(Get("/peer", "Accept-Encoding: br, gzip\r\nConnection: close\r\n"));
  CHECK(zipped.find("Content-Encoding: gzip\r\n") != std::string::npos);
  CHECK(zipped.size() < 1000);
}

TEST_CASE("many clients at once each get their own answers") {
  TestServer test;
  test.Start();
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      RawSocket socket(test.server->port());
      for (int i = 0; i < 200; ++i) {
        const std::string body = std::to_string(t) + ":" + std::to_string(i);
        socket.Send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body);
        right += socket.ReadResponse().second == body ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 1600);
}

}  // namespace boathouse::http
