// What the log answers from its newest end, records that come back, and match keys.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/temp_folder.h"
#include "store/store.h"

namespace boathouse::store {
namespace {

using model::MatchMethod;
using model::Record;

struct LogFixture {
  TempFolder folder;
  ManualClock clock{1'764'000'000'000'000};
  IdSource ids{clock, 1};
  std::unique_ptr<Store> store =
      std::move(Store::Open({folder / "r.sqlite", model::Model::Standard(), &clock, 4})).value();
  const model::Object& contact = *store->model()->Find("contact");
  const model::Object& account = *store->model()->Find("account");
  const Author author{Id{}, "test"};

  size_t FieldOf(const model::Object& object, std::string_view name) const {
    return object.IndexOf(name).value();
  }
  Record Make(const model::Object& object, const char* field, const std::string& text) {
    Record record;
    record.values.resize(object.fields.size());
    record.Set(model::kFieldId, ids.Next());
    record.Set(FieldOf(object, field), text);
    Record made;
    const Status written = store->Write([&](Transaction& transaction) -> Status {
      ASSIGN(made, transaction.Insert(object, record, author));
      return Status::Ok();
    });
    REQUIRE(written.ok());
    return made;
  }
  void Delete(const model::Object& object, const Record& record) {
    REQUIRE(store
                ->Write([&](Transaction& transaction) {
                  return transaction.Delete(object, record, author);
                })
                .ok());
  }
  void Ensure(const model::Object& object, const char* field, MatchMethod method) {
    REQUIRE(store
                ->Write([&](Transaction& transaction) {
                  return transaction.EnsureMatchIndex(object, {{FieldOf(object, field), method}});
                })
                .ok());
  }
  // In the order of ids.
  std::vector<Id> Find(const model::Object& object, const char* field, MatchMethod method,
                       std::string_view key, size_t limit = 10) {
    std::vector<Id> found =
        store->Read()
            .value()
            ->FindByMatchKeys(object, {{FieldOf(object, field), method}}, {std::string(key)}, limit)
            .value();
    std::sort(found.begin(), found.end());
    return found;
  }
};

TEST_CASE_FIXTURE(LogFixture, "changes and deletes are read from the newest end") {
  const Record a = Make(contact, "last_name", "A");
  const Record b = Make(account, "name", "B");
  Delete(contact, a);
  Delete(account, b);
  const auto snapshot = store->Read().value();
  const auto all = snapshot->ChangesBefore(nullptr, 0, 10).value();
  REQUIRE(all.size() == 4);
  CHECK(all[0].sequence == 4);
  CHECK(snapshot->ChangesBefore(nullptr, 3, 1).value().at(0).sequence == 2);
  CHECK(snapshot->ChangesBefore(&contact, 0, 10)->size() == 2);
  const auto deletes = snapshot->DeletesBefore(contact, 0, 10).value();
  REQUIRE(deletes.size() == 1);
  CHECK(deletes[0].record == a.id());
  CHECK(snapshot->DeletesBefore(contact, deletes[0].sequence, 10)->empty());
  CHECK(snapshot->GetChange(2)->record == b.id());
  CHECK(snapshot->GetChange(5).error().kind == ErrorKind::kNotFound);
  CHECK(snapshot->OriginOf(contact, a.id())->first == 1);
  CHECK(snapshot->OriginOf(contact, ids.Next())->first == 0);
}

TEST_CASE_FIXTURE(LogFixture, "a restored record keeps its id, version and creation") {
  Record a = Make(contact, "last_name", "A");
  Delete(contact, a);
  clock.Advance(5'000'000);
  a.Set(model::kFieldVersion, int64_t{2});
  REQUIRE(store
              ->Write([&](Transaction& transaction) -> Status {
                TRY(transaction.Restore(contact, a, author));
                return Status::Ok();
              })
              .ok());
  const auto snapshot = store->Read().value();
  const Record back = snapshot->Get(contact, a.id()).value();
  CHECK(back.version() == 2);
  CHECK(back.At(model::kFieldCreatedAt) == a.At(model::kFieldCreatedAt));
  CHECK(back.At(model::kFieldUpdatedAt) == model::Value(model::DateTime{clock.Now()}));
  CHECK(snapshot->OriginOf(contact, a.id())->versions == 2);
  CHECK(snapshot->CountAll(contact).value() == 1);
}

TEST_CASE_FIXTURE(LogFixture, "values are taken out of the log, entries stay") {
  const Record a = Make(contact, "last_name", "Secret");
  Make(contact, "last_name", "Other");
  Delete(contact, a);
  REQUIRE(store
              ->Write([&](Transaction& transaction) {
                return transaction.EraseValues(contact, a.id());
              })
              .ok());
  const auto snapshot = store->Read().value();
  const auto history = snapshot->History(contact, a.id(), 0, 10).value();
  REQUIRE(history.size() == 2);
  for (const Change& change : history) CHECK(change.changes.size() == 0);
  CHECK(snapshot->GetChange(2)->changes.size() == 1);
}

TEST_CASE_FIXTURE(LogFixture,
                  "match keys find the same with an index, without one, and after changes") {
  for (const bool indexed : {false, true}) {
    CAPTURE(indexed);
    if (indexed) {
      Ensure(account, "name", MatchMethod::kName);
      Ensure(account, "name", MatchMethod::kName);  // is there already
      Ensure(contact, "email", MatchMethod::kEmail);
      Ensure(account, "phone", MatchMethod::kExact);
    }
    const std::string tail = indexed ? "2" : "1";
    const Id acme = Make(account, "name", "Acme" + tail + ", Inc.").id();
    const Id same = Make(account, "name", "ACME" + tail).id();
    CHECK(Find(account, "name", MatchMethod::kName, "acme" + tail) == std::vector<Id>{acme, same});
    CHECK(Find(account, "name", MatchMethod::kName, "acme" + tail, 1).size() == 1);
    CHECK(Find(account, "name", MatchMethod::kName, "").empty());
    const Id plain = Make(contact, "email", "jo" + tail + "@x.test").id();
    const Id tagged = Make(contact, "email", "jo" + tail + "+crm@x.test").id();
    CHECK(Find(contact, "email", MatchMethod::kEmail, "jo" + tail + "@x.test") ==
          std::vector<Id>{plain, tagged});
    const Id phone = Make(account, "phone", "555-" + tail).id();
    CHECK(Find(account, "phone", MatchMethod::kExact, "555-" + tail) == std::vector<Id>{phone});
    CHECK(Find(account, "phone", MatchMethod::kPhone, "555-" + tail).empty());
  }
}

TEST_CASE_FIXTURE(LogFixture, "several keys are looked up together") {
  const std::vector<MatchTerm> terms = {{FieldOf(contact, "phone"), MatchMethod::kPhone},
                                        {FieldOf(contact, "last_name"), MatchMethod::kName}};
  std::vector<Id> made;
  for (const char* name : {"Roe", "ROE", "Doe"}) {
    Record record;
    record.values.resize(contact.fields.size());
    record.Set(model::kFieldId, ids.Next());
    record.Set(FieldOf(contact, "last_name"), std::string(name));
    record.Set(FieldOf(contact, "phone"), std::string("+1 216 555 0199"));
    REQUIRE(store
                ->Write([&](Transaction& transaction) -> Status {
                  TRY(transaction.EnsureMatchIndex(contact, terms));
                  TRY(transaction.Insert(contact, record, author));
                  return Status::Ok();
                })
                .ok());
    made.push_back(record.id());
  }
  const auto find = [&](const char* phone, const char* name) {
    return store->Read().value()->FindByMatchKeys(contact, terms, {phone, name}, 10).value();
  };
  CHECK(find("2165550199", "roe") == std::vector<Id>{made[0], made[1]});
  CHECK(find("2165550199", "doe") == std::vector<Id>{made[2]});
  CHECK(find("2165550199", "").empty());
  CHECK(find("2165550198", "roe").empty());
}

}  // namespace
}  // namespace boathouse::store
