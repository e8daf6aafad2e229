// How long a read of a published table takes, in both renderings: when nothing changed, after one change,
// after many; and what the first publication, compaction and a restart cost. The argument is the number of
// records (1,000,000). With a second argument, a folder, the store is left there (records.sqlite).
// Fails when a read after one change takes longer than a second at the median, which is the promise.
#include <time.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/temp_folder.h"
#include "store/store.h"
#include "tables/changes.h"
#include "tables/selection.h"
#include "tables/tables.h"

namespace boathouse {
namespace {

constexpr int batch = 1'000;
constexpr double budget_after_change_ms = 1'000;

// Of all threads of the process: what a read costs, however busy the machine is.
double CpuMilliseconds() {
  timespec now = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double MillisecondsSince(Micros from) {
  return static_cast<double>(MonotonicMicros() - from) / 1000;
}

class Bench {
 public:
  Bench(int records, std::string kept) : records_(records), kept_(std::move(kept)) {}

  bool Run() {
    if (!Open()) return false;
    const Micros from = MonotonicMicros();
    for (int i = 0; i < records_; i += batch) {
      if (!Write([&](store::Transaction& t) { return InsertBatch(t, i); })) return false;
    }
    std::printf("%-52s %12.1f s\n", "records created", MillisecondsSince(from) / 1000);
    PrintMemory("  memory before");
    const auto nothing = [] { return true; };
    if (!Timed("first publication", 1, nothing)) return false;
    PrintMemory("  memory at most");
    Report();
    const auto cold = [&] { return Update(1); };
    const auto thousand = [&] { return Update(1'000); };
    bool good = Timed("nothing changed", 20'000, nothing);
    good = good && Timed("after 1 insert", 100, [&] { return Insert(1); });
    good = good && Timed("after 1 update of a cold record", 100, cold);
    if (last_median_ms_ > budget_after_change_ms) {
      std::printf("over budget: a read after one change takes more than a second\n");
      good = false;
    }
    hot_ = true;
    good = good && Timed("after 1 update of the same record", 100, [&] { return Update(1); });
    hot_ = false;
    good = good && Timed("after 1,000 inserts", 10, [&] { return Insert(1'000); });
    Report();
    marked_ = true;
    good = good && Timed("marked: after 1 update of a cold record", 100, cold);
    good = good && Timed("marked: after 1,000 updates of cold records, first", 1, thousand);
    good = good && Timed("marked: the same again", 20, thousand);
    Report();
    marked_ = false;
    good = good && Timed("plain: all groups that were touched, once", 1, nothing);
    good = good && Timed("plain: after 1 update of a cold record", 50, cold);
    good = good && Timed("plain: after 1,000 updates of cold records", 3, thousand);
    Report();
    return good && Compact() && Restart() && ReadAll() && SelectRows() && ReadChanges() && Keep();
  }

 private:
  bool Open() {
    auto opened = store::Store::Open({folder_ / "r.sqlite", model_, &clock_, 16});
    if (!opened.ok()) return false;
    store_ = *std::move(opened);
    return OpenCatalog();
  }

  bool OpenCatalog() {
    tables::CatalogOptions options;
    options.directory = folder_ / "tables";
    auto opened = tables::Catalog::Open(options, *store_, clock_);
    if (!opened.ok()) return false;
    catalog_ = *std::move(opened);
    table_ = *catalog_->Find("accounts");
    return true;
  }

  bool Write(const std::function<Status(store::Transaction&)>& work) {
    const Status written = store_->Write(work);
    if (!written.ok()) std::printf("failed: %s\n", written.error().message.c_str());
    return written.ok();
  }

  Status InsertBatch(store::Transaction& t, int from) {
    for (int i = from; i < std::min(from + batch, records_); ++i) TRY(InsertOne(t, i));
    return Status::Ok();
  }

  Status InsertOne(store::Transaction& t, int i) {
    model::Record record;
    record.values.resize(account_.fields.size());
    const auto set = [&](const char* field, model::Value value) {
      record.Set(*account_.IndexOf(field), std::move(value));
    };
    const std::string number = std::to_string(i);
    record.Set(model::kFieldId, ids_.Next());
    set("name", "Company " + number + (i % 3 == 0 ? " GmbH" : " Inc"));
    set("account_number", "A-" + number);
    set("type", std::string(i % 4 == 0 ? "prospect" : "customer"));
    set("industry", "Industry " + std::to_string(i % 40));
    set("annual_revenue", Decimal{static_cast<int64_t>(i % 9973) * 1'234'500});
    set("number_of_employees", int64_t{i % 5000});
    set("phone", "+1 216 555 " + std::to_string(1000 + i % 9000));
    set("website", "https://www.company-" + number + ".example");
    set("billing_street", std::to_string(i % 999) + " Harvard Avenue");
    set("billing_city", "City " + std::to_string(i % 700));
    set("billing_country", std::string("United States"));
    ASSIGN(const model::Record stored, t.Insert(account_, std::move(record), {Id{}, "bench"}));
    all_.push_back(stored.id());
    return Status::Ok();
  }

  bool Insert(int count) {
    return Write([&](store::Transaction& t) -> Status {
      for (int i = 0; i < count; ++i) TRY(InsertOne(t, records_ + serial_++));
      return Status::Ok();
    });
  }

  // Records far from each other, each once.
  bool Update(int count) {
    return Write([&](store::Transaction& t) -> Status {
      for (int i = 0; i < count; ++i) {
        const size_t at = hot_ ? 0 : static_cast<size_t>(serial_) * 104'729u % all_.size();
        ASSIGN(const model::Record current, t.Get(account_, all_[at]));
        model::Record updated = current;
        updated.Set(*account_.IndexOf("description"), "Changed " + std::to_string(serial_++));
        TRY(t.Update(account_, current, updated, {Id{}, "bench"}));
      }
      return Status::Ok();
    });
  }

  void Print(const char* what, std::vector<double>* times, double cpu) {
    std::sort(times->begin(), times->end());
    last_median_ms_ = (*times)[times->size() / 2];
    std::printf("%-52s %10.3f ms median %10.3f ms p95 %10.3f ms CPU\n", what, last_median_ms_,
                (*times)[times->size() * 95 / 100], cpu / static_cast<double>(times->size()));
  }

  auto Read() { return marked_ ? table_->CurrentMarked() : table_->Current(); }

  // The time of the read alone, after `prepare`.
  template <typename Prepare>
  bool Timed(const char* what, int rounds, const Prepare& prepare) {
    std::vector<double> times;
    double cpu = 0;
    for (int i = 0; i < rounds; ++i) {
      if (!prepare()) return false;
      const double cpu_before = CpuMilliseconds();
      const Micros from = MonotonicMicros();
      const auto version = Read();
      times.push_back(MillisecondsSince(from));
      cpu += CpuMilliseconds() - cpu_before;
      if (!version.ok()) {
        std::printf("failed: %s\n", version.error().message.c_str());
        return false;
      }
    }
    Print(what, &times, cpu);
    return true;
  }

  // Resident memory now and at most, in megabytes, as Linux counts it.
  static void PrintMemory(const char* what) {
    std::ifstream status("/proc/self/status");
    std::string line, now, most;
    while (std::getline(status, line)) {
      if (line.starts_with("VmRSS:")) now = line.substr(6);
      if (line.starts_with("VmHWM:")) most = line.substr(6);
    }
    std::printf("%s: now %s, at most %s\n", what, now.c_str(), most.c_str());
  }

  void Report() {
    const auto version = Read();
    const tables::Metrics metrics = table_->metrics();
    std::printf("  version %lld, %zu files, %.1f MB; so far %lld rows encoded, %.1f MB written\n",
                static_cast<long long>((*version)->version), (*version)->files.size(),
                static_cast<double>((*version)->size) / 1e6,
                static_cast<long long>(metrics.rows_encoded),
                static_cast<double>(metrics.bytes_written) / 1e6);
  }

  bool Compact() {
    const Micros from = MonotonicMicros();
    catalog_->Maintain(Cancellation());
    const tables::Metrics metrics = table_->metrics();
    std::printf("%-52s %12.1f ms, %lld steps\n", "a round of upkeep", MillisecondsSince(from),
                static_cast<long long>(metrics.compactions));
    return Timed("the next read after it", 1, [&] { return Update(1); });
  }

  bool Restart() {
    catalog_.reset();
    if (!OpenCatalog()) return false;
    if (!Timed("first read after a restart", 1, [] { return true; })) return false;
    if (!Timed("next update of a cold record", 1, [&] { return Update(1); })) return false;
    marked_ = true;
    const bool good =
        Timed("marked: next 1,000 updates of cold records", 1, [&] { return Update(1'000); });
    marked_ = false;
    return good;
  }

  bool Keep() {
    if (kept_.empty()) return true;
    catalog_.reset();
    store_.reset();
    std::error_code error;
    std::filesystem::copy(folder_ / "r.sqlite", kept_ + "/records.sqlite",
                          std::filesystem::copy_options::overwrite_existing, error);
    return !error;
  }

  bool ReadAll() {
    const auto version = table_->Current();
    for (const char* what : {"all files read, checksums compared", "all files read again"}) {
      const Micros from = MonotonicMicros();
      std::string piece;
      for (const tables::File& file : (*version)->files) {
        auto reader = table_->OpenFile(file.id);
        for (uint64_t at = 0; at < file.size; at += piece.size()) {
          if (!reader.ok() || !(*reader)->ReadAt(at, 256 << 10, &piece).ok()) return false;
        }
      }
      std::printf("%-52s %12.1f ms\n", what, MillisecondsSince(from));
    }
    return true;
  }

  // Predicates that select a thousand records of a million, each another.
  bool SelectRows() {
    using Compare = tables::Predicate::Compare;
    const auto version = table_->CurrentMarked();
    const auto range = [&](int64_t i) {
      const size_t first = all_.size() / 10 * static_cast<size_t>(i % 10);
      const size_t last = std::min(first + 1'000, all_.size()) - 1;
      return tables::Predicate::And(
          {tables::Predicate::Where("id", Compare::kGreaterOrEqual, all_[first]),
           tables::Predicate::Where("id", Compare::kLessOrEqual, all_[last])});
    };
    const auto scattered = [](int64_t i) {
      std::vector<model::Value> numbers;
      for (int64_t n = 0; n < 5; ++n) numbers.emplace_back(n * 997 + i);
      return tables::Predicate::In("number_of_employees", std::move(numbers));
    };
    const auto timed = [&](const char* what, const auto& predicate) {
      std::vector<double> times;
      const double cpu = CpuMilliseconds();
      for (int64_t i = 0; i < 20; ++i) {
        const tables::Selection selection{predicate(i), {}};
        const Micros from = MonotonicMicros();
        const auto files = table_->Select(**version, selection);
        times.push_back(MillisecondsSince(from));
        if (!files.ok()) return false;
      }
      Print(what, &times, CpuMilliseconds() - cpu);
      return true;
    };
    return version.ok() && timed("select 1,000 records next to each other", range) &&
           timed("select 1,000 records all over the table", scattered);
  }

  // The change feed of a version of a thousand changes all over the table: once, then again.
  bool ReadChanges() {
    if (!Update(1'000)) return false;
    const auto version = table_->CurrentMarked();
    if (!version.ok()) return false;
    for (const char* what : {"changes of 1,000 updates of cold records", "the same again"}) {
      const Micros from = MonotonicMicros();
      if (!table_->Changes((*version)->version, (*version)->version).ok()) return false;
      std::printf("%-52s %12.1f ms\n", what, MillisecondsSince(from));
    }
    return true;
  }

  const int records_;
  const std::string kept_;
  TempFolder folder_;
  SystemClock clock_;
  IdSource ids_{clock_};
  const std::shared_ptr<const model::Model> model_ = model::Model::Standard();
  const model::Object& account_ = *model_->Find("account");
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<tables::Catalog> catalog_;
  tables::Table* table_ = nullptr;
  std::vector<Id> all_;
  int serial_ = 0;
  bool hot_ = false;
  bool marked_ = false;
  double last_median_ms_ = 0;
};

}  // namespace
}  // namespace boathouse

int main(int argc, char** argv) {
  const std::string_view argument = argc > 1 ? argv[1] : "1000000";
  int records = 0;
  std::from_chars(argument.data(), argument.data() + argument.size(), records);
  if (records < 1) {
    std::fprintf(stderr, "usage: publication_bench [RECORDS [FOLDER]]\n");
    return 2;
  }
  return boathouse::Bench(records, argc > 2 ? argv[2] : "").Run() ? 0 : 1;
}
