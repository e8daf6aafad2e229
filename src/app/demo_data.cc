#include "app/demo_data.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "app/demo_random.h"
#include "app/demo_sales.h"
#include "app/demo_words.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "lakehouse/mart.h"

namespace boathouse::app {
namespace {

// Records of one transaction. Accounts point to accounts of earlier ones; of all else there may be
// millions, and each commit writes much of the indexes anew.
constexpr size_t batch_records_default = 10'000;
constexpr size_t batch_accounts = 1000;
constexpr int accounts_per_scale = 2000;
constexpr int contacts_per_scale = 6000;
constexpr int leads_per_scale = 500;
constexpr int opportunities_per_scale = 3000;
constexpr int activities_per_scale = 20000;
constexpr size_t rep_count = 25;
constexpr int first_account_number = 100'001;
constexpr Micros minute_micros = 60'000'000;
constexpr Micros day_micros = 24 * 60 * minute_micros;

// Small sums often, large ones seldom.
int64_t SkewedCents(Random& random, int64_t low, int64_t high) {
  const int64_t a = random.Between(0, 1000), b = random.Between(0, 1000),
                c = random.Between(0, 1000);
  return low + (high - low) * (a * b / 1000 * c / 1000) / 1000;
}

// "Tool & Die Co." -> "tool-die-co"
std::string Slug(std::string_view name) {
  std::string slug;
  for (const char c : AsciiLower(name)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain) {
      slug.push_back(c);
    } else if (!slug.empty() && slug.back() != '-') {
      slug.push_back('-');
    }
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug;
}

std::string FakePhone(Random& random, std::string_view area_code) {
  const std::string line = std::to_string(random.Between(100, 199));
  return "(" + std::string(area_code) + ") 555-0" + line;
}

std::string IdText(const Id& id) { return id.ToString(); }

struct Rep {
  Id id;
  size_t territory;
};

struct Account {
  Id id;
  Id owner;
  std::string name;
  std::string slug;
  size_t territory;
  size_t city;
  bool customer;
  std::vector<Id> contacts;
};

struct Product {
  Id id;
  std::string name;
  std::string family;
  int64_t price_cents;
};

class Generator {
 public:
  Generator(crm::Crm& crm, const crm::Caller& caller, const DemoOptions& options)
      : crm_(crm), caller_(caller), options_(options), random_(options.seed) {}

  Result<DemoContent> Run(const std::function<void(std::string_view)>& progress) {
    progress("territories, sales team and products");
    TRY(Territories());
    TRY(Reps());
    TRY(Products());
    progress("accounts");
    TRY(Accounts());
    progress("contacts");
    TRY(Contacts());
    progress("leads");
    TRY(Leads());
    progress("opportunities");
    TRY(Opportunities());
    progress("activities");
    TRY(Activities());
    progress("prices, quotes, cases and campaigns");
    TRY(Sales());
    return std::move(content_);
  }

 private:
  // Creates `count` records of the object; `make` says the i-th, `made` learns its id.
  Status Create(const char* object_name, size_t count, const std::function<Json(size_t)>& make,
                const std::function<void(size_t, const Id&)>& made,
                size_t batch_records = batch_records_default) {
    ASSIGN(const model::Object* object, crm_.FindObject(object_name));
    for (size_t begin = 0; begin < count; begin += batch_records) {
      const size_t end = std::min(count, begin + batch_records);
      std::vector<Json> batch;
      batch.reserve(end - begin);
      for (size_t i = begin; i < end; ++i) batch.push_back(make(i));
      TRY(crm_.Transact(caller_, [&](crm::Edit& edit) -> Status {
        for (size_t i = begin; i < end; ++i) {
          ASSIGN(const model::Record record, edit.Create(*object, batch[i - begin]));
          made(i, record.id());
        }
        return {};
      }));
      content_.records += end - begin;
    }
    return {};
  }

  size_t Scaled(int per_scale) const {
    return static_cast<size_t>(per_scale) * static_cast<size_t>(options_.scale);
  }

  // In working hours of the Midwest, `from` to `to` days from today.
  std::string Moment(int64_t from, int64_t to) {
    const int64_t day = options_.today + random_.Between(from, to);
    return FormatDateTime(day * day_micros + random_.Between(13 * 60, 21 * 60) * minute_micros);
  }

