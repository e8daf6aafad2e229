// The model changes while the store runs: new tables and columns are there for the next reader.
#include "base/temp_folder.h"
#include "store/store.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

namespace boathouse::store {
namespace {

struct Fixture {
  TempFolder folder;
  ManualClock clock{1'700'000'000'000'000};
  IdSource ids{clock, 1};
  std::unique_ptr<Store> store = Open();

  std::unique_ptr<Store> Open() {
    auto opened = Store::Open({folder / "r.sqlite", model::Model::Standard(), &clock, 4});
    if (!opened.ok()) FAIL(opened.error().message);
    return std::move(opened).value();
  }
  Status Change(const char* json) { return store->ChangeModel(*Json::Parse(json)); }
  Result<model::Record> Insert(const model::Object& object, const char* field, model::Value value) {
    model::Record record;
    record.values.resize(object.fields.size());
    record.Set(model::kFieldId, ids.Next());
    record.Set(*object.IndexOf("name"), "A name " + record.id().ToString());
    if (field != nullptr) record.Set(*object.IndexOf(field), std::move(value));
    Status written = store->Write([&](Transaction& t) -> Status {
      ASSIGN(record, t.Insert(object, record, {}));
      return Status::Ok();
    });
    if (!written.ok()) return std::move(written.error());
    return record;
  }
};

constexpr const char* add_segment =
    R"({"add_field":{"object":"account","field":{"name":"segment","type":"text","unique":true}}})";

TEST_CASE_FIXTURE(Fixture,
                  "a field added at run time is stored, found, unique, and there after a restart") {
  const auto old_model = store->model();
  const model::Record old = Insert(*old_model->Find("account"), nullptr, {}).value();
  REQUIRE(Change(add_segment).ok());
  const model::Object& account = *store->model()->Find("account");
  CHECK(account.IndexOf("segment").has_value());
  const model::Record made = Insert(account, "segment", std::string("north")).value();
  CHECK(Insert(account, "segment", std::string("north")).error().kind == ErrorKind::kConflict);
  // Somebody who still holds the old model writes as before.
  CHECK(Insert(*old_model->Find("account"), nullptr, {}).ok());
  store.reset();
  store = Open();
  const model::Object& again = *store->model()->Find("account");
  const auto snapshot = store->Read().value();
  CHECK(snapshot->Get(again, made.id())->values == made.values);
  CHECK(model::IsNull(snapshot->Get(again, old.id())->At(*again.IndexOf("segment"))));
  CHECK(snapshot->FindId(again, *again.IndexOf("segment"), std::string("north")).value() ==
        made.id());
  CHECK(snapshot->History(again, made.id(), 0, 1)->at(0).changes["segment"].Dump() ==
        R"([null,"north"])");
}

TEST_CASE_FIXTURE(Fixture, "an object added at run time has its own table, search and changes") {
  REQUIRE(Change(R"({"add_object":{"name":"machine","plural":"machines"}})").ok());
  const model::Object& machine = *store->model()->Find("machine");
  CHECK(store->committed(machine) == 0);
  const model::Record made = Insert(machine, nullptr, {}).value();
  CHECK(store->committed(machine) == 1);
  const auto snapshot = store->Read().value();
  CHECK(snapshot->ChangedIds(machine, 0, 1).value() == std::vector<Id>{made.id()});
  const auto hits = snapshot->FindText({&machine, "name"}).value();
  REQUIRE(hits.size() == 1);
  CHECK(hits[0].id == made.id());
  CHECK(Change(R"({"add_object":{"name":"machine","plural":"machines"}})").error().kind ==
        ErrorKind::kConflict);
}

TEST_CASE_FIXTURE(Fixture, "names that meet in SQL do not meet in the file") {
  // Full-text search keeps its own tables beside each; indexes are named after object and field.
  for (const char* name : {"account_data", "site_data", "site", "account_config", "a", "a_b"}) {
    const std::string change = R"({"add_object":{"name":")" + std::string(name) +
                               R"(","plural":")" + name +
                               R"(s","fields":[{"name":"b_c","type":"text","unique":true},
                               {"name":"c","type":"text","unique":true}]}})";
    CAPTURE(name);
    CHECK(Change(change.c_str()).ok());
  }
  const model::Object& object = *store->model()->Find("a_b");
  REQUIRE(Insert(object, "c", std::string("x")).ok());
  CHECK(Insert(object, "c", std::string("x")).error().kind == ErrorKind::kConflict);
  CHECK(store->Read().value()->FindText({&object, "name"})->size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "a refused change changes nothing") {
  const auto before = store->model();
  Insert(*before->Find("account"), nullptr, {}).value();
  const Status required = Change(
      R"({"add_field":{"object":"account","field":{"name":"segment","type":"text","required":true}}})");
  REQUIRE_FALSE(required.ok());
  CHECK(required.error().kind == ErrorKind::kConflict);
  CHECK(required.error().fields.at(0).field == "/required");
  CHECK(Change("{}").error().kind == ErrorKind::kInvalid);
  CHECK(store->model() == before);
  // Where there are no records yet, it may be required.
  CHECK(
      Change(
          R"({"add_field":{"object":"product","field":{"name":"grade","type":"text","required":true}}})")
          .ok());
}

TEST_CASE_FIXTURE(Fixture, "writers and readers go on while the model changes") {
  std::atomic<bool> stop = false;
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      while (!stop) {
        const auto model = store->model();
        const model::Object& account = *model->Find("account");
        if (t == 0) {
          failures +=
              store->Read().value()->Scan(account, [](const model::Record&) { return true; }).ok()
                  ? 0
                  : 1;
        } else {
          failures += Insert(account, nullptr, {}).ok() ? 0 : 1;
        }
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    const std::string change = R"({"add_field":{"object":"account","field":{"name":"f)" +
                               std::to_string(i) + R"(","type":"integer"}}})";
    CHECK(Change(change.c_str()).ok());
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == 0);
  CHECK(store->model()->Find("account")->IndexOf("f19").has_value());
}

}  // namespace
}  // namespace boathouse::store
