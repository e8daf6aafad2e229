#pragma once
// Private to assistant/: what an answer says in words.

#include <string>

#include "assistant/assistant.h"
#include "assistant/query.h"
#include "sources/semantic_model.h"

namespace boathouse::assistant {

// "Gross margin by account for territory Cleveland, all time"
std::string Headline(const SemanticQuery& query, const sources::SemanticModel& model);

// "...: 87 accounts." or, without a dimension, "...: 1,234.56."
std::string Conclusion(const Plan& plan, const std::vector<AnswerColumn>& columns,
                       const JsonArray& first_row, size_t row_count, bool truncated);

// Plan::filters.
Json FiltersJson(const SemanticQuery& query, const sources::SemanticModel& model);

}  // namespace boathouse::assistant
