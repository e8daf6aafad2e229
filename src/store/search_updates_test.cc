// Words of changed records are told to full-text search at the end of a group; nobody may see a difference.
#include <doctest/doctest.h>

#include <thread>

#include "base/temp_folder.h"
#include "store/store.h"

namespace boathouse::store {
namespace {

struct Updates {
  TempFolder folder;
  ManualClock clock{1'700'000'000'000'000};
  IdSource ids{clock, 1};
  std::shared_ptr<const model::Model> model = model::Model::Standard();
  const model::Object& contact = *model->Find("contact");
  const size_t title = *contact.IndexOf("title");
  std::unique_ptr<Store> store = Store::Open({folder / "r.sqlite", model, &clock, 4}).value();
  std::vector<Id> made;

  Updates() {
    REQUIRE(store
                ->Write([&](Transaction& t) -> Status {
                  made.clear();
                  for (int i = 0; i < 8; ++i) {
                    model::Record record;
                    record.values.resize(contact.fields.size());
                    record.Set(model::kFieldId, ids.Next());
                    record.Set(*contact.IndexOf("last_name"), std::string("Person"));
                    record.Set(contact.title_index(), std::string("Person"));
                    record.Set(title, std::string("oldword"));
                    made.push_back(record.id());
                    TRY(t.Insert(contact, record, {Id{}, "test"}));
                  }
                  return Status::Ok();
                })
                .ok());
  }
  Status Change(Transaction& t, size_t which, const std::string& to) {
    ASSIGN(const model::Record current, t.Get(contact, made[which]));
    model::Record updated = current;
    updated.Set(title, to);
    TRY(t.Update(contact, current, updated, {Id{}, "test"}));
    return Status::Ok();
  }
  TextQuery Words(const std::string& text) const {
    TextQuery query;
    query.object = &contact;
    query.text = text;
    return query;
  }
  size_t Found(const std::string& text) {
    return store->Read().value()->FindText(Words(text)).value().size();
  }
};

TEST_CASE_FIXTURE(Updates, "changes in any order are found, also within their transaction") {
  const Status written = store->Write([&](Transaction& t) -> Status {
    for (const size_t which : {7, 2, 5, 2}) TRY(Change(t, which, "newword"));
    CHECK(t.FindText(Words("newword")).value().size() == 3);
    CHECK(t.FindText(Words("oldword")).value().size() == 5);
    Query query;
    query.object = &contact;
    query.text = "newword";
    CHECK(t.Count(query).value() == 3);
    CHECK(t.List(query).value().size() == 3);
    TRY(Change(t, 2, "thirdword"));
    return Status::Ok();
  });
  REQUIRE(written.ok());
  CHECK(Found("newword") == 2);
  CHECK(Found("thirdword") == 1);
  CHECK(Found("oldword") == 5);
}

TEST_CASE_FIXTURE(Updates, "a record deleted after a change is not found again") {
  const Status written = store->Write([&](Transaction& t) -> Status {
    TRY(Change(t, 3, "newword"));
    ASSIGN(const model::Record current, t.Get(contact, made[3]));
    return t.Delete(contact, current, {Id{}, "test"});
  });
  REQUIRE(written.ok());
  CHECK(Found("newword") == 0);
  CHECK(Found("person") == 7);
}

TEST_CASE_FIXTURE(Updates, "a change that was undone is not found, its neighbours are") {
  std::vector<std::thread> writers;
  for (size_t which = 0; which < made.size(); ++which) {
    writers.emplace_back([this, which] {
      for (int round = 0; round < 20; ++round) {
        [[maybe_unused]] const Status status = store->Write([&](Transaction& t) -> Status {
          TRY(Change(t, which, which % 2 == 0 ? "keptword" + std::to_string(round) : "lostword"));
          if (which % 2 == 0) return Status::Ok();
          return Error(ErrorKind::kInvalid, "thought better of it");
        });
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  CHECK(Found("lostword") == 0);
  CHECK(Found("oldword") == 4);
  CHECK(Found("keptword19") == 4);
  CHECK(Found("keptword18") == 0);
}

}  // namespace
}  // namespace boathouse::store
