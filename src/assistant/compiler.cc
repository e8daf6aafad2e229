#include "assistant/compiler.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/clock.h"

namespace boathouse::assistant {
namespace {

using sources::ModelDataset;
using sources::ModelField;
using sources::ModelMetric;
using sources::ModelRelationship;
using sources::SemanticModel;

std::string Quoted(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) {
    if (c == quote) quoted.push_back(quote);
    quoted.push_back(c);
  }
  quoted.push_back(quote);
  return quoted;
}
std::string Literal(std::string_view text) { return Quoted(text, '\''); }
std::string Alias(std::string_view name) { return Quoted(name, '"'); }

bool IsPlainName(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

// Plain names stay unquoted: a warehouse that folds their case then still finds them.
std::string Name(std::string_view name) {
  return IsPlainName(name) ? std::string(name) : Alias(name);
}

// schema.table with each part quoted where it must be.
std::string TableName(std::string_view source) {
  std::string text;
  while (true) {
    const size_t dot = source.find('.');
    text += Name(source.substr(0, dot));
    if (dot == std::string_view::npos) return text;
    text.push_back('.');
    source.remove_prefix(dot + 1);
  }
}

std::string ColumnOf(const std::string& dataset, const std::string& column) {
  return Name(dataset) + "." + Name(column);
}

// A field's expression, qualified when it is a bare column.
std::string FieldSql(const ModelField& field) {
  if (IsPlainName(field.expression)) return ColumnOf(field.dataset, field.expression);
  return "(" + field.expression + ")";
}

std::string ColumnType(const ModelMetric& metric) {
  if (metric.format == "money" || metric.format == "percent" || metric.format == "date") {
    return metric.format;
  }
  return metric.format == "count" ? "integer" : "decimal";
}

std::string GrainSql(Grain grain, const std::string& day) {
  switch (grain) {
    case Grain::kDay:
      return "CAST(" + day + " AS DATE)";
    case Grain::kWeek:
      return "CAST(DATE_TRUNC('week', " + day + ") AS DATE)";
    case Grain::kMonth:
      return "SUBSTRING(CAST(CAST(" + day + " AS DATE) AS VARCHAR), 1, 7)";
    case Grain::kQuarter:
      return "CONCAT(EXTRACT(YEAR FROM " + day + "), '-Q', EXTRACT(QUARTER FROM " + day + "))";
    case Grain::kYear:
      return "EXTRACT(YEAR FROM " + day + ")";
  }
  return day;
}

std::string GrainType(Grain grain) {
  if (grain == Grain::kYear) return "integer";
  return grain == Grain::kDay || grain == Grain::kWeek ? "date" : "text";
}

std::string GrainLabel(Grain grain) {
  std::string label(GrainName(grain));
  label[0] = static_cast<char>(label[0] - 'a' + 'A');
  return label;
}

class Compiler {
 public:
  Compiler(const SemanticQuery& query, const SemanticModel& model) : query_(query), model_(model) {}

  Result<CompiledQuery> Run() {
    TRY(ChooseBase());
    TRY(SelectGroups());
    TRY(SelectMetrics());
    TRY(Where());
    TRY(Having());
    std::string sql = "SELECT " + select_ + " FROM " + from_;
    if (!where_.empty()) sql += " WHERE " + where_;
    if (!group_.empty()) sql += " GROUP BY " + group_;
    if (!having_.empty()) sql += " HAVING " + having_;
    sql += Order();
    if (query_.limit.has_value()) sql += " LIMIT " + std::to_string(*query_.limit);
    return CompiledQuery{std::move(sql), std::move(columns_)};
  }

 private:
  // All metrics are computed over the rows of one dataset.
  Status ChooseBase() {
    for (const std::string& name : query_.metrics) {
      const ModelMetric* metric = model_.FindMetric(name);
      if (metric == nullptr) return Error(ErrorKind::kInternal, "no metric " + name);
      if (base_.empty()) base_ = metric->dataset;
      if (metric->dataset != base_) {
        return Error(ErrorKind::kUnsupported,
                     "these figures come from different tables: ask for "
                     "one at a time");
      }
    }
    const ModelDataset* dataset = model_.FindDataset(base_);
    if (dataset == nullptr) return Error(ErrorKind::kInternal, "no dataset " + base_);
    from_ = TableName(dataset->source) + " AS " + Name(base_);
    joined_.push_back(base_);
    return {};
  }

  // Joins `dataset` by relationships that lead from many to one, nearest first.
  Status Join(const std::string& dataset) {
    if (IsJoined(dataset)) return {};
    const std::optional<std::vector<const ModelRelationship*>> path = PathTo(dataset);
    if (!path.has_value()) {
      return Error(ErrorKind::kUnsupported, "the semantic model has no relationship from " + base_ +
                                                " to " + dataset + " that counts every row once");
    }
    for (const ModelRelationship* step : *path) AppendJoin(*step);
    return {};
  }

  bool IsJoined(const std::string& dataset) const {
    return std::find(joined_.begin(), joined_.end(), dataset) != joined_.end();
  }

  std::optional<std::vector<const ModelRelationship*>> PathTo(const std::string& dataset) const {
    std::vector<std::pair<std::string, std::vector<const ModelRelationship*>>> frontier = {
        {base_, {}}};
    for (size_t i = 0; i < frontier.size(); ++i) {
      for (const ModelRelationship& relationship : model_.relationships) {
        if (relationship.from != frontier[i].first) continue;
        const bool seen = std::any_of(frontier.begin(), frontier.end(), [&](const auto& one) {
          return one.first == relationship.to;
        });
        if (seen) continue;
        std::vector<const ModelRelationship*> path = frontier[i].second;
        path.push_back(&relationship);
        if (relationship.to == dataset) return path;
        frontier.emplace_back(relationship.to, std::move(path));
      }
    }
    return std::nullopt;
  }

  // LEFT, so that a fact whose dimension row is missing still counts in the total.
  void AppendJoin(const ModelRelationship& step) {
    if (IsJoined(step.to)) return;
    from_ += " LEFT JOIN " + TableName(model_.FindDataset(step.to)->source) + " AS " +
             Name(step.to) + " ON ";
    for (size_t i = 0; i < step.from_columns.size(); ++i) {
      if (i > 0) from_ += " AND ";
      from_ +=
          ColumnOf(step.from, step.from_columns[i]) + " = " + ColumnOf(step.to, step.to_columns[i]);
    }
    joined_.push_back(step.to);
  }

  void Select(const std::string& sql, AnswerColumn column, bool grouped) {
    if (!select_.empty()) select_ += ", ";
    select_ += sql + " AS " + Alias(column.name);
    columns_.push_back(std::move(column));
    if (!grouped) return;
    if (!group_.empty()) group_ += ", ";
    group_ += std::to_string(columns_.size());
    group_names_.push_back(columns_.back().name);
  }

  Status SelectGroups() {
    for (const GroupBy& group : query_.groups) {
      if (group.grain.has_value()) {
        ASSIGN(const std::string day, Day());
        Select(GrainSql(*group.grain, day),
               {std::string(GrainName(*group.grain)), GrainLabel(*group.grain),
                GrainType(*group.grain)},
               true);
        time_column_ = columns_.back().name;
        continue;
      }
      const ModelField* field = model_.FindDimension(group.dimension);
      if (field == nullptr) return Error(ErrorKind::kInternal, "no dimension " + group.dimension);
      TRY(Join(field->dataset));
      Select(FieldSql(*field), {field->dimension, field->label, "text"}, true);
      if (field->key.empty()) continue;
      std::string label = field->key;
      std::replace(label.begin(), label.end(), '_', ' ');
      if (label[0] >= 'a' && label[0] <= 'z') label[0] = static_cast<char>(label[0] - 'a' + 'A');
      Select(ColumnOf(field->dataset, field->key), {field->key, std::move(label), "text"}, true);
    }
    return {};
  }

  Result<std::string> Day() const {
    const ModelField* time = model_.TimeOf(base_);
    if (time == nullptr) {
      return Error(ErrorKind::kInvalid, "these figures have no time: ask without one");
    }
    return FieldSql(*time);
  }

  Status SelectMetrics() {
    for (const std::string& name : query_.metrics) {
      const ModelMetric* metric = model_.FindMetric(name);
      Select(metric->expression, {metric->name, metric->label, ColumnType(*metric)}, false);
    }
    return {};
  }

  static void And(std::string* conditions, const std::string& condition) {
    if (!conditions->empty()) *conditions += " AND ";
    *conditions += condition;
  }

  Status Where() {
    for (const Filter& filter : query_.filters) {
      const ModelField* field = model_.FindDimension(filter.dimension);
      if (field == nullptr) return Error(ErrorKind::kInternal, "no dimension " + filter.dimension);
      TRY(Join(field->dataset));
      std::string list;
      for (const std::string& value : filter.values) {
        if (!list.empty()) list += ", ";
        list += Literal(value);
      }
      const std::string column = FieldSql(*field);
      if (filter.negated) {
        And(&where_, "(" + column + " IS NULL OR " + column + " NOT IN (" + list + "))");
      } else if (filter.values.size() == 1) {
        And(&where_, column + " = " + list);
      } else {
        And(&where_, column + " IN (" + list + ")");
      }
    }
    if (!query_.time.from.has_value() && !query_.time.to.has_value()) return {};
    ASSIGN(const std::string day, Day());
    if (query_.time.from.has_value()) {
      And(&where_, day + " >= DATE " + Literal(FormatDate(*query_.time.from)));
    }
    if (query_.time.to.has_value()) {
      And(&where_, day + " < DATE " + Literal(FormatDate(*query_.time.to)));
    }
    return {};
  }

  Status Having() {
    for (const Condition& condition : query_.conditions) {
      const ModelMetric* metric = model_.FindMetric(condition.metric);
      if (metric == nullptr) return Error(ErrorKind::kInternal, "no metric " + condition.metric);
      And(&having_, metric->expression + " " + std::string(ComparisonSign(condition.comparison)) +
                        " " + condition.number);
    }
    return {};
  }

  // Always total: equal figures are ordered by what they belong to.
  std::string Order() const {
    if (group_names_.empty()) return {};
    const std::string& first = query_.order_metric.empty() ? time_column_ : query_.order_metric;
    std::string order;
    if (!first.empty()) {
      order = Alias(first) + (query_.ascending ? " ASC NULLS LAST" : " DESC NULLS LAST");
    }
    for (const std::string& name : group_names_) {
      if (name == first) continue;
      if (!order.empty()) order += ", ";
      order += Alias(name);
    }
    return " ORDER BY " + order;
  }

  const SemanticQuery& query_;
  const SemanticModel& model_;
  std::string base_;
  std::vector<std::string> joined_;
  std::string select_;
  std::string from_;
  std::string where_;
  std::string group_;
  std::string having_;
  std::string time_column_;
  std::vector<std::string> group_names_;
  std::vector<AnswerColumn> columns_;
};

}  // namespace

Result<CompiledQuery> CompileQuery(const SemanticQuery& query, const SemanticModel& model) {
  return Compiler(query, model).Run();
}

std::string ValuesSql(const ModelField& field, const SemanticModel& model,
                      const std::optional<std::string>& after) {
  const std::string column = FieldSql(field);
  const std::string condition = after.has_value() ? " > " + Literal(*after) : " IS NOT NULL";
  return "SELECT DISTINCT " + column + " AS " + Alias("value") + " FROM " +
         TableName(model.FindDataset(field.dataset)->source) + " AS " + Name(field.dataset) +
         " WHERE " + column + condition + " ORDER BY " + Alias("value");
}

}  // namespace boathouse::assistant
