// Every co_await stands alone or as an initializer: g++ 12 miscompiles it within conditions and in
// `co_return co_await`, where the frame of the awaited coroutine is destroyed too early.

#include "http/connection.h"

#include <sys/sendfile.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <charconv>
#include <limits>

#include "base/log.h"
#include "http/body_pace.h"
#include "http/gzip.h"

namespace boathouse::http {
namespace asio = boost::asio;

namespace {

constexpr size_t read_bytes_first = 4u << 10;
constexpr size_t read_bytes_max = 64u << 10;  // holds any head, and pipelined requests
static_assert(read_bytes_max >= 2 * header_bytes_max);
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr const char* retry_after_s = "1";
constexpr int linger_s = 2;
constexpr size_t linger_bytes_max = 4u << 20;
constexpr size_t spill_bytes = 512u << 10;  // of a body in memory before it goes to its file
constexpr auto stop_quiet_for = std::chrono::seconds(1);

}  // namespace

asio::mutable_buffer ReadBuffer::Prepare(size_t bytes_wanted) {
  if (begin_ == end_) Clear();
  if (bytes_.empty()) bytes_.resize(read_bytes_first);
  if (bytes_.size() - end_ < bytes_.size() / 2 && begin_ > 0) {
    std::copy(bytes_.begin() + static_cast<ptrdiff_t>(begin_),
              bytes_.begin() + static_cast<ptrdiff_t>(end_), bytes_.begin());
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == 0 && bytes_wanted <= read_bytes_first && bytes_.size() > read_bytes_first) {
    bytes_ = std::vector<char>(read_bytes_first);  // an idle connection stays small
  } else if (bytes_.size() < read_bytes_max &&
             (end_ == bytes_.size() || bytes_wanted > bytes_.size())) {
    bytes_.resize(std::min(read_bytes_max, std::max(2 * bytes_.size(), bytes_wanted)));
  }
  return asio::buffer(bytes_.data() + end_, bytes_.size() - end_);
}

Connection::Connection(Socket socket, const asio::ip::tcp::endpoint& peer, ConnectionHost* host)
    : socket_(std::move(socket)), host_(host) {
  asio::ip::address address = peer.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  peer_address_ = address.to_string();
}

void Connection::Start(std::function<void()> on_end) {
  // A client that connects and says nothing gets no more patience than one within a head.
  Enter(Phase::kIdle, std::min(host_->options.read_timeout_s, host_->options.idle_timeout_s));
  asio::co_spawn(
      socket_.get_executor(), [self = shared_from_this()] { return self->Run(); },
      [self = shared_from_this(), on_end = std::move(on_end)](std::exception_ptr failure) {
        if (failure) Log(LogLevel::kError, "connection_failed", {{"peer", self->peer_address_}});
        self->cancellation_.Cancel();
        self->ReleaseResponse();
        self->ReleaseBody();
        self->Close();
        on_end();
      });
}

void Connection::Enter(Phase phase, int seconds) {
  phase_ = phase;
  phase_since_ = std::chrono::steady_clock::now();
  deadline_ = phase_since_ + std::chrono::seconds(seconds);
}

void Connection::Tick(Time now) {
  if (host_->stopping && phase_ == Phase::kQuiet && now - phase_since_ >= stop_quiet_for) {
    return Kill();
  }
  if (phase_ == Phase::kHandling || now < deadline_) return;
  if (phase_ == Phase::kQuiet) {
    idle_piece_due_ = true;
    return work_signal_.Notify();
  }
  timed_out_ = true;
  if (phase_ == Phase::kReading) {
    boost::system::error_code ignored;
    socket_.cancel(ignored);  // not closed: a 408 follows
  } else {
    Close();
  }
}

void Connection::OnStop() {
  if (phase_ == Phase::kIdle) Close();
}

void Connection::Kill() {
  killed_ = true;
  cancellation_.Cancel();
  Close();
  work_signal_.Notify();
}

void Connection::Close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

// ---- Reading ----

void Connection::StartRead(size_t bytes_wanted) {
  if (read_pending_ || peer_closed_ || !socket_.is_open()) return;
  const asio::mutable_buffer room = buffer_.Prepare(bytes_wanted);
  if (room.size() == 0) return;
  read_pending_ = true;
  socket_.async_read_some(room, [self = shared_from_this()](boost::system::error_code ec,
                                                            size_t n) { self->OnRead(ec, n); });
}

void Connection::OnRead(const boost::system::error_code& ec, size_t count) {
  read_pending_ = false;
  buffer_.Commit(count);
  const bool busy =
      phase_ == Phase::kHandling || phase_ == Phase::kWriting || phase_ == Phase::kQuiet;
  if (ec) {
    peer_closed_ = peer_closed_ || ec != asio::error::operation_aborted;
    if (busy) {
      cancellation_.Cancel();
      work_signal_.Notify();
    }
  } else if (busy) {
    StartRead(0);  // the next request comes early; keep watching
  }
  read_signal_.Notify();
}

// False when no more bytes will come, or not in time.
asio::awaitable<bool> Connection::MoreBytes(size_t bytes_wanted) {
  const size_t before = buffer_.data().size();
  StartRead(bytes_wanted);
  while (read_pending_) co_await read_signal_.Wait();
  co_return buffer_.data().size() > before && !timed_out_;
}

// Reads a whole request. False when the connection is to be closed; what had to be said was said.
asio::awaitable<bool> Connection::ReadRequest() {
  parser_.Reset();
  ReleaseBody();
  for (;;) {
    buffer_.Consume(parser_.Feed(buffer_.data()));
    if (parser_.state() != RequestParser::State::kHead) break;
    if (parser_.has_begun() && phase_ == Phase::kIdle) {
      Enter(Phase::kReading, host_->options.read_timeout_s);
    }
    // A read may be under way since the last response.
    StartRead(read_bytes_first);
    if (!read_pending_) co_return false;
    while (read_pending_) co_await read_signal_.Wait();
    if (timed_out_ && parser_.has_begun()) {
      PrepareRefusal(408, "The request did not arrive in time.");
      const bool done = co_await Refuse();
      co_return done;
    }
    if (timed_out_ || buffer_.data().empty()) co_return false;
  }
  Request& request = parser_.request();
  request.peer_address = peer_address_;
  const Status target = ParseTarget(&request);
  if (parser_.state() == RequestParser::State::kFailed) {
    PrepareRefusal(parser_.error_status(), parser_.error_message());
    const bool done = co_await Refuse();
    co_return done;
  }
  if (!target.ok()) {
    PrepareRefusal(400, target.error().message);
    const bool done = co_await Refuse();
    co_return done;
  }
  if (parser_.state() != RequestParser::State::kBody) co_return true;
  body_limit_ = host_->router->BodyLimit(request.path);
  if (const Router::Spool* spool = host_->router->SpoolOf(request); spool != nullptr) {
    const bool admitted = co_await Admit(*spool);
    if (!admitted) co_return false;
  }
  const bool whole = co_await ReadBody();
  co_return whole;
}

// Runs `work` elsewhere. False when the pool is full and nothing was run.
asio::awaitable<bool> Connection::RunOn(ThreadPool* pool, std::function<void()> work) {
  Enter(Phase::kHandling, 0);
  work_done_ = false;
  const bool posted = pool->Post([self = shared_from_this(), work = std::move(work)] {
    work();
    asio::post(self->socket_.get_executor(), [self] {
      self->work_done_ = true;
      self->work_signal_.Notify();
    });
  });
  if (!posted) co_return false;
  while (!work_done_) co_await work_signal_.Wait();
  co_return true;
}

// Asks whether the body may come, and where to. False when the request was refused.
asio::awaitable<bool> Connection::Admit(const Router::Spool& spool) {
  Router::Admission admission;
  Result<std::shared_ptr<BodyFile>> file = std::shared_ptr<BodyFile>();
  const bool full = host_->spooled_bodies >= spooled_bodies_max;
  const std::function<void()> ask = [&] {
    try {
      admission = spool.admit(parser_.request());
    } catch (const std::exception& e) {
      Log(LogLevel::kError, "admission_threw", {{"what", e.what()}});
      admission.refusal = host_->router->RenderError(
          parser_.request(), 500, "The server failed to answer this request. Its log says why.");
    }
    if (!admission.refusal && admission.to_file && !full) file = BodyFile::Create(spool.folder);
  };
  const bool ran = co_await RunOn(host_->workers, ask);
  if (killed_) co_return false;
  if (admission.refusal) {
    PrepareRefusal(admission.refusal->status, "", &*admission.refusal);
  } else if (!ran || (admission.to_file && (full || !file.ok()))) {
    PrepareRefusal(503, "Too much is being sent to this server; try again in a second.");
  } else {
    discards_body_ = admission.discard;
    if (admission.discard) body_limit_ = spool.bytes_max;
    if (admission.to_file) {
      body_file_ = *file;
      body_limit_ = spool.bytes_max;
      ++host_->spooled_bodies;
    }
    co_return true;
  }
  const bool done = co_await Refuse();
  co_return done;
}

// Moves what has come of the body to its file, when that is at least so much. False when the disk is full.
asio::awaitable<bool> Connection::Spill(size_t bytes_min) {
  std::string& body = parser_.request().body;
  if (discards_body_) {
    body.clear();
    ReleaseBodyCount();
  }
  if (body_file_ == nullptr || body.size() < bytes_min || body.empty()) co_return true;
  Status written;
  const std::function<void()> append = [&] { written = body_file_->Append(body); };
  const bool ran = co_await RunOn(host_->streams, append);
  body.clear();
  ReleaseBodyCount();
  if (ran && !written.ok()) {
    Log(LogLevel::kError, "body_not_kept", {{"message", written.error().message}});
  }
  co_return ran&& written.ok();
}

asio::awaitable<bool> Connection::ReadBody() {
  parser_.LimitBody(body_limit_);
  if (parser_.state() == RequestParser::State::kBody && parser_.expects_continue() &&
      buffer_.data().empty()) {
    Enter(Phase::kWriting, host_->options.write_timeout_s);
    output_ = {asio::buffer(go_on)};
    const bool written = co_await Write();
    if (!written) co_return false;
  }
  BodyPace pace(std::chrono::steady_clock::now(),
                std::chrono::seconds(host_->options.read_timeout_s),
                host_->options.body_bytes_per_s_min);
  for (;;) {
    if (parser_.state() == RequestParser::State::kBody && !buffer_.data().empty()) {
      const size_t used = parser_.Feed(buffer_.data());
      buffer_.Consume(used);
      pace.Take(std::chrono::steady_clock::now(), used);
    }
    if (parser_.state() == RequestParser::State::kFailed) {
      PrepareRefusal(parser_.error_status(), parser_.error_message());
      const bool done = co_await Refuse();
      co_return done;
    }
    if (!CountBody()) {
      PrepareRefusal(503, "Too much is being sent to this server; try again in a second.");
      const bool done = co_await Refuse();
      co_return done;
    }
    const bool is_done = parser_.state() == RequestParser::State::kDone;
    const bool kept = co_await Spill(is_done ? 1 : spill_bytes);
    if (killed_) co_return false;
    if (!kept) {
      PrepareRefusal(503, "There is no room on the server's disk for the body of this request.");
      const bool done = co_await Refuse();
      co_return done;
    }
    if (is_done) {
      parser_.request().body_file = body_file_;
      co_return true;
    }
    Enter(Phase::kReading, host_->options.read_timeout_s);
    deadline_ = pace.deadline();
    const bool more = co_await MoreBytes(read_bytes_max);
    if (more) continue;
    if (!timed_out_) co_return false;  // torn: there is nobody to tell
    PrepareRefusal(408, "The body of the request did not arrive in time.");
    const bool done = co_await Refuse();
    co_return done;
  }
}

// Counts what the body has grown by. False when the server has no room for it.
bool Connection::CountBody() {
  const size_t size = parser_.request().body.size();
  const size_t counted = size > body_bytes_uncounted ? size - body_bytes_uncounted : 0;
  const size_t more = counted - body_bytes_counted_;
  if (more > host_->options.body_bytes_in_flight_max - host_->body_bytes_in_flight) return false;
  host_->body_bytes_in_flight += more;
  body_bytes_counted_ = counted;
  return true;
}

void Connection::ReleaseBodyCount() {
  host_->body_bytes_in_flight -= std::exchange(body_bytes_counted_, 0);
}

// The request and its body are of no more use.
void Connection::ReleaseBody() {
  ReleaseBodyCount();
  discards_body_ = false;
  if (std::exchange(body_file_, nullptr) != nullptr) --host_->spooled_bodies;
}

// ---- Answering ----

asio::awaitable<void> Connection::Run() {
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  while (!killed_) {
    const bool whole = co_await ReadRequest();
    if (!whole) break;
    const bool keep = co_await Answer();
    ReleaseResponse();
    if (!keep) {
      // Closing over unread bytes would reset the connection and might take the response with it.
      if (!buffer_.data().empty() && !killed_) co_await Linger();
      break;
    }
    if (host_->stopping) break;
    Enter(Phase::kIdle, host_->options.idle_timeout_s);
  }
}

asio::awaitable<bool> Connection::Answer() {
  if (killed_) co_return false;
  Request& request = parser_.request();
  cancellation_ = request.cancellation;
  exchange_.is_head = request.method == "HEAD";
  exchange_.is_http_1_0 = parser_.is_http_1_0();
  exchange_.keep_alive = parser_.keep_alive();
  work_done_ = false;
  head_.clear();
  Enter(Phase::kHandling, 0);
  started_ = phase_since_;
  StartRead(0);
  if (peer_closed_) cancellation_.Cancel();
  if (host_->workers->Post([self = shared_from_this()] { self->Handle(); })) {
    while (!work_done_) co_await work_signal_.Wait();
  } else {
    response_ = host_->router->RenderError(request, 503,
                                           "Too many requests are waiting; try again in a second.");
    response_.headers.Set("Retry-After", retry_after_s);
    framing_ = PrepareResponse(&exchange_, &response_, &head_);
    LogResponse(response_.status);
  }
  if (killed_) co_return false;
  bool written = false;
  if (response_.stream && !exchange_.is_head) {
    written = co_await WriteStream();
  } else {
    written = co_await WriteWhole();
  }
  co_return written&& exchange_.keep_alive && !peer_closed_;
}

// On a worker. The coroutine waits, so that all of the exchange belongs to this thread.
void Connection::Handle() {
  Request& request = parser_.request();
  // A client that has ended its sending may still read, so only the end of the server skips a request.
  if (host_->stopping && cancellation_.cancelled()) {
    response_ = Response::Empty(503);
  } else {
    exchange_.accepts_gzip = false;
    for (std::string_view value : request.headers.All("accept-encoding")) {
      exchange_.accepts_gzip = exchange_.accepts_gzip || AcceptsGzip(value);
    }
    response_ = host_->router->Dispatch(request);
  }
  if (host_->stopping) exchange_.keep_alive = false;
  if (!response_.stream || exchange_.is_head) {
    framing_ = PrepareResponse(&exchange_, &response_, &head_);
  }
  LogResponse(response_.status);
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->work_done_ = true;
    self->work_signal_.Notify();
  });
}

