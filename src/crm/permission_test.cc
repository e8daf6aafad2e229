#include "crm/permission.h"

#include "crm/attachments.h"
#include "crm/permission_fixture.h"

namespace boathouse::crm {
namespace {

using Keys = std::set<std::string>;
using model::Record;

const Keys none;
const Keys mine = {"me"};
const Keys of_team = {"me", "mate", "report"};
const Keys of_territory = {"me", "mate", "report", "terr"};
const Keys by_account = {"terr"};  // whose account lies in the territory
const Keys all = {"me", "mate", "report", "terr", "far"};

// Which of the five records of an object each scope reads and changes.
struct Kind {
  const char* object;
  Keys read[5];    // by Scope
  Keys change[5];  // likewise
};
const Kind kinds[] = {
    // With an owner and a territory.
    {"account", {none, mine, of_team, of_territory, all}, {none, mine, of_team, of_territory, all}},
    // The territory is the account's.
    {"contact", {none, mine, of_team, of_territory, all}, {none, mine, of_team, of_territory, all}},
    // With an owner only: a territory reaches as far as a team.
    {"campaign", {none, mine, of_team, of_team, all}, {none, mine, of_team, of_team, all}},
    // A part of an opportunity.
    {"opportunity_line",
     {none, mine, of_team, of_territory, all},
     {none, mine, of_team, of_territory, all}},
    // About an account: all of these belong to somebody far away.
    {"activity", {none, mine, of_team, of_territory, all}, {none, none, none, by_account, all}},
    // About an account, by related_object and related_id.
    {"attachment", {none, mine, of_team, of_territory, all}, {none, none, none, none, all}},
    // Reference data: read by all, changed by who made it.
    {"product", {none, all, all, all, all}, {none, mine, of_team, of_team, all}},
    // Parts of reference data.
    {"price_list_entry", {none, all, all, all, all}, {none, mine, of_team, of_team, all}},
};

const char* scope_texts[] = {"none", "own", "team", "territory", "all"};

struct Fixture : PermissionFixture {
  std::map<std::string, std::map<std::string, Id>> records;  // by object, by person
  Attachments attachments{crm, clock, folder / "files"};

  Fixture() {
    const std::map<std::string, const char*> territory_of = {{"me", "texas"},
                                                             {"mate", "texas"},
                                                             {"report", "texas"},
                                                             {"terr", "cleveland"},
                                                             {"far", "texas"}};
    for (const std::string& who : people) {
      const std::string owner = Text(users[who]);
      const Caller author = As(who, "admin");
      const auto make = [&](const char* object, Json fields) {
        return records[object][who] = MakeAs(author, object, fields);
      };
      const Id account = make(
          "account", Json::Object({{"name", "Acme " + who},
                                   {"owner_id", owner},
                                   {"territory_id", Text(territories[territory_of.at(who)])}}));
      make("contact",
           Json::Object(
               {{"last_name", "Roe " + who}, {"owner_id", owner}, {"account_id", Text(account)}}));
      make("campaign", Json::Object({{"name", "Fair " + who}, {"owner_id", owner}}));
      const Id deal = make("opportunity", Json::Object({{"name", "Deal " + who},
                                                        {"owner_id", owner},
                                                        {"account_id", Text(account)}}));
      const Id product = make("product", Json::Object({{"name", "Bolt " + who}}));
      make("opportunity_line", Json::Object({{"opportunity_id", Text(deal)},
                                             {"product_id", Text(product)},
                                             {"description", "Line " + who},
                                             {"unit_price", "1"}}));
      const Id list = make("price_list", Json::Object({{"name", "List " + who}}));
      make("price_list_entry", Json::Object({{"price_list_id", Text(list)},
                                             {"product_id", Text(product)},
                                             {"unit_price", "2"}}));
      const std::string far = Text(users["far"]);
      make("activity",
           Json::Object(
               {{"subject", "Call " + who}, {"owner_id", far}, {"account_id", Text(account)}}));
      Attach(who, author,
             Json::Object({{"name", "Plan " + who},
                           {"owner_id", far},
                           {"related_object", "account"},
                           {"related_id", Text(account)}}));
    }
  }

