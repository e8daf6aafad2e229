// What changes of the model mean for the records that are there.
#include "base/temp_folder.h"
#include "crm/crm.h"

#include <doctest/doctest.h>

namespace boathouse::crm {
namespace {

using model::Record;

struct Fixture {
  TempFolder folder;
  ManualClock clock{1'700'000'000'000'000};
  IdSource ids{clock, 1};
  std::unique_ptr<store::Store> store =
      std::move(store::Store::Open({folder / "r.sqlite", model::Model::Standard(), &clock, 4}))
          .value();
  Crm crm{*store, clock, ids, "secret"};
  Caller system{auth::Principal::System(), "test"};

  const model::Object& Of(const char* name) { return *store->model()->Find(name); }
  Id Make(const char* object, const std::string& json) {
    Result<Record> record = crm.Create(system, Of(object), *Json::Parse(json));
    if (!record.ok()) FAIL(record.error().message);
    return record->id();
  }
  std::string Read(const char* object, const Id& id, const char* field) {
    const Record record = store->Read().value()->Get(Of(object), id).value();
    const auto index = Of(object).IndexOf(field);
    return index ? model::ToText(record.At(*index)) : "no such field";
  }
  // "ok", or the pointer and the message of what is wrong.
  std::string Change(const std::string& json) {
    const Status changed = crm.ChangeModel(system, *Json::Parse(json));
    if (changed.ok()) return "ok";
    const Error& error = changed.error();
    return (error.fields.empty() ? "" : error.fields[0].field + " ") + error.message;
  }
  std::string Add(const std::string& object, const std::string& field) {
    return Change(R"({"add_field":{"object":")" + object + R"(","field":)" + field + "}}");
  }
  std::string Alter(const std::string& field, const std::string& members) {
    return Change(R"({"alter_field":{"object":"account","field":")" + field + R"(",)" + members +
                  "}}");
  }
};

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE_FIXTURE(Fixture, "a new formula and a new roll-up are there for the records of before") {
  const Id account = Make("account", R"({"name":"Acme","annual_revenue":"1000"})");
  const Id empty = Make("account", R"({"name":"Empty"})");
  for (int i = 0; i < 3; ++i) {
    Make("contact", R"({"last_name":"Roe )" + std::to_string(i) + R"(","account_id":")" +
                        account.ToString() + R"(","do_not_call":)" + (i == 0 ? "true" : "false") +
                        "}");
  }
  CHECK(Add("account", R"({"name":"callable","type":"integer","roll_up":{"object":"contact",
      "relation":"account_id","function":"count","filter":"do_not_call = false"}})") == "ok");
  CHECK(Add("account",
            R"({"name":"per_head","type":"money","formula":"annual_revenue / callable"})") == "ok");
  CHECK(Read("account", account, "callable") == "2");
  CHECK(Read("account", account, "per_head") == "500.00");
  CHECK(Read("account", empty, "callable") == "0");
  CHECK(Read("account", empty, "per_head").empty());
  // And they follow.
  Make("contact",
       R"({"last_name":"New","do_not_call":false,"account_id":")" + account.ToString() + R"("})");
  CHECK(Read("account", account, "callable") == "3");
  CHECK(Read("account", account, "per_head") == "333.3333");
  CHECK(Alter("per_head", R"("formula":"annual_revenue * 2")") == "ok");
  CHECK(Read("account", account, "per_head") == "2000.00");
  const auto committed = store->committed();
  CHECK(crm.FinishModelChanges().ok());
  CHECK(store->committed() == committed);  // all is filled
  CHECK(Has(Add("account", R"({"name":"x","type":"integer","roll_up":{"object":"contact",
      "relation":"account_id","function":"count","filter":"nothing = 1"}})"),
            "/roll_up/filter"));
  CHECK(Has(Add("account", R"({"name":"x","type":"integer","roll_up":{"object":"contact",
      "relation":"account_id","function":"count","filter":"owner_id.name = \"a\""}})"),
            "/roll_up/filter"));
}

TEST_CASE_FIXTURE(Fixture, "a new sum that is too large for a record is null until it fits") {
  const Id account = Make("account", R"({"name":"Acme"})");
  const Id small = Make("account", R"({"name":"Small"})");
  const auto deal = [&](const Id& of, const char* amount) {
    return Make("opportunity", R"({"name":"Deal","account_id":")" + of.ToString() +
                                   R"(","amount":")" + amount + "\"}");
  };
  const Id first = deal(account, "60000000000000");
  deal(account, "60000000000000");
  deal(small, "5");
  CHECK(Add("account", R"({"name":"all_deals","type":"money","roll_up":{"object":"opportunity",
      "relation":"account_id","function":"sum","field":"amount"}})") == "ok");
  CHECK(Read("account", account, "all_deals").empty());
  CHECK(Read("account", small, "all_deals") == "5.00");
  const auto committed = store->committed();
  CHECK(crm.FinishModelChanges().ok());
  CHECK(store->committed() == committed);
  const Id third = deal(account, "7");
  CHECK(Read("account", account, "all_deals").empty());
  REQUIRE(crm.Update(system, Of("opportunity"), first, *Json::Parse(R"({"amount":"1"})"), {}).ok());
  CHECK(Read("account", account, "all_deals") == "60000000000008.00");
  REQUIRE(crm.Delete(system, Of("opportunity"), third, {}).ok());
  CHECK(Read("account", account, "all_deals") == "60000000000001.00");
}

