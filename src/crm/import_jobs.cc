#include "crm/import_jobs.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "base/log.h"
#include "crm/crm_impl.h"
#include "crm/import_run.h"
#include "crm/import_spool.h"

namespace boathouse::crm {
namespace {

namespace fs = std::filesystem;

class Jobs final : public ImportJobs {
 public:
  Jobs(Crm& crm, Options options) : crm_(crm), options_(std::move(options)) {}

  ~Jobs() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  Status Load() {
    std::error_code failed;
    fs::create_directories(options_.folder, failed);
    if (failed) {
      return Error(ErrorKind::kUnavailable,
                   "cannot make " + options_.folder + ": " + failed.message());
    }
    fs::permissions(options_.folder, fs::perms::owner_all, failed);
    ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, crm_.impl().store.Read());
    ASSIGN(const auto documents, snapshot->ListDocuments(import_collection));
    for (const auto& [key, document] : documents) {
      ASSIGN(ImportJob job, FromDocument(document));
      jobs_.emplace(job.id, std::move(job));
    }
    RemoveStrayFiles();
    return {};
  }

  void Start() override {
    INVARIANT(!thread_.joinable());
    thread_ = std::thread([this] { RunAll(); });
  }

  Result<std::unique_ptr<SpoolWriter>> Receive() override {
    {
      const std::lock_guard lock(mutex_);
      TRY(CheckRoom());
    }
    return SpoolWriter::Begin(options_.folder);
  }

  Result<ImportJob> Add(const Caller& caller, const NewImport& import,
                        const Spooled& spooled) override {
    ImportJob job;
    const Status good = [&]() -> Status {
      OpenedImport opened;
      TRY(OpenImport(crm_, caller, import.mapping, import.object, UploadPath(spooled.content),
                     &opened));
      job.object = opened.mapping.object->name;
      job.format = opened.source->format();
      job.encoding = opened.source->encoding();
      job.place.separator = opened.source->separator();
      return {};
    }();
    job.id = crm_.impl().ids.Next();
    job.user = caller.principal.user;
    job.user_name = caller.principal.name;
    job.scopes = caller.principal.scopes;
    job.file = import.file;
    job.content = spooled.content;
    job.mapping = import.mapping;
    job.dry_run = import.dry_run;
    job.created_at = crm_.impl().clock.Now();
    job.bytes_total = spooled.bytes;
    std::unique_lock lock(mutex_);
    Status status = good;
    if (status.ok()) status = CheckRoom();
    if (status.ok()) status = Save(job);
    if (!status.ok()) {
      RemoveUpload(spooled.content);
      return std::move(status.error());
    }
    jobs_.emplace(job.id, job);
    changed_.notify_all();
    return job;
  }

  Result<ImportJob> Get(const Caller& caller, const Id& id) override {
    const std::lock_guard lock(mutex_);
    ASSIGN(const ImportJob* job, Find(caller, id));
    return *job;
  }

  std::vector<ImportJob> List(const Caller& caller) override {
    const std::lock_guard lock(mutex_);
    std::vector<ImportJob> list;
    for (auto at = jobs_.rbegin(); at != jobs_.rend(); ++at) {
      if (MaySee(caller, at->second)) list.push_back(at->second);
    }
    return list;
  }

  Result<ImportJob> Cancel(const Caller& caller, const Id& id) override {
    std::unique_lock lock(mutex_);
    ASSIGN(ImportJob * job, Find(caller, id));
    TRY(AllowChange(caller, *job));
    if (job->finished()) {
      return Error(ErrorKind::kConflict, "this import is finished already; it is " +
                                             std::string(ImportStateName(job->state)));
    }
    if (running_ == id) {
      cancelled_.insert(id);
      changed_.wait(lock, [&] { return running_ != id || stopping_; });
      ASSIGN(job, Find(caller, id));
      return *job;
    }
    ImportJob next = *job;
    next.state = ImportState::kCancelled;
    next.finished_at = crm_.impl().clock.Now();
    TRY(Save(next));
    *job = std::move(next);
    changed_.notify_all();
    return *job;
  }

