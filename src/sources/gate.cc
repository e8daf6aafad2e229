#include "sources/gate.h"

#include <set>
#include <utility>

#include "base/bytes.h"
#include "base/log.h"
#include "sources/guard.h"
#include "sources/pause.h"

namespace boathouse::sources {
namespace {

constexpr int64_t micros_per_ms = 1000;

std::set<std::string> TablesOf(const SemanticModel& model) {
  std::set<std::string> tables;
  for (const ModelDataset& dataset : model.datasets) tables.insert(AsciiLower(dataset.source));
  return tables;
}

// Whether the source answered at all; a refused statement is an answer.
bool Reached(ErrorKind kind) {
  return kind != ErrorKind::kUnavailable && kind != ErrorKind::kDeadline;
}

}  // namespace

Gate::Gate(std::string name, std::string kind, std::unique_ptr<Connector> connector,
           GateOptions options, const Clock& clock, Ledger& ledger)
    : name_(std::move(name)),
      kind_(std::move(kind)),
      connector_(std::move(connector)),
      options_(options),
      clock_(clock),
      ledger_(ledger) {}

bool Gate::BreakerLetsThrough() {
  const std::lock_guard lock(mutex_);
  return clock_.Now() >= open_until_;
}

void Gate::NoteOutcome(bool reached, Call kind) {
  seen_ = reached ? Seen::kAvailable : Seen::kUnavailable;
  const std::lock_guard lock(mutex_);
  // Only a run that succeeds ends a series of failures: a source may give its model and no rows.
  if (reached && kind == Call::kRun) failures_ = 0;
  if (reached || ++failures_ < options_.breaker_failures) return;
  // After the pause one more failure opens it again at once: failures_ stays at the threshold.
  open_until_ = clock_.Now() + options_.breaker_open_ms * micros_per_ms;
}

// The words of the user's surface. What went wrong upstream with our credential is not the user's
// doing, so it must not look like a 401 of ours.
Error Gate::Translate(Error error, bool expired, int timeout_ms) {
  if (expired) {
    return Error(ErrorKind::kDeadline, "the lakehouse did not answer within " +
                                           std::to_string(timeout_ms / 1000) + " seconds");
  }
  switch (error.kind) {
    case ErrorKind::kInvalid:
    case ErrorKind::kTooLarge:
    case ErrorKind::kUnsupported:
    case ErrorKind::kDeadline:
    case ErrorKind::kCancelled:
      return error;
    case ErrorKind::kNotFound:
    case ErrorKind::kUnauthenticated:
    case ErrorKind::kForbidden:
    case ErrorKind::kConflict:
    case ErrorKind::kExhausted:
    case ErrorKind::kOverBudget:
    case ErrorKind::kUnavailable:
    case ErrorKind::kCorrupt:
    case ErrorKind::kInternal:
      Log(LogLevel::kWarning, "source_unavailable",
          {{"source", name_}, {"reason", ErrorKindName(error.kind)}});
      return Error(ErrorKind::kUnavailable, std::string(lakehouse_away));
  }
  return error;
}

template <typename T, typename Function>
Result<T> Gate::Try(const Cancellation& cancellation, const Function& call) {
  int backoff_ms = options_.backoff_ms;
  for (int tries = 1;; ++tries) {
    Result<T> result = call(cancellation);
    if (result.ok() || result.error().kind != ErrorKind::kUnavailable) return result;
    if (tries == options_.tries_max || !Pause(cancellation, backoff_ms)) return result;
    backoff_ms *= 2;
  }
}

template <typename T, typename Function>
Result<T> Gate::Reach(const Cancellation& caller, Call kind, int timeout_ms, const Function& call) {
  if (!BreakerLetsThrough()) return Error(ErrorKind::kUnavailable, std::string(lakehouse_away));
  const Deadline deadline(caller, timeout_ms);
  Result<T> result = Try<T>(deadline.cancellation(), call);
  if (result.ok()) {
    NoteOutcome(true, kind);
    return result;
  }
  Error error = Translate(std::move(result.error()), deadline.expired(), timeout_ms);
  // A caller who went away says nothing about the source.
  if (error.kind != ErrorKind::kCancelled) NoteOutcome(Reached(error.kind), kind);
  return error;
}

Result<std::shared_ptr<const SemanticModel>> Gate::Model(const Cancellation& cancellation) {
  {
    const std::lock_guard lock(mutex_);
    const bool fresh = clock_.Now() - model_at_ < options_.model_fresh_ms * micros_per_ms;
    // A source that was away is asked again, so that its coming back shows.
    if (model_ != nullptr && fresh && seen_ != Seen::kUnavailable) return model_;
  }
  ASSIGN(const Json document, Reach<Json>(cancellation, Call::kModel, timeout_ms_default,
                                          [this](const Cancellation& call_cancellation) {
                                            return connector_->ReadModel(call_cancellation);
                                          }));
  ASSIGN(SemanticModel parsed, ParseSemanticModel(document));
  auto model = std::make_shared<const SemanticModel>(std::move(parsed));
  const std::lock_guard lock(mutex_);
  model_ = model;
  model_at_ = clock_.Now();
  return model;
}

Result<Table> Gate::Run(const Query& query) {
  ASSIGN(const std::shared_ptr<const SemanticModel> model, Model(query.cancellation));
  ASSIGN(const std::string sql, GuardSql(query.sql, {TablesOf(*model), query.limits.rows_max}));
  LedgerEntry entry;
  entry.source = name_;
  entry.sql = sql;
  entry.asked_by = query.asked_by;
  entry.at = clock_.Now();
  const Micros begin = MonotonicMicros();
  Result<Table> table = Reach<Table>(query.cancellation, Call::kRun, query.limits.timeout_ms,
                                     [&](const Cancellation& cancellation) {
                                       return connector_->Fetch(sql, query.limits, cancellation);
                                     });
  entry.elapsed_ms = (MonotonicMicros() - begin) / micros_per_ms;
  if (table.ok()) {
    table->elapsed_ms = entry.elapsed_ms;
    entry.row_count = table->rows.size();
    entry.upstream_id = table->upstream_id;
    entry.outcome = "ok";
  } else {
    entry.outcome = std::string(ErrorKindName(table.error().kind));
  }
  ledger_.Record(entry);
  return table;
}

std::string_view Gate::status() const {
  switch (seen_.load()) {
    case Seen::kNothing:
      return "unknown";
    case Seen::kAvailable:
      return "available";
    case Seen::kUnavailable:
      return "unavailable";
  }
  return "unknown";
}

}  // namespace boathouse::sources