// Makes the answer to a request that never reaches a handler.
void Connection::PrepareRefusal(int status, const std::string& message, Response* response) {
  timed_out_ = false;
  started_ = std::chrono::steady_clock::now();
  std::string().swap(parser_.request().body);  // of no use, and the client may take its time
  ReleaseBody();
  exchange_ = Exchange{.is_head = parser_.request().method == "HEAD", .keep_alive = false};
  response_ = response != nullptr ? std::move(*response)
                                  : host_->router->RenderError(parser_.request(), status, message);
  if (status == 503) response_.headers.Set("Retry-After", retry_after_s);
  head_.clear();
  framing_ = PrepareResponse(&exchange_, &response_, &head_);
  LogResponse(status);
}

// Sends it and closes.
asio::awaitable<bool> Connection::Refuse() {
  const bool written = co_await WriteWhole();
  if (written) co_await Linger();
  co_return false;
}

asio::awaitable<bool> Connection::WriteWhole() {
  Enter(Phase::kWriting, host_->options.write_timeout_s);
  output_ = {asio::buffer(head_)};
  if (framing_ == BodyFraming::kLength) output_[1] = asio::buffer(response_.body);
  const bool done = co_await Write();
  co_return done;
}

// Sends output_.
asio::awaitable<bool> Connection::Write() {
  for (;;) {
    boost::system::error_code ec;
    size_t written = socket_.write_some(output_, ec);
    bool rest = false;
    for (asio::const_buffer& buffer : output_) {
      const size_t part = std::min(written, buffer.size());
      buffer += part;
      written -= part;
      rest = rest || buffer.size() > 0;
    }
    if (!rest) co_return true;
    if (ec && ec != asio::error::would_block) {
      peer_closed_ = true;
      cancellation_.Cancel();
      co_return false;
    }
    Enter(Phase::kWriting, host_->options.write_timeout_s);
    if (ec) {
      co_await socket_.async_wait(Socket::wait_write, asio::as_tuple(asio::deferred));
    }
  }
}

