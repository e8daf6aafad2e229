#include "crm/lead_conversion.h"

#include "crm/permission.h"
#include "crm/sales/sales_fixture.h"

namespace boathouse::crm {
namespace {

struct LeadFixture : SalesFixture {
  std::string lead = Make("lead", R"({"first_name":"Marco","last_name":"Jansen",
      "company":"Erie Bearings","email":"marco@erie.example","city":"Erie","state":"PA",
      "lead_source":"Trade show","tags":["fair"],"annual_revenue":"125000"})");

  Result<LeadConversion> Try(const std::string& request) {
    return ConvertLead(crm, system, *Id::Parse(lead), Parse(request));
  }
  LeadConversion Convert(const std::string& request) {
    const Result<LeadConversion> made = Try(request);
    INFO((made.ok() ? "" : made.error().message));
    REQUIRE(made.ok());
    return *made;
  }
};

TEST_CASE_FIXTURE(LeadFixture, "a lead becomes an account, a contact and an opportunity") {
  const LeadConversion made = Convert(R"({"opportunity":{"amount":"500","stage":"engaging"}})");
  const Json account = Read("account", made.account.ToString());
  CHECK(account["name"].AsString() == "Erie Bearings");
  CHECK(account["billing_city"].AsString() == "Erie");
  CHECK(account["annual_revenue"].AsString() == "125000.00");
  CHECK(account["account_source"].AsString() == "Trade show");
  const Json contact = Read("contact", made.contact.ToString());
  CHECK(contact["name"].AsString() == "Marco Jansen");
  CHECK(contact["email"].AsString() == "marco@erie.example");
  CHECK(contact["account_id"].AsString() == made.account.ToString());
  CHECK(contact["mailing_state"].AsString() == "PA");
  CHECK(contact["tags"] == Parse(R"(["fair"])"));
  REQUIRE(made.opportunity.has_value());
  const Json deal = Read("opportunity", made.opportunity->ToString());
  CHECK(deal["name"].AsString() == "Erie Bearings");
  CHECK(deal["stage"].AsString() == "engaging");
  CHECK(deal["amount"].AsString() == "500.00");
  CHECK(deal["contact_id"].AsString() == made.contact.ToString());
  const Json after = Read("lead", lead);
  CHECK(after["status"].AsString() == "converted");
  CHECK(after["is_converted"] == Json(true));
  CHECK(after["converted_opportunity_id"].AsString() == made.opportunity->ToString());
  CHECK(after["version"].AsInt() == 2);

  SUBCASE("once") {
    const Result<LeadConversion> twice = Try("{}");
    REQUIRE_FALSE(twice.ok());
    CHECK(twice.error().kind == ErrorKind::kConflict);
    REQUIRE(twice.error().fields.size() == 3);
    CHECK(twice.error().fields[0].field == "/account_id");
    CHECK(twice.error().fields[0].detail == made.account.ToString());
  }
  SUBCASE("and is read-only from then on") {
    const Error error = Refused("lead", lead, R"({"title":"Buyer"})");
    CHECK(error.kind == ErrorKind::kConflict);
    CHECK(error.message.find(made.account.ToString()) != std::string::npos);
    CHECK(Delete("lead", lead).ok());
  }
}

TEST_CASE_FIXTURE(LeadFixture, "accounts and contacts that are there can be taken") {
  const std::string account = Make("account", R"({"name":"Erie Bearings Inc."})");
  const std::string contact = Make("contact", R"({"last_name":"Jansen"})");
  const LeadConversion made =
      Convert(R"({"account_id":")" + account + R"(","contact_id":")" + contact + "\"}");
  CHECK_FALSE(made.account_created);
  CHECK_FALSE(made.contact_created);
  CHECK_FALSE(made.opportunity.has_value());
  CHECK(Text("contact", contact, "account_id") == account);
  CHECK(Text("account", account, "name") == "Erie Bearings Inc.");
}

TEST_CASE_FIXTURE(LeadFixture, "what was kept about the lead goes along") {
  const std::string fair = Make("campaign", R"({"name":"Fair"})");
  const std::string mail = Make("campaign", R"({"name":"Mailing"})");
  const std::string known = Make("contact", R"({"last_name":"Jansen"})");
  const auto join = [&](const std::string& campaign, const char* who, const std::string& id,
                        const char* more) {
    return Make("campaign_member", R"({"campaign_id":")" + campaign + R"(",")" + who + R"(":")" +
                                       id + "\"" + more + "}");
  };
  join(fair, "lead_id", lead, "");
  join(mail, "lead_id", lead, R"(,"has_responded":true)");
  const std::string twice = join(mail, "contact_id", known, "");
  const std::string call = Make("activity", With(R"({"subject":"Call","lead_id":"$"})", lead));
  const std::string note = Make(
      "activity", With(R"({"subject":"Note","related_object":"lead","related_id":"$"})", lead));
  const LeadConversion made = Convert(With(R"({"contact_id":"$","opportunity":{}})", known));
  for (const std::string& activity : {call, note}) {
    CHECK(Text("activity", activity, "contact_id") == known);
    CHECK(Text("activity", activity, "account_id") == made.account.ToString());
    CHECK(Text("activity", activity, "opportunity_id") == made.opportunity->ToString());
  }
  CHECK(Text("activity", note, "related_object") == "contact");
  CHECK(Text("activity", note, "related_id") == known);
  CHECK(Column("campaign_member", "lead_id != null", "id").empty());
  CHECK(Text("campaign", fair, "member_count") == "1");
  CHECK(Text("campaign", mail, "member_count") == "1");
  CHECK(Text("campaign_member", twice, "has_responded") == "true");
}