  Status Territories() {
    std::vector<std::string_view> regions;
    for (const auto& territory : demo::territories) {
      if (std::find(regions.begin(), regions.end(), territory.region) == regions.end()) {
        regions.push_back(territory.region);
      }
    }
    std::vector<Id> region_ids(regions.size());
    TRY(Create(
        "territory", regions.size(),
        [&](size_t i) {
          return Json::Object(
              {{"name", std::string(regions[i]) + " Region"}, {"region", regions[i]}});
        },
        [&](size_t i, const Id& id) { region_ids[i] = id; }));
    territories_.resize(demo::territories.size());
    return Create(
        "territory", demo::territories.size(),
        [&](size_t i) {
          const auto& words = demo::territories[i];
          const auto region = std::find(regions.begin(), regions.end(), words.region);
          const auto at = static_cast<size_t>(region - regions.begin());
          return Json::Object({{"name", words.name},
                               {"region", words.region},
                               {"parent_id", IdText(region_ids[at])}});
        },
        [&](size_t i, const Id& id) { territories_[i] = id; });
  }

  Status Reps() {
    reps_.resize(rep_count);
    return Create(
        "user", rep_count,
        [&](size_t i) {
          // Every territory has one; the first ones, which are the largest, have a second.
          reps_[i].territory = i % demo::territories.size();
          const std::string first(demo::first_names[(i * 7 + 3) % demo::first_names.size()]);
          const std::string last(demo::last_names[(i * 11 + 5) % demo::last_names.size()]);
          const auto& words = demo::territories[reps_[i].territory];
          return Json::Object(
              {{"name", first + " " + last},
               {"email", AsciiLower(first + "." + last) + "@lakefront.example"},
               {"role", "member"},
               {"title", i < demo::territories.size() ? "Account Manager" : "Inside Sales"},
               {"manager_name", std::string(words.region) + " Regional Manager"},
               {"territory_id", IdText(territories_[reps_[i].territory])},
               {"phone", FakePhone(random_, words.area_code)}});
        },
        [&](size_t i, const Id& id) { reps_[i].id = id; });
  }

  Status Products() {
    std::vector<Json> list;
    for (const auto& sold : lakehouse::MartProducts()) {
      AddProduct(sold.code, sold.name, sold.family, "Lakefront Select", "each",
                 sold.list_price / 100, &list);
    }
    for (const auto& family : demo::families) {
      for (size_t item = 0; item < family.items.size(); ++item) {
        for (size_t size = 0; size < family.sizes.size(); ++size) {
          const std::string code =
              std::string(family.prefix) + "-" + std::to_string(100 + item * 100 + size * 10);
          const std::string name =
              std::string(family.items[item]) + " " + std::string(family.sizes[size]);
          const auto price = static_cast<int64_t>(family.price_cents) *
                             static_cast<int64_t>(100 + item * 35 + size * 60) / 100;
          AddProduct(code, name, family.family, family.vendor, family.unit, price, &list);
        }
      }
    }
    return Create(
        "product", list.size(), [&](size_t i) { return list[i]; },
        [&](size_t i, const Id& id) { products_[i].id = id; });
  }

  void AddProduct(std::string_view code, std::string_view name, std::string_view family,
                  std::string_view vendor, std::string_view unit, int64_t price_cents,
                  std::vector<Json>* list) {
    list->push_back(Json::Object({{"name", name},
                                  {"product_code", code},
                                  {"family", family},
                                  {"vendor", vendor},
                                  {"unit_of_measure", unit},
                                  {"list_price", Money(price_cents)},
                                  {"is_active", list->size() % 41 != 40}}));
    products_.push_back({Id(), std::string(name), std::string(family), price_cents});
  }

  // Unique: two accounts of one name would make every answer ambiguous.
  std::string CompanyName(std::string_view city) {
    std::string name = std::string(random_.Pick(demo::company_heads)) + " " +
                       std::string(random_.Pick(demo::company_trades));
    const std::string_view tail = random_.Pick(demo::company_tails);
    if (!tail.empty()) name += " " + std::string(tail);
    if (names_.insert(name).second) return name;
    const std::string local = name + " of " + std::string(city);
    if (names_.insert(local).second) return local;
    for (int plant = 2;; ++plant) {
      std::string numbered = local + ", Plant " + std::to_string(plant);
      if (names_.insert(numbered).second) return numbered;
    }
  }

