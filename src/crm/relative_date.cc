#include "crm/relative_date.h"

#include <iterator>

namespace boathouse::crm {
namespace {

constexpr Micros micros_per_day = 86'400'000'000;

int32_t FloorDivide(int32_t a, int32_t b) { return a / b - (a % b < 0 ? 1 : 0); }

struct YearMonth {
  int year;
  int month;
};

YearMonth MonthOf(int32_t day) {
  const std::string text = FormatDate(day);  // YYYY-MM-DD
  const auto digit = [&](size_t at) { return text[at] - '0'; };
  return {digit(0) * 1000 + digit(1) * 100 + digit(2) * 10 + digit(3), digit(5) * 10 + digit(6)};
}

// A period named with this_, last_ or next_.
std::optional<Days> NamedPeriod(std::string_view word, int32_t today) {
  struct Prefix {
    std::string_view text;
    int offset;
  };
  for (const Prefix& prefix : {Prefix{"this_", 0}, Prefix{"last_", -1}, Prefix{"next_", 1}}) {
    if (!word.starts_with(prefix.text)) continue;
    const std::string_view period = word.substr(prefix.text.size());
    if (period == "week") return WeekAround(today, prefix.offset);
    if (period == "month") return MonthsAround(today, 1, prefix.offset);
    if (period == "quarter") return MonthsAround(today, 3, prefix.offset);
    if (period == "year") return MonthsAround(today, 12, prefix.offset);
  }
  return std::nullopt;
}

}  // namespace

int32_t DayOf(Micros at) {
  return static_cast<int32_t>(at / micros_per_day - (at % micros_per_day < 0 ? 1 : 0));
}

Days WeekAround(int32_t day, int offset) {
  constexpr int32_t first_monday = 4;  // 1970-01-05
  const int32_t week = FloorDivide(day - first_monday, 7) + offset;
  return {week * 7 + first_monday, (week + 1) * 7 + first_monday};
}

Days MonthsAround(int32_t day, int months, int offset) {
  const YearMonth at = MonthOf(day);
  const int first = (at.year * 12 + at.month - 1) / months * months + offset * months;
  const auto start = [](int month) {
    // Dates end with the years 1 and 9999: a period beyond them is empty.
    return MakeDate(month / 12, month % 12 + 1, 1);
  };
  const auto from = start(first);
  const auto before = start(first + months);
  if (!from) return {day, day};
  return {*from, before.value_or(*from)};
}

std::optional<Days> RelativeDays(std::string_view word, std::optional<int64_t> number, Micros now) {
  const int32_t today = DayOf(now);
  if (!number) {
    if (word == "today") return Days{today, today + 1};
    if (word == "yesterday") return Days{today - 1, today};
    if (word == "tomorrow") return Days{today + 1, today + 2};
    return NamedPeriod(word, today);
  }
  if (*number < 0 || *number > relative_days_max) return std::nullopt;
  const auto days = static_cast<int32_t>(*number);
  if (word == "last_days") return Days{today - days + 1, today + 1};
  if (word == "next_days") return Days{today, today + days};
  if (word == "days_ago") return Days{today - days, today - days + 1};
  if (word == "days_ahead") return Days{today + days, today + days + 1};
  return std::nullopt;
}

std::string_view RelativeDayWords() {
  return "today, yesterday, tomorrow, this_week, last_month, next_quarter, this_year ..., "
         "last_days(n), next_days(n), days_ago(n), days_ahead(n)";
}

}  // namespace boathouse::crm