  Result<ImportJob> Resume(const Caller& caller, const Id& id) override {
    const std::lock_guard lock(mutex_);
    ASSIGN(ImportJob * job, Find(caller, id));
    TRY(AllowChange(caller, *job));
    const bool can = job->state == ImportState::kFailed || job->state == ImportState::kCancelled;
    if (!can || !fs::exists(UploadPath(job->content))) {
      return Error(
          ErrorKind::kConflict,
          can ? std::string("the file of this import is gone; send it again")
              : "only an import that failed or was cancelled can be resumed; this one is " +
                    std::string(ImportStateName(job->state)));
    }
    TRY(CheckRoom());
    ImportJob next = *job;
    next.state = ImportState::kWaiting;
    next.finished_at = 0;
    next.error.reset();
    TRY(Save(next));
    *job = std::move(next);
    changed_.notify_all();
    return *job;
  }

  Status Remove(const Caller& caller, const Id& id) override {
    const std::lock_guard lock(mutex_);
    ASSIGN(const ImportJob* job, Find(caller, id));
    TRY(AllowChange(caller, *job));
    if (!job->finished()) {
      return Error(ErrorKind::kConflict, "this import is not finished; cancel it first");
    }
    return Forget(*job);
  }

  Result<RejectedFile> Rejected(const Caller& caller, const Id& id) override {
    const std::lock_guard lock(mutex_);
    ASSIGN(const ImportJob* job, Find(caller, id));
    TRY(Allow(caller, *job, {Action::kRead}));
    if (job->place.rejected_bytes == 0) {
      return Error(ErrorKind::kNotFound, "this import has rejected no rows");
    }
    return RejectedFile{RejectedPath(id), job->place.rejected_bytes};
  }

  Result<ImportJob> Wait(const Caller& caller, const Id& id, const ImportJob& seen,
                         Micros patience) override {
    std::unique_lock lock(mutex_);
    const auto moved = [&] {
      const auto found = jobs_.find(id);
      return stopping_ || found == jobs_.end() || found->second.finished() ||
             found->second.state != seen.state || found->second.rows_read != seen.rows_read;
    };
    changed_.wait_for(lock, std::chrono::microseconds(patience), moved);
    ASSIGN(const ImportJob* job, Find(caller, id));
    return *job;
  }

 private:
  std::string UploadPath(const std::string& content) const {
    return options_.folder + "/" + content;
  }
  std::string RejectedPath(const Id& id) const {
    return options_.folder + "/" + id.ToString() + ".rejected.csv";
  }
  std::string WaitingPath(const Id& id) const {
    return options_.folder + "/" + id.ToString() + ".waiting.";
  }

  bool MaySee(const Caller& caller, const ImportJob& job) const {
    return caller.principal.is_system || caller.principal.user == job.user ||
           crm_.AllowAdministration(caller, "see the imports of others").ok();
  }

  // Whose import it is says not all: a token may be for less than its user may. One of the actions is
  // enough. Of an object that is gone there is nothing to guard.
  Status Allow(const Caller& caller, const ImportJob& job,
               std::initializer_list<Action> actions) const {
    const std::shared_ptr<const model::Model> model = crm_.model();
    const model::Object* object = model->Find(job.object);
    Status allowed;
    for (const Action action : actions) {
      allowed = object != nullptr ? crm_.Allow(caller, *object, action) : Status::Ok();
      if (allowed.ok()) break;
    }
    return allowed;
  }
  Status AllowChange(const Caller& caller, const ImportJob& job) const {
    return Allow(caller, job, {Action::kUpdate, Action::kCreate});
  }

  // These need the lock.

  Result<ImportJob*> Find(const Caller& caller, const Id& id) {
    const auto found = jobs_.find(id);
    if (found == jobs_.end() || !MaySee(caller, found->second)) {
      return Error(ErrorKind::kNotFound, "there is no import " + id.ToString());
    }
    return &found->second;
  }

