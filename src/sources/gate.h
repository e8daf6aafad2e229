#pragma once
// Private to sources/: what stands in front of every source. A Connector reaches one; the Gate makes
// a Source of it: guard, turns, deadline, retry, circuit breaker, ledger, and one sentence when it is
// away. A source that accepts calls and never answers must not take the program's threads with it:
// few may wait for it at once, and nobody waits for one that was just seen away.

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "sources/sources.h"

namespace boathouse::sources {

// Reaches a source. kUnavailable means: could not be reached, another try may help. Safe to use from
// many threads.
class Connector {
 public:
  virtual ~Connector() = default;
  virtual Result<Table> Fetch(const std::string& sql, const Limits& limits,
                              const Cancellation& cancellation) = 0;
  // The document ParseSemanticModel reads.
  virtual Result<Json> ReadModel(const Cancellation& cancellation) = 0;
};

struct GateOptions {
  int tries_max = 3;               // of one run, when the source cannot be reached
  int backoff_ms = 60;             // before the second try; doubled before the third
  int breaker_failures = 3;        // in a row, until the breaker opens
  int64_t breaker_open_ms = 2000;  // no call reaches the source so long; then one at a time
  int64_t model_fresh_ms = 60'000;
  int model_timeout_ms = 5000;  // of one reading of the model, tries included
  // Together well below the workers of the HTTP server, which also serve everything else.
  size_t calls_in_flight_max = 6;
  size_t calls_waiting_max = 6;  // for their turn
  int turn_wait_ms = 1000;
};

class Gate : public Source {
 public:
  // `clock` and `ledger` outlive the gate.
  Gate(std::string name, std::string kind, std::unique_ptr<Connector> connector,
       GateOptions options, const Clock& clock, Ledger& ledger);
  // Ends a reading of the model that is under way, and waits for its end.
  ~Gate() override;

  const std::string& name() const override { return name_; }
  const std::string& kind() const override { return kind_; }
  Result<std::shared_ptr<const SemanticModel>> Model(const Cancellation& cancellation) override;
  Result<std::shared_ptr<const SemanticModel>> ModelWithin(
      int wait_ms, const Cancellation& cancellation) override;
  Result<Table> Run(const Query& query) override;
  std::string_view status() const override;

 private:
  using ModelResult = Result<std::shared_ptr<const SemanticModel>>;
  enum class Seen { kNothing, kAvailable, kUnavailable };
  enum class Call { kRun, kModel };
  enum class Pass { kRefused, kFree, kProbe };
  class Reading;  // of the model, shared by all who wait for it
  class Turn;     // one of the calls in flight
  class Probe;    // the one call that a half-open breaker lets through

  // Calls `call` until it answers, its tries are used up, or the breaker is open.
  template <typename T, typename Function>
  Result<T> Reach(const Cancellation& caller, Call kind, int timeout_ms, const Function& call);
  template <typename T, typename Function>
  Result<T> Try(const Cancellation& cancellation, const Function& call);
  Error Translate(Error error, bool expired, int timeout_ms);

  bool IsBreakerOpen();
  Pass AskBreaker();
  void NoteOutcome(bool reached, Call kind);

  std::optional<Turn> TakeTurn(int wait_ms);
  // Waits for the turn as long as that makes sense; nothing when the breaker is open.
  Result<Turn> WaitForTurn();

  // Holding a turn: the fresh model, or what the reading brings.
  ModelResult FreshModel(const Cancellation& cancellation);
  std::shared_ptr<const SemanticModel> ModelInMemory();
  std::shared_ptr<const SemanticModel> UnlockedModel() const;
  Result<std::shared_ptr<Reading>> JoinReading();
  void ReadModel(Reading& reading);
  ModelResult ReadModelNow();

  const std::string name_;
  const std::string kind_;
  const std::unique_ptr<Connector> connector_;
  const GateOptions options_;
  const Clock& clock_;
  Ledger& ledger_;

  const Cancellation closing_;
  std::atomic<Seen> seen_{Seen::kNothing};
  std::atomic<bool> late_{false};  // somebody waits in vain for the reading under way
  std::mutex mutex_;               // guards what follows
  int failures_ = 0;
  Micros open_until_ = 0;
  bool probing_ = false;
  std::shared_ptr<const SemanticModel> model_;
  Micros model_at_ = 0;
  std::shared_ptr<Reading> reading_;  // nullptr: none is under way
  std::thread reader_;                // of the last reading
  std::condition_variable turn_free_;
  size_t calls_in_flight_ = 0;
  size_t calls_waiting_ = 0;
};

}  // namespace boathouse::sources
