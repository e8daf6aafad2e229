#pragma once
// Private to http/: reads one HTTP/1.1 request from bytes, however they are cut. Needs no socket.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/http.h"

namespace boathouse::http {

class RequestParser {
 public:
  enum class State {
    kHead,    // wants more of the request line and header fields
    kBody,    // the head is read: call LimitBody, then feed the body
    kDone,    // the request is whole
    kFailed,  // see error_status
  };

  RequestParser();
  ~RequestParser();
  // Begins a new request.
  void Reset();

  // Reads from `bytes` and returns how many were used; the others must come again, with more behind
  // them. Stops behind the head, and behind the whole request.
  size_t Feed(std::string_view bytes);

  State state() const { return state_; }
  bool has_begun() const { return has_begun_; }
  // 400, 413, 417, 431, 501 or 505, with a sentence for the client.
  int error_status() const { return error_status_; }
  const std::string& error_message() const { return error_message_; }

  // Whoever feeds the body may take out of request().body what has come.
  // Once, after the head. Fails the request (413) when its Content-Length is over `bytes_max`, or
  // later when its chunks are.
  void LimitBody(size_t bytes_max);

  // Method and target are there as soon as the request line was good, also when parsing failed later.
  Request& request() { return request_; }
  const Request& request() const { return request_; }
  bool keep_alive() const { return keep_alive_; }
  bool is_http_1_0() const { return is_http_1_0_; }
  bool expects_continue() const { return expects_continue_; }

 private:
  class Impl;
  void Fail(int status, std::string message);
  void CheckHead();

  std::unique_ptr<Impl> impl_;
  Request request_;
  State state_ = State::kHead;
  bool has_begun_ = false;
  bool keep_alive_ = false;
  bool is_http_1_0_ = false;
  bool expects_continue_ = false;
  int error_status_ = 0;
  std::string error_message_;
};

}  // namespace boathouse::http
