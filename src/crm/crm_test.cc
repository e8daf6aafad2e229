#include "crm/crm.h"

#include "base/temp_folder.h"

#include <doctest/doctest.h>

#include <set>

namespace boathouse::crm {
namespace {

using model::Object;
using model::Record;

struct Fixture {
  TempFolder folder;
  ManualClock clock{1'700'000'000'000'000};
  IdSource ids{clock, 1};
  std::shared_ptr<const model::Model> model = model::Model::Standard();
  std::unique_ptr<store::Store> store =
      std::move(store::Store::Open({folder / "r.sqlite", model, &clock, 4})).value();
  Crm crm{*store, clock, ids, "secret"};
  Caller system{auth::Principal::System(), "test"};
  const Object& account = *model->Find("account");
  const Object& contact = *model->Find("contact");
  const Object& user = *model->Find("user");

  Caller As(const std::string& role) {
    Caller caller{auth::Principal{}, "rest"};
    caller.principal.user = Make(user, R"({"name":"Somebody"})").id();
    caller.principal.role = role;
    return caller;
  }
  Record Make(const Object& object, const char* json) {
    Result<Record> record = crm.Create(system, object, *Json::Parse(json));
    if (!record.ok()) FAIL(record.error().message);
    return *record;
  }
  Error Refused(const Object& object, const char* json) {
    const Result<Record> record = crm.Create(system, object, *Json::Parse(json));
    REQUIRE_FALSE(record.ok());
    return record.error();
  }
  std::string Text(const Object& object, const Record& record, const char* field) {
    return model::ToText(record.At(*object.IndexOf(field)));
  }
};

TEST_CASE_FIXTURE(Fixture, "what is wrong with an input is said all at once, field by field") {
  const Error error = Refused(
      account,
      R"({"nam":"x","annual_revenue":"much","version":3,"territory_id":"0190a5f2-1c3d-7abc-8def-0123456789ab"})");
  CHECK(error.kind == ErrorKind::kInvalid);
  std::set<std::string> seen;
  for (const FieldError& field : error.fields) seen.insert(field.field + " " + field.code);
  CHECK(seen == std::set<std::string>{"/nam unknown_field", "/annual_revenue wrong_format",
                                      "/version read_only", "/name required",
                                      "/territory_id not_found"});
  CHECK(error.fields[0].detail.find("did you mean \"name\"?") != std::string::npos);
  CHECK(Refused(account, "[]").fields[0].code == "wrong_type");
  CHECK(store->committed() == 0);
}

TEST_CASE_FIXTURE(Fixture, "defaults, derived names and the owner are filled in") {
  const Caller member = As(auth::member_role);
  const Result<Record> lead =
      crm.Create(system, *model->Find("lead"),
                 *Json::Parse(R"({"first_name":"Jo","last_name":"Roe","company":"X"})"));
  REQUIRE(lead.ok());
  CHECK(Text(*model->Find("lead"), *lead, "name") == "Jo Roe");
  CHECK(Text(*model->Find("lead"), *lead, "status") == "new");
  const Record renamed = crm.Update(system, *model->Find("lead"), lead->id(),
                                    *Json::Parse(R"({"first_name":null})"), 1)
                             .value();
  CHECK(Text(*model->Find("lead"), renamed, "name") == "Roe");
  CHECK(Refused(*model->Find("lead"), R"({"name":"Jo","last_name":"Roe","company":"X"})")
            .fields[0]
            .code == "read_only");
  const Record owned = crm.Create(member, account, *Json::Parse(R"({"name":"Mine"})")).value();
  CHECK(Text(account, owned, "owner_id") == member.principal.user.ToString());
  CHECK(Text(account, owned, "created_by") == member.principal.user.ToString());
}

TEST_CASE_FIXTURE(Fixture, "a patch changes what it names; a stale version is refused") {
  const Record made = Make(account, R"({"name":"Acme","industry":"retail"})");
  const Record patched =
      crm.Update(system, account, made.id(), *Json::Parse(R"({"industry":null})"), 1).value();
  CHECK(patched.version() == 2);
  CHECK(Text(account, patched, "name") == "Acme");
  CHECK(Text(account, patched, "industry").empty());
  const auto stale = crm.Update(system, account, made.id(), *Json::Parse(R"({"name":"B"})"), 1);
  CHECK(stale.error().kind == ErrorKind::kConflict);
  CHECK(crm.Update(system, account, made.id(), *Json::Parse(R"({"name":null})"), {})
            .error()
            .fields[0]
            .code == "required");
  CHECK(crm.Update(system, account, ids.Next(), *Json::Parse("{}"), {}).error().kind ==
        ErrorKind::kNotFound);
  CHECK(crm.Update(system, account, made.id(), *Json::Parse("{}"), {})->version() == 2);
}

TEST_CASE_FIXTURE(Fixture, "hierarchies cannot be cyclic") {
  const Record top = Make(account, R"({"name":"Top"})");
  const auto under = [&](const Record& child, const Record& parent) {
    Json patch = Json::Object({{"parent_id", parent.id().ToString()}});
    return crm.Update(system, account, child.id(), patch, {});
  };
  const Record middle = Make(account, R"({"name":"Middle"})");
  const Record low = Make(account, R"({"name":"Low"})");
  REQUIRE(under(middle, top).ok());
  REQUIRE(under(low, middle).ok());
  CHECK(under(top, low).error().fields[0].code == "cycle");
  CHECK(under(top, top).error().fields[0].code == "cycle");
}

TEST_CASE_FIXTURE(Fixture,
                  "deleting a record empties what pointed to it, in the same transaction") {
  const Record acme = Make(account, R"({"name":"Acme"})");
  const std::string link = R"({"last_name":"Roe","account_id":")" + acme.id().ToString() + "\"}";
  const Record roe = Make(contact, link.c_str());
  const store::Sequence before = store->committed();
  CHECK(crm.Delete(system, account, acme.id(), 7).error().kind == ErrorKind::kConflict);
  REQUIRE(crm.Delete(system, account, acme.id(), 1).ok());
  CHECK(store->committed() == before + 2);
  CHECK(Text(contact, crm.Get(system, contact, roe.id()).value(), "account_id").empty());
  CHECK(crm.Get(system, account, acme.id()).error().kind == ErrorKind::kNotFound);
  CHECK(crm.Delete(system, account, acme.id(), {}).error().kind == ErrorKind::kNotFound);
  // The history outlives the record.
  CHECK(crm.History(system, account, acme.id(), 10, "")->entries.size() == 2);
}

TEST_CASE_FIXTURE(Fixture,
                  "roles: viewers read, members write all but users, administrators everything") {
  const Record acme = Make(account, R"({"name":"Acme"})");
  const Json fields = *Json::Parse(R"({"name":"X"})");
  const Caller viewer = As(auth::viewer_role);
  const Caller member = As(auth::member_role);
  const Caller admin = As(auth::admin_role);
  CHECK(crm.Get(viewer, account, acme.id()).ok());
  CHECK(crm.Create(viewer, account, fields).error().kind == ErrorKind::kForbidden);
  CHECK(crm.Update(viewer, account, acme.id(), fields, {}).error().kind == ErrorKind::kForbidden);
  CHECK(crm.Delete(viewer, account, acme.id(), {}).error().kind == ErrorKind::kForbidden);
  CHECK(crm.BatchCreate(viewer, account, {fields}).error().kind == ErrorKind::kForbidden);
  CHECK(crm.Update(member, account, acme.id(), fields, {}).ok());
  CHECK(crm.Create(member, user, fields).error().kind == ErrorKind::kForbidden);
  CHECK(crm.Create(admin, user, fields).ok());
  CHECK(crm.Delete(admin, user, admin.principal.user, {}).error().kind == ErrorKind::kForbidden);
}

TEST_CASE_FIXTURE(Fixture, "a batch is created whole or not at all") {
  const JsonArray items = {*Json::Parse(R"({"name":"A"})"),
                           *Json::Parse(R"({"name":"B","type":"x"})")};
  const auto failed = crm.BatchCreate(system, account, items);
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().fields[0].field == "/items/1/type");
  CHECK(crm.List(system, account, {})->records.empty());
  CHECK(crm.BatchCreate(system, account, {}).error().fields[0].field == "/items");
  CHECK(crm.BatchCreate(system, account, JsonArray(batch_records_max + 1)).error().fields[0].code ==
        "out_of_range");
  CHECK(crm.BatchCreate(system, account, {items[0], items[0]})->size() == 2);
  const Object& product = *model->Find("product");
  const auto clash = crm.BatchCreate(
      system, product, {*Json::Parse(R"({"name":"P"})"), *Json::Parse(R"({"name":"P"})")});
  CHECK(clash.error().kind == ErrorKind::kConflict);
  CHECK(clash.error().fields[0].field == "/items/1/name");
}

TEST_CASE_FIXTURE(Fixture, "pages follow each other while records come and go") {
  for (int i = 0; i < 30; ++i) {
    Make(account, ("{\"name\":\"" + std::string(1, static_cast<char>('a' + i % 26)) +
                   std::to_string(i) + "\"}")
                      .c_str());
  }
  ListRequest request;
  request.order_by = "name desc";
  request.page_size = 7;
  request.include_total = true;
  std::vector<std::string> names;
  for (int pages = 0; pages < 10; ++pages) {
    const ListPage page = crm.List(system, account, request).value();
    for (const Record& record : page.records) names.push_back(Text(account, record, "name"));
    if (page.next_page_token.empty()) break;
    request.page_token = page.next_page_token;
    // Neither a new first record nor the loss of one already seen moves what is still to come.
    if (pages == 0) {
      CHECK(page.total_size == 30);
      Make(account, R"({"name":"zzz"})");
      REQUIRE(crm.Delete(system, account, page.records[2].id(), {}).ok());
    }
  }
  CHECK(names.size() == 30);
  CHECK(std::is_sorted(names.rbegin(), names.rend()));
  request.filter = "name = a0";
  CHECK(crm.List(system, account, request).error().fields[0].field == "page_token");
  request.page_token.clear();
  CHECK(crm.List(system, account, request)->records.size() == 1);
  request.page_size = 0;
  CHECK(crm.List(system, account, request).error().fields[0].field == "page_size");
  request.page_size = page_size_max + 1;
  CHECK_FALSE(crm.List(system, account, request).ok());
}

TEST_CASE_FIXTURE(Fixture, "one box finds records of every object, names first") {
  Make(account, R"({"name":"Lakeside Foods","description":"sells to Cleveland"})");
  Make(*model->Find("territory"), R"({"name":"Cleveland"})");
  Make(contact, R"({"last_name":"Cleveland","email":"gc@example.com"})");
  const auto hits = crm.Search(system, "clev", {}, 10).value();
  REQUIRE(hits.size() == 3);
  CHECK(hits[0].title == "Cleveland");
  CHECK(hits[2].title == "Lakeside Foods");
  CHECK(crm.Search(system, "clev", {&contact}, 10)->at(0).subtitle == "gc@example.com");
  CHECK(crm.Search(system, "clev", {}, 1)->size() == 1);
  CHECK(crm.Search(system, "clev", {&contact, &contact}, 10)->size() ==
        1);  // named twice, looked at once
  CHECK(crm.Search(system, "  ", {}, 1).error().fields[0].field == "q");
  CHECK_FALSE(crm.Search(system, std::string(search_chars_max + 1, 'a'), {}, 1).ok());
  ListRequest request;
  request.text = "lake food";
  CHECK(crm.List(system, account, request)->records.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "history names who did what, page by page") {
  const Record rep = Make(user, R"({"name":"Rep Ortega"})");
  Caller caller = As(auth::member_role);
  caller.principal.user = rep.id();
  const Record acme = crm.Create(caller, account, *Json::Parse(R"({"name":"Acme"})")).value();
  REQUIRE(crm.Update(system, account, acme.id(), *Json::Parse(R"({"name":"Acme Inc"})"), {}).ok());
  const HistoryPage first = crm.History(caller, account, acme.id(), 1, "").value();
  CHECK(first.entries.at(0).actor_name == "System");
  CHECK(first.entries.at(0).change.changes.Dump() == R"({"name":["Acme","Acme Inc"]})");
  const HistoryPage second =
      crm.History(caller, account, acme.id(), 1, first.next_page_token).value();
  CHECK(second.entries.at(0).actor_name == "Rep Ortega");
  CHECK(second.next_page_token.empty());
  CHECK(crm.History(caller, account, ids.Next(), 1, "").error().kind == ErrorKind::kNotFound);
  CHECK(crm.History(caller, contact, acme.id(), 1, first.next_page_token).error().fields[0].field ==
        "page_token");
}

TEST_CASE_FIXTURE(Fixture, "titles of related records come in one go") {
  const Record territory = Make(*model->Find("territory"), R"({"name":"Cleveland"})");
  const std::string json = R"({"name":"A","territory_id":")" + territory.id().ToString() + "\"}";
  const Record a = Make(account, json.c_str());
  const auto titles =
      crm.RelatedTitles(system, account, {a, a},
                        {*account.IndexOf("territory_id"), *account.IndexOf("parent_id")})
          .value();
  REQUIRE(titles.size() == 1);
  CHECK(titles[0].first == territory.id());
  CHECK(titles[0].second.title == "Cleveland");
  CHECK(crm.FindObject("accounts").value() == &account);
  CHECK(crm.FindObject("nothing").error().message.find("opportunities") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture,
                  "custom fields and objects are filtered, sorted, searched and kept in history") {
  const Json add_field = *Json::Parse(
      R"({"add_field":{"object":"account","field":{"name":"segment","type":"text","searchable":true}}})");
  CHECK(crm.ChangeModel(As(auth::member_role), add_field).error().kind == ErrorKind::kForbidden);
  REQUIRE(crm.ChangeModel(system, add_field).ok());
  REQUIRE(
      crm.ChangeModel(system, *Json::Parse(R"({"add_object":{"name":"machine","plural":"machines",
      "fields":[{"name":"account_id","type":"relation","relation":{"object":"account"}}]}})"))
          .ok());
  const Object& wider = *crm.FindObject("accounts").value();
  const Object& machine = *crm.FindObject("machines").value();
  const Record acme = Make(wider, R"({"name":"Acme","segment":"Foundries"})");
  Make(wider, R"({"name":"Beta","segment":"Bakeries"})");
  ListRequest request;
  request.filter = "segment:* AND segment != \"x\"";
  request.order_by = "segment";
  const ListPage page = crm.List(system, wider, request).value();
  REQUIRE(page.records.size() == 2);
  CHECK(Text(wider, page.records[1], "segment") == "Foundries");
  CHECK(crm.Search(system, "foundr", {}, 5)->at(0).title == "Acme");
  CHECK(crm.History(system, wider, acme.id(), 1, "")->entries[0].change.changes["segment"].Dump() ==
        R"([null,"Foundries"])");
  // Deleting an account also empties the relation that was made a moment ago.
  const std::string link = R"({"name":"Press","account_id":")" + acme.id().ToString() + "\"}";
  const Record press = Make(machine, link.c_str());
  REQUIRE(crm.Delete(system, wider, acme.id(), {}).ok());
  CHECK(Text(machine, crm.Get(system, machine, press.id()).value(), "account_id").empty());
}

TEST_CASE_FIXTURE(Fixture, "what a required relation points to cannot be deleted") {
  REQUIRE(crm.ChangeModel(system, *Json::Parse(R"({"add_object":{"name":"visit","plural":"visits",
      "fields":[{"name":"account_id","type":"relation","required":true,"relation":{"object":"account"}}]}})"))
              .ok());
  const Object& visit = *crm.FindObject("visits").value();
  const Object& accounts = *crm.FindObject("accounts").value();
  const Record acme = Make(accounts, R"({"name":"Acme"})");
  const std::string link = R"({"name":"Tuesday","account_id":")" + acme.id().ToString() + "\"}";
  const Record tuesday = Make(visit, link.c_str());
  const Status refused = crm.Delete(system, accounts, acme.id(), {});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::kConflict);
  CHECK(refused.error().message.find("account_id") != std::string::npos);
  REQUIRE(crm.Delete(system, visit, tuesday.id(), {}).ok());
  CHECK(crm.Delete(system, accounts, acme.id(), {}).ok());
}

}  // namespace
}  // namespace boathouse::crm
