#include "base/thread_pool.h"

namespace boathouse {

ThreadPool::ThreadPool(size_t threads, size_t queue_max) : queue_max_(queue_max) {
  threads_.reserve(threads);
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool ThreadPool::Post(std::function<void()> task) {
  bool wakes = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= queue_max_) return false;
    queue_.push_back(std::move(task));
    wakes = WakesLocked();
  }
  if (wakes) wake_.notify_one();
  return true;
}

// Waking a thread costs more than a short task. So one at a time is woken, and who takes a task wakes
// the next when more are left: where tasks are short, those awake do them all; where one blocks,
// there is always another on its way.
bool ThreadPool::WakesLocked() {
  if (waking_ || sleeping_ == 0 || queue_.empty()) return false;
  waking_ = true;
  return true;
}

void ThreadPool::Run() {
  for (;;) {
    std::function<void()> task;
    bool wakes = false;
    {
      std::unique_lock lock(mutex_);
      while (!stopping_ && queue_.empty()) {
        ++sleeping_;
        wake_.wait(lock);
        --sleeping_;
        waking_ = false;
      }
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
      wakes = WakesLocked();
    }
    if (wakes) wake_.notify_one();
    task();
  }
}

}  // namespace boathouse