  Status CheckRoom() const {
    size_t waiting = 0;
    uint64_t bytes = 0;
    for (const auto& [id, job] : jobs_) {
      if (job.finished()) continue;
      ++waiting;
      bytes += job.bytes_total;
    }
    if (waiting < import_jobs_waiting_max && bytes < import_spool_bytes_max) return {};
    return Error(ErrorKind::kExhausted,
                 std::to_string(waiting) + " imports wait already; try again when some are done");
  }

  Status Save(const ImportJob& job) {
    return crm_.impl().store.Write([&](store::Transaction& transaction) {
      return transaction.PutDocument(import_collection, job.id.ToString(), ToDocument(job));
    });
  }

  Status Forget(ImportJob job) {
    TRY(crm_.impl().store.Write([&](store::Transaction& transaction) {
      return transaction.DeleteDocument(import_collection, job.id.ToString());
    }));
    jobs_.erase(job.id);
    unlink(RejectedPath(job.id).c_str());
    RemoveWaiting(job.id);
    RemoveUpload(job.content);
    return {};
  }

  // Unless another import needs the same content.
  void RemoveUpload(const std::string& content) {
    for (const auto& [id, job] : jobs_) {
      if (job.content == content && job.state != ImportState::kDone) return;
    }
    unlink(UploadPath(content).c_str());
  }

  void RemoveWaiting(const Id& id) {
    const std::string prefix = id.ToString() + ".waiting.";
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(options_.folder, ignored)) {
      if (entry.path().filename().string().starts_with(prefix)) fs::remove(entry, ignored);
    }
  }

