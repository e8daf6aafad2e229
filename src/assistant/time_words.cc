#include "assistant/time_words.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace boathouse::assistant {
namespace {

constexpr int year_min = 1970;
constexpr int year_max = 2199;
constexpr int64_t count_max = 1200;  // of days, weeks, months ... in "last N"

struct Calendar {
  int year;
  int month;  // 1 to 12
  int day;
};

Calendar CalendarOf(int32_t days) {
  const std::string text = FormatDate(days);
  return {std::stoi(text.substr(0, 4)), std::stoi(text.substr(5, 2)), std::stoi(text.substr(8, 2))};
}

// The first day of a month; months beyond 1 to 12 run into other years.
int32_t MonthStart(int year, int month) {
  const int index = year * 12 + (month - 1);
  return MakeDate(index / 12, index % 12 + 1, 1).value_or(0);
}

// The same day of another month, or that month's last day.
int32_t AddMonths(int32_t days, int months) {
  const Calendar from = CalendarOf(days);
  const int32_t first = MonthStart(from.year, from.month + months);
  const int32_t next = MonthStart(from.year, from.month + months + 1);
  return std::min(first + from.day - 1, next - 1);
}

// A stretch of whole days; `to` is the day after it.
struct Period {
  size_t length = 0;  // words
  int32_t from = 0;
  int32_t to = 0;
  std::string label;
  bool names_year = true;  // false for "March" and "Q1" alone
};

std::string RangeLabel(int32_t from, int32_t to) {
  return FormatDate(from) + " to " + FormatDate(to - 1);
}

std::optional<int64_t> SmallNumber(const std::string& word) {
  if (word.empty() || word.size() > 4) return std::nullopt;
  if (word.find_first_not_of("0123456789") != std::string::npos) {
    static constexpr std::array<std::string_view, 13> names = {
        "zero",  "one",   "two",  "three", "four",   "five",  "six",
        "seven", "eight", "nine", "ten",   "eleven", "twelve"};
    const auto found = std::find(names.begin(), names.end(), word);
    if (found == names.end()) return std::nullopt;
    return found - names.begin();
  }
  return std::stoi(word);
}

std::optional<int> MonthOf(std::string_view word) {
  static constexpr std::array<std::string_view, 12> names = {
      "january", "february", "march",     "april",   "may",      "june",
      "july",    "august",   "september", "october", "november", "december"};
  for (size_t i = 0; i < names.size(); ++i) {
    if (word == names[i] || (word.size() == 3 && word == names[i].substr(0, 3))) {
      return static_cast<int>(i) + 1;
    }
  }
  return word == "sept" ? std::optional<int>(9) : std::nullopt;
}

// Reads periods at a position of the words.
class PeriodReader {
 public:
  PeriodReader(const std::vector<Word>& words, int32_t today) : words_(words), today_(today) {}

  // `year`: of a month or a quarter that names none; 0: the latest that has begun.
  std::optional<Period> At(size_t at, int year = 0) const {
    if (std::optional<Period> found = Day(at); found.has_value()) return found;
    if (std::optional<Period> found = ToDate(at); found.has_value()) return found;
    if (std::optional<Period> found = Relative(at); found.has_value()) return found;
    if (std::optional<Period> found = Quarter(at, year); found.has_value()) return found;
    if (std::optional<Period> found = Half(at, year); found.has_value()) return found;
    if (std::optional<Period> found = Month(at, year); found.has_value()) return found;
    return Year(at);
  }

 private:
  const std::string& Text(size_t at) const {
    static const std::string none;
    return at < words_.size() ? words_[at].text : none;
  }
  bool Is(size_t at, std::string_view word) const { return Text(at) == word; }

  std::optional<int> YearAt(size_t at) const {
    const std::string& word = Text(at);
    if (word.size() != 4) return std::nullopt;
    const std::optional<int64_t> number = SmallNumber(word);
    if (!number.has_value() || *number < year_min || *number > year_max) return std::nullopt;
    return static_cast<int>(*number);
  }

  // "2025", "of 2025", "last year", "this year" after a month or quarter: words and the year.
  std::pair<size_t, int> YearAfter(size_t at) const {
    const size_t begin = Is(at, "of") || Is(at, "in") ? at + 1 : at;
    if (const std::optional<int> year = YearAt(begin); year.has_value()) {
      return {begin + 1 - at, *year};
    }
    if (Is(begin + 1, "year") && (Is(begin, "last") || Is(begin, "previous"))) {
      return {begin + 2 - at, CalendarOf(today_).year - 1};
    }
    if (Is(begin + 1, "year") && (Is(begin, "this") || Is(begin, "current"))) {
      return {begin + 2 - at, CalendarOf(today_).year};
    }
    return {0, 0};
  }

