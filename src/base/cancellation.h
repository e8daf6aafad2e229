#pragma once
// A flag that one side raises and the other reads, with callbacks. Copies share the flag. Safe to
// use from many threads.

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace boathouse {

class Cancellation {
 public:
  Cancellation() : state_(std::make_shared<State>()) {}
  // Raises the flag and runs the callbacks, once.
  void Cancel() const;
  bool cancelled() const;
  // Runs `callback` when the flag is raised; at once if it is already.
  void OnCancel(std::function<void()> callback) const;

 private:
  struct State {
    std::mutex mutex;
    bool cancelled = false;
    std::vector<std::function<void()>> callbacks;
  };
  std::shared_ptr<State> state_;
};

}  // namespace boathouse
