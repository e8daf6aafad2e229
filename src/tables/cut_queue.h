#pragma once
// Lets one thread at a time cut a table. Those who come meanwhile wait, as they need what is being
// made; but a long cut (the first one of a big table) must not hold every thread that answers requests.
// So once it has taken longer than the patience, only a few go on waiting and the rest is refused.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "base/result.h"

namespace boathouse::tables {

class CutQueue {
 public:
  CutQueue(size_t waiters_max, std::chrono::milliseconds patience)
      : waiters_max_(waiters_max), patience_(patience) {}

  // The right to cut, given back when it goes.
  class Turn {
   public:
    explicit Turn(CutQueue* queue) : queue_(queue) {}
    Turn(Turn&& other) noexcept : queue_(other.queue_) { other.queue_ = nullptr; }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (queue_ != nullptr) queue_->Leave();
    }

   private:
    CutQueue* queue_;
  };

  // Waits for the turn. kExhausted when the present one takes too long and enough others wait for it.
  Result<Turn> Enter();
  // The same, however many wait: for what must be done.
  Turn EnterAnyway();
  size_t waiting() const;

 private:
  void Leave();

  const size_t waiters_max_;
  const std::chrono::milliseconds patience_;
  mutable std::mutex mutex_;
  std::condition_variable left_;
  bool taken_ = false;
  std::chrono::steady_clock::time_point taken_at_;
  size_t waiting_ = 0;
};

}  // namespace boathouse::tables