  std::optional<Period> Day(size_t at) const {
    const std::string& word = Text(at);
    if (word == "today") return Period{1, today_, today_ + 1, FormatDate(today_)};
    if (word == "yesterday") return Period{1, today_ - 1, today_, FormatDate(today_ - 1)};
    const std::optional<int32_t> date = ParseDate(word);
    if (!date.has_value()) return std::nullopt;
    return Period{1, *date, *date + 1, word};
  }

  std::optional<Period> ToDate(size_t at) const {
    std::string unit;
    size_t length = 0;
    if (Is(at + 1, "to") && Is(at + 2, "date")) {
      unit = Text(at);
      length = 3;
    } else if (Is(at, "ytd") || Is(at, "qtd") || Is(at, "mtd")) {
      unit = Is(at, "ytd") ? "year" : Is(at, "qtd") ? "quarter" : "month";
      length = 1;
    }
    const std::optional<Grain> grain = GrainOf(unit);
    if (length == 0 || !grain.has_value()) return std::nullopt;
    const int32_t from = UnitStart(*grain, 0);
    return Period{length, from, today_ + 1, RangeLabel(from, today_ + 1)};
  }

  // The first day of the unit that is `offset` units after the current one.
  int32_t UnitStart(Grain grain, int offset) const {
    const Calendar now = CalendarOf(today_);
    switch (grain) {
      case Grain::kDay:
        return today_ + offset;
      case Grain::kWeek: {
        // 1970-01-01 was a Thursday; weeks begin on Monday.
        const int32_t weekday = (today_ % 7 + 7 + 3) % 7;
        return today_ - weekday + 7 * offset;
      }
      case Grain::kMonth:
        return MonthStart(now.year, now.month + offset);
      case Grain::kQuarter:
        return MonthStart(now.year, (now.month - 1) / 3 * 3 + 1 + 3 * offset);
      case Grain::kYear:
        return MonthStart(now.year + offset, 1);
    }
    return today_;
  }

  static std::string UnitLabel(Grain grain, int32_t from, int32_t to) {
    const Calendar begin = CalendarOf(from);
    switch (grain) {
      case Grain::kDay:
        return FormatDate(from);
      case Grain::kWeek:
        return RangeLabel(from, to);
      case Grain::kMonth:
        return MonthLabel(begin.year, begin.month);
      case Grain::kQuarter:
        return "Q" + std::to_string((begin.month - 1) / 3 + 1) + " " + std::to_string(begin.year);
      case Grain::kYear:
        return std::to_string(begin.year);
    }
    return {};
  }

  // this quarter, last year, last 3 months, past 30 days
  std::optional<Period> Relative(size_t at) const {
    const bool current = Is(at, "this") || Is(at, "current");
    const bool before = Is(at, "last") || Is(at, "previous") || Is(at, "past") || Is(at, "prior");
    if (!current && !before) return std::nullopt;
    if (const std::optional<Grain> grain = GrainOf(Text(at + 1)); grain.has_value()) {
      if (Text(at + 1).ends_with("ly") || Text(at + 1).ends_with("s")) return std::nullopt;
      const int offset = current ? 0 : -1;
      const int32_t from = UnitStart(*grain, offset);
      const int32_t to = UnitStart(*grain, offset + 1);
      return Period{2, from, to, UnitLabel(*grain, from, to)};
    }
    const std::optional<int64_t> count = SmallNumber(Text(at + 1));
    const std::optional<Grain> unit = GrainOf(Text(at + 2));
    if (!before || !count.has_value() || !unit.has_value()) return std::nullopt;
    if (*count < 1 || *count > count_max) return std::nullopt;
    const int32_t from = Back(*unit, static_cast<int>(*count));
    return Period{3, from, today_ + 1, RangeLabel(from, today_ + 1)};
  }

  // The first of the days that `count` units up to today are.
  int32_t Back(Grain unit, int count) const {
    switch (unit) {
      case Grain::kDay:
        return today_ - count + 1;
      case Grain::kWeek:
        return today_ - 7 * count + 1;
      case Grain::kMonth:
        return AddMonths(today_, -count) + 1;
      case Grain::kQuarter:
        return AddMonths(today_, -3 * count) + 1;
      case Grain::kYear:
        return AddMonths(today_, -12 * count) + 1;
    }
    return today_;
  }

