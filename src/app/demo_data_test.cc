#include "app/demo_data.h"

#include <set>

#include <doctest/doctest.h>

#include "app/workspace.h"
#include "base/temp_folder.h"
#include "crm/upkeep.h"

namespace boathouse::app {
namespace {

constexpr int32_t today = 20'781;  // 2026-11-24

// A workspace with the demo of one seed.
struct Made {
  TempFolder temp;
  std::unique_ptr<DataDir> dir;
  std::unique_ptr<Workspace> workspace;
  DemoContent content;

  explicit Made(uint64_t seed) {
    dir = *DataDir::Open(temp / "data");
    workspace = *Workspace::Open(*dir);
    Result<DemoContent> loaded = LoadDemo(*workspace->crm, Workspace::System("demo"),
                                          {seed, 1, today}, [](std::string_view) {});
    REQUIRE_MESSAGE(loaded.ok(), loaded.error().message);
    content = std::move(*loaded);
  }

  // Every record of the object, without what differs from run to run.
  std::vector<Json> All(const char* plural) const {
    const model::Object* object = *workspace->crm->FindObject(plural);
    std::vector<Json> all;
    crm::ListRequest request;
    request.page_size = crm::page_size_max;
    do {
      Result<crm::ListPage> page =
          workspace->crm->List(Workspace::System("test"), *object, request);
      REQUIRE_MESSAGE(page.ok(), page.error().message);
      for (const model::Record& record : page->records) {
        Json json = model::RecordToJson(*object, record);
        for (const char* name : {"created_at", "updated_at", "stage_changed_at", "converted_at",
                                 "closed_at", "sla_due_at", "responded_at"}) {
          json.Remove(name);
        }
        all.push_back(std::move(json));
      }
      request.page_token = page->next_page_token;
    } while (!request.page_token.empty());
    return all;
  }
};

// The values that are no ids of other records.
std::string Plain(const Json& record) {
  std::string text;
  for (const auto& [name, value] : record.members()) {
    if (name != "id" && !name.ends_with("_id")) text += name + "=" + value.Dump() + "\n";
    if (name == "external_id") text += value.Dump();
  }
  return text;
}

TEST_CASE("the demo company is complete, plausible and the same each time") {
  const Made made(1);
  CHECK(made.content.records > 31'000);
  const std::vector<Json> accounts = made.All("accounts");
  const std::vector<Json> deals = made.All("opportunities");
  CHECK(accounts.size() == 2000);
  CHECK(made.All("contacts").size() == 6000);
  CHECK(made.All("leads").size() == 500);
  CHECK(deals.size() == 3000);
  CHECK(made.All("products").size() == 148);

  std::set<std::string> names, numbers, territory_ids;
  for (const Json& account : accounts) {
    names.emplace(account["name"].AsString());
    numbers.emplace(account["account_number"].AsString());
    territory_ids.emplace(account["territory_id"].AsString());
    CHECK(account["website"].AsString().ends_with(".example"));
    CHECK(account["phone"].AsString().find(") 555-01") != std::string::npos);
  }
  CHECK(names.size() == 2000);
  CHECK(numbers.size() == 2000);
  CHECK(numbers.contains("A-100001"));
  CHECK(territory_ids.size() == 16);

  const std::string day = FormatDate(today);
  for (const Json& deal : deals) {
    const std::string_view stage = deal["stage"].AsString();
    const bool closed = stage == "won" || stage == "lost";
    CHECK((deal["close_date"].AsString() < day) == closed);
    CHECK(deal["engage_date"].AsString() < deal["close_date"].AsString());
  }

  // Customers of the mart are those of the CRM, Cleveland's among them.
  size_t cleveland = 0;
  for (const DemoAccount& customer : made.content.customers) {
    CHECK(numbers.contains(customer.account_number));
    cleveland += customer.territory == "Cleveland" ? 1 : 0;
  }
  CHECK(made.content.customers.size() > 1500);
  CHECK(cleveland > 50);

  // What stands on top of them.
  CHECK(made.All("price_list_entries").size() == 2 * 148);
  CHECK(made.All("opportunity_lines").size() > 240);
  const std::vector<Json> quotes = made.All("quotes");
  CHECK(quotes.size() == 120);
  CHECK(quotes[0]["quote_number"].AsString() == "Q-000001");
  CHECK(made.All("cases").size() == 180);
  CHECK(made.All("campaigns").size() == 6);
  CHECK(made.All("campaign_members").size() > 300);
  CHECK(made.All("opportunity_stage_histories").size() == 3000);
  // The rules put every account where it is already.
  CHECK(made.All("territory_rules").size() == 2 * 16);
  CHECK(*crm::DoUpkeep(*made.workspace->crm, {}) == 0);

  const Made same(1);
  for (const char* plural : {"accounts", "contacts", "opportunities", "activities", "users",
                             "quotes", "quote_lines", "cases", "campaign_members"}) {
    const std::vector<Json> one = made.All(plural), two = same.All(plural);
    REQUIRE(one.size() == two.size());
    size_t different = 0;
    for (size_t i = 0; i < one.size(); ++i) different += Plain(one[i]) != Plain(two[i]) ? 1 : 0;
    CHECK_MESSAGE(different == 0, plural);
  }
  const Made other(2);
  CHECK(Plain(other.All("accounts")[0]) != Plain(accounts[0]));
}

TEST_CASE("a scale out of range is refused") {
  const TempFolder temp;
  const auto dir = *DataDir::Open(temp / "data");
  const auto workspace = *Workspace::Open(*dir);
  for (const int scale : {0, demo_scale_max + 1}) {
    const Result<DemoContent> loaded = LoadDemo(*workspace->crm, Workspace::System("demo"),
                                                {1, scale, today}, [](std::string_view) {});
    REQUIRE_FALSE(loaded.ok());
    CHECK(loaded.error().kind == ErrorKind::kInvalid);
  }
}

}  // namespace
}  // namespace boathouse::app
