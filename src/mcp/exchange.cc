#include "mcp/exchange.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/bytes.h"

namespace boathouse::mcp {
namespace {

constexpr size_t shown_bytes_max = 300;
constexpr int resumptions_max = 5;
constexpr int resume_wait_ms = 500;

// A peer may write our integer id as a string.
bool SameId(const Json& ours, const Json& theirs) {
  if (ours == theirs) return true;
  return theirs.is_string() && ours.is_number() && theirs.AsString() == ours.NumberAsText();
}

// Waits unless the call is cancelled first. True when the time has passed.
bool Wait(int milliseconds, const Cancellation& cancellation) {
  struct Shared {
    std::mutex mutex;
    std::condition_variable wake;
    bool cancelled = false;
  };
  auto shared = std::make_shared<Shared>();
  cancellation.OnCancel([shared] {
    std::lock_guard lock(shared->mutex);
    shared->cancelled = true;
    shared->wake.notify_all();
  });
  std::unique_lock lock(shared->mutex);
  return !shared->wake.wait_for(lock, std::chrono::milliseconds(milliseconds),
                                [&] { return shared->cancelled; });
}

// Reads one HTTP response as it comes, whichever of the two forms it has.
class Reader {
 public:
  Reader(http::Client& http, const ExchangeRequest& request) : http_(http), request_(request) {}

  // Sends `method` with `body`; true when the answer to our id was in the response.
  Result<bool> Send(const std::string& method, const http::Headers& headers, std::string body);
  const std::string& last_event_id() const { return last_event_id_; }
  bool streamed() const { return streamed_; }
  ExchangeReply TakeReply() { return std::move(reply_); }

 private:
  bool Take(std::string_view piece);
  bool TakeMessage(Decoded decoded);
  void AnswerPeer(const Message& message);

  http::Client& http_;
  const ExchangeRequest& request_;
  ExchangeReply reply_;
  http::EventParser parser_;
  std::string body_;
  std::string last_event_id_;
  size_t bytes_ = 0;
  bool streamed_ = false;
  bool too_large_ = false;
};

Result<bool> Reader::Send(const std::string& method, const http::Headers& headers,
                          std::string body) {
  http::ClientRequest send;
  send.method = method;
  send.url = request_.url;
  send.headers = headers;
  send.body = std::move(body);
  send.connect_timeout_ms = request_.connect_timeout_ms;
  send.timeout_ms = request_.timeout_ms;
  send.response_bytes_max = request_.result_bytes_max;
  send.cancellation = request_.cancellation;
  parser_ = {};
  body_.clear();
  streamed_ = false;
  send.on_data = [this](int, const http::Headers& head, std::string_view piece) {
    const std::string type = AsciiLower(head.Get("Content-Type"));
    streamed_ = type.starts_with("text/event-stream");
    return Take(piece);
  };
  auto response = http_.Send(send);
  if (too_large_) {
    return Error(ErrorKind::kTooLarge, "the MCP server's answer is larger than " +
                                           std::to_string(request_.result_bytes_max) + " bytes");
  }
  if (!response.ok()) {
    // A torn stream is not the end of a call that can be taken up again.
    if (streamed_ && response.error().kind == ErrorKind::kUnavailable) return false;
    return std::move(response.error());
  }
  reply_.status = response->status;
  reply_.headers = std::move(response->headers);
  if (reply_.message) return true;
  if (!streamed_ && TakeMessage(DecodeMessage(body_))) return true;
  reply_.text = body_.substr(0, shown_bytes_max);
  return false;
}

bool Reader::Take(std::string_view piece) {
  bytes_ += piece.size();
  if (bytes_ > request_.result_bytes_max) {
    too_large_ = true;
    return false;
  }
  if (!streamed_) {
    body_.append(piece);
    return true;
  }
  bool found = false;
  parser_.Feed(piece, [&](const http::EventParser::Event& event) {
    if (!event.id.empty()) last_event_id_ = event.id;
    // An event without data only carries the place to resume from.
    found = !event.data.empty() && TakeMessage(DecodeMessage(event.data));
    return !found;
  });
  return !found;
}

// True when this is the answer to our request.
bool Reader::TakeMessage(Decoded decoded) {
  if (!decoded.message) return false;
  Message& message = *decoded.message;
  if (message.kind == Message::Kind::kRequest && streamed_) AnswerPeer(message);
  if (message.kind != Message::Kind::kResponse) return false;
  // An error that came before the peer could read our id has none, or one made up ("server-error"):
  // in a body of its own it can only be meant for us.
  const bool ours = SameId(request_.id, message.id) || (message.error && !streamed_);
  if (!ours) return false;
  reply_.message = std::move(message);
  return true;
}

// Handshake-era servers may ask us on the stream. Only ping has an answer: nothing else was declared.
void Reader::AnswerPeer(const Message& message) {
  const Json answer =
      message.method == "ping"
          ? EncodeResult(message.id, Json::Object())
          : EncodeError(message.id, {rpc_method_not_found, "this client does not offer that", {}});
  http::ClientRequest send;
  send.method = "POST";
  send.url = request_.url;
  send.headers = request_.headers;
  send.body = answer.Dump();
  send.connect_timeout_ms = request_.connect_timeout_ms;
  send.timeout_ms = request_.timeout_ms;
  send.cancellation = request_.cancellation;
  // Whether it arrives is the peer's concern: our call goes on either way.
  (void)http_.Send(send);
}

}  // namespace

Result<ExchangeReply> Exchange(http::Client& http, const ExchangeRequest& request) {
  Reader reader(http, request);
  const Json body = EncodeRequest(request.id, request.method, request.params);
  ASSIGN(bool found, reader.Send("POST", request.headers, body.Dump()));
  for (int i = 0; !found && request.resumable && reader.streamed() && i < resumptions_max; ++i) {
    if (reader.last_event_id().empty()) break;
    if (!Wait(resume_wait_ms, request.cancellation)) {
      return Error(ErrorKind::kCancelled, "the call was cancelled");
    }
    http::Headers headers = request.headers;
    headers.Set("Accept", "text/event-stream");
    headers.Set("Last-Event-ID", reader.last_event_id());
    ASSIGN(found, reader.Send("GET", headers, ""));
  }
  if (!found && reader.streamed()) {
    return Error(ErrorKind::kUnavailable, "the MCP server's stream ended without an answer");
  }
  return reader.TakeReply();
}

void Notify(http::Client& http, const ExchangeRequest& request) {
  http::ClientRequest send;
  send.method = "POST";
  send.url = request.url;
  send.headers = request.headers;
  send.body = EncodeNotification(request.method, request.params).Dump();
  send.connect_timeout_ms = request.connect_timeout_ms;
  send.timeout_ms = request.timeout_ms;
  (void)http.Send(send);
}

}  // namespace boathouse::mcp
