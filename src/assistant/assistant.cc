#include "assistant/assistant.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "assistant/compiler.h"
#include "assistant/question_parser.h"
#include "assistant/sentence.h"
#include "assistant/vocabulary.h"

namespace boathouse::assistant {
namespace {

constexpr Micros micros_per_ms = 1000;
constexpr Micros micros_per_second = 1'000'000;
constexpr Micros micros_per_day = 86'400 * micros_per_second;
// Values of dimensions are read again when they are older than this ...
constexpr Micros values_fresh = 300 * micros_per_second;
// ... or when a question holds an unknown word and they are older than this.
constexpr Micros values_fresh_for_unknown = 2 * micros_per_second;
constexpr size_t values_max = 50'000;  // of one dimension

struct Conversation {
  std::string asked_by;
  std::optional<SemanticQuery> last;
  std::vector<ConversationEntry> entries;
};

// The last `conversations_max` conversations. Not thread-safe.
class ConversationShelf {
 public:
  // The user's conversation, or nullptr; a stranger's id finds nothing.
  Conversation* Find(const std::string& id, std::string_view asked_by) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end() || found->second.asked_by != asked_by) return nullptr;
    return &found->second;
  }
  // The same, made if the id is free; nullptr when it is another user's.
  Conversation* FindOrMake(const std::string& id, const std::string& asked_by) {
    if (Conversation* known = Find(id, asked_by); known != nullptr) return known;
    if (by_id_.contains(id)) return nullptr;
    if (order_.size() == conversations_max) {
      by_id_.erase(order_.front());
      order_.pop_front();
    }
    order_.push_back(id);
    Conversation& made = by_id_[id];
    made.asked_by = asked_by;
    return &made;
  }

 private:
  std::unordered_map<std::string, Conversation> by_id_;
  std::deque<std::string> order_;
};

// What one question asks its source, statement after statement, within one time limit: a source that
// is slow at each must not keep the caller's thread for the sum.
class Inquiry {
 public:
  Inquiry(sources::Source& source, const Question& question)
      : source_(source), question_(question) {}

  sources::Source& source() const { return source_; }
  const Question& question() const { return question_; }
  Result<sources::Table> Run(std::string sql, size_t rows_max = sources::rows_max_default) const {
    const int64_t left_ms = (ends_at_ - MonotonicMicros()) / micros_per_ms;
    if (left_ms <= 0) {
      return Error(ErrorKind::kDeadline, "the lakehouse did not answer within " +
                                             std::to_string(question_timeout_ms / 1000) +
                                             " seconds");
    }
    sources::Query query;
    query.sql = std::move(sql);
    query.limits.rows_max = rows_max;
    query.limits.timeout_ms = static_cast<int>(left_ms);
    query.cancellation = question_.cancellation;
    query.asked_by = question_.asked_by;
    return source_.Run(query);
  }

 private:
  sources::Source& source_;
  const Question& question_;
  const Micros ends_at_ = MonotonicMicros() + question_timeout_ms * micros_per_ms;
};

class SemanticAssistant : public Assistant {
 public:
  SemanticAssistant(const sources::Registry& registry, const Clock& clock)
      : registry_(registry), clock_(clock) {}

  Result<Answer> Ask(const Question& question, Sink* sink) override {
    if (question.text.size() > question_bytes_max) {
      return Error::Field(
          "/question", "too_long",
          "a question has at most " + std::to_string(question_bytes_max) + " bytes");
    }
    ASSIGN(sources::Source* const source, FirstSource());
    const Inquiry inquiry(*source, question);
    ASSIGN(Answer answer, MakePlan(inquiry));
    if (sink != nullptr && !sink->OnPlan(answer.plan)) return Gone();
    if (sink != nullptr && !sink->OnColumns(answer.columns)) return Gone();
    const Micros at = clock_.Now();
    ASSIGN(sources::Table table, inquiry.Run(answer.plan.sql));
    if (!table.rows.empty() && table.rows.front().size() != answer.columns.size()) {
      return Error(ErrorKind::kUnsupported, "the lakehouse gave other columns than were asked for");
    }
    answer.elapsed_ms = table.elapsed_ms;
    answer.truncated = table.truncated;
    answer.row_count = table.rows.size();
    answer.answer = Conclusion(answer.plan, answer.columns,
                               table.rows.empty() ? JsonArray{} : table.rows.front(),
                               answer.row_count, table.truncated);
    Remember(question, answer, at);
    TRY(Deliver(std::move(table.rows), sink, &answer));
    return answer;
  }

