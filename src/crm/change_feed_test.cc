#include "crm/change_feed.h"

#include "base/temp_folder.h"

#include <doctest/doctest.h>

#include <atomic>

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
  ChangeFeed feed{*store, crm};
  Caller system{auth::Principal::System(), "test"};
  Caller viewer = Viewer();

  Caller Viewer() {
    const Result<model::Record> user = crm.Create(
        system, *crm.model()->Find("user"), Json::Object({{"name", "Vic"}, {"role", "viewer"}}));
    REQUIRE(user.ok());
    Caller caller{{}, "test"};
    caller.principal.user = user->id();
    caller.principal.role = "viewer";
    return caller;
  }
  Id Make(std::string_view object, Json fields) {
    const Result<model::Record> made = crm.Create(system, *crm.model()->Find(object), fields);
    if (!made.ok()) FAIL(made.error().message);
    return made->id();
  }
  FeedPage Read(const Caller& caller, FeedRequest request = {}) {
    Result<FeedPage> page = feed.Read(caller, request);
    if (!page.ok()) FAIL(page.error().message);
    return std::move(page).value();
  }
};

TEST_CASE_FIXTURE(Fixture, "changes come in the order of their commits, from any one on") {
  const Id acme = Make("account", Json::Object({{"name", "Acme"}}));
  Make("territory", Json::Object({{"name", "Cleveland"}}));
  REQUIRE(crm.Update(system, *crm.model()->Find("account"), acme, Json::Object({{"name", "Bolt"}}),
                     std::nullopt)
              .ok());
  const FeedPage all = Read(viewer);
  REQUIRE(all.changes.size() == 4);
  CHECK(all.at_end);
  CHECK(all.reached == feed.newest());
  for (size_t i = 0; i < all.changes.size(); ++i) {
    CHECK(all.changes[i].sequence == static_cast<store::Sequence>(i + 1));
  }
  FeedRequest accounts;
  accounts.objects = {"account"};
  accounts.after = 2;
  const FeedPage rest = Read(viewer, accounts);
  REQUIRE(rest.changes.size() == 1);
  const Json event = ChangeEvent(rest.changes[0]);
  CHECK(event["type"].AsString() == "record.updated");
  CHECK(event["changes"]["name"] == Json::Array({"Acme", "Bolt"}));
  CHECK(event["actor_id"].is_null());
  FeedRequest some;
  some.limit = 2;
  const FeedPage first = Read(viewer, some);
  CHECK(first.reached == 2);
  CHECK_FALSE(first.at_end);
}

TEST_CASE_FIXTURE(Fixture, "a deleted record tells its id, and its values to the program alone") {
  const Id acme = Make("account", Json::Object({{"name", "Acme"}}));
  REQUIRE(crm.Delete(system, *crm.model()->Find("account"), acme, std::nullopt).ok());
  FeedRequest accounts;
  accounts.objects = {"account"};
  for (const store::Change& change : Read(viewer, accounts).changes) {
    CHECK(change.record == acme);
    CHECK(change.changes.size() == 0);
  }
  const FeedPage told = Read(system, accounts);
  REQUIRE(told.changes.size() == 2);
  CHECK(told.changes[1].operation == store::Operation::kDelete);
  CHECK(told.changes[1].changes["name"].items().at(0).AsString() == "Acme");
}

TEST_CASE_FIXTURE(Fixture, "what cannot be read is refused, and names what is wrong") {
  FeedRequest ahead;
  ahead.after = feed.newest() + 1;
  CHECK(feed.Read(viewer, ahead).error().fields.at(0).field == "after");
  FeedRequest none;
  none.limit = 0;
  CHECK(feed.Read(viewer, none).error().fields.at(0).field == "limit");
  FeedRequest unknown;
  unknown.objects = {"ship"};
  CHECK(feed.Read(viewer, unknown).error().kind == ErrorKind::kNotFound);
}

TEST_CASE_FIXTURE(Fixture, "who watches is woken by a commit") {
  std::atomic<int> woken{0};
  const auto watch = feed.Watch([&woken] { ++woken; });
  Make("account", Json::Object({{"name", "Acme"}}));
  CHECK(woken >= 1);
}

}  // namespace
}  // namespace boathouse::crm
