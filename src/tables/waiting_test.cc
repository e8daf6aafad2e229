// What readers get while others write, change the model, or cut: steps that take turns by conditions.

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "tables/cut_queue.h"
#include "tables/table_fixture.h"

namespace boathouse::tables {
namespace {

// A store that does something before each snapshot it gives.
class InterruptedStore : public store::Store {
 public:
  explicit InterruptedStore(std::unique_ptr<store::Store> store) : store_(std::move(store)) {}
  std::function<void()> before_read;

  std::shared_ptr<const model::Model> model() const override { return store_->model(); }
  Status ChangeModel(const Json& change) override { return store_->ChangeModel(change); }
  Status Write(const std::function<Status(store::Transaction&)>& work) override {
    return store_->Write(work);
  }
  Result<std::unique_ptr<store::Snapshot>> Read() override {
    if (before_read) before_read();
    return store_->Read();
  }
  store::Sequence committed() const override { return store_->committed(); }
  store::Sequence committed(const model::Object& object) const override {
    return store_->committed(object);
  }
  std::unique_ptr<store::CommitWatch> WatchCommits(std::function<void()> wake) override {
    return store_->WatchCommits(std::move(wake));
  }

 private:
  const std::unique_ptr<store::Store> store_;
};

struct WaitingFixture : TableFixture {
  InterruptedStore* interrupted = nullptr;
  explicit WaitingFixture(std::chrono::milliseconds patience = std::chrono::hours(1)) {
    auto wrapped = std::make_unique<InterruptedStore>(std::move(store));
    interrupted = wrapped.get();
    store = std::move(wrapped);
    options.waiters_patience = patience;
    OpenCatalog();
  }
  // Until as many callers of Current() wait.
  void AwaitWaiting(int64_t count) {
    while (table().metrics().waiting != count) std::this_thread::yield();
  }
};

// Closed at first; who passes waits until it is opened.
class Gate {
 public:
  void Pass() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void AwaitArrival() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return arrived_ > 0; });
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int arrived_ = 0;
};

TEST_CASE("a field that is added and set while a cut begins is published with its values") {
  WaitingFixture f;
  const std::vector<Id> ids = f.Create(3);
  REQUIRE(f.table().id().ok());
  SUBCASE("the first cut") {}
  SUBCASE("a later one") {
    f.Current();
    f.Rename(ids[1], "Changed");
  }
  bool done = false;
  f.interrupted->before_read = [&] {
    if (std::exchange(done, true)) return;
    REQUIRE(f.store
                ->ChangeModel(*Json::Parse(
                    R"({"add_field":{"object":"account","field":{"name":"tier","type":"text"}}})"))
                .ok());
    const model::Object& account = *f.store->model()->Find("account");
    f.Write([&](store::Transaction& t) -> Status {
      ASSIGN(const model::Record current, t.Get(account, ids[0]));
      model::Record updated = current;
      updated.Set(*account.IndexOf("tier"), std::string("gold"));
      TRY(t.Update(account, current, updated, {Id{}, "test"}));
      return Status::Ok();
    });
  };
  const auto version = f.Current();
  REQUIRE(done);
  CHECK(version->schema->columns.back().name == "tier");
  CHECK(f.Published(*version).at(ids[0].ToString()).at("tier") == "gold");
  f.model = f.store->model();
  f.CheckLive();
}

