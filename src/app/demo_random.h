#pragma once
// What the demo's inventions are drawn from.

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/decimal.h"

namespace boathouse::app {

// SplitMix64: the same numbers on every platform, unlike the standard distributions.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 1) {}
  uint64_t Next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  size_t Below(size_t bound) { return Next() % bound; }
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(Below(static_cast<size_t>(high - low + 1)));
  }
  bool Percent(size_t chance) { return Below(100) < chance; }
  template <typename List>
  const auto& Pick(const List& list) {
    return list[Below(list.size())];
  }

 private:
  uint64_t state_;
};

inline std::string Money(int64_t cents) { return Decimal{cents * 100}.ToString(); }

}  // namespace boathouse::app
