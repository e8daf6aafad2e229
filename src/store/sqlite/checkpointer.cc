#include "store/sqlite/checkpointer.h"

#include <chrono>

#include "base/log.h"

namespace boathouse::store::sqlite {
namespace {

// Of 4 KiB. A long log spares work, as a page that is written often is moved once; a short one is quickly
// read again after a crash.
constexpr int log_pages_wanted = 16'384;
// Beyond, the writer waits: the log must not outgrow the disk because the thread gets no time.
constexpr int log_pages_max = 4 * log_pages_wanted;

constexpr auto rest_interval = std::chrono::seconds(5);

constexpr const char* move_pages = "PRAGMA wal_checkpoint(PASSIVE)";

// A failure is no loss: what is not moved stays in the log, and the next round tries again.
void Move(Connection& connection) {
  const Status moved = connection.Execute(move_pages);
  if (moved.ok()) return;
  Log(LogLevel::kWarning, "checkpoint_failed", {{"message", moved.error().message}});
}

}  // namespace

Result<std::unique_ptr<Checkpointer>> Checkpointer::Start(const std::string& path,
                                                          Connection& writer,
                                                          std::function<void()> rest) {
  ASSIGN(std::unique_ptr<Connection> connection, Connection::Open(path, false));
  std::unique_ptr<Checkpointer> started(
      new Checkpointer(std::move(connection), writer, std::move(rest)));
  writer.CountLogPages();
  started->pages_wanted_ = log_pages_wanted;
  started->thread_ = std::thread([raw = started.get()] { raw->Loop(); });
  return started;
}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Checkpointer::AfterCommit() {
  const int pages = writer_.log_pages();
  if (pages < pages_wanted_) {
    if (pages < log_pages_wanted) pages_wanted_ = log_pages_wanted;  // the log began anew
    return;
  }
  std::unique_lock lock(mutex_);
  if (state_ == State::kIdle) {
    state_ = State::kAsked;
    changed_.notify_all();
  }
  if (pages > log_pages_max) {
    changed_.wait(lock, [this] { return state_ == State::kDone; });
  }
  if (state_ != State::kDone) return;
  state_ = State::kIdle;
  lock.unlock();
  Move(writer_);
  // A snapshot that is still open keeps the log from beginning anew; that is tried again later.
  pages_wanted_ = pages + log_pages_wanted / 4;
}

void Checkpointer::Loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const bool woken = changed_.wait_for(lock, rest_interval,
                                         [this] { return stopping_ || state_ == State::kAsked; });
    if (stopping_) return;
    lock.unlock();
    if (!woken) {
      rest_();
      lock.lock();
      continue;
    }
    Move(*connection_);
    lock.lock();
    state_ = State::kDone;
    changed_.notify_all();
  }
}

}  // namespace boathouse::store::sqlite
