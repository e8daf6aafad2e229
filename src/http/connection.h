#pragma once
// Private to http/: one client's socket, from its first request to its end.
//
// All of a connection runs on the server's I/O thread, but for Handle and Pull, which run on a worker
// while the coroutine waits for them. One read is outstanding at nearly all times, also while a
// handler runs: that is how a client's going away is noticed, and whatever it brings is the beginning
// of the next request.

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/cancellation.h"
#include "base/thread_pool.h"
#include "http/http.h"
#include "http/request_parser.h"
#include "http/response_head.h"

namespace boathouse::http {

// What all connections of a server share.
struct ConnectionHost {
  ServerOptions options;
  const Router* router = nullptr;
  ThreadPool* workers = nullptr;
  ThreadPool* streams = nullptr;
  ThreadPool* reaper = nullptr;  // destroys streams, which may wait for their producers
  std::atomic<bool> stopping = false;
  size_t body_bytes_in_flight = 0;  // of all connections; of the I/O thread
  size_t spooled_bodies = 0;        // likewise
};

// Lets one coroutine wait for what another handler of the same thread does. Keeps no memory of being
// notified: the waiter checks its condition before and after.
class Signal {
 public:
  void Notify() {
    if (waiter_) std::exchange(waiter_, {})();
  }
  auto Wait() {
    return boost::asio::async_initiate<const boost::asio::deferred_t&, void()>(
        [this](auto handler) { waiter_ = std::move(handler); }, boost::asio::deferred);
  }

 private:
  boost::asio::any_completion_handler<void()> waiter_;
};

// Bytes read and not yet used. Never moves them while a read is under way.
class ReadBuffer {
 public:
  std::string_view data() const { return {bytes_.data() + begin_, end_ - begin_}; }
  void Consume(size_t count) { begin_ += count; }
  void Commit(size_t count) { end_ += count; }
  void Clear() { begin_ = end_ = 0; }
  // Room for the next read; empty when the buffer is full.
  boost::asio::mutable_buffer Prepare(size_t bytes_wanted);

 private:
  std::vector<char> bytes_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                  boost::asio::io_context::executor_type>;
  using Time = std::chrono::steady_clock::time_point;

  Connection(Socket socket, const boost::asio::ip::tcp::endpoint& peer, ConnectionHost* host);
  // Serves until either side closes; then calls `on_end`, on the I/O thread.
  void Start(std::function<void()> on_end);

  // Called a few times a second: acts on deadlines that have passed.
  void Tick(Time now);
  // The server stops: an idle connection closes, others after their response.
  void OnStop();
  // Cancels what runs and closes.
  void Kill();

 private:
  enum class Phase {
    kIdle,      // between requests; on its deadline: closes
    kReading,   // within a request; on its deadline: 408
    kHandling,  // a worker has it; no deadline
    kWriting,   // on its deadline: closes
    kQuiet,     // a stream has nothing to send; on its deadline: its idle piece is due
    kClosing,   // waits for the client to read the last response
  };

  boost::asio::awaitable<void> Run();
  boost::asio::awaitable<bool> ReadRequest();
  boost::asio::awaitable<bool> Admit(const Router::Spool& spool);
  boost::asio::awaitable<bool> ReadBody();
  boost::asio::awaitable<bool> Spill(size_t bytes_min);
  boost::asio::awaitable<bool> RunOn(ThreadPool* pool, std::function<void()> work);
  boost::asio::awaitable<bool> MoreBytes(size_t bytes_wanted);
  boost::asio::awaitable<bool> Answer();
  boost::asio::awaitable<bool> Refuse();
  boost::asio::awaitable<bool> WriteWhole();
  boost::asio::awaitable<bool> WriteStream();
  boost::asio::awaitable<bool> AwaitReady();
  boost::asio::awaitable<bool> WritePiece(bool last);
  boost::asio::awaitable<bool> FailStream();
  boost::asio::awaitable<bool> Write();
  boost::asio::awaitable<bool> SendRun();
  boost::asio::awaitable<void> Linger();

  void StartRead(size_t bytes_wanted);
  void OnRead(const boost::system::error_code& ec, size_t count);
  void Handle();  // on a worker
  void Pull();    // on a stream thread
  void PrepareRefusal(int status, const std::string& message, Response* response = nullptr);
  void Enter(Phase phase, int seconds);
  void Close();
  bool CountBody();
  void ReleaseBodyCount();
  void ReleaseBody();
  void ReleaseResponse();
  void LogResponse(int status) const;

  Socket socket_;
  ConnectionHost* host_;
  std::string peer_address_;
  ReadBuffer buffer_;
  RequestParser parser_;
  Signal read_signal_;
  Signal work_signal_;
  bool read_pending_ = false;
  bool peer_closed_ = false;  // its side of the connection is at its end, or the socket is broken
  bool killed_ = false;
  bool timed_out_ = false;
  Phase phase_ = Phase::kIdle;
  Time phase_since_;
  Time deadline_;
  size_t body_bytes_counted_ = 0;        // this connection's part of body_bytes_in_flight
  std::shared_ptr<BodyFile> body_file_;  // where the body under way goes; null: to memory
  bool discards_body_ = false;
  size_t body_limit_ = 0;

  // The exchange under way.
  Cancellation cancellation_;
  Exchange exchange_;
  Response response_;
  BodyFraming framing_ = BodyFraming::kNone;
  std::string head_;
  std::array<boost::asio::const_buffer, 3> output_;  // what Write has still to send
  Time started_;
  bool head_sent_ = false;
  bool work_done_ = false;  // Handle or Pull has returned
  bool woken_ = false;      // the stream has become ready
  bool idle_piece_due_ = false;
  std::string piece_;
  std::optional<BodySource::FileRun> run_;  // instead of piece_
  std::optional<Result<bool>> pulled_;
};

}  // namespace boathouse::http
