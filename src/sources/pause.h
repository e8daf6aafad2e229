#pragma once
// Private to sources/: waiting that ends early when the caller has gone.

#include <memory>

#include "base/cancellation.h"

namespace boathouse::sources {

// Waits `milliseconds`. False when `cancellation` was raised, before or meanwhile.
bool Pause(const Cancellation& cancellation, int milliseconds);

// Raises a cancellation of its own when the caller's is raised or when the time is over; for one
// call. `expired` tells the two apart afterwards.
class Deadline {
 public:
  Deadline(const Cancellation& caller, int milliseconds);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  const Cancellation& cancellation() const { return cancellation_; }
  bool expired() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
  Cancellation cancellation_;
};

}  // namespace boathouse::sources
