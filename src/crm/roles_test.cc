#include "crm/roles.h"

#include "crm/permission_fixture.h"

namespace boathouse::crm {
namespace {

using model::Record;

struct Fixture : PermissionFixture {
  Json Patched(const char* patch) {
    const Result<Role> role = ChangeRole(crm, system, "rep", *Json::Parse(patch), auth.audit());
    if (!role.ok()) FAIL(role.error().message);
    return role->ToJson();
  }
  // What the audit log tells of roles, newest first.
  std::vector<auth::AuditEntry> Audited() {
    auth::AuditLog::Filter filter;
    filter.kind = auth::AuditKind::kRoleChanged;
    return auth.audit().List(filter, 100)->entries;
  }
};

TEST_CASE_FIXTURE(Fixture, "a role is changed by a merge patch, and counts at once") {
  const Caller rep = Rep(R"({"*":{"read":"all"},"account":{"fields":{"phone":"none"}}})");
  CHECK(crm.model(rep)->Find("account")->Find("phone") == nullptr);
  CHECK(crm.model(rep) == crm.model(rep));
  const std::shared_ptr<const model::Model> before = crm.model(rep);
  const Json changed =
      Patched(R"({"label":"Rep","objects":{"account":{"fields":{"phone":"read","fax":null}}}})");
  CHECK(changed["label"] == Json("Rep"));
  CHECK(changed["objects"]["*"]["read"] == Json("all"));
  CHECK(crm.model(rep)->Find("account")->Find("phone")->read_only);
  // Who is under way still has the model that the request began with.
  CHECK(before->Find("account")->Find("phone") == nullptr);
  Patched(R"({"objects":{"account":null}})");
  CHECK(crm.model(rep) == crm.model());

  const Json wrong = *Json::Parse(R"({"objects":{"account":{"read":"mine"}}})");
  CHECK(ChangeRole(crm, system, "rep", wrong, auth.audit()).error().kind == ErrorKind::kInvalid);
  CHECK(ChangeRole(crm, system, "rep", *Json::Parse(R"({"name":"x"})"), auth.audit())
            .error()
            .fields.at(0)
            .code == "read_only");
  CHECK(ChangeRole(crm, system, "gone", Json::Object(), auth.audit())
            .error()
            .message.find("admin, member, viewer, rep") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a field added to the model is there for a role at once") {
  const Caller rep = Rep(R"({"*":{"read":"all"},"account":{"fields":{"phone":"none"}}})");
  CHECK(crm.model(rep)->Find("account")->Find("segment") == nullptr);
  REQUIRE(crm.ChangeModel(system, *Json::Parse(
                                      R"({"add_field":{"object":"account","field":
                                          {"name":"segment","type":"text"}}})"))
              .ok());
  const model::Object& account = *crm.model(rep)->Find("account");
  CHECK(account.Find("segment") != nullptr);
  CHECK(account.Find("phone") == nullptr);
  const Id id = Make("account", {{"name", "Acme"}, {"segment", "gold"}, {"phone", "+1 2"}});
  const Record record = crm.Get(rep, account, id).value();
  CHECK(record.At(*account.IndexOf("segment")) == model::Value(std::string("gold")));
}

TEST_CASE_FIXTURE(Fixture,
                  "admin stays what it is; member and viewer can be narrowed, not deleted") {
  CHECK(ChangeRole(crm, system, "admin", Json::Object(), auth.audit()).error().kind ==
        ErrorKind::kConflict);
  for (const char* name : {"admin", "member", "viewer"}) {
    CHECK(DeleteRole(crm, system, name, auth.audit()).error().kind == ErrorKind::kConflict);
  }
  REQUIRE(ChangeRole(crm, system, "viewer", *Json::Parse(R"({"objects":{"lead":{"read":"none"}}})"),
                     auth.audit())
              .ok());
  CHECK(crm.model(As("me", "viewer"))->Find("lead") == nullptr);
  const std::vector<Role> roles = ListRoles(crm, system).value();
  CHECK(roles.size() == 3);
  CHECK(roles[0].name() == "admin");
}

TEST_CASE_FIXTURE(Fixture, "a role that users have stays; users get roles that there are") {
  Rep(R"({"*":{"read":"own"}})");
  CHECK(crm.Update(system, Object("user"), users["me"], *Json::Parse(R"({"role":"reps"})"), {})
            .error()
            .fields.at(0)
            .detail.find("admin, member, viewer, rep") != std::string::npos);
  Patch("user", users["me"], {{"role", "rep"}});
  CHECK(DeleteRole(crm, system, "rep", auth.audit()).error().message ==
        "1 user has the role rep; give it another one first");
  Patch("user", users["me"], {{"role", "member"}});
  CHECK(DeleteRole(crm, system, "rep", auth.audit()).ok());
  CHECK(GetRole(crm, system, "rep").error().kind == ErrorKind::kNotFound);
}

TEST_CASE_FIXTURE(Fixture, "what happens to roles stands in the audit log") {
  crm.AddRule(std::make_unique<UserRoleAudit>(auth.audit()));
  Rep(R"({"*":{"read":"own"}})");
  Patch("user", users["me"], {{"role", "rep"}});
  Patch("user", users["me"], {{"phone", "+1 216 555 0100"}});
  const std::vector<auth::AuditEntry> entries = Audited();
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].subject == "user User me");
  CHECK(entries[0].detail["from"] == Json("member"));
  CHECK(entries[0].detail["to"] == Json("rep"));
  CHECK(entries[1].subject == "role rep");
}

