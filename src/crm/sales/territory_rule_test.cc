#include "crm/crm_impl.h"
#include "crm/sales/sales_fixture.h"
#include "crm/sales/work.h"
#include "crm/territories.h"

#include <thread>

namespace boathouse::crm {
namespace {

struct TerritoryFixture : SalesFixture {
  std::string cleveland = Make("territory", R"({"name":"Cleveland"})");
  std::string ohio = Make("territory", R"({"name":"Ohio"})");

  std::string Rule(const std::string& territory, const std::string& filter,
                   const std::string& more = "") {
    return Make("territory_rule", R"({"territory_id":")" + territory + R"(","filter":")" + filter +
                                      "\"" + more + "}");
  }
  std::string TerritoryOf(const std::string& account) {
    const std::string id = Text("account", account, "territory_id");
    return id == cleveland ? "Cleveland" : id == ohio ? "Ohio" : id;
  }
};

TEST_CASE_FIXTURE(TerritoryFixture, "the first rule that an account meets gives it its territory") {
  Rule(cleveland, "billing_city = Cleveland");
  Rule(ohio, "billing_state = OH");
  const std::string account =
      Make("account", R"({"name":"A","billing_city":"Cleveland","billing_state":"OH"})");
  CHECK(TerritoryOf(account) == "Cleveland");
  const std::string akron =
      Make("account", R"({"name":"B","billing_city":"Akron","billing_state":"OH"})");
  CHECK(TerritoryOf(akron) == "Ohio");
  CHECK(TerritoryOf(Make("account", R"({"name":"C","billing_state":"MI"})")) == "null");

  SUBCASE("a field that a rule asks about decides again, others do not") {
    Change("account", account, R"({"billing_city":"Akron"})");
    CHECK(TerritoryOf(account) == "Ohio");
    Change("account", account, With(R"({"territory_id":"$"})", cleveland));
    Change("account", account, R"({"phone":"555"})");
    CHECK(TerritoryOf(account) == "Cleveland");
    Change("account", account, R"({"billing_city":"Kent"})");
    CHECK(TerritoryOf(account) == "Ohio");
    Change("account", account, R"({"billing_state":"MI"})");
    CHECK(TerritoryOf(account) == "Ohio");  // no rule takes it: it keeps what it has
  }
  SUBCASE("what is given by hand or locked stays") {
    Change("account", account, With(R"({"billing_city":"Akron","territory_id":"$"})", cleveland));
    CHECK(TerritoryOf(account) == "Cleveland");
    Change("account", account, R"({"territory_locked":true})");
    Change("account", account, R"({"billing_city":"Kent"})");
    CHECK(TerritoryOf(account) == "Cleveland");
    CHECK(TerritoryOf(Make("account", With(R"({"name":"D","billing_state":"OH",
                                              "territory_id":"$"})",
                                           cleveland))) == "Cleveland");
  }
  SUBCASE("leads have rules of their own") {
    const std::string lead = Make("lead", R"({"last_name":"L","company":"E","state":"OH"})");
    CHECK(Text("lead", lead, "territory_id") == "null");
    Rule(ohio, "state = OH", R"(,"object":"lead")");
    CHECK(Upkeep() == 1);
    CHECK(Text("lead", lead, "territory_id") == ohio);
  }
}

TEST_CASE_FIXTURE(TerritoryFixture, "a changed rule assigns what is there") {
  std::vector<std::string> accounts;
  for (int i = 0; i < 450; ++i) {
    accounts.push_back(Make("account", i % 3 == 0 ? R"({"name":"A","billing_state":"OH"})"
                                                  : R"({"name":"B","billing_state":"MI"})"));
  }
  Change("account", accounts[0], R"({"territory_locked":true})");
  const std::string rule = Rule(ohio, "billing_state = OH");
  CHECK(Upkeep() == 149);
  CHECK(TerritoryOf(accounts[0]) == "null");
  CHECK(TerritoryOf(accounts[3]) == "Ohio");
  CHECK(Upkeep() == 0);
  Change("territory_rule", rule, With(R"({"territory_id":"$"})", cleveland));
  CHECK(Upkeep() == 149);
  CHECK(TerritoryOf(accounts[3]) == "Cleveland");
  REQUIRE(Delete("territory_rule", rule).ok());
  CHECK(Upkeep() == 0);
  const Result<int64_t> again = AssignTerritories(crm, system, Of("account"), {});
  REQUIRE(again.ok());
  CHECK(*again == 0);
}

