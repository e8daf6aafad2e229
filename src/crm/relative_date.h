#pragma once
// Words for days that move with the calendar, for filters: today, yesterday, tomorrow; this_, last_ and
// next_ with week, month, quarter or year; last_days(n) and next_days(n), both with today; days_ago(n),
// days_ahead(n). Days are those of UTC, weeks begin on Monday. Pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace boathouse::crm {

inline constexpr int64_t relative_days_max = 36'600;  // a hundred years

// The days from <= day < before, since 1970-01-01.
struct Days {
  int32_t from = 0;
  int32_t before = 0;
  bool operator==(const Days&) const = default;
};

// What `word` means at `now`; `number` is what stood in parentheses behind it. nullopt when there is no
// such word, or it takes no number, or needs one between 0 and relative_days_max.
std::optional<Days> RelativeDays(std::string_view word, std::optional<int64_t> number, Micros now);

// The first day of the period of 1, 3 or 12 months that `day` is in, and the one of the next.
Days MonthsAround(int32_t day, int months, int offset = 0);
// The week from Monday that `day` is in, moved by `offset` weeks.
Days WeekAround(int32_t day, int offset = 0);
// The day of a moment.
int32_t DayOf(Micros at);

// All words, for messages.
std::string_view RelativeDayWords();

}  // namespace boathouse::crm
