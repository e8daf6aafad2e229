#include "crm/trash.h"

#include "crm/history.h"
#include "crm/permission.h"
#include "crm/record_fixture.h"

namespace boathouse::crm {
namespace {

using Record = model::Record;

constexpr Micros day = 24LL * 3600 * 1'000'000;

struct TrashFixture : RecordFixture {
  std::vector<std::string> Titles(const Caller& caller, const model::Object* object = nullptr) {
    std::vector<std::string> titles;
    for (const TrashItem& item : ListTrash(crm, caller, object, 100, "").value().items) {
      titles.push_back(item.title);
    }
    return titles;
  }
  Result<Restored> Restore(std::string_view object, const Id& id) {
    clock.Advance(1000);
    return RestoreFromTrash(crm, system, Of(object), id);
  }
};

using Names = std::vector<std::string>;

TEST_CASE_FIXTURE(TrashFixture, "a deleted record comes back with its id, values and links") {
  const Record acme = Make("account", R"({"name":"Acme","account_number":"7","tags":["x","y"]})");
  const Json link = Json::Object({{"last_name", "Roe"}, {"account_id", acme.id().ToString()}});
  const Record roe = Make("contact", link);
  const Record doe = Make("contact", link);
  const Record note = Make("activity", Json::Object({{"subject", "Call"},
                                                     {"related_object", "account"},
                                                     {"related_id", acme.id().ToString()}}));
  Change("account", acme.id(), R"({"industry":"retail"})");
  const Record before = Now("account", acme.id());
  Delete("account", acme.id());
  REQUIRE(TextNow("contact", roe.id(), "account_id").empty());
  // Taken elsewhere meanwhile: that stays.
  const Record other = Make("account", R"({"name":"Other"})");
  Change("contact", doe.id(), Json::Object({{"account_id", other.id().ToString()}}));

  CHECK(Titles(system) == Names{"Acme"});
  const Result<Restored> restored = Restore("account", acme.id());
  REQUIRE(restored.ok());
  CHECK(restored->emptied.empty());
  const Record now = Now("account", acme.id());
  for (size_t i = model::kSystemFieldCount; i < Of("account").fields.size(); ++i) {
    CAPTURE(Of("account").fields[i].name);
    CHECK(now.At(i) == before.At(i));
  }
  CHECK(now.version() == before.version() + 1);
  CHECK(now.At(model::kFieldCreatedAt) == before.At(model::kFieldCreatedAt));
  CHECK(TextNow("contact", roe.id(), "account_id") == acme.id().ToString());
  CHECK(TextNow("contact", doe.id(), "account_id") == other.id().ToString());
  CHECK(TextNow("activity", note.id(), "related_id") == acme.id().ToString());
  CHECK(TextNow("activity", note.id(), "related_object") == "account");
  CHECK(Titles(system).empty());
  CHECK(Restore("account", acme.id()).error().kind == ErrorKind::kConflict);  // not deleted
  // It is found again.
  CHECK(crm.Search(system, "Acme", {}, 10)->size() == 1);
}

TEST_CASE_FIXTURE(TrashFixture, "the trash keeps records for thirty days") {
  const Record acme = Make("account", R"({"name":"Acme"})");
  Delete("account", acme.id());
  clock.Advance(29 * day);
  const Record late = Make("account", R"({"name":"Late"})");
  Delete("account", late.id());
  CHECK(Titles(system) == Names{"Late", "Acme"});
  clock.Advance(2 * day);
  CHECK(Titles(system) == Names{"Late"});
  const Result<Restored> gone = Restore("account", acme.id());
  CHECK(gone.error().kind == ErrorKind::kNotFound);
  CHECK(gone.error().message.find("30 days") != std::string::npos);
  CHECK(Restore("account", late.id()).ok());
  CHECK(Restore("account", ids.Next()).error().kind == ErrorKind::kNotFound);
}

TEST_CASE_FIXTURE(TrashFixture, "pages of the trash tell each record once") {
  for (int i = 0; i < 25; ++i) {
    const Record made =
        Make(i % 2 == 0 ? "account" : "contact",
             Json::Object({{i % 2 == 0 ? "name" : "last_name", std::to_string(i)}}));
    Delete(i % 2 == 0 ? "account" : "contact", made.id());
    if (i % 5 == 0) REQUIRE(Restore(i % 2 == 0 ? "account" : "contact", made.id()).ok());
  }
  Names seen;
  std::string token;
  do {
    const TrashPage page = ListTrash(crm, system, nullptr, 3, token).value();
    CHECK(page.items.size() <= 3);
    for (const TrashItem& item : page.items) seen.push_back(item.title);
    token = page.next_page_token;
  } while (!token.empty());
  Names expected;
  for (int i = 24; i >= 0; --i) {
    if (i % 5 != 0) expected.push_back(std::to_string(i));
  }
  CHECK(seen == expected);
  CHECK(Titles(system, &Of("contact")).size() == 10);
  CHECK(ListTrash(crm, system, nullptr, 3, "made up").error().fields[0].code ==
        "invalid_page_token");
}

TEST_CASE_FIXTURE(TrashFixture, "a taken unique value and lost relations are told") {
  const Record parent = Make("account", R"({"name":"Parent"})");
  const Record acme = Make("account", Json::Object({{"name", "Acme"},
                                                    {"account_number", "7"},
                                                    {"parent_id", parent.id().ToString()}}));
  Delete("account", acme.id());
  const Record taker = Make("account", R"({"name":"Taker","account_number":"7"})");
  const Result<Restored> clash = Restore("account", acme.id());
  REQUIRE_FALSE(clash.ok());
  CHECK(clash.error().kind == ErrorKind::kConflict);
  CHECK(clash.error().fields.at(0).field == "/account_number");
  CHECK_FALSE(IsThere("account", acme.id()));
  Change("account", taker.id(), R"({"account_number":"8"})");
  Delete("account", parent.id());
  const Result<Restored> restored = Restore("account", acme.id());
  REQUIRE(restored.ok());
  REQUIRE(restored->emptied.size() == 1);
  CHECK(restored->emptied[0].field == "parent_id");
  CHECK(restored->emptied[0].target == parent.id());
}

TEST_CASE_FIXTURE(TrashFixture, "a required relation that is gone is asked for first") {
  const Record campaign = Make("campaign", R"({"name":"Fair"})");
  const Record roe = Make("contact", R"({"last_name":"Roe"})");
  const Record member =
      Make("campaign_member", Json::Object({{"campaign_id", campaign.id().ToString()},
                                            {"contact_id", roe.id().ToString()}}));
  Delete("campaign_member", member.id());
  Delete("campaign", campaign.id());
  const Result<Restored> refused = Restore("campaign_member", member.id());
  CHECK(refused.error().kind == ErrorKind::kConflict);
  CHECK(refused.error().message.find(campaign.id().ToString()) != std::string::npos);
  REQUIRE(Restore("campaign", campaign.id()).ok());
  CHECK(Restore("campaign_member", member.id()).ok());
  CHECK(TextNow("campaign_member", member.id(), "contact_id") == roe.id().ToString());
}

TEST_CASE_FIXTURE(TrashFixture, "parts that went with a record come back with it") {
  Make("pipeline", R"({"name":"First"})");  // the default one, which stays
  const Record pipeline = Make("pipeline", R"({"name":"Second"})");
  const Record stage =
      Make("stage", Json::Object({{"name", "Only"}, {"pipeline_id", pipeline.id().ToString()}}));
  Delete("pipeline", pipeline.id());
  REQUIRE_FALSE(IsThere("stage", stage.id()));
  const Result<Restored> restored = Restore("pipeline", pipeline.id());
  REQUIRE(restored.ok());
  CHECK(restored->parts >= 1);
  CHECK(TextNow("stage", stage.id(), "name") == "Only");
  CHECK(TextNow("stage", stage.id(), "pipeline_id") == pipeline.id().ToString());
}

TEST_CASE_FIXTURE(TrashFixture, "what is erased is gone from the log, and the log has no gap") {
  const Caller member = Somebody("member");
  const Record roe = Make("contact", R"({"last_name":"Roe","email":"roe@x.test"})");
  Change("contact", roe.id(), R"({"title":"Buyer"})");
  const auto erase = [&](const Caller& caller) {
    return EraseForEver(crm, caller, Of("contact"), roe.id());
  };
  CHECK(erase(system).error().kind == ErrorKind::kConflict);  // still there
  Delete("contact", roe.id());
  const store::Sequence newest = store->committed();
  CHECK(erase(member).error().kind == ErrorKind::kForbidden);
  REQUIRE(erase(system).ok());
  CHECK(Titles(system).empty());
  CHECK(Restore("contact", roe.id()).error().message.find("erased") != std::string::npos);
  const HistoryPage history = History("contact", roe.id());
  REQUIRE(history.entries.size() == 3);
  for (const HistoryEntry& entry : history.entries) CHECK(entry.change.changes.size() == 0);
  CHECK(store->committed() == newest);
  CHECK(EraseForEver(crm, system, Of("contact"), ids.Next()).error().kind == ErrorKind::kNotFound);
}

TEST_CASE_FIXTURE(TrashFixture,
                  "who reaches only their own records sees only their own past ones") {
  REQUIRE(store
              ->Write([&](store::Transaction& transaction) {
                return transaction.PutDocument(
                    role_documents, "rep",
                    *Json::Parse(R"({"name":"rep","objects":{"*":{"read":"all"},
                        "account":{"read":"own","create":true,"update":"own","delete":"own",
                                   "fields":{"annual_revenue":"none"}}}})"));
              })
              .ok());
  Crm roles{*store, clock, ids, "secret"};
  Caller rep{auth::Principal{}, "rest"};
  rep.principal.user = Make("user", R"({"name":"Rep"})").id();
  rep.principal.role = "rep";
  const auto model = roles.model(rep);
  const model::Object& account = *model->Find("account");
  const Record hidden = Make("account", R"({"name":"Hidden"})");
  const Record own = Make("account", Json::Object({{"name", "Own"},
                                                   {"annual_revenue", "5"},
                                                   {"owner_id", rep.principal.user.ToString()}}));
  const Micros then = clock.Now();
  Delete("account", hidden.id());
  Delete("account", own.id());

