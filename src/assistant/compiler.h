#pragma once
// Private to assistant/: a SemanticQuery becomes SQL. Pure. Joins only follow relationships from many
// rows to one, so that no row of the fact is counted twice; what cannot be reached so is refused.

#include <optional>
#include <string>
#include <vector>

#include "assistant/assistant.h"
#include "assistant/query.h"
#include "base/result.h"
#include "sources/semantic_model.h"

namespace boathouse::assistant {

struct CompiledQuery {
  std::string sql;
  std::vector<AnswerColumn> columns;  // as the SQL gives them
};

// kUnsupported when the model has no safe way to compute it; kInvalid for a time over a dataset
// without one.
Result<CompiledQuery> CompileQuery(const SemanticQuery& query, const sources::SemanticModel& model);

// The SQL that lists a dimension's values in order, those after `after` only.
std::string ValuesSql(const sources::ModelField& field, const sources::SemanticModel& model,
                      const std::optional<std::string>& after);

}  // namespace boathouse::assistant
