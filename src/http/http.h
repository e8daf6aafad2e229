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

namespace boathouse::http {

// Names compare without case. Order and repetition are kept.
class Headers {
 public:
  void Add(std::string name, std::string value);
  void Set(std::string name, std::string value);  // replaces all of that name
  // The first value, or nullptr.
  const std::string* Find(std::string_view name) const;
  std::string_view Get(std::string_view name, std::string_view fallback = {}) const;
  std::vector<std::string_view> All(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& entries() const { return entries_; }

 private:
  std::vector<std::pair<std::string, std::string>> entries_;
};

struct Request {
  std::string method;  // upper case
  std::string target;  // as sent: path and query
  std::string path;    // percent-decoded per segment is NOT done here: see Router for parameters
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  Headers headers;
  std::string body;
  std::string peer_address;  // "127.0.0.1"
  bool secure = false;       // came over TLS
  Cancellation cancellation;  // raised when the client has gone

  // Filled by the router: the pattern's parameters, percent-decoded.
  std::vector<std::pair<std::string, std::string>> parameters;

  std::string_view Parameter(std::string_view name) const;  // "" when absent
  // The first query value of that name, or nullopt.
  std::optional<std::string_view> Query(std::string_view name) const;
  // The token of `Authorization: Bearer <token>`, or "".
  std::string_view BearerToken() const;
  // The cookie's value, or "".
  std::string_view Cookie(std::string_view name) const;
};

// A response body that is pulled as the socket drains: a long stream holds no buffer.
// Next runs on a worker thread, never two at once.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // Puts the next piece (at most about 256 KiB) into `chunk`; false at the end. May block. An error
  // aborts the connection, so that the client sees a torn body, not a whole one.
  virtual Result<bool> Next(std::string* chunk) = 0;
  // The exact number of bytes when known: sent as Content-Length; otherwise chunked.
  virtual std::optional<uint64_t> length() const { return std::nullopt; }
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;                    // used when `stream` is null
  std::unique_ptr<BodySource> stream;  // takes precedence over `body`

  static Response Text(int status, std::string body, std::string content_type = "text/plain; charset=utf-8");
  static Response JsonBody(int status, const Json& body, std::string content_type = "application/json");
  static Response Empty(int status);
};

using Handler = std::function<Response(Request&)>;

// Routes by method and pattern. A pattern segment is literal ("accounts"), a parameter ("{id}"), a
// parameter with a literal suffix ("{collection}:batchCreate"), or, last, a rest "{path...}".
// Literal beats suffix beats parameter beats rest. HEAD falls back to GET (the server drops the body).
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
  using ErrorRenderer = std::function<Response(const Request&, int status, std::string_view message)>;
  void SetErrorRenderer(std::string_view path_prefix, ErrorRenderer renderer);
  // The largest body accepted under `path_prefix`; longest prefix wins. Default body_bytes_max.
  void SetBodyLimit(std::string_view path_prefix, size_t bytes_max);

  // Runs the matching handler; an exception out of a handler becomes a 500 and a log line.
  Response Dispatch(Request& request) const;
  Response RenderError(const Request& request, int status, std::string_view message) const;
  size_t BodyLimit(std::string_view path) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

inline constexpr size_t body_bytes_max = 16u << 20;
inline constexpr size_t header_bytes_max = 32u << 10;

struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;  // 0: any free port
  size_t worker_threads = 16;
  size_t queue_max = 1024;         // requests waiting for a worker; beyond: 503
  size_t connections_max = 4096;
  int idle_timeout_s = 75;         // between requests
  int read_timeout_s = 30;         // for one whole request head or each body piece
  int write_timeout_s = 60;        // for each piece written
  bool log_requests = true;        // method, path without query, status, ms
};

// Serves a Router. Keep-alive, pipelining-safe, Expect: 100-continue, chunked requests, gzip
// responses (for text types over 1 KiB, when accepted), TCP_NODELAY, one write for head and small body.
// Adds Date and Server; `Cache-Control: no-store` unless the handler set one.
class Server {
 public:
  static Result<std::unique_ptr<Server>> Start(const ServerOptions& options, const Router& router);
  virtual ~Server() = default;  // Stop()
  virtual uint16_t port() const = 0;
  // Stops accepting, lets running requests finish for at most five seconds, joins all threads.
  virtual void Stop() = 0;
};

// ---- Server-sent events (WHATWG HTML, section 9.2) ----

// The producer writes events, the connection sends them at once. Write returns false when the client
// has gone: stop producing. `produce` runs on the worker that pulls the stream.
class EventWriter {
 public:
  virtual ~EventWriter() = default;
  // `event` may be empty; `data` may have several lines.
  virtual bool Write(std::string_view event, std::string_view data, std::string_view id = {}) = 0;
  virtual bool Comment(std::string_view text) = 0;
};
// A text/event-stream response whose body is what `produce` writes. `produce` runs on a thread of its
// own, joined before the response is gone. Adds X-Accel-Buffering: no.
Response EventStream(std::function<void(EventWriter&)> produce, const Cancellation& cancellation);

}  // namespace boathouse::http
