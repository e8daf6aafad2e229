#include "crm/duplicates.h"

#include <set>

#include "crm/import.h"
#include "crm/permission.h"
#include "crm/record_fixture.h"

namespace boathouse::crm {
namespace {

using Record = model::Record;

struct DuplicatesFixture : RecordFixture {
  CheckedCreate Create(std::string_view object, const char* fields) {
    clock.Advance(1000);
    Result<CheckedCreate> made = CreateChecked(crm, system, Of(object), *Json::Parse(fields));
    if (!made.ok()) FAIL(made.error().message);
    return std::move(*made);
  }
  std::set<Id> Of(const std::vector<Duplicate>& duplicates) {
    std::set<Id> ids_of;
    for (const Duplicate& each : duplicates) ids_of.insert(each.id.value_or(Id{}));
    return ids_of;
  }
  using RecordFixture::Of;
  std::set<Id> Found(std::string_view object, const Id& id) {
    return Of(DuplicatesOf(crm, system, Of(object), id).value());
  }
  DuplicateRule AddRule(const char* json) {
    Result<DuplicateRule> rule = AddDuplicateRule(crm, system, *Json::Parse(json));
    if (!rule.ok()) FAIL(rule.error().message);
    return std::move(*rule);
  }
};

TEST_CASE_FIXTURE(DuplicatesFixture, "creating a record tells what it looks like") {
  const CheckedCreate acme =
      Create("account", R"({"name":"Acme, Inc.","website":"https://acme.com"})");
  CHECK(acme.duplicates.empty());
  const CheckedCreate same = Create("account", R"({"name":"The ACME Company"})");
  REQUIRE(same.duplicates.size() == 1);
  CHECK(same.duplicates[0].id == acme.record.id());
  CHECK(DuplicatesOf(crm, system, Of("account"), same.record.id())->at(0).title == "Acme, Inc.");
  CHECK(same.duplicates[0].rules == std::vector<std::string>{"account-name"});
  const CheckedCreate site =
      Create("account", R"({"name":"Other","website":"http://shop.acme.com/x"})");
  CHECK(Of(site.duplicates) == std::set<Id>{acme.record.id()});
  CHECK(Create("account", R"({"name":"Globex"})").duplicates.empty());
}

TEST_CASE_FIXTURE(DuplicatesFixture, "e-mail addresses match however they are written") {
  const Id plain = Create("contact", R"({"last_name":"A","email":"jo.roe@gmail.com"})").record.id();
  const Id tagged =
      Create("contact", R"({"last_name":"B","email":"joroe+crm@gmail.com"})").record.id();
  const Id key = Create("contact", R"({"last_name":"C","email":"joroe@gmail.com"})").record.id();
  const Id other = Create("contact", R"({"last_name":"D","email":"roe@gmail.com"})").record.id();
  CHECK(Found("contact", plain) == std::set<Id>{tagged, key});
  CHECK(Found("contact", tagged) == std::set<Id>{plain, key});
  CHECK(Found("contact", key) == std::set<Id>{plain, tagged});
  CHECK(Found("contact", other).empty());
  // A changed address counts from then on.
  Change("contact", key, R"({"email":"ro.e@googlemail.com"})");
  CHECK(Found("contact", other) == std::set<Id>{key});
  CHECK(Found("contact", plain) == std::set<Id>{tagged});
}

TEST_CASE_FIXTURE(DuplicatesFixture, "all fields of a rule must agree, and none may be empty") {
  REQUIRE(ChangeDuplicateRule(crm, system, "contact-phone", *Json::Parse(R"({"is_active":true})"))
              .ok());
  const Id roe = Create("contact", R"({"last_name":"Roe","phone":"+1 216 555 0134"})").record.id();
  CHECK(Of(Create("contact", R"({"last_name":"ROE","phone":"(216) 555-0134"})").duplicates) ==
        std::set<Id>{roe});
  CHECK(Create("contact", R"({"last_name":"Doe","phone":"(216) 555-0134"})").duplicates.empty());
  CHECK(Create("contact", R"({"last_name":"Roe"})").duplicates.empty());
  Create("lead", R"({"first_name":"Jo","last_name":"Roe","company":"Acme Inc"})");
  CHECK(Create("lead", R"({"first_name":"JO","last_name":"Roe","company":"Acme"})")
            .duplicates.size() == 1);
}

TEST_CASE_FIXTURE(DuplicatesFixture,
                  "a rule that blocks refuses every create, unless one insists") {
  AddRule(R"({"object":"product","action":"block",
              "match":[{"field":"family","method":"name"}]})");
  const Id first = Create("product", R"({"name":"P1","family":"Pumps"})").record.id();
  const auto create = [&](const Caller& caller) {
    return crm.Create(caller, Of("product"), *Json::Parse(R"({"name":"P2","family":"PUMPS"})"));
  };
  const Result<Record> refused = create(system);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::kConflict);
  CHECK(refused.error().message.find(first.ToString()) != std::string::npos);
  CHECK(refused.error().fields.at(0).field == "/family");
  CHECK(refused.error().fields.at(0).code == "duplicate");
  // Also within one batch, where nothing is committed yet.
  const Json batch =
      *Json::Parse(R"([{"name":"P3","family":"Fans"},{"name":"P4","family":"fans"}])");
  CHECK(crm.BatchCreate(system, Of("product"), batch.items()).error().fields.at(0).field ==
        "/items/1/family");
  Caller insisting = system;
  insisting.allow_duplicates = true;
  CHECK(create(insisting).ok());
  // An edit is no create.
  CHECK(crm.Update(system, Of("product"), first, *Json::Parse(R"({"family":"pumps"})"), {}).ok());
}

TEST_CASE_FIXTURE(DuplicatesFixture, "rules are data") {
  const Caller member = Somebody("member");
  CHECK(ListDuplicateRules(crm, member)->size() == StandardDuplicateRules().size());
  CHECK(AddDuplicateRule(crm, member, Json::Object()).error().kind == ErrorKind::kForbidden);
  const DuplicateRule rule = AddRule(
      R"({"object":"account","match":[{"field":"phone","method":"phone"},
                                      {"field":"industry","method":"exact"}]})");
  CHECK(rule.action == DuplicateAction::kWarn);
  const Id first =
      Create("account", R"({"name":"A","phone":"216-555-0134","industry":"x"})").record.id();
  CHECK(Of(Create("account", R"({"name":"B","phone":"2165550134","industry":"x"})").duplicates) ==
        std::set<Id>{first});
  REQUIRE(ChangeDuplicateRule(crm, system, rule.id, *Json::Parse(R"({"is_active":false})")).ok());
  CHECK(
      Create("account", R"({"name":"C","phone":"2165550134","industry":"x"})").duplicates.empty());
  REQUIRE(RemoveDuplicateRule(crm, system, "account-name").ok());
  CHECK(RemoveDuplicateRule(crm, system, "account-name").error().kind == ErrorKind::kNotFound);
  CHECK(Create("account", R"({"name":"A"})").duplicates.empty());
  // They outlive the program.
  Crm again{*store, clock, ids, "secret"};
  CHECK(ListDuplicateRules(again, system)->size() == StandardDuplicateRules().size());

