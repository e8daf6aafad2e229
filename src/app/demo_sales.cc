#include "app/demo_sales.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string>

#include "app/demo_random.h"
#include "app/demo_words.h"
#include "base/clock.h"

namespace boathouse::app {
namespace {

constexpr size_t batch_records = 2000;    // of one transaction
constexpr size_t deals_with_lines = 240;  // all of these per scale
constexpr size_t quotes_per_scale = 120;
constexpr size_t cases_per_scale = 180;
constexpr size_t members_per_campaign = 60;
constexpr size_t key_accounts_per_scale = 60;
constexpr uint64_t own_numbers = 0x5A1E5;  // apart from those of the rest of the demo

struct QueueWords {
  const char* name;
  const char* description;
  std::array<const char*, 4> hours;  // low, normal, high, urgent
};
constexpr std::array<QueueWords, 3> queues = {
    {{"Order desk", "Late, wrong and missing deliveries.", {"48", "24", "8", "2"}},
     {"Technical support", "Questions about products in use.", {"72", "24", "8", "4"}},
     {"Returns", "What comes back, and why.", {"120", "72", "24", "8"}}}};

constexpr std::array<std::string_view, 12> case_subjects = {
    "Delivery is two days late",     "Wrong size delivered",
    "Bearing runs hot after a week", "Invoice shows the old price",
    "Box damaged on arrival",        "Needs a data sheet",
    "Short shipment, 3 of 5",        "Belt slips under load",
    "Return of unopened stock",      "Certificate of conformity missing",
    "Pump seal leaks at start-up",   "Order confirmed twice"};

struct CampaignWords {
  const char* name;
  const char* type;
  const char* status;
  int from, to;  // days from today
  int64_t budget;
};
constexpr std::array<CampaignWords, 6> campaigns = {
    {{"Great Lakes Industry Fair", "trade_show", "completed", -190, -187, 2'400'000},
     {"Winter shutdown check", "email", "active", -20, 40, 150'000},
     {"Bearing selection webinar", "webinar", "completed", -75, -75, 90'000},
     {"New line: pneumatics", "direct_mail", "completed", -130, -100, 480'000},
     {"Refer a plant", "referral", "active", -60, 120, 300'000},
     {"Spring open house", "event", "planned", 120, 121, 900'000}}};

constexpr std::array<std::string_view, 5> tags = {"Key account", "Net 60", "Consignment stock",
                                                  "Open house guest", "Multi-site"};

std::string IdText(const Id& id) { return id.ToString(); }

class SalesMaker {
 public:
  SalesMaker(crm::Crm& crm, const crm::Caller& caller, const DemoSales& sales)
      : crm_(crm), caller_(caller), sales_(sales), random_(sales.seed ^ own_numbers) {}

  Result<size_t> Run() {
    TRY(PriceLists());
    TRY(KeyAccounts());
    TRY(Lines());
    TRY(Quotes());
    TRY(Cases());
    TRY(Campaigns());
    TRY(TerritoryRules());
    return made_;
  }

 private:
  size_t Scaled(size_t per_scale) const { return per_scale * static_cast<size_t>(sales_.scale); }

  // Creates the records in batches; returns their ids.
  Result<std::vector<Id>> Create(const char* object_name, const std::vector<Json>& records) {
    ASSIGN(const model::Object* object, crm_.FindObject(object_name));
    std::vector<Id> ids(records.size());
    for (size_t begin = 0; begin < records.size(); begin += batch_records) {
      const size_t end = std::min(records.size(), begin + batch_records);
      TRY(crm_.Transact(caller_, [&](crm::Edit& edit) -> Status {
        for (size_t i = begin; i < end; ++i) {
          ASSIGN(const model::Record record, edit.Create(*object, records[i]));
          ids[i] = record.id();
        }
        return {};
      }));
    }
    made_ += records.size();
    return ids;
  }

  std::string Day(int64_t from_today) const {
    return FormatDate(sales_.today + static_cast<int32_t>(from_today));
  }

  Status PriceLists() {
    ASSIGN(
        const std::vector<Id> lists,
        Create("price_list", {Json::Object({{"name", "Standard"},
                                            {"is_standard", true},
                                            {"description", "What is asked of everybody."}}),
                              Json::Object({{"name", "Key accounts"},
                                            {"description", "Eight to fourteen percent less."}})}));
    key_list_ = lists[1];
    std::vector<Json> entries;
    for (const DemoSales::Product& product : sales_.products) {
      const int64_t less = product.price_cents * random_.Between(86, 92) / 100;
      for (const auto& [list, cents] : {std::pair(lists[0], product.price_cents),
                                        std::pair(lists[1], std::max<int64_t>(less, 1))}) {
        entries.push_back(Json::Object({{"price_list_id", IdText(list)},
                                        {"product_id", IdText(product.id)},
                                        {"unit_price", Money(cents)}}));
      }
    }
    TRY(Create("price_list_entry", entries));
    return {};
  }

  Status KeyAccounts() {
    std::vector<Json> words;
    for (const std::string_view tag : tags) words.push_back(Json::Object({{"name", tag}}));
    TRY(Create("tag", words));
    ASSIGN(const model::Object* account, crm_.FindObject("account"));
    std::map<size_t, Json> changes;
    while (changes.size() < std::min(Scaled(key_accounts_per_scale), sales_.accounts.size() / 4)) {
      const size_t i = random_.Below(sales_.accounts.size());
      if (!sales_.accounts[i].is_customer) continue;
      Json marks = Json::Array({tags[0]});
      if (random_.Percent(50)) marks.Append(tags[1 + random_.Below(tags.size() - 1)]);
      changes.emplace(
          i, Json::Object({{"price_list_id", IdText(key_list_)}, {"tags", std::move(marks)}}));
    }
    return crm_.Transact(caller_, [&](crm::Edit& edit) -> Status {
      for (const auto& [i, change] : changes) {
        TRY(edit.Update(*account, sales_.accounts[i].id, change));
      }
      return {};
    });
  }

  // The first deals get lines; which they are is as arbitrary as the deals.
  Status Lines() {
    std::vector<Json> lines;
    const size_t deals = std::min(Scaled(deals_with_lines), sales_.open_deals.size());
    lines_of_.resize(deals);
    for (size_t i = 0; i < deals; ++i) {
      for (int64_t n = random_.Between(1, 4); n > 0; --n) {
        Json line = Json::Object({{"product_id", IdText(random_.Pick(sales_.products).id)},
                                  {"quantity", std::to_string(random_.Between(1, 40) * 5)}});
        if (random_.Percent(30)) line.Set("discount", std::to_string(random_.Between(1, 6) * 2));
        lines_of_[i].push_back(line);
        lines.push_back(line.Set("opportunity_id", IdText(sales_.open_deals[i].id)));
      }
    }
    TRY(Create("opportunity_line", lines));
    return {};
  }

  Status Quotes() {
    static constexpr std::array<const char*, 5> statuses = {"draft", "presented", "presented",
                                                            "in_review", "rejected"};
    std::vector<Json> quotes;
    const size_t count = std::min(Scaled(quotes_per_scale), lines_of_.size());
    for (size_t i = 0; i < count; ++i) {
      const DemoSales::Deal& deal = sales_.open_deals[i];
      Json quote = Json::Object({{"name", "Offer of " + Day(-random_.Between(1, 40))},
                                 {"opportunity_id", IdText(deal.id)},
                                 {"status", random_.Pick(statuses)},
                                 {"expiration_date", Day(random_.Between(5, 60))},
                                 {"owner_id", IdText(sales_.accounts[deal.account].owner)}});
      if (random_.Percent(25)) quote.Set("shipping", Money(random_.Between(40, 400) * 100));
      quotes.push_back(std::move(quote));
    }
    ASSIGN(const std::vector<Id> ids, Create("quote", quotes));
    std::vector<Json> lines;
    for (size_t i = 0; i < count; ++i) {
      for (Json line : lines_of_[i]) lines.push_back(line.Set("quote_id", IdText(ids[i])));
    }
    TRY(Create("quote_line", lines));
    return {};
  }

  Status Cases() {
    std::vector<Json> rows;
    for (const QueueWords& words : queues) {
      rows.push_back(Json::Object({{"name", words.name},
                                   {"description", words.description},
                                   {"sla_hours_low", words.hours[0]},
                                   {"sla_hours_normal", words.hours[1]},
                                   {"sla_hours_high", words.hours[2]},
                                   {"sla_hours_urgent", words.hours[3]}}));
    }
    ASSIGN(const std::vector<Id> ids, Create("queue", rows));
    static constexpr std::array<const char*, 8> statuses = {
        "new", "open", "open", "waiting", "resolved", "resolved", "closed", "closed"};
    static constexpr std::array<const char*, 6> priorities = {"low",  "normal", "normal",
                                                              "high", "normal", "urgent"};
    static constexpr std::array<const char*, 4> origins = {"email", "phone", "phone", "web"};
    std::vector<Json> cases;
    for (size_t i = 0; i < Scaled(cases_per_scale); ++i) {
      const DemoSales::Account& account = random_.Pick(sales_.accounts);
      Json made = Json::Object({{"subject", random_.Pick(case_subjects)},
                                {"status", random_.Pick(statuses)},
                                {"priority", random_.Pick(priorities)},
                                {"origin", random_.Pick(origins)},
                                {"queue_id", IdText(random_.Pick(ids))},
                                {"account_id", IdText(account.id)},
                                {"product_id", IdText(random_.Pick(sales_.products).id)},
                                {"owner_id", IdText(account.owner)}});
      if (!account.contacts.empty()) {
        made.Set("contact_id", IdText(random_.Pick(account.contacts)));
      }
      cases.push_back(std::move(made));
    }
    TRY(Create("case", cases));
    return {};
  }

  Status Campaigns() {
    std::vector<Json> rows;
    for (const CampaignWords& words : campaigns) {
      Json row = Json::Object({{"name", words.name},
                               {"type", words.type},
                               {"status", words.status},
                               {"start_date", Day(words.from)},
                               {"end_date", Day(words.to)},
                               {"budgeted_cost", Money(words.budget)}});
      if (words.to < 0)
        row.Set("actual_cost", Money(words.budget * random_.Between(80, 120) / 100));
      rows.push_back(std::move(row));
    }
    ASSIGN(const std::vector<Id> ids, Create("campaign", rows));
    std::vector<Json> members;
    for (size_t i = 0; i < ids.size(); ++i) {
      const bool planned = std::string_view(campaigns[i].status) == "planned";
      const auto member = [&](const char* field, const Id& who) {
        members.push_back(Json::Object({{"campaign_id", IdText(ids[i])},
                                        {field, IdText(who)},
                                        {"status", planned ? "planned" : "sent"},
                                        {"has_responded", !planned && random_.Percent(35)}}));
      };
      // Every so manieth, from a place of the campaign's own: nobody twice.
      const size_t step = std::max<size_t>(sales_.accounts.size() / members_per_campaign, 1);
      for (size_t n = random_.Below(step); n < sales_.accounts.size(); n += step) {
        if (!sales_.accounts[n].contacts.empty()) {
          member("contact_id", sales_.accounts[n].contacts.front());
        }
      }
      for (size_t n = i; n < sales_.leads.size(); n += 40) member("lead_id", sales_.leads[n]);
    }
    TRY(Create("campaign_member", members));
    return {};
  }

  // Each territory takes its cities; no two have the same one.
  Status TerritoryRules() {
    std::vector<Json> rules;
    for (size_t i = 0; i < sales_.territories.size(); ++i) {
      std::map<std::string_view, std::string> cities;  // by state
      for (const auto& city : demo::territories[i].cities) {
        std::string& list = cities[city.state];
        list += (list.empty() ? "\"" : " OR \"") + std::string(city.name) + "\"";
      }
      for (const char* object : {"account", "lead"}) {
        const std::string prefix = std::string_view(object) == "account" ? "billing_" : "";
        std::string filter;
        for (const auto& [state, list] : cities) {
          filter += (filter.empty() ? "(" : " OR (") + prefix + "state = \"" + std::string(state) +
                    "\" AND " + prefix + "city = (" + list + "))";
        }
        rules.push_back(Json::Object({{"territory_id", IdText(sales_.territories[i])},
                                      {"name", std::string(demo::territories[i].name) + " cities"},
                                      {"object", object},
                                      {"filter", filter}}));
      }
    }
    TRY(Create("territory_rule", rules));
    return {};
  }

  crm::Crm& crm_;
  const crm::Caller& caller_;
  const DemoSales& sales_;
  Random random_;
  size_t made_ = 0;
  Id key_list_;
  std::vector<std::vector<Json>> lines_of_;  // by deal: what its lines and those of its quote say
};

}  // namespace

Result<size_t> AddDemoSales(crm::Crm& crm, const crm::Caller& caller, const DemoSales& sales) {
  return SalesMaker(crm, caller, sales).Run();
}

}  // namespace boathouse::app
