#include "assistant/assistant.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "assistant/compiler.h"

namespace boathouse::assistant {
namespace {

const char model_text[] =
    R"x({"semantic_model":[{"name":"m","ai_context":{"examples":["Revenue by account"]},
  "datasets":[
   {"name":"sales","source":"dw.sales","fields":[
     {"name":"day","dimension":{"is_time":true}},{"name":"amount"}]},
   {"name":"accounts","source":"dw.accounts","fields":[
     {"name":"account_name","label":"Account","dimension":{"is_time":false},"ai_context":{"synonyms":["customer"]},
      "custom_extensions":[{"vendor_name":"BOATHOUSE","data":"{\"dimension\":\"account\",\"key\":\"account_number\"}"}]},
     {"name":"region_id"}]},
   {"name":"regions","source":"dw.regions","fields":[{"name":"region","dimension":{}}]},
   {"name":"visits","source":"dw.visits","fields":[{"name":"visitor","dimension":{}}]}],
  "relationships":[
   {"from":"sales","to":"accounts","from_columns":["account_number"],"to_columns":["account_number"]},
   {"from":"accounts","to":"regions","from_columns":["region_id"],"to_columns":["id"]},
   {"from":"visits","to":"accounts","from_columns":["account_number"],"to_columns":["account_number"]}],
  "metrics":[
   {"name":"revenue","expression":"SUM(sales.amount)","custom_extensions":[{"vendor_name":"BOATHOUSE","data":"{\"format\":\"money\"}"}]},
   {"name":"visit_count","label":"Visits","expression":"COUNT(visits.visitor)","custom_extensions":[{"vendor_name":"BOATHOUSE","data":"{\"format\":\"count\"}"}]}]}]})x";

sources::SemanticModel Model() {
  Result<sources::SemanticModel> model =
      sources::ParseSemanticModel(Json::Parse(model_text).value());
  REQUIRE_MESSAGE(model.ok(), model.error().message);
  return std::move(model).value();
}

std::string Sql(const SemanticQuery& query) {
  const Result<CompiledQuery> compiled = CompileQuery(query, Model());
  return compiled.ok() ? compiled->sql : "error: " + compiled.error().message;
}

SemanticQuery Revenue() {
  SemanticQuery query;
  query.metrics = {"revenue"};
  query.time.label = "all time";
  return query;
}

TEST_CASE("a metric alone needs no join") {
  CHECK(Sql(Revenue()) == "SELECT SUM(sales.amount) AS \"revenue\" FROM dw.sales AS sales");
}

TEST_CASE("a dimension brings its key, its joins and a total order") {
  SemanticQuery query = Revenue();
  query.groups = {{"account", std::nullopt}};
  query.order_metric = "revenue";
  query.limit = 10;
  CHECK(Sql(query) ==
        "SELECT accounts.account_name AS \"account\", accounts.account_number AS "
        "\"account_number\", SUM(sales.amount) AS \"revenue\" FROM dw.sales AS sales LEFT JOIN "
        "dw.accounts AS accounts ON sales.account_number = accounts.account_number GROUP BY 1, 2 "
        "ORDER BY \"revenue\" DESC NULLS LAST, \"account\", \"account_number\" LIMIT 10");
  const auto compiled = CompileQuery(query, Model());
  REQUIRE(compiled.ok());
  REQUIRE(compiled->columns.size() == 3);
  CHECK(compiled->columns[1].label == "Account number");
  CHECK(compiled->columns[2].type == "money");
}

TEST_CASE("a filter two joins away is reached, and its value is quoted") {
  SemanticQuery query = Revenue();
  query.filters = {{"region", {"O'Hara; DROP TABLE x"}, false, ""}};
  query.time = {19'000, 19'001, "a day"};
  CHECK(
      Sql(query) ==
      "SELECT SUM(sales.amount) AS \"revenue\" FROM dw.sales AS sales LEFT JOIN dw.accounts AS "
      "accounts ON sales.account_number = accounts.account_number LEFT JOIN dw.regions AS regions "
      "ON accounts.region_id = regions.id WHERE regions.region = 'O''Hara; DROP TABLE x' AND "
      "sales.day >= DATE '2022-01-08' AND sales.day < DATE '2022-01-09'");
  query.time = {};
  query.filters = {{"region", {"a", "b"}, true, ""}};
  CHECK(Sql(query).ends_with("WHERE (regions.region IS NULL OR regions.region NOT IN ('a', 'b'))"));
}

