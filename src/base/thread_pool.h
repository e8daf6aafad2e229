#pragma once
// A fixed number of threads that run tasks in the order they were given. The queue is bounded.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace boathouse {

class ThreadPool {
 public:
  ThreadPool(size_t threads, size_t queue_max);
  ~ThreadPool();  // runs what is queued, then joins
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // False when the queue is full or the pool is stopping; the task is then not run.
  bool Post(std::function<void()> task);

 private:
  void Run();
  bool WakesLocked();
  const size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  size_t sleeping_ = 0;
  bool waking_ = false;  // a sleeping thread was told to wake and is not up yet
  std::vector<std::thread> threads_;
};

}  // namespace boathouse
