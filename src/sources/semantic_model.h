#pragma once
// What a source's tables mean: datasets, fields, many-to-one relationships, metrics and their
// synonyms. The document is Apache Ossie 0.2 (formerly Open Semantic Interchange) as JSON; what we add
// stands in custom_extensions of vendor BOATHOUSE. A model is a value and never changes.

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace boathouse::sources {

struct ModelField {
  std::string dataset;     // the dataset's name
  std::string name;        // the column
  std::string expression;  // SQL over the dataset's columns
  std::string label;
  std::string description;
  std::vector<std::string> synonyms;
  bool is_dimension = false;  // may be grouped and filtered by
  bool is_time = false;
  std::string dimension;    // its name in questions; the column's unless the extension renames it
  std::string key;          // the column that identifies a value; "": the value itself does
  bool has_values = false;  // its distinct values are few enough to look up
};

struct ModelDataset {
  std::string name;
  std::string source;  // the table, schema.table or catalog.schema.table
  std::vector<ModelField> fields;
};

// Many rows of `from` belong to one row of `to`.
struct ModelRelationship {
  std::string from;
  std::string to;
  std::vector<std::string> from_columns;
  std::vector<std::string> to_columns;
};

struct ModelMetric {
  std::string name;
  std::string label;
  std::string expression;  // SQL aggregate whose columns are qualified by dataset names
  std::string description;
  std::vector<std::string> synonyms;
  std::string format = "number";  // money, percent, count, date, number
  std::string dataset;            // the one dataset its expression reads
};

struct SemanticModel {
  std::string name;
  std::string description;
  std::vector<std::string> examples;  // questions it can answer
  std::vector<ModelDataset> datasets;
  std::vector<ModelRelationship> relationships;
  std::vector<ModelMetric> metrics;

  const ModelDataset* FindDataset(std::string_view name) const;
  const ModelMetric* FindMetric(std::string_view name) const;
  // A dimension by its name in questions.
  const ModelField* FindDimension(std::string_view dimension) const;
  // The time field of a dataset, or nullptr.
  const ModelField* TimeOf(std::string_view dataset) const;
};

// Reads the first model of the document. kInvalid says what is missing or points nowhere: a
// relationship or a metric that names an unknown dataset, a metric over two datasets.
Result<SemanticModel> ParseSemanticModel(const Json& document);

}  // namespace boathouse::sources
