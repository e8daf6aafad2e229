// One writer thread, many readers. Transactions that wait at the same time share one commit, and with
// it one flush to disk; one that fails undoes only itself (see RunTogether and RunApart).
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "base/resident_memory.h"
#include "model/change.h"
#include "store/sqlite/checkpointer.h"
#include "store/sqlite/commit_watches.h"
#include "store/sqlite/cursor.h"
#include "store/sqlite/model_log.h"
#include "store/sqlite/reader_pool.h"
#include "store/sqlite/records.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/transaction.h"
#include "store/store.h"

namespace boathouse::store {

std::string_view OperationName(Operation operation) {
  switch (operation) {
    case Operation::kCreate:
      return "create";
    case Operation::kUpdate:
      return "update";
    case Operation::kDelete:
      return "delete";
  }
  return "update";
}

namespace sqlite {
namespace {

constexpr size_t commit_group_max = 512;  // transactions that share one commit
constexpr Micros query_micros_max = 20'000'000;
constexpr Micros reader_idle_micros_max = 10'000'000;
constexpr auto writer_idle_max = std::chrono::seconds(10);

// Statement journals stay in files: SQLite walks an in-memory one from its start at every release of a
// savepoint, which took half the time of a big transaction.
constexpr const char* writer_settings =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
    "PRAGMA cache_size = -49152; PRAGMA journal_size_limit = 134217728;";

class Deadline {
 public:
  explicit Deadline(Connection& connection) : connection_(connection) {
    connection_.SetDeadline(MonotonicMicros() + query_micros_max);
  }
  ~Deadline() { connection_.SetDeadline(0); }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  Connection& connection_;
};

// Reads into the connection's cache instead of mapping the file, for as long as it lives. Who reads a whole
// table once would leave all of it in our memory, as the system counts it.
class WithoutMapping {
 public:
  explicit WithoutMapping(Connection& connection) : connection_(connection) {
    (void)connection_.Execute("PRAGMA mmap_size = 0;");
  }
  ~WithoutMapping() { (void)connection_.Execute(reader_mapping); }
  WithoutMapping(const WithoutMapping&) = delete;
  WithoutMapping& operator=(const WithoutMapping&) = delete;

 private:
  Connection& connection_;
};

class SqliteSnapshot final : public Reading<Snapshot> {
 public:
  SqliteSnapshot(ReaderPool* pool, std::unique_ptr<Connection> connection,
                 const ObjectNumbers* numbers, Sequence sequence)
      : Reading(connection.get(), numbers),
        pool_(pool),
        owned_(std::move(connection)),
        sequence_(sequence) {}
  ~SqliteSnapshot() override {
    // A connection whose transaction does not end is not fit for another snapshot.
    pool_->GiveBack(owned_->Execute("COMMIT").ok() ? std::move(owned_) : nullptr);
  }

  // Questions of users are bounded in time; reading everything for publication is not.
  Result<std::vector<model::Record>> List(const Query& query) override {
    const Deadline deadline(*connection_);
    return ListRecords(*connection_, query);
  }
  Result<int64_t> Count(const Query& query) override {
    const Deadline deadline(*connection_);
    return CountRecords(*connection_, *numbers_, query);
  }
  Result<Groups> GroupBy(const GroupQuery& query) override {
    const Deadline deadline(*connection_);
    return GroupRecords(*connection_, query);
  }
  Result<std::vector<TextHit>> FindText(const TextQuery& query) override {
    const Deadline deadline(*connection_);
    return sqlite::FindText(*connection_, query);
  }

