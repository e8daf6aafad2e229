#include "assistant/sentence.h"

#include <utility>

#include "assistant/words.h"
#include "base/bytes.h"
#include "base/clock.h"

namespace boathouse::assistant {
namespace {

// "a", "a and b", "a, b and c"
std::string Listed(const std::vector<std::string>& items, const char* last = " and ") {
  std::string text;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += i + 1 == items.size() ? last : ", ";
    text += items[i];
  }
  return text;
}

std::string DimensionLabel(const std::string& dimension, const sources::SemanticModel& model) {
  const sources::ModelField* field = model.FindDimension(dimension);
  return field == nullptr ? dimension : AsciiLower(field->label);
}

std::string MetricLabel(const std::string& name, const sources::SemanticModel& model, bool first) {
  const sources::ModelMetric* metric = model.FindMetric(name);
  if (metric == nullptr) return name;
  return first ? metric->label : AsciiLower(metric->label);
}

std::string GroupLabel(const GroupBy& group, const sources::SemanticModel& model) {
  return group.grain.has_value() ? std::string(GrainName(*group.grain))
                                 : DimensionLabel(group.dimension, model);
}

std::string FiltersText(const SemanticQuery& query, const sources::SemanticModel& model) {
  std::string text;
  for (const Filter& filter : query.filters) {
    text += (filter.negated ? " without " : text.empty() ? " for " : ", ");
    text += DimensionLabel(filter.dimension, model) + " " + Listed(filter.values, " or ");
    if (!filter.also.empty()) {
      const std::string other = DimensionLabel(filter.also, model);
      const bool vowel = std::string_view("aeiou").find(other.front()) != std::string_view::npos;
      text += (vowel ? " (also an " : " (also a ") + other + ")";
    }
  }
  return text;
}

std::string ConditionsText(const SemanticQuery& query, const sources::SemanticModel& model) {
  std::string text;
  for (const Condition& condition : query.conditions) {
    text += (text.empty() ? " with " : " and ") + MetricLabel(condition.metric, model, false) +
            " " + std::string(ComparisonSign(condition.comparison)) + " " + condition.number;
  }
  return text;
}

// 1234567.5 with commas between thousands; text that is no number comes back unchanged.
std::string WithCommas(std::string_view number) {
  const size_t begin = number.starts_with('-') ? 1 : 0;
  const size_t point = std::min(number.find('.'), number.size());
  std::string text(number.substr(0, begin));
  for (size_t i = begin; i < point; ++i) {
    if (number[i] < '0' || number[i] > '9') return std::string(number);
    if (i > begin && (point - i) % 3 == 0) text.push_back(',');
    text.push_back(number[i]);
  }
  return text + std::string(number.substr(point));
}

std::string CellText(const Json& cell, const std::string& type) {
  if (cell.is_null()) return "nothing";
  const std::string_view raw = cell.is_number() ? cell.NumberAsText() : cell.AsString();
  if (type == "date" || type == "text") return std::string(raw);
  return WithCommas(raw) + (type == "percent" ? " %" : "");
}

}  // namespace

std::string Headline(const SemanticQuery& query, const sources::SemanticModel& model) {
  std::vector<std::string> metrics;
  for (const std::string& name : query.metrics) {
    metrics.push_back(MetricLabel(name, model, metrics.empty()));
  }
  std::vector<std::string> groups;
  for (const GroupBy& group : query.groups) groups.push_back(GroupLabel(group, model));
  std::string text = Listed(metrics);
  if (!groups.empty()) text += " by " + Listed(groups);
  text += FiltersText(query, model) + ConditionsText(query, model);
  if (query.limit.has_value() && !query.order_metric.empty()) {
    text += (query.ascending ? ", lowest " : ", highest ") +
            MetricLabel(query.order_metric, model, false) + " first";
  }
  return text + ", " + query.time.label;
}

std::string Conclusion(const Plan& plan, const std::vector<AnswerColumn>& columns,
                       const JsonArray& first_row, size_t row_count, bool truncated) {
  if (plan.query.groups.empty()) {
    std::vector<std::string> cells;
    for (size_t i = 0; i < columns.size() && i < first_row.size(); ++i) {
      const std::string label = columns.size() > 1 ? AsciiLower(columns[i].label) + " " : "";
      cells.push_back(label + CellText(first_row[i], columns[i].type));
    }
    return plan.headline + ": " + (cells.empty() ? "nothing" : Listed(cells)) + ".";
  }
  std::string things = "row";
  if (plan.query.groups.size() == 1 && !columns.empty()) things = AsciiLower(columns.front().label);
  if (row_count != 1) things = Plural(things);
  const std::string count = row_count == 0 ? "no" : WithCommas(std::to_string(row_count));
  return plan.headline + ": " + (truncated ? "the first " : "") + count + " " + things + ".";
}

Json FiltersJson(const SemanticQuery& query, const sources::SemanticModel& model) {
  Json list = Json::Array();
  for (const Filter& filter : query.filters) {
    const sources::ModelField* field = model.FindDimension(filter.dimension);
    Json values = Json::Array();
    for (const std::string& value : filter.values) values.Append(value);
    list.Append(Json::Object({{"dimension", filter.dimension},
                              {"label", field == nullptr ? filter.dimension : field->label},
                              {"operator", filter.negated ? "!=" : "="},
                              {"values", std::move(values)}}));
  }
  if (query.time.from.has_value() || query.time.to.has_value()) {
    list.Append(Json::Object({{"dimension", "time"},
                              {"label", "Time"},
                              {"operator", "in"},
                              {"values", Json::Array({query.time.label})}}));
  }
  return list;
}

}  // namespace boathouse::assistant
