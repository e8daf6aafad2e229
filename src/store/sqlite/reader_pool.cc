#include "store/sqlite/reader_pool.h"

#include <algorithm>
#include <chrono>

#include "base/resident_memory.h"

namespace boathouse::store::sqlite {
namespace {

constexpr auto reader_wait_max = std::chrono::seconds(20);

constexpr const char* reader_settings = "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384;";

}  // namespace

Result<std::unique_ptr<Connection>> ReaderPool::Take() {
  {
    std::unique_lock lock(mutex_);
    if (!available_.wait_for(lock, reader_wait_max, [this] { return free_ > 0; })) {
      return Error(ErrorKind::kExhausted, "too many reads at once; try again in a moment");
    }
    --free_;
    if (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back().connection);
      idle_.pop_back();
      return connection;
    }
  }
  Result<std::unique_ptr<Connection>> opened = Open();
  if (!opened.ok()) GiveBack(nullptr);
  return opened;
}

void ReaderPool::GiveBack(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    ++free_;
    if (connection != nullptr) idle_.push_back({std::move(connection), MonotonicMicros()});
  }
  available_.notify_one();
}

void ReaderPool::CloseIdleSince(Micros monotonic) {
  std::vector<Idle> closed;  // outside of the lock
  {
    const std::lock_guard lock(mutex_);
    const auto first_kept = std::find_if(idle_.begin(), idle_.end(),
                                         [&](const Idle& idle) { return idle.since > monotonic; });
    closed.assign(std::make_move_iterator(idle_.begin()), std::make_move_iterator(first_kept));
    idle_.erase(idle_.begin(), first_kept);
  }
  if (closed.empty()) return;
  closed.clear();
  ReleaseIdleMemory();
}

Result<std::unique_ptr<Connection>> ReaderPool::Open() const {
  ASSIGN(std::unique_ptr<Connection> connection, Connection::Open(path_, true));
  TRY(connection->Execute(reader_settings));
  TRY(connection->Execute(reader_mapping));
  return connection;
}

}  // namespace boathouse::store::sqlite
