// The listening socket, the I/O thread, and the end of it all.

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "base/log.h"
#include "http/connection.h"
#include "http/http.h"

namespace boathouse::http {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto tick = std::chrono::milliseconds(250);  // how late a deadline may be seen
constexpr auto accept_retry_after = std::chrono::milliseconds(100);  // when out of descriptors
constexpr std::string_view refusal =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 44\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"
    "Too many connections; try again in a second\n";

Error CannotListen(const ServerOptions& options, const boost::system::error_code& ec) {
  const std::string where = options.address + ":" + std::to_string(options.port);
  if (ec == asio::error::address_in_use) {
    return {ErrorKind::kUnavailable, "Cannot listen on " + where +
                                         ": another program listens there already. Stop it or "
                                         "choose another port."};
  }
  if (ec == asio::error::access_denied) {
    return {ErrorKind::kUnavailable, "Cannot listen on " + where +
                                         ": not permitted. Ports below 1024 need a privilege; "
                                         "choose a higher one."};
  }
  return {ErrorKind::kUnavailable, "Cannot listen on " + where + ": " + ec.message() +
                                       ". Choose an address of this machine."};
}

using Acceptor = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;

class ServerOnAsio : public Server {
 public:
  ServerOnAsio(const ServerOptions& options, const Router& router)
      : io_(1), acceptor_(io_.get_executor()), ticker_(io_), retry_(io_) {
    host_.options = options;
    host_.router = &router;
  }
  ~ServerOnAsio() override { Stop(); }

  Status Listen(const tcp::endpoint& endpoint) {
    boost::system::error_code ec;
    acceptor_.open(endpoint.protocol(), ec);
    if (!ec) acceptor_.set_option(asio::socket_base::reuse_address(true), ec);
    if (!ec) acceptor_.bind(endpoint, ec);
    if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) return CannotListen(host_.options, ec);
    port_ = acceptor_.local_endpoint(ec).port();
    return Status::Ok();
  }

  void Run() {
    workers_ = std::make_unique<ThreadPool>(host_.options.worker_threads, host_.options.queue_max);
    // Bounded by the number of connections, of which each has at most one piece under way.
    constexpr size_t unbounded = std::numeric_limits<size_t>::max();
    streams_ = std::make_unique<ThreadPool>(host_.options.stream_threads, unbounded);
    reaper_ = std::make_unique<ThreadPool>(1, unbounded);
    host_.workers = workers_.get();
    host_.streams = streams_.get();
    host_.reaper = reaper_.get();
    Accept();
    Tick();
    thread_ = std::thread([this] { io_.run(); });
  }

  uint16_t port() const override { return port_; }

  void Stop() override {
    const std::lock_guard stop_lock(stop_mutex_);
    if (!thread_.joinable()) return;
    host_.stopping = true;
    asio::post(io_, [this] {
      boost::system::error_code ignored;
      acceptor_.close(ignored);
      retry_.cancel();
      for (const auto& connection : Snapshot()) connection->OnStop();
    });
    WaitUntilEmpty(std::chrono::milliseconds(host_.options.stop_grace_ms));
    asio::post(io_, [this] {
      for (const auto& connection : Snapshot()) connection->Kill();
    });
    // The order matters: a connection hands its work to the pools until it ends, and it ends only when
    // what they run of it is done.
    WaitUntilEmpty(std::chrono::hours(24));
    workers_.reset();
    streams_.reset();
    reaper_.reset();
    asio::post(io_, [this] { ticker_.cancel(); });
    thread_.join();
  }

 private:
  using Connections = std::unordered_set<std::shared_ptr<Connection>>;

  // A copy: acting on a connection may end it.
  std::vector<std::shared_ptr<Connection>> Snapshot() const {
    return {connections_.begin(), connections_.end()};
  }

  void WaitUntilEmpty(std::chrono::milliseconds at_most) {
    std::unique_lock lock(mutex_);
    empty_.wait_for(lock, at_most, [this] { return open_ == 0; });
  }

  void Accept() {
    acceptor_.async_accept(peer_,
                           [this](const boost::system::error_code& ec, Connection::Socket socket) {
                             if (!acceptor_.is_open()) return;
                             if (!ec) {
                               Admit(std::move(socket));
                               return Accept();
                             }
                             if (ec == asio::error::connection_aborted) return Accept();
                             Log(LogLevel::kWarning, "accept_failed", {{"message", ec.message()}});
                             retry_.expires_after(accept_retry_after);
                             retry_.async_wait([this](const boost::system::error_code& cancelled) {
                               if (!cancelled && acceptor_.is_open()) Accept();
                             });
                           });
  }

  void Admit(Connection::Socket socket) {
    if (connections_.size() >= host_.options.connections_max) {
      boost::system::error_code ignored;
      socket.non_blocking(true, ignored);
      socket.write_some(asio::buffer(refusal), ignored);
      socket.shutdown(asio::socket_base::shutdown_send, ignored);
      return;
    }
    auto connection = std::make_shared<Connection>(std::move(socket), peer_, &host_);
    connections_.insert(connection);
    {
      const std::lock_guard lock(mutex_);
      ++open_;
    }
    connection->Start([this, weak = std::weak_ptr(connection)] {
      connections_.erase(weak.lock());
      const std::lock_guard lock(mutex_);
      if (--open_ == 0) empty_.notify_all();
    });
  }

  void Tick() {
    ticker_.expires_after(tick);
    ticker_.async_wait([this](const boost::system::error_code& cancelled) {
      if (cancelled) return;
      const auto now = std::chrono::steady_clock::now();
      for (const auto& connection : Snapshot()) connection->Tick(now);
      Tick();
    });
  }

  ConnectionHost host_;
  asio::io_context io_;
  Acceptor acceptor_;
  tcp::endpoint peer_;
  asio::steady_timer ticker_;
  asio::steady_timer retry_;
  Connections connections_;  // of the I/O thread
  uint16_t port_ = 0;
  std::unique_ptr<ThreadPool> workers_;
  std::unique_ptr<ThreadPool> streams_;
  std::unique_ptr<ThreadPool> reaper_;
  std::mutex mutex_;
  std::condition_variable empty_;
  size_t open_ = 0;
  std::mutex stop_mutex_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, const Router& router) {
  boost::system::error_code ec;
  const asio::ip::address address =
      asio::ip::make_address(options.address == "localhost" ? "127.0.0.1" : options.address, ec);
  if (ec) {
    return Error(ErrorKind::kInvalid, "'" + options.address +
                                          "' is not an IP address to listen on; 127.0.0.1, ::1, "
                                          "0.0.0.0 and :: are examples of one.");
  }
  try {
    auto server = std::make_unique<ServerOnAsio>(options, router);
    TRY(server->Listen(tcp::endpoint(address, options.port)));
    server->Run();
    return std::unique_ptr<Server>(std::move(server));
  } catch (const std::exception& e) {  // no descriptors or threads left
    return Error(ErrorKind::kUnavailable, std::string("Cannot start the server: ") + e.what());
  }
}

}  // namespace boathouse::http
