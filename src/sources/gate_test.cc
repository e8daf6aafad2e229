#include "sources/gate.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "sources/lakehouse/mcp_connector.h"

namespace boathouse::sources {
namespace {

const char model_text[] = R"({"version":"0.2.0.dev0","semantic_model":[{"name":"m","datasets":[
    {"name":"t","source":"s.T","fields":[{"name":"a","expression":{"dialects":[]}}]}]}]})";

Json Model() { return Json::Parse(model_text).value(); }

Table OneRow() {
  Table table;
  table.columns = {{"a", "text"}};
  table.rows = {{Json("sentinel")}};
  table.upstream_id = "u-1";
  return table;
}

// Answers what it was told to, then OneRow for ever.
class FakeConnector : public Connector {
 public:
  std::deque<Error> failures;
  std::vector<std::string> seen;
  std::atomic<int> models_read = 0;
  std::atomic<int> fetches = 0;
  std::atomic<bool> hang = false;
  std::atomic<bool> hang_model = false;

  Result<Table> Fetch(const std::string& sql, const Limits&,
                      const Cancellation& cancellation) override {
    seen.push_back(sql);
    ++fetches;
    while (hang && !cancellation.cancelled()) std::this_thread::yield();
    if (cancellation.cancelled()) return Error(ErrorKind::kCancelled, "gone");
    if (failures.empty()) return OneRow();
    Error error = failures.front();
    failures.pop_front();
    return error;
  }
  Result<Json> ReadModel(const Cancellation& cancellation) override {
    ++models_read;
    while (hang_model && !cancellation.cancelled()) std::this_thread::yield();
    if (cancellation.cancelled()) return Error(ErrorKind::kCancelled, "gone");
    return Model();
  }
};

class FakeLedger : public Ledger {
 public:
  std::vector<LedgerEntry> entries;
  void Record(const LedgerEntry& entry) override { entries.push_back(entry); }
};

struct Bench {
  explicit Bench(GateOptions options = {}) {
    options.backoff_ms = 0;
    auto owned = std::make_unique<FakeConnector>();
    connector = owned.get();
    gate = std::make_unique<Gate>("lake", "lakehouse", std::move(owned), options, clock, ledger);
  }
  Result<Table> Run(const std::string& sql = "SELECT a FROM s.t",
                    const Cancellation& cancellation = {}) {
    Query query;
    query.sql = sql;
    query.asked_by = "user-1";
    query.cancellation = cancellation;
    return gate->Run(query);
  }
  ManualClock clock{1'000'000'000'000};
  FakeLedger ledger;
  FakeConnector* connector;
  std::unique_ptr<Gate> gate;
};

const Error away(ErrorKind::kUnavailable, "connection refused by 10.0.0.1");

TEST_CASE("a run is guarded, limited and recorded without its rows") {
  Bench bench;
  CHECK(bench.gate->status() == "unknown");
  const auto table = bench.Run();
  REQUIRE(table.ok());
  CHECK(bench.connector->seen == std::vector<std::string>{"SELECT a FROM s.t LIMIT 10001"});
  REQUIRE(bench.ledger.entries.size() == 1);
  const LedgerEntry& entry = bench.ledger.entries[0];
  CHECK(entry.source == "lake");
  CHECK(entry.asked_by == "user-1");
  CHECK(entry.row_count == 1);
  CHECK(entry.outcome == "ok");
  CHECK(entry.upstream_id == "u-1");
  CHECK(entry.sql.find("sentinel") == std::string::npos);
  CHECK(bench.gate->status() == "available");
}

TEST_CASE("what the guard refuses never leaves") {
  Bench bench;
  const auto refused = bench.Run("SELECT * FROM secret");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::kForbidden);
  CHECK(refused.error().fields.at(0).code == "TABLE_NOT_ALLOW_LISTED");
  CHECK(bench.connector->seen.empty());
  CHECK(bench.ledger.entries.empty());
}

TEST_CASE("a source that comes back within the tries is not noticed") {
  Bench bench;
  bench.connector->failures = {away, away};
  CHECK(bench.Run().ok());
  CHECK(bench.connector->seen.size() == 3);
}

