// Questions in plain words. The answer comes as events while it is made, or in one JSON piece.
#include "base/bytes.h"
#include "surfaces/rest/input.h"
#include "surfaces/rest/problem.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

constexpr size_t conversation_id_chars_max = 100;

// Passes an answer on as events: plan, columns, rows (several), and at the end done or error.
class EventSink final : public assistant::Sink {
 public:
  explicit EventSink(http::EventWriter& writer) : writer_(writer) {}

  bool OnPlan(const assistant::Plan& plan) override {
    return Write("plan", assistant::PlanJson(plan));
  }
  bool OnColumns(const std::vector<assistant::AnswerColumn>& columns) override {
    return Write("columns", Json::Object({{"columns", assistant::ColumnsJson(columns)}}));
  }
  bool OnRows(const JsonArray& rows) override {
    return Write("rows", Json::Object({{"rows", rows}}));
  }
  void OnEnd(const Result<assistant::Answer>& answer) {
    if (!answer.ok()) {
      Write("error", ProblemJson(answer.error()));
      return;
    }
    Write("done", Json::Object({{"answer", answer->answer},
                                {"elapsed_ms", answer->elapsed_ms},
                                {"row_count", answer->row_count},
                                {"truncated", answer->truncated}}));
  }

 private:
  bool Write(std::string_view event, const Json& data) { return writer_.Write(event, data.Dump()); }

  http::EventWriter& writer_;
};

bool WantsEvents(const http::Request& request) {
  const std::string accept = AsciiLower(request.headers.Get("accept"));
  return accept.find("text/event-stream") != std::string::npos &&
         accept.find("application/json") == std::string::npos;
}

Result<assistant::Question> ReadQuestion(const Call& call) {
  TRY(CheckMembers(call.body, {"question", "conversation_id"}));
  assistant::Question question;
  ASSIGN(question.text, ReadText(call.body, "question"));
  if (question.text.size() > assistant::question_bytes_max) {
    return Error::Field(
        "/question", "too_long",
        "question may have at most " + std::to_string(assistant::question_bytes_max) + " bytes");
  }
  if (const Json* id = call.body.Find("conversation_id"); id != nullptr && !id->is_null()) {
    if (!id->is_string() || id->AsString().size() > conversation_id_chars_max) {
      return Error::Field("/conversation_id", "wrong_type",
                          "conversation_id must be a string of at most " +
                              std::to_string(conversation_id_chars_max) + " characters");
    }
    question.conversation_id = id->AsString();
  }
  question.asked_by = call.caller.principal.user.ToString();
  question.cancellation = call.request.cancellation;
  return question;
}

// An answer may be about anything: a token for some objects only gets none.
Status AllowQuestions(const Call& call) {
  const std::optional<auth::Scopes>& scopes = call.caller.principal.scopes;
  if (!scopes || scopes->AllowsAll(auth::ScopeAction::kRead)) return Status::Ok();
  return Error(ErrorKind::kForbidden, "this token may not ask questions: it lacks the scope read");
}

Result<http::Response> Ask(Call& call) {
  TRY(AllowQuestions(call));
  ASSIGN(assistant::Question question, ReadQuestion(call));
  if (call.services.assistant == nullptr) {
    return Error(ErrorKind::kUnavailable, std::string(sources::lakehouse_away));
  }
  assistant::Assistant& assistant = *call.services.assistant;
  if (!WantsEvents(call.request)) {
    ASSIGN(const assistant::Answer answer, assistant.Ask(question));
    return http::Response::JsonBody(200, assistant::AnswerJson(question, answer));
  }
  const Cancellation cancellation = question.cancellation;
  return http::EventStream(
      [&assistant, question = std::move(question)](http::EventWriter& writer) {
        EventSink sink(writer);
        sink.OnEnd(assistant.Ask(question, &sink));
      },
      cancellation);
}

Result<http::Response> GetSources(Call& call) {
  TRY(AllowQuestions(call));
  if (call.services.assistant == nullptr) {
    return http::Response::JsonBody(200, Json::Object({{"sources", Json::Array()},
                                                       {"metrics", Json::Array()},
                                                       {"dimensions", Json::Array()},
                                                       {"examples", Json::Array()}}));
  }
  return http::Response::JsonBody(200,
                                  call.services.assistant->Describe(call.request.cancellation));
}

}  // namespace

std::vector<Route> AssistantRoutes() {
  using enum Access;
  return {
      {"POST", "/assistant/questions", kSignedIn, Body::kJson, {}, Ask},
      {"GET", "/assistant/sources", kSignedIn, Body::kNone, {}, GetSources},
  };
}

}  // namespace boathouse::rest