  void Attach(const std::string& who, const Caller& author, Json fields) {
    Attachments::Upload upload;
    upload.content = "a plan";
    upload.fields = std::move(fields);
    const Result<Id> made = attachments.Create(author, upload);
    if (!made.ok()) FAIL(made.error().message);
    records["attachment"][who] = *made;
  }
  std::string WhoseIs(const std::string& object, const Id& id) {
    for (const auto& [who, record] : records[object]) {
      if (record == id) return who;
    }
    return id.ToString();
  }
  Keys Listed(const Caller& caller, const std::string& object, ListRequest request = {}) {
    const auto seen = crm.FindObject(caller, object);
    if (!seen.ok()) {
      CHECK(seen.error().kind == ErrorKind::kForbidden);
      return {};
    }
    request.include_total = true;
    const Result<ListPage> page = crm.List(caller, **seen, request);
    if (!page.ok()) FAIL(object, ": ", page.error().message);
    CHECK(page->total_size == static_cast<int64_t>(page->records.size()));
    Keys keys;
    for (const Record& record : page->records) keys.insert(WhoseIs(object, record.id()));
    return keys;
  }
  // Whose records `act` is done to; of others it must fail as `refusal`.
  template <typename Act>
  Keys Done(const std::string& object, const Keys& read, const Act& act) {
    Keys done;
    for (const auto& [who, id] : records[object]) {
      const Status status = act(id);
      // What others still need cannot be deleted, whoever may.
      if (status.ok() || status.error().kind == ErrorKind::kConflict) {
        done.insert(who);
      } else {
        const ErrorKind expected =
            read.contains(who) ? ErrorKind::kForbidden : ErrorKind::kNotFound;
        CHECK_MESSAGE(status.error().kind == expected, object, " ", who, ": ",
                      status.error().message);
      }
    }
    return done;
  }
  template <typename T>
  static Status StatusOf(const Result<T>& result) {
    return result.ok() ? Status::Ok() : Status(result.error());
  }
  // Runs `work` and takes everything back.
  void Undone(const Caller& caller, const std::function<void(Edit&)>& work) {
    CHECK_FALSE(crm.Transact(caller,
                             [&](Edit& edit) -> Status {
                               work(edit);
                               return Error(ErrorKind::kCancelled, "undone");
                             })
                    .ok());
  }
};

TEST_CASE_FIXTURE(Fixture, "every scope, every action, every kind of object") {
  for (int read = 1; read < 5; ++read) {
    for (int change = 0; change <= read; ++change) {
      const std::string role = std::string(R"({"*":{"read":")") + scope_texts[read] +
                               R"(","update":")" + scope_texts[change] + R"(","delete":")" +
                               scope_texts[change] + R"("}})";
      CAPTURE(role);
      const Caller rep = Rep(role);
      for (const Kind& kind : kinds) {
        CAPTURE(kind.object);
        const Keys& reads = kind.read[read];
        CHECK(Listed(rep, kind.object) == reads);
        const model::Object& object = **crm.FindObject(rep, kind.object);
        CHECK(Done(kind.object, none,
                   [&](const Id& id) { return StatusOf(crm.Get(rep, object, id)); }) == reads);
        CHECK(Done(kind.object, none, [&](const Id& id) {
                return StatusOf(crm.History(rep, object, id, 10, ""));
              }) == reads);
        if (change == 0) {
          const Id& any = records[kind.object]["me"];
          CHECK(crm.Update(rep, object, any, Json::Object(), {}).error().kind ==
                ErrorKind::kForbidden);
          CHECK(crm.Delete(rep, object, any, {}).error().kind == ErrorKind::kForbidden);
          continue;
        }
        Undone(rep, [&](Edit& edit) {
          CHECK(Done(kind.object, reads, [&](const Id& id) {
                  return StatusOf(edit.Update(object, id, Json::Object()));
                }) == kind.change[change]);
          CHECK(Done(kind.object, reads, [&](const Id& id) { return edit.Delete(object, id); }) ==
                kind.change[change]);
        });
      }
    }
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "what may not be read is forbidden by name and not to be found in lists") {
  const Caller rep = Rep(R"({"*":{"read":"all"},"account":{"read":"none"}})");
  CHECK(crm.model(rep)->Find("account") == nullptr);
  const Error error = crm.FindObject(rep, "accounts").error();
  CHECK(error.kind == ErrorKind::kForbidden);
  CHECK(error.message == "the role rep may not read accounts; ask an administrator");
  CHECK(crm.FindObject(rep, "acount").error().message.find("accounts") == std::string::npos);
  const model::Object& whole = Object("account");
  const Id& id = records["account"]["me"];
  CHECK(crm.Get(rep, whole, id).error().kind == ErrorKind::kForbidden);
  CHECK(crm.List(rep, whole, {}).error().kind == ErrorKind::kForbidden);
  CHECK(crm.History(rep, whole, id, 10, "").error().kind == ErrorKind::kForbidden);
  CHECK(crm.Search(rep, "Acme", {}, 10)->empty());
  CHECK(crm.Search(rep, "Acme", {&whole}, 10)->empty());
}

