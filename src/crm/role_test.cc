#include "crm/role.h"

#include <doctest/doctest.h>

#include <set>

namespace boathouse::crm {
namespace {

using model::Field;
using model::FieldType;

const model::Model& Standard() { return *model::Model::Standard(); }

Role Read(const std::string& objects) {
  const Result<Role> role =
      Role::Parse(*Json::Parse(R"({"name":"rep","objects":)" + objects + "}"), Standard());
  if (!role.ok()) FAIL(role.error().message);
  return *role;
}

// "pointer code" of everything that is wrong.
std::set<std::string> Wrong(const std::string& json) {
  const Result<Role> role = Role::Parse(*Json::Parse(json), Standard());
  std::set<std::string> wrong;
  if (role.ok()) return wrong;
  CHECK(role.error().kind == ErrorKind::kInvalid);
  for (const FieldError& error : role.error().fields) wrong.insert(error.field + " " + error.code);
  return wrong;
}

std::set<std::string> Names(const model::Object& object) {
  std::set<std::string> names;
  for (const Field& field : object.fields) names.insert(field.name);
  return names;
}

model::Model Seen(const Role& role, const model::Model& whole = Standard()) {
  return ModelOf(role, whole, [](const model::Object&) { return true; });
}

TEST_CASE("an entry inherits from *, and what stands nowhere is not allowed") {
  const Role role = Read(R"({"*":{"read":"team","create":true,"update":"own"},
                             "account":{"read":"all","export":true},
                             "lead":{"create":false,"update":"none"}})");
  CHECK(role.ScopeOf("account", Action::kRead) == Scope::kAll);
  CHECK(role.ScopeOf("account", Action::kUpdate) == Scope::kOwn);
  CHECK(role.ScopeOf("account", Action::kExport) == Scope::kAll);
  CHECK(role.ScopeOf("account", Action::kDelete) == Scope::kNone);
  CHECK(role.ScopeOf("contact", Action::kRead) == Scope::kTeam);
  CHECK(role.ScopeOf("contact", Action::kExport) == Scope::kNone);
  CHECK(role.ScopeOf("contact", Action::kShare) == Scope::kNone);
  CHECK(role.Allows("contact", Action::kCreate));
  CHECK_FALSE(role.Allows("lead", Action::kCreate));
  CHECK_FALSE(role.Allows("lead", Action::kUpdate));
  CHECK_FALSE(Role::Nobody("gone").Allows("account", Action::kRead));
}

TEST_CASE("nobody changes, creates or exports what they may not read") {
  const Role role = Read(R"({"*":{"read":"all","create":true,"update":"all","export":true},
                             "account":{"read":"own"},"lead":{"read":"none"}})");
  CHECK(role.ScopeOf("account", Action::kUpdate) == Scope::kOwn);
  CHECK(role.ScopeOf("account", Action::kExport) == Scope::kOwn);
  for (const Action action : {Action::kRead, Action::kCreate, Action::kUpdate, Action::kExport}) {
    CHECK_FALSE(role.Allows("lead", action));
  }
}

TEST_CASE("users are known to all and changed by none, unless a role names them") {
  CHECK(Read(R"({"*":{"read":"own","update":"own"}})").ScopeOf("user", Action::kRead) ==
        Scope::kAll);
  CHECK(Read(R"({"*":{"read":"none"}})").ScopeOf("user", Action::kRead) == Scope::kOwn);
  const Role all = Read(R"({"*":{"read":"all","create":true,"update":"all","delete":"all"}})");
  for (const Action action : {Action::kCreate, Action::kUpdate, Action::kDelete}) {
    CHECK_FALSE(all.Allows("user", action));
  }
  const Role own = Read(R"({"user":{"read":"all","update":"own"}})");
  CHECK(own.ScopeOf("user", Action::kUpdate) == Scope::kOwn);
  const model::Object& user = *Seen(own).Find("user");
  CHECK_FALSE(user.Find("phone")->read_only);
  for (const char* field : {"role", "is_active", "email", "team_id", "territory_id"}) {
    CHECK(user.Find(field)->read_only);
  }
}

