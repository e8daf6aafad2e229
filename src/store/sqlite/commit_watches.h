#pragma once
// Who wants to be told of commits. Safe to use from many threads.

#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "store/store.h"

namespace boathouse::store::sqlite {

class CommitWatches {
 public:
  CommitWatches() : state_(std::make_shared<State>()) {}

  std::unique_ptr<CommitWatch> Add(std::function<void()> wake);
  void WakeAll();

 private:
  // Outlives the store where a watch does.
  struct State {
    std::mutex mutex;
    int64_t next = 0;
    std::map<int64_t, std::function<void()>> wakes;
  };
  class Watch;

  std::shared_ptr<State> state_;
};

}  // namespace boathouse::store::sqlite