// Sends run_, which the kernel takes from its file.
asio::awaitable<bool> Connection::SendRun() {
  while (run_->length > 0) {
    off_t at = static_cast<off_t>(run_->offset);
    const ssize_t sent = ::sendfile(socket_.native_handle(), run_->descriptor, &at,
                                    static_cast<size_t>(run_->length));
    if (sent > 0) {
      run_->offset += static_cast<uint64_t>(sent);
      run_->length -= static_cast<uint64_t>(sent);
      Enter(Phase::kWriting, host_->options.write_timeout_s);
      continue;
    }
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) {
      co_await socket_.async_wait(Socket::wait_write, asio::as_tuple(asio::deferred));
      continue;
    }
    if (sent == 0) Log(LogLevel::kError, "file_shorter_than_announced", {{"peer", peer_address_}});
    peer_closed_ = true;
    cancellation_.Cancel();
    co_return false;
  }
  co_return true;
}

// ---- Streams ----

asio::awaitable<bool> Connection::WriteStream() {
  const std::optional<uint64_t> length = response_.stream->length();
  uint64_t left = length.value_or(std::numeric_limits<uint64_t>::max());
  head_sent_ = false;
  for (;;) {
    const bool ready = co_await AwaitReady();
    if (!ready) co_return false;
    Enter(Phase::kHandling, 0);
    work_done_ = false;
    if (!host_->streams->Post([self = shared_from_this()] { self->Pull(); })) co_return false;
    while (!work_done_) co_await work_signal_.Wait();
    if (killed_) co_return false;
    if (!pulled_->ok()) {
      const bool told = co_await FailStream();
      co_return told;
    }
    const bool last = !**pulled_;
    if (last) piece_.clear();
    const uint64_t size = run_ ? run_->length : piece_.size();
    if (size > left || (last && length && left > 0)) {
      pulled_ = Error(ErrorKind::kInternal, "The body has not the length that was announced.");
      const bool done = co_await FailStream();
      co_return done;
    }
    left -= size;
    const bool written = co_await WritePiece(last);
    if (!written) co_return false;
    if (last) co_return true;
    if (run_) {
      const bool sent = co_await SendRun();
      if (!sent) co_return false;
    }
  }
}

