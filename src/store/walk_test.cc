// Walking through all records of a query: the same as its list, however it is sorted.
#include <doctest/doctest.h>

#include "base/temp_folder.h"
#include "store/store.h"

namespace boathouse::store {
namespace {

struct Fixture {
  TempFolder folder;
  SystemClock clock;
  IdSource ids{clock};
  std::unique_ptr<Store> store;
  const model::Object* account = nullptr;

  Fixture() {
    auto opened = Store::Open({folder / "r.sqlite", model::Model::Standard(), &clock, 4});
    REQUIRE_MESSAGE(opened.ok(), opened.error().message);
    store = std::move(*opened);
    account = store->model()->Find("account");
    REQUIRE(store
                ->Write([&](Transaction& transaction) -> Status {
                  for (int i = 0; i < 700; ++i) {
                    model::Record record;
                    record.Set(model::kFieldId, ids.Next());
                    record.Set(Field("name"), "N" + std::to_string(i * 7919 % 700));
                    if (i % 3 != 0) record.Set(Field("phone"), std::to_string(i % 50));
                    if (i % 5 != 0) record.Set(Field("number_of_employees"), int64_t{i % 9});
                    TRY(transaction.Insert(*account, std::move(record), {}));
                  }
                  return {};
                })
                .ok());
  }

  size_t Field(const char* name) const { return account->IndexOf(name).value(); }

  Query All(std::vector<OrderBy> order = {}) const {
    Query query;
    query.object = account;
    query.order = std::move(order);
    query.limit = 100'000;
    return query;
  }

  void CheckSame(const Query& query) {
    const auto snapshot = store->Read();
    REQUIRE(snapshot.ok());
    const auto listed = (*snapshot)->List(query);
    REQUIRE(listed.ok());
    const auto cursor = (*snapshot)->Walk(query, {});
    REQUIRE(cursor.ok());
    model::Record record;
    size_t at = 0;
    for (;; ++at) {
      const auto more = (*cursor)->Next(&record);
      REQUIRE(more.ok());
      if (!*more) break;
      REQUIRE(at < listed->size());
      REQUIRE(record.values == (*listed)[at].values);
    }
    CHECK(at == listed->size());
    CHECK(at > 0);
    CHECK_FALSE(*(*cursor)->Next(&record));  // the end stays the end
  }
};

TEST_CASE_FIXTURE(Fixture, "a walk is the whole list in its order") {
  CheckSame(All());
  for (const bool descending : {false, true}) {
    CheckSame(All({{Field("name"), descending}}));
    CheckSame(All({{Field("phone"), descending}}));  // with nulls
    CheckSame(All({{Field("number_of_employees"), !descending}, {Field("name"), descending}}));
  }
}

TEST_CASE_FIXTURE(Fixture, "a walk through what a filter finds") {
  for (const char* order : {"name", "phone"}) {
    Query query = All({{Field(order), true}});
    query.where = Condition::Where(Field("number_of_employees"),
                                   Condition::Compare::kGreaterOrEqual, int64_t{5});
    CheckSame(query);
    query.order.clear();
    CheckSame(query);
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "only the fields that are wanted are read, and the limit is not looked at") {
  const auto snapshot = store->Read();
  REQUIRE(snapshot.ok());
  for (const char* order : {"name", "phone"}) {
    Query query = All({{Field(order)}});
    query.limit = 1;
    const auto cursor = (*snapshot)->Walk(query, {Field("name")});
    REQUIRE(cursor.ok());
    model::Record record;
    size_t count = 0;
    while (*(*cursor)->Next(&record)) {
      ++count;
      REQUIRE_FALSE(model::IsNull(record.At(Field("name"))));
      REQUIRE(model::IsNull(record.At(Field("number_of_employees"))));
    }
    CHECK(count == 700);
  }
}

TEST_CASE_FIXTURE(Fixture, "a walk goes on over the state that it began with") {
  const auto snapshot = store->Read();
  REQUIRE(snapshot.ok());
  const auto cursor = (*snapshot)->Walk(All({{Field("name")}}), {});
  REQUIRE(cursor.ok());
  model::Record record;
  REQUIRE(*(*cursor)->Next(&record));
  const model::Record first = record;
  REQUIRE(store
              ->Write([&](Transaction& transaction) -> Status {
                return transaction.Delete(*account, first, {});
              })
              .ok());
  size_t count = 1;
  while (*(*cursor)->Next(&record)) ++count;
  CHECK(count == 700);
}

}  // namespace
}  // namespace boathouse::store
