// Protocols that are told by their requests, bodies that are thrown away, and files that the kernel sends.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "http/http.h"
#include "http/raw_socket_for_test.h"

namespace boathouse::http {
namespace {

// A file without a name that holds `text`.
class OpenText {
 public:
  explicit OpenText(std::string_view text) : descriptor_(::mkostemp(path_, O_CLOEXEC)) {
    REQUIRE(descriptor_ >= 0);
    ::unlink(path_);
    REQUIRE(::write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  ~OpenText() { ::close(descriptor_); }
  int descriptor() const { return descriptor_; }

 private:
  char path_[32] = "/tmp/boathouse-run-XXXXXX";
  const int descriptor_;
};

// Sends runs of a file between pieces of memory, as they are scripted.
class Runs : public BodySource {
 public:
  struct Step {
    std::string piece;
    FileRun run;
  };
  explicit Runs(std::vector<Step> steps) : steps_(std::move(steps)) {
    for (const Step& step : steps_) length_ += step.piece.size() + step.run.length;
  }
  Result<std::optional<FileRun>> NextRun() override {
    if (at_ == steps_.size() || steps_[at_].run.length == 0) return std::optional<FileRun>();
    if (steps_[at_].run.descriptor < 0) return Error(ErrorKind::kCorrupt, "the file is damaged");
    return std::optional(steps_[at_++].run);
  }
  Result<bool> Next(std::string* chunk) override {
    if (at_ == steps_.size()) return false;
    *chunk = steps_[at_++].piece;
    return true;
  }
  std::optional<uint64_t> length() const override { return length_; }

 private:
  const std::vector<Step> steps_;
  size_t at_ = 0;
  uint64_t length_ = 0;
};

struct ProtocolServer {
  OpenText file{std::string(6u << 20, 'f')};
  size_t discarded_bytes_max = 1u << 30;
  Router router;
  std::unique_ptr<Server> server;

  void Start() {
    std::signal(SIGPIPE, SIG_IGN);  // as the program does: sendfile raises it
    Router::Protocol protocol;
    protocol.claims = [](const Request& request) {
      return request.headers.Find("x-odd") != nullptr;
    };
    protocol.handler = [](Request& request) {
      return Response::Text(200, "odd " + request.method + " " + request.path + " " +
                                     std::to_string(request.body.size()));
    };
    protocol.render_error = [](const Request&, int status, std::string_view) {
      return Response::Text(status, "odd error");
    };
    protocol.spool = Router::Spool{"", discarded_bytes_max, [](const Request& request) {
                                     Router::Admission admission;
                                     admission.discard = true;
                                     if (request.headers.Find("expect") != nullptr) {
                                       admission.refusal = Response::Text(403, "odd refusal");
                                     }
                                     return admission;
                                   }};
    router.AddProtocol(std::move(protocol));
    router.Add("GET", "/plain", [](Request&) { return Response::Text(200, "plain"); });
    router.Add("GET", "/runs", [this](Request&) {
      const auto run = [this](uint64_t offset, uint64_t length) {
        return Runs::Step{"", {file.descriptor(), offset, length}};
      };
      Response response;
      response.stream = std::make_unique<Runs>(std::vector<Runs::Step>{
          {"begin ", {}}, run(0, 3u << 20), run(3u << 20, 3u << 20), {" end", {}}});
      return response;
    });
    router.Add("GET", "/short", [this](Request&) {
      Response response;
      response.stream =
          std::make_unique<Runs>(std::vector<Runs::Step>{{"", {file.descriptor(), 0, 7u << 20}}});
      return response;
    });
    router.Add("GET", "/damaged", [](Request&) {
      Response response;
      response.stream = std::make_unique<Runs>(std::vector<Runs::Step>{{"", {-1, 0, 10}}});
      return response;
    });
    ServerOptions options;
    options.log_requests = false;
    auto started = Server::Start(options, router);
    REQUIRE(started.ok());
    server = std::move(*started);
  }
  // All the server says to `bytes`, until it closes.
  std::string Ask(const std::string& bytes) {
    RawSocket socket(server->port());
    socket.Send(bytes);
    return socket.ReadAll();
  }
};

constexpr const char* head_end = " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n";

TEST_CASE(
    "a protocol gets the requests that it claims, whatever their path, and renders their errors") {
  ProtocolServer s;
  s.Start();
  CHECK(s.Ask(std::string("GET /plain") + head_end + "\r\n").ends_with("plain"));
  CHECK(s.Ask(std::string("GET /plain") + head_end + "X-Odd: 1\r\n\r\n")
            .ends_with("odd GET /plain 0"));
  CHECK(s.Ask(std::string("DELETE /a/../b") + head_end + "X-Odd: 1\r\n\r\n")
            .ends_with("odd DELETE /a/../b 0"));
  const std::string malformed = s.Ask(std::string("GET /a?b=%zz") + head_end + "X-Odd: 1\r\n\r\n");
  CHECK(malformed.starts_with("HTTP/1.1 400"));
  CHECK(malformed.ends_with("odd error"));
}

TEST_CASE("a body may be read to its end without being kept") {
  ProtocolServer s;
  s.Start();
  const size_t size = 40u << 20;  // beyond what a body in memory may have
  static_assert(size_t{40u << 20} > body_bytes_max);
  const std::string head = std::string("PUT /b/k") + head_end + "X-Odd: 1\r\nContent-Length: ";
  CHECK(s.Ask(head + std::to_string(size) + "\r\n\r\n" + std::string(size, 'b'))
            .ends_with("odd PUT /b/k 0"));
  // Who waits to be asked for the body is told at once, and asked for nothing.
  const std::string told = s.Ask(head + "10\r\nExpect: 100-continue\r\n\r\n");
  CHECK(told.starts_with("HTTP/1.1 403"));
  CHECK(told.ends_with("odd refusal"));
}

TEST_CASE("a body that is thrown away has its limit, too") {
  ProtocolServer s;
  s.discarded_bytes_max = 1000;
  s.Start();
  const std::string head = std::string("PUT /b/k") + head_end + "X-Odd: 1\r\nContent-Length: ";
  CHECK(s.Ask(head + "1000\r\n\r\n" + std::string(1000, 'b')).starts_with("HTTP/1.1 200"));
  const std::string refused = s.Ask(head + "1001\r\n\r\n");
  CHECK(refused.starts_with("HTTP/1.1 413"));
  CHECK(refused.ends_with("odd error"));
}

TEST_CASE("runs of a file come between pieces of memory, as one body") {
  ProtocolServer s;
  s.Start();
  const std::string answer = s.Ask(std::string("GET /runs") + head_end + "\r\n");
  const size_t body = answer.find("\r\n\r\n") + 4;
  CHECK(answer.find("Content-Length: 6291466\r\n") < body);
  CHECK((answer.substr(body) == "begin " + std::string(6u << 20, 'f') + " end"));
  const std::string head = s.Ask(std::string("HEAD /runs") + head_end + "\r\n");
  CHECK(head.find("Content-Length: 6291466\r\n") != std::string::npos);
  CHECK(head.ends_with("\r\n\r\n"));
}

TEST_CASE("a file that is shorter than announced tears the body, one that is damaged says so") {
  ProtocolServer s;
  s.Start();
  const std::string torn = s.Ask(std::string("GET /short") + head_end + "\r\n");
  CHECK(torn.find("Content-Length: 7340032\r\n") != std::string::npos);
  CHECK(torn.size() < (7u << 20));
  CHECK(s.Ask(std::string("GET /damaged") + head_end + "\r\n").starts_with("HTTP/1.1 5"));
}

TEST_CASE("a client that leaves in the middle of a file harms nobody") {
  ProtocolServer s;
  s.Start();
  for (int i = 0; i < 20; ++i) {
    RawSocket socket(s.server->port());
    socket.Send("GET /runs HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  CHECK(s.Ask(std::string("GET /plain") + head_end + "\r\n").ends_with("plain"));
}

}  // namespace
}  // namespace boathouse::http
