// What a crash may leave: a copy of the files taken while the store runs is what a killed process
// leaves behind, and a write-ahead log cut anywhere is what a power cut leaves.
#include "base/temp_folder.h"
#include "store/store.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

namespace boathouse::store {
namespace {

namespace fs = std::filesystem;

struct Crash {
  TempFolder folder;
  ManualClock clock{1'700'000'000'000'000};
  IdSource ids{clock, 1};
  std::shared_ptr<const model::Model> model = model::Model::Standard();
  const model::Object& account = *model->Find("account");

  std::unique_ptr<Store> Open(const std::string& name) {
    Result<std::unique_ptr<Store>> opened = Store::Open({folder / name, model, &clock, 4});
    if (!opened.ok()) FAIL(opened.error().message);
    return std::move(opened).value();
  }
  // Two records a transaction: a state with an odd number of records is half a transaction.
  void WritePair(Store& store) {
    REQUIRE(store
                .Write([&](Transaction& t) -> Status {
                  for (int i = 0; i < 2; ++i) {
                    model::Record record;
                    record.values.resize(account.fields.size());
                    record.Set(model::kFieldId, ids.Next());
                    record.Set(*account.IndexOf("name"),
                               "Account " + std::to_string(t.now()) + std::string(200, 'x'));
                    TRY(t.Insert(account, record, {Id{}, "test"}));
                  }
                  return Status::Ok();
                })
                .ok());
  }
  void CopyAs(const std::string& name, uintmax_t log_bytes) {
    for (const char* part : {"", "-wal"}) {
      fs::copy_file(folder / ("live" + std::string(part)), folder / (name + part),
                    fs::copy_options::overwrite_existing);
    }
    fs::remove(folder / (name + "-shm"));
    fs::resize_file(folder / (name + "-wal"), log_bytes);
  }
  // The number of changes in the copy, which must be a whole prefix of what was written.
  Sequence OpenedPrefix(const std::string& name) {
    const std::unique_ptr<Store> store = Open(name);
    const std::unique_ptr<Snapshot> snapshot = store->Read().value();
    const Sequence sequence = snapshot->sequence();
    CHECK(store->committed() == sequence);
    CHECK(sequence % 2 == 0);
    CHECK(snapshot->CountAll(account).value() == sequence);
    CHECK(snapshot->Changes(nullptr, 0, sequence, 100'000).value().size() ==
          static_cast<size_t>(sequence));
    CHECK(snapshot->FindText({&account, "account", {}, 100'000}).value().size() ==
          static_cast<size_t>(sequence));
    return sequence;
  }
};

TEST_CASE_FIXTURE(Crash, "a killed process loses nothing that was acknowledged") {
  const std::unique_ptr<Store> live = Open("live");
  for (int i = 0; i < 12; ++i) {
    WritePair(*live);
    CopyAs("copy", fs::file_size(folder / "live-wal"));
    REQUIRE(OpenedPrefix("copy") == 2 * (i + 1));
  }
}

TEST_CASE_FIXTURE(Crash,
                  "a long log is moved into the file while writers go on, and nothing is lost") {
  const std::unique_ptr<Store> live = Open("live");
  const size_t bulk = *account.IndexOf("billing_street");  // not searched
  for (int i = 0; i < 150; ++i) {
    REQUIRE(live->Write([&](Transaction& t) -> Status {
                  for (int half = 0; half < 2; ++half) {
                    model::Record record;
                    record.values.resize(account.fields.size());
                    record.Set(model::kFieldId, ids.Next());
                    record.Set(*account.IndexOf("name"), "Account " + std::to_string(i));
                    record.Set(bulk, std::string(400'000, 'x'));
                    TRY(t.Insert(account, record, {Id{}, "test"}));
                  }
                  return Status::Ok();
                })
                .ok());
  }
  // 240 MB went through a log of 64: it began anew, and most of it stands in the file.
  CHECK(fs::file_size(folder / "live") > 100u << 20);
  CopyAs("copy", fs::file_size(folder / "live-wal"));
  CHECK(OpenedPrefix("copy") == 300);
}

TEST_CASE_FIXTURE(Crash, "a log cut anywhere opens as a whole prefix, and goes on from there") {
  const std::unique_ptr<Store> live = Open("live");
  for (int i = 0; i < 20; ++i) WritePair(*live);
  const uintmax_t whole = fs::file_size(folder / "live-wal");
  Sequence last = 0;
  for (uintmax_t bytes = 0; bytes <= whole; bytes += 16001) {
    CopyAs("copy", bytes);
    const Sequence prefix = OpenedPrefix("copy");
    CHECK(prefix >= last);  // more log never means less data
    last = prefix;
    const std::unique_ptr<Store> again = Open("copy");
    WritePair(*again);
    CHECK(again->committed() == prefix + 2);
  }
  CopyAs("copy", whole);
  CHECK(OpenedPrefix("copy") == 40);
}

TEST_CASE_FIXTURE(Crash, "a log with a damaged page ends before it") {
  const std::unique_ptr<Store> live = Open("live");
  for (int i = 0; i < 20; ++i) WritePair(*live);
  const uintmax_t whole = fs::file_size(folder / "live-wal");
  CopyAs("copy", whole);
  {
    std::fstream log(folder / "copy-wal", std::ios::in | std::ios::out | std::ios::binary);
    log.seekp(static_cast<std::streamoff>(whole / 2));
    log.put('\x5A');
    log.put('\xA5');
  }
  CHECK(OpenedPrefix("copy") < 40);
}

}  // namespace
}  // namespace boathouse::store
