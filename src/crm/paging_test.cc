// Pages of a list while others write: what did not change is seen once, whatever else happens.
#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "base/temp_folder.h"
#include "crm/crm.h"

namespace boathouse::crm {
namespace {

struct Fixture {
  TempFolder folder;
  ManualClock clock{1'700'000'000'000'000};
  IdSource ids{clock, 1};
  std::unique_ptr<store::Store> store =
      store::Store::Open({folder / "r.sqlite", model::Model::Standard(), &clock, 4}).value();
  Crm crm{*store, clock, ids, "secret"};
  const Caller system{auth::Principal::System(), "test"};
  const model::Object& account = *crm.model()->Find("account");
  const model::Object& contact = *crm.model()->Find("contact");

  Id Make(const model::Object& object, Json fields) {
    const auto made = crm.Create(system, object, fields);
    REQUIRE(made.ok());
    return made->id();
  }
  // Walks all pages; each record's id with how often it was seen.
  std::map<Id, int> Walk(const model::Object& object, ListRequest request) {
    std::map<Id, int> seen;
    for (;;) {
      const auto page = crm.List(system, object, request);
      REQUIRE(page.ok());
      for (const model::Record& record : page->records) ++seen[record.id()];
      if (page->next_page_token.empty()) return seen;
      request.page_token = page->next_page_token;
    }
  }
};

std::string Letter(std::mt19937& random) {
  return std::string(1, static_cast<char>((random() % 2 == 0 ? 'a' : 'A') + random() % 6));
}

TEST_CASE_FIXTURE(Fixture, "a record that does not change is on exactly one page") {
  std::mt19937 random(11);
  std::vector<Id> accounts;
  for (int i = 0; i < 5; ++i) {
    accounts.push_back(Make(account, Json::Object({{"name", Letter(random)}})));
  }
  std::vector<Id> still;
  std::vector<Id> moving;
  for (int i = 0; i < 120; ++i) {
    Json fields = Json::Object({{"last_name", Letter(random)}});
    if (random() % 3 != 0) fields.Set("mailing_city", Letter(random));
    if (random() % 3 != 0) fields.Set("account_id", accounts[random() % 5].ToString());
    (i % 2 == 0 ? still : moving).push_back(Make(contact, std::move(fields)));
  }

  std::atomic<bool> stop = false;
  std::atomic<int> failures = 0;
  std::thread writer([&] {
    std::mt19937 own(5);
    while (!stop) {
      Id& one = moving[own() % moving.size()];
      const unsigned what = own() % 4;
      if (what == 0) {
        failures += !crm.Delete(system, contact, one, std::nullopt).ok();
        const auto made = crm.Create(system, contact, Json::Object({{"last_name", Letter(own)}}));
        if (made.ok()) one = made->id();
        failures += !made.ok();
        continue;
      }
      Json patch = Json::Object();
      if (what == 1) patch.Set("last_name", Letter(own));
      if (what == 2) patch.Set("mailing_city", own() % 2 == 0 ? Json() : Json(Letter(own)));
      if (what == 3) patch.Set("account_id", accounts[own() % 5].ToString());
      failures += !crm.Update(system, contact, one, patch, std::nullopt).ok();
    }
  });
  for (const char* order :
       {"", "name", "name desc", "mailing_city", "mailing_city desc", "mailing_city, name desc",
        "mailing_city desc, last_name", "account_id", "account_id desc", "account.name, name",
        "mailing_city, account_id desc", "created_at desc"}) {
    for (const char* filter : {"", "last_name != zzz", "mailing_city:a OR mailing_city = null"}) {
      CAPTURE(order);
      CAPTURE(filter);
      ListRequest request;
      request.order_by = order;
      request.filter = filter;
      request.page_size = 7;
      const std::map<Id, int> seen = Walk(contact, request);
      ListRequest whole = request;
      whole.page_size = 1000;
      const std::map<Id, int> all = Walk(contact, whole);
      for (const Id& id : still) {
        const int expected = all.contains(id) ? 1 : 0;
        const auto found = seen.find(id);
        CHECK((found != seen.end() ? found->second : 0) == expected);
      }
    }
  }
  stop = true;
  writer.join();
  CHECK(failures == 0);
}

TEST_CASE_FIXTURE(Fixture, "pages follow the order of the whole list, over relations too") {
  std::mt19937 random(2);
  std::vector<Id> accounts;
  for (int i = 0; i < 4; ++i) {
    accounts.push_back(Make(account, Json::Object({{"name", Letter(random)}})));
  }
  for (int i = 0; i < 60; ++i) {
    Json fields = Json::Object({{"last_name", Letter(random)}});
    if (i % 4 != 0) fields.Set("account_id", accounts[random() % 4].ToString());
    Make(contact, std::move(fields));
  }
  for (const char* order : {"account.name", "account_id desc", "name, account.name desc",
                            "account.name desc, name", "mailing_city desc, account.name"}) {
    CAPTURE(order);
    ListRequest request;
    request.order_by = order;
    request.page_size = 1000;
    const auto whole = crm.List(system, contact, request);
    REQUIRE(whole.ok());
    REQUIRE(whole->records.size() == 60);
    std::vector<Id> paged;
    request.page_size = 7;
    for (;;) {
      const auto page = crm.List(system, contact, request);
      REQUIRE(page.ok());
      for (const model::Record& record : page->records) paged.push_back(record.id());
      if (page->next_page_token.empty()) break;
      request.page_token = page->next_page_token;
    }
    REQUIRE(paged.size() == 60);
    for (size_t i = 0; i < 60; ++i) CHECK(paged[i] == whole->records[i].id());
  }
}

TEST_CASE_FIXTURE(Fixture, "filters over relations, words for days and me work in lists") {
  const model::Object& territory = *crm.model()->Find("territory");
  const Id north = Make(territory, Json::Object({{"name", "Cleveland"}}));
  const Id acme =
      Make(account, Json::Object({{"name", "Acme"}, {"territory_id", north.ToString()}}));
  Make(contact, Json::Object({{"last_name", "Roe"}, {"account_id", acme.ToString()}}));
  Make(contact, Json::Object({{"last_name", "Doe"}}));
  const auto count = [&](const char* filter) {
    ListRequest request;
    request.filter = filter;
    request.include_total = true;
    const auto page = crm.List(system, contact, request);
    REQUIRE(page.ok());
    CHECK(page->total_size == static_cast<int64_t>(page->records.size()));
    return page->records.size();
  };
  CHECK(count("account.territory.name = Cleveland") == 1);
  CHECK(count("account.territory.name != Cleveland") == 1);
  CHECK(count("account.territory.name = null") == 1);
  CHECK(count("-account.territory.name:leve") == 1);
  CHECK(count("created_at = today") == 2);
  CHECK(count("created_at < this_year") == 0);
  CHECK(count("last_name = (Roe OR Doe OR Poe)") == 2);
}

}  // namespace
}  // namespace boathouse::crm
