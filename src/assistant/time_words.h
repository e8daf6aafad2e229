#pragma once
// Private to assistant/: reads times in questions: "in 2025", "last quarter", "since March",
// "between 2025-01-01 and 2025-03-31", "year to date". Pure; today is handed in.

#include <cstddef>
#include <optional>
#include <vector>

#include "assistant/query.h"
#include "assistant/words.h"

namespace boathouse::assistant {

struct TimeMatch {
  size_t length;  // words
  TimeRange range;
};

// The longest time that begins at words[at], its preposition included; nullopt when none does.
// "Last month" is the calendar month before, "last 3 months" the days since three months ago; a
// month without a year is its latest that has begun. `today` counts days since 1970-01-01.
std::optional<TimeMatch> TimeAt(const std::vector<Word>& words, size_t at, int32_t today);

// "month", "months", "monthly" and so on; nullopt for other words.
std::optional<Grain> GrainOf(const std::string& word);

}  // namespace boathouse::assistant
