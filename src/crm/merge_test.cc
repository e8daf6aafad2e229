#include "crm/merge.h"

#include <algorithm>
#include <random>
#include <set>

#include "crm/permission.h"
#include "crm/record_fixture.h"
#include "crm/trash.h"

namespace boathouse::crm {
namespace {

using Record = model::Record;

struct MergeFixture : RecordFixture {
  Result<Merged> MergeInto(std::string_view object, const Id& winner, std::vector<Id> from,
                           const char* fields = "null") {
    clock.Advance(1000);
    return Merge(crm, system, Of(object), winner, {std::move(from), *Json::Parse(fields)});
  }
  std::optional<Id> Winner(std::string_view object, const Id& id) {
    return FindWinner(crm, system, Of(object), id).value();
  }
  Json LinkTo(const Id& account, const char* name) {
    return Json::Object({{"last_name", name}, {"account_id", account.ToString()}});
  }
};

TEST_CASE_FIXTURE(MergeFixture, "everything of the losers is the winner's") {
  const Record winner = Make("account", R"({"name":"Acme","tags":["a"],"industry":"retail"})");
  const Record loser = Make(
      "account",
      R"({"name":"ACME","tags":["b","a"],"industry":"steel","phone":"1","account_number":"7"})");
  const Record third =
      Make("account", R"({"name":"Acme2","phone":"2","billing_city":"Cleveland"})");
  const Record roe = Make("contact", LinkTo(loser.id(), "Roe"));
  const Record child =
      Make("account", Json::Object({{"name", "Child"}, {"parent_id", third.id().ToString()}}));
  const Record note = Make("activity", Json::Object({{"subject", "Call"},
                                                     {"related_object", "account"},
                                                     {"related_id", loser.id().ToString()}}));
  const Result<Merged> merged =
      MergeInto("account", winner.id(), {loser.id(), third.id()}, R"({"name":"Acme Corp"})");
  REQUIRE(merged.ok());
  const Record now = Now("account", winner.id());
  CHECK(Text("account", now, "name") == "Acme Corp");
  CHECK(Text("account", now, "industry") == "retail");
  CHECK(Text("account", now, "phone") == "1");
  CHECK(Text("account", now, "account_number") == "7");
  CHECK(Text("account", now, "billing_city") == "Cleveland");
  CHECK(Text("account", now, "tags") == "a;b");
  CHECK(TextNow("contact", roe.id(), "account_id") == winner.id().ToString());
  CHECK(TextNow("account", child.id(), "parent_id") == winner.id().ToString());
  CHECK(TextNow("activity", note.id(), "related_id") == winner.id().ToString());
  CHECK(merged->record.values == now.values);
  CHECK_FALSE(IsThere("account", loser.id()));
  CHECK(Winner("account", loser.id()) == winner.id());
  CHECK(Winner("account", third.id()) == winner.id());
  CHECK_FALSE(Winner("account", winner.id()));
  // Its history is theirs too.
  std::set<Id> of;
  for (const HistoryEntry& entry : History("account", winner.id()).entries) {
    of.insert(entry.change.record);
  }
  CHECK(of == std::set<Id>{winner.id(), loser.id(), third.id()});
}

TEST_CASE_FIXTURE(MergeFixture,
                  "chains of merges lead to their end; a restored record is itself again") {
  const Record a = Make("account", R"({"name":"A"})");
  const Record b = Make("account", R"({"name":"B"})");
  const Record c = Make("account", R"({"name":"C"})");
  const Record roe = Make("contact", LinkTo(a.id(), "Roe"));
  REQUIRE(MergeInto("account", b.id(), {a.id()}).ok());
  REQUIRE(MergeInto("account", c.id(), {b.id()}).ok());
  CHECK(Winner("account", a.id()) == c.id());
  CHECK(LosersOf(*store->Read().value(), Of("account"), c.id())->size() == 2);
  const TrashPage trash = ListTrash(crm, system, nullptr, 10, "").value();
  REQUIRE(trash.items.size() == 2);
  CHECK(trash.items[0].merged_into == c.id());
  clock.Advance(1000);
  const Result<Restored> restored = RestoreFromTrash(crm, system, Of("account"), b.id());
  REQUIRE(restored.ok());
  CHECK_FALSE(Winner("account", b.id()));
  CHECK(Winner("account", a.id()) == b.id());
  CHECK(TextNow("account", b.id(), "name") == "B");
  // What the merge moved comes back to it.
  CHECK(TextNow("contact", roe.id(), "account_id") == b.id().ToString());
}

TEST_CASE_FIXTURE(MergeFixture, "a winner below a loser takes its place in the hierarchy") {
  const Record root = Make("account", R"({"name":"Root"})");
  const auto under = [&](const char* name, const Record& parent) {
    return Make("account", Json::Object({{"name", name}, {"parent_id", parent.id().ToString()}}));
  };
  const Record loser = under("Loser", root);
  const Record middle = under("Middle", loser);
  const Record winner = under("Winner", middle);
  REQUIRE(MergeInto("account", winner.id(), {loser.id()}).ok());
  CHECK(TextNow("account", winner.id(), "parent_id") == root.id().ToString());
  CHECK(TextNow("account", middle.id(), "parent_id") == winner.id().ToString());
  // Nobody is their own ancestor: an edit of the parent passes the check for cycles.
  Change("account", middle.id(), R"({"parent_id":null})");
  Change("account", middle.id(), Json::Object({{"parent_id", winner.id().ToString()}}));
}

TEST_CASE_FIXTURE(MergeFixture, "what is wrong is said, and nothing is changed") {
  const Record a = Make("account", R"({"name":"A"})");
  const Record b = Make("account", R"({"name":"B"})");
  const Record roe = Make("contact", LinkTo(b.id(), "Roe"));
  const auto wrong = [&](std::vector<Id> from, const char* fields = "null") {
    const Result<Merged> merged = MergeInto("account", a.id(), std::move(from), fields);
    REQUIRE_FALSE(merged.ok());
    return merged.error().fields.empty()
               ? std::string(ErrorKindName(merged.error().kind))
               : merged.error().fields[0].field + " " + merged.error().fields[0].code;
  };
  CHECK(wrong({}) == "/from out_of_range");
  CHECK(wrong({a.id()}) == "/from/0 duplicate");
  CHECK(wrong({b.id(), b.id()}) == "/from/1 duplicate");
  CHECK(wrong({ids.Next()}) == "not_found");
  CHECK(wrong({b.id()}, R"({"nam":"x"})") == "/fields/nam unknown_field");
  CHECK(wrong({b.id()}, R"({"name":null})") == "/fields/name required");
  CHECK(wrong({b.id()}, "[]") == "/fields wrong_type");
  const Caller viewer = Somebody("viewer");
  CHECK(Merge(crm, viewer, Of("account"), a.id(), {{b.id()}, Json()}).error().kind ==
        ErrorKind::kForbidden);
  CHECK(IsThere("account", b.id()));
  CHECK(TextNow("contact", roe.id(), "account_id") == b.id().ToString());
  CHECK_FALSE(Winner("account", b.id()));
}

// Whatever points to whatever: after any merges every link that led to a record leads to its winner.
TEST_CASE_FIXTURE(MergeFixture, "no merge loses a child") {
  std::mt19937 random(5);
  std::vector<Id> accounts;
  for (int i = 0; i < 40; ++i) {
    accounts.push_back(Make("account", Json::Object({{"name", std::to_string(i)}})).id());
  }
  std::vector<std::pair<Id, Id>> links;  // contact, account
  for (int i = 0; i < 300; ++i) {
    const Id account = accounts[random() % accounts.size()];
    links.emplace_back(Make("contact", LinkTo(account, "Roe")).id(), account);
  }
  for (int round = 0; round < 12; ++round) {
    std::vector<Id> live;
    for (const Id& id : accounts) {
      if (IsThere("account", id)) live.push_back(id);
    }
    std::shuffle(live.begin(), live.end(), random);
    const size_t count = 1 + random() % 3;
    if (live.size() < count + 1) break;
    REQUIRE(MergeInto("account", live[0],
                      {live.begin() + 1, live.begin() + 1 + static_cast<std::ptrdiff_t>(count)})
                .ok());
  }
  for (const auto& [contact, account] : links) {
    CHECK(TextNow("contact", contact, "account_id") ==
          Winner("account", account).value_or(account).ToString());
  }
}

TEST_CASE_FIXTURE(MergeFixture,
                  "who may not change the winner does not merge, nor is told of one") {
  REQUIRE(store
              ->Write([&](store::Transaction& transaction) -> Status {
                TRY(transaction.PutDocument(
                    role_documents, "rep",
                    *Json::Parse(R"({"name":"rep","objects":{"*":{"read":"all","update":"own",
                        "delete":"all"}}})")));
                return transaction.PutDocument(
                    role_documents, "narrow",
                    *Json::Parse(R"({"name":"narrow","objects":{"*":{"read":"own"}}})"));
              })
              .ok());
  Crm roles{*store, clock, ids, "secret"};
  Caller rep{auth::Principal{}, "rest"};
  rep.principal.user = Make("user", R"({"name":"Rep"})").id();
  rep.principal.role = "rep";
  Caller narrow = rep;
  narrow.principal.role = "narrow";
  const auto make = [&](const Id& owner) {
    return Make("account", Json::Object({{"name", "Acme"}, {"owner_id", owner.ToString()}})).id();
  };
  const Id others = make(Make("user", R"({"name":"Other"})").id());
  const Id own = make(rep.principal.user);
  const Id loser = make(rep.principal.user);
  const Object& account = *roles.model(rep)->Find("account");
  // Both have the same values: there is nothing to write.
  CHECK(Merge(roles, rep, account, others, {{loser}, Json()}).error().kind ==
        ErrorKind::kForbidden);
  REQUIRE(IsThere("account", loser));
  CHECK(Merge(roles, rep, account, own, {{loser}, Json()}).ok());
  CHECK_FALSE(IsThere("account", loser));

  CHECK(FindWinner(roles, narrow, account, loser).value() == own);
  REQUIRE(MergeInto("account", others, {own}).ok());
  CHECK(FindWinner(roles, rep, account, loser).value() == others);
  CHECK_FALSE(FindWinner(roles, narrow, account, loser).value());
}

}  // namespace
}  // namespace boathouse::crm