TEST_CASE_FIXTURE(Fixture, "what one may do is told for each object, as far as a token reaches") {
  Caller rep = Rep(
      R"({"*":{"read":"team","create":true},"account":{"update":"own"},"lead":{"read":"none"}})");
  const Json rights = DescribeRights(crm, rep);
  CHECK(rights["administer"] == Json(false));
  CHECK(rights["objects"].Find("lead") == nullptr);
  CHECK(rights["objects"]["account"] ==
        *Json::Parse(R"({"read":"team","create":true,"update":"own","delete":"none",
                         "export":false,"share":false})"));
  rep.principal.scopes =
      *auth::Scopes::Parse(Json::Array({"accounts:read"}), *crm.model(), "/scopes");
  const Json narrowed = DescribeRights(crm, rep);
  CHECK(narrowed["objects"].size() == 1);
  CHECK(narrowed["objects"]["account"]["update"] == Json("none"));
  CHECK(DescribeRights(crm, As("me", "admin"))["administer"] == Json(true));
}

TEST_CASE_FIXTURE(Fixture, "text is found in what is seen only, page by page") {
  const Caller rep = Rep(R"({"*":{"read":"all"},"contact":{"fields":{"description":"none"}}})");
  for (int i = 0; i < 40; ++i) {
    Make("contact", {{"last_name", (i % 4 == 0 ? "Maple " : "Oak ") + std::to_string(i)},
                     {"description", "maple syrup"}});
  }
  const model::Object& contact = **crm.FindObject(rep, "contact");
  ListRequest request;
  request.text = "mapl";
  request.order_by = "last_name desc";
  request.page_size = 4;
  request.include_total = true;
  size_t seen = 0;
  do {
    const Result<ListPage> page = crm.List(rep, contact, request);
    REQUIRE(page.ok());
    CHECK(page->total_size == 10);
    for (const Record& record : page->records) {
      CHECK(model::ToText(record.At(*contact.IndexOf("last_name"))).starts_with("Maple"));
    }
    seen += page->records.size();
    request.page_token = page->next_page_token;
  } while (!request.page_token.empty());
  CHECK(seen == 10);
  CHECK(crm.Search(rep, "maple", {&contact}, 100)->size() == 10);
  CHECK(crm.Search(system, "maple", {&Object("contact")}, 100)->size() == 40);
}

TEST_CASE_FIXTURE(Fixture, "an object of another role's model shows no more than one's own role") {
  const Id id = Make("account", {{"name", "Acme"}, {"phone", "+1 2"}, {"industry", "Steel"}});
  const Caller rep = Rep(R"({"*":{"read":"all"},"account":{"fields":{"phone":"none"}}})");
  const Caller other =
      Rep(R"({"*":{"read":"all"},"account":{"fields":{"industry":"none"}}})", "other");
  const auto text = [&](const model::Object& object, const char* field) {
    return model::ToText(crm.Get(rep, object, id)->At(object.IndexOf(field).value()));
  };
  const model::Object& whole = Object("account");
  CHECK(text(whole, "phone").empty());
  CHECK(text(whole, "industry") == "Steel");
  const model::Object& of_other = *crm.model(other)->Find("account");
  CHECK(text(of_other, "phone").empty());
  CHECK(text(of_other, "name") == "Acme");
  // Nor does it let filters or edits in.
  ListRequest request;
  request.filter = "phone != null";
  CHECK(crm.List(rep, whole, request).error().kind == ErrorKind::kInvalid);
  CHECK(crm.Create(rep, whole, *Json::Parse(R"({"name":"X","phone":"1"})")).error().kind ==
        ErrorKind::kForbidden);
}

}  // namespace
}  // namespace boathouse::crm