TEST_CASE("a source that is away gives one sentence, whatever was behind it") {
  Bench bench;
  for (const ErrorKind kind : {ErrorKind::kUnavailable, ErrorKind::kUnauthenticated,
                               ErrorKind::kForbidden, ErrorKind::kInternal, ErrorKind::kNotFound}) {
    bench.connector->failures = {3, Error(kind, "token 1234 refused")};
    const auto table = bench.Run();
    REQUIRE_FALSE(table.ok());
    CHECK(table.error().kind == ErrorKind::kUnavailable);
    CHECK(table.error().message == "the lakehouse is currently unavailable");
    bench.connector->failures.clear();
    bench.clock.Advance(10'000'000);
  }
  CHECK(bench.gate->status() == "unavailable");
  CHECK(bench.ledger.entries.back().outcome == "unavailable");
}

TEST_CASE("a refused statement is not retried and keeps the source's words") {
  Bench bench;
  bench.connector->failures = {Error(ErrorKind::kInvalid, "no such column")};
  const auto table = bench.Run();
  REQUIRE_FALSE(table.ok());
  CHECK(table.error().message == "no such column");
  CHECK(bench.connector->seen.size() == 1);
  CHECK(bench.gate->status() == "available");
}

TEST_CASE("the breaker opens after failures in a row and closes by itself") {
  GateOptions options;
  options.tries_max = 1;
  options.model_fresh_ms = 1'000'000;
  Bench bench(options);
  bench.connector->failures = {4, away};
  for (int i = 0; i < 3; ++i) CHECK_FALSE(bench.Run().ok());
  CHECK(bench.connector->seen.size() == 3);
  CHECK_FALSE(bench.Run().ok());
  CHECK(bench.connector->seen.size() == 3);  // open: nothing was sent
  bench.clock.Advance(2'000'001);
  CHECK_FALSE(bench.Run().ok());
  CHECK(bench.connector->seen.size() == 4);  // one try, and open again
  CHECK_FALSE(bench.Run().ok());
  CHECK(bench.connector->seen.size() == 4);
  bench.clock.Advance(2'000'001);
  CHECK(bench.Run().ok());
  CHECK(bench.Run().ok());
}

TEST_CASE("a source that comes back is seen without a question") {
  GateOptions options;
  options.tries_max = 1;
  Bench bench(options);
  REQUIRE(bench.Run().ok());
  bench.connector->failures = {away};
  CHECK_FALSE(bench.Run().ok());
  CHECK(bench.gate->status() == "unavailable");
  CHECK(bench.gate->Model({}).ok());
  CHECK(bench.gate->status() == "available");
}

TEST_CASE("the deadline ends a run that hangs, and the caller may end it sooner") {
  Bench bench;
  bench.connector->hang = true;
  Query query;
  query.sql = "SELECT a FROM s.t";
  query.limits.timeout_ms = 20;
  auto table = bench.gate->Run(query);
  REQUIRE_FALSE(table.ok());
  CHECK(table.error().kind == ErrorKind::kDeadline);
  query.limits.timeout_ms = 60'000;
  query.cancellation.Cancel();
  table = bench.gate->Run(query);
  REQUIRE_FALSE(table.ok());
  CHECK(table.error().kind == ErrorKind::kCancelled);
}

TEST_CASE("the model is read again when it is no longer fresh") {
  Bench bench;
  REQUIRE(bench.Run().ok());
  REQUIRE(bench.Run().ok());
  CHECK(bench.connector->models_read.load() == 1);
  bench.clock.Advance(61'000'000);
  REQUIRE(bench.Run().ok());
  CHECK(bench.connector->models_read == 2);
}

void Until(const std::function<bool()>& condition) {
  while (!condition()) std::this_thread::yield();
}

TEST_CASE("only so many calls wait for a source at once") {
  GateOptions options;
  options.calls_in_flight_max = 1;
  options.turn_wait_ms = 0;
  Bench bench(options);
  bench.connector->hang = true;
  std::thread first([&] { CHECK(bench.Run().ok()); });
  Until([&] { return bench.connector->fetches == 1; });
  const auto refused = bench.Run();
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::kUnavailable);
  CHECK(refused.error().message == lakehouse_busy);
  CHECK(bench.connector->fetches == 1);
  bench.connector->hang = false;
  first.join();
  CHECK(bench.Run().ok());
}

