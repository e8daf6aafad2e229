#include "sources/pause.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace boathouse::sources {
namespace {

struct Signal {
  std::mutex mutex;
  std::condition_variable wake;
  bool raised = false;

  void Raise() {
    const std::lock_guard lock(mutex);
    raised = true;
    wake.notify_all();
  }
  // True when raised before the time was over.
  bool WaitFor(int milliseconds) {
    std::unique_lock lock(mutex);
    return wake.wait_for(lock, std::chrono::milliseconds(milliseconds), [&] { return raised; });
  }
};

}  // namespace

bool Pause(const Cancellation& cancellation, int milliseconds) {
  const auto signal = std::make_shared<Signal>();
  cancellation.OnCancel([signal] { signal->Raise(); });
  return !signal->WaitFor(milliseconds);
}

struct Deadline::State {
  Signal done;
  std::mutex mutex;
  bool expired = false;
  std::thread thread;
};

Deadline::Deadline(const Cancellation& caller, int milliseconds)
    : state_(std::make_unique<State>()) {
  caller.OnCancel([cancellation = cancellation_] { cancellation.Cancel(); });
  state_->thread = std::thread([state = state_.get(), cancellation = cancellation_, milliseconds] {
    if (state->done.WaitFor(milliseconds)) return;
    {
      const std::lock_guard lock(state->mutex);
      state->expired = true;
    }
    cancellation.Cancel();
  });
}

Deadline::~Deadline() {
  state_->done.Raise();
  state_->thread.join();
}

bool Deadline::expired() const {
  const std::lock_guard lock(state_->mutex);
  return state_->expired;
}

}  // namespace boathouse::sources
