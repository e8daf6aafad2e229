#include "crm/relative_date.h"

#include <doctest/doctest.h>

namespace boathouse::crm {
namespace {

std::string Show(std::string_view word, std::optional<int64_t> number = std::nullopt,
                 const char* now = "2026-11-24T23:59:59Z") {
  const auto days = RelativeDays(word, number, *ParseDateTime(now));
  return days ? FormatDate(days->from) + " " + FormatDate(days->before) : "none";
}

TEST_CASE("words for days and periods") {
  CHECK(Show("today") == "2026-11-24 2026-11-25");
  CHECK(Show("yesterday") == "2026-11-23 2026-11-24");
  CHECK(Show("tomorrow") == "2026-11-25 2026-11-26");
  CHECK(Show("this_week") == "2026-11-23 2026-11-30");  // from Monday
  CHECK(Show("last_week") == "2026-11-16 2026-11-23");
  CHECK(Show("next_week") == "2026-11-30 2026-12-07");
  CHECK(Show("this_month") == "2026-11-01 2026-12-01");
  CHECK(Show("next_month") == "2026-12-01 2027-01-01");
  CHECK(Show("this_quarter") == "2026-10-01 2027-01-01");
  CHECK(Show("last_quarter") == "2026-07-01 2026-10-01");
  CHECK(Show("next_quarter") == "2027-01-01 2027-04-01");
  CHECK(Show("this_year") == "2026-01-01 2027-01-01");
  CHECK(Show("last_year") == "2025-01-01 2026-01-01");
}

TEST_CASE("counted days include today") {
  CHECK(Show("last_days", 7) == "2026-11-18 2026-11-25");
  CHECK(Show("last_days", 1) == Show("today"));
  CHECK(Show("next_days", 30) == "2026-11-24 2026-12-24");
  CHECK(Show("days_ago", 1) == Show("yesterday"));
  CHECK(Show("days_ahead", 1) == Show("tomorrow"));
  CHECK(Show("days_ago", 0) == Show("today"));
}

TEST_CASE("what is no such word is told apart") {
  CHECK(Show("someday") == "none");
  CHECK(Show("this_decade") == "none");
  CHECK(Show("today", 1) == "none");
  CHECK(Show("last_days") == "none");
  CHECK(Show("last_days", -1) == "none");
  CHECK(Show("last_days", relative_days_max + 1) == "none");
}

TEST_CASE("days before 1970, leap days and the ends of time") {
  CHECK(Show("this_week", std::nullopt, "1969-12-31T00:00:00Z") == "1969-12-29 1970-01-05");
  CHECK(Show("yesterday", std::nullopt, "2024-03-01T00:00:00Z") == "2024-02-29 2024-03-01");
  CHECK(Show("last_month", std::nullopt, "2024-03-31T12:00:00Z") == "2024-02-01 2024-03-01");
  CHECK(Show("today", std::nullopt, "1969-12-31T23:59:59.999999Z") == "1969-12-31 1970-01-01");
  CHECK(RelativeDays("next_year", std::nullopt, *ParseDateTime("9999-06-01T00:00:00Z")));
}

}  // namespace
}  // namespace boathouse::crm
