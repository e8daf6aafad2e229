// Groups, against the same sums done by hand.
#include <doctest/doctest.h>

#include <map>
#include <random>

#include "base/temp_folder.h"
#include "store/store.h"

namespace boathouse::store {
namespace {

using model::Object;
using model::Record;
using model::Value;
using Function = GroupQuery::Function;
using Unit = GroupQuery::Unit;

struct Fixture {
  TempFolder folder;
  ManualClock clock{1'700'000'000'000'000};
  IdSource ids{clock, 1};
  std::shared_ptr<const model::Model> model = model::Model::Standard();
  const Object& account = *model->Find("account");
  const Object& activity = *model->Find("activity");
  std::unique_ptr<Store> store = Store::Open({folder / "records.sqlite", model, &clock, 4}).value();

  Record Make(const Object& object) {
    Record record;
    record.values.resize(object.fields.size());
    record.Set(model::kFieldId, ids.Next());
    record.Set(object.title_index(), "r" + record.id().ToString());
    return record;
  }
  void Insert(const Object& object, const std::vector<Record>& records) {
    const Status written = store->Write([&](Transaction& t) -> Status {
      for (const Record& record : records) TRY(t.Insert(object, record, {Id{}, "test"}));
      return Status::Ok();
    });
    REQUIRE(written.ok());
  }
  Groups By(const GroupQuery& query) {
    auto groups = store->Read().value()->GroupBy(query);
    REQUIRE(groups.ok());
    return std::move(groups).value();
  }
  GroupQuery Of(const Object& object, std::vector<GroupQuery::Key> by,
                std::vector<GroupQuery::Aggregate> aggregates) {
    GroupQuery query;
    query.object = &object;
    query.by = std::move(by);
    query.aggregates = std::move(aggregates);
    return query;
  }
};

TEST_CASE_FIXTURE(Fixture, "sums are exact, averages rounded, nulls left out") {
  const size_t type = *account.IndexOf("type");
  const size_t revenue = *account.IndexOf("annual_revenue");
  std::mt19937 random(3);
  std::vector<Record> records;
  struct Expected {
    int64_t count = 0, values = 0, sum = 0, least = INT64_MAX, greatest = INT64_MIN;
  };
  std::map<Value, Expected> expected;
  for (int i = 0; i < 500; ++i) {
    Record record = Make(account);
    const char* types[] = {"customer", "partner", "prospect"};
    if (random() % 5 != 0) record.Set(type, std::string(types[random() % 3]));
    Expected& one = expected[record.At(type)];
    ++one.count;
    if (random() % 4 != 0) {
      const int64_t units = static_cast<int64_t>(random() % 2'000'000'000'000) - 1'000'000'000'000;
      record.Set(revenue, Decimal{units});
      ++one.values;
      one.sum += units;
      one.least = std::min(one.least, units);
      one.greatest = std::max(one.greatest, units);
    }
    records.push_back(std::move(record));
  }
  Insert(account, records);
  const Groups groups = By(Of(account, {{{}, type, Unit::kValue}},
                              {{Function::kCount, {}, std::nullopt},
                               {Function::kCount, {}, revenue},
                               {Function::kSum, {}, revenue},
                               {Function::kAverage, {}, revenue},
                               {Function::kMinimum, {}, revenue},
                               {Function::kMaximum, {}, revenue}}));
  REQUIRE(groups.groups.size() == expected.size());
  auto at = groups.groups.begin();
  int64_t all = 0;
  for (const auto& [key, one] : expected) {
    CHECK(at->keys == std::vector<Value>{key});
    CHECK(at->aggregates[0] == Value(one.count));
    CHECK(at->aggregates[1] == Value(one.values));
    CHECK(at->aggregates[2] == Value(Decimal{one.sum}));
    const int64_t half = one.values / 2;
    CHECK(at->aggregates[3] ==
          Value(Decimal{(one.sum + (one.sum < 0 ? -half : half)) / one.values}));
    CHECK(at->aggregates[4] == Value(Decimal{one.least}));
    CHECK(at->aggregates[5] == Value(Decimal{one.greatest}));
    all += one.sum;
    ++at;
  }
  CHECK(groups.totals[0] == Value(int64_t{500}));
  CHECK(groups.totals[2] == Value(Decimal{all}));
}

TEST_CASE_FIXTURE(Fixture,
                  "sums may leave 64 bits on the way, and are refused when they stay outside") {
  const size_t revenue = *account.IndexOf("annual_revenue");
  const size_t type = *account.IndexOf("type");
  std::vector<Record> records;
  for (int i = 0; i < 40; ++i) {
    Record record = Make(account);
    record.Set(revenue, Decimal{i < 20 ? Decimal::units_max : -Decimal::units_max});
    record.Set(type, std::string(i < 20 ? "customer" : "partner"));
    records.push_back(record);
  }
  Insert(account, records);
  GroupQuery query = Of(account, {}, {{Function::kSum, {}, revenue}});
  CHECK(By(query).totals[0] == Value(Decimal{0}));
  CHECK(By(query).groups.at(0).keys.empty());
  query.where = Condition::Where(type, Condition::Compare::kEqual, std::string("customer"));
  const auto refused = store->Read().value()->GroupBy(query);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("more digits") != std::string::npos);
  query.aggregates[0].function = Function::kAverage;
  CHECK(By(query).totals[0] == Value(Decimal{Decimal::units_max}));
}

TEST_CASE_FIXTURE(Fixture, "dates and date-times fall into periods, before 1970 too") {
  const size_t due = *activity.IndexOf("due_at");
  std::vector<Record> records;
  for (const char* at : {"2026-11-24T23:59:59.999999Z", "2026-11-01T00:00:00Z",
                         "2026-10-31T23:59:59Z", "1969-12-31T23:59:59.999999Z"}) {
    Record record = Make(activity);
    record.Set(due, model::DateTime{*ParseDateTime(at)});
    records.push_back(record);
  }
  records.push_back(Make(activity));  // without
  Insert(activity, records);
  const auto starts = [&](Unit unit) {
    std::string all;
    for (const Group& group :
         By(Of(activity, {{{}, due, unit}}, {{Function::kCount, {}, std::nullopt}})).groups) {
      all += model::ToText(group.keys[0]) + "=" + model::ToText(group.aggregates[0]) + " ";
    }
    return all;
  };
  CHECK(starts(Unit::kDay) == "=1 1969-12-31=1 2026-10-31=1 2026-11-01=1 2026-11-24=1 ");
  CHECK(starts(Unit::kWeek) == "=1 1969-12-29=1 2026-10-26=2 2026-11-23=1 ");
  CHECK(starts(Unit::kMonth) == "=1 1969-12-01=1 2026-10-01=1 2026-11-01=2 ");
  CHECK(starts(Unit::kQuarter) == "=1 1969-10-01=1 2026-10-01=3 ");
  CHECK(starts(Unit::kYear) == "=1 1969-01-01=1 2026-01-01=3 ");
}

TEST_CASE_FIXTURE(Fixture, "keys and sums follow relations, as far as records are visible") {
  const size_t industry = *account.IndexOf("industry");
  const size_t employees = *account.IndexOf("number_of_employees");
  const size_t of_account = *activity.IndexOf("account_id");
  std::vector<Record> accounts;
  for (const char* name : {"steel", "steel", "paper"}) {
    Record record = Make(account);
    record.Set(industry, std::string(name));
    record.Set(employees, int64_t{10});
    accounts.push_back(record);
  }
  Insert(account, accounts);
  std::vector<Record> activities;
  for (int i = 0; i < 7; ++i) {
    Record record = Make(activity);
    if (i < 6) record.Set(of_account, accounts[static_cast<size_t>(i) % 3].id());
    activities.push_back(record);
  }
  Insert(activity, activities);
  Step step{of_account, &account};
  const auto shown = [&] {
    std::string all;
    for (const Group& group :
         By(Of(activity, {{{step}, industry, Unit::kValue}},
               {{Function::kCount, {}, std::nullopt}, {Function::kSum, {step}, employees}}))
             .groups) {
      all += model::ToText(group.keys[0]) + "=" + model::ToText(group.aggregates[0]) + "/" +
             model::ToText(group.aggregates[1]) + " ";
    }
    return all;
  };
  CHECK(shown() == "=1/ paper=2/20 steel=4/40 ");
  step.visible = std::make_shared<const Condition>(
      Condition::Where(model::kFieldId, Condition::Compare::kNotEqual, accounts[0].id()));
  CHECK(shown() == "=3/ paper=2/20 steel=2/20 ");
}

}  // namespace
}  // namespace boathouse::store