TEST_CASE("the built-in roles: viewers read, members write all but users, admins everything") {
  const Role viewer = *Role::BuiltIn("viewer");
  const Role member = *Role::BuiltIn("member");
  const Role admin = *Role::BuiltIn("admin");
  for (const model::Object& object : Standard().objects()) {
    for (const Action action : {Action::kCreate, Action::kUpdate, Action::kDelete}) {
      CHECK_FALSE(viewer.Allows(object.name, action));
      CHECK(member.Allows(object.name, action) == (object.name != "user"));
      CHECK(admin.ScopeOf(object.name, action) == Scope::kAll);
    }
    CHECK(viewer.ScopeOf(object.name, Action::kRead) == Scope::kAll);
    CHECK(viewer.Allows(object.name, Action::kExport));
  }
  for (const Role& role : {viewer, member, admin}) CHECK(role.SeesAll(Standard()));
  CHECK_FALSE(Role::BuiltIn("rep").has_value());
}

TEST_CASE("what is wrong with a role is said all at once") {
  CHECK(Wrong(R"({"name":"Rep","label":7,"objects":{"account":{"read":"mine","create":1,"se":true,
                  "fields":{"phone":"hidden"}}},"admin":true})") ==
        std::set<std::string>{
            "/admin unknown_field", "/name wrong_format", "/label wrong_type",
            "/objects/account/read invalid_option", "/objects/account/create wrong_type",
            "/objects/account/se unknown_field", "/objects/account/fields/phone invalid_option"});
  CHECK(Wrong(R"({"objects":[]})") ==
        std::set<std::string>{"/name required", "/objects wrong_type"});
  CHECK(Wrong("[]") == std::set<std::string>{" wrong_type"});
  CHECK(Wrong(R"({"name":"rep","objects":{
          "accounts":{"read":"all"},
          "account":{"read":"own","update":"team","delete":"all","fields":{"fone":"none","version":"none"}},
          "user":{"read":"none","create":true,"delete":"none"},
          "*":{"read":"all","fields":{"no_such":"read"}}}})") ==
        std::set<std::string>{
            "/objects/accounts not_found", "/objects/account/update out_of_range",
            "/objects/account/delete out_of_range", "/objects/account/fields/fone unknown_field",
            "/objects/account/fields/version read_only", "/objects/user/create out_of_range",
            "/objects/user/read out_of_range", "/objects/*/fields/no_such unknown_field"});
  CHECK(Wrong(R"({"name":"rep","objects":{"account":
          {"read":"own","create":true,"fields":{"name":"read"}}}})") ==
        std::set<std::string>{"/objects/account/fields/name required"});
}

TEST_CASE("a role's model has no denied field, and points to the whole one") {
  const Role role = Read(R"({"*":{"read":"all","create":true,"update":"all"},
      "account":{"fields":{"annual_revenue":"none","phone":"read"}},
      "contact":{"create":false,"fields":{"*":"read","email":"write","phone":"none"}},
      "lead":{"read":"none"}})");
  CHECK_FALSE(role.SeesAll(Standard()));
  const model::Model seen = Seen(role);
  CHECK(seen.Find("lead") == nullptr);
  CHECK(seen.objects().size() == Standard().objects().size() - 1);
  const model::Object& account = *seen.Find("account");
  CHECK(account.Find("annual_revenue") == nullptr);
  CHECK(account.Find("phone")->read_only);
  CHECK_FALSE(account.Find("name")->read_only);
  CHECK(account.whole == Standard().Find("account"));
  REQUIRE(account.whole_fields.size() == account.fields.size());
  for (size_t i = 0; i < account.fields.size(); ++i) {
    CHECK(account.whole->fields[account.whole_fields[i]].name == account.fields[i].name);
  }
  // The system's own fields stand where everybody expects them.
  CHECK(account.fields[model::kFieldUpdatedBy].name == "updated_by");
  const model::Object& contact = *seen.Find("contact");
  CHECK(contact.Find("phone") == nullptr);
  CHECK(contact.Find("last_name")->read_only);
  CHECK_FALSE(contact.Find("email")->read_only);
}

