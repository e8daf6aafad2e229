#include "store/sqlite/checkpointer.h"

#include <chrono>

#include "base/log.h"

namespace boathouse::store::sqlite {
namespace {

// Beyond so many times what is wanted, the writer waits: the log must not outgrow the disk because the thread
// gets no time.
constexpr int log_growth_max = 4;

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
                                                          std::function<void()> rest, int pages) {
  ASSIGN(std::unique_ptr<Connection> connection, Connection::Open(path, false));
  std::unique_ptr<Checkpointer> started(
      new Checkpointer(std::move(connection), writer, std::move(rest), pages));
  writer.CountLogPages();
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
  // It began anew. A commit may be longer than what is wanted, so that its size alone does not tell.
  if (pages < pages_before_) BeginAnew();
  pages_before_ = pages;
  if (pages < pages_wanted_) return;
  is_under_way_ = true;
  std::unique_lock lock(mutex_);
  if (state_ == State::kIdle) {
    state_ = State::kAsked;
    changed_.notify_all();
  }
  if (pages > log_growth_max * pages_) {
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
  pages_wanted_ = pages + pages_ / 4;
}

// The thread may also have moved all of it while nobody wrote.
void Checkpointer::BeginAnew() {
  pages_wanted_ = pages_;
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