  Status Accounts() {
    accounts_.resize(Scaled(accounts_per_scale));
    return Create(
        "account", accounts_.size(), [&](size_t i) { return MakeAccount(i); },
        [&](size_t i, const Id& id) { accounts_[i].id = id; }, batch_accounts);
  }

  Json MakeAccount(size_t i) {
    Account& account = accounts_[i];
    const Rep& rep = reps_[random_.Below(reps_.size())];
    account.owner = rep.id;
    account.territory = rep.territory;
    account.city = random_.Below(demo::territories[0].cities.size());
    const auto& territory = demo::territories[account.territory];
    const auto& city = territory.cities[account.city];
    account.name = CompanyName(city.name);
    account.slug = Slug(account.name);
    const size_t roll = random_.Below(100);
    const char* type = roll < 80   ? "customer"
                       : roll < 92 ? "prospect"
                       : roll < 97 ? "former"
                                   : "partner";
    account.customer = roll < 80 || (roll >= 92 && roll < 97);
    const std::string_view industry = random_.Pick(demo::industries);
    const int64_t revenue = SkewedCents(random_, 80'000'000, 90'000'000'000);
    const std::string number = "A-" + std::to_string(first_account_number + static_cast<int>(i));
    Json json = Json::Object(
        {{"name", account.name},
         {"account_number", number},
         {"type", type},
         {"industry", industry},
         {"rating", std::array{"hot", "warm", "warm", "cold"}[random_.Below(4)]},
         {"annual_revenue", Money(revenue / 100'000 * 100'000)},
         {"number_of_employees", 4 + revenue / random_.Between(14'000'000, 26'000'000)},
         {"year_established", random_.Between(1893, 2019)},
         {"phone", FakePhone(random_, territory.area_code)},
         {"website", "https://www." + account.slug + ".example"},
         {"billing_street", std::to_string(random_.Between(100, 9899)) + " " +
                                std::string(random_.Pick(demo::streets))},
         {"billing_city", city.name},
         {"billing_state", city.state},
         {"billing_postal_code",
          std::string(city.postal_prefix) + std::to_string(random_.Between(10, 99))},
         {"billing_country", "United States"},
         {"territory_id", IdText(territories_[account.territory])},
         {"owner_id", IdText(account.owner)},
         {"external_id", "demo-account-" + std::to_string(i + 1)}});
    // Plants of a larger company; only records of earlier batches have an id yet.
    const size_t known = i / batch_accounts * batch_accounts;
    if (known > 0 && random_.Percent(6))
      json.Set("parent_id", IdText(accounts_[random_.Below(known)].id));
    if (account.customer) {
      content_.customers.push_back({number, account.name, std::string(territory.name),
                                    std::string(industry), std::string(city.name),
                                    std::string(city.state)});
    }
    return json;
  }

  struct Person {
    std::string first, last;
  };
  Person MakePerson() {
    return {std::string(random_.Pick(demo::first_names)),
            std::string(random_.Pick(demo::last_names))};
  }

  static std::string Email(const Person& person, const std::string& slug) {
    return AsciiLower(person.first + "." + person.last) + "@" + slug + ".example";
  }

  Status Contacts() {
    std::vector<size_t> of(Scaled(contacts_per_scale));
    return Create(
        "contact", of.size(),
        [&](size_t i) {
          // Everybody has one; the rest scatter.
          of[i] = i < accounts_.size() ? i : random_.Below(accounts_.size());
          const Account& account = accounts_[of[i]];
          const auto& territory = demo::territories[account.territory];
          const auto& city = territory.cities[account.city];
          const Person person = MakePerson();
          const demo::Job& job = random_.Pick(demo::jobs);
          Json json = Json::Object({{"first_name", person.first},
                                    {"last_name", person.last},
                                    {"title", job.title},
                                    {"department", job.department},
                                    {"email", Email(person, account.slug)},
                                    {"phone", FakePhone(random_, territory.area_code)},
                                    {"account_id", IdText(account.id)},
                                    {"mailing_city", city.name},
                                    {"mailing_state", city.state},
                                    {"mailing_country", "United States"},
                                    {"lead_source", random_.Pick(demo::lead_sources)},
                                    {"do_not_call", random_.Percent(4)},
                                    {"owner_id", IdText(account.owner)}});
          if (random_.Percent(40))
            json.Set("mobile_phone", FakePhone(random_, territory.area_code));
          if (!account.contacts.empty() && random_.Percent(30)) {
            json.Set("reports_to_id", IdText(account.contacts.front()));
          }
          return json;
        },
        [&](size_t i, const Id& id) { accounts_[of[i]].contacts.push_back(id); });
  }

  Status Leads() {
    leads_.resize(Scaled(leads_per_scale));
    return Create(
        "lead", leads_.size(),
        [&](size_t) {
          const Rep& rep = random_.Pick(reps_);
          const auto& territory = demo::territories[rep.territory];
          const auto& city = random_.Pick(territory.cities);
          const std::string company = CompanyName(city.name);
          const Person person = MakePerson();
          const size_t roll = random_.Below(100);
          return Json::Object({{"first_name", person.first},
                               {"last_name", person.last},
                               {"company", company},
                               {"title", random_.Pick(demo::jobs).title},
                               {"email", Email(person, Slug(company))},
                               {"phone", FakePhone(random_, territory.area_code)},
                               {"status", roll < 35   ? "new"
                                          : roll < 65 ? "contacted"
                                          : roll < 82 ? "qualified"
                                          : roll < 94 ? "unqualified"
                                                      : "converted"},
                               {"lead_source", random_.Pick(demo::lead_sources)},
                               {"industry", random_.Pick(demo::industries)},
                               {"rating", std::array{"hot", "warm", "cold"}[random_.Below(3)]},
                               {"number_of_employees", random_.Between(5, 900)},
                               {"city", city.name},
                               {"state", city.state},
                               {"country", "United States"},
                               {"territory_id", IdText(territories_[rep.territory])},
                               {"owner_id", IdText(rep.id)}});
        },
        [&](size_t i, const Id& id) { leads_[i] = id; });
  }

  struct Deal {
    Id id;
    size_t account;
    bool is_open = false;
  };

  Status Opportunities() {
    deals_.resize(Scaled(opportunities_per_scale));
    return Create(
        "opportunity", deals_.size(), [&](size_t i) { return MakeDeal(i); },
        [&](size_t i, const Id& id) { deals_[i].id = id; });
  }

  Json MakeDeal(size_t i) {
    struct Stage {
      const char* name;
      size_t up_to;  // of 100
      int64_t probability;
    };
    static constexpr std::array<Stage, 6> stages = {{{"won", 40, 100},
                                                     {"lost", 62, 0},
                                                     {"prospecting", 71, 10},
                                                     {"engaging", 82, 30},
                                                     {"proposal", 92, 55},
                                                     {"negotiation", 100, 80}}};
    deals_[i].account = random_.Below(accounts_.size());
    const Account& account = accounts_[deals_[i].account];
    const Product& product = random_.Pick(products_);
    const size_t roll = random_.Below(100);
    const Stage& stage =
        *std::find_if(stages.begin(), stages.end(), [&](const Stage& s) { return roll < s.up_to; });
    const bool closed = stage.probability == 0 || stage.probability == 100;
    deals_[i].is_open = !closed;
    const int64_t close = closed ? random_.Between(-900, -1) : random_.Between(3, 180);
    const int64_t engage = std::min<int64_t>(close - random_.Between(10, 120), -1);
    const int64_t amount = SkewedCents(random_, 80'000, 28'000'000) / 100 * 100;
    Json json = Json::Object(
        {{"name", account.name + " - " + std::string(random_.Pick(demo::deal_subjects))},
         {"account_id", IdText(account.id)},
         {"product_id", IdText(product.id)},
         {"stage", stage.name},
         {"amount", Money(amount)},
         {"probability", stage.probability},
         {"engage_date", FormatDate(options_.today + static_cast<int32_t>(engage))},
         {"close_date", FormatDate(options_.today + static_cast<int32_t>(close))},
         {"type", !account.customer     ? "new_business"
                  : random_.Percent(25) ? "renewal"
                                        : "existing_business"},
         {"lead_source", random_.Pick(demo::lead_sources)},
         {"owner_id", IdText(account.owner)},
         {"external_id", "demo-deal-" + std::to_string(i + 1)}});
    if (!account.contacts.empty()) json.Set("contact_id", IdText(random_.Pick(account.contacts)));
    if (!closed) json.Set("next_step", random_.Pick(demo::next_steps));
    return json;
  }

  Status Activities() {
    return Create(
        "activity", Scaled(activities_per_scale), [&](size_t) { return MakeActivity(); },
        [](size_t, const Id&) {});
  }

  // What stands on top of the records that there are.
  Status Sales() {
    DemoSales sales{options_.seed, options_.scale, options_.today, territories_, {}, {}, {},
                    leads_};
    for (const Product& product : products_) {
      sales.products.push_back({product.id, product.price_cents});
    }
    for (const Account& account : accounts_) {
      sales.accounts.push_back({account.id, account.owner, account.contacts, account.customer});
    }
    for (const Deal& deal : deals_) {
      if (deal.is_open) sales.open_deals.push_back({deal.id, deal.account});
    }
    ASSIGN(const size_t made, AddDemoSales(crm_, caller_, sales));
    content_.records += made;
    return {};
  }

  std::string_view ActivitySubject(std::string_view type) {
    if (type == "call") return random_.Pick(demo::call_subjects);
    if (type == "meeting") return random_.Pick(demo::meeting_subjects);
    if (type == "email") return random_.Pick(demo::email_subjects);
    if (type == "task") return random_.Pick(demo::task_subjects);
    return random_.Pick(demo::note_subjects);
  }

  Json MakeActivity() {
    static constexpr std::array<std::string_view, 8> types = {"call", "call",    "email", "email",
                                                              "task", "meeting", "note",  "call"};
    const std::string_view type = random_.Pick(types);
    Json json = Json::Object({{"type", type}, {"subject", ActivitySubject(type)}});
    if (random_.Percent(35)) json.Set("body", random_.Pick(demo::bodies));
    json.Set("priority", std::array{"low", "normal", "normal", "high"}[random_.Below(4)]);
    const bool open =
        (type == "task" || type == "call" || type == "meeting") && random_.Percent(18);
    if (open) {
      json.Set("status", "open").Set("due_at", Moment(-10, 45));
    } else {
      json.Set("status", random_.Percent(4) ? "cancelled" : "completed");
      json.Set("occurred_at", Moment(-540, -1));
      if (type == "call" || type == "meeting") {
        json.Set("duration_minutes", random_.Between(1, type == "call" ? 6 : 24) * 5);
      }
    }
    if (random_.Percent(3)) {
      const Id& lead = random_.Pick(leads_);
      return json.Set("lead_id", IdText(lead)).Set("owner_id", IdText(random_.Pick(reps_).id));
    }
    const bool of_deal = random_.Percent(35);
    const Deal& deal = random_.Pick(deals_);
    const Account& account = accounts_[of_deal ? deal.account : random_.Below(accounts_.size())];
    json.Set("account_id", IdText(account.id)).Set("owner_id", IdText(account.owner));
    if (of_deal) json.Set("opportunity_id", IdText(deal.id));
    if (!account.contacts.empty()) json.Set("contact_id", IdText(random_.Pick(account.contacts)));
    return json;
  }

  crm::Crm& crm_;
  const crm::Caller& caller_;
  const DemoOptions& options_;
  Random random_;
  DemoContent content_;
  std::unordered_set<std::string> names_;
  std::vector<Id> territories_;
  std::vector<Rep> reps_;
  std::vector<Product> products_;
  std::vector<Account> accounts_;
  std::vector<Id> leads_;
  std::vector<Deal> deals_;
};

}  // namespace

Result<DemoContent> LoadDemo(crm::Crm& crm, const crm::Caller& caller, const DemoOptions& options,
                             const std::function<void(std::string_view)>& progress) {
  if (options.scale < 1 || options.scale > demo_scale_max) {
    return Error(ErrorKind::kInvalid, "the scale must be 1 to " + std::to_string(demo_scale_max));
  }
  return Generator(crm, caller, options).Run(progress);
}

}  // namespace boathouse::app
