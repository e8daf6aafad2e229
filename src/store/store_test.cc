#include "store/store.h"

#include "base/temp_folder.h"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

namespace boathouse::store {
namespace {

using model::Object;
using model::Record;
using model::Value;

struct Fixture {
  TempFolder folder;
  ManualClock clock{1'700'000'000'000'000};
  IdSource ids{clock, 1};
  std::shared_ptr<const model::Model> model = model::Model::Standard();
  const Object& account = *model->Find("account");
  const Object& territory = *model->Find("territory");
  std::unique_ptr<Store> store = Open();

  std::unique_ptr<Store> Open() {
    Result<std::unique_ptr<Store>> opened =
        Store::Open({folder / "records.sqlite", model, &clock, 4});
    REQUIRE(opened.ok());
    return std::move(opened).value();
  }
  void Reopen() {
    store.reset();
    store = Open();
  }

  Record Make(const Object& object, const std::string& name) {
    Record record;
    record.values.resize(object.fields.size());
    record.Set(model::kFieldId, ids.Next());
    record.Set(*object.IndexOf("name"), name);
    return record;
  }
  Record Insert(const Object& object, Record record) {
    Record stored;
    const Status written = store->Write([&](Transaction& t) -> Status {
      ASSIGN(stored, t.Insert(object, record, {Id{}, "test"}));
      return Status::Ok();
    });
    REQUIRE(written.ok());
    return stored;
  }
  Record Insert(const std::string& name) { return Insert(account, Make(account, name)); }
  std::unique_ptr<Snapshot> Read() {
    Result<std::unique_ptr<Snapshot>> snapshot = store->Read();
    REQUIRE(snapshot.ok());
    return std::move(snapshot).value();
  }
  std::vector<std::string> Names(const Query& query) {
    const auto records = Read()->List(query);
    REQUIRE(records.ok());
    std::vector<std::string> names;
    for (const Record& record : *records) {
      names.push_back(model::ToText(record.At(*query.object->IndexOf("name"))));
    }
    return names;
  }
};

Condition Where(const Object& object, const char* field, Condition::Compare compare, Value value) {
  Condition condition;
  condition.kind = Condition::Kind::kCompare;
  condition.field = *object.IndexOf(field);
  condition.compare = compare;
  condition.value = std::move(value);
  return condition;
}

TEST_CASE_FIXTURE(Fixture, "a record comes back as it was written, with its system fields") {
  Record record = Make(account, "Acme");
  const Id owner = ids.Next();
  record.Set(*account.IndexOf("annual_revenue"), Decimal{1'100'0400});
  record.Set(*account.IndexOf("number_of_employees"), int64_t{12});
  record.Set(*account.IndexOf("owner_id"), owner);
  const Record stored = Insert(account, record);
  CHECK(stored.version() == 1);
  CHECK(stored.At(model::kFieldCreatedAt) == Value(model::DateTime{clock.Now()}));
  const auto read = Read()->Get(account, record.id());
  REQUIRE(read.ok());
  CHECK(read->values == stored.values);
  Reopen();
  CHECK(Read()->Get(account, record.id())->values == stored.values);
  CHECK(Read()->Get(account, ids.Next()).error().kind == ErrorKind::kNotFound);
}

TEST_CASE_FIXTURE(Fixture, "every type survives storage") {
  for (const Object& object : model->objects()) {
    Record record;
    record.values.resize(object.fields.size());
    record.Set(model::kFieldId, ids.Next());
    for (size_t i = model::kSystemFieldCount; i < object.fields.size(); ++i) {
      switch (object.fields[i].type) {
        case model::FieldType::kId:
        case model::FieldType::kRelation:
          record.Set(i, ids.Next());
          break;
        case model::FieldType::kInteger:
          record.Set(i, int64_t{-5});
          break;
        case model::FieldType::kDecimal:
        case model::FieldType::kMoney:
          record.Set(i, Decimal{-Decimal::units_max});
          break;
        case model::FieldType::kBoolean:
          record.Set(i, true);
          break;
        case model::FieldType::kDate:
          record.Set(i, model::Date{-3});
          break;
        case model::FieldType::kDateTime:
          record.Set(i, model::DateTime{-7});
          break;
        case model::FieldType::kText:
        case model::FieldType::kLongText:
        case model::FieldType::kSelect:
        case model::FieldType::kMultiSelect:
        case model::FieldType::kEmail:
        case model::FieldType::kPhone:
        case model::FieldType::kUrl:
          record.Set(i, "x" + std::to_string(i));
          break;
      }
    }
    const Record stored = Insert(object, record);
    CAPTURE(object.name);
    CHECK(Read()->Get(object, record.id())->values == stored.values);
  }
}

TEST_CASE_FIXTURE(Fixture, "the change log tells what changed, in commit order without gaps") {
  const Record a = Insert("A");
  clock.Advance(10);
  REQUIRE(store
              ->Write([&](Transaction& t) -> Status {
                Record changed = a;
                changed.Set(*account.IndexOf("name"), std::string("B"));
                ASSIGN(changed, t.Update(account, a, changed, {a.id(), "rest"}));
                CHECK(changed.version() == 2);
                // Nothing differs: nothing is written.
                ASSIGN(const Record same, t.Update(account, changed, changed, {a.id(), "rest"}));
                CHECK(same.version() == 2);
                return t.Delete(account, changed, {a.id(), "rest"});
              })
              .ok());
  CHECK(store->committed() == 3);
  CHECK(store->committed(account) == 3);
  CHECK(store->committed(territory) == 0);
  const auto snapshot = Read();
  const auto changes = snapshot->Changes(nullptr, 0, snapshot->sequence(), 100);
  REQUIRE(changes.ok());
  REQUIRE(changes->size() == 3);
  for (size_t i = 0; i < 3; ++i) CHECK((*changes)[i].sequence == static_cast<Sequence>(i) + 1);
  CHECK((*changes)[0].operation == Operation::kCreate);
  CHECK((*changes)[0].changes.Dump() == R"({"name":[null,"A"]})");
  CHECK((*changes)[1].changes.Dump() == R"({"name":["A","B"]})");
  CHECK((*changes)[1].surface == "rest");
  CHECK((*changes)[1].at == clock.Now());
  CHECK((*changes)[2].operation == Operation::kDelete);
  CHECK((*changes)[2].changes.Dump() == R"({"name":["B",null]})");
  const auto history = snapshot->History(account, a.id(), 3, 1);
  REQUIRE(history.ok());
  REQUIRE(history->size() == 1);
  CHECK(history->at(0).sequence == 2);
}

TEST_CASE_FIXTURE(Fixture, "a failed transaction leaves nothing, and its numbers are used again") {
  const Status failed = store->Write([&](Transaction& t) -> Status {
    TRY(t.Insert(account, Make(account, "lost"), {}));
    TRY(t.PutDocument("c", "k", Json(1)));
    return Error(ErrorKind::kInvalid, "changed my mind");
  });
  CHECK(failed.error().message == "changed my mind");
  CHECK(store->committed() == 0);
  Insert("kept");
  CHECK(store->committed() == 1);
  CHECK(Read()->CountAll(account).value() == 1);
  CHECK_FALSE(Read()->GetDocument("c", "k").value().has_value());
  CHECK(Read()->FindText({&account, "lost"}).value().empty());
}

TEST_CASE_FIXTURE(Fixture, "a unique field clashes with a message that names it") {
  Insert(territory, Make(territory, "Cleveland"));
  const Status clash = store->Write([&](Transaction& t) -> Status {
    TRY(t.Insert(territory, Make(territory, "Cleveland"), {}));
    return Status::Ok();
  });
  REQUIRE_FALSE(clash.ok());
  CHECK(clash.error().kind == ErrorKind::kConflict);
  CHECK(clash.error().fields.at(0).field == "/name");
}

TEST_CASE_FIXTURE(Fixture, "a snapshot stays as it was while writers go on") {
  Insert("one");
  const auto before = Read();
  Insert("two");
  CHECK(before->sequence() == 1);
  CHECK(before->CountAll(account).value() == 1);
  CHECK(before->NewestChangeOf(account).value() == 1);
  CHECK(Read()->CountAll(account).value() == 2);
}

TEST_CASE_FIXTURE(Fixture, "conditions select as they say, nulls included") {
  using Compare = Condition::Compare;
  for (const char* name : {"Alpha", "beta", "Gamma%", "delta_"}) {
    Record record = Make(account, name);
    if (std::string(name) != "beta")
      record.Set(*account.IndexOf("billing_city"), std::string("Akron"));
    record.Set(*account.IndexOf("number_of_employees"),
               static_cast<int64_t>(std::string(name).size()));
    Insert(account, record);
  }
  const auto names = [&](Condition condition) {
    Query query;
    query.object = &account;
    query.order = {{*account.IndexOf("name"), false}};
    query.where = std::move(condition);
    return Names(query);
  };
  using V = std::vector<std::string>;
  CHECK(names(Where(account, "name", Compare::kEqual, std::string("Alpha"))) == V{"Alpha"});
  CHECK(names(Where(account, "name", Compare::kEqual, std::string("alpha"))).empty());
  CHECK(names(Where(account, "name", Compare::kContains, std::string("A%"))) == V{"Gamma%"});
  CHECK(names(Where(account, "name", Compare::kEndsWith, std::string("_"))) == V{"delta_"});
  CHECK(names(Where(account, "name", Compare::kStartsWith, std::string("AL"))) == V{"Alpha"});
  CHECK(names(Where(account, "billing_city", Compare::kEqual, {})) == V{"beta"});
  CHECK(names(Where(account, "billing_city", Compare::kNotEqual, {})) ==
        V{"Alpha", "delta_", "Gamma%"});
  CHECK(names(Where(account, "billing_city", Compare::kNotEqual, std::string("Akron"))) ==
        V{"beta"});
  CHECK(names(Where(account, "number_of_employees", Compare::kGreater, int64_t{5})) ==
        V{"delta_", "Gamma%"});
  Condition negated;
  negated.kind = Condition::Kind::kNot;
  negated.children = {Where(account, "billing_city", Compare::kLess, std::string("Z"))};
  CHECK(names(negated) == V{"beta"});
  Condition none;
  none.kind = Condition::Kind::kOr;
  CHECK(names(none).empty());
  CHECK(names(Condition{}).size() == 4);
}

TEST_CASE_FIXTURE(Fixture, "paging by position visits every record once, whatever the order") {
  const size_t city = *account.IndexOf("billing_city");
  const size_t name = *account.IndexOf("name");
  for (int i = 0; i < 40; ++i) {
    Record record =
        Make(account, std::string(1, static_cast<char>(i % 2 == 0 ? 'a' + i % 7 : 'A' + i % 7)));
    if (i % 3 != 0) record.Set(city, std::string(1, static_cast<char>('p' + i % 4)));
    Insert(account, record);
  }
  for (const std::vector<OrderBy>& order : {std::vector<OrderBy>{},
                                            {{name, false}},
                                            {{name, true}},
                                            {{city, false}, {name, true}},
                                            {{city, true}, {name, false}},
                                            {{city, true}, {name, true}}}) {
    Query query;
    query.object = &account;
    query.order = order;
    query.limit = 1000;
    const auto snapshot = Read();
    const std::vector<Record> all = snapshot->List(query).value();
    REQUIRE(all.size() == 40);
    query.limit = 7;
    std::vector<Record> paged;
    for (;;) {
      const std::vector<Record> page = snapshot->List(query).value();
      if (page.empty()) break;
      paged.insert(paged.end(), page.begin(), page.end());
      Query::Position position;
      for (const OrderBy& by : order) position.values.push_back(page.back().At(by.field));
      position.id = page.back().id();
      query.after = position;
    }
    REQUIRE(paged.size() == all.size());
    for (size_t i = 0; i < all.size(); ++i) CHECK(paged[i].id() == all[i].id());
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "search finds words by their beginning, folds accents, follows changes") {
  Record cafe = Make(account, "Caf\xC3\xA9 M\xC3\xBCller");
  cafe.Set(*account.IndexOf("description"), std::string("roasts coffee in Cleveland"));
  const Record stored = Insert(account, cafe);
  Insert("Cleveland Bearings");
  const auto found = [&](const char* text) {
    std::vector<Id> all;
    const auto hits = Read()->FindText({&account, text}).value();
    for (const TextHit& hit : hits) all.push_back(hit.id);
    return all;
  };
  CHECK(found("cafe mull") == std::vector<Id>{stored.id()});
  REQUIRE(found("cleveland").size() == 2);
  CHECK(found("cleveland")[1] == stored.id());  // a title weighs more than a description
  CHECK(found("\"*(- ").empty());
  CHECK(found("NEAR(a b) OR c*").empty());
  REQUIRE(store
              ->Write([&](Transaction& t) -> Status {
                Record renamed = stored;
                renamed.Set(*account.IndexOf("name"), std::string("Teahouse"));
                ASSIGN(renamed, t.Update(account, stored, renamed, {}));
                return Status::Ok();
              })
              .ok());
  CHECK(found("cafe").empty());
  CHECK(found("teah").size() == 1);
  REQUIRE(store->Write([&](Transaction& t) { return t.Delete(account, stored, {}); }).ok());
  CHECK(found("teah").empty());
}

TEST_CASE_FIXTURE(Fixture, "changed ids and scans are ascending and complete") {
  std::vector<Id> ids_written;
  for (int i = 0; i < 5; ++i) ids_written.push_back(Insert("n").id());
  const auto snapshot = Read();
  CHECK(snapshot->ChangedIds(account, 1, 4).value() ==
        std::vector<Id>{ids_written[1], ids_written[2], ids_written[3]});
  CHECK(snapshot->ChangedIds(territory, 0, 5).value().empty());
  std::vector<Id> scanned;
  REQUIRE(snapshot
              ->Scan(account,
                     [&](const Record& r) {
                       scanned.push_back(r.id());
                       return scanned.size() < 4;
                     })
              .ok());
  CHECK(scanned == std::vector<Id>(ids_written.begin(), ids_written.begin() + 4));
  CHECK(snapshot->GetMany(account, {ids_written[0], ids.Next(), ids_written[4]}).value().size() ==
        2);
}

TEST_CASE_FIXTURE(Fixture, "many writers at once: every write is kept, the order is total") {
  constexpr int writers = 8;
  constexpr int each = 50;
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int w = 0; w < writers; ++w) {
    threads.emplace_back([&, w] {
      for (int i = 0; i < each; ++i) {
        const Status written = store->Write([&](Transaction& t) -> Status {
          TRY(t.Insert(account, Make(account, std::to_string(w)), {}));
          // Every fifth one fails after it wrote, inside a group that others share.
          return i % 5 == 4 ? Status(Error(ErrorKind::kInvalid, "no")) : Status::Ok();
        });
        failures += !written.ok();
        // An acknowledged write is seen by the next read.
        if (written.ok() && store->Read().value()->sequence() < 1) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == writers * each / 5);
  const int64_t kept = writers * each * 4 / 5;
  CHECK(store->committed() == kept);
  CHECK(Read()->CountAll(account).value() == kept);
  Reopen();
  CHECK(store->committed(account) == kept);
  const auto changes = Read()->Changes(&account, 0, kept, 10'000).value();
  for (size_t i = 0; i < changes.size(); ++i)
    REQUIRE(changes[i].sequence == static_cast<Sequence>(i) + 1);
}

TEST_CASE_FIXTURE(Fixture, "documents are put, listed, replaced and deleted") {
  REQUIRE(store
              ->Write([](Transaction& t) -> Status {
                TRY(t.PutDocument("c", "b", Json(1)));
                TRY(t.PutDocument("c", "a", Json("x")));
                TRY(t.PutDocument("c", "b", Json(2)));
                TRY(t.PutDocument("other", "b", Json(3)));
                return t.DeleteDocument("c", "missing");
              })
              .ok());
  const auto documents = Read()->ListDocuments("c").value();
  REQUIRE(documents.size() == 2);
  CHECK(documents[0].first == "a");
  CHECK(documents[1].second.AsInt() == 2);
  CHECK(store->committed() == 0);
}

TEST_CASE_FIXTURE(Fixture, "a range of documents, from either end") {
  REQUIRE(store
              ->Write([](Transaction& t) -> Status {
                for (const char* key : {"a", "b", "c", "d", "e"}) {
                  TRY(t.PutDocument("c", key, Json(key)));
                  TRY(t.PutDocument("d", key, Json("another")));
                }
                return Status::Ok();
              })
              .ok());
  const auto keys = [&](const DocumentRange& range) {
    std::string all;
    for (const auto& [key, body] : Read()->ListDocuments("c", range).value()) {
      CHECK(body.AsString() == key);
      all += key;
    }
    return all;
  };
  CHECK(keys({}) == "abcde");
  CHECK(keys({"b", "d", 100, false}) == "bc");
  CHECK(keys({"b", "", 2, false}) == "bc");
  CHECK(keys({"", "", 2, true}) == "ed");
  CHECK(keys({"", "d", 2, true}) == "cb");
  CHECK(keys({"bb", "bz", 9, true}) == "");
}

TEST_CASE_FIXTURE(Fixture,
                  "a file from a newer program, or no database at all, is refused with a reason") {
  store.reset();
  {
    std::ofstream(folder / "text.sqlite") << std::string(4096, 'x');
    const auto opened = Store::Open({folder / "text.sqlite", model, &clock, 4});
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().kind == ErrorKind::kCorrupt);
  }
  const auto missing = Store::Open({folder / "no/such/folder.sqlite", model, &clock, 4});
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().kind == ErrorKind::kUnavailable);
  // user_version stands in the header, big endian, at byte 60.
  {
    std::fstream file(folder / "records.sqlite", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(63);
    file.put(99);
  }
  const auto newer = Store::Open({folder / "records.sqlite", model, &clock, 4});
  REQUIRE_FALSE(newer.ok());
  CHECK(newer.error().kind == ErrorKind::kConflict);
  CHECK(newer.error().message.find("newer") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "who watches is told of each commit until the watch is gone") {
  std::atomic<int> told{0};
  std::atomic<int> told_other{0};
  std::unique_ptr<CommitWatch> watch = store->WatchCommits([&told] { ++told; });
  const std::unique_ptr<CommitWatch> other = store->WatchCommits([&told_other] { ++told_other; });
  Insert("Acme");
  CHECK(told == 1);
  CHECK(store->Write([](Transaction&) -> Status { return Error(ErrorKind::kInvalid, "no"); })
            .error()
            .message == "no");
  const int before = told;
  watch.reset();
  Insert("Bolt");
  CHECK(told == before);
  CHECK(told_other > before);
}

TEST_CASE_FIXTURE(Fixture, "a watch may outlive its store") {
  const std::unique_ptr<CommitWatch> watch = store->WatchCommits([] {});
  store.reset();
}

TEST_CASE_FIXTURE(Fixture, "a field added to the model becomes a column; old records lack it") {
  const Record old = Insert("Acme");
  store.reset();
  std::vector<Object> objects = model->objects();
  model::Field extra = *objects[0].Find("industry");
  extra.name = "segment";
  extra.column_id = 99;
  objects[0].fields.push_back(extra);
  const auto wider = std::make_shared<const model::Model>(objects);
  Result<std::unique_ptr<Store>> opened =
      Store::Open({folder / "records.sqlite", wider, &clock, 4});
  REQUIRE(opened.ok());
  const Object& object = *wider->Find("account");
  const auto read = (*opened)->Read().value()->Get(object, old.id());
  REQUIRE(read.ok());
  CHECK(model::IsNull(read->At(*object.IndexOf("segment"))));
}

}  // namespace
}  // namespace boathouse::store
