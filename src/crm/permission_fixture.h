#pragma once
// For tests: a workspace with a sales rep, people around her, and records of theirs.
//
//   me      the rep, of the team Hawks and the territory Ohio
//   mate    of the same team
//   report  of another team; me is the manager
//   terr    of another team, in Cleveland, which lies below Ohio
//   far     of another team and territory

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "auth/auth.h"
#include "base/temp_folder.h"
#include "crm/crm.h"
#include "crm/roles.h"

namespace boathouse::crm {

inline const std::vector<std::string> people = {"me", "mate", "report", "terr", "far"};

struct PermissionFixture {
  TempFolder folder;
  ManualClock clock{1'700'000'000'000'000};
  IdSource ids{clock, 1};
  std::unique_ptr<store::Store> store =
      std::move(store::Store::Open({folder / "r.sqlite", model::Model::Standard(), &clock, 4}))
          .value();
  auth::Auth auth{*store, clock, ids};
  Crm crm{*store, clock, ids, "secret"};
  Caller system{auth::Principal::System(), "test"};
  std::map<std::string, Id> users, territories;

  PermissionFixture() {
    territories["ohio"] = Make("territory", {{"name", "Ohio"}});
    territories["cleveland"] =
        Make("territory", {{"name", "Cleveland"}, {"parent_id", Text(territories["ohio"])}});
    territories["texas"] = Make("territory", {{"name", "Texas"}});
    const Id hawks = Make("team", {{"name", "Hawks"}});
    const Id owls = Make("team", {{"name", "Owls"}});
    const auto user = [&](const char* name, const Id& team, const char* territory) {
      users[name] = Make("user", {{"name", std::string("User ") + name},
                                  {"team_id", Text(team)},
                                  {"territory_id", Text(territories[territory])}});
    };
    user("me", hawks, "ohio");
    user("mate", hawks, "texas");
    user("report", owls, "texas");
    user("terr", owls, "cleveland");
    user("far", owls, "texas");
    Patch("user", users["report"], {{"manager_id", Text(users["me"])}});
  }

  static std::string Text(const Id& id) { return id.ToString(); }

  const model::Object& Object(std::string_view name) { return *crm.model()->Find(name); }

  Id Make(std::string_view object, std::initializer_list<Json::Member> fields) {
    return MakeAs(system, object, Json::Object(fields));
  }
  Id MakeAs(const Caller& caller, std::string_view object, const Json& fields) {
    const Result<model::Record> made = crm.Create(caller, Object(object), fields);
    if (!made.ok()) FAIL(std::string(object), ": ", made.error().message);
    return made->id();
  }
  void Patch(std::string_view object, const Id& id, std::initializer_list<Json::Member> fields) {
    const auto patched = crm.Update(system, Object(object), id, Json::Object(fields), {});
    if (!patched.ok()) FAIL(patched.error().message);
  }

  Caller As(const std::string& user, const std::string& role) {
    Caller caller{{}, "test"};
    caller.principal.user = users.at(user);
    caller.principal.role = role;
    return caller;
  }
  // The rep with a role of these objects, made or changed.
  Caller Rep(const std::string& objects, const std::string& name = "rep") {
    const Json parsed = *Json::Parse(objects);
    Result<Role> role =
        CreateRole(crm, system, Json::Object({{"name", name}, {"objects", parsed}}), auth.audit());
    if (!role.ok() && role.error().kind == ErrorKind::kConflict) {
      REQUIRE(DeleteRole(crm, system, name, auth.audit()).ok());
      role = CreateRole(crm, system, Json::Object({{"name", name}, {"objects", parsed}}),
                        auth.audit());
    }
    if (!role.ok()) FAIL(role.error().message);
    return As("me", name);
  }
};

}  // namespace boathouse::crm
