#include "tables/cut_queue.h"

namespace boathouse::tables {

Result<CutQueue::Turn> CutQueue::Enter() {
  using std::chrono::steady_clock;
  std::unique_lock lock(mutex_);
  ++waiting_;
  // Who is woken, by whatever, looks first whether the turn is free: no wake-up is ever lost.
  while (taken_) {
    const steady_clock::time_point long_from = taken_at_ + patience_;
    if (waiting_ <= waiters_max_) {
      left_.wait(lock);
    } else if (steady_clock::now() < long_from) {
      left_.wait_until(lock, long_from);
    } else {
      --waiting_;
      return Error{ErrorKind::kExhausted, "the table is being prepared; try again in a moment"};
    }
  }
  --waiting_;
  taken_ = true;
  taken_at_ = steady_clock::now();
  return Turn(this);
}

CutQueue::Turn CutQueue::EnterAnyway() {
  std::unique_lock lock(mutex_);
  left_.wait(lock, [this] { return !taken_; });
  taken_ = true;
  taken_at_ = std::chrono::steady_clock::now();
  return Turn(this);
}

void CutQueue::Leave() {
  {
    const std::lock_guard lock(mutex_);
    taken_ = false;
  }
  left_.notify_one();
}

size_t CutQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

}  // namespace boathouse::tables