  Sequence sequence() const override { return sequence_; }
  Result<Sequence> NewestChangeOf(const model::Object& object) override {
    return NewestSequenceOf(*connection_, numbers_->at(object.name));
  }
  Result<std::vector<Change>> Changes(const model::Object* object, Sequence after, Sequence up_to,
                                      size_t limit) override {
    return ChangesBetween(*connection_, *numbers_, object, after, up_to, limit);
  }
  Result<std::vector<Id>> ChangedIds(const model::Object& object, Sequence after,
                                     Sequence up_to) override {
    ASSIGN(Statement statement,
           connection_->Prepare("SELECT DISTINCT record FROM change"
                                " WHERE object = ? AND sequence > ? AND sequence <= ?"
                                " ORDER BY record"));
    statement.Bind(1, numbers_->at(object.name));
    statement.Bind(2, after);
    statement.Bind(3, up_to);
    std::vector<Id> ids;
    for (;;) {
      ASSIGN(const bool row, statement.Step());
      if (!row) return ids;
      ids.push_back(Id::FromBytes(statement.Blob(0)));
    }
  }
  Status Scan(const model::Object& object,
              const std::function<bool(const model::Record&)>& visit) override {
    ASSIGN(Statement statement, connection_->Prepare("SELECT " + ColumnList(object) + " FROM " +
                                                     RecordTable(object) + " ORDER BY \"id\""));
    const WithoutMapping unmapped(*connection_);
    for (;;) {
      ASSIGN(const bool row, statement.Step());
      if (!row || !visit(ReadRecord(statement, object))) return Status::Ok();
    }
  }
  Result<std::unique_ptr<Cursor>> Walk(const Query& query,
                                       const std::vector<size_t>& fields) override {
    return OpenCursor(*connection_, query, fields);
  }
  Result<std::vector<model::Record>> GetMany(const model::Object& object,
                                             const std::vector<Id>& ids) override {
    std::vector<model::Record> records;
    for (const Id& id : ids) {
      Result<model::Record> record = GetRecord(*connection_, object, id);
      if (record.ok()) {
        records.push_back(std::move(*record));
      } else if (record.error().kind != ErrorKind::kNotFound) {
        return std::move(record.error());
      }
    }
    return records;
  }
  Result<int64_t> CountAll(const model::Object& object) override {
    Query query;
    query.object = &object;
    return CountRecords(*connection_, *numbers_, query);
  }

 private:
  ReaderPool* pool_;
  std::unique_ptr<Connection> owned_;
  const Sequence sequence_;
};

// The model and what the store knows of its objects. Immutable but for the numbers of changes; a new
// model is a new state, and old ones live as long as the store, for readers may still look at them.
struct ModelState {
  std::shared_ptr<const model::Model> model;
  ObjectNumbers numbers;
  std::map<std::string, std::shared_ptr<std::atomic<Sequence>>> newest;
};

class SqliteStore final : public Store {
 public:
  SqliteStore(const StoreOptions& options, std::unique_ptr<Connection> writer)
      : clock_(*options.clock),
        writer_(std::move(writer)),
        readers_(options.path, options.readers_max) {}

  ~SqliteStore() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  Status Begin(const std::string& path, std::shared_ptr<const model::Model> model) {
    ASSIGN(checkpointer_, Checkpointer::Start(path, *writer_, [this] { Rest(); }));
    ASSIGN(const Sequence newest, NewestSequence(*writer_));
    committed_.store(newest);
    ASSIGN(auto first, MakeState(std::move(model)));
    Adopt(std::move(first));
    thread_ = std::thread([this] { WriteLoop(); });
    return Status::Ok();
  }

  std::shared_ptr<const model::Model> model() const override { return state().model; }

  Status Write(const std::function<Status(Transaction&)>& work) override {
    Waiting waiting;
    waiting.work = &work;
    return Enqueue(std::move(waiting));
  }

  Status ChangeModel(const Json& change) override {
    Waiting waiting;
    waiting.change = &change;
    return Enqueue(std::move(waiting));
  }

  Result<std::unique_ptr<Snapshot>> Read() override {
    ASSIGN(std::unique_ptr<Connection> connection, readers_.Take());
    // A transaction's state is fixed at its first read, not at BEGIN.
    Status begun = connection->Execute("BEGIN");
    Result<Sequence> sequence =
        begun.ok() ? NewestSequence(*connection) : Result<Sequence>(begun.error());
    if (!sequence.ok()) {
      readers_.GiveBack(nullptr);
      return std::move(sequence.error());
    }
    return std::unique_ptr<Snapshot>(
        new SqliteSnapshot(&readers_, std::move(connection), &state().numbers, *sequence));
  }

  Sequence committed() const override { return committed_.load(); }
  Sequence committed(const model::Object& object) const override {
    const auto& newest = state().newest;
    const auto found = newest.find(object.name);
    return found != newest.end() ? found->second->load() : 0;
  }

  std::unique_ptr<CommitWatch> WatchCommits(std::function<void()> wake) override {
    return watches_.Add(std::move(wake));
  }

 private:
  // Now and then, on the checkpointer's thread.
  void Rest() { readers_.CloseIdleSince(MonotonicMicros() - reader_idle_micros_max); }

  // What a thread waits at for its turn to end. One for each thread, so that the thread that rings may still
  // hold it when the other goes on.
  class Bell {
   public:
    void Ring() {
      const std::lock_guard lock(mutex_);
      rung_ = true;
      ringing_.notify_one();
    }
    void Wait() {
      std::unique_lock lock(mutex_);
      ringing_.wait(lock, [this] { return rung_; });
      rung_ = false;
    }

   private:
    std::mutex mutex_;
    std::condition_variable ringing_;
    bool rung_ = false;
  };