TEST_CASE("grains and conditions") {
  SemanticQuery query = Revenue();
  query.groups = {{"", Grain::kQuarter}};
  query.conditions = {{"revenue", Comparison::kAtLeast, "100"}};
  query.ascending = true;
  CHECK(Sql(query) ==
        "SELECT CONCAT(EXTRACT(YEAR FROM sales.day), '-Q', EXTRACT(QUARTER FROM sales.day)) AS "
        "\"quarter\", SUM(sales.amount) AS \"revenue\" FROM dw.sales AS sales GROUP BY 1 HAVING "
        "SUM(sales.amount) >= 100 ORDER BY \"quarter\" ASC NULLS LAST");
}

TEST_CASE("what would count rows twice is refused") {
  SemanticQuery query = Revenue();
  query.groups = {{"visitor", std::nullopt}};
  CHECK(Sql(query).find("counts every row once") != std::string::npos);
  query = Revenue();
  query.metrics = {"revenue", "visit_count"};
  CHECK(Sql(query).find("different tables") != std::string::npos);
  query.metrics = {"visit_count"};
  query.time = {19'000, std::nullopt, "since"};
  CHECK(Sql(query) == "error: these figures have no time: ask without one");
}

// A lakehouse in memory: answers by the beginning of the statement.
class FakeSource : public sources::Source {
 public:
  std::map<std::string, std::vector<JsonArray>> answers;
  std::vector<std::string> seen;
  // Rows that come one by one, by the value after which they are asked for.
  std::map<std::string, std::vector<JsonArray>> pages;
  bool away = false;
  bool truncated = false;
  Micros run_takes = 0;
  std::vector<int> timeouts_ms;  // of the runs
  std::vector<int> waits_ms;     // of readers who do not wait

  const std::string& name() const override { return name_; }
  const std::string& kind() const override { return kind_; }
  Result<std::shared_ptr<const sources::SemanticModel>> Model(const Cancellation&) override {
    if (away) return Away();
    return model_;
  }
  Result<std::shared_ptr<const sources::SemanticModel>> ModelWithin(
      int wait_ms, const Cancellation& cancellation) override {
    waits_ms.push_back(wait_ms);
    return Model(cancellation);
  }
  Result<sources::Table> Run(const sources::Query& query) override {
    if (away) return Away();
    seen.push_back(query.sql);
    timeouts_ms.push_back(query.limits.timeout_ms);
    for (const Micros end = MonotonicMicros() + run_takes; MonotonicMicros() < end;) {
    }
    sources::Table table;
    table.truncated = truncated;
    for (const auto& [beginning, rows] : answers) {
      if (query.sql.starts_with(beginning)) table.rows = rows;
    }
    for (const auto& [beginning, rows] : pages) {
      if (!query.sql.starts_with(beginning)) continue;
      size_t next = 0;
      for (size_t i = 0; i < rows.size(); ++i) {
        if (query.sql.find("> '" + std::string(rows[i][0].AsString()) + "'") != std::string::npos)
          next = i + 1;
      }
      table.rows = {rows[next]};
      table.truncated = next + 1 < rows.size();
    }
    return table;
  }
  std::string_view status() const override { return away ? "unavailable" : "available"; }

 private:
  static Error Away() {
    return Error(ErrorKind::kUnavailable, std::string(sources::lakehouse_away));
  }
  std::string name_ = "lakehouse";
  std::string kind_ = "lakehouse";
  std::shared_ptr<const sources::SemanticModel> model_ =
      std::make_shared<const sources::SemanticModel>(assistant::Model());
};

struct Bench {
  Bench() {
    auto owned = std::make_unique<FakeSource>();
    source = owned.get();
    source->answers["SELECT DISTINCT regions.region"] = {{Json("Cleveland")}, {Json("Akron")}};
    source->answers["SELECT accounts.account_name"] = {{Json("Acme"), Json("A-1"), Json("12.50")},
                                                       {Json("Bolt"), Json("A-2"), Json("-3.00")}};
    source->answers["SELECT SUM"] = {{Json("1234567.80")}};
    registry.Add(std::move(owned));
    assistant = Assistant::Create(registry, clock);
  }
  Result<Answer> Ask(const std::string& text, const std::string& conversation = "",
                     const std::string& user = "u1") {
    Question question;
    question.text = text;
    question.conversation_id = conversation;
    question.asked_by = user;
    return assistant->Ask(question);
  }
  ManualClock clock{1'795'521'600'000'000};  // 2026-11-24T12:00:00Z
  FakeSource* source;
  sources::Registry registry;
  std::unique_ptr<Assistant> assistant;
};

TEST_CASE("an answer has its sentence, its columns and its rows") {
  Bench bench;
  const auto answer = bench.Ask("lifetime revenue by account for region Cleveland");
  REQUIRE_MESSAGE(answer.ok(), answer.error().message);
  CHECK(answer->answer == "Revenue by account for region Cleveland, all time: 2 accounts.");
  CHECK(answer->rows.size() == 2);
  CHECK(answer->row_count == 2);
  CHECK(answer->plan.filters.Dump() ==
        R"x([{"dimension":"region","label":"Region","operator":"=","values":["Cleveland"]}])x");
  Question question;
  question.text = "q";
  const Json json = AnswerJson(question, *answer);
  CHECK(json["columns"].items()[0].Dump() ==
        R"x({"name":"account","label":"Account","type":"text"})x");
  CHECK(json["rows"].items()[1].Dump() == R"x(["Bolt","A-2","-3.00"])x");
  CHECK(PlanJson(answer->plan)["dimensions"].Dump() == R"x(["account"])x");
}

TEST_CASE("a single figure is in the sentence") {
  Bench bench;
  const auto answer = bench.Ask("revenue in 2025");
  REQUIRE(answer.ok());
  CHECK(answer->answer == "Revenue, 2025: 1,234,567.80.");
  bench.source->answers["SELECT SUM"] = {{Json(nullptr)}};
  CHECK(bench.Ask("revenue in 2024")->answer == "Revenue, 2024: nothing.");
}

TEST_CASE("a cut answer says so") {
  Bench bench;
  bench.source->truncated = true;
  CHECK(bench.Ask("revenue by account")->answer ==
        "Revenue by account, all time: the first 2 accounts.");
  bench.source->truncated = false;
  bench.source->answers["SELECT accounts.account_name"] = {};
  CHECK(bench.Ask("revenue by account")->answer == "Revenue by account, all time: no accounts.");
}

class RecordingSink : public Sink {
 public:
  std::string calls;
  std::string stop_at;
  bool OnPlan(const Plan& plan) override { return Note("plan " + plan.headline); }
  bool OnColumns(const std::vector<AnswerColumn>& columns) override {
    return Note("columns " + std::to_string(columns.size()));
  }
  bool OnRows(const JsonArray& rows) override {
    return Note("rows " + std::to_string(rows.size()));
  }

 private:
  bool Note(const std::string& call) {
    calls += call + "; ";
    return stop_at.empty() || !call.starts_with(stop_at);
  }
};

TEST_CASE("a sink gets the plan first and the rows in pieces") {
  Bench bench;
  bench.source->answers["SELECT accounts.account_name"] =
      std::vector<JsonArray>(1100, {Json("x"), Json("y"), Json("1.00")});
  Question question;
  question.text = "revenue by customer";
  RecordingSink sink;
  const auto answer = bench.assistant->Ask(question, &sink);
  REQUIRE(answer.ok());
  CHECK(sink.calls ==
        "plan Revenue by account, all time; columns 3; rows 500; rows 500; rows 100; ");
  CHECK(answer->rows.empty());
  CHECK(answer->row_count == 1100);
  for (const char* stop : {"plan", "columns", "rows"}) {
    RecordingSink stopping;
    stopping.stop_at = stop;
    const auto gone = bench.assistant->Ask(question, &stopping);
    REQUIRE_FALSE(gone.ok());
    CHECK(gone.error().kind == ErrorKind::kCancelled);
  }
}

TEST_CASE("a lakehouse that is away is said in one sentence") {
  Bench bench;
  REQUIRE(bench.Ask("revenue").ok());
  bench.source->away = true;
  for (const char* text : {"revenue", "revenue by flurbs"}) {
    const auto answer = bench.Ask(text);
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().kind == ErrorKind::kUnavailable);
    CHECK(answer.error().message == "the lakehouse is currently unavailable");
  }
  const Json description = bench.assistant->Describe({});
  CHECK(description["sources"].items()[0]["status"].AsString() == "unavailable");
  CHECK(description["metrics"].size() == 0);
  const sources::Registry none;
  const auto empty = Assistant::Create(none, bench.clock)->Ask(Question{"revenue", "", "", {}});
  REQUIRE_FALSE(empty.ok());
  CHECK(empty.error().kind == ErrorKind::kUnavailable);
}

TEST_CASE("a value that came since is found when a question names it") {
  Bench bench;
  REQUIRE(bench.Ask("revenue for Akron").ok());
  CHECK_FALSE(bench.Ask("revenue for Toledo").ok());
  bench.source->answers["SELECT DISTINCT regions.region"].push_back({Json("Toledo")});
  bench.clock.Advance(3'000'000);
  CHECK(bench.Ask("revenue for Toledo").ok());
}

TEST_CASE("values that come in pages are all known") {
  Bench bench;
  bench.source->pages["SELECT DISTINCT regions.region"] = {
      {Json("Akron")}, {Json("Boise")}, {Json("Toledo")}};
  CHECK(bench.Ask("revenue for Toledo").ok());
  CHECK(std::count_if(bench.source->seen.begin(), bench.source->seen.end(),
                      [](const std::string& sql) {
                        return sql.starts_with("SELECT DISTINCT regions.region");
                      }) == 3);
}

TEST_CASE("a conversation keeps plans and costs, for its user, and no figures") {
  Bench bench;
  REQUIRE(bench.Ask("revenue for Cleveland", "c1").ok());
  const auto next = bench.Ask("and for Akron?", "c1");
  REQUIRE_MESSAGE(next.ok(), next.error().message);
  CHECK(next->answer == "Revenue for region Akron, all time: 1,234,567.80.");
  const auto entries = bench.assistant->Conversation("c1", "u1");
  REQUIRE(entries.size() == 2);
  CHECK(entries[1].question == "and for Akron?");
  CHECK(entries[1].headline == "Revenue for region Akron, all time");
  CHECK(entries[1].row_count == 1);
  CHECK(entries[1].at == bench.clock.Now());
  // Another user neither reads it nor goes on from it.
  CHECK(bench.assistant->Conversation("c1", "u2").empty());
  CHECK_FALSE(bench.Ask("and for Akron?", "c1", "u2").ok());
  REQUIRE(bench.Ask("revenue", "c1", "u2").ok());
  CHECK(bench.assistant->Conversation("c1", "u1").size() == 2);
  CHECK(bench.assistant->Conversation("c1", "u2").empty());
}

TEST_CASE("conversations and their entries are bounded") {
  Bench bench;
  for (size_t i = 0; i < conversation_entries_max + 5; ++i) REQUIRE(bench.Ask("revenue", "c").ok());
  CHECK(bench.assistant->Conversation("c", "u1").size() == conversation_entries_max);
  for (size_t i = 0; i < conversations_max; ++i) {
    REQUIRE(bench.Ask("revenue", "other" + std::to_string(i)).ok());
  }
  CHECK(bench.assistant->Conversation("c", "u1").empty());
}

TEST_CASE("questions that are empty or too long are refused") {
  Bench bench;
  for (const std::string& text : {std::string(), std::string("?!"), std::string(1001, 'x')}) {
    const auto answer = bench.Ask(text);
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().kind == ErrorKind::kInvalid);
    CHECK(answer.error().fields.at(0).field == "/question");
  }
}

TEST_CASE("what can be asked is described") {
  Bench bench;
  const Json description = bench.assistant->Describe({});
  CHECK(description["metrics"].items()[0].Dump() ==
        R"x({"name":"revenue","label":"Revenue","description":"","format":"money"})x");
  CHECK(description["dimensions"].size() == 3);
  CHECK(description["examples"].items()[0].AsString() == "Revenue by account");
}

TEST_CASE("all that a question asks the source shares one time limit") {
  Bench bench;
  bench.source->run_takes = 2000;
  REQUIRE(bench.Ask("revenue in 2025").ok());
  const std::vector<int>& timeouts_ms = bench.source->timeouts_ms;
  REQUIRE(timeouts_ms.size() >= 2);
  CHECK(timeouts_ms.front() <= question_timeout_ms);
  for (size_t i = 1; i < timeouts_ms.size(); ++i) CHECK(timeouts_ms[i] < timeouts_ms[i - 1]);
}

TEST_CASE("a description does not wait for a source as long as a question does") {
  Bench bench;
  bench.assistant->Describe({});
  CHECK(bench.source->waits_ms == std::vector<int>{describe_wait_ms});
}

}  // namespace
}  // namespace boathouse::assistant
