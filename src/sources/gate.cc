#include "sources/gate.h"

#include <chrono>
#include <exception>
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

Error Away() { return Error(ErrorKind::kUnavailable, std::string(lakehouse_away)); }

Error TooLate(int timeout_ms) {
  return Error(ErrorKind::kDeadline, "the lakehouse did not answer within " +
                                         std::to_string(timeout_ms / 1000) + " seconds");
}

}  // namespace

// The result, and those who wait for it. Outlives the gate's interest in it.
class Gate::Reading {
 public:
  void Complete(ModelResult result) {
    const std::lock_guard lock(mutex_);
    result_ = std::move(result);
    done_.notify_all();
  }
  // What came; nullopt when the time was over or the caller went away before.
  static std::optional<ModelResult> Wait(const std::shared_ptr<Reading>& reading,
                                         const Cancellation& cancellation, int wait_ms) {
    // The callback may run long after this wait: it must not keep the model alive.
    cancellation.OnCancel([weak = std::weak_ptr<Reading>(reading)] {
      const std::shared_ptr<Reading> waited_for = weak.lock();
      if (waited_for == nullptr) return;
      const std::lock_guard lock(waited_for->mutex_);
      waited_for->done_.notify_all();
    });
    std::unique_lock lock(reading->mutex_);
    reading->done_.wait_for(lock, std::chrono::milliseconds(wait_ms), [&] {
      return reading->result_.has_value() || cancellation.cancelled();
    });
    return reading->result_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  std::optional<ModelResult> result_;
};

class Gate::Turn {
 public:
  explicit Turn(Gate* gate) : gate_(gate) {}
  Turn(Turn&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (gate_ == nullptr) return;
    const std::lock_guard lock(gate_->mutex_);
    --gate_->calls_in_flight_;
    gate_->turn_free_.notify_one();
  }

 private:
  Gate* gate_;
};

// However the probe ends, also by a throw: the next one may try.
class Gate::Probe {
 public:
  explicit Probe(Gate* gate) : gate_(gate) {}
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  ~Probe() {
    if (gate_ == nullptr) return;
    const std::lock_guard lock(gate_->mutex_);
    gate_->probing_ = false;
  }

