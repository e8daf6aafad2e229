#include "surfaces/mcp/lakehouse_tools.h"

namespace boathouse::mcp_surface {
namespace {

using mcp::Tool;

Json Typed(const char* type) { return Json::Object({{"type", type}}); }

Tool AskTool() {
  Tool tool;
  tool.name = "ask_lakehouse";
  tool.title = "Ask the lakehouse";
  tool.description =
      "Answers a question about sales figures (revenue, orders, margin and the like) live from the "
      "company's lakehouse, where order history lives; the CRM itself keeps no copy of it. Ask in "
      "plain "
      "English with the names that describe_lakehouse lists: a metric, \"by\" a dimension, \"for\" "
      "a value, "
      "and a time. Example: What is the lifetime gross margin by account for the Cleveland "
      "territory? "
      "The answer has rows, the SQL that ran and its source. What was not understood is said, not "
      "guessed.";
  tool.input_schema = Json::Object(
      {{"type", "object"},
       {"properties",
        Json::Object({{"question", Json::Object({{"type", "string"},
                                                 {"minLength", 1},
                                                 {"maxLength", assistant::question_bytes_max}})},
                      {"max_rows", Json::Object({{"type", "integer"},
                                                 {"minimum", 1},
                                                 {"maximum", answer_rows_max},
                                                 {"default", answer_rows_default},
                                                 {"description",
                                                  "Rows to return; more are counted only."}})}})},
       {"required", Json::Array({"question"})},
       {"additionalProperties", false}});
  const Json column = Json::Object({{"type", "object"},
                                    {"properties", Json::Object({{"name", Typed("string")},
                                                                 {"label", Typed("string")},
                                                                 {"type", Typed("string")}})}});
  tool.output_schema = Json::Object(
      {{"type", "object"},
       {"properties",
        Json::Object({{"question", Typed("string")},
                      {"answer", Typed("string")},
                      {"columns", Json::Object({{"type", "array"}, {"items", column}})},
                      {"rows", Json::Object({{"type", "array"}, {"items", Typed("array")}})},
                      {"sql", Typed("string")},
                      {"source", Typed("string")},
                      {"elapsed_ms", Typed("integer")},
                      {"row_count", Typed("integer")},
                      {"truncated", Typed("boolean")}})},
       {"required", Json::Array({"columns", "rows", "sql", "source", "elapsed_ms"})}});
  tool.annotations = {true, false, true, true};
  return tool;
}

Tool DescribeTool() {
  Tool tool;
  tool.name = "describe_lakehouse";
  tool.title = "Describe the lakehouse";
  tool.description =
      "Lists what ask_lakehouse understands: the metrics, the dimensions to group and filter by, "
      "and "
      "example questions; and whether the lakehouse can be reached.";
  tool.input_schema = Json::Object(
      {{"type", "object"}, {"properties", Json::Object()}, {"additionalProperties", false}});
  tool.output_schema = Typed("object");
  tool.annotations = {true, false, true, true};
  return tool;
}

// Takes an answer as it comes: progress for who waits, and as many rows as were asked for.
class Collector : public assistant::Sink {
 public:
  Collector(const mcp::CallContext& context, size_t rows_max)
      : context_(context), rows_max_(rows_max) {}

  bool OnPlan(const assistant::Plan& plan) override {
    context_.report_progress(1, 3, plan.headline);
    return !context_.cancellation.cancelled();
  }
  bool OnColumns(const std::vector<assistant::AnswerColumn>&) override {
    context_.report_progress(2, 3, "reading rows");
    return !context_.cancellation.cancelled();
  }
  bool OnRows(const JsonArray& rows) override {
    for (const Json& row : rows) {
      if (rows_.size() < rows_max_) {
        rows_.push_back(row);
      } else {
        cut_ = true;
      }
    }
    return !context_.cancellation.cancelled();
  }

  JsonArray TakeRows() { return std::move(rows_); }
  bool cut() const { return cut_; }

 private:
  const mcp::CallContext& context_;
  const size_t rows_max_;
  JsonArray rows_;
  bool cut_ = false;
};

Result<Json> Ask(assistant::Assistant& assistant, const auth::Principal& principal,
                 const mcp::CallContext& context, const Json& arguments) {
  assistant::Question question;
  question.text = std::string(arguments["question"].AsString());
  question.asked_by = principal.user.ToString();
  question.cancellation = context.cancellation;
  const int64_t rows_max = arguments["max_rows"].AsInt().value_or(answer_rows_default);
  Collector collector(context, static_cast<size_t>(rows_max));
  ASSIGN(assistant::Answer answer, assistant.Ask(question, &collector));
  answer.rows = collector.TakeRows();
  answer.truncated = answer.truncated || collector.cut();
  return assistant::AnswerJson(question, answer);
}

}  // namespace

std::vector<Tool> LakehouseTools() { return {AskTool(), DescribeTool()}; }

Result<Json> RunLakehouseTool(assistant::Assistant& assistant, const auth::Principal& principal,
                              const mcp::CallContext& context, std::string_view name,
                              const Json& arguments) {
  if (name == "describe_lakehouse") return assistant.Describe(context.cancellation);
  return Ask(assistant, principal, context, arguments);
}

}  // namespace boathouse::mcp_surface