// Waits until the stream has something to send, without holding a worker. False when there is no
// more use in it.
asio::awaitable<bool> Connection::AwaitReady() {
  for (;;) {
    woken_ = false;
    const bool ready =
        response_.stream->Ready([weak = weak_from_this(), executor = socket_.get_executor()] {
          const auto self = weak.lock();
          if (!self) return;
          asio::post(executor, [self] {
            self->woken_ = true;
            self->work_signal_.Notify();
          });
        });
    if (ready) co_return true;
    if (!head_sent_) {  // the client sees that it is served before there is anything to say
      piece_.clear();
      const bool written = co_await WritePiece(false);
      if (!written) co_return false;
    }
    Enter(Phase::kQuiet, host_->options.idle_piece_s);
    idle_piece_due_ = false;
    while (!woken_ && !killed_ && !peer_closed_ && !idle_piece_due_) {
      co_await work_signal_.Wait();
    }
    if (killed_ || peer_closed_) co_return false;
    if (!woken_) {
      piece_ = response_.stream->idle_piece();
      const bool written = co_await WritePiece(false);
      if (!written) co_return false;
    }
  }
}

// On a stream thread, while the coroutine waits.
void Connection::Pull() {
  try {
    run_.reset();
    pulled_.reset();
    if (response_.stream->length()) {
      Result<std::optional<BodySource::FileRun>> run = response_.stream->NextRun();
      if (!run.ok()) {
        pulled_.emplace(std::move(run.error()));
      } else if (*run) {
        run_ = **run;
        piece_.clear();
        pulled_.emplace(true);
      }
    }
    if (!pulled_) pulled_.emplace(response_.stream->Next(&piece_));
  } catch (const std::exception& e) {
    pulled_.emplace(Error(ErrorKind::kInternal, e.what()));
  } catch (...) {
    pulled_.emplace(Error(ErrorKind::kInternal, "The body's source failed."));
  }
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->work_done_ = true;
    self->work_signal_.Notify();
  });
}

