// Server-sent events: a producer thread fills a bounded queue of text, the connection drains it.

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "http/http.h"

namespace boathouse::http {
namespace {

constexpr size_t queued_bytes_max = 256u << 10;  // the producer waits beyond
constexpr int64_t streams_max = event_streams_max;
std::atomic<int64_t> streams_open = 0;

// Shared by the producer's thread, the pulling connection and the cancellation's callback, which may
// outlive both.
class EventQueue {
 public:
  // False when nobody reads any more.
  bool Push(std::string_view text) {
    std::function<void()> wake;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return closed_ || text_.size() < queued_bytes_max; });
      if (closed_) return false;
      text_.append(text);
      wake = std::exchange(wake_, nullptr);
    }
    changed_.notify_all();
    if (wake) wake();
    return true;
  }

  // Waits for text; false at the end.
  bool Pop(std::string* text) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ReadyLocked(); });
      text->clear();
      text->swap(text_);
    }
    changed_.notify_all();
    return !text->empty();
  }

  bool Ready(std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    if (ReadyLocked()) return true;
    wake_ = std::move(wake);
    return false;
  }

  void Finish() { End(&finished_); }  // the producer is done
  void Close() { End(&closed_); }     // the reader is gone

 private:
  bool ReadyLocked() const { return !text_.empty() || finished_ || closed_; }
  void End(bool* flag) {
    std::function<void()> wake;
    {
      const std::lock_guard lock(mutex_);
      *flag = true;
      wake = std::exchange(wake_, nullptr);
    }
    changed_.notify_all();
    if (wake) wake();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
  bool finished_ = false;
  bool closed_ = false;
  std::function<void()> wake_;
};

std::string OneLine(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (c == '\r' || c == '\n' || c == '\0') c = ' ';
  }
  return line;
}

// One "name: line" for each line of `text`, whichever way its lines end.
void AppendLines(std::string_view name, std::string_view text, std::string* out) {
  for (;;) {
    const size_t end = text.find_first_of("\r\n");
    out->append(name).append(": ").append(text.substr(0, end)).push_back('\n');
    if (end == std::string_view::npos) return;
    const bool is_pair = text.substr(end, 2) == "\r\n";
    text.remove_prefix(end + (is_pair ? 2 : 1));
  }
}

class QueueWriter : public EventWriter {
 public:
  explicit QueueWriter(EventQueue* queue) : queue_(queue) {}

  bool Write(std::string_view event, std::string_view data, std::string_view id) override {
    std::string text;
    text.reserve(data.size() + event.size() + id.size() + 32);
    if (!event.empty()) text.append("event: ").append(OneLine(event)).push_back('\n');
    if (!id.empty()) text.append("id: ").append(OneLine(id)).push_back('\n');
    AppendLines("data", data, &text);
    text.push_back('\n');
    return queue_->Push(text);
  }

  bool Comment(std::string_view comment) override {
    std::string text;
    AppendLines("", comment, &text);
    text.push_back('\n');
    return queue_->Push(text);
  }

 private:
  EventQueue* queue_;
};

class EventSource : public BodySource {
 public:
  EventSource(std::function<void(EventWriter&)> produce, const Cancellation& cancellation)
      : produce_(std::move(produce)), queue_(std::make_shared<EventQueue>()) {
    cancellation.OnCancel([queue = std::weak_ptr<EventQueue>(queue_)] {
      if (const auto open = queue.lock()) open->Close();
    });
  }

  ~EventSource() override {
    queue_->Close();
    if (thread_.joinable()) thread_.join();
    streams_open.fetch_sub(1);
  }

  Result<bool> Next(std::string* chunk) override {
    StartOnce();
    return queue_->Pop(chunk);
  }

  bool Ready(std::function<void()> wake) override {
    StartOnce();
    return queue_->Ready(std::move(wake));
  }

  std::string_view idle_piece() const override { return ":\n\n"; }

 private:
  void StartOnce() {
    if (started_) return;
    started_ = true;
    thread_ = std::thread([this] {
      QueueWriter writer(queue_.get());
      try {
        produce_(writer);
      } catch (const std::exception& e) {
        Log(LogLevel::kError, "event_producer_threw", {{"what", e.what()}});
      } catch (...) {
        Log(LogLevel::kError, "event_producer_threw");
      }
      queue_->Finish();
    });
  }

  std::function<void(EventWriter&)> produce_;
  std::shared_ptr<EventQueue> queue_;
  bool started_ = false;
  std::thread thread_;
};

}  // namespace

Response EventStream(std::function<void(EventWriter&)> produce, const Cancellation& cancellation) {
  if (streams_open.fetch_add(1) >= streams_max) {
    streams_open.fetch_sub(1);
    Response response =
        Response::Text(503, "Too many event streams are open; try again in a few seconds.\n");
    response.headers.Add("Retry-After", "5");
    return response;
  }
  Response response = Response::Empty(200);
  response.headers.Add("Content-Type", "text/event-stream");
  response.headers.Add("X-Accel-Buffering", "no");
  response.stream = std::make_unique<EventSource>(std::move(produce), cancellation);
  return response;
}

}  // namespace boathouse::http
