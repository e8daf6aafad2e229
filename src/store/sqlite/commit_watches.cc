#include "store/sqlite/commit_watches.h"

namespace boathouse::store::sqlite {

class CommitWatches::Watch final : public CommitWatch {
 public:
  Watch(std::shared_ptr<State> state, int64_t number) : state_(std::move(state)), number_(number) {}
  ~Watch() override {
    const std::lock_guard lock(state_->mutex);
    state_->wakes.erase(number_);
  }

 private:
  const std::shared_ptr<State> state_;
  const int64_t number_;
};

std::unique_ptr<CommitWatch> CommitWatches::Add(std::function<void()> wake) {
  const std::lock_guard lock(state_->mutex);
  const int64_t number = state_->next++;
  state_->wakes.emplace(number, std::move(wake));
  return std::make_unique<Watch>(state_, number);
}

void CommitWatches::WakeAll() {
  const std::lock_guard lock(state_->mutex);
  for (const auto& [number, wake] : state_->wakes) wake();
}

}  // namespace boathouse::store::sqlite
