#pragma once
// HTTP/1.1 as the surfaces see it: requests, responses, routes, and the server that carries them.
// Handlers are plain blocking functions that run on a bounded pool of worker threads; asynchrony
// exists only at the socket. Nothing here knows what a CRM is.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancellation.h"
#include "base/json.h"
#include "base/result.h"
#include "http/body_file.h"

namespace boathouse::http {

// Names compare without case. Order and repetition are kept.
class Headers {
 public:
  void Add(std::string name, std::string value);
  void Set(std::string name, std::string value);  // replaces all of that name
  void Remove(std::string_view name);
  // The first value, or nullptr.
  const std::string* Find(std::string_view name) const;
  std::string_view Get(std::string_view name, std::string_view fallback = {}) const;
  std::vector<std::string_view> All(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& entries() const { return entries_; }

 private:
  std::vector<std::pair<std::string, std::string>> entries_;
};

struct Request {
  std::string method;  // as sent; methods are upper case
  std::string target;  // as sent: path and query
  std::string path;    // the target's path, still percent-encoded; parameters are decoded
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  Headers headers;
  std::string body;
  std::shared_ptr<const BodyFile>
      body_file;              // set instead of `body` where Router::SpoolBodies says so
  std::string peer_address;   // "127.0.0.1"
  bool secure = false;        // came over TLS
  Cancellation cancellation;  // raised when the client has gone

  // Filled by the router: the pattern's parameters, percent-decoded segment by segment, so that
  // an encoded %2F stays inside its parameter. (Within a {rest...} it cannot be told from a '/'.)
  std::vector<std::pair<std::string, std::string>> parameters;

  std::string_view Parameter(std::string_view name) const;  // "" when absent
  // The first query value of that name, or nullopt.
  std::optional<std::string_view> Query(std::string_view name) const;
  // The token of `Authorization: Bearer <token>`, or "".
  std::string_view BearerToken() const;
  // The cookie's value, or "".
  std::string_view Cookie(std::string_view name) const;
};

// Fills path and query from `target` (origin form, or absolute form as proxies send it). kInvalid for
// anything else, for a malformed escape, an encoded NUL, or decoded text that is not UTF-8. The
// server calls it; Dispatch calls it for a request whose path is empty, as tests build them.
Status ParseTarget(Request* request);

// A response body that is pulled as the socket drains: a long stream holds no buffer.
// Next runs on a worker thread, never two at once. A stream may outlive its request.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // Puts the next piece (at most about 256 KiB) into `chunk`; false at the end. May block. An error
  // at the first piece becomes an error response; later it aborts the connection, so that the
  // client sees a torn body, not a whole one.
  virtual Result<bool> Next(std::string* chunk) = 0;
  // The exact number of bytes when known: sent as Content-Length; otherwise chunked.
  virtual std::optional<uint64_t> length() const { return std::nullopt; }
  // Bytes of a file that stays open as long as the source.
  struct FileRun {
    int descriptor = -1;
    uint64_t offset = 0;
    uint64_t length = 0;
  };
  // For sources of known length: where the next bytes lie in a file, for the kernel to send from there
  // (sendfile) without a copy in the program; they then count as sent. Nothing: Next is called. At most
  // about 4 MiB, which should be in memory: the I/O thread sends them. Runs on a worker thread, as Next.
  virtual Result<std::optional<FileRun>> NextRun() { return std::optional<FileRun>(); }
  // For sources that wait long for something to send: true when Next would not block. Otherwise
  // false, and `wake` is called once, from any thread, as soon as it would not; meanwhile the stream
  // occupies no worker. Called on the I/O thread: must not block.
  virtual bool Ready([[maybe_unused]] std::function<void()> wake) { return true; }
  // What may be sent now and then while nothing is ready, so that proxies keep the connection.
  virtual std::string_view idle_piece() const { return {}; }
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;                    // used when `stream` is null
  std::unique_ptr<BodySource> stream;  // takes precedence over `body`

  static Response Text(int status, std::string body,
                       std::string content_type = "text/plain; charset=utf-8");
  static Response JsonBody(int status, const Json& body,
                           std::string content_type = "application/json");
  static Response Empty(int status);
};

using Handler = std::function<Response(Request&)>;

// "Not Found" for 404; "" for a status without a name.
std::string_view ReasonPhrase(int status);

// Routes by method and pattern. A pattern segment is literal ("accounts"), a parameter ("{id}"), a
// parameter with a literal suffix ("{collection}:batchCreate"), or, last, a rest "{path...}".
// Literal beats suffix beats parameter beats rest. HEAD falls back to GET (the server drops the body),
// OPTIONS is answered from the routes unless one is added. Where the best pattern lacks the method, the
// next one that has it is taken; 405 when none does. A parameter is never empty, a rest may be; neither
// matches a path with a "." or ".." segment (404). A trailing slash makes a different path.
// Not thread-safe while routes are added; Dispatch is, afterwards.
class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  void Add(std::string_view method, std::string_view pattern, Handler handler);