 private:
  Gate* gate_;
};

Gate::Gate(std::string name, std::string kind, std::unique_ptr<Connector> connector,
           GateOptions options, const Clock& clock, Ledger& ledger)
    : name_(std::move(name)),
      kind_(std::move(kind)),
      connector_(std::move(connector)),
      options_(options),
      clock_(clock),
      ledger_(ledger) {}

Gate::~Gate() {
  closing_.Cancel();
  if (reader_.joinable()) reader_.join();
}

bool Gate::IsBreakerOpen() {
  const std::lock_guard lock(mutex_);
  if (failures_ < options_.breaker_failures) return false;
  return probing_ || clock_.Now() < open_until_;
}

// After the pause the breaker is half open: one call at a time finds out whether the source is back.
Gate::Pass Gate::AskBreaker() {
  const std::lock_guard lock(mutex_);
  if (failures_ < options_.breaker_failures) return Pass::kFree;
  if (probing_ || clock_.Now() < open_until_) return Pass::kRefused;
  probing_ = true;
  return Pass::kProbe;
}

void Gate::NoteOutcome(bool reached, Call kind) {
  seen_ = reached ? Seen::kAvailable : Seen::kUnavailable;
  const std::lock_guard lock(mutex_);
  // Only a run that succeeds ends a series of failures: a source may give its model and no rows.
  if (reached && kind == Call::kRun) failures_ = 0;
  if (reached || ++failures_ < options_.breaker_failures) return;
  // After the pause one more failure opens it again at once: failures_ stays at the threshold.
  failures_ = options_.breaker_failures;
  open_until_ = clock_.Now() + options_.breaker_open_ms * micros_per_ms;
}

std::optional<Gate::Turn> Gate::TakeTurn(int wait_ms) {
  std::unique_lock lock(mutex_);
  const auto is_free = [this] { return calls_in_flight_ < options_.calls_in_flight_max; };
  if (!is_free()) {
    if (wait_ms == 0 || calls_waiting_ >= options_.calls_waiting_max) return std::nullopt;
    ++calls_waiting_;
    turn_free_.wait_for(lock, std::chrono::milliseconds(wait_ms), is_free);
    --calls_waiting_;
    if (!is_free()) return std::nullopt;
  }
  ++calls_in_flight_;
  return Turn(this);
}

Result<Gate::Turn> Gate::WaitForTurn() {
  if (IsBreakerOpen()) return Away();
  // Turns that a source which is away has taken do not come free soon.
  const int wait_ms = seen_ == Seen::kUnavailable ? 0 : options_.turn_wait_ms;
  std::optional<Turn> turn = TakeTurn(wait_ms);
  if (turn.has_value()) return *std::move(turn);
  Log(LogLevel::kWarning, "source_busy", {{"source", name_}});
  return Error(ErrorKind::kUnavailable, std::string(lakehouse_busy));
}

// The words of the user's surface. What went wrong upstream with our credential is not the user's
// doing, so it must not look like a 401 of ours.
Error Gate::Translate(Error error, bool expired, int timeout_ms) {
  if (expired) return TooLate(timeout_ms);
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
      return Away();
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
  const Pass pass = AskBreaker();
  if (pass == Pass::kRefused) return Away();
  const Probe probe(pass == Pass::kProbe ? this : nullptr);
  Result<T> result = Away();
  bool expired = false;
  {
    const Deadline deadline(caller, timeout_ms);
    result = Try<T>(deadline.cancellation(), call);
    expired = deadline.expired();
  }
  if (!result.ok()) result = Translate(std::move(result.error()), expired, timeout_ms);
  // A caller who went away says nothing about the source.
  if (result.ok() || result.error().kind != ErrorKind::kCancelled) {
    NoteOutcome(result.ok() || Reached(result.error().kind), kind);
  }
  return result;
}

// Called with mutex_ locked.
std::shared_ptr<const SemanticModel> Gate::UnlockedModel() const {
  const bool fresh = clock_.Now() - model_at_ < options_.model_fresh_ms * micros_per_ms;
  // A source that was away is asked again, so that its coming back shows.
  return fresh && seen_ != Seen::kUnavailable ? model_ : nullptr;
}

std::shared_ptr<const SemanticModel> Gate::ModelInMemory() {
  const std::lock_guard lock(mutex_);
  return UnlockedModel();
}

// A thread of its own reads: whoever waits may go away earlier without ending it for the others.
Result<std::shared_ptr<Gate::Reading>> Gate::JoinReading() {
  if (IsBreakerOpen()) return Away();
  const std::lock_guard lock(mutex_);
  if (reading_ != nullptr) return reading_;
  auto reading = std::make_shared<Reading>();
  // The last reading may have ended since the caller looked.
  if (std::shared_ptr<const SemanticModel> known = UnlockedModel(); known != nullptr) {
    reading->Complete(std::move(known));
    return reading;
  }
  // The last reader let go of mutex_ for good when it set reading_ to nullptr.
  if (reader_.joinable()) reader_.join();
  try {
    reader_ = std::thread([this, reading] { ReadModel(*reading); });
  } catch (const std::exception& thrown) {
    Log(LogLevel::kError, "source_reader_not_started", {{"reason", thrown.what()}});
    return Away();
  }
  reading_ = reading;
  return reading;
}

void Gate::ReadModel(Reading& reading) {
  ModelResult result = Away();
  try {
    result = ReadModelNow();
  } catch (const std::exception& thrown) {
    Log(LogLevel::kError, "source_model_unread", {{"source", name_}, {"reason", thrown.what()}});
  }
  {
    const std::lock_guard lock(mutex_);
    if (result.ok()) {
      model_ = *result;
      model_at_ = clock_.Now();
    }
    late_ = false;
    reading_ = nullptr;
  }
  reading.Complete(std::move(result));
}

Gate::ModelResult Gate::ReadModelNow() {
  ASSIGN(const Json document, Reach<Json>(closing_, Call::kModel, options_.model_timeout_ms,
                                          [this](const Cancellation& call_cancellation) {
                                            return connector_->ReadModel(call_cancellation);
                                          }));
  ASSIGN(SemanticModel parsed, ParseSemanticModel(document));
  return std::make_shared<const SemanticModel>(std::move(parsed));
}

Gate::ModelResult Gate::FreshModel(const Cancellation& cancellation) {
  if (std::shared_ptr<const SemanticModel> known = ModelInMemory(); known != nullptr) return known;
  ASSIGN(const std::shared_ptr<Reading> reading, JoinReading());
  std::optional<ModelResult> came = Reading::Wait(reading, cancellation, options_.model_timeout_ms);
  if (came.has_value()) return *std::move(came);
  if (cancellation.cancelled()) return Error(ErrorKind::kCancelled, "the caller has gone");
  return TooLate(options_.model_timeout_ms);
}

Gate::ModelResult Gate::Model(const Cancellation& cancellation) {
  if (std::shared_ptr<const SemanticModel> known = ModelInMemory(); known != nullptr) return known;
  ASSIGN(const Turn turn, WaitForTurn());
  return FreshModel(cancellation);
}

Gate::ModelResult Gate::ModelWithin(int wait_ms, const Cancellation& cancellation) {
  if (std::shared_ptr<const SemanticModel> known = ModelInMemory(); known != nullptr) return known;
  ASSIGN(const std::shared_ptr<Reading> reading, JoinReading());
  const std::optional<Turn> turn = TakeTurn(0);
  const bool waits = turn.has_value() && !late_;
  std::optional<ModelResult> came = Reading::Wait(reading, cancellation, waits ? wait_ms : 0);
  if (came.has_value()) return *std::move(came);
  const std::lock_guard lock(mutex_);
  if (waits && reading_ == reading && !cancellation.cancelled()) late_ = true;
  if (model_ != nullptr && seen_ != Seen::kUnavailable) return model_;
  return TooLate(wait_ms);
}

Result<Table> Gate::Run(const Query& query) {
  ASSIGN(const Turn turn, WaitForTurn());
  ASSIGN(const std::shared_ptr<const SemanticModel> model, FreshModel(query.cancellation));
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
      return late_ ? "unknown" : "available";
    case Seen::kUnavailable:
      return "unavailable";
  }
  return "unknown";
}

}  // namespace boathouse::sources