// Writes what of the head is not written yet, and the piece as the framing wants it.
asio::awaitable<bool> Connection::WritePiece(bool last) {
  Enter(Phase::kWriting, host_->options.write_timeout_s);
  head_.clear();
  if (!head_sent_) framing_ = PrepareResponse(&exchange_, &response_, &head_);
  head_sent_ = true;
  std::string_view end;
  if (framing_ == BodyFraming::kChunked && !piece_.empty()) {
    std::array<char, 16> digits{};
    const auto [digits_end, ec] =
        std::to_chars(digits.data(), digits.data() + digits.size(), piece_.size(), 16);
    head_.append(digits.data(), digits_end).append("\r\n");
    end = "\r\n";
  } else if (framing_ == BodyFraming::kChunked && last) {
    end = "0\r\n\r\n";
  }
  output_ = {asio::buffer(head_), asio::buffer(piece_), asio::buffer(end)};
  const bool done = co_await Write();
  co_return done;
}

// Before anything was sent the failure is an answer like any other; afterwards the connection must
// break, so that nobody takes the part for the whole.
asio::awaitable<bool> Connection::FailStream() {
  const Error error = pulled_->error();
  Log(LogLevel::kWarning, "stream_failed",
      {{"path", parser_.request().path},
       {"error", ErrorKindName(error.kind)},
       {"message", error.message}});
  exchange_.keep_alive = false;
  if (head_sent_ || peer_closed_) co_return false;
  ReleaseResponse();
  const int status = error.kind == ErrorKind::kUnavailable ? 503 : 500;
  response_ = host_->router->RenderError(parser_.request(), status, error.message);
  head_.clear();
  framing_ = PrepareResponse(&exchange_, &response_, &head_);
  const bool done = co_await WriteWhole();
  co_return done;
}

