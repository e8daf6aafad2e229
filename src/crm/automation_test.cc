#include "crm/automation.h"

#include "base/temp_folder.h"
#include "crm/webhook_queue.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace boathouse::crm {
namespace {

struct Fixture {
  TempFolder folder;
  ManualClock clock{1'700'000'000'000'000};
  IdSource ids{clock, 1};
  std::unique_ptr<store::Store> store =
      std::move(store::Store::Open({folder / "r.sqlite", model::Model::Standard(), &clock, 4}))
          .value();
  Crm crm{*store, clock, ids, "secret"};
  Automations automations{*store, crm, clock, ids};
  Caller system{auth::Principal::System(), "test"};

  const model::Object& Object(std::string_view name) { return *crm.model()->Find(name); }
  Json Parse(std::string_view text) {
    Result<Json> json = Json::Parse(text);
    REQUIRE(json.ok());
    return std::move(json).value();
  }
  std::string Add(std::string_view definition) {
    const Result<Automation> made = automations.Create(system, Parse(definition));
    if (!made.ok()) FAIL(made.error().message);
    return made->id;
  }
  Error Refused(std::string_view definition) {
    const Result<Automation> made = automations.Create(system, Parse(definition));
    REQUIRE_FALSE(made.ok());
    return made.error();
  }
  model::Record Make(std::string_view object, std::string_view fields) {
    Result<model::Record> made = crm.Create(system, Object(object), Parse(fields));
    if (!made.ok()) FAIL(made.error().message);
    return std::move(made).value();
  }
  model::Record Change(std::string_view object, const Id& id, std::string_view fields) {
    Result<model::Record> changed =
        crm.Update(system, Object(object), id, Parse(fields), std::nullopt);
    if (!changed.ok()) FAIL(changed.error().message);
    return std::move(changed).value();
  }
  std::string Text(std::string_view object, const Id& id, std::string_view field) {
    const Result<model::Record> record = crm.Get(system, Object(object), id);
    REQUIRE(record.ok());
    return model::ToText(record->At(*Object(object).IndexOf(field)));
  }
  std::vector<model::Record> All(std::string_view object) {
    Result<ListPage> page = crm.List(system, Object(object), {});
    REQUIRE(page.ok());
    return page->records;
  }
  std::vector<AutomationRun> Runs(std::string_view automation = {}) {
    Result<std::vector<AutomationRun>> runs = automations.Runs(system, automation, "", 100);
    REQUIRE(runs.ok());
    return std::move(runs).value();
  }
};

TEST_CASE_FIXTURE(Fixture,
                  "fields are set when a record begins to meet the condition, and only then") {
  Add(R"({"name": "Hot", "object": "account", "condition": "annual_revenue >= 1000",
          "actions": [{"set": {"rating": "hot", "description": "{{name}} since {{today}}"}}]})");
  const Id small = Make("account", R"({"name": "Small", "annual_revenue": "10"})").id();
  CHECK(Text("account", small, "rating") == "");
  Change("account", small, R"({"annual_revenue": "1000"})");
  CHECK(Text("account", small, "rating") == "hot");
  CHECK(Text("account", small, "description") == "Small since 2023-11-14");
  // It meets the condition still: what a person sets stays.
  Change("account", small, R"({"rating": "cold"})");
  CHECK(Text("account", small, "rating") == "cold");
  const Id big = Make("account", R"({"name": "Big", "annual_revenue": "5000"})").id();
  CHECK(Text("account", big, "rating") == "hot");
}

TEST_CASE_FIXTURE(Fixture, "what an automation does stands in the history under its own surface") {
  Add(R"({"name": "Hot", "object": "account", "actions": [{"set": {"rating": "hot"}}]})");
  const Id id = Make("account", R"({"name": "Acme"})").id();
  const Result<HistoryPage> history = crm.History(system, Object("account"), id, 10, "");
  REQUIRE(history.ok());
  REQUIRE(history->entries.size() == 2);
  CHECK(history->entries[0].change.surface == "automation");
  CHECK(history->entries[1].change.surface == "test");
}

TEST_CASE_FIXTURE(Fixture, "named fields must change, or each update counts when it is told so") {
  Add(R"({"name": "A", "object": "account", "on": ["update"], "changed": ["industry"],
          "actions": [{"create_activity": {"subject": "Look at {{industry}}"}}]})");
  Add(R"({"name": "B", "object": "account", "on": ["update"], "condition": "rating = \"hot\"",
          "every_time": true, "actions": [{"create_activity": {"subject": "Hot again"}}]})");
  const Id id = Make("account", R"({"name": "Acme", "rating": "hot"})").id();
  CHECK(All("activity").empty());
  Change("account", id, R"({"industry": "tools"})");
  Change("account", id, R"({"phone": "+1 216 555 0100"})");
  std::vector<std::string> subjects;
  for (const model::Record& activity : All("activity")) {
    subjects.push_back(model::ToText(activity.At(*Object("activity").IndexOf("subject"))));
    CHECK(activity.At(*Object("activity").IndexOf("account_id")) == model::Value(id));
  }
  std::sort(subjects.begin(), subjects.end());
  CHECK(subjects == std::vector<std::string>{"Hot again", "Hot again", "Look at tools"});
}