TEST_CASE("a call waits for its turn while the source answers, and few others do") {
  GateOptions options;
  options.calls_in_flight_max = 1;
  options.calls_waiting_max = 1;
  options.turn_wait_ms = 600'000;
  Bench bench(options);
  bench.connector->hang = true;
  std::thread first([&] { CHECK(bench.Run().ok()); });
  Until([&] { return bench.connector->fetches == 1; });
  // One of these two waits; the other, whichever comes later, is refused without waiting.
  std::atomic<int> refused = 0;
  std::atomic<int> answered = 0;
  const auto ask = [&] { ++(bench.Run().ok() ? answered : refused); };
  std::thread second(ask);
  std::thread third(ask);
  Until([&] { return refused == 1; });
  bench.connector->hang = false;
  first.join();
  second.join();
  third.join();
  CHECK(answered == 1);
}

TEST_CASE("all who need the model wait for one reading of it") {
  GateOptions options;
  options.calls_in_flight_max = 2;
  options.turn_wait_ms = 0;
  options.model_timeout_ms = 600'000;
  Bench bench(options);
  bench.connector->hang_model = true;
  // Again and again: the caller below may have the turn for a moment.
  const auto ask = [&] { Until([&] { return bench.gate->Model({}).ok(); }); };
  std::thread first(ask);
  std::thread second(ask);
  // A caller who has gone tells, without waiting, when both turns are taken.
  Cancellation gone;
  gone.Cancel();
  Until([&] { return bench.Run("SELECT a FROM s.t", gone).error().message == lakehouse_busy; });
  bench.connector->hang_model = false;
  first.join();
  second.join();
  CHECK(bench.connector->models_read.load() == 1);
}

TEST_CASE("a model that does not come is waited for a short time only") {
  GateOptions options;
  options.model_timeout_ms = 20;
  Bench bench(options);
  bench.connector->hang_model = true;
  const auto late = bench.gate->Model({});
  REQUIRE_FALSE(late.ok());
  CHECK(late.error().kind == ErrorKind::kDeadline);
}