TEST_CASE_FIXTURE(Fixture, "a change that a roll-up's filter does not bear is refused") {
  CHECK(Add("contact", R"({"name":"grade","type":"select","options":["a","b"]})") == "ok");
  CHECK(Add("account", R"({"name":"best","type":"integer","roll_up":{"object":"contact",
      "relation":"account_id","function":"count","filter":"grade = b"}})") == "ok");
  const auto options = [&](const std::string& values) {
    return *Json::Parse(R"({"alter_field":{"object":"contact","field":"grade","options":)" +
                        values + "}}");
  };
  const Status refused = crm.ChangeModel(system, options(R"(["a"])"));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::kConflict);
  CHECK(Has(refused.error().message, "account.best"));
  CHECK(crm.ChangeModel(system, options(R"(["b","c"])")).ok());
  const Id account = Make("account", R"({"name":"Acme"})");
  Make("contact", R"({"last_name":"Roe","grade":"b","account_id":")" + account.ToString() + "\"}");
  CHECK(Read("account", account, "best") == "1");
}

TEST_CASE_FIXTURE(Fixture, "a formula over a relation follows when its target is deleted") {
  CHECK(Add("contact", R"j({"name":"alone","type":"boolean","formula":"is_null(account_id)"})j") ==
        "ok");
  const Id account = Make("account", R"({"name":"Acme"})");
  const Id contact =
      Make("contact", R"({"last_name":"Roe","account_id":")" + account.ToString() + "\"}");
  CHECK(Read("contact", contact, "alone") == "false");
  REQUIRE(crm.Delete(system, Of("account"), account, {}).ok());
  CHECK(Read("contact", contact, "alone") == "true");
}

TEST_CASE_FIXTURE(Fixture, "what records contradict is refused, with how many and which") {
  CHECK(Add("account", R"({"name":"grade","type":"select","options":["a","b"]})") == "ok");
  CHECK(Add("account", R"({"name":"route","type":"integer"})") == "ok");
  const Id one = Make("account", R"({"name":"One","grade":"a","route":7})");
  const Id two = Make("account", R"({"name":"Two","route":7})");
  std::string answer = Alter("grade", R"("required":true)");
  CHECK(Has(answer, "/required 1 accounts have no grade"));
  CHECK(Has(answer, two.ToString()));
  answer = Alter("route", R"("unique":true)");
  CHECK(Has(answer, "/unique 2 accounts have the same route"));
  CHECK(Has(answer, one.ToString()));
  CHECK(Has(answer, two.ToString()));
  answer = Alter("grade", R"("options":["b"])");
  CHECK(Has(answer, "/options"));
  CHECK(Has(answer, one.ToString()));
  CHECK(Has(Alter("route", R"("maximum":6)"), "/maximum 2 accounts"));
  CHECK_FALSE(Of("account").Find("grade")->required);
  // What they do not contradict is done.
  CHECK(Alter("grade", R"("options":["a","c"])") == "ok");
  CHECK(Alter("route", R"("minimum":7)") == "ok");
  REQUIRE(
      crm.Update(system, Of("account"), two, *Json::Parse(R"({"grade":"c","route":8})"), {}).ok());
  CHECK(Alter("grade", R"("required":true)") == "ok");
  CHECK(Alter("route", R"("unique":true)") == "ok");
  CHECK(crm.Create(system, Of("account"), *Json::Parse(R"({"name":"x","grade":"a","route":8})"))
            .error()
            .kind == ErrorKind::kConflict);
  CHECK(Alter("route", R"("unique":false)") == "ok");
  Make("account", R"({"name":"Three","grade":"a","route":8})");
}

TEST_CASE_FIXTURE(Fixture, "a field made searchable is found in the records of before") {
  Make("account", R"({"name":"Acme","industry":"Zeppelins"})");
  const auto found = [&] { return crm.Search(system, "zeppelins", {}, 10).value().size(); };
  CHECK(found() == 0);
  CHECK(Alter("industry", R"("searchable":true,"indexed":false)") == "ok");
  CHECK(found() == 1);
  CHECK(Alter("industry", R"("searchable":false,"indexed":true)") == "ok");
  CHECK(found() == 0);
}

}  // namespace
}  // namespace boathouse::crm