void Connection::ReleaseResponse() {
  if (response_.stream) {
    // A shared pointer only because a task must be copyable.
    std::shared_ptr<BodySource> stream = std::move(response_.stream);
    host_->reaper->Post([stream = std::move(stream)]() mutable { stream.reset(); });
  }
  response_ = Response();
}

// Reads on until the client has seen the end, for a while.
asio::awaitable<void> Connection::Linger() {
  boost::system::error_code ignored;
  socket_.shutdown(asio::socket_base::shutdown_send, ignored);
  Enter(Phase::kClosing, linger_s);
  for (size_t seen = 0; seen < linger_bytes_max; seen += buffer_.data().size()) {
    buffer_.Consume(buffer_.data().size());
    StartRead(read_bytes_max);
    if (!read_pending_) co_return;
    while (read_pending_) co_await read_signal_.Wait();
  }
}

void Connection::LogResponse(int status) const {
  // 501 and 505 are the faults of a client.
  const bool failed = status >= 500 && status != 501 && status != 505;
  if (!failed && !host_->options.log_requests) return;
  const Request& request = parser_.request();
  const auto took = std::chrono::steady_clock::now() - started_;
  // The query stays out: it may hold signatures and tokens.
  Log(failed ? LogLevel::kWarning : LogLevel::kInfo, "request",
      {{"method", request.method},
       {"path", request.path},
       {"status", status},
       {"ms", std::chrono::duration<double, std::milli>(took).count()}});
}

}  // namespace boathouse::http