TEST_CASE("a reader who does not wait gets what is in memory") {
  GateOptions options;
  options.model_timeout_ms = 600'000;
  Bench bench(options);
  bench.connector->hang_model = true;
  const auto nothing = bench.gate->ModelWithin(1, {});
  REQUIRE_FALSE(nothing.ok());
  CHECK(nothing.error().kind == ErrorKind::kDeadline);
  CHECK(bench.gate->status() == "unknown");
  // The next one does not wait again for the same reading, however long it would.
  CHECK_FALSE(bench.gate->ModelWithin(600'000, {}).ok());
  bench.connector->hang_model = false;
  REQUIRE(bench.gate->Model({}).ok());
  CHECK(bench.connector->models_read.load() == 1);
  CHECK(bench.gate->status() == "available");
  // A model that is no longer fresh is better than none, but the status does not pretend.
  bench.clock.Advance(61'000'000);
  bench.connector->hang_model = true;
  CHECK(bench.gate->ModelWithin(1, {}).ok());
  CHECK(bench.gate->status() == "unknown");
}

TEST_CASE("a half-open breaker lets one call through at a time") {
  GateOptions options;
  options.tries_max = 1;
  Bench bench(options);
  bench.connector->failures = {3, away};
  for (int i = 0; i < 3; ++i) CHECK_FALSE(bench.Run().ok());
  bench.clock.Advance(2'000'001);
  bench.connector->hang = true;
  Cancellation leave;
  std::thread probe([&] { CHECK_FALSE(bench.Run("SELECT a FROM s.t", leave).ok()); });
  Until([&] { return bench.connector->fetches == 4; });
  const auto refused = bench.Run();
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message == lakehouse_away);
  CHECK(bench.connector->fetches == 4);
  // A probe that its caller gave up says nothing: the next call is the probe.
  leave.Cancel();
  probe.join();
  bench.connector->hang = false;
  CHECK(bench.Run().ok());
  CHECK(bench.connector->fetches == 5);
}

// A server that answers from a script of tool results.
class FakeClient : public mcp::Client {
 public:
  std::deque<Result<mcp::ToolResult>> answers;
  std::vector<std::string> calls;
  std::vector<mcp::Tool> tools;
  Result<Json> resource = Error(ErrorKind::kNotFound, "none");

  Result<std::vector<mcp::Tool>> ListTools(const Cancellation&) override { return tools; }
  Result<mcp::ToolResult> CallTool(std::string_view name, const Json& arguments,
                                   const Cancellation&) override {
    calls.push_back(std::string(name) + arguments.Dump());
    REQUIRE_FALSE(answers.empty());
    Result<mcp::ToolResult> answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }
  Result<Json> ReadResource(std::string_view, const Cancellation&) override { return resource; }
  std::string protocol_version() const override { return "2026-07-28"; }
};

mcp::Tool StatementTool(const char* name, const char* argument) {
  mcp::Tool tool;
  tool.name = name;
  tool.input_schema =
      Json::Object({{"properties", Json::Object({{argument, Json::Object({{"type", "string"}})}})},
                    {"required", Json::Array({argument})}});
  return tool;
}

mcp::ToolResult JsonResult(const char* text) {
  return mcp::ToolResult{Json::Array(), Json::Parse(text).value(), false};
}

TEST_CASE("a statement that runs long is polled until it is done") {
  auto client = std::make_unique<FakeClient>();
  FakeClient* fake = client.get();
  fake->tools = {StatementTool("execute_sql_read_only", "query"),
                 StatementTool("poll_sql_result", "statement_id")};
  fake->answers.emplace_back(JsonResult(R"({"statement_id":"s9","status":{"state":"PENDING"}})"));
  fake->answers.emplace_back(JsonResult(
      R"({"statement_id":"s9","status":{"state":"SUCCEEDED"},"manifest":{"schema":{"columns":[{"name":"a","type_text":"INT"}]}},"result":{"data_array":[["7"]]}})"));
  const auto connector = MakeMcpConnector(SourceConfig{}, std::move(client));
  const auto table = connector->Fetch("SELECT 7", Limits{}, {});
  REQUIRE(table.ok());
  CHECK(table->rows[0][0].AsInt() == 7);
  CHECK(table->upstream_id == "s9");
  CHECK(fake->calls[1] == R"(poll_sql_result{"statement_id":"s9"})");
}

TEST_CASE("a server without a semantic model needs one in its configuration") {
  const auto without = MakeMcpConnector(SourceConfig{}, std::make_unique<FakeClient>());
  const auto missing = without->ReadModel({});
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().kind == ErrorKind::kUnsupported);
  SourceConfig config;
  config.semantic_model = Model();
  const auto with = MakeMcpConnector(std::move(config), std::make_unique<FakeClient>());
  CHECK(with->ReadModel({}).ok());
  auto client = std::make_unique<FakeClient>();
  client->resource = Json::Array({Json::Object({{"text", model_text}})});
  CHECK(MakeMcpConnector(SourceConfig{}, std::move(client))->ReadModel({}).ok());
}

// Connections to it succeed, and nobody ever reads what they say.
class SilentServer {
 public:
  SilentServer() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(socket_, 8) == 0);
    socklen_t size = sizeof address;
    REQUIRE(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { close(socket_); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/mcp"; }

 private:
  const int socket_ = socket(AF_INET, SOCK_STREAM, 0);
  int port_ = 0;
};

TEST_CASE("a lakehouse that takes calls and never answers holds nobody") {
  const SilentServer server;
  const std::unique_ptr<http::Client> http = http::Client::Create();
  const ManualClock clock{0};
  FakeLedger ledger;
  SourceConfig config;
  config.url = server.url();
  const Micros begin = MonotonicMicros();
  {
    const auto source = MakeLakehouse(std::move(config), *http, clock, ledger);
    const auto model = source->ModelWithin(10, {});
    REQUIRE_FALSE(model.ok());
    CHECK(model.error().kind == ErrorKind::kDeadline);
    CHECK(source->status() == "unknown");
  }
  // Also the end does not wait for the reading's own time limit.
  CHECK(MonotonicMicros() - begin < GateOptions{}.model_timeout_ms * 1000 / 2);
}

}  // namespace
}  // namespace boathouse::sources
