// On Beast's parser, which knows the request smuggling tricks; the rules on top are ours.

#include "http/request_parser.h"

#include <boost/beast/http/basic_parser.hpp>

#include "base/bytes.h"

namespace boathouse::http {
namespace beast = boost::beast;

namespace {

// A Content-Length is only a claim: no more than this is set aside before the bytes come.
constexpr uint64_t body_reserve_bytes_max = 1u << 20;

}  // namespace

class RequestParser::Impl : public beast::http::basic_parser<true> {
 public:
  explicit Impl(Request* request) : request_(request) {
    header_limit(header_bytes_max);
    beast::http::basic_parser<true>::body_limit(boost::none);
  }

  void set_body_bytes_max(size_t bytes_max) { body_bytes_max_ = bytes_max; }
  int version() const { return version_; }

 private:
  using Code = beast::error_code;
  using View = beast::string_view;

  void on_request_impl(beast::http::verb, View method, View target, int version, Code&) override {
    request_->method.assign(method.data(), method.size());
    request_->target.assign(target.data(), target.size());
    version_ = version;
  }
  void on_response_impl(int, View, int, Code&) override {}
  void on_field_impl(beast::http::field, View name, View value, Code&) override {
    request_->headers.Add(std::string(name), std::string(value));
  }
  // Trailers could contradict the head that was already acted on: they are dropped.
  void on_trailer_field_impl(beast::http::field, View, View, Code&) override {}
  void on_header_impl(Code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, Code&) override {
    if (length) request_->body.reserve(std::min(*length, body_reserve_bytes_max));
  }
  size_t on_body_impl(View piece, Code& ec) override { return Append(piece, ec); }
  void on_chunk_header_impl(std::uint64_t, View, Code&) override {}
  size_t on_chunk_body_impl(std::uint64_t, View piece, Code& ec) override {
    return Append(piece, ec);
  }
  void on_finish_impl(Code&) override {}

  size_t Append(View piece, Code& ec) {
    if (piece.size() > body_bytes_max_ - body_bytes_) {
      ec = beast::http::error::body_limit;
      return 0;
    }
    body_bytes_ += piece.size();
    request_->body.append(piece.data(), piece.size());
    return piece.size();
  }

  Request* request_;
  size_t body_bytes_max_ = body_bytes_max;
  size_t body_bytes_ = 0;  // so far; not all need be in the request still
  int version_ = 11;
};

RequestParser::RequestParser() { Reset(); }
RequestParser::~RequestParser() = default;

void RequestParser::Reset() {
  request_ = Request();
  impl_ = std::make_unique<Impl>(&request_);
  state_ = State::kHead;
  has_begun_ = false;
  keep_alive_ = false;
  is_http_1_0_ = false;
  expects_continue_ = false;
  error_status_ = 0;
  error_message_.clear();
}

size_t RequestParser::Feed(std::string_view bytes) {
  size_t used = 0;
  if (!has_begun_) {
    // Empty lines before a request are from clients that end a body with one (RFC 9112, section 2.2).
    while (used < bytes.size() && (bytes[used] == '\r' || bytes[used] == '\n')) ++used;
    if (used == bytes.size()) return used;
    has_begun_ = true;
  }
  beast::error_code ec;
  while ((state_ == State::kHead || state_ == State::kBody) && used < bytes.size()) {
    used += impl_->put(boost::asio::const_buffer(bytes.data() + used, bytes.size() - used), ec);
    if (ec == beast::http::error::need_more) return used;
    if (ec == beast::http::error::header_limit) {
      Fail(431, "The head of the request is larger than " + std::to_string(header_bytes_max) +
                    " bytes.");
    } else if (ec == beast::http::error::body_limit) {
      Fail(413, "The body of the request is larger than this path accepts.");
    } else if (ec == beast::http::error::bad_version) {
      Fail(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
    } else if (ec) {
      Fail(400, "The request is malformed: " + ec.message() + ".");
    } else if (state_ == State::kHead && impl_->is_header_done()) {
      CheckHead();
      return used;
    } else if (impl_->is_done()) {
      state_ = State::kDone;
    }
  }
  return used;
}

void RequestParser::CheckHead() {
  state_ = impl_->is_done() ? State::kDone : State::kBody;
  is_http_1_0_ = impl_->version() == 10;
  keep_alive_ = impl_->keep_alive();
  impl_->eager(true);
  if (const std::string* coding = request_.headers.Find("transfer-encoding");
      coding != nullptr && AsciiLower(TrimAscii(*coding)) != "chunked") {
    return Fail(501, "The only transfer coding understood here is chunked.");
  }
  // Without exactly one Host, two parties on the way may see two different sites.
  const size_t hosts = request_.headers.All("host").size();
  if (hosts > 1 || (hosts == 0 && !is_http_1_0_)) {
    return Fail(400, "The request needs exactly one Host header.");
  }
  if (const std::string* expect = request_.headers.Find("expect");
      expect != nullptr && !is_http_1_0_) {
    if (AsciiLower(*expect) != "100-continue") {
      return Fail(417, "The only expectation understood here is 100-continue.");
    }
    expects_continue_ = true;
  }
}

void RequestParser::LimitBody(size_t bytes_max) {
  if (state_ != State::kBody) return;
  impl_->set_body_bytes_max(bytes_max);
  if (const auto length = impl_->content_length(); length && *length > bytes_max) {
    Fail(413, "The body of the request is larger than this path accepts, " +
                  std::to_string(bytes_max) + " bytes.");
  }
}

void RequestParser::Fail(int status, std::string message) {
  state_ = State::kFailed;
  error_status_ = status;
  error_message_ = std::move(message);
}

}  // namespace boathouse::http