  // What a kill left behind: uploads that nobody finished or that no import knows.
  void RemoveStrayFiles() {
    std::set<std::string> known;
    for (const auto& [id, job] : jobs_) {
      if (job.state != ImportState::kDone) known.insert(job.content);
    }
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(options_.folder, ignored)) {
      const std::string name = entry.path().filename().string();
      const std::optional<Id> id = Id::Parse(std::string_view(name).substr(0, name.find('.')));
      if (!known.contains(name) && !(id && jobs_.contains(*id))) fs::remove(entry, ignored);
    }
  }

  void ForgetOld() {
    const Micros oldest = crm_.impl().clock.Now() - import_jobs_kept_micros;
    std::vector<ImportJob> finished;
    for (const auto& [id, job] : jobs_) {
      if (job.finished()) finished.push_back(job);
    }
    const size_t kept = std::min(finished.size(), import_jobs_kept_max);
    for (size_t i = 0; i < finished.size(); ++i) {
      if (i + kept >= finished.size() && finished[i].finished_at >= oldest) continue;
      if (const Status gone = Forget(finished[i]); !gone.ok()) return;
    }
  }

  std::optional<Id> NextToRun() const {
    for (const auto& [id, job] : jobs_) {
      if (!job.finished()) return id;
    }
    return std::nullopt;
  }

  // The runner's thread.

  void RunAll() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      const std::optional<Id> next = NextToRun();
      if (!next) {
        changed_.wait(lock);
        continue;
      }
      running_ = *next;
      ImportJob job = jobs_.at(*next);
      lock.unlock();
      RunOne(job);
      lock.lock();
      running_ = Id();
      cancelled_.erase(*next);
      jobs_[*next] = job;
      if (job.state == ImportState::kDone) RemoveUpload(job.content);
      if (job.state == ImportState::kDone) RemoveWaiting(job.id);
      ForgetOld();
      changed_.notify_all();
    }
  }

  bool Stops(const Id& id) {
    const std::lock_guard lock(mutex_);
    return stopping_ || cancelled_.contains(id);
  }

  void Note(const ImportJob& job) {
    const std::lock_guard lock(mutex_);
    jobs_[job.id] = job;
    changed_.notify_all();
  }

  // Leaves `job` as it stands in the store.
  void RunOne(ImportJob& job) {
    Result<ImportRun::End> end = ImportRun::End::kModelChanged;
    if (job.started_at == 0) job.started_at = crm_.impl().clock.Now();
    while (end.ok() && *end == ImportRun::End::kModelChanged) end = RunAgain(job);
    bool cancelled = false;
    {
      const std::lock_guard lock(mutex_);
      cancelled = cancelled_.contains(job.id);
    }
    if (end.ok() && *end == ImportRun::End::kStopped && !cancelled) return;  // goes on some day
    ImportJob next = job;
    next.finished_at = crm_.impl().clock.Now();
    if (!end.ok()) {
      next.state = ImportState::kFailed;
      next.error = ForPeople(end.error(), next.id);
    } else {
      next.state = *end == ImportRun::End::kDone ? ImportState::kDone : ImportState::kCancelled;
      if (next.state == ImportState::kDone) next.bytes_read = next.bytes_total;
    }
    Log(end.ok() ? LogLevel::kInfo : LogLevel::kWarning, "import_finished",
        {{"id", next.id.ToString()},
         {"state", ImportStateName(next.state)},
         {"rows", next.rows_read},
         {"rejected", next.counts.rejected}});
    Audit(next);
    if (const Status saved = Save(next); !saved.ok()) {
      Log(LogLevel::kError, "import_not_saved", {{"message", saved.error().message}});
    }
    job = std::move(next);
  }

  // What broke inside the server may name its files: that is for its log.
  static Error ForPeople(const Error& error, const Id& id) {
    const bool is_inside = error.kind == ErrorKind::kInternal ||
                           error.kind == ErrorKind::kCorrupt ||
                           error.kind == ErrorKind::kUnavailable;
    if (!is_inside) return error;
    Log(LogLevel::kError, "import_failed", {{"id", id.ToString()}, {"message", error.message}});
    return Error(
        error.kind,
        "the server could not go on with this import, and its log says why; resume it when "
        "that is mended");
  }

  void Audit(const ImportJob& job) {
    if (options_.audit == nullptr || job.dry_run) return;
    auth::AuditEntry entry;
    entry.kind = auth::AuditKind::kImported;
    if (job.state != ImportState::kDone) entry.outcome = auth::AuditOutcome::kFailed;
    entry.actor = job.user;
    entry.actor_name = job.user_name;
    entry.surface = "import";
    entry.subject = job.object;
    entry.detail = Json::Object({{"import", job.id.ToString()},
                                 {"file", job.file},
                                 {"state", ImportStateName(job.state)},
                                 {"created", job.counts.created},
                                 {"updated", job.counts.updated},
                                 {"rejected", job.counts.rejected}});
    options_.audit->Record(std::move(entry));
  }

  Result<auth::Principal> PrincipalOf(const ImportJob& job) const {
    if (job.user.is_nil()) return auth::Principal::System();
    Result<auth::Principal> principal = options_.principal_of(job.user);
    if (!principal.ok() && principal.error().kind == ErrorKind::kUnauthenticated) {
      return Error(ErrorKind::kForbidden,
                   "the user who sent this import was deactivated or deleted; what it wrote "
                   "before stays");
    }
    if (principal.ok()) principal->scopes = job.scopes;
    return principal;
  }

  Result<ImportRun::End> RunAgain(ImportJob& job) {
    ASSIGN(auth::Principal principal, PrincipalOf(job));
    Caller caller{std::move(principal), "import"};
    const Id id = job.id;
    if (!fs::exists(UploadPath(job.content))) {  // as after a restore from a backup
      return Error(ErrorKind::kNotFound, "the file of this import is gone; send it again");
    }
    ImportRun run(crm_, std::move(caller), job,
                  {{UploadPath(job.content), RejectedPath(id), WaitingPath(id)},
                   options_.portion_rows,
                   [this, id] { return Stops(id); },
                   [this, &job] { return PrincipalOf(job); },
                   [this](const ImportJob& now) { Note(now); }});
    Result<ImportRun::End> end = run.Run();
    job = run.job();
    return end;
  }

  Crm& crm_;
  const Options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Id, ImportJob> jobs_;  // ids ascend with time
  Id running_;
  std::set<Id> cancelled_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<ImportJobs>> ImportJobs::Open(Crm& crm, Options options) {
  auto jobs = std::make_unique<Jobs>(crm, std::move(options));
  TRY(jobs->Load());
  return std::unique_ptr<ImportJobs>(std::move(jobs));
}

}  // namespace boathouse::crm
