#include "crm/match.h"

#include <doctest/doctest.h>

#include <random>

#include "base/temp_folder.h"

namespace boathouse::crm {
namespace {

using model::Object;
using model::Record;
using model::Value;
using store::Condition;
using Compare = Condition::Compare;

// Accounts, contacts and territories with few different values, so that random conditions hit some.
struct World {
  TempFolder folder;
  ManualClock clock{1'700'000'000'000'000};
  IdSource ids{clock, 1};
  std::shared_ptr<const model::Model> model = model::Model::Standard();
  const Object& account = *model->Find("account");
  const Object& contact = *model->Find("contact");
  const Object& territory = *model->Find("territory");
  std::unique_ptr<store::Store> store =
      store::Store::Open({folder / "records.sqlite", model, &clock, 4}).value();
  std::mt19937 random{7};
  std::vector<Id> territories;
  std::vector<Id> accounts;
  std::vector<Id> contacts;

  size_t Pick(size_t count) { return random() % count; }
  bool Chance(int percent) { return static_cast<int>(random() % 100) < percent; }

  static constexpr const char* texts[] = {"Akron",         "akron",         "AKRON%", "Akr_n",
                                          "Z\xC3\xBCrich", "z\xC3\x9Crich", "100\\",  "Ohio;Akron"};
  Value Text() { return std::string(texts[Pick(std::size(texts))]); }
  Value Number() { return static_cast<int64_t>(Pick(4)); }
  Value Money() { return Decimal{static_cast<int64_t>(Pick(3)) * Decimal::unit - Decimal::unit}; }
  Value Option() { return std::string(Chance(50) ? "customer" : "partner"); }
  Value Related(const std::vector<Id>& among) {
    if (among.empty() || Chance(5)) return ids.Next();  // points to nothing
    return among[Pick(among.size())];
  }

  void Set(const Object& object, Record& record, const char* field, Value value) {
    if (Chance(70)) record.Set(*object.IndexOf(field), std::move(value));
  }
  Id Insert(const Object& object, const std::function<void(Record&)>& fill) {
    Record record;
    record.values.resize(object.fields.size());
    record.Set(model::kFieldId, ids.Next());
    fill(record);
    const Status written = store->Write([&](store::Transaction& t) -> Status {
      TRY(t.Insert(object, record, {Id{}, "test"}));
      return Status::Ok();
    });
    REQUIRE(written.ok());
    return record.id();
  }

  World() {
    for (int i = 0; i < 5; ++i) {
      territories.push_back(Insert(territory, [&](Record& r) {
        r.Set(*territory.IndexOf("name"), std::string(texts[i]));
        Set(territory, r, "region", Text());
        Set(territory, r, "parent_id", Related(territories));
      }));
    }
    for (int i = 0; i < 12; ++i) {
      accounts.push_back(Insert(account, [&](Record& r) {
        Set(account, r, "name", Text());
        Set(account, r, "type", Option());
        Set(account, r, "number_of_employees", Number());
        Set(account, r, "annual_revenue", Money());
        Set(account, r, "billing_city", Text());
        Set(account, r, "territory_id", Related(territories));
        Set(account, r, "parent_id", Related(accounts));
      }));
    }
    for (int i = 0; i < 40; ++i) {
      contacts.push_back(Insert(contact, [&](Record& r) {
        Set(contact, r, "last_name", Text());
        Set(contact, r, "email", Text());
        Set(contact, r, "do_not_call", Chance(50));
        Set(contact, r, "account_id", Related(accounts));
        Set(contact, r, "reports_to_id", Related(contacts));
      }));
    }
  }

  // A literal for the field; sometimes null.
  Value Literal(const model::Field& field) {
    if (Chance(15)) return {};
    if (field.type == model::FieldType::kRelation || field.type == model::FieldType::kId) {
      return Related(field.relation_object == "territory" ? territories
                     : field.relation_object == "contact" ? contacts
                                                          : accounts);
    }
    if (field.type == model::FieldType::kBoolean) return Chance(50);
    if (field.type == model::FieldType::kMoney) return Money();
    if (field.type == model::FieldType::kInteger) return Number();
    if (field.type == model::FieldType::kSelect) return Option();
    return Text();
  }

  Condition Leaf(const Object& from) {
    static const std::vector<const char*> names = {
        "name", "last_name",           "email",         "do_not_call",   "account_id",
        "type", "billing_city",        "territory_id",  "parent_id",     "region",
        "id",   "number_of_employees", "reports_to_id", "annual_revenue"};
    Condition leaf;
    leaf.kind = Condition::Kind::kCompare;
    const Object* object = &from;
    while (leaf.path.size() < 4 && Chance(60)) {
      std::vector<size_t> relations;
      for (const char* name : {"account_id", "reports_to_id", "territory_id", "parent_id"}) {
        if (const auto index = object->IndexOf(name)) relations.push_back(*index);
      }
      if (relations.empty()) break;
      const size_t relation = relations[Pick(relations.size())];
      object = model->Find(object->fields[relation].relation_object);
      leaf.path.push_back({relation, object, nullptr});
      if (Chance(20)) leaf.path.back().visible = std::make_shared<const Condition>(Leaf(*object));
    }
    std::optional<size_t> field;
    while (!field) field = object->IndexOf(names[Pick(names.size())]);
    leaf.field = *field;
    leaf.compare = static_cast<Compare>(Pick(static_cast<size_t>(Compare::kHas) + 1));
    leaf.value = Literal(object->fields[*field]);
    if (leaf.compare == Compare::kIn) {
      for (size_t i = Pick(4); i > 0; --i) leaf.values.push_back(Literal(object->fields[*field]));
    }
    return leaf;
  }

  Condition Any(const Object& from, int depth) {
    if (depth == 0 || Chance(30)) return Leaf(from);
    if (Chance(30)) return Condition::Not(Any(from, depth - 1));
    std::vector<Condition> children;
    for (size_t i = Pick(4); i > 0; --i) children.push_back(Any(from, depth - 1));
    return Chance(50) ? Condition::All(std::move(children)) : Condition::Any(std::move(children));
  }
};

TEST_CASE_FIXTURE(World, "memory and database agree about every condition") {
  const auto snapshot = store->Read().value();
  int selective = 0;
  for (int round = 0; round < 3000; ++round) {
    const Object& object = Chance(60) ? contact : account;
    const Condition condition = Any(object, 3);
    store::Query query;
    query.object = &object;
    query.where = condition;
    query.limit = 1000;
    const auto listed = snapshot->List(query);
    REQUIRE(listed.ok());
    std::vector<Id> by_database;
    for (const Record& record : *listed) by_database.push_back(record.id());
    std::vector<Id> in_memory;
    for (const Id& id : &object == &contact ? contacts : accounts) {
      const Record record = snapshot->Get(object, id).value();
      const auto matches = Matches(condition, object, record, *snapshot);
      REQUIRE(matches.ok());
      if (*matches) in_memory.push_back(id);
    }
    CAPTURE(round);
    REQUIRE(by_database == in_memory);
    selective += !in_memory.empty() && in_memory.size() < 10;
  }
  CHECK(selective > 200);  // the conditions told records apart
}

TEST_CASE_FIXTURE(World, "a path that breaks compares as null") {
  const auto snapshot = store->Read().value();
  Record record;
  record.values.resize(contact.fields.size());
  Condition leaf = Condition::Where(*account.IndexOf("name"), Compare::kEqual, {});
  leaf.path = {{*contact.IndexOf("account_id"), &account, nullptr}};
  CHECK(*Matches(leaf, contact, record, *snapshot));
  record.Set(*contact.IndexOf("account_id"), ids.Next());  // of no account
  CHECK(*Matches(leaf, contact, record, *snapshot));
  leaf.compare = Compare::kNotEqual;
  CHECK_FALSE(*Matches(leaf, contact, record, *snapshot));
  leaf.value = std::string("Acme");
  CHECK(*Matches(leaf, contact, record, *snapshot));
  leaf.compare = Compare::kLess;
  CHECK_FALSE(*Matches(leaf, contact, record, *snapshot));
}

}  // namespace
}  // namespace boathouse::crm
