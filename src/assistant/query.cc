#include "assistant/query.h"

namespace boathouse::assistant {
namespace {

std::string GroupText(const GroupBy& group) {
  return group.grain.has_value() ? std::string(GrainName(*group.grain)) : group.dimension;
}

template <typename List, typename Text>
std::string Joined(const List& list, const char* separator, Text text) {
  std::string joined;
  for (const auto& one : list) joined += (joined.empty() ? "" : separator) + text(one);
  return joined;
}

std::string FilterText(const Filter& filter) {
  const std::string values =
      Joined(filter.values, " | ", [](const std::string& value) { return value; });
  return filter.dimension + (filter.negated ? " != " : " = ") + values;
}

}  // namespace

std::string_view GrainName(Grain grain) {
  switch (grain) {
    case Grain::kDay:
      return "day";
    case Grain::kWeek:
      return "week";
    case Grain::kMonth:
      return "month";
    case Grain::kQuarter:
      return "quarter";
    case Grain::kYear:
      return "year";
  }
  return {};
}

std::string_view ComparisonSign(Comparison sign) {
  switch (sign) {
    case Comparison::kMore:
      return ">";
    case Comparison::kAtLeast:
      return ">=";
    case Comparison::kLess:
      return "<";
    case Comparison::kAtMost:
      return "<=";
    case Comparison::kEqual:
      return "=";
  }
  return {};
}

std::string QueryText(const SemanticQuery& query) {
  std::string text = Joined(query.metrics, ", ", [](const std::string& name) { return name; });
  if (!query.groups.empty()) text += " by " + Joined(query.groups, ", ", GroupText);
  if (!query.filters.empty()) text += " where " + Joined(query.filters, " and ", FilterText);
  text += " during " + query.time.label;
  if (!query.conditions.empty()) {
    text += " having " + Joined(query.conditions, " and ", [](const Condition& condition) {
              return condition.metric + " " + std::string(ComparisonSign(condition.comparison)) +
                     " " + condition.number;
            });
  }
  if (!query.groups.empty()) {
    text += " order " + (query.order_metric.empty() ? "time" : query.order_metric) +
            (query.ascending ? " asc" : " desc");
  }
  if (query.limit.has_value()) text += " limit " + std::to_string(*query.limit);
  return text;
}

}  // namespace boathouse::assistant