TEST_CASE_FIXTURE(Fixture, "an activity is due in days and belongs to the record's owner") {
  const std::string user =
      Make("user", R"({"name": "Ann", "email": "ann@acme.test"})").id().ToString();
  Add(R"({"name": "Call", "object": "lead", "on": ["create"],
          "actions": [{"create_activity": {"type": "call", "subject": "Call {{name}}",
                                           "due_in_days": 2}}]})");
  Make("lead", R"({"last_name": "Roe", "first_name": "Jane", "company": "Acme", "owner_id": ")" +
                   user + "\"}");
  const std::vector<model::Record> activities = All("activity");
  REQUIRE(activities.size() == 1);
  const model::Object& activity = Object("activity");
  const auto value = [&](const char* field) {
    return model::ToText(activities[0].At(*activity.IndexOf(field)));
  };
  CHECK(value("subject") == "Call Jane Roe");
  CHECK(value("type") == "call");
  CHECK(value("owner_id") == user);
  CHECK(value("due_at") == FormatDateTime(clock.Now() + 2LL * 24 * 3600 * 1'000'000));
}

TEST_CASE_FIXTURE(Fixture, "records are given out in turn to those who are active") {
  const auto user = [&](const char* name) {
    return Make("user", std::string(R"({"name": ")") + name + "\"}").id();
  };
  const Id ann = user("Ann");
  const Id bob = user("Bob");
  const Id cid = user("Cid");
  Add(R"({"name": "Turns", "object": "lead", "on": ["create"], "actions": [{"assign": {"round_robin": [")" +
      ann.ToString() + "\", \"" + bob.ToString() + "\", \"" + cid.ToString() + "\"]}}]}");
  Change("user", bob, R"({"is_active": false})");
  std::vector<std::string> owners;
  for (int i = 0; i < 4; ++i) {
    const Id lead = Make("lead", R"({"last_name": "Roe", "company": "Acme"})").id();
    owners.push_back(Text("lead", lead, "owner_id"));
  }
  CHECK(owners ==
        std::vector<std::string>{ann.ToString(), cid.ToString(), ann.ToString(), cid.ToString()});
}

TEST_CASE_FIXTURE(Fixture, "automations that set each other off end, and the log says so") {
  Add(R"({"name": "Ping", "object": "account", "every_time": true, "on": ["update"],
          "condition": "rating = \"hot\"", "actions": [{"set": {"rating": "cold"}}]})");
  Add(R"({"name": "Pong", "object": "account", "every_time": true, "on": ["update"],
          "condition": "rating = \"cold\"", "actions": [{"set": {"rating": "hot"}}]})");
  const Id id = Make("account", R"({"name": "Acme"})").id();
  Change("account", id, R"({"rating": "hot"})");
  int skipped = 0;
  for (const AutomationRun& run : Runs()) skipped += run.entry["outcome"].AsString() == "skipped";
  CHECK(skipped >= 1);
  // The next edit works as any other.
  Change("account", id, R"({"industry": "tools"})");
}

TEST_CASE_FIXTURE(Fixture,
                  "a failing action refuses the edit, names the automation and is logged") {
  const std::string user = Make("user", R"({"name": "Ann"})").id().ToString();
  const std::string id = Add(
      R"({"name": "Give to Ann", "object": "account", "on": ["create"], "actions": [
          {"set": {"rating": "hot"}}, {"assign": {"owner_id": ")" +
      user + "\"}}]}");
  REQUIRE(crm.Delete(system, Object("user"), *Id::Parse(user), std::nullopt).ok());
  const Result<model::Record> made =
      crm.Create(system, Object("account"), Parse(R"({"name": "Acme"})"));
  REQUIRE_FALSE(made.ok());
  CHECK(made.error().kind == ErrorKind::kConflict);
  CHECK(made.error().message.find("Give to Ann") != std::string::npos);
  CHECK(made.error().fields.empty());
  CHECK(All("account").empty());
  const std::vector<AutomationRun> runs = Runs(id);
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].entry["outcome"].AsString() == "failed");
  CHECK(runs[0].entry["error"].AsString().find(user) != std::string_view::npos);
  CHECK(runs[0].entry["actions"] == Json::Array({"set"}));
}