TEST_CASE_FIXTURE(TerritoryFixture, "rules hold when more filters were met than are remembered") {
  constexpr int rules = 900;  // of each object
  const auto make = [&](TransactionEdit& edit, const char* object, const Json& fields) -> Status {
    TRY(edit.Create(Of(object), fields, ""));
    return Status::Ok();
  };
  const std::string first = Rule(ohio, "billing_state = OH");
  std::vector<std::string> latter;
  const Status made = crm.impl().Transact(system, [&](TransactionEdit& edit) -> Status {
    latter.clear();
    for (const char* object : {"account", "lead"}) {
      const std::string field = object == std::string("account") ? "billing_city" : "city";
      for (int i = 0; i < rules; ++i) {
        const Json rule = Json::Object({{"object", object},
                                        {"territory_id", cleveland},
                                        {"filter", field + " = C" + std::to_string(i)}});
        ASSIGN(const model::Record stored, edit.Create(Of("territory_rule"), rule, ""));
        if (field == "billing_city") latter.push_back(stored.id().ToString());
      }
    }
    TRY(make(edit, "account", Parse(R"({"name":"A"})")));
    TRY(make(edit, "lead", Parse(R"({"last_name":"L","company":"E"})")));
    for (size_t i = 0; i < 300; ++i) {
      const Json filter = Json::Object({{"filter", "billing_city = D" + std::to_string(i)}});
      TRY(edit.Update(Of("territory_rule"), *Id::Parse(latter[i]), filter, std::nullopt, ""));
    }
    return Status::Ok();
  });
  REQUIRE(made.ok());
  CHECK(TerritoryOf(Make("account", R"({"name":"B","billing_state":"OH"})")) == "Ohio");
  CHECK(TerritoryOf(Make("account", R"({"name":"C","billing_city":"D299"})")) == "Cleveland");
}

TEST_CASE_FIXTURE(TerritoryFixture, "work that fails does not keep what stands behind it") {
  const std::string account = Make("account", R"({"name":"A","billing_state":"OH"})");
  REQUIRE(store
              ->Write([&](store::Transaction& transaction) {
                return transaction.PutDocument(work_documents, "a first one",
                                               Json::Object({{"kind", "unheard_of"}}));
              })
              .ok());
  Rule(ohio, "billing_state = OH");
  CHECK(Upkeep() == 1);
  CHECK(TerritoryOf(account) == "Ohio");
  // It is left for a program that can do it.
  CHECK(store->Read().value()->GetDocument(work_documents, "a first one").value().has_value());
}

TEST_CASE_FIXTURE(TerritoryFixture, "on demand, by who may change the rules") {
  Make("account", With(R"({"name":"A","billing_state":"OH","territory_id":"$"})", cleveland));
  Rule(ohio, "billing_state = OH");
  const Result<int64_t> changed = AssignTerritories(crm, system, Of("account"), {});
  REQUIRE(changed.ok());
  CHECK(*changed == 1);
  CHECK_FALSE(AssignTerritories(crm, system, Of("contact"), {}).ok());
  Caller viewer{auth::Principal{}, "rest"};
  viewer.principal.role = "viewer";
  const Result<int64_t> refused = AssignTerritories(crm, viewer, Of("account"), {});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::kForbidden);
}

TEST_CASE_FIXTURE(TerritoryFixture, "a thread does what is left as soon as it is left") {
  const std::string account = Make("account", R"({"name":"A","billing_state":"OH"})");
  {
    const class Upkeep upkeep(crm);
    Rule(ohio, "billing_state = OH");
    while (TerritoryOf(account) == "null") std::this_thread::yield();
  }
  CHECK(TerritoryOf(account) == "Ohio");
}

TEST_CASE_FIXTURE(TerritoryFixture, "filters of rules are checked") {
  const auto refused = [&](const std::string& filter) {
    return First(RefusedNew("territory_rule",
                            R"({"territory_id":")" + ohio + R"(","filter":")" + filter + "\"}"));
  };
  CHECK(refused("billing_stat = OH") == "/filter wrong_format");
  CHECK(refused("(") == "/filter wrong_format");
  CHECK(refused("territory_locked = true") == "/filter cycle");
  CHECK(refused("territory.name = Ohio") == "/filter cycle");
  const std::string rule = Rule(ohio, "parent.industry = Steel");
  CHECK(Text("territory_rule", rule, "position") == "1");
  CHECK(Text("territory_rule", Rule(ohio, "industry = Steel"), "position") == "2");
}

}  // namespace
}  // namespace boathouse::crm
