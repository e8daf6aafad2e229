#include "sources/semantic_model.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "sources/sql_tokens.h"

namespace boathouse::sources {
namespace {

Error Wrong(const std::string& what) {
  return Error(ErrorKind::kInvalid, "the semantic model is wrong: " + what);
}

std::string Text(const Json& object, const char* name) {
  return std::string(object[name].AsString());
}

std::vector<std::string> Strings(const Json& list) {
  std::vector<std::string> strings;
  for (const Json& item : list.items()) {
    if (item.is_string()) strings.emplace_back(item.AsString());
  }
  return strings;
}

// The ANSI expression, or the only one there is.
std::string ExpressionOf(const Json& object) {
  const Json& expression = object["expression"];
  if (expression.is_string()) return std::string(expression.AsString());
  std::string first;
  for (const Json& dialect : expression["dialects"].items()) {
    if (Text(dialect, "dialect") == "ANSI_SQL") return Text(dialect, "expression");
    if (first.empty()) first = Text(dialect, "expression");
  }
  return first;
}

// What we added to the document; an empty object when there is nothing of ours.
Json OurExtension(const Json& object) {
  for (const Json& extension : object["custom_extensions"].items()) {
    if (Text(extension, "vendor_name") != "BOATHOUSE") continue;
    const Json& data = extension["data"];
    if (data.is_object()) return data;
    Result<Json> parsed = Json::Parse(data.AsString());
    if (parsed.ok()) return std::move(parsed).value();
  }
  return Json::Object();
}

std::string LabelOf(const Json& object) {
  std::string label = Text(object, "label");
  if (!label.empty()) return label;
  label = Text(object, "name");
  std::replace(label.begin(), label.end(), '_', ' ');
  if (!label.empty() && label[0] >= 'a' && label[0] <= 'z')
    label[0] = static_cast<char>(label[0] - 32);
  return label;
}

ModelField ParseField(const std::string& dataset, const Json& object) {
  ModelField field;
  field.dataset = dataset;
  field.name = Text(object, "name");
  field.expression = ExpressionOf(object);
  if (field.expression.empty()) field.expression = field.name;
  field.label = LabelOf(object);
  field.description = Text(object, "description");
  field.synonyms = Strings(object["ai_context"]["synonyms"]);
  field.is_time = object["dimension"]["is_time"].AsBool();
  field.is_dimension = object["dimension"].is_object() && !field.is_time;
  const Json extension = OurExtension(object);
  field.dimension = extension["dimension"].AsString(field.name);
  field.key = Text(extension, "key");
  field.has_values = field.is_dimension && extension["values"].AsBool(true);
  return field;
}

Result<ModelDataset> ParseDataset(const Json& object) {
  ModelDataset dataset;
  dataset.name = Text(object, "name");
  dataset.source = Text(object, "source");
  if (dataset.name.empty() || dataset.source.empty()) {
    return Wrong("a dataset needs a name and a source");
  }
  for (const Json& field : object["fields"].items()) {
    dataset.fields.push_back(ParseField(dataset.name, field));
    if (dataset.fields.back().name.empty()) {
      return Wrong("a field of " + dataset.name + " has no name");
    }
  }
  return dataset;
}

// The datasets whose columns an expression reads: words that stand before a dot.
Result<std::set<std::string>> DatasetsIn(const std::string& expression,
                                         const SemanticModel& model) {
  ASSIGN(const std::vector<SqlToken> tokens, TokenizeSql(expression));
  std::set<std::string> names;
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (tokens[i].kind != SqlToken::Kind::kWord || !tokens[i + 1].IsSymbol('.')) continue;
    const std::string name = expression.substr(tokens[i].begin, tokens[i].end - tokens[i].begin);
    if (model.FindDataset(name) == nullptr) return Wrong("no dataset " + name);
    names.insert(name);
  }
  return names;
}

Result<ModelMetric> ParseMetric(const Json& object, const SemanticModel& model) {
  ModelMetric metric;
  metric.name = Text(object, "name");
  metric.label = LabelOf(object);
  metric.expression = ExpressionOf(object);
  metric.description = Text(object, "description");
  metric.synonyms = Strings(object["ai_context"]["synonyms"]);
  metric.format = OurExtension(object)["format"].AsString("number");
  if (metric.name.empty() || metric.expression.empty()) {
    return Wrong("a metric needs a name and an expression");
  }
  ASSIGN(const std::set<std::string> datasets, DatasetsIn(metric.expression, model));
  if (datasets.size() > 1) return Wrong("the metric " + metric.name + " reads two datasets");
  // COUNT(*) names none; then it can only mean the one dataset that relationships start from.
  metric.dataset = !datasets.empty()             ? *datasets.begin()
                   : model.relationships.empty() ? model.datasets.front().name
                                                 : model.relationships.front().from;
  return metric;
}

Result<ModelRelationship> ParseRelationship(const Json& object, const SemanticModel& model) {
  ModelRelationship relationship{Text(object, "from"), Text(object, "to"),
                                 Strings(object["from_columns"]), Strings(object["to_columns"])};
  for (const std::string& name : {relationship.from, relationship.to}) {
    if (model.FindDataset(name) == nullptr) return Wrong("no dataset " + name);
  }
  if (relationship.from_columns.empty() ||
      relationship.from_columns.size() != relationship.to_columns.size()) {
    return Wrong("a relationship needs as many columns on each side");
  }
  return relationship;
}

template <typename List>
auto FindNamed(const List& list, std::string_view name) -> decltype(list.data()) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const auto& one) { return one.name == name; });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

const ModelDataset* SemanticModel::FindDataset(std::string_view dataset) const {
  return FindNamed(datasets, dataset);
}

const ModelMetric* SemanticModel::FindMetric(std::string_view metric) const {
  return FindNamed(metrics, metric);
}

const ModelField* SemanticModel::FindDimension(std::string_view dimension) const {
  for (const ModelDataset& dataset : datasets) {
    for (const ModelField& field : dataset.fields) {
      if (field.is_dimension && field.dimension == dimension) return &field;
    }
  }
  return nullptr;
}

const ModelField* SemanticModel::TimeOf(std::string_view dataset) const {
  const ModelDataset* found = FindDataset(dataset);
  if (found == nullptr) return nullptr;
  for (const ModelField& field : found->fields) {
    if (field.is_time) return &field;
  }
  return nullptr;
}

Result<SemanticModel> ParseSemanticModel(const Json& document) {
  const JsonArray& models = document["semantic_model"].items();
  if (models.empty()) return Wrong("it has no semantic_model");
  const Json& object = models.front();
  SemanticModel model;
  model.name = Text(object, "name");
  model.description = Text(object, "description");
  model.examples = Strings(object["ai_context"]["examples"]);
  for (const Json& dataset : object["datasets"].items()) {
    ASSIGN(ModelDataset parsed, ParseDataset(dataset));
    model.datasets.push_back(std::move(parsed));
  }
  if (model.datasets.empty()) return Wrong("it has no datasets");
  for (const Json& relationship : object["relationships"].items()) {
    ASSIGN(ModelRelationship parsed, ParseRelationship(relationship, model));
    model.relationships.push_back(std::move(parsed));
  }
  for (const Json& metric : object["metrics"].items()) {
    ASSIGN(ModelMetric parsed, ParseMetric(metric, model));
    model.metrics.push_back(std::move(parsed));
  }
  return model;
}

}  // namespace boathouse::sources
