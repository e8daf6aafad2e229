// Full-text search: what is found, and what comes first.
#include <doctest/doctest.h>

#include "base/temp_folder.h"
#include "store/store.h"

namespace boathouse::store {
namespace {

using model::Object;
using model::Record;

constexpr Micros day = 86'400'000'000;

struct Fixture {
  TempFolder folder;
  ManualClock clock{1'700'000'000'000'000};
  IdSource ids{clock, 1};
  std::shared_ptr<const model::Model> model = model::Model::Standard();
  const Object& account = *model->Find("account");
  const Object& contact = *model->Find("contact");
  std::unique_ptr<Store> store = Open();

  std::unique_ptr<Store> Open() {
    return Store::Open({folder / "records.sqlite", model, &clock, 4}).value();
  }

  using Values = std::vector<std::pair<const char*, std::string>>;
  Record Make(const Object& object, const Values& values) {
    Record record;
    record.values.resize(object.fields.size());
    record.Set(model::kFieldId, ids.Next());
    for (const auto& [field, value] : values) record.Set(*object.IndexOf(field), value);
    Record stored;
    REQUIRE(store
                ->Write([&](Transaction& t) -> Status {
                  ASSIGN(stored, t.Insert(object, record, {Id{}, "test"}));
                  return Status::Ok();
                })
                .ok());
    return stored;
  }
  // Names of the hits, best first.
  std::string Found(TextQuery query) {
    query.now = clock.Now();
    const auto snapshot = store->Read().value();
    const auto hits = snapshot->FindText(query);
    REQUIRE(hits.ok());
    std::string names;
    int last = 1 << 30;
    for (const TextHit& hit : *hits) {
      CHECK(hit.score <= last);
      last = hit.score;
      const Record record = snapshot->Get(*query.object, hit.id).value();
      names += (names.empty() ? "" : "|") + model::ToText(record.At(query.object->title_index()));
    }
    return names;
  }
  std::string Accounts(const std::string& text) { return Found({&account, text}); }
  std::string Contacts(const std::string& text) { return Found({&contact, text}); }
  std::string Mistyped(const std::string& text) {
    TextQuery query{&account, text};
    query.other_spellings = true;
    return Found(query);
  }
};

TEST_CASE_FIXTURE(Fixture,
                  "whole words of titles, their beginnings, keys, anything: in this order") {
  Make(account, {{"name", "Teahouse"}, {"description", "all the steel in Akron"}});
  Make(account, {{"name", "Paper Mill"}, {"account_number", "STEEL-77"}});
  Make(account, {{"name", "Ohio Steelworks"}});
  Make(account, {{"name", "Cleveland Steel"}});
  Make(account, {{"name", "Copper"}});
  CHECK(Accounts("steel") == "Cleveland Steel|Ohio Steelworks|Paper Mill|Teahouse");
  CHECK(Accounts("STEEL ohio") == "Ohio Steelworks");
  CHECK(Accounts("steel teahouse") == "Teahouse");
  CHECK(Accounts("steel nothing") == "");
  // One letter looks through titles and keys.
  CHECK(Accounts("c") == "Copper|Cleveland Steel");
}

TEST_CASE_FIXTURE(Fixture, "a title that is the text, or begins with it, comes before others") {
  Make(account, {{"name", "The Acme"}});
  Make(account, {{"name", "Acme"}});
  Make(account, {{"name", "Acme Tools"}});
  Make(account, {{"name", "An Acme"}});
  CHECK(Accounts("acme") == "Acme|Acme Tools|An Acme|The Acme");
}

TEST_CASE_FIXTURE(Fixture, "what changed lately comes first among equals") {
  const Record old = Make(account, {{"name", "Mill A"}});
  Make(account, {{"name", "Mill B"}});
  clock.Advance(200 * day);
  CHECK(Accounts("mill") == "Mill B|Mill A");
  REQUIRE(store
              ->Write([&](Transaction& t) -> Status {
                Record changed = old;
                changed.Set(*account.IndexOf("industry"), std::string("paper"));
                TRY(t.Update(account, old, changed, {}));
                return Status::Ok();
              })
              .ok());
  CHECK(Accounts("mill") == "Mill A|Mill B");
}

TEST_CASE_FIXTURE(Fixture, "phone numbers are found in any spelling") {
  Make(contact, {{"name", "Jane Roe"}, {"phone", "+1 (216) 555-0142"}});
  Make(contact, {{"name", "Max Muster"}, {"mobile_phone", "+49 221 1234567"}});
  for (const char* text : {"+1 216 555 0142", "2165550142", "(216) 555-0142", "216.555.0142",
                           "555-0142", "5550142", "12165550142", "216-555", "001 216 5550142"}) {
    CAPTURE(text);
    CHECK(Contacts(text) == "Jane Roe");
  }
  for (const char* text : {"0221 1234567", "+49 221 123 45 67", "0049 (221) 1234567", "1234567"}) {
    CAPTURE(text);
    CHECK(Contacts(text) == "Max Muster");
  }
  CHECK(Contacts("roe 216-555-0142") == "Jane Roe");
  CHECK(Contacts("muster 216-555-0142") == "");
}

TEST_CASE_FIXTURE(Fixture, "parts of e-mail addresses, numbers with and without their zeros") {
  Make(contact, {{"name", "Jane Roe"}, {"email", "j.roe@acme-tools.example"}});
  CHECK(Contacts("acme") == "Jane Roe");
  CHECK(Contacts("j.roe@acme-tools.example") == "Jane Roe");
  CHECK(Contacts("tools.example") == "Jane Roe");
  Make(account, {{"name", "Acme"}, {"account_number", "AC-00420"}});
  for (const char* text : {"AC-00420", "ac00420", "00420", "420", "ac 420", "ac-0"}) {
    CAPTURE(text);
    CHECK(Accounts(text) == "Acme");
  }
}

TEST_CASE_FIXTURE(Fixture, "one slip of the fingers is forgiven where asked, and only one") {
  Make(account, {{"name", "Cleveland Bearings"}});
  Make(account, {{"name", "Z\xC3\xBCrich Pumpen"}});
  for (const char* text : {"cleveand", "clevelannd", "clevelamd", "clevelnad", "leveland",
                           "cleveland bearngs", "xleveland"}) {
    CAPTURE(text);
    CHECK(Mistyped(text) == "Cleveland Bearings");
    CHECK(Accounts(text) == "");
  }
  CHECK(Mistyped("zurihc") == "Z\xC3\xBCrich Pumpen");
  CHECK(Mistyped("Z\xC3\xBC"
                 "ricch") == "Z\xC3\xBCrich Pumpen");
  CHECK(Mistyped("clevaand") == "");   // two slips
  CHECK(Mistyped("pmp") == "");        // too short to tell
  CHECK(Mistyped("cleveland") == "");  // rightly spelled, nothing else near
}

TEST_CASE_FIXTURE(Fixture, "a condition bounds what is found, however few records meet it") {
  const size_t city = *account.IndexOf("billing_city");
  const size_t type = *account.IndexOf("type");
  for (int i = 0; i < 60; ++i) {
    Make(account, {{"name", "Mill " + std::to_string(i)},
                   {"billing_city", i == 7 ? "Akron" : "Ohio City"},
                   {"type", i % 2 == 0 ? "customer" : "partner"}});
  }
  TextQuery query{&account, "mill"};
  query.where = Condition::Where(city, Condition::Compare::kEqual, std::string("Akron"));
  CHECK(Found(query) == "Mill 7");
  // Not found by an index: looked through.
  query.where = Condition::All(
      {Condition::Where(type, Condition::Compare::kEqual, std::string("partner")),
       Condition::Where(account.title_index(), Condition::Compare::kEndsWith, std::string("9"))});
  CHECK(Found(query) == "Mill 59|Mill 49|Mill 39|Mill 29|Mill 19|Mill 9");
  query.where.reset();
  query.limit = 2;
  CHECK(Found(query) == "Mill 59|Mill 58");
}

TEST_CASE_FIXTURE(Fixture, "any text is a question, none an error") {
  Make(account, {{"name", "Acme"}});
  for (const char* text : {"", "\"", "\"acme\"*", "NEAR(a b)", "acme OR x",
                           "* - ^ { } :", "\xE2\x80\x93", "acme\xE2\x80\x93tools", "\xEE\x80\x80",
                           "((((", "+1", "12345678901234567890123456789012345678901234567890"}) {
    CAPTURE(text);
    CHECK(store->Read().value()->FindText({&account, text}).ok());
    Query list;
    list.object = &account;
    list.text = text;
    CHECK(store->Read().value()->List(list).ok());
  }
}

TEST_CASE_FIXTURE(Fixture, "words follow changes and deletes; lists by text agree") {
  const Record made = Make(account, {{"name", "Acme"}, {"phone", "216-555-0142"}});
  Query list;
  list.object = &account;
  list.text = "(216) 5550142";
  CHECK(store->Read().value()->List(list)->size() == 1);
  REQUIRE(store
              ->Write([&](Transaction& t) -> Status {
                Record changed = made;
                changed.Set(*account.IndexOf("phone"), std::string("330-555-0100"));
                TRY(t.Update(account, made, changed, {}));
                return Status::Ok();
              })
              .ok());
  CHECK(Accounts("216-555-0142") == "");
  CHECK(Accounts("330 5550100") == "Acme");
  CHECK(store->Read().value()->List(list)->empty());
}

}  // namespace
}  // namespace boathouse::store