  Json Describe(const Cancellation& cancellation) override {
    Json metrics = Json::Array();
    Json dimensions = Json::Array();
    Json examples = Json::Array();
    Result<sources::Source*> source = FirstSource();
    if (source.ok()) {
      // A source that is away leaves the lists empty and shows in its status.
      Result<std::shared_ptr<const sources::SemanticModel>> model =
          (*source)->ModelWithin(describe_wait_ms, cancellation);
      if (model.ok()) DescribeModel(**model, &metrics, &dimensions, &examples);
    }
    Json list = Json::Array();
    for (const std::unique_ptr<sources::Source>& one : registry_.all()) {
      list.Append(
          Json::Object({{"name", one->name()}, {"kind", one->kind()}, {"status", one->status()}}));
    }
    return Json::Object({{"sources", std::move(list)},
                         {"metrics", std::move(metrics)},
                         {"dimensions", std::move(dimensions)},
                         {"examples", std::move(examples)}});
  }

  std::vector<ConversationEntry> Conversation(std::string_view id,
                                              std::string_view asked_by) override {
    const std::lock_guard lock(mutex_);
    const assistant::Conversation* found = shelf_.Find(std::string(id), asked_by);
    return found == nullptr ? std::vector<ConversationEntry>{} : found->entries;
  }

 private:
  static Error Gone() { return Error(ErrorKind::kCancelled, "the reader has gone"); }

  Result<sources::Source*> FirstSource() const {
    if (registry_.all().empty()) {
      return Error(ErrorKind::kUnavailable, std::string(sources::lakehouse_away));
    }
    return registry_.all().front().get();
  }

  static void DescribeModel(const sources::SemanticModel& model, Json* metrics, Json* dimensions,
                            Json* examples) {
    for (const sources::ModelMetric& metric : model.metrics) {
      metrics->Append(Json::Object({{"name", metric.name},
                                    {"label", metric.label},
                                    {"description", metric.description},
                                    {"format", metric.format}}));
    }
    for (const sources::ModelDataset& dataset : model.datasets) {
      for (const sources::ModelField& field : dataset.fields) {
        if (!field.is_dimension) continue;
        dimensions->Append(Json::Object({{"name", field.dimension},
                                         {"label", field.label},
                                         {"description", field.description}}));
      }
    }
    for (const std::string& example : model.examples) examples->Append(example);
  }

  Result<Answer> MakePlan(const Inquiry& inquiry) {
    const Question& question = inquiry.question();
    ASSIGN(std::shared_ptr<const Vocabulary> vocabulary, FreshVocabulary(inquiry, values_fresh));
    ParseContext context{vocabulary.get(), static_cast<int32_t>(clock_.Now() / micros_per_day),
                         LastQuery(question)};
    Result<SemanticQuery> parsed = ParseQuestion(question.text, context);
    if (!parsed.ok()) {
      // A value that came since: look once more before saying that it is unknown.
      ASSIGN(vocabulary, FreshVocabulary(inquiry, values_fresh_for_unknown));
      context.vocabulary = vocabulary.get();
      parsed = ParseQuestion(question.text, context);
    }
    if (!parsed.ok()) return std::move(parsed.error());
    ASSIGN(CompiledQuery compiled, CompileQuery(*parsed, vocabulary->model()));
    Answer answer;
    answer.plan.headline = Headline(*parsed, vocabulary->model());
    answer.plan.sql = std::move(compiled.sql);
    answer.plan.source = inquiry.source().name();
    answer.plan.filters = FiltersJson(*parsed, vocabulary->model());
    answer.plan.query = std::move(parsed).value();
    answer.columns = std::move(compiled.columns);
    return answer;
  }

  // The vocabulary, built anew when it is older than `fresh` or the model changed.
  Result<std::shared_ptr<const Vocabulary>> FreshVocabulary(const Inquiry& inquiry, Micros fresh) {
    ASSIGN(const std::shared_ptr<const sources::SemanticModel> model,
           inquiry.source().Model(inquiry.question().cancellation));
    {
      const std::lock_guard lock(mutex_);
      const bool young = clock_.Now() - vocabulary_at_ < fresh;
      if (vocabulary_ != nullptr && young) return vocabulary_;
    }
    std::vector<DimensionValues> values;
    for (const sources::ModelDataset& dataset : model->datasets) {
      for (const sources::ModelField& field : dataset.fields) {
        if (!field.has_values) continue;
        ASSIGN(DimensionValues read, ReadValues(inquiry, field, *model));
        values.push_back(std::move(read));
      }
    }
    auto vocabulary = std::make_shared<const Vocabulary>(model, values);
    const std::lock_guard lock(mutex_);
    vocabulary_ = vocabulary;
    vocabulary_at_ = clock_.Now();
    return std::shared_ptr<const Vocabulary>(std::move(vocabulary));
  }