  const TrashPage page = ListTrash(roles, rep, nullptr, 10, "").value();
  REQUIRE(page.items.size() == 1);
  CHECK(page.items[0].title == "Own");
  CHECK(RestoreFromTrash(roles, rep, account, hidden.id()).error().kind == ErrorKind::kNotFound);
  CHECK(roles.History(rep, account, hidden.id(), 10, "").error().kind == ErrorKind::kNotFound);
  CHECK(RecordAsOf(roles, rep, account, hidden.id(), then).error().kind == ErrorKind::kNotFound);
  CHECK(UndoChange(roles, rep, account, hidden.id(), Newest("account", hidden.id()), true)
            .error()
            .kind == ErrorKind::kNotFound);

  // What the role may not read is in none of the answers.
  const HistoryPage history = roles.History(rep, account, own.id(), 10, "").value();
  for (const HistoryEntry& entry : history.entries) {
    CHECK(entry.change.changes.Find("annual_revenue") == nullptr);
  }
  CHECK(RecordAsOf(roles, rep, account, own.id(), then)->values.size() == account.fields.size());
  REQUIRE(RestoreFromTrash(roles, rep, account, own.id()).ok());
  CHECK(TextNow("account", own.id(), "annual_revenue") == "5.00");
}

TEST_CASE_FIXTURE(TrashFixture, "who may not create may not restore") {
  const Caller viewer = Somebody("viewer");
  const Record acme = Make("account", R"({"name":"Acme"})");
  Delete("account", acme.id());
  CHECK(RestoreFromTrash(crm, viewer, Of("account"), acme.id()).error().kind ==
        ErrorKind::kForbidden);
}

TEST_CASE_FIXTURE(TrashFixture, "nothing is restored into what one may not change") {
  REQUIRE(store
              ->Write([&](store::Transaction& transaction) {
                return transaction.PutDocument(
                    role_documents, "rep",
                    *Json::Parse(R"({"name":"rep","objects":{"*":{"read":"all","create":true,
                        "update":"own"}}})"));
              })
              .ok());
  Crm roles{*store, clock, ids, "secret"};
  Caller rep{auth::Principal{}, "rest"};
  rep.principal.user = Make("user", R"({"name":"Rep"})").id();
  rep.principal.role = "rep";
  const std::string me = rep.principal.user.ToString();
  const std::string other = Make("user", R"({"name":"Other"})").id().ToString();
  const std::string product = Make("product", R"({"name":"Bolt"})").id().ToString();
  const auto restore = [&](const std::string& owner, bool line) {
    const Id deal = Make("opportunity", Json::Object({{"name", "D"}, {"owner_id", owner}})).id();
    Id gone = deal;
    if (line) {
      gone = Make("opportunity_line", Json::Object({{"opportunity_id", deal.ToString()},
                                                    {"product_id", product},
                                                    {"unit_price", "1"}}))
                 .id();
    }
    const std::string object = line ? "opportunity_line" : "opportunity";
    Delete(object, gone);
    const Result<Restored> back =
        RestoreFromTrash(roles, rep, *roles.model(rep)->Find(object), gone);
    CHECK(IsThere(object, gone) == back.ok());
    return back.ok() ? std::string("restored") : std::string(ErrorKindName(back.error().kind));
  };
  const std::string forbidden(ErrorKindName(ErrorKind::kForbidden));
  CHECK(restore(other, false) == forbidden);
  CHECK(restore(other, true) == forbidden);
  CHECK(restore(me, false) == "restored");
  CHECK(restore(me, true) == "restored");
}

}  // namespace
}  // namespace boathouse::crm
