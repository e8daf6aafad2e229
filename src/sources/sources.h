#pragma once
// Sources are what we read from others, live: a lakehouse, an ERP. A source runs one read-only
// statement and gives its rows back; nothing of a result is ever written to disk or logged here.
// In front of every source stand a guard (one SELECT over allow-listed tables), a deadline, a retry,
// a circuit breaker and a ledger of what was run. This module cannot include store/.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "http/client.h"
#include "sources/semantic_model.h"

namespace boathouse::sources {

inline constexpr size_t rows_max_default = 10'000;      // of one answer
inline constexpr size_t bytes_max_default = 16u << 20;  // of one answer
inline constexpr int timeout_ms_default = 30'000;       // of one run, retries included

// What a user reads when a source cannot be reached; the message of its kUnavailable errors.
inline constexpr std::string_view lakehouse_away = "the lakehouse is currently unavailable";
// The other kUnavailable: so many calls wait for the source that one more would only take a thread
// from the rest of the program.
inline constexpr std::string_view lakehouse_busy =
    "the lakehouse is busy: too many questions are under way, try again in a moment";

struct Column {
  std::string name;
  std::string type;  // text, integer, decimal, double, boolean, date, datetime, json
};

// Cells: NULL is null; decimals, dates and date-times are strings; integers and doubles numbers
// (integers beyond 2^53 strings); booleans booleans; json any value.
struct Table {
  std::vector<Column> columns;
  std::vector<JsonArray> rows;
  bool truncated = false;   // a limit cut rows off
  int64_t elapsed_ms = 0;   // of the whole run as we saw it
  std::string upstream_id;  // the source's own name of the run, "" when it gives none
};

struct Limits {
  size_t rows_max = rows_max_default;
  size_t bytes_max = bytes_max_default;
  int timeout_ms = timeout_ms_default;
};

struct Query {
  std::string sql;
  Limits limits;
  Cancellation cancellation;
  std::string asked_by;  // for the ledger: the id of a user
};

// What a run cost, without anything it returned.
struct LedgerEntry {
  std::string source;
  std::string sql;
  std::string asked_by;
  Micros at = 0;
  int64_t elapsed_ms = 0;
  size_t row_count = 0;
  std::string outcome;  // "ok" or the name of an error kind
  std::string upstream_id;
};

// Keeps what was spent. `app` supplies it; called from the threads that run queries.
class Ledger {
 public:
  virtual ~Ledger() = default;
  virtual void Record(const LedgerEntry& entry) = 0;
};

// Safe to use from many threads.
class Source {
 public:
  virtual ~Source() = default;
  virtual const std::string& name() const = 0;
  virtual const std::string& kind() const = 0;  // "lakehouse"

  // What the source's tables mean. Read from the source (or its configuration) once for all who ask
  // at the same time, within a few seconds, and kept in memory for a minute. kUnavailable as Run.
  virtual Result<std::shared_ptr<const SemanticModel>> Model(const Cancellation& cancellation) = 0;

  // The same for a reader who does not want to wait: at most `wait_ms`, and not at all when another
  // has just waited in vain. A source that is late gives the model it gave last; kDeadline when there
  // was none. The reading goes on, so that a later call finds it.
  virtual Result<std::shared_ptr<const SemanticModel>> ModelWithin(
      int wait_ms, const Cancellation& cancellation) = 0;

  // Runs one SELECT over the model's tables. kForbidden with a field error on /sql whose code says
  // which rule of the guard it broke; kInvalid with the source's own words when it refuses the
  // statement; kUnavailable with exactly `lakehouse_away` or `lakehouse_busy`; kDeadline;
  // kCancelled.
  virtual Result<Table> Run(const Query& query) = 0;

  // What the last call saw: "available" or "unavailable"; "unknown" before the first call and while
  // the source keeps a reader waiting.
  virtual std::string_view status() const = 0;
};

struct SourceConfig {
  std::string name = "lakehouse";
  std::string url;           // of an MCP endpoint
  std::string bearer_token;  // "": none
  // The warehouse to name in each call, where the SQL tool takes one. "": the source decides.
  std::string warehouse_id;
  Json semantic_model;  // null: the source's resource semantic://model
};

// A lakehouse reached through MCP: ours, Databricks, Snowflake, or any server with a SQL tool. Does
// not connect yet. All references outlive the source.
std::unique_ptr<Source> MakeLakehouse(SourceConfig config, http::Client& http, const Clock& clock,
                                      Ledger& ledger);

// The sources of this server, in the order they were configured.
class Registry {
 public:
  void Add(std::unique_ptr<Source> source) { sources_.push_back(std::move(source)); }
  const std::vector<std::unique_ptr<Source>>& all() const { return sources_; }
  // The source, or nullptr.
  Source* Find(std::string_view name) const;

 private:
  std::vector<std::unique_ptr<Source>> sources_;
};

}  // namespace boathouse::sources