  // Work, or a change of the model.
  struct Waiting {
    const std::function<Status(Transaction&)>* work = nullptr;
    const Json* change = nullptr;
    Status outcome = Status::Ok();
    bool wrote = false;
    Bell* bell = nullptr;
    std::vector<Waiting*> neighbours;  // whom to wake in turn
  };

  const ModelState& state() const { return *state_.load(); }

  Status Enqueue(Waiting waiting) {
    // A transaction inside a transaction would wait for itself.
    INVARIANT(std::this_thread::get_id() != thread_.get_id());
    thread_local Bell bell;
    waiting.bell = &bell;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return Error(ErrorKind::kUnavailable, "the store is closing");
      queue_.push_back(&waiting);
    }
    wake_.notify_one();
    bell.Wait();
    for (Waiting* neighbour : waiting.neighbours) neighbour->bell->Ring();
    return std::move(waiting.outcome);
  }

  // The next ones to commit together; a change of the model stands alone. Needs the lock.
  std::vector<Waiting*> TakeGroup() {
    std::vector<Waiting*> group;
    while (!queue_.empty() && group.size() < commit_group_max) {
      if (queue_.front()->change != nullptr && !group.empty()) break;
      group.push_back(queue_.front());
      queue_.pop_front();
      if (group.back()->change != nullptr) break;
    }
    return group;
  }

  // What the writer keeps of the file for its next transaction is tens of megabytes after an import.
  void ReleaseWriterPages() {
    const Status released = writer_->Execute("PRAGMA shrink_memory");
    if (!released.ok()) {
      Log(LogLevel::kWarning, "store_memory_kept", {{"error", released.error().message}});
    }
    ReleaseIdleMemory();
  }

  void WriteLoop() {
    bool holds_pages = false;
    for (;;) {
      std::vector<Waiting*> group;
      {
        std::unique_lock lock(mutex_);
        const auto due = [this] { return stopping_ || !queue_.empty(); };
        if (holds_pages && !wake_.wait_for(lock, writer_idle_max, due)) {
          lock.unlock();
          ReleaseWriterPages();
          holds_pages = false;
          continue;
        }
        wake_.wait(lock, due);
        if (queue_.empty()) return;
        group = TakeGroup();
        holds_pages = true;
      }
      if (group[0]->change != nullptr) {
        group[0]->outcome = ApplyChange(*group[0]->change);
      } else {
        CommitGroup(group);
      }
      // Waking a thread takes a while, and the next group waits: the first of this one wakes the others.
      Waiting& first = *group.front();
      first.neighbours.assign(group.begin() + 1, group.end());
      first.bell->Ring();
      checkpointer_->AfterCommit();
    }
  }

  Status ApplyChange(const Json& change) {
    ASSIGN(const std::shared_ptr<const model::Model> next, model::Apply(*state().model, change));
    TRY(writer_->Execute("BEGIN IMMEDIATE"));
    const Status changed = [&]() -> Status {
      TRY(WriteModelChange(*writer_, *state().model, *next, change));
      // All that can fail is done before the commit: what is on disk and what readers see change together.
      ASSIGN(auto adopted, MakeState(next));
      TRY(writer_->Execute("COMMIT"));
      Adopt(std::move(adopted));
      return Status::Ok();
    }();
    if (!changed.ok() && writer_->InTransaction()) {
      [[maybe_unused]] const Status undone = writer_->Execute("ROLLBACK");
    }
    return changed;
  }

  Result<std::unique_ptr<ModelState>> MakeState(std::shared_ptr<const model::Model> model) {
    auto next = std::make_unique<ModelState>();
    next->model = std::move(model);
    ASSIGN(next->numbers, LoadObjectNumbers(*writer_));
    for (const model::Object& object : next->model->objects()) {
      auto& newest = next->newest[object.name];
      if (!states_.empty() && state().newest.contains(object.name)) {
        newest = state().newest.at(object.name);
        continue;
      }
      ASSIGN(const Sequence sequence, NewestSequenceOf(*writer_, next->numbers.at(object.name)));
      newest = std::make_shared<std::atomic<Sequence>>(sequence);
    }
    return next;
  }

  // Makes it the one that readers see.
  void Adopt(std::unique_ptr<ModelState> next) {
    states_.push_back(std::move(next));
    state_.store(states_.back().get());
  }

  // What a group has written so far.
  struct Progress {
    Sequence next;
    Unfinished unfinished;
  };