TEST_CASE_FIXTURE(Fixture, "users: oneself, the team, the territory") {
  records["user"] = users;
  const auto seen = [&](const char* scope) {
    return Listed(Rep(std::string(R"({"*":{"read":"all"},"user":{"read":")") + scope + "\"}}"),
                  "user");
  };
  CHECK(seen("own") == mine);
  CHECK(seen("team") == of_team);
  CHECK(seen("territory") == of_territory);
  CHECK(seen("all") == all);
}

TEST_CASE_FIXTURE(Fixture, "nobody makes themselves more than they are") {
  const Caller rep = Rep(R"({"*":{"read":"all"},"user":{"update":"own"}})");
  const model::Object& user = **crm.FindObject(rep, "user");
  const auto patch = [&](const char* who, const char* json) {
    return StatusOf(crm.Update(rep, user, users[who], *Json::Parse(json), {}));
  };
  CHECK(patch("me", R"({"phone":"+1 216 555 0100"})").ok());
  CHECK(patch("mate", R"({"phone":"+1 216 555 0100"})").error().kind == ErrorKind::kForbidden);
  for (const char* json : {R"({"role":"admin"})", R"({"team_id":null})", R"({"territory_id":null})",
                           R"({"manager_id":null})", R"({"email":"x@example.com"})"}) {
    CHECK(patch("me", json).error().fields.at(0).code == "read_only");
  }
  CHECK(crm.Create(rep, user, *Json::Parse(R"({"name":"X","role":"admin"})")).error().kind ==
        ErrorKind::kForbidden);
  CHECK(crm.ChangeModel(rep, Json::Object()).error().kind == ErrorKind::kForbidden);
  CHECK(CreateRole(crm, rep, Json::Object(), auth.audit()).error().kind == ErrorKind::kForbidden);
  CHECK(ListRoles(crm, rep).error().kind == ErrorKind::kForbidden);
}

TEST_CASE_FIXTURE(Fixture,
                  "who creates a record owns it; others only as far as one may change theirs") {
  const Caller rep = Rep(
      R"({"*":{"read":"all","create":true},"account":{"update":"team"},"contact":{"update":"own"}})");
  const auto create = [&](const char* object, const char* title, const char* owner) {
    Json fields = Json::Object({{title, "New"}});
    if (owner != nullptr) fields.Set("owner_id", Text(users[owner]));
    return StatusOf(crm.Create(rep, **crm.FindObject(rep, object), fields));
  };
  CHECK(create("account", "name", nullptr).ok());
  CHECK(create("account", "name", "me").ok());
  CHECK(create("account", "name", "mate").ok());
  CHECK(create("account", "name", "far").error().kind == ErrorKind::kForbidden);
  CHECK(create("contact", "last_name", "me").ok());
  CHECK(create("contact", "last_name", "mate").error().message.find("owner") != std::string::npos);
  // What may not be changed at all may still be created for oneself.
  CHECK(create("campaign", "name", "me").ok());
  CHECK(create("campaign", "name", "mate").error().kind == ErrorKind::kForbidden);
}

