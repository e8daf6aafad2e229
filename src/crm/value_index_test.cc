#include "crm/value_index.h"

#include <doctest/doctest.h>

#include "base/temp_folder.h"
#include "crm/crm.h"
#include "crm/edit.h"

namespace boathouse::crm {
namespace {

using model::Record;
using model::Value;

struct Fixture {
  TempFolder folder;
  ManualClock clock{1'700'000'000'000'000};
  IdSource ids{clock, 1};
  std::shared_ptr<const model::Model> model = model::Model::Standard();
  std::unique_ptr<store::Store> store =
      std::move(store::Store::Open({folder / "r.sqlite", model, &clock, 4})).value();
  Caller system{auth::Principal::System(), "test"};
  const model::Object& account = *model->Find("account");
  const size_t website = *account.IndexOf("website");

  void Within(const std::function<Status(store::Transaction&)>& work) {
    const Status done = store->Write(work);
    REQUIRE_MESSAGE(done.ok(), done.error().message);
  }
  Record Account(int number) {
    Record record;
    record.values.resize(account.fields.size());
    record.Set(model::kFieldId, ids.Next());
    record.Set(*account.IndexOf("name"), "Account " + std::to_string(number));
    record.Set(website, Site(number));
    return record;
  }
  static Value Site(int number) { return "https://x.example/" + std::to_string(number); }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "after a few questions the store is not asked any more") {
  Within([&](store::Transaction& transaction) -> Status {
    ValueIndex index(transaction);
    Record known;
    for (int i = 0; i < 2500; ++i) {  // more than the index reads at a time
      ASSIGN(known, transaction.Insert(account, Account(i), {}));
    }
    for (size_t i = 0; i <= ValueIndex::store_questions_max; ++i) {
      CHECK(index.Find(account, website, Site(2499)).value() == known.id());
      CHECK_FALSE(index.Find(account, website, Site(2500)).value().has_value());
    }
    ASSIGN(const Record untold, transaction.Insert(account, Account(2500), {}));
    CHECK_FALSE(index.Find(account, website, Site(2500)).value().has_value());
    index.Note(account, {}, untold);
    CHECK(index.Find(account, website, Site(2500)).value() == untold.id());
    // An indexed field is the store's.
    const size_t name = *account.IndexOf("name");
    CHECK(index.Find(account, name, std::string("Account 2500")).value() == untold.id());
    ASSIGN(const Record last, transaction.Insert(account, Account(2501), {}));
    CHECK(index.Find(account, name, std::string("Account 2501")).value() == last.id());
    return {};
  });
}

TEST_CASE_FIXTURE(Fixture, "an edit finds its own changes by any field, as the store would") {
  Within([&](store::Transaction& transaction) -> Status {
    const Rules rules;
    const Permissions permissions(*store);
    TransactionEdit edit(transaction, *model, system, ids, rules, permissions);
    const auto find = [&](int number) {
      return edit.Find(account, "website", Site(number)).value();
    };
    const auto fields = [](int number) {
      return Json::Object({{"name", "A"}, {"website", std::get<std::string>(Site(number))}});
    };
    for (size_t i = 0; i <= ValueIndex::store_questions_max; ++i) {
      CHECK_FALSE(find(1).has_value());
    }
    ASSIGN(const Record first, edit.Create(account, fields(1), ""));
    ASSIGN(const Record second, edit.Create(account, fields(1), ""));
    CHECK(find(1) == first.id());
    TRY(edit.Update(account, first.id(), fields(2), std::nullopt, ""));
    CHECK(find(1) == second.id());
    CHECK(find(2) == first.id());
    TRY(edit.Update(account, first.id(), fields(1), std::nullopt, ""));
    CHECK(find(1) == first.id());
    CHECK_FALSE(find(2).has_value());
    TRY(edit.Update(account, first.id(), Json::Object({{"website", Json()}}), std::nullopt, ""));
    CHECK(find(1) == second.id());
    CHECK(edit.Find(account, "website", Value()).value() == first.id());
    TRY(edit.Delete(account, second.id(), std::nullopt));
    CHECK_FALSE(find(1).has_value());
    return {};
  });
}

}  // namespace boathouse::crm
