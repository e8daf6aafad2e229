#pragma once
// Time is microseconds since 1970-01-01 UTC. Clocks are handed in, so that tests own time.

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace boathouse {

// Microseconds since the epoch, UTC.
using Micros = int64_t;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Micros Now() const = 0;
};

// The system's wall clock.
class SystemClock : public Clock {
 public:
  Micros Now() const override;
};

// A clock that moves only when told. Safe to use from many threads.
class ManualClock : public Clock {
 public:
  explicit ManualClock(Micros start) : now_(start) {}
  Micros Now() const override { return now_.load(); }
  void Set(Micros now) { now_.store(now); }
  void Advance(Micros by) { now_.fetch_add(by); }

 private:
  std::atomic<Micros> now_;
};

// RFC 3339, UTC, always six fraction digits: 2026-11-24T10:00:00.000000Z.
std::string FormatDateTime(Micros micros);
// RFC 3339 with any offset and 0 to 9 fraction digits (beyond six they are cut). nullopt otherwise.
std::optional<Micros> ParseDateTime(std::string_view text);

// Days since 1970-01-01, for calendar dates of years 0001 to 9999.
std::string FormatDate(int32_t days);                     // YYYY-MM-DD
std::optional<int32_t> ParseDate(std::string_view text);  // YYYY-MM-DD, a day that exists
std::optional<int32_t> MakeDate(int year, int month, int day);

// Monotonic microseconds, for elapsed times only.
Micros MonotonicMicros();

}  // namespace boathouse