TEST_CASE_FIXTURE(Fixture,
                  "parts are added to what one may change, and nothing points out of reach") {
  const Caller rep = Rep(
      R"({"*":{"read":"own","create":true,"update":"own"},"opportunity":{"read":"team"},"product":{"read":"all"}})");
  const auto add_line = [&](const char* who) {
    return StatusOf(crm.Create(rep, **crm.FindObject(rep, "opportunity_line"),
                               Json::Object({{"opportunity_id", Text(records["opportunity"][who])},
                                             {"product_id", Text(records["product"]["far"])},
                                             {"unit_price", "1"}})));
  };
  CHECK(add_line("me").ok());
  CHECK(add_line("mate").error().kind == ErrorKind::kForbidden);
  CHECK(add_line("far").error().fields.at(0).code == "not_found");
  // Nor are they moved to what one may only read.
  const model::Object& line = **crm.FindObject(rep, "opportunity_line");
  const Id other = Make("opportunity", {{"name", "Second"}, {"owner_id", Text(users["me"])}});
  const auto move_line = [&](const Id& to) {
    return StatusOf(crm.Update(rep, line, records["opportunity_line"]["me"],
                               Json::Object({{"opportunity_id", Text(to)}}), {}));
  };
  const Status moved = move_line(records["opportunity"]["mate"]);
  REQUIRE_FALSE(moved.ok());
  CHECK(moved.error().kind == ErrorKind::kForbidden);
  CHECK(moved.error().message.find("/opportunity_id") != std::string::npos);
  CHECK(move_line(other).ok());

  const model::Object& contact = **crm.FindObject(rep, "contact");
  const auto move_to = [&](const char* who) {
    return StatusOf(crm.Update(rep, contact, records["contact"]["me"],
                               Json::Object({{"account_id", Text(records["account"][who])}}), {}));
  };
  CHECK(move_to("me").ok());
  CHECK(move_to("mate").error().fields.at(0).detail ==
        "account_id: there is no account " + Text(records["account"]["mate"]));
  const model::Object& activity = **crm.FindObject(rep, "activity");
  CHECK(crm.Create(rep, activity,
                   Json::Object({{"subject", "Probe"},
                                 {"related_object", "account"},
                                 {"related_id", Text(records["account"]["far"])}}))
            .error()
            .fields.at(0)
            .field == "/related_id");
}

TEST_CASE_FIXTURE(Fixture, "giving a record away is allowed and answers with what was stored") {
  const Caller rep = Rep(R"({"*":{"read":"own","update":"own"}})");
  const model::Object& account = **crm.FindObject(rep, "account");
  const Id& id = records["account"]["me"];
  const Result<Record> given =
      crm.Update(rep, account, id, Json::Object({{"owner_id", Text(users["far"])}}), {});
  REQUIRE(given.ok());
  CHECK(given->At(*account.IndexOf("owner_id")) == model::Value(users["far"]));
  CHECK(crm.Get(rep, account, id).error().kind == ErrorKind::kNotFound);
}

TEST_CASE_FIXTURE(Fixture,
                  "teams: who manages one sees it, and the chain of managers is followed down") {
  const Caller rep = Rep(R"({"*":{"read":"team"}})");
  const Id deep = Make("user", {{"name", "Deep"}, {"manager_id", Text(users["report"])}});
  users["deep"] = deep;
  records["account"]["deep"] = Make("account", {{"name", "Acme deep"}, {"owner_id", Text(deep)}});
  CHECK(Listed(rep, "account") == Keys{"me", "mate", "report", "deep"});
  const Id owls = std::get<Id>(
      crm.Get(system, Object("user"), users["far"])->At(*Object("user").IndexOf("team_id")));
  Patch("team", owls, {{"manager_id", Text(users["me"])}});
  CHECK(Listed(rep, "account") == Keys{"me", "mate", "report", "terr", "far", "deep"});
}

TEST_CASE_FIXTURE(Fixture, "a case that waits in the team's queue is the team's") {
  const Id hawks = std::get<Id>(
      crm.Get(system, Object("user"), users["me"])->At(*Object("user").IndexOf("team_id")));
  const Id queue = Make("queue", {{"name", "First line"}, {"team_id", Text(hawks)}});
  records["case"]["queued"] = Make("case", {{"subject", "Leak"}, {"queue_id", Text(queue)}});
  records["case"]["loose"] = Make("case", {{"subject", "Noise"}});
  Patch("case", records["case"]["queued"], {{"owner_id", nullptr}});
  CHECK(Listed(Rep(R"({"*":{"read":"own"}})"), "case").empty());
  CHECK(Listed(Rep(R"({"*":{"read":"team"}})"), "case") == Keys{"queued"});
}

