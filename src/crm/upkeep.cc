#include "crm/upkeep.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "base/log.h"
#include "crm/crm_impl.h"
#include "crm/sales/case_due.h"
#include "crm/sales/fields.h"
#include "crm/sales/stage_adoption.h"
#include "crm/sales/tags.h"
#include "crm/sales/territory_rule.h"
#include "crm/sales/work.h"

namespace boathouse::crm {
namespace {

constexpr std::chrono::hours look_every{1};
constexpr Micros collect_every_micros = 24LL * 3600 * 1'000'000;

// Objects whose changes leave work.
constexpr std::string_view watched[] = {"territory_rule", "tag", "pipeline", "queue"};

// The newest change of any of them: cheap to ask after every commit.
store::Sequence NewestOf(const Crm::Impl& impl) {
  const std::shared_ptr<const model::Model> model = impl.store.model();
  store::Sequence newest = 0;
  for (const std::string_view name : watched) {
    if (const model::Object* object = model->Find(name)) {
      newest = std::max(newest, impl.store.committed(*object));
    }
  }
  return newest;
}

Result<int64_t> Do(Crm& crm, const std::string& key, const Json& work,
                   const Cancellation& cancellation) {
  const Caller program{auth::Principal::System(), "upkeep"};
  const std::string_view kind = work["kind"].AsString();
  if (kind == assign_work) return DoAssignWork(crm, program, key, work, cancellation);
  if (kind == retag_work) return DoRetagWork(crm, program, key, work, cancellation);
  if (kind == due_work) return DoDueWork(crm, program, key, work, cancellation);
  if (kind == adopt_work) return DoAdoptWork(crm, program, key, cancellation);
  return Error(ErrorKind::kUnsupported,
               "work of a newer program, which will know what to do: " + std::string(kind));
}

}  // namespace

Status BeginWorkspace(Crm& crm) {
  const std::shared_ptr<const model::Model> model = crm.model();
  const model::Object* pipeline = model->Find("pipeline");
  if (pipeline == nullptr) return Status::Ok();
  {
    ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, crm.impl().store.Read());
    ASSIGN(const std::optional<model::Record> known, FindFirst(*snapshot, *pipeline, {}));
    if (known) return Status::Ok();
  }
  return crm.impl().Transact({auth::Principal::System(), "upkeep"},
                             [](TransactionEdit& edit) { return BeginSales(edit); });
}

Result<int64_t> DoUpkeep(Crm& crm, const Cancellation& cancellation) {
  int64_t changed = 0;
  std::set<std::string> failed;  // left for the next time, so that nothing waits behind them
  for (int round = 0; round < upkeep_rounds_max && !cancellation.cancelled(); ++round) {
    ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, crm.impl().store.Read());
    ASSIGN(const auto left, snapshot->ListDocuments(work_documents));
    bool any = false;
    for (const auto& [key, work] : left) {
      if (failed.contains(key)) continue;
      if (cancellation.cancelled()) return changed;
      any = true;
      const Result<int64_t> here = Do(crm, key, work, cancellation);
      if (here.ok()) {
        changed += *here;
      } else {
        Log(LogLevel::kError, "work_failed", {{"key", key}, {"reason", here.error().message}});
        failed.insert(key);
      }
    }
    if (!any) break;
  }
  return changed;
}

struct Upkeep::Impl {
  Impl(Crm& served, Attachments* files) : crm(served), attachments(files) {
    watch = crm.impl().store.WatchCommits([this] {
      {
        const std::lock_guard lock(mutex);
        committed = true;
      }
      wake.notify_one();
    });
    thread = std::thread([this] { Run(); });
  }

  ~Impl() {
    stopping.Cancel();
    {
      const std::lock_guard lock(mutex);
      committed = true;
    }
    wake.notify_one();
    thread.join();
  }

  void Run() {
    store::Sequence done = -1;  // work may be left from before
    Micros collected = MonotonicMicros();
    while (!stopping.cancelled()) {
      const store::Sequence newest = NewestOf(crm.impl());
      if (newest != done) {
        const Result<int64_t> changed = DoUpkeep(crm, stopping);
        if (!changed.ok()) {
          Log(LogLevel::kError, "upkeep_failed", {{"reason", changed.error().message}});
        } else if (*changed > 0) {
          Log(LogLevel::kInfo, "upkeep_done", {{"records", *changed}});
        }
        done = newest;
      }
      if (attachments != nullptr && MonotonicMicros() - collected >= collect_every_micros) {
        Collect();
        collected = MonotonicMicros();
      }
      std::unique_lock lock(mutex);
      wake.wait_for(lock, look_every, [this] { return committed; });
      committed = false;
    }
  }

  void Collect() {
    const Result<int64_t> removed = attachments->CollectGarbage();
    if (!removed.ok()) {
      Log(LogLevel::kError, "files_not_collected", {{"reason", removed.error().message}});
    } else if (*removed > 0) {
      Log(LogLevel::kInfo, "files_collected", {{"files", *removed}});
    }
  }

  Crm& crm;
  Attachments* const attachments;
  std::mutex mutex;
  std::condition_variable wake;
  bool committed = false;
  const Cancellation stopping;
  std::unique_ptr<store::CommitWatch> watch;
  std::thread thread;
};

Upkeep::Upkeep(Crm& crm, Attachments* attachments)
    : impl_(std::make_unique<Impl>(crm, attachments)) {}
Upkeep::~Upkeep() = default;

}  // namespace boathouse::crm