TEST_CASE("a field computed from a denied one is denied with it, unless the role names it") {
  const Role role = Read(R"({"*":{"read":"all"},"contact":{"fields":{"first_name":"none"}},
                             "opportunity":{"fields":{"amount":"none"}}})");
  const model::Model seen = Seen(role);
  CHECK(seen.Find("contact")->Find("name") == nullptr);
  CHECK(seen.Find("contact")->title_field == "id");
  CHECK(seen.Find("lead")->Find("name") != nullptr);
  CHECK(seen.Find("opportunity")->Find("expected_revenue") == nullptr);
  // Copied into the history of stages, too.
  CHECK(seen.Find("opportunity_stage_history")->Find("amount") == nullptr);
  CHECK(seen.Find("opportunity_stage_history")->Find("probability") != nullptr);
  CHECK(
      Seen(Read(R"({"*":{"read":"all"},"contact":{"fields":{"first_name":"none","name":"read"}}})"))
          .Find("contact")
          ->title_field == "name");
}

TEST_CASE("sums over records that may not be read, and formulas over their fields, are hidden") {
  const model::Object& line = *Standard().Find("opportunity_line");
  REQUIRE(Standard().Find("opportunity")->Find("lines_total")->roll_up->object == line.name);
  const auto shows = [&](const std::string& objects, const char* field) {
    return Names(*Seen(Read(objects)).Find("opportunity")).contains(field);
  };
  CHECK(shows(R"({"*":{"read":"all"}})", "lines_total"));
  CHECK_FALSE(shows(R"({"*":{"read":"all"},"opportunity_line":{"read":"none"}})", "lines_total"));
  CHECK_FALSE(shows(R"({"*":{"read":"all"},"opportunity_line":{"read":"none"}})", "line_count"));
  CHECK_FALSE(shows(R"({"*":{"read":"all"},"opportunity_line":{"fields":{"total_price":"none"}}})",
                    "lines_total"));
  CHECK(shows(R"({"*":{"read":"all"},"opportunity_line":{"fields":{"total_price":"none"}}})",
              "line_count"));

  std::vector<model::Object> objects = Standard().objects();
  Field of_account;
  of_account.name = "share_of_revenue";
  of_account.type = FieldType::kDecimal;
  of_account.formula = "amount / account.annual_revenue + 0.5e1";
  for (model::Object& object : objects) {
    if (object.name == "opportunity") object.fields.push_back(of_account);
  }
  const model::Model wider(std::move(objects));
  const auto shows_share = [&](const std::string& text) {
    return Seen(Read(text), wider).Find("opportunity")->Find("share_of_revenue") != nullptr;
  };
  CHECK(shows_share(R"({"*":{"read":"all"}})"));
  CHECK_FALSE(
      shows_share(R"({"*":{"read":"all"},"account":{"fields":{"annual_revenue":"none"}}})"));
  CHECK_FALSE(shows_share(R"({"*":{"read":"all"},"account":{"read":"none"}})"));
  CHECK(shows_share(R"({"*":{"read":"all"},"account":{"fields":{"phone":"none"}}})"));
}

TEST_CASE("a role is the same after the store") {
  const Role role = Read(R"({"*":{"read":"team","create":true},
      "account":{"create":false,"delete":"own","share":true,"fields":{"phone":"none","*":"read"}}})");
  CHECK(Role::FromStored("rep", role.ToJson()).ToJson() == role.ToJson());
  // What a later program wrote allows nothing here.
  const Role strange = Role::FromStored("rep", *Json::Parse(R"({"objects":{
      "*":{"read":"all","update":"all"},
      "account":{"update":"department","fields":{"phone":"masked"}},"lead":7}})"));
  CHECK(strange.ScopeOf("account", Action::kUpdate) == Scope::kNone);
  CHECK(strange.ScopeOf("lead", Action::kRead) == Scope::kNone);
  const model::Object& account = *Standard().Find("account");
  CHECK(strange.AccessTo(Standard(), account, *account.Find("phone")) == FieldAccess::kNone);
}

}  // namespace
}  // namespace boathouse::crm