TEST_CASE_FIXTURE(Fixture,
                  "too many to list: people and territories are asked for by their chain") {
  const Id hawks = std::get<Id>(
      crm.Get(system, Object("user"), users["me"])->At(*Object("user").IndexOf("team_id")));
  REQUIRE(
      crm.Transact(
             system,
             [&](Edit& edit) -> Status {
               for (size_t i = 0; i < reach_listed_max + 5; ++i) {
                 const std::string number = std::to_string(i);
                 TRY(edit.Create(Object("user"),
                                 Json::Object({{"name", "U" + number}, {"team_id", Text(hawks)}})));
                 TRY(edit.Create(Object("territory"),
                                 Json::Object({{"name", "T" + number},
                                               {"parent_id", Text(territories["cleveland"])}})));
               }
               return Status::Ok();
             })
          .ok());
  const Caller team = Rep(R"({"*":{"read":"team"}})");
  CHECK(Listed(team, "account") == of_team);
  CHECK(crm.Get(team, Object("account"), records["account"]["mate"]).ok());
  CHECK(Listed(Rep(R"({"*":{"read":"territory"}})"), "account") == of_territory);
}

TEST_CASE_FIXTURE(Fixture, "the scopes of a token narrow what its user may") {
  auth::Scopes scopes = *auth::Scopes::Parse(Json::Array({"accounts:read", "contacts:write"}),
                                             *crm.model(), "/scopes");
  Caller token = As("me", "admin");
  token.principal.scopes = scopes;
  CHECK(crm.model(token)->objects().size() == 2);
  CHECK(crm.Allow(token, Object("account"), Action::kRead).ok());
  CHECK(crm.Allow(token, Object("contact"), Action::kUpdate).ok());
  CHECK(crm.Allow(token, Object("account"), Action::kExport).error().kind == ErrorKind::kForbidden);
  const Error error = crm.Create(token, Object("account"), *Json::Parse(R"({"name":"X"})")).error();
  CHECK(error.message ==
        "the scopes of this token (accounts:read, contacts:write) do not let it create accounts");
  CHECK(crm.FindObject(token, "lead").error().kind == ErrorKind::kForbidden);
  CHECK(crm.AllowAdministration(token, "make users").error().message.find("scope admin") !=
        std::string::npos);
  // Users are changed with the scope admin only, whoever's token it is.
  token.principal.scopes = *auth::Scopes::Parse(Json::Array({"write"}), *crm.model(), "/scopes");
  CHECK(crm.Update(token, Object("user"), users["far"], *Json::Parse(R"({"role":"admin"})"), {})
            .error()
            .kind == ErrorKind::kForbidden);
  CHECK(crm.Get(token, Object("user"), users["far"]).ok());
  // A role is narrowed, never widened.
  Caller rep = Rep(R"({"account":{"read":"own"}})");
  rep.principal.scopes = *auth::Scopes::Parse(Json::Array({"write"}), *crm.model(), "/scopes");
  CHECK(Listed(rep, "account") == mine);
  CHECK(crm.Create(rep, Object("account"), *Json::Parse(R"({"name":"X"})")).error().kind ==
        ErrorKind::kForbidden);
}

TEST_CASE_FIXTURE(Fixture, "default roles see the very same model") {
  for (const char* role : {"viewer", "member", "admin"}) {
    CHECK(crm.model(As("me", role)) == crm.model());
  }
  CHECK(crm.model(system) == crm.model());
  CHECK(crm.FindObject(As("me", "viewer"), "account").value() == &Object("account"));
}

TEST_CASE_FIXTURE(Fixture, "a role that is gone allows nothing") {
  const Caller orphan = As("me", "no_such_role");
  CHECK(crm.model(orphan)->objects().empty());
  CHECK(crm.Get(orphan, Object("account"), records["account"]["me"]).error().kind ==
        ErrorKind::kForbidden);
  CHECK(crm.Search(orphan, "Acme", {}, 5)->empty());
}

}  // namespace
}  // namespace boathouse::crm