TEST_CASE_FIXTURE(LeadFixture, "a request that is wrong changes nothing") {
  const std::string other = Make("account", R"({"name":"Other"})");
  const std::string contact =
      Make("contact", With(R"({"last_name":"Roe","account_id":"$"})", other));
  const std::string nobody = "0190a5f2-1c3d-7abc-8def-0123456789ab";
  const auto wrong = [&](const std::string& request) {
    const Result<LeadConversion> made = Try(request);
    REQUIRE_FALSE(made.ok());
    return First(made.error());
  };
  CHECK(wrong("[]") == " wrong_type");
  CHECK(wrong(R"({"shoe":1})") == "/shoe unknown_field");
  CHECK(wrong(R"({"account":"Erie"})") == "/account wrong_type");
  CHECK(wrong(R"({"account_id":7})") == "/account_id wrong_format");
  CHECK(wrong(With(R"({"account_id":"$"})", nobody)) == "/account_id not_found");
  CHECK(wrong(With(R"({"owner_id":"$"})", nobody)) == "/owner_id not_found");
  CHECK(wrong(With(R"({"account_id":"$","account":{}})", other)) == "/account too_many");
  CHECK(wrong(With(R"({"contact_id":"$"})", contact)) == "/contact_id other_account");
  CHECK(wrong(R"({"opportunity":{"stage":"maybe"}})") == "/opportunity/stage not_an_option");
  CHECK(wrong(With(R"({"contact":{"account_id":"$"}})", other)) == "/contact/account_id computed");
  CHECK(wrong(R"({"contact":{"email":"no"}})") == "/contact/email wrong_format");
  CHECK(Text("lead", lead, "version") == "1");
  CHECK(Column("account", "", "name") == "Other");
}

TEST_CASE_FIXTURE(LeadFixture, "nobody says that a lead was converted; from elsewhere it may be") {
  CHECK(First(Refused("lead", lead, R"({"status":"converted"})")) == "/status needs_conversion");
  const std::string old =
      Make("lead", R"({"last_name":"Old","company":"Old Co.","status":"converted"})");
  CHECK(Text("lead", old, "is_converted") == "true");
}

TEST_CASE_FIXTURE(LeadFixture, "who may not change the lead does not convert it") {
  Caller viewer{auth::Principal{}, "rest"};
  viewer.principal.role = "viewer";
  const Result<LeadConversion> made = ConvertLead(crm, viewer, *Id::Parse(lead), Json::Object());
  REQUIRE_FALSE(made.ok());
  CHECK(made.error().kind == ErrorKind::kForbidden);
}

TEST_CASE_FIXTURE(LeadFixture, "what a role does not see of a lead is neither copied nor lost") {
  REQUIRE(store
              ->Write([&](store::Transaction& transaction) {
                return transaction.PutDocument(
                    role_documents, "rep",
                    Parse(R"({"name":"rep","objects":{"*":{"read":"all","create":true,
                        "update":"all"},"lead":{"fields":{"first_name":"none",
                        "annual_revenue":"none","is_converted":"none"}}}})"));
              })
              .ok());
  Crm roles{*store, clock, ids, "secret"};
  Caller rep{auth::Principal{}, "rest"};
  rep.principal.user = *Id::Parse(Make("user", R"({"name":"Rep"})"));
  rep.principal.role = "rep";
  const Result<LeadConversion> made =
      ConvertLead(roles, rep, *Id::Parse(lead), Parse(R"({"contact":{"last_name":"Jansen"}})"));
  INFO((made.ok() ? "" : made.error().message));
  REQUIRE(made.ok());
  CHECK(Text("lead", lead, "first_name") == "Marco");
  CHECK(Text("lead", lead, "name") == "Marco Jansen");
  CHECK(Text("lead", lead, "annual_revenue") == "125000.00");
  CHECK(Text("lead", lead, "is_converted") == "true");
  CHECK(Text("account", made->account.ToString(), "annual_revenue") == "null");
  CHECK(Text("contact", made->contact.ToString(), "name") == "Jansen");
  CHECK(ConvertLead(roles, rep, *Id::Parse(lead), Json::Object()).error().kind ==
        ErrorKind::kConflict);
}

}  // namespace
}  // namespace boathouse::crm