  // Q3, q3 2025, 2025 q3, third quarter of last year
  std::optional<Period> Quarter(size_t at, int year) const {
    size_t length = 0;
    int quarter = 0;
    const std::optional<int> year_before = YearAt(at);
    const size_t begin = year_before.has_value() ? at + 1 : at;
    const std::string& word = Text(begin);
    if (word.size() == 2 && word[0] == 'q' && word[1] >= '1' && word[1] <= '4') {
      quarter = word[1] - '0';
      length = begin + 1 - at;
    } else if (Is(begin + 1, "quarter")) {
      static constexpr std::array<std::string_view, 8> names = {
          "first", "second", "third", "fourth", "1st", "2nd", "3rd", "4th"};
      const auto found = std::find(names.begin(), names.end(), word);
      if (found == names.end()) return std::nullopt;
      quarter = static_cast<int>((found - names.begin()) % 4) + 1;
      length = begin + 2 - at;
    } else {
      return std::nullopt;
    }
    const auto [more, year_after] =
        year_before.has_value() ? std::pair<size_t, int>{0, *year_before} : YearAfter(at + length);
    const int named = year_after != 0 ? year_after : year;
    int32_t from = MonthStart(named != 0 ? named : CalendarOf(today_).year, 3 * quarter - 2);
    if (named == 0 && from > today_) from = AddMonths(from, -12);
    const int32_t to = AddMonths(from, 3);
    return Period{length + more, from, to, UnitLabel(Grain::kQuarter, from, to), year_after != 0};
  }

  // H1, h2 2025, first half of last year
  std::optional<Period> Half(size_t at, int year) const {
    const bool words = Is(at + 1, "half") && (Is(at, "first") || Is(at, "second"));
    if (!words && !Is(at, "h1") && !Is(at, "h2")) return std::nullopt;
    const size_t length = words ? 2 : 1;
    const int half = Is(at, "first") || Is(at, "h1") ? 1 : 2;
    const auto [more, year_after] = YearAfter(at + length);
    const int named = year_after != 0 ? year_after : year;
    int32_t from = MonthStart(named != 0 ? named : CalendarOf(today_).year, 6 * half - 5);
    if (named == 0 && from > today_) from = AddMonths(from, -12);
    const std::string label =
        "H" + std::to_string(half) + " " + std::to_string(CalendarOf(from).year);
    return Period{length + more, from, AddMonths(from, 6), label, year_after != 0};
  }

  static std::string MonthLabel(int year, int month) {
    static constexpr std::array<const char*, 12> names = {
        "January", "February", "March",     "April",   "May",      "June",
        "July",    "August",   "September", "October", "November", "December"};
    return std::string(names[static_cast<size_t>(month - 1)]) + " " + std::to_string(year);
  }

  // March, March 2025, March 15 2025, March last year
  std::optional<Period> Month(size_t at, int year) const {
    const std::optional<int> month = MonthOf(Text(at));
    if (!month.has_value()) return std::nullopt;
    const std::optional<int64_t> day = SmallNumber(Text(at + 1));
    const std::optional<int> day_year = YearAt(at + 2);
    if (day.has_value() && day_year.has_value()) {
      const auto date = MakeDate(*day_year, *month, static_cast<int>(*day));
      if (date.has_value()) return Period{3, *date, *date + 1, FormatDate(*date)};
    }
    const auto [more, year_after] = YearAfter(at + 1);
    const int named = year_after != 0 ? year_after : year;
    int32_t from = MonthStart(named != 0 ? named : CalendarOf(today_).year, *month);
    if (named == 0 && from > today_) from = AddMonths(from, -12);
    const Calendar begin = CalendarOf(from);
    return Period{1 + more, from, AddMonths(from, 1), MonthLabel(begin.year, begin.month),
                  year_after != 0};
  }

  std::optional<Period> Year(size_t at) const {
    const std::optional<int> year = YearAt(at);
    if (!year.has_value()) return std::nullopt;
    return Period{1, MonthStart(*year, 1), MonthStart(*year + 1, 1), Text(at)};
  }