TEST_CASE("a long cut is waited for by a few, and refuses the others at once") {
  WaitingFixture f(std::chrono::milliseconds(0));
  f.Create(3);
  const auto before = f.Current();
  f.Create(1);
  Gate gate;
  f.interrupted->before_read = [&] { gate.Pass(); };
  std::vector<std::thread> readers;
  std::atomic<int> fresh{0};
  const auto read = [&] {
    const auto version = f.table().Current();
    if (version.ok() && (*version)->rows == 4) ++fresh;
  };
  readers.emplace_back(read);
  gate.AwaitArrival();
  for (size_t i = 0; i < f.options.waiters_max; ++i) readers.emplace_back(read);
  f.AwaitWaiting(static_cast<int64_t>(f.options.waiters_max));

  const auto refused = f.table().Current();
  REQUIRE(!refused.ok());
  CHECK(refused.error().kind == ErrorKind::kExhausted);
  // What needs no new version is answered meanwhile.
  CHECK(f.table().id().ok());
  REQUIRE(f.table().At(before->version).ok());
  CHECK(f.table().OpenFile(before->files.front().id).ok());

  gate.Open();
  for (std::thread& reader : readers) reader.join();
  CHECK(fresh == static_cast<int>(f.options.waiters_max) + 1);
  CHECK(f.table().metrics().cuts == 2);
  f.CheckLive();
}

TEST_CASE("everybody waits for a cut that is not a long one, and has the same version") {
  WaitingFixture f;
  f.Create(3);
  f.Current();
  f.Create(1);
  Gate gate;
  f.interrupted->before_read = [&] { gate.Pass(); };
  constexpr int64_t count = 12;
  std::vector<std::thread> readers;
  std::atomic<int64_t> fresh{0};
  const auto read = [&] {
    const auto version = f.table().Current();
    if (version.ok() && (*version)->rows == 4) ++fresh;
  };
  readers.emplace_back(read);
  gate.AwaitArrival();
  for (int64_t i = 0; i < count; ++i) readers.emplace_back(read);
  f.AwaitWaiting(count);
  gate.Open();
  for (std::thread& reader : readers) reader.join();
  CHECK(fresh == count + 1);
  CHECK(f.table().metrics().cuts == 2);
}

TEST_CASE("those too many are refused as soon as a cut turns out to be long") {
  CutQueue queue(1, std::chrono::milliseconds(20));
  auto turn = std::make_unique<Result<CutQueue::Turn>>(queue.Enter());
  REQUIRE(turn->ok());
  std::atomic<int> entered{0}, refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const auto mine = queue.Enter();
      ++(mine.ok() ? entered : refused);
    });
  }
  while (refused < 3) std::this_thread::yield();
  CHECK(queue.waiting() == 1);
  CHECK(entered == 0);
  turn.reset();
  for (std::thread& thread : threads) thread.join();
  CHECK(entered == 1);
  CHECK(refused == 3);
  CHECK(queue.Enter().ok());
}

TEST_CASE("a warm catalog answers from memory, and cold tables are none the worse for a stop") {
  WaitingFixture f;
  const std::vector<Id> ids = f.Create(100);
  const Cancellation never;
  SUBCASE("warmed at once") {
    f.catalog->Warm(never);
    CHECK(f.table().metrics().cuts == 1);
    CHECK(f.table("contact").metrics().cuts == 0);  // has no records
    f.CheckLive();
    CHECK(f.table().metrics().memory_answers == 1);
    f.Rename(ids[0], "Changed");
    f.OpenCatalog();
    f.catalog->Warm(never);
    CHECK(f.table().metrics().cuts == 1);
    CHECK(f.table().metrics().rebuilds == 0);
  }
  SUBCASE("stopped in the middle of a cut of what changed") {
    const Cancellation stopped;
    f.Current();
    SUBCASE("new records") { f.Create(10); }
    SUBCASE("deleted records") { f.Delete(ids[5]); }
    f.interrupted->before_read = [&] { stopped.Cancel(); };
    f.catalog->Warm(stopped);
    CHECK(f.table().metrics().cuts == 1);
    f.interrupted->before_read = nullptr;
  }
  SUBCASE("stopped before it begins, or in the middle of a cut") {
    const Cancellation stopped;
    SUBCASE("before") { stopped.Cancel(); }
    SUBCASE("in the middle") {
      f.interrupted->before_read = [&] { stopped.Cancel(); };
    }
    f.catalog->Warm(stopped);
    CHECK(f.table().metrics().cuts == 0);
    f.interrupted->before_read = nullptr;
  }
  f.CheckLive();
}

}  // namespace
}  // namespace boathouse::tables
