#pragma once
// For tests: a TCP client that sends exactly the bytes it is told, a server's worth of nothing more,
// and a latch to wait on. Every wait ends after ten seconds and then fails its check.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>

namespace boathouse::http {

inline constexpr int test_wait_ms_max = 10000;

// Opens once; anybody may wait for it.
class Gate {
 public:
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  bool Wait(int wait_ms_max = test_wait_ms_max) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::milliseconds(wait_ms_max),
                             [this] { return open_; });
  }
  bool is_open() {
    const std::lock_guard lock(mutex_);
    return open_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

class RawSocket {
 public:
  explicit RawSocket(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) Close();
  }
  ~RawSocket() { Close(); }
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  bool connected() const { return fd_ >= 0; }

  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  // All until the peer closes; `*torn` says whether it was a reset or a timeout instead.
  std::string ReadAll(bool* torn = nullptr) {
    std::string all = std::move(pending_);
    pending_.clear();
    bool whole = false;
    while (Receive(&all, &whole)) {
    }
    if (torn != nullptr) *torn = !whole;
    return all;
  }

  // Up to and with `mark`; what came when the peer closed before.
  std::string ReadUntil(std::string_view mark) {
    bool whole = false;
    while (pending_.find(mark) == std::string::npos && Receive(&pending_, &whole)) {
    }
    const size_t at = pending_.find(mark);
    const size_t end = at == std::string::npos ? pending_.size() : at + mark.size();
    std::string text = pending_.substr(0, end);
    pending_.erase(0, end);
    return text;
  }

  // Exactly `count` bytes, fewer when the peer closed before.
  std::string ReadBytes(size_t count) {
    bool whole = false;
    while (pending_.size() < count && Receive(&pending_, &whole)) {
    }
    std::string bytes = pending_.substr(0, count);
    pending_.erase(0, bytes.size());
    return bytes;
  }

  // One response with a Content-Length: its head and its body.
  std::pair<std::string, std::string> ReadResponse() {
    std::string head = ReadUntil("\r\n\r\n");
    const size_t at = head.find("Content-Length: ");
    const size_t length = at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
    return {head, ReadBytes(length)};
  }

  // Whether there is something to read, or the end, at this moment.
  bool HasAnswer() const {
    pollfd now{.fd = fd_, .events = POLLIN, .revents = 0};
    return !pending_.empty() || ::poll(&now, 1, 0) == 1;
  }

  void EndSending() { ::shutdown(fd_, SHUT_WR); }
  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  // Closes so that the peer sees a reset.
  void Reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    Close();
  }

 private:
  bool Receive(std::string* into, bool* whole) {
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, test_wait_ms_max) != 1) return false;
    char bytes[16384];
    const ssize_t count = ::recv(fd_, bytes, sizeof(bytes), 0);
    *whole = count == 0;
    if (count <= 0) return false;
    into->append(bytes, static_cast<size_t>(count));
    return true;
  }

  int fd_;
  std::string pending_;
};

}  // namespace boathouse::http
