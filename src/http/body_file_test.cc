// Bodies that go to a file instead of memory: who may send them, how big they may be, and where they end up.

#include "http/body_file.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "base/temp_folder.h"
#include "http/http.h"
#include "http/raw_socket_for_test.h"

namespace boathouse::http {
namespace {

constexpr size_t spooled_bytes_max = 3u << 20;

std::string ContentOf(const Request& request) {
  if (request.body_file == nullptr) return "memory:" + request.body;
  std::string content(request.body_file->size(), '\0');
  size_t at = 0;
  while (at < content.size()) {
    const auto count = request.body_file->Read(at, content.data() + at, 1000);
    if (!count.ok() || *count == 0) return "unreadable";
    at += *count;
  }
  return "file:" + content;
}

struct Fixture {
  Fixture() {
    router.Add("POST", "/upload", [this](Request& request) {
      seen = ContentOf(request);
      body_left = request.body.size();
      return Response::Text(200, std::to_string(seen.size()));
    });
    router.SetBodyLimit("/upload", 100);
    router.SpoolBodies("/upload", {folder.path(), spooled_bytes_max, [](const Request& request) {
                                     Router::Admission admission;
                                     if (request.headers.Find("authorization") == nullptr) {
                                       admission.refusal = Response::Text(401, "who are you?");
                                     }
                                     admission.to_file =
                                         request.headers.Get("content-type") == "big";
                                     return admission;
                                   }});
    ServerOptions options;
    options.log_requests = false;
    auto started = Server::Start(options, router);
    REQUIRE(started.ok());
    server = std::move(*started);
  }

  static std::string Head(size_t length, const std::string& more = "") {
    return "POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(length) +
           "\r\n" + more + "\r\n";
  }
  size_t Files() const {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder.path()),
                                             std::filesystem::directory_iterator()));
  }

  TempFolder folder;
  std::string seen;
  size_t body_left = 0;
  Router router;
  std::unique_ptr<Server> server;
};

const std::string known = "Authorization: x\r\n";
const std::string known_big = "Authorization: x\r\nContent-Type: big\r\n";

TEST_CASE_FIXTURE(Fixture,
                  "a body that is admitted to a file comes whole, and memory stays empty") {
  std::string body;
  while (body.size() < 2u << 20) body += "piece " + std::to_string(body.size()) + "\n";
  RawSocket socket(server->port());
  // Two on one connection: the second is not mixed up with the first.
  for (const size_t size : {body.size(), size_t{3}}) {
    const std::string_view part = std::string_view(body).substr(0, size);
    REQUIRE(socket.Send(Head(size, known_big)));
    REQUIRE(socket.Send(part));
    CHECK(socket.ReadResponse().second == std::to_string(size + 5));
    CHECK(seen == "file:" + std::string(part));
    CHECK(body_left == 0);
  }
  CHECK(Files() == 0);  // files without names
}

TEST_CASE_FIXTURE(Fixture, "a body that is admitted to memory keeps the usual limit") {
  RawSocket socket(server->port());
  REQUIRE(socket.Send(Head(5, known) + "hello"));
  CHECK(socket.ReadResponse().second == "12");
  CHECK(seen == "memory:hello");
  REQUIRE(socket.Send(Head(101, known)));
  CHECK(socket.ReadAll().find(" 413 ") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a stranger is refused before the body is read") {
  RawSocket socket(server->port());
  REQUIRE(socket.Send(Head(2u << 20, "Content-Type: big\r\nExpect: 100-continue\r\n")));
  const std::string answer = socket.ReadAll();
  CHECK(answer.find(" 401 ") != std::string::npos);
  CHECK(answer.find("who are you?") != std::string::npos);
  CHECK(answer.find("100 Continue") == std::string::npos);
  CHECK(seen.empty());
}

TEST_CASE_FIXTURE(Fixture,
                  "a body over the limit of files is refused, told or not how long it is") {
  RawSocket told(server->port());
  REQUIRE(told.Send(Head(size_t{2} << 30, known_big)));
  CHECK(told.ReadAll().find(" 413 ") != std::string::npos);
  RawSocket chunked(server->port());
  REQUIRE(chunked.Send("POST /upload HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n" +
                       known_big + "\r\n"));
  const std::string piece(1u << 20, 'x');
  bool open = true;
  for (int i = 0; i < 4 && open; ++i) open = chunked.Send("100000\r\n" + piece + "\r\n");
  CHECK(chunked.ReadAll().find(" 413 ") != std::string::npos);
  CHECK(seen.empty());
}

TEST_CASE("a body file that cannot be made says so") {
  CHECK_FALSE(BodyFile::Create("/nowhere/at/all").ok());
}

}  // namespace
}  // namespace boathouse::http
