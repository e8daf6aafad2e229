#pragma once
// A question after it was understood: what a semantic layer can compute, without any SQL. A value.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace boathouse::assistant {

enum class Grain { kDay, kWeek, kMonth, kQuarter, kYear };

// One thing to group by: a dimension of the model, or time at a grain.
struct GroupBy {
  std::string dimension;       // "" for time
  std::optional<Grain> grain;  // set for time
  bool operator==(const GroupBy&) const = default;
};

// dimension = one of the values; or none of them.
struct Filter {
  std::string dimension;
  std::vector<std::string> values;
  bool negated = false;
  // Another dimension that knows the value as well and was not meant ("Cleveland", the city).
  std::string also;
  bool operator==(const Filter&) const = default;
};

// Days since 1970-01-01; `to` is the first day after the range. Neither: all time.
struct TimeRange {
  std::optional<int32_t> from;
  std::optional<int32_t> to;
  std::string label;  // "all time", "2025", "since 2026-03-01"
  bool operator==(const TimeRange&) const = default;
};

enum class Comparison { kMore, kAtLeast, kLess, kAtMost, kEqual };

// A condition on a metric's value in each group. `number` is a plain decimal numeral.
struct Condition {
  std::string metric;
  Comparison comparison;
  std::string number;
  bool operator==(const Condition&) const = default;
};

struct SemanticQuery {
  std::vector<std::string> metrics;
  std::vector<GroupBy> groups;
  std::vector<Filter> filters;
  TimeRange time;
  std::vector<Condition> conditions;
  // The metric to order by, "": the first one, or time when grouped by it.
  std::string order_metric;
  bool ascending = false;
  std::optional<int64_t> limit;
  bool operator==(const SemanticQuery&) const = default;
};

// The query on one line, for golden files and logs of plans:
// "gross_margin by account where territory = Cleveland during all time order gross_margin desc".
std::string QueryText(const SemanticQuery& query);

std::string_view GrainName(Grain grain);           // "month"
std::string_view ComparisonSign(Comparison sign);  // ">="

}  // namespace boathouse::assistant