  // Renders errors the router itself makes (404 no route, 405 wrong method with Allow, 413, 400
  // malformed, 503 overload) for paths that begin with `path_prefix`; longest prefix wins. A surface
  // gives its own protocol's error shape here.
  using ErrorRenderer =
      std::function<Response(const Request&, int status, std::string_view message)>;
  void SetErrorRenderer(std::string_view path_prefix, ErrorRenderer renderer);
  // The largest body accepted under `path_prefix`; longest prefix wins. Default body_bytes_max.
  void SetBodyLimit(std::string_view path_prefix, size_t bytes_max);
  // Lets bodies of requests below `path_prefix` go to a file instead of memory; longest prefix wins.
  // `admit` is asked on a worker once the head has come, before the body is read: so a stranger cannot
  // fill the disk, and a client that waits for 100 Continue is told at once.
  struct Admission {
    std::optional<Response> refusal;  // the answer; the body is not read
    bool to_file = false;             // else to memory, within the usual limit
    bool discard = false;             // read to its end and thrown away
  };
  struct Spool {
    std::string folder;    // of the temporary files
    size_t bytes_max = 0;  // of a body that goes to a file, or is thrown away; beyond: 413
    std::function<Admission(const Request&)> admit;
  };
  void SpoolBodies(std::string_view path_prefix, Spool spool);
  // A protocol whose requests are told by what stands in them (S3: by their signature) and whose paths are
  // its own: asked before the routes, the last one added first. Its paths are not decoded here.
  struct Protocol {
    // Asked of each request, of malformed ones too: cheap, does not block, does not throw.
    std::function<bool(const Request&)> claims;
    Handler handler;
    ErrorRenderer render_error;
    std::optional<Spool> spool;  // what becomes of its bodies
  };
  void AddProtocol(Protocol protocol);
  // Answers GET and HEAD where no route matches the path, except at or below `except_prefixes`
  // ("/api" excepts /api and /api/x, not /apiary), where it stays a 404.
  void SetFallback(Handler handler, std::vector<std::string> except_prefixes);

  // Runs the matching handler; an exception out of a handler becomes a 500 and a log line.
  Response Dispatch(Request& request) const;
  Response RenderError(const Request& request, int status, std::string_view message) const;
  size_t BodyLimit(std::string_view path) const;
  const Spool* SpoolOf(std::string_view path) const;  // nullptr: none
  const Spool* SpoolOf(const Request& request) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

inline constexpr size_t body_bytes_max = 16u << 20;
inline constexpr size_t header_bytes_max = 32u << 10;
inline constexpr size_t spooled_bodies_max = 16;  // that come at one time; beyond: 503
// So much of each body does not count towards ServerOptions::body_bytes_in_flight_max: ordinary
// requests are served also while uploads use up all the room. connections_max bounds its sum.
inline constexpr size_t body_bytes_uncounted = 16u << 10;

struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;  // 0: any free port
  // Those who write wait in them for their commit, and who waits at one time shares one.
  size_t worker_threads = 64;
  size_t stream_threads = 8;      // pull response streams
  size_t queue_max = 1024;        // requests waiting for a worker; beyond: 503
  size_t connections_max = 4096;  // beyond: 503 and closed
  int idle_timeout_s = 75;        // between requests
  // Bodies are held in memory before anybody is known to be allowed to send them. So many bytes of
  // them are held at once, beyond body_bytes_uncounted of each; beyond: 503.
  size_t body_bytes_in_flight_max = 512u << 20;
  int read_timeout_s = 30;  // for one whole request head, and for a body to fall behind; then 408
  size_t body_bytes_per_s_min = 32u << 10;  // what a body must keep up with
  int write_timeout_s = 60;                 // for each piece written
  int idle_piece_s = 15;                    // silence of a stream before its idle_piece is sent
  int stop_grace_ms = 5000;                 // how long Stop waits for running requests
  bool log_requests = true;  // method, path without query, status, ms; 5xx are always logged
};

// Serves a Router. Keep-alive, pipelining-safe, Expect: 100-continue, chunked requests, gzip
// responses (for text types over 1 KiB, when accepted), TCP_NODELAY, one write for head and small
// body. Adds Date, Server and X-Content-Type-Options; `Cache-Control: no-store` unless the handler
// set one. Refuses what proxies and servers may read differently (RFC 9112, section 11.2): a request
// with both Content-Length and Transfer-Encoding, a missing or repeated Host.
// request.cancellation is raised when the client closes or the grace of Stop is over.
class Server {
 public:
  // `router` must outlive the server and not change. kInvalid for an address that is none;
  // kUnavailable when it cannot be listened on.
  static Result<std::unique_ptr<Server>> Start(const ServerOptions& options, const Router& router);
  virtual ~Server() = default;  // Stop()
  virtual uint16_t port() const = 0;
  // Stops accepting, closes idle connections and event streams with nothing to say, lets running
  // requests finish for at most stop_grace_ms, then raises their cancellation and closes. Joins all
  // threads: a handler that ignores its cancellation delays it. A second call does nothing.
  virtual void Stop() = 0;
};

// ---- Server-sent events (WHATWG HTML, section 9.2) ----

// The producer writes events, the connection sends them at once. Write and Comment return false when
// the client has gone: stop producing. One thread at a time.
class EventWriter {
 public:
  virtual ~EventWriter() = default;
  // `event` may be empty; `data` may have several lines.
  virtual bool Write(std::string_view event, std::string_view data, std::string_view id = {}) = 0;
  virtual bool Comment(std::string_view text) = 0;
};
// Most event streams open at once in the process, as each has a thread; beyond: a 503 response.
inline constexpr size_t event_streams_max = 512;

// A text/event-stream response whose body is what `produce` writes. `produce` runs on a thread of its
// own, started when the body is first pulled and joined before the response is gone. Write blocks
// while the client reads too slowly. Adds X-Accel-Buffering: no.
Response EventStream(std::function<void(EventWriter&)> produce, const Cancellation& cancellation);

}  // namespace boathouse::http
