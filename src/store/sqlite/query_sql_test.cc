// Whatever way a list is found, it is the same list.
#include "store/sqlite/query_sql.h"

#include <doctest/doctest.h>

#include <random>

#include "base/temp_folder.h"
#include "store/sqlite/query_plan.h"
#include "store/sqlite/records.h"
#include "store/store.h"

namespace boathouse::store::sqlite {
namespace {

using model::Object;
using model::Record;
using Compare = Condition::Compare;

struct Fixture {
  TempFolder folder;
  ManualClock clock{1'700'000'000'000'000};
  IdSource ids{clock, 1};
  std::shared_ptr<const model::Model> model = model::Model::Standard();
  const Object& account = *model->Find("account");
  const Object& contact = *model->Find("contact");
  std::unique_ptr<Store> store = Store::Open({folder / "records.sqlite", model, &clock, 4}).value();
  std::unique_ptr<Connection> connection;
  std::mt19937 random{17};

  Fixture() {
    std::vector<Id> accounts;
    const Status written = store->Write([&](Transaction& t) -> Status {
      for (int i = 0; i < 12; ++i) {
        Record record;
        record.values.resize(account.fields.size());
        record.Set(model::kFieldId, ids.Next());
        record.Set(*account.IndexOf("name"), Letter());
        record.Set(*account.IndexOf("industry"), Letter());
        accounts.push_back(record.id());
        TRY(t.Insert(account, record, {}));
      }
      for (int i = 0; i < 150; ++i) {
        Record record;
        record.values.resize(contact.fields.size());
        record.Set(model::kFieldId, ids.Next());
        if (Chance(80)) record.Set(*contact.IndexOf("name"), Letter());
        if (Chance(70)) record.Set(*contact.IndexOf("mailing_city"), Letter());
        if (Chance(70)) record.Set(*contact.IndexOf("account_id"), accounts[random() % 12]);
        TRY(t.Insert(contact, record, {}));
      }
      return Status::Ok();
    });
    REQUIRE(written.ok());
    connection = Connection::Open(folder / "records.sqlite", true).value();
  }

  bool Chance(int percent) { return static_cast<int>(random() % 100) < percent; }
  std::string Letter() {
    return std::string(1, static_cast<char>((Chance(50) ? 'a' : 'A') + random() % 4));
  }

  std::vector<Record> Run(const Query& query, const Plan& plan) {
    std::vector<Record> found;
    for (const SqlText& sql : SelectSql(query, plan)) {
      Result<Statement> statement = connection->Prepare(sql.text);
      INFO(sql.text);
      REQUIRE(statement.ok());
      for (size_t i = 0; i < sql.parameters.size(); ++i) {
        statement->BindValue(static_cast<int>(i) + 1, sql.parameters[i]);
      }
      while (found.size() < query.limit && statement->Step().value()) {
        found.push_back(ReadRecord(*statement, *query.object));
      }
    }
    return found;
  }

  Condition RandomCondition(int depth) {
    if (depth > 0 && Chance(50)) {
      std::vector<Condition> parts;
      for (size_t i = 1 + random() % 3; i > 0; --i) parts.push_back(RandomCondition(depth - 1));
      if (Chance(20)) return Condition::Not(Condition::All(std::move(parts)));
      return Chance(50) ? Condition::All(std::move(parts)) : Condition::Any(std::move(parts));
    }
    static constexpr Compare compares[] = {Compare::kEqual, Compare::kNotEqual, Compare::kLess,
                                           Compare::kGreaterOrEqual, Compare::kStartsWith};
    const bool related = Chance(40);
    const char* field =
        related ? (Chance(50) ? "name" : "industry") : (Chance(50) ? "name" : "mailing_city");
    Condition leaf = Condition::Where(*(related ? account : contact).IndexOf(field),
                                      compares[random() % std::size(compares)],
                                      Chance(15) ? model::Value() : model::Value(Letter()));
    if (related) leaf.path = {{*contact.IndexOf("account_id"), &account}};
    return leaf;
  }

  std::vector<OrderBy> RandomOrder() {
    std::vector<OrderBy> order;
    for (size_t i = random() % 3; i > 0; --i) {
      if (Chance(40)) {
        order.push_back({*account.IndexOf(Chance(60) ? "name" : "industry"),
                         Chance(50),
                         {{*contact.IndexOf("account_id"), &account}}});
      } else {
        order.push_back({*contact.IndexOf(Chance(50) ? "name" : "mailing_city"), Chance(50), {}});
      }
    }
    return order;
  }

  // The place of a record in a list, as crm/ makes it.
  Query::Position PlaceOf(const Query& query, const Record& record) {
    Query::Position place;
    place.id = record.id();
    for (const OrderBy& order : query.order) {
      if (order.path.empty()) {
        place.values.push_back(record.At(order.field));
        continue;
      }
      const Id* id = std::get_if<Id>(&record.At(order.path[0].relation));
      if (id == nullptr) {
        place.values.insert(place.values.end(), 2, model::Value());
        continue;
      }
      const Record related = GetRecord(*connection, account, *id).value();
      place.values.push_back(related.At(order.field));
      place.values.push_back(*id);
    }
    return place;
  }
};

TEST_CASE_FIXTURE(Fixture, "walking, gathering and what SQLite likes find one list") {
  static constexpr Plan plans[] = {{Way::kGather, false},
                                   {Way::kGather, true},
                                   {Way::kWalk, false},
                                   {Way::kWalk, true},
                                   {Way::kAsSqliteLikes, true}};
  for (int round = 0; round < 400; ++round) {
    CAPTURE(round);
    Query query;
    query.object = &contact;
    query.limit = 1000;
    query.order = RandomOrder();
    if (Chance(70)) query.where = RandomCondition(2);
    if (Chance(20)) query.text = Letter();
    const std::vector<Record> whole = Run(query, {});
    for (const Plan& plan : plans) {
      const std::vector<Record> again = Run(query, plan);
      REQUIRE(again.size() == whole.size());
      for (size_t i = 0; i < whole.size(); ++i) REQUIRE(again[i].id() == whole[i].id());
      // And from any place on.
      if (whole.size() < 2) continue;
      const size_t at = random() % whole.size();
      Query rest = query;
      rest.after = PlaceOf(query, whole[at]);
      const std::vector<Record> behind = Run(rest, plan);
      REQUIRE(behind.size() == whole.size() - at - 1);
      for (size_t i = 0; i < behind.size(); ++i) REQUIRE(behind[i].id() == whole[at + 1 + i].id());
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "the planner knows the indexes that there are") {
  for (const Object& object : model->objects()) {
    for (const model::Field& field : object.fields) {
      Result<Statement> statement = connection->Prepare(
          "SELECT count(*) FROM pragma_index_list(?1) AS i JOIN pragma_index_info(i.name) AS c"
          " WHERE c.seqno = 0 AND c.name = ?2 AND i.partial = 0");
      REQUIRE(statement.ok());
      statement->Bind(1, std::string_view("r_" + object.name));
      statement->Bind(2, std::string_view(field.name));
      REQUIRE(statement->Step().value());
      CAPTURE(object.name);
      CAPTURE(field.name);
      CHECK((statement->Int(0) > 0) == IsIndexed(field));
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "few matches are gathered, many walked past") {
  const size_t name = *contact.IndexOf("name");
  Query query;
  query.object = &contact;
  query.order = {{*contact.IndexOf("created_at"), true, {}}};
  query.where = Condition::Where(name, Compare::kEqual, std::string("a"));
  CHECK(PlanFor(*connection, query)->way == Way::kGather);
  query.where = Condition::Where(name, Compare::kContains, std::string("a"));
  CHECK(PlanFor(*connection, query)->way == Way::kAsSqliteLikes);  // no index helps
  query.order.clear();
  query.where = Condition::Where(*contact.IndexOf("account_id"), Compare::kEqual, ids.Next());
  CHECK(PlanFor(*connection, query)->way == Way::kAsSqliteLikes);  // its index goes by the id
  query.where =
      Condition::Where(*contact.IndexOf("mailing_city"), Compare::kEqual, std::string("a"));
  query.order = {{name, false, {}}};
  CHECK(PlanFor(*connection, query)->way == Way::kAsSqliteLikes);  // one index serves both
}

}  // namespace
}  // namespace boathouse::store::sqlite