TEST_CASE_FIXTURE(Fixture, "a webhook is called with the record once the edit is committed") {
  const std::string hook = ids.Next().ToString();
  REQUIRE(store
              ->Write([&](store::Transaction& transaction) {
                return transaction.PutDocument(webhook_collection, hook, Json::Object());
              })
              .ok());
  const std::string id = Add(R"({"name": "Tell", "object": "account", "actions": [
      {"call_webhook": {"webhook_id": ")" +
                             hook + "\"}}]}");
  Make("account", R"({"name": "Acme"})");
  const auto queued = store->Read().value()->ListDocuments(WebhookQueue(hook));
  REQUIRE(queued.ok());
  REQUIRE(queued->size() == 1);
  const Json& event = queued->at(0).second;
  CHECK(event["type"].AsString() == "automation.fired");
  CHECK(event["automation_id"].AsString() == id);
  CHECK(event["record"]["name"].AsString() == "Acme");
}

TEST_CASE_FIXTURE(Fixture, "they run by position, and what is switched off does not") {
  const std::string second =
      Add(R"({"name": "Second", "object": "account", "position": 2, "on": ["create"],
              "actions": [{"set": {"description": "{{description}}2"}}]})");
  Add(R"({"name": "First", "object": "account", "position": 1, "on": ["create"],
          "actions": [{"set": {"description": "{{description}}1"}}]})");
  const Id both = Make("account", R"({"name": "Acme"})").id();
  CHECK(Text("account", both, "description") == "12");
  REQUIRE(automations.Update(system, second, Parse(R"({"is_active": false})")).ok());
  CHECK(Text("account", Make("account", R"({"name": "Bolt"})").id(), "description") == "1");
  REQUIRE(automations.Remove(system, second).ok());
  CHECK(automations.Get(system, second).error().kind == ErrorKind::kNotFound);
  const Result<std::vector<Automation>> left = automations.List(system);
  REQUIRE(left.ok());
  CHECK(left->size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "the log keeps the newest runs, page by page") {
  const std::string id =
      Add(R"({"name": "Note", "object": "account", "actions": [{"set": {"rating": "hot"}}]})");
  for (int i = 0; i < 5; ++i) Make("account", R"({"name": "Acme"})");
  const auto first = automations.Runs(system, id, "", 3);
  REQUIRE(first.ok());
  REQUIRE(first->size() == 3);
  const auto rest = automations.Runs(system, id, first->back().id, 3);
  REQUIRE(rest.ok());
  CHECK(rest->size() == 2);
  CHECK(automations.Runs(system, "", "", 0).error().fields.at(0).field == "page_size");
}

TEST_CASE_FIXTURE(Fixture, "a definition that cannot work is refused at the member that is wrong") {
  const auto field = [&](std::string_view definition) {
    return Refused(definition).fields.at(0).field;
  };
  CHECK(field("[]") == "/");
  CHECK(field("{}") == "/name");
  CHECK(field(R"({"name": "", "object": "account"})") == "/name");
  CHECK(field(R"({"name": "X", "object": "ship"})") == "/object");
  CHECK(field(R"({"name": "X", "object": "account"})") == "/actions");
  CHECK(field(R"({"name": "X", "object": "account", "colour": 1})") == "/colour");
  CHECK(field(R"({"name": "X", "object": "account", "on": ["delete"]})") == "/on/0");
  CHECK(field(R"({"name": "X", "object": "account", "on": []})") == "/on");
  CHECK(field(R"({"name": "X", "object": "account", "on": "create"})") == "/on");
  CHECK(field(R"({"name": "X", "object": "account", "condition": "nome = 1"})") == "/condition");
  CHECK(field(R"({"name": "X", "object": "account", "changed": ["nome"]})") == "/changed/0");
  CHECK(field(R"({"name": "X", "object": "account", "position": -1})") == "/position");
  const auto action = [&](const std::string& text) {
    return field(R"({"name": "X", "object": "account", "actions": [)" + text + "]}");
  };
  CHECK(action("{}") == "/actions/0");
  CHECK(action(R"({"fly": {}})") == "/actions/0/fly");
  CHECK(action(R"({"set": {}})") == "/actions/0/set");
  CHECK(action(R"({"set": {"nome": "x"}})") == "/actions/0/set/nome");
  CHECK(action(R"({"set": {"version": 3}})") == "/actions/0/set/version");
  CHECK(action(R"({"set": {"rating": "boiling"}})") == "/actions/0/set/rating");
  CHECK(action(R"({"set": {"name": "{{nome}}"}})") == "/actions/0/set/name");
  CHECK(action(R"({"set": {"name": "{{name"}})") == "/actions/0/set/name");
  CHECK(action(R"({"assign": {}})") == "/actions/0/assign");
  CHECK(action(R"({"assign": {"owner_id": "ann"}})") == "/actions/0/assign/owner_id");
  CHECK(action(R"({"assign": {"round_robin": []}})") == "/actions/0/assign/round_robin");
  CHECK(action(R"({"create_activity": {"type": "call"}})") == "/actions/0/create_activity/subject");
  CHECK(action(R"({"create_activity": {"subject": "x", "due_in_days": -1}})") ==
        "/actions/0/create_activity/due_in_days");
  CHECK(action(R"({"call_webhook": {}})") == "/actions/0/call_webhook/webhook_id");
}

TEST_CASE_FIXTURE(Fixture, "automations belong to administrators") {
  Caller member = system;
  member.principal.is_system = false;
  member.principal.role = "member";
  CHECK(automations.List(member).error().kind == ErrorKind::kForbidden);
  CHECK(automations.Create(member, Json::Object()).error().kind == ErrorKind::kForbidden);
  CHECK(automations.Runs(member, "", "", 10).error().kind == ErrorKind::kForbidden);
  CHECK(automations.Remove(member, "x").error().kind == ErrorKind::kForbidden);
}

}  // namespace
}  // namespace boathouse::crm