  void CommitGroup(const std::vector<Waiting*>& group) {
    Progress progress{committed_.load() + 1, {}};
    bool spoiled = false;
    Status status = RunTogether(group, progress, spoiled);
    if (status.ok() && spoiled) {
      if (group.size() == 1) return;  // undone, and its error stands
      progress = {committed_.load() + 1, {}};
      status = RunApart(group, progress);
    }
    const Unfinished& unfinished = progress.unfinished;
    if (status.ok()) status = unfinished.words.Write(*writer_);
    if (status.ok()) status = WriteTotals(*writer_, state().numbers, unfinished.touched);
    if (status.ok()) status = writer_->Execute("COMMIT");
    if (!status.ok()) {
      if (writer_->InTransaction()) {
        [[maybe_unused]] const Status undone = writer_->Execute("ROLLBACK");
      }
      // Nobody's work was kept, whatever it returned.
      for (Waiting* waiting : group) {
        if (waiting->outcome.ok()) waiting->outcome = status;
      }
      return;
    }
    // The object's number first: who sees the new total must see what it is made of.
    for (const auto& [object, touch] : unfinished.touched) {
      state().newest.at(object)->store(touch.newest);
    }
    committed_.store(progress.next - 1);
    watches_.WakeAll();
  }

  // One after the other in one transaction, without savepoints: most work that fails does so before it
  // writes. `spoiled`: something failed after it wrote, and the transaction was rolled back.
  Status RunTogether(const std::vector<Waiting*>& group, Progress& progress, bool& spoiled) {
    TRY(writer_->Execute("BEGIN IMMEDIATE"));
    for (Waiting* waiting : group) {
      TRY(RunOne(*waiting, progress));
      if (!waiting->outcome.ok() && waiting->wrote) {
        spoiled = true;
        return writer_->Execute("ROLLBACK");
      }
    }
    return Status::Ok();
  }

  // The same again, each in a savepoint of its own, which costs much more: full-text search flushes what
  // it holds in memory at each.
  Status RunApart(const std::vector<Waiting*>& group, Progress& progress) {
    TRY(writer_->Execute("BEGIN IMMEDIATE"));
    for (Waiting* waiting : group) {
      TRY(writer_->Execute("SAVEPOINT work"));
      TRY(RunOne(*waiting, progress));
      TRY(writer_->Execute(waiting->outcome.ok() ? "RELEASE work"
                                                 : "ROLLBACK TO work; RELEASE work"));
    }
    return Status::Ok();
  }

  // The work's own error stays with it. Some errors of the disk make SQLite roll back by itself: then
  // nothing may go on as if the transaction were still there.
  Status RunOne(Waiting& waiting, Progress& progress) {
    SqliteTransaction transaction(writer_.get(), &state().numbers, clock_.Now(), progress.next,
                                  progress.unfinished);
    waiting.outcome = (*waiting.work)(transaction);
    waiting.wrote = transaction.wrote();
    if (!writer_->InTransaction()) {
      return Error(
          ErrorKind::kUnavailable,
          "the database gave the transaction up: " +
              (waiting.outcome.ok() ? "no reason known" : waiting.outcome.error().message));
    }
    if (waiting.outcome.ok()) Note(transaction, progress);
    return Status::Ok();
  }

  static void Note(const SqliteTransaction& transaction, Progress& progress) {
    progress.next = transaction.next();
    progress.unfinished.words.Append(transaction.unfinished().words);
    for (const auto& [object, touch] : transaction.unfinished().touched) {
      Touch& sum = progress.unfinished.touched[object];
      sum.newest = touch.newest;
      sum.grown += touch.grown;
    }
  }

  const Clock& clock_;
  std::unique_ptr<Connection> writer_;  // used by thread_ only, once it runs
  ReaderPool readers_;
  std::unique_ptr<Checkpointer> checkpointer_;

  std::vector<std::unique_ptr<ModelState>> states_;  // grows on the writer's thread only
  std::atomic<const ModelState*> state_{nullptr};
  std::atomic<Sequence> committed_{0};
  CommitWatches watches_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting*> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace
}  // namespace sqlite

Result<std::unique_ptr<Store>> Store::Open(const StoreOptions& options) {
  INVARIANT(options.model != nullptr && options.clock != nullptr);
  ASSIGN(std::unique_ptr<sqlite::Connection> writer, sqlite::Connection::Open(options.path, false));
  TRY(writer->Execute(sqlite::writer_settings));
  TRY(sqlite::Migrate(*writer, *options.model));
  ASSIGN(std::shared_ptr<const model::Model> model, sqlite::LoadModel(*writer, options.model));
  auto store = std::make_unique<sqlite::SqliteStore>(options, std::move(writer));
  TRY(store->Begin(options.path, std::move(model)));
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace boathouse::store
