// What the store and the record gate alone can do, without HTTP: creates by one and by many writers
// (each acknowledged after its flush to disk), reads by id, filtered and sorted lists, changes.
// Prints operations a second; these are machine-bound figures for comparing two builds, not budgets.
// `store_bench WORD` runs what has the word in its name (and the creates that fill the store).
#include <atomic>
#include <cstdio>
#include <string_view>
#include <thread>
#include <vector>

#include "base/temp_folder.h"
#include "crm/crm.h"

namespace boathouse {
namespace {

constexpr int contacts = 50'000;
constexpr int batch = 500;
constexpr int bulk_records = 500'000;
constexpr int bulk_batch = 10'000;

struct Bench {
  TempFolder folder;
  SystemClock clock;
  IdSource ids{clock};
  std::unique_ptr<store::Store> store;
  std::unique_ptr<crm::Crm> crm;
  crm::Caller caller{auth::Principal::System(), "bench"};
  const model::Object* contact = nullptr;
  std::vector<Id> all;

  bool Open() {
    auto opened = store::Store::Open({folder / "r.sqlite", model::Model::Standard(), &clock, 16});
    if (!opened.ok()) return false;
    store = std::move(opened).value();
    crm = std::make_unique<crm::Crm>(*store, clock, ids, "secret");
    contact = crm->model()->Find("contact");
    return true;
  }
  static Json Fields(int i) {
    return Json::Object({{"first_name", "First" + std::to_string(i % 977)},
                         {"last_name", "Last" + std::to_string(i)},
                         {"email", "c" + std::to_string(i) + "@example.com"},
                         {"phone", "555-01" + std::to_string(10 + i % 90)},
                         {"mailing_city", "City" + std::to_string(i % 200)}});
  }
};

std::string_view wanted;  // part of the name of what runs; empty: everything

// Runs `work(i)` for i in [0, count) on `threads` threads and prints the rate.
template <typename Work>
void Measure(const char* what, int threads, int count, const Work& work) {
  if (std::string_view(what).find(wanted) == std::string_view::npos) return;
  std::atomic<int> next = 0;
  std::atomic<int> failed = 0;
  const Micros from = MonotonicMicros();
  std::vector<std::thread> running;
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&] {
      for (int i = next++; i < count; i = next++) failed += work(i) ? 0 : 1;
    });
  }
  for (std::thread& thread : running) thread.join();
  const double seconds = static_cast<double>(MonotonicMicros() - from) / 1e6;
  std::printf("%-48s %2d threads %10.1f/s%s\n", what, threads, count / seconds,
              failed > 0 ? "  FAILED" : "");
}

int Run() {
  Bench bench;
  if (!bench.Open()) return 1;
  const model::Object& contact = *bench.contact;
  const std::string_view asked = std::exchange(wanted, {});  // whatever is wanted needs records
  Measure("create, batches of 500 (records/500)", 1, contacts / batch, [&](int b) {
    JsonArray items;
    for (int i = 0; i < batch; ++i) items.push_back(Bench::Fields(b * batch + i));
    const auto made = bench.crm->BatchCreate(bench.caller, contact, items);
    if (!made.ok()) return false;
    for (const model::Record& record : *made) bench.all.push_back(record.id());
    return true;
  });
  wanted = asked;
  Measure(
      "bulk, transactions of 10,000 (records/10,000)", 1, bulk_records / bulk_batch, [&](int b) {
        return bench.crm
            ->Transact(bench.caller,
                       [&](crm::Edit& edit) -> Status {
                         for (int i = 0; i < bulk_batch; ++i) {
                           TRY(edit.Create(contact, Bench::Fields(1'000'000 + b * bulk_batch + i)));
                         }
                         return Status::Ok();
                       })
            .ok();
      });
  const auto create = [&](int i) {
    return bench.crm->Create(bench.caller, contact, Bench::Fields(contacts + i)).ok();
  };
  Measure("create, durable", 1, 500, create);
  Measure("create, durable", 64, 40'000, create);
  for (const int threads : {1, 2}) {
    Measure("get by id", threads, 200'000, [&](int i) {
      const size_t at = static_cast<size_t>(i) * 7919u % bench.all.size();
      return bench.crm->Get(bench.caller, contact, bench.all[at]).ok();
    });
    Measure("list 50 of a city, sorted by name", threads, 2'000, [&](int i) {
      crm::ListRequest request;
      request.filter = "mailing_city = \"City" + std::to_string(i % 200) + "\"";
      request.order_by = "name";
      return bench.crm->List(bench.caller, contact, request).ok();
    });
    Measure("list 50 sorted by name", threads, 5'000, [&](int) {
      crm::ListRequest request;
      request.order_by = "name";
      return bench.crm->List(bench.caller, contact, request).ok();
    });
  }
  Measure("patch, durable", 64, 20'000, [&](int i) {
    const size_t at = static_cast<size_t>(i) * 7919u % bench.all.size();
    const Json patch = Json::Object({{"title", "Buyer " + std::to_string(i)}});
    return bench.crm->Update(bench.caller, contact, bench.all[at], patch, std::nullopt).ok();
  });
  return 0;
}

}  // namespace
}  // namespace boathouse

int main(int argc, char** argv) {
  if (argc > 1) boathouse::wanted = argv[1];
  return boathouse::Run();
}
