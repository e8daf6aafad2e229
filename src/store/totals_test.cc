// Totals that are kept instead of counted, lists along an index in the order of titles, and readers that
// are let go.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "base/temp_folder.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/reader_pool.h"
#include "store/store.h"

namespace boathouse::store {
namespace {

struct Totals {
  TempFolder folder;
  ManualClock clock{1'700'000'000'000'000};
  IdSource ids{clock, 1};
  std::shared_ptr<const model::Model> model = model::Model::Standard();
  const model::Object& contact = *model->Find("contact");
  std::unique_ptr<Store> store = Open();

  std::unique_ptr<Store> Open() {
    return Store::Open({folder / "r.sqlite", model, &clock, 4}).value();
  }
  Query All() const {
    Query query;
    query.object = &contact;
    return query;
  }
  model::Record Make(const std::string& name, const std::string& city) {
    model::Record record;
    record.values.resize(contact.fields.size());
    record.Set(model::kFieldId, ids.Next());
    record.Set(*contact.IndexOf("last_name"), name);
    record.Set(contact.title_index(), name);
    record.Set(*contact.IndexOf("mailing_city"), city);
    return record;
  }
  Status Insert(const std::string& name, const std::string& city) {
    return store->Write([&](Transaction& t) -> Status {
      TRY(t.Insert(contact, Make(name, city), {Id{}, "test"}));
      return Status::Ok();
    });
  }
  int64_t Total() { return store->Read().value()->Count(All()).value(); }
};

TEST_CASE_FIXTURE(Totals, "a total follows creates and deletes, also within a transaction") {
  CHECK(Total() == 0);
  REQUIRE(Insert("Ada", "Kent").ok());
  const Status written = store->Write([&](Transaction& t) -> Status {
    CHECK(t.Count(All()).value() == 1);
    for (int i = 0; i < 3; ++i) TRY(t.Insert(contact, Make("B", "Kent"), {Id{}, "test"}));
    CHECK(t.Count(All()).value() == 4);
    const model::Record first = t.List(All()).value().at(0);
    TRY(t.Delete(contact, first, {Id{}, "test"}));
    CHECK(t.Count(All()).value() == 3);
    return Status::Ok();
  });
  REQUIRE(written.ok());
  CHECK(Total() == 3);
  store.reset();
  store = Open();
  CHECK(Total() == 3);
}

TEST_CASE_FIXTURE(Totals, "a total forgets what was undone") {
  REQUIRE(Insert("Ada", "Kent").ok());
  const Status failed = store->Write([&](Transaction& t) -> Status {
    TRY(t.Insert(contact, Make("B", "Kent"), {Id{}, "test"}));
    return Error(ErrorKind::kInvalid, "thought better of it");
  });
  CHECK_FALSE(failed.ok());
  CHECK(Total() == 1);
}

TEST_CASE_FIXTURE(Totals, "a file of an older program is counted once") {
  REQUIRE(Insert("Ada", "Kent").ok());
  REQUIRE(Insert("Bob", "Kent").ok());
  store.reset();
  {
    const auto connection = sqlite::Connection::Open(folder / "r.sqlite", false).value();
    REQUIRE(connection->Execute("DROP TABLE record_total; PRAGMA user_version = 1").ok());
  }
  store = Open();
  CHECK(Total() == 2);
}

TEST_CASE_FIXTURE(Totals,
                  "a list of one value by title is the same in both directions and in pages") {
  for (const char* name : {"dora", "Ann", "bea", "Cid", "Ann", "eve"}) {
    REQUIRE(Insert(name, name[0] == 'e' ? "Ohio" : "Kent").ok());
  }
  const size_t city = *contact.IndexOf("mailing_city");
  CHECK(IsListedByTitle(contact, city));
  CHECK_FALSE(IsListedByTitle(contact, contact.title_index()));
  CHECK_FALSE(IsListedByTitle(contact, *contact.IndexOf("external_id")));
  const auto snapshot = store->Read().value();
  for (const bool descending : {false, true}) {
    Query query = All();
    query.where = Condition::Where(city, Condition::Compare::kEqual, std::string("Kent"));
    query.order = {{contact.title_index(), descending, {}}};
    std::string names;
    query.limit = 2;
    for (;;) {
      const std::vector<model::Record> page = snapshot->List(query).value();
      for (const model::Record& record : page) {
        names += model::ToText(record.At(contact.title_index())) + " ";
      }
      if (page.size() < query.limit) break;
      query.after = Query::Position{{page.back().At(contact.title_index())}, page.back().id()};
    }
    CHECK(names == (descending ? "dora Cid bea Ann Ann " : "Ann Ann bea Cid dora "));
  }
}

TEST_CASE_FIXTURE(Totals, "records with a match key are found by its index, whatever is bound") {
  const MatchTerm term{*contact.IndexOf("phone"), model::MatchMethod::kPhone};
  REQUIRE(store->Write([&](Transaction& t) { return t.EnsureMatchIndex(contact, {term}); }).ok());
  const auto connection = sqlite::Connection::Open(folder / "r.sqlite", true).value();
  std::string made;
  {
    sqlite::Statement statement =
        connection->Prepare("SELECT sql FROM sqlite_master WHERE name LIKE 'contact.match.%'")
            .value();
    REQUIRE(statement.Step().value());
    made = statement.Text(0);
  }
  const size_t key = made.find('(') + 1;
  const size_t where = made.rfind(") WHERE ");
  REQUIRE(where != std::string::npos);
  sqlite::Statement plan =
      connection
          ->Prepare("EXPLAIN QUERY PLAN SELECT \"id\" FROM \"r_contact\" WHERE " +
                    made.substr(key, where - key) + " = ?1 AND " + made.substr(where + 8))
          .value();
  REQUIRE(plan.Step().value());
  CHECK(std::string(plan.Text(3)).find("contact.match.") != std::string::npos);
}

// How many times the process maps the file: once for each connection that reads it.
size_t Mappings(const std::string& path) {
  std::ifstream maps("/proc/self/maps");
  size_t count = 0;
  for (std::string line; std::getline(maps, line);) count += line.ends_with(path) ? 1 : 0;
  return count;
}

TEST_CASE_FIXTURE(Totals, "readers that nobody wanted for a while are closed, lent ones are not") {
  const std::string path = std::filesystem::canonical(folder / "r.sqlite").string();
  store.reset();
  store = Open();  // what was in the log is in the file now
  const size_t before = Mappings(path);
  sqlite::ReaderPool pool(folder / "r.sqlite", 3);
  auto lent = pool.Take().value();
  REQUIRE(lent->Execute("SELECT count(*) FROM change").ok());
  auto idle = pool.Take().value();
  REQUIRE(idle->Execute("SELECT count(*) FROM change").ok());
  CHECK(Mappings(path) == before + 2);
  pool.GiveBack(std::move(idle));
  pool.CloseIdleSince(0);
  CHECK(Mappings(path) == before + 2);
  pool.CloseIdleSince(MonotonicMicros() + 1);
  CHECK(Mappings(path) == before + 1);
  CHECK(lent->Execute("SELECT count(*) FROM change").ok());
  CHECK(pool.Take().ok());
  pool.GiveBack(std::move(lent));
}

}  // namespace
}  // namespace boathouse::store
