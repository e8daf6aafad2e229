#include "assistant/words.h"

#include <doctest/doctest.h>

#include <string>

#include "assistant/time_words.h"
#include "base/clock.h"

namespace boathouse::assistant {
namespace {

std::string Split(const std::string& text) {
  std::string joined;
  for (const Word& word : SplitWords(text)) joined += (joined.empty() ? "" : "|") + word.text;
  return joined;
}

TEST_CASE("words are cut the same way in questions and names") {
  CHECK(Split("What's Cleveland's margin?") == "what|cleveland|margin");
  CHECK(Split("O'Neil & Sons, Inc.") == "oneil|and|sons|inc");
  CHECK(Split("O\xE2\x80\x99Neil\xE2\x80\x99s") == "oneil");
  CHECK(Split("all-time, year-to-date") == "all|time|year|to|date");
  CHECK(Split("10,000 1.5m 10k 3rd") == "10000|1.5m|10k|3rd");
  CHECK(Split("2025-03-01 2025-99-01") == "2025-03-01|2025|99|01");
  CHECK(Split("margin % >= 5 <3 =") == "margin|%|>=|5|<|3|=");
  CHECK(Split("below -500, A-100") == "below|minus|500|a|100");
  CHECK(Split("M\xC3\xBCnchen") == "m\xC3\xBCnchen");
  CHECK(Split("") == "");
  CHECK(Split("?!,;") == "");
  CHECK(SplitWords("OH in IN")[0].all_upper);
  CHECK_FALSE(SplitWords("OH in IN")[1].all_upper);
  CHECK(SplitWords("Acme")[0].original == "Acme");
}

TEST_CASE("plurals and singulars of regular nouns") {
  CHECK(Singular("territories") == "territory");
  CHECK(Singular("boxes") == "box");
  CHECK(Singular("accounts") == "account");
  CHECK(Singular("gross") == "gross");
  CHECK(Singular("status") == "status");
  CHECK(Singular("s") == "s");
  CHECK(Plural("territory") == "territories");
  CHECK(Plural("day") == "days");
  CHECK(Plural("box") == "boxes");
}

TEST_CASE("edit distance stops counting where it no longer matters") {
  CHECK(EditDistance("clevland", "cleveland", 2) == 1);
  CHECK(EditDistance("same", "same", 2) == 0);
  CHECK(EditDistance("abc", "xyz", 2) == 3);
  CHECK(EditDistance("a", "abcdefgh", 2) == 3);
}

// "[words] label from..to" of the time at the beginning of `text`; today is Tuesday 2026-11-24.
std::string Time(const std::string& text) {
  const auto match = TimeAt(SplitWords(text), 0, ParseDate("2026-11-24").value());
  if (!match.has_value()) return "none";
  const auto day = [](const std::optional<int32_t>& days) {
    return days.has_value() ? FormatDate(*days) : std::string();
  };
  return std::to_string(match->length) + " " + day(match->range.from) + ".." + day(match->range.to);
}

TEST_CASE("times, by the day they begin and the day after they end") {
  CHECK(Time("lifetime") == "1 ..");
  CHECK(Time("of all time") == "3 ..");
  CHECK(Time("2025 and more") == "1 2025-01-01..2026-01-01");
  CHECK(Time("in the year") == "none");
  CHECK(Time("this year") == "2 2026-01-01..2027-01-01");
  CHECK(Time("last month") == "2 2026-10-01..2026-11-01");
  CHECK(Time("last week") == "2 2026-11-16..2026-11-23");
  CHECK(Time("during the last quarter") == "4 2026-07-01..2026-10-01");
  CHECK(Time("last 3 months") == "3 2026-08-25..2026-11-25");
  CHECK(Time("past two years") == "3 2024-11-25..2026-11-25");
  CHECK(Time("past 0 days") == "none");
  CHECK(Time("last order") == "none");
  CHECK(Time("q1") == "1 2026-01-01..2026-04-01");
  CHECK(Time("2024 q2") == "2 2024-04-01..2024-07-01");
  CHECK(Time("fourth quarter of last year") == "5 2025-10-01..2026-01-01");
  CHECK(Time("in february 2024") == "3 2024-02-01..2024-03-01");
  CHECK(Time("in december") == "2 2025-12-01..2026-01-01");
  CHECK(Time("march 15 2025") == "3 2025-03-15..2025-03-16");
  CHECK(Time("may") == "none");
  CHECK(Time("since may") == "2 2026-05-01..");
  CHECK(Time("after 2024") == "2 2025-01-01..");
  CHECK(Time("before last quarter") == "3 ..2026-07-01");
  CHECK(Time("through june 2025") == "3 ..2025-07-01");
  CHECK(Time("between january and march 2025") == "5 2025-01-01..2025-04-01");
  CHECK(Time("from 2024 to 2025") == "4 2024-01-01..2026-01-01");
  CHECK(Time("between march 2025 and january 2025") == "none");
  CHECK(Time("year to date") == "3 2026-01-01..2026-11-25");
  CHECK(Time("mtd") == "1 2026-11-01..2026-11-25");
  CHECK(Time("9999") == "none");
  CHECK(Time("from Cleveland") == "none");
}

TEST_CASE("the last day of a month stays in its month") {
  const auto match = TimeAt(SplitWords("last 3 months"), 0, ParseDate("2026-05-31").value());
  REQUIRE(match.has_value());
  CHECK(FormatDate(*match->range.from) == "2026-03-01");  // the day after 2026-02-28
}

}  // namespace
}  // namespace boathouse::assistant