  // All values, page by page where the source gives fewer rows at once than asked for.
  static Result<DimensionValues> ReadValues(const Inquiry& inquiry,
                                            const sources::ModelField& field,
                                            const sources::SemanticModel& model) {
    DimensionValues values{field.dimension, {}};
    std::optional<std::string> after;
    while (values.values.size() < values_max) {
      ASSIGN(const sources::Table table,
             inquiry.Run(ValuesSql(field, model, after), values_max - values.values.size()));
      for (const JsonArray& row : table.rows) {
        if (!row.empty() && row.front().is_string())
          values.values.emplace_back(row.front().AsString());
      }
      if (!table.truncated || table.rows.empty() || values.values.empty()) break;
      // A source that does not move on would be asked for ever.
      if (after == values.values.back()) break;
      after = values.values.back();
    }
    return values;
  }

  std::optional<SemanticQuery> LastQuery(const Question& question) {
    const std::lock_guard lock(mutex_);
    const assistant::Conversation* found = shelf_.Find(question.conversation_id, question.asked_by);
    return found == nullptr ? std::nullopt : found->last;
  }

  void Remember(const Question& question, const Answer& answer, Micros at) {
    if (question.conversation_id.empty()) return;
    const std::lock_guard lock(mutex_);
    assistant::Conversation* conversation =
        shelf_.FindOrMake(question.conversation_id, question.asked_by);
    if (conversation == nullptr) return;
    conversation->last = answer.plan.query;
    if (conversation->entries.size() == conversation_entries_max) {
      conversation->entries.erase(conversation->entries.begin());
    }
    conversation->entries.push_back({question.text, answer.plan.headline, answer.plan.sql,
                                     answer.plan.source, at, answer.elapsed_ms, answer.row_count});
  }

  static Status Deliver(std::vector<JsonArray> rows, Sink* sink, Answer* answer) {
    JsonArray piece;
    for (JsonArray& row : rows) {
      (sink == nullptr ? answer->rows : piece).emplace_back(std::move(row));
      if (piece.size() < rows_per_piece) continue;
      if (!sink->OnRows(piece)) return Gone();
      piece.clear();
    }
    if (!piece.empty() && !sink->OnRows(piece)) return Gone();
    return {};
  }

  const sources::Registry& registry_;
  const Clock& clock_;
  std::mutex mutex_;  // guards what follows
  ConversationShelf shelf_;
  std::shared_ptr<const Vocabulary> vocabulary_;
  Micros vocabulary_at_ = 0;
};

}  // namespace

std::unique_ptr<Assistant> Assistant::Create(const sources::Registry& registry,
                                             const Clock& clock) {
  return std::make_unique<SemanticAssistant>(registry, clock);
}

Json ColumnsJson(const std::vector<AnswerColumn>& columns) {
  Json list = Json::Array();
  for (const AnswerColumn& column : columns) {
    list.Append(
        Json::Object({{"name", column.name}, {"label", column.label}, {"type", column.type}}));
  }
  return list;
}

Json PlanJson(const Plan& plan) {
  Json dimensions = Json::Array();
  for (const GroupBy& group : plan.query.groups) {
    dimensions.Append(group.grain.has_value() ? std::string(GrainName(*group.grain))
                                              : group.dimension);
  }
  return Json::Object(
      {{"answer", plan.headline},
       {"sql", plan.sql},
       {"source", plan.source},
       {"metric", plan.query.metrics.empty() ? std::string() : plan.query.metrics.front()},
       {"dimensions", std::move(dimensions)},
       {"filters", plan.filters}});
}

Json AnswerJson(const Question& question, const Answer& answer) {
  return Json::Object({{"question", question.text},
                       {"answer", answer.answer},
                       {"columns", ColumnsJson(answer.columns)},
                       {"rows", answer.rows},
                       {"sql", answer.plan.sql},
                       {"source", answer.plan.source},
                       {"elapsed_ms", answer.elapsed_ms},
                       {"row_count", answer.row_count},
                       {"truncated", answer.truncated}});
}

}  // namespace boathouse::assistant
