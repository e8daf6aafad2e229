#pragma once
// Private to assistant/: a question in words becomes a SemanticQuery, or an error that says what was
// understood and what was not. Pure and deterministic.

#include <optional>
#include <string>

#include "assistant/query.h"
#include "assistant/vocabulary.h"
#include "base/result.h"

namespace boathouse::assistant {

struct ParseContext {
  const Vocabulary* vocabulary;
  int32_t today;                          // days since 1970-01-01
  std::optional<SemanticQuery> previous;  // of the conversation, for "and for Akron?"
};

// kInvalid with one field error (code not_understood) for each word that meant nothing here.
Result<SemanticQuery> ParseQuestion(const std::string& text, const ParseContext& context);

// "gross margin, by account, territory Cleveland": the understood parts of an error message.
std::string Understood(const SemanticQuery& query, const sources::SemanticModel& model);

}  // namespace boathouse::assistant
