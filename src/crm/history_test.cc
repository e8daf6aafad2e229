#include "crm/history.h"

#include <random>
#include <vector>

#include "crm/record_fixture.h"
#include "crm/trash.h"

namespace boathouse::crm {
namespace {

using Record = model::Record;

TEST_CASE_FIXTURE(RecordFixture, "a record is told as it was at a moment") {
  const Record made = Make("account", R"({"name":"Acme","industry":"retail"})");
  const Micros at_first = clock.Now();
  Change("account", made.id(), R"({"name":"Acme Ltd","industry":null})");
  const Micros at_second = clock.Now();
  Delete("account", made.id());
  const auto as_of = [&](Micros at) {
    return RecordAsOf(crm, system, Of("account"), made.id(), at);
  };

  CHECK(as_of(at_first)->values == made.values);
  CHECK(Text("account", *as_of(at_second), "name") == "Acme Ltd");
  CHECK(Text("account", *as_of(at_second), "industry").empty());
  CHECK(as_of(at_second)->version() == 2);
  CHECK(as_of(at_first - 1).error().kind == ErrorKind::kNotFound);
  CHECK(as_of(at_first - 1).error().message.find("was created only at") != std::string::npos);
  CHECK(as_of(clock.Now()).error().message.find("was deleted at") != std::string::npos);
  CHECK(RecordAsOf(crm, system, Of("account"), ids.Next(), at_first).error().kind ==
        ErrorKind::kNotFound);
}

TEST_CASE_FIXTURE(RecordFixture, "fields that came later are empty in the past") {
  const Record made = Make("account", R"({"name":"Acme"})");
  const Micros before = clock.Now();
  REQUIRE(crm.ChangeModel(system, *Json::Parse(R"({"add_field":{"object":"account","field":
      {"name":"dock","type":"text"}}})"))
              .ok());
  Change("account", made.id(), R"({"dock":"north"})");
  const Record past = RecordAsOf(crm, system, Of("account"), made.id(), before).value();
  CHECK(Text("account", past, "dock").empty());
  CHECK(TextNow("account", made.id(), "dock") == "north");
}

// Random edits; each state is kept, and asked for again at the end.
TEST_CASE_FIXTURE(RecordFixture, "any past state of any record is answered exactly") {
  struct State {
    Id id;
    Micros at;
    std::optional<Record> record;
  };
  std::vector<State> states;
  std::vector<Id> contacts;
  std::mt19937 random(11);
  const char* names[] = {"Roe", "Doe", "Poe"};
  for (int step = 0; step < 400; ++step) {
    const auto what = random() % 10;
    Id id;
    if (contacts.empty() || what == 0) {
      id = Make("contact", Json::Object({{"last_name", names[random() % 3]}})).id();
      contacts.push_back(id);
    } else {
      id = contacts[random() % contacts.size()];
      if (!IsThere("contact", id)) {
        if (what > 3) continue;
        clock.Advance(1000);
        REQUIRE(RestoreFromTrash(crm, system, Of("contact"), id).ok());
      } else if (what == 1) {
        Delete("contact", id);
      } else {
        Json patch = Json::Object();
        if (what > 2) patch.Set("last_name", names[random() % 3]);
        if (what > 4) patch.Set("do_not_call", random() % 2 == 0);
        if (what > 6) patch.Set("title", random() % 2 == 0 ? Json() : Json("Buyer"));
        if (what > 7) patch.Set("birthdate", "1980-01-0" + std::to_string(1 + random() % 9));
        if (what > 8) patch.Set("tags", Json::Array({"a", "b"}));
        Change("contact", id, patch);
      }
    }
    const Result<Record> now = crm.Get(system, Of("contact"), id);
    states.push_back({id, clock.Now(), now.ok() ? std::optional(*now) : std::nullopt});
  }
  REQUIRE(states.size() > 200);
  for (const State& state : states) {
    const Result<Record> past = RecordAsOf(crm, system, Of("contact"), state.id, state.at);
    REQUIRE(past.ok() == state.record.has_value());
    if (past.ok()) CHECK(past->values == state.record->values);
  }
}

// The values that people see, without those that each change moves on.
std::vector<model::Value> ValuesOf(const Record& record) {
  return {record.values.begin() + model::kSystemFieldCount, record.values.end()};
}

TEST_CASE_FIXTURE(RecordFixture, "undoing the last change brings the exact record back") {
  const Record made = Make(
      "opportunity", R"({"name":"Press","amount":"10.5","close_date":"2026-01-02","tags":["x"]})");
  const char* patches[] = {R"({"amount":null})", R"({"name":"Pump","amount":"3","tags":["y","x"]})",
                           R"({"close_date":null,"description":"two\nlines"})"};
  for (const char* patch : patches) {
    const Record before = Now("opportunity", made.id());
    Change("opportunity", made.id(), patch);
    const auto undone = UndoChange(crm, system, Of("opportunity"), made.id(),
                                   Newest("opportunity", made.id()), false);
    REQUIRE(undone.ok());
    CHECK(ValuesOf(**undone) == ValuesOf(before));
    Change("opportunity", made.id(), patch);
  }
}

TEST_CASE_FIXTURE(RecordFixture, "an undo does not run over later changes unless it is told to") {
  const Record made = Make("account", R"({"name":"A","industry":"one"})");
  Change("account", made.id(), R"({"name":"B","industry":"two"})");
  const store::Sequence change = Newest("account", made.id());
  Change("account", made.id(), R"({"industry":"three"})");
  const auto undo = [&](bool force) {
    return UndoChange(crm, system, Of("account"), made.id(), change, force);
  };
  const auto refused = undo(false);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::kConflict);
  REQUIRE(refused.error().fields.size() == 1);
  CHECK(refused.error().fields[0].field == "/industry");
  CHECK(TextNow("account", made.id(), "name") == "B");
  REQUIRE(undo(true).ok());
  CHECK(TextNow("account", made.id(), "name") == "A");
  CHECK(TextNow("account", made.id(), "industry") == "one");
  CHECK(UndoChange(crm, system, Of("account"), made.id(), 999'999, false).error().kind ==
        ErrorKind::kNotFound);
}

TEST_CASE_FIXTURE(RecordFixture, "creates and deletes are undone too") {
  const Record made = Make("account", R"({"name":"A"})");
  const store::Sequence create = Newest("account", made.id());
  Delete("account", made.id());
  const store::Sequence removal = Newest("account", made.id());
  CHECK(UndoChange(crm, system, Of("account"), made.id(), create, true).error().kind ==
        ErrorKind::kConflict);  // it is gone
  const auto restored = UndoChange(crm, system, Of("account"), made.id(), removal, false);
  REQUIRE(restored.ok());
  CHECK(TextNow("account", made.id(), "name") == "A");
  CHECK(History("account", made.id()).entries[0].restores);
  CHECK_FALSE(History("account", made.id()).entries[2].restores);
  Change("account", made.id(), R"({"name":"B"})");
  const auto refused = UndoChange(crm, system, Of("account"), made.id(), create, false);
  CHECK(refused.error().fields.at(0).field == "/name");
  const auto undone = UndoChange(crm, system, Of("account"), made.id(), create, true);
  REQUIRE(undone.ok());
  CHECK_FALSE(undone->has_value());
  CHECK_FALSE(IsThere("account", made.id()));
}

TEST_CASE_FIXTURE(RecordFixture, "an undo asks for the permissions of an edit") {
  const Caller viewer = Somebody("viewer");
  const Record made = Make("account", R"({"name":"A"})");
  Change("account", made.id(), R"({"name":"B"})");
  CHECK(UndoChange(crm, viewer, Of("account"), made.id(), Newest("account", made.id()), false)
            .error()
            .kind == ErrorKind::kForbidden);
  // What was pointed to meanwhile went away: the undo is refused as any edit would be.
  const Record parent = Make("account", R"({"name":"Parent"})");
  Change("account", made.id(), Json::Object({{"parent_id", parent.id().ToString()}}));
  Change("account", made.id(), R"({"parent_id":null})");
  const store::Sequence change = Newest("account", made.id());
  Delete("account", parent.id());
  CHECK(
      UndoChange(crm, system, Of("account"), made.id(), change, false).error().fields.at(0).code ==
      "not_found");
}

TEST_CASE_FIXTURE(RecordFixture, "administrators read everything that happened, page by page") {
  const Caller member = Somebody("member");
  const Record first = Make("account", R"({"name":"A"})");
  Make("contact", R"({"last_name":"Roe"})");
  Delete("account", first.id());
  CHECK(ListLog(crm, member, nullptr, 10, "").error().kind == ErrorKind::kForbidden);
  const LogPage page = ListLog(crm, system, nullptr, 2, "").value();
  REQUIRE(page.entries.size() == 2);
  CHECK(page.entries[0].entry.change.operation == store::Operation::kDelete);
  CHECK(page.entries[0].title == "A");
  CHECK(page.entries[1].title == "Roe");
  const LogPage next = ListLog(crm, system, nullptr, 2, page.next_page_token).value();
  REQUIRE(next.entries.size() == 2);
  CHECK(next.entries[0].title.empty());  // gone; the entry is its creation
  CHECK(ListLog(crm, system, &Of("account"), 10, "")->entries.size() == 2);
  CHECK(ListLog(crm, system, &Of("account"), 2, page.next_page_token).error().fields[0].code ==
        "invalid_page_token");
}

}  // namespace
}  // namespace boathouse::crm