  const std::vector<Word>& words_;
  const int32_t today_;
};

bool IsOneOf(const std::string& word, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// lifetime, all time, ever, to date
std::optional<TimeMatch> AllTimeAt(const std::vector<Word>& words, size_t at) {
  static const std::vector<std::vector<std::string>> phrases = {{"since", "the", "beginning"},
                                                                {"of", "all", "time"},
                                                                {"all", "time"},
                                                                {"to", "date"},
                                                                {"over", "its", "lifetime"},
                                                                {"over", "their", "lifetime"},
                                                                {"over", "the", "lifetime"},
                                                                {"lifetime"},
                                                                {"life", "time"},
                                                                {"ever"},
                                                                {"historically"},
                                                                {"historical"},
                                                                {"alltime"}};
  for (const std::vector<std::string>& phrase : phrases) {
    if (at + phrase.size() > words.size()) continue;
    const bool same = std::equal(phrase.begin(), phrase.end(), words.begin() + at,
                                 [](const std::string& a, const Word& b) { return a == b.text; });
    if (same) return TimeMatch{phrase.size(), {std::nullopt, std::nullopt, "all time"}};
  }
  return std::nullopt;
}

// Two periods joined by "to" or "and", from the first day of one to the last of the other. A month
// or quarter that names no year takes the other's.
std::optional<TimeMatch> SpanAt(const PeriodReader& reader, const std::vector<Word>& words,
                                size_t at, std::initializer_list<std::string_view> joiners) {
  std::optional<Period> first = reader.At(at);
  if (!first.has_value()) return std::nullopt;
  const size_t joiner = at + first->length;
  if (joiner >= words.size() || !IsOneOf(words[joiner].text, joiners)) return std::nullopt;
  std::optional<Period> second = reader.At(joiner + 1);
  if (!second.has_value()) return std::nullopt;
  if (!first->names_year && second->names_year) {
    first = reader.At(at, CalendarOf(second->from).year);
  } else if (first->names_year && !second->names_year) {
    second = reader.At(joiner + 1, CalendarOf(first->from).year);
  }
  if (!first.has_value() || !second.has_value() || second->to <= first->from) return std::nullopt;
  return TimeMatch{joiner + 1 + second->length - at,
                   {first->from, second->to, RangeLabel(first->from, second->to)}};
}

// since March, before 2025, until last quarter: a range with one end.
std::optional<TimeMatch> OpenRangeAt(const PeriodReader& reader, const std::vector<Word>& words,
                                     size_t at) {
  const std::string& word = words[at].text;
  if (!IsOneOf(word, {"since", "after", "before", "until", "till", "through", "from"})) {
    return std::nullopt;
  }
  const size_t point = at + 1 < words.size() && words[at + 1].text == "the" ? at + 2 : at + 1;
  const std::optional<Period> period = reader.At(point);
  if (!period.has_value()) return std::nullopt;
  TimeMatch match{point + period->length - at, {}};
  TimeRange& range = match.range;
  if (word == "since" || word == "from") range.from = period->from;
  if (word == "after") range.from = period->to;
  if (word == "before") range.to = period->from;
  if (IsOneOf(word, {"until", "till", "through"})) range.to = period->to;
  range.label = range.from.has_value() ? "since " + FormatDate(*range.from)
                                       : "until " + FormatDate(*range.to - 1);
  return match;
}

}  // namespace

std::optional<Grain> GrainOf(const std::string& word) {
  if (IsOneOf(word, {"day", "days", "daily"})) return Grain::kDay;
  if (IsOneOf(word, {"week", "weeks", "weekly"})) return Grain::kWeek;
  if (IsOneOf(word, {"month", "months", "monthly"})) return Grain::kMonth;
  if (IsOneOf(word, {"quarter", "quarters", "quarterly"})) return Grain::kQuarter;
  if (IsOneOf(word, {"year", "years", "yearly", "annually", "annual"})) return Grain::kYear;
  return std::nullopt;
}

std::optional<TimeMatch> TimeAt(const std::vector<Word>& words, size_t at, int32_t today) {
  if (at >= words.size()) return std::nullopt;
  if (std::optional<TimeMatch> all = AllTimeAt(words, at); all.has_value()) return all;
  const PeriodReader reader(words, today);
  const std::string& word = words[at].text;
  if (word == "between") {
    std::optional<TimeMatch> span = SpanAt(reader, words, at + 1, {"and"});
    if (span.has_value()) ++span->length;
    return span;
  }
  const bool preposition =
      IsOneOf(word, {"in", "during", "for", "of", "on", "within", "over", "throughout", "from"});
  const size_t after = preposition ? at + 1 : at;
  // A preposition and "the": during the last quarter.
  const size_t begin = after < words.size() && words[after].text == "the" ? after + 1 : after;
  if (std::optional<TimeMatch> span =
          SpanAt(reader, words, begin, {"to", "through", "until", "till", "thru"});
      span.has_value()) {
    span->length += begin - at;
    return span;
  }
  if (std::optional<TimeMatch> open = OpenRangeAt(reader, words, at); open.has_value()) return open;
  const std::optional<Period> period = reader.At(begin);
  if (!period.has_value()) return std::nullopt;
  // "may" and "march" are also verbs: alone, without a preposition or a year, they are no time.
  const bool bare = begin == at && period->length == 1 && (word == "may" || word == "march");
  if (bare) return std::nullopt;
  return TimeMatch{begin + period->length - at, {period->from, period->to, period->label}};
}

}  // namespace boathouse::assistant