  const auto wrong = [&](const char* json) {
    const Error error = AddDuplicateRule(crm, system, *Json::Parse(json)).error();
    return error.fields.at(0).field + " " + error.fields.at(0).code;
  };
  CHECK(wrong(R"({"object":"nothing","match":[]})") == "/object unknown_object");
  CHECK(wrong(R"({"object":"account","match":[]})") == "/match out_of_range");
  CHECK(wrong(R"({"object":"account","match":[{"field":"nam","method":"name"}]})") ==
        "/match/0/field unknown_field");
  CHECK(wrong(R"({"object":"account","match":[{"field":"name","method":"sound"}]})") ==
        "/match/0/method not_an_option");
  CHECK(wrong(R"({"object":"account","match":[{"field":"annual_revenue","method":"exact"}]})") ==
        "/match/0/field unsupported");
  CHECK(
      wrong(
          R"({"object":"account","match":[{"field":"name","method":"name"}],"action":"shout"})") ==
      "/action not_an_option");
  CHECK(wrong(R"({"id":"x"})") == "/id read_only");
}

TEST_CASE_FIXTURE(DuplicatesFixture, "groups are found among all records, each once") {
  std::set<std::set<Id>> expected;
  for (int i = 0; i < 30; ++i) {
    const std::string name = "Company " + std::to_string(i);
    std::set<Id> group;
    for (int copy = 0; copy <= i % 3; ++copy) {
      group.insert(
          Make("account", Json::Object({{"name", copy == 0 ? name : name + " Inc."}})).id());
    }
    if (group.size() > 1) expected.insert(group);
  }
  // Connected through the second: name with the first, domain with the third.
  const Id a = Make("account", R"({"name":"Chain"})").id();
  const Id b = Make("account", R"({"name":"chain","website":"http://chain.test"})").id();
  const Id c = Make("account", R"({"name":"Link","website":"http://chain.test"})").id();
  expected.insert({a, b, c});
  const DuplicateGroups found = FindDuplicates(crm, system, Of("account"), "").value();
  std::set<std::set<Id>> groups;
  for (const auto& group : found.groups) groups.insert(Of(group));
  CHECK(groups == expected);
  CHECK(found.scanned == 63);
  CHECK(found.next_page_token.empty());
  CHECK(FindDuplicates(crm, system, Of("account"), "x").error().fields[0].field == "page_token");
}

TEST_CASE_FIXTURE(DuplicatesFixture,
                  "an import reports, skips or merges what is there under another key") {
  const Id acme = Create("account", R"({"name":"Acme, Inc.","industry":"steel"})").record.id();
  const auto import = [&](const char* mode) {
    ImportRequest request;
    request.mapping = *Json::Parse(R"({"object":"account","key":"external_id","columns":
        {"key":"external_id","name":"name","industry":"industry","city":"billing_city"}})");
    request.mapping.Set("duplicates", mode);
    const std::string key = mode;
    request.files = {{"a.csv", "key,name,industry,city\n" + key + ",ACME,retail,Cleveland\n" + key +
                                   "2,Unique " + key + ",,\n"}};
    Result<ImportReport> report = Import(crm, system, request);
    if (!report.ok()) FAIL(report.error().message);
    return report->files[0];
  };
  const ImportFileReport skipped = import("skip");
  CHECK(skipped.counts.rejected == 1);
  CHECK(skipped.counts.created == 1);
  CHECK(skipped.counts.duplicates == 1);
  CHECK(skipped.rejected_csv.find(acme.ToString()) != std::string::npos);
  const ImportFileReport merged = import("merge");
  CHECK(merged.counts.updated == 1);
  CHECK(merged.counts.duplicates == 1);
  CHECK(TextNow("account", acme, "industry") == "steel");
  CHECK(TextNow("account", acme, "billing_city") == "Cleveland");
  CHECK(TextNow("account", acme, "external_id") == "merge");
  CHECK(import("merge").counts.duplicates == 0);  // found by its key now
  const ImportFileReport reported = import("report");
  CHECK(reported.counts.created == 2);
  CHECK(reported.counts.duplicates == 1);
  CHECK(import("ignore").counts.duplicates == 0);
  ImportRequest wrong;
  wrong.mapping = *Json::Parse(
      R"({"object":"account","key":"external_id","columns":{"k":"external_id"},"duplicates":"x"})");
  wrong.files = {{"a.csv", "k\n1\n"}};
  CHECK(Import(crm, system, wrong).error().fields.at(0).field == "/duplicates");
}

TEST_CASE_FIXTURE(DuplicatesFixture, "records out of reach are told only as such") {
  REQUIRE(crm.Transact(system, [&](Edit&) { return Status::Ok(); }).ok());
  const Id hidden = Make("account", R"({"name":"Acme"})").id();
  // A role without any account of others: see permission_test.cc for how roles are made.
  REQUIRE(store
              ->Write([&](store::Transaction& transaction) {
                return transaction.PutDocument(
                    role_documents, "rep",
                    *Json::Parse(R"({"name":"rep","objects":{"*":{"read":"all"},
                        "account":{"read":"own","create":true,"update":"own"}}})"));
              })
              .ok());
  Crm reloaded{*store, clock, ids, "secret"};
  Caller rep{auth::Principal{}, "rest"};
  rep.principal.user = Make("user", R"({"name":"Rep"})").id();
  rep.principal.role = "rep";
  const auto model = reloaded.model(rep);
  const Result<CheckedCreate> made =
      CreateChecked(reloaded, rep, *model->Find("account"), *Json::Parse(R"({"name":"ACME"})"));
  REQUIRE(made.ok());
  REQUIRE(made->duplicates.size() == 1);
  CHECK_FALSE(made->duplicates[0].id);
  CHECK(made->duplicates[0].title == "a record you cannot see");
  // An import names it no more than that.
  for (const char* mode : {"skip", "merge"}) {
    ImportRequest request;
    request.mapping = *Json::Parse(R"({"object":"account","key":"external_id",
        "columns":{"key":"external_id","name":"name"}})");
    request.mapping.Set("duplicates", mode);
    request.files = {{"a.csv", std::string("key,name\n") + mode + ",Zenith\n"}};
    const Id zenith = Make("account", R"({"name":"Zenith"})").id();
    const Result<ImportReport> report = Import(reloaded, rep, request);
    REQUIRE(report.ok());
    CHECK(report->files[0].counts.rejected == 1);
    const std::string& rejected = report->files[0].rejected_csv;
    CHECK(rejected.find("that you cannot see") != std::string::npos);
    CHECK(rejected.find(zenith.ToString()) == std::string::npos);
  }
  CHECK(DuplicatesOf(reloaded, rep, *model->Find("account"), hidden).error().kind ==
        ErrorKind::kNotFound);
}

}  // namespace
}  // namespace boathouse::crm
