#include "surfaces/rest/rest_fixture.h"

namespace boathouse::rest {
namespace {

// Answers every question with two rows, or fails as it was told.
class ScriptedAssistant final : public assistant::Assistant {
 public:
  Result<assistant::Answer> Ask(const assistant::Question& question,
                                assistant::Sink* sink) override {
    asked = question;
    if (failure) return *failure;
    assistant::Answer answer;
    answer.plan.headline = "Margin by account";
    answer.plan.sql = "SELECT 1";
    answer.plan.source = "lakehouse";
    answer.answer = "Margin by account: 2 accounts.";
    answer.row_count = 2;
    answer.columns = {{"account", "Account", "text"}, {"margin", "Margin", "money"}};
    const JsonArray rows = {Json::Array({"Acme", "12.50"}), Json::Array({"Borg", nullptr})};
    if (sink == nullptr) {
      answer.rows = rows;
    } else if (!sink->OnPlan(answer.plan) || !sink->OnColumns(answer.columns) ||
               !sink->OnRows({rows[0]}) || !sink->OnRows({rows[1]})) {
      return Error(ErrorKind::kCancelled, "gone");
    }
    if (late_failure) return *late_failure;
    return answer;
  }
  Json Describe(const Cancellation&) override { return Json::Object({{"sources", Json::Array()}}); }
  std::vector<assistant::ConversationEntry> Conversation(std::string_view,
                                                         std::string_view) override {
    return {};
  }

  assistant::Question asked;
  std::optional<Error> failure;
  std::optional<Error> late_failure;
};

struct AssistantFixture : RestFixture {
  ScriptedAssistant scripted;
  AssistantFixture() {
    router = http::Router();
    Mount(router, {crm, auth, false, &scripted});
  }

  // The names and data of the events that a question is answered with.
  std::vector<std::pair<std::string, Json>> Events(std::string_view question) {
    http::Request request;
    request.method = "POST";
    request.target = "/api/v1/assistant/questions";
    request.headers.Add("Authorization", "Bearer " + viewer);
    request.headers.Add("Content-Type", "application/json");
    request.headers.Add("Accept", "text/event-stream");
    request.body = Json::Object({{"question", question}}).Dump();
    http::Response response = router.Dispatch(request);
    REQUIRE(response.status == 200);
    REQUIRE(response.stream != nullptr);
    CHECK(response.headers.Get("Content-Type").starts_with("text/event-stream"));
    std::string text;
    for (;;) {
      std::string chunk;
      const Result<bool> more = response.stream->Next(&chunk);
      REQUIRE(more.ok());
      text += chunk;
      if (!*more) break;
    }
    return Split(text);
  }

  static std::vector<std::pair<std::string, Json>> Split(std::string_view text) {
    std::vector<std::pair<std::string, Json>> events;
    std::string name;
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (line.starts_with("event: ")) name = line.substr(7);
      if (line.starts_with("data: ")) events.emplace_back(name, *Json::Parse(line.substr(6)));
    }
    return events;
  }
};

TEST_CASE_FIXTURE(AssistantFixture, "a question is answered in one piece") {
  const Answer answer = CallAs(viewer, "POST", "/assistant/questions",
                               R"({"question":"margin by account","conversation_id":"c1"})");
  REQUIRE(answer.status == 200);
  CHECK(answer.body["answer"].AsString() == "Margin by account: 2 accounts.");
  CHECK(answer.body["rows"].size() == 2);
  CHECK(answer.body["row_count"].AsInt() == 2);
  CHECK(answer.body["sql"].AsString() == "SELECT 1");
  CHECK(scripted.asked.text == "margin by account");
  CHECK(scripted.asked.conversation_id == "c1");
  CHECK(!scripted.asked.asked_by.empty());
  CHECK(Call("GET", "/assistant/sources").body["sources"].is_array());
}

TEST_CASE_FIXTURE(AssistantFixture, "a question is answered by events as the answer comes") {
  const auto events = Events("margin by account");
  REQUIRE(events.size() == 5);
  CHECK(events[0].first == "plan");
  CHECK(events[0].second["sql"].AsString() == "SELECT 1");
  CHECK(events[1].first == "columns");
  CHECK(events[1].second["columns"].items()[1]["type"].AsString() == "money");
  CHECK(events[2].first == "rows");
  CHECK(events[3].second["rows"].items()[0].items()[1].is_null());
  CHECK(events[4].first == "done");
  CHECK(events[4].second["row_count"].AsInt() == 2);
}

TEST_CASE_FIXTURE(AssistantFixture, "a lakehouse that is away is told in both ways") {
  scripted.failure = Error(ErrorKind::kUnavailable, std::string(sources::lakehouse_away));
  const Answer answer = Call("POST", "/assistant/questions", R"({"question":"margin"})");
  CHECK(answer.status == 503);
  CHECK(answer.body["detail"].AsString() == "the lakehouse is currently unavailable");
  const auto events = Events("margin");
  REQUIRE(events.size() == 1);
  CHECK(events[0].first == "error");
  CHECK(events[0].second["code"].AsString() == "unavailable");
  CHECK(events[0].second["detail"].AsString() == "the lakehouse is currently unavailable");
}

TEST_CASE_FIXTURE(AssistantFixture,
                  "an answer that breaks off ends with the error, not with done") {
  scripted.late_failure = Error(ErrorKind::kDeadline, "took too long");
  const auto events = Events("margin");
  REQUIRE(events.size() == 5);
  CHECK(events.back().first == "error");
  CHECK(events.back().second["status"].AsInt() == 504);
}

TEST_CASE_FIXTURE(AssistantFixture, "a question that is none is refused before anything is asked") {
  const auto error = [&](const Json& body) {
    const Answer answer = Call("POST", "/assistant/questions", body.Dump());
    CHECK(answer.status == 400);
    return FirstError(answer);
  };
  CHECK(error(Json::Object()) == "/question required");
  CHECK(error(Json::Object({{"question", 7}})) == "/question wrong_type");
  CHECK(error(Json::Object({{"question", std::string(assistant::question_bytes_max + 1, 'x')}})) ==
        "/question too_long");
  CHECK(error(Json::Object({{"question", "x"}, {"conversation_id", 1}})) ==
        "/conversation_id wrong_type");
  CHECK(error(Json::Object({{"question", "x"}, {"model", "y"}})) == "/model unknown_field");
  CHECK(scripted.asked.text.empty());
}

TEST_CASE_FIXTURE(RestFixture, "without an assistant every source counts as away") {
  CHECK(Call("POST", "/assistant/questions", R"({"question":"x"})").status == 503);
  CHECK(Call("GET", "/assistant/sources").body["metrics"].size() == 0);
}

}  // namespace
}  // namespace boathouse::rest
