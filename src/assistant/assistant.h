#pragma once
// Answers questions in plain words from the lakehouse, at the moment of asking and without a language
// model: words become metrics, dimensions, values and times of the source's semantic model, these a
// query, the query SQL, and the SQL rows. What was not understood is said, never guessed.
//
// Rows pass through and are gone. A conversation keeps the question, the plan, the SQL, the source,
// when it ran and what it cost. Distinct values of dimensions ("Cleveland") are read from the source
// and kept in memory only, to recognise them in questions.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/query.h"
#include "base/cancellation.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "sources/sources.h"

namespace boathouse::assistant {

inline constexpr size_t question_bytes_max = 1000;
inline constexpr size_t conversations_max = 1000;  // the oldest is forgotten
inline constexpr size_t conversation_entries_max = 100;
inline constexpr size_t rows_per_piece = 500;       // of one Rows call
inline constexpr int question_timeout_ms = 30'000;  // of all that a question asks the source
inline constexpr int describe_wait_ms = 1000;       // for a source that is slow to say what it has

struct Question {
  std::string text;
  std::string conversation_id;  // "": none; "and for Akron?" then has nothing to go on
  std::string asked_by;         // the user's id; conversations belong to it
  Cancellation cancellation;
};

struct AnswerColumn {
  std::string name;
  std::string label;
  std::string type;  // text, money, percent, integer, decimal, date
};

// What will run, known before it runs.
struct Plan {
  std::string headline;  // "Gross margin by account for territory Cleveland, all time"
  std::string sql;
  std::string source;
  SemanticQuery query;
  // [{"dimension", "label", "operator", "values"}], time as dimension "time"
  Json filters = Json::Array();
};

// A dimension that has a key column brings it right after its own: by account gives the columns
// account, account_number, then the metrics in the order they were asked.
struct Answer {
  Plan plan;
  std::string answer;  // the headline and what came out: "...: 87 accounts."
  std::vector<AnswerColumn> columns;
  JsonArray rows;  // arrays of cells; money and decimals as strings; empty when a sink took them
  size_t row_count = 0;
  int64_t elapsed_ms = 0;
  bool truncated = false;
};

// Receives an answer while it is made, on the thread that called Ask. Any call may return false: the
// reader has gone, and Ask ends with kCancelled.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual bool OnPlan(const Plan& plan) = 0;
  virtual bool OnColumns(const std::vector<AnswerColumn>& columns) = 0;
  virtual bool OnRows(const JsonArray& rows) = 0;
};

// One question of a conversation; no rows, and no figure of the answer.
struct ConversationEntry {
  std::string question;
  std::string headline;
  std::string sql;
  std::string source;
  Micros at = 0;
  int64_t elapsed_ms = 0;
  size_t row_count = 0;
};

// Safe to use from many threads.
class Assistant {
 public:
  // Asks the first source of `registry`. Both references outlive the assistant.
  static std::unique_ptr<Assistant> Create(const sources::Registry& registry, const Clock& clock);
  virtual ~Assistant() = default;

  // Blocks until the answer is complete. With a sink, plan, columns and rows go there as they come
  // and Answer::rows stays empty. kInvalid when the question was not understood: the message says
  // what was, which words were not, and gives examples. Errors of Source::Run otherwise;
  // kUnavailable with sources::lakehouse_away when the source is away or there is none.
  virtual Result<Answer> Ask(const Question& question, Sink* sink = nullptr) = 0;

  // {"sources": [{name, kind, status}], "metrics": [{name, label, description, format}],
  //  "dimensions": [{name, label, description}], "examples": [...]}; lists are empty when the source
  // is away. From memory, or after at most `describe_wait_ms`.
  virtual Json Describe(const Cancellation& cancellation) = 0;

  // Oldest first; empty for a conversation that is not this user's.
  virtual std::vector<ConversationEntry> Conversation(std::string_view id,
                                                      std::string_view asked_by) = 0;
};

// The bodies of the REST surface: {"answer", "sql", "source", "metric", "dimensions", "filters"};
// [{"name", "label", "type"}]; {"question", "answer", "columns", "rows", "sql", "source",
// "elapsed_ms", "row_count", "truncated"}.
Json PlanJson(const Plan& plan);
Json ColumnsJson(const std::vector<AnswerColumn>& columns);
Json AnswerJson(const Question& question, const Answer& answer);

}  // namespace boathouse::assistant
