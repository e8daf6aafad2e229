#pragma once
// Private to http/: how long the body of a request is waited for. A body may pause for `patience`,
// but must come at a least rate on the whole. What comes buys time, and what is bought cannot be
// saved beyond `patience`: a client that sends quickly first cannot dawdle for long afterwards.

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace boathouse::http {

class BodyPace {
 public:
  using Time = std::chrono::steady_clock::time_point;

  BodyPace(Time begin, std::chrono::seconds patience, size_t bytes_per_s_min)
      : patience_(patience),
        rate_(static_cast<double>(bytes_per_s_min)),
        deadline_(begin + patience) {}

  // `bytes` more have come.
  void Take(Time now, size_t bytes) {
    const std::chrono::duration<double> bought(static_cast<double>(bytes) / rate_);
    deadline_ = std::min<Time>(now + patience_,
                               deadline_ + std::chrono::duration_cast<Time::duration>(bought));
  }

  // When the client has fallen too far behind, unless more bytes come before.
  Time deadline() const { return deadline_; }

 private:
  std::chrono::seconds patience_;
  double rate_;
  Time deadline_;
};

}  // namespace boathouse::http
