#include "store/sqlite/checkpointer.h"

#include <chrono>

#include "base/log.h"

namespace boathouse::store::sqlite {
namespace {

// Of 4 KiB. A long log spares work, as a page that is written often is moved once; a short one is quickly
// read again after a crash.
constexpr int log_pages_wanted = 32'768;
// Beyond, the writer waits: the log must not outgrow the disk because the thread gets no time.
constexpr int log_pages_max = 4 * log_pages_wanted;

// The writer moves no more than this, if a few more rounds of the thread can spare it that.
constexpr int rest_pages_max = 1'024;
constexpr int rounds_max = 4;
constexpr auto rest_interval = std::chrono::seconds(5);

constexpr const char* move_pages = "PRAGMA wal_checkpoint(PASSIVE)";

// How many pages of the log are moved now. A failure is no loss: what is not moved stays in the log, and the
// next round tries again.
int Move(Connection& connection) {
  const auto moved = [&]() -> Result<int> {
    ASSIGN(Statement statement, connection.Prepare(move_pages));
    ASSIGN(const bool row, statement.Step());
    return row ? static_cast<int>(statement.Int(2)) : 0;  // busy, in the log, moved
  }();
  if (moved.ok()) return *moved;
  Log(LogLevel::kWarning, "checkpoint_failed", {{"message", moved.error().message}});
  return 0;
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
    if (pages < log_pages_wanted) BeginAnew();
    return;
  }
  is_under_way_ = true;
  std::unique_lock lock(mutex_);
  if (state_ == State::kIdle) {
    state_ = State::kAsked;
    changed_.notify_all();
  }
  if (pages > log_pages_max) {
    changed_.wait(lock, [this] { return state_ == State::kDone; });
  }
  if (state_ != State::kDone) return;
  if (pages - moved_ > rest_pages_max && ++rounds_ < rounds_max) {
    state_ = State::kAsked;
    changed_.notify_all();
    return;
  }
  rounds_ = 0;
  state_ = State::kIdle;
  lock.unlock();
  Move(writer_);
  // A snapshot that is still open keeps the log from beginning anew; that is tried again later.
  pages_wanted_ = pages + log_pages_wanted / 4;
}

// The log did: the thread may have moved all of it while nobody wrote.
void Checkpointer::BeginAnew() {
  pages_wanted_ = log_pages_wanted;
  if (!is_under_way_) return;
  is_under_way_ = false;
  rounds_ = 0;
  const std::lock_guard lock(mutex_);
  if (state_ == State::kDone) state_ = State::kIdle;
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
    const int moved = Move(*connection_);
    lock.lock();
    moved_ = moved;
    state_ = State::kDone;
    changed_.notify_all();
  }
}

}  // namespace boathouse::store::sqlite
