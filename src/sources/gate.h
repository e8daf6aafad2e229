#pragma once
// Private to sources/: what stands in front of every source. A Connector reaches one; the Gate makes
// a Source of it: guard, deadline, retry, circuit breaker, ledger, and one sentence when it is away.

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

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
  int64_t breaker_open_ms = 2000;  // no call reaches the source so long
  int64_t model_fresh_ms = 60'000;
};

class Gate : public Source {
 public:
  // `clock` and `ledger` outlive the gate.
  Gate(std::string name, std::string kind, std::unique_ptr<Connector> connector,
       GateOptions options, const Clock& clock, Ledger& ledger);

  const std::string& name() const override { return name_; }
  const std::string& kind() const override { return kind_; }
  Result<std::shared_ptr<const SemanticModel>> Model(const Cancellation& cancellation) override;
  Result<Table> Run(const Query& query) override;
  std::string_view status() const override;

 private:
  enum class Seen { kNothing, kAvailable, kUnavailable };
  enum class Call { kRun, kModel };

  // Calls `call` until it answers, its tries are used up, or the breaker is open.
  template <typename T, typename Function>
  Result<T> Reach(const Cancellation& caller, Call kind, int timeout_ms, const Function& call);
  template <typename T, typename Function>
  Result<T> Try(const Cancellation& cancellation, const Function& call);
  Error Translate(Error error, bool expired, int timeout_ms);
  bool BreakerLetsThrough();
  void NoteOutcome(bool reached, Call kind);

  const std::string name_;
  const std::string kind_;
  const std::unique_ptr<Connector> connector_;
  const GateOptions options_;
  const Clock& clock_;
  Ledger& ledger_;

  std::atomic<Seen> seen_{Seen::kNothing};
  std::mutex mutex_;  // guards what follows
  int failures_ = 0;
  Micros open_until_ = 0;
  std::shared_ptr<const SemanticModel> model_;
  Micros model_at_ = 0;
};

}  // namespace boathouse::sources
