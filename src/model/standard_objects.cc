// The standard objects: customers and the people who look after them. Adding a field is one line;
// everything else follows from it. A column id is never changed or used again within its object; new
// fields go to the end of the list.
#include "model/computed.h"
#include "model/standard_fields.h"

namespace boathouse::model {
namespace {

Object Account() {
  return MakeObject(
      "account", "accounts", "name", "A company we sell to, or want to sell to.",
      {Text("name").Required().Searchable().Indexed(),
       Text("account_number")
           .Unique()
           .Searchable()
           .Says("The customer number; the ERP and the lakehouse use it too."),
       Select("type", {"prospect", "customer", "partner", "former"}),
       Text("industry").Indexed(),
       Select("rating", {"hot", "warm", "cold"}),
       Money("annual_revenue"),
       Integer("number_of_employees").Range(0, 100'000'000),
       Integer("year_established").Range(1, 9999),
       Phone("phone").Searchable(),
       Url("website").Searchable(),
       Text("billing_street"),
       Text("billing_city").Searchable().Indexed(),
       Text("billing_state").Indexed(),
       Text("billing_postal_code"),
       Text("billing_country"),
       Relation("parent_id", "account").Label("Parent account"),
       Relation("territory_id", "territory"),
       LongText("description").Searchable(),
       Owner(),
       ExternalId(),
       Text("shipping_street"),
       Text("shipping_city"),
       Text("shipping_state"),
       Text("shipping_postal_code"),
       Text("shipping_country"),
       Select("ownership", {"public", "private", "subsidiary", "government", "other"}),
       Text("account_source").Says("How the account came to us."),
       Text("credit_status_reference")
           .Says("The key under which the ERP is asked for the credit status, which is never kept "
                 "here."),
       Relation("price_list_id", "price_list"),
       Boolean("territory_locked")
           .Default(false)
           .Says("Assignment rules leave the territory alone."),
       Currency(),
       Tags(),
       Phone("fax")});
}

Object Contact() {
  return MakeObject("contact", "contacts", "name", "A person at an account.",
                    {Text("first_name"),
                     Text("last_name").Required().Indexed(),
                     Text("name").JoinedFrom({"first_name", "last_name"}).Searchable().Indexed(),
                     Text("title").Searchable(),
                     Text("department"),
                     Email("email").Searchable().Indexed(),
                     Phone("phone").Searchable(),
                     Phone("mobile_phone").Searchable(),
                     Relation("account_id", "account"),
                     Relation("reports_to_id", "contact"),
                     Text("lead_source"),
                     Text("mailing_city").Indexed(),
                     Text("mailing_state"),
                     Text("mailing_country"),
                     Boolean("do_not_call"),
                     LongText("description").Searchable(),
                     Owner(),
                     ExternalId(),
                     Text("salutation"),
                     Text("mailing_street"),
                     Text("mailing_postal_code"),
                     DateField("birthdate"),
                     Boolean("has_opted_out_of_email"),
                     Tags()});
}

Object Lead() {
  return MakeObject("lead", "leads", "name",
                    "Somebody who may become a customer and is not qualified yet.",
                    {Text("first_name"),
                     Text("last_name").Required(),
                     Text("name").JoinedFrom({"first_name", "last_name"}).Searchable().Indexed(),
                     Text("company").Required().Searchable().Indexed(),
                     Text("title"),
                     Email("email").Searchable().Indexed(),
                     Phone("phone").Searchable(),
                     Select("status", {"new", "contacted", "qualified", "unqualified", "converted"})
                         .Required()
                         .Indexed()
                         .Default(std::string("new")),
                     Text("lead_source"),
                     Text("industry"),
                     Select("rating", {"hot", "warm", "cold"}),
                     Money("annual_revenue"),
                     Integer("number_of_employees").Range(0, 100'000'000),
                     Text("city").Searchable(),
                     Text("state"),
                     Text("country"),
                     Relation("territory_id", "territory"),
                     LongText("description").Searchable(),
                     Owner(),
                     ExternalId(),
                     Text("street"),
                     Text("postal_code"),
                     Url("website"),
                     Boolean("territory_locked")
                         .Default(false)
                         .Says("Assignment rules leave the territory alone."),
                     Relation("campaign_id", "campaign"),
                     Boolean("is_converted").ReadOnly(),
                     DateTimeField("converted_at").ReadOnly(),
                     Relation("converted_account_id", "account").ReadOnly(),
                     Relation("converted_contact_id", "contact").ReadOnly(),
                     Relation("converted_opportunity_id", "opportunity").ReadOnly(),
                     Currency(),
                     Tags()});
}

Object Territory() {
  return MakeObject(
      "territory", "territories", "name", "A part of the market that a team covers.",
      {Text("name").Required().Unique().Searchable(), Text("region").Searchable().Indexed(),
       Relation("parent_id", "territory").Label("Parent territory"),
       LongText("description").Searchable(), ExternalId(), Relation("manager_id", "user")});
}

Object TerritoryRule() {
  return MakePart(
      "territory_rule", "territory_rules", "name",
      "Which accounts or leads a territory takes: those that the filter finds.", "territory_id",
      {Relation("territory_id", "territory").Required(),
       Select("object", {"account", "lead"}).Required().Default(std::string("account")),
       LongText("filter").Required().Says(
           "In the filter language of lists: billing_state = \"OH\" AND industry = \"Steel\"."),
       Position(), Boolean("is_active").Default(true), Text("name")});
}

Object User() {
  return MakeObject(
      "user", "users", "name", "A person of our own company who works with or appears in the CRM.",
      {Text("name").Required().Searchable().Indexed(), Email("email").Unique().Searchable(),
       Text("role").Required().Default(std::string("member")).Says("The name of a role."),
       Text("title"), Text("manager_name"), Relation("territory_id", "territory"), Phone("phone"),
       Boolean("is_active").Default(true), ExternalId(), Relation("team_id", "team"),
       Relation("manager_id", "user")});
}

Object Team() {
  return MakeObject("team", "teams", "name", "Users who work together.",
                    {Text("name").Required().Unique().Searchable(), Relation("manager_id", "user"),
                     LongText("description"), ExternalId()});
}

Object Tag() {
  return MakeObject(
      "tag", "tags", "name", "A word that records are marked with.",
      {Text("name").Required().Unique().Searchable(),
       Text("color").Says("A CSS colour, such as #0a7 or teal."), Text("description")});
}

Object Take(std::vector<Object>& objects, std::string_view name) {
  for (Object& object : objects) {
    if (object.name == name) return std::move(object);
  }
  INVARIANT(false);
  return {};
}

}  // namespace

std::vector<Object> CustomerObjects() {
  return {Account(), Contact(), Lead(), Territory(), TerritoryRule(), Tag(), Team(), User()};
}

std::shared_ptr<const Model> Model::Standard() {
  // The order in which people see them.
  constexpr std::string_view order[] = {"account",
                                        "contact",
                                        "lead",
                                        "opportunity",
                                        "opportunity_line",
                                        "opportunity_stage_history",
                                        "quote",
                                        "quote_line",
                                        "product",
                                        "price_list",
                                        "price_list_entry",
                                        "activity",
                                        "case",
                                        "queue",
                                        "campaign",
                                        "campaign_member",
                                        "attachment",
                                        "pipeline",
                                        "stage",
                                        "territory",
                                        "territory_rule",
                                        "tag",
                                        "team",
                                        "user"};
  static const auto standard = [&] {
    std::vector<Object> made;
    for (auto part : {CustomerObjects(), SalesObjects(), ServiceObjects()}) {
      for (Object& object : part) made.push_back(std::move(object));
    }
    std::vector<Object> objects;
    for (const std::string_view name : order) objects.push_back(Take(made, name));
    INVARIANT(objects.size() == made.size());
    INVARIANT(ResolveComputed(objects, [](const Object&, const Field&) { return ""; }).ok());
    return std::make_shared<const Model>(std::move(objects));
  }();
  return standard;
}

}  // namespace boathouse::model
