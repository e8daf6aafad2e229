#pragma once
// Private to assistant/: cuts a question into items that mean something: metrics, dimensions, values,
// times, numbers and the words that relate them.

#include <string>
#include <vector>

#include "assistant/query.h"
#include "assistant/vocabulary.h"

namespace boathouse::assistant {

struct Item {
  enum class Kind {
    kMetric,
    kDimension,
    kValue,
    kTime,
    kGrain,
    kNumber,
    kCompare,   // more than
    kBetween,   // between, of numbers
    kBy,        // by, per, for each
    kSort,      // sorted by
    kTop,       // top, highest, most
    kBottom,    // bottom, lowest, fewest
    kNot,       // excluding
    kAnd,       // and, or
    kVersus,    // Cleveland vs Akron
    kContrast,  // compare
    kLimit,     // limit 5
    kAscending,
    kDescending,
    kNegative,  // negative margin
    kPositive,
    kOverTime,  // over time, trend
    kFollowUp,  // what about, and ... at the beginning
    kUnknown,
  };
  // What stood between this item and the one before: nothing, a word that ties them (territory *of*
  // Cleveland), or other words without a meaning of their own.
  enum class Gap { kNone, kLink, kOther };

  Kind kind;
  Gap gap = Gap::kNone;
  bool after_which = false;  // "which account": the word before asked for this one
  bool plural = false;
  std::string text;  // as written
  std::string name;  // of a metric or dimension; the numeral of a number
  std::vector<Meaning> values;
  TimeRange time;
  Grain grain = Grain::kMonth;
  Comparison comparison = Comparison::kMore;
};

std::vector<Item> LexQuestion(const std::vector<Word>& words, const Vocabulary& vocabulary,
                              int32_t today);

}  // namespace boathouse::assistant
