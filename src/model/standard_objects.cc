// The standard objects. Adding a field is one line here; everything else follows from it. A column
// id is never changed or used again within its object; new fields go to the end of the list.
#include "model/model.h"

namespace boathouse::model {
namespace {

constexpr size_t text_chars_max = 255;
constexpr size_t long_text_chars_max = 32'000;

std::string LabelFor(std::string_view name) {
  std::string label(name);
  if (label.ends_with("_id")) label.resize(label.size() - 3);
  for (char& c : label) {
    if (c == '_') c = ' ';
  }
  if (!label.empty() && label[0] >= 'a' && label[0] <= 'z') {
    label[0] = static_cast<char>(label[0] - 'a' + 'A');
  }
  return label;
}

// A field under construction: each word says one thing about it.
struct Make {
  Field field;

  Make(std::string name, FieldType type) {
    field.name = std::move(name);
    field.type = type;
    field.label = LabelFor(field.name);
    field.length_max = type == FieldType::kLongText ? long_text_chars_max : text_chars_max;
  }
  Make&& Label(std::string label) && { return field.label = std::move(label), std::move(*this); }
  Make&& Says(std::string text) && { return field.description = std::move(text), std::move(*this); }
  Make&& Required() && { return field.required = true, std::move(*this); }
  Make&& Unique() && { return field.unique = true, std::move(*this); }
  Make&& ReadOnly() && { return field.read_only = true, std::move(*this); }
  Make&& Searchable() && { return field.searchable = true, std::move(*this); }
  Make&& Indexed() && { return field.indexed = true, std::move(*this); }
  Make&& Range(int64_t minimum, int64_t maximum) && {
    field.minimum = minimum;
    field.maximum = maximum;
    return std::move(*this);
  }
  Make&& Default(Value value) && {
    return field.default_value = std::move(value), std::move(*this);
  }
  Make&& JoinedFrom(std::vector<std::string> parts) && {
    field.derived_from = std::move(parts);
    field.read_only = true;
    return std::move(*this);
  }
};

Make Text(std::string name) { return Make(std::move(name), FieldType::kText); }
Make LongText(std::string name) { return Make(std::move(name), FieldType::kLongText); }
Make Integer(std::string name) { return Make(std::move(name), FieldType::kInteger); }
Make Money(std::string name) { return Make(std::move(name), FieldType::kMoney); }
Make Boolean(std::string name) { return Make(std::move(name), FieldType::kBoolean); }
Make DateField(std::string name) { return Make(std::move(name), FieldType::kDate); }
Make DateTimeField(std::string name) { return Make(std::move(name), FieldType::kDateTime); }
Make Email(std::string name) { return Make(std::move(name), FieldType::kEmail); }
Make Phone(std::string name) { return Make(std::move(name), FieldType::kPhone); }
Make Url(std::string name) { return Make(std::move(name), FieldType::kUrl); }

Make Select(std::string name, const std::vector<std::string>& values) {
  Make make(std::move(name), FieldType::kSelect);
  for (const std::string& value : values) {
    make.field.options.push_back({value, LabelFor(value)});
  }
  return make;
}

Make Relation(std::string name, std::string object) {
  Make make(std::move(name), FieldType::kRelation);
  make.field.relation_object = std::move(object);
  return make;
}

Make Owner() { return Relation("owner_id", "user").Says("The user who is responsible."); }

Make ExternalId() {
  return Text("external_id")
      .Unique()
      .Label("External ID")
      .Says("The record's key in the system it was imported from.");
}

Object MakeObject(std::string name, std::string plural, std::string title_field,
                  std::string description, std::vector<Make> fields) {
  Object object;
  object.name = std::move(name);
  object.plural = std::move(plural);
  object.label = LabelFor(object.name);
  object.label_plural = LabelFor(object.plural);
  object.title_field = std::move(title_field);
  object.description = std::move(description);
  object.fields = SystemFields();
  for (Make& make : fields) {
    make.field.column_id = static_cast<int32_t>(object.fields.size()) + 1;
    object.fields.push_back(std::move(make.field));
  }
  return object;
}

Object Account() {
  return MakeObject("account", "accounts", "name", "A company we sell to, or want to sell to.",
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
                     ExternalId()});
}

Object Contact() {
  return MakeObject(
      "contact", "contacts", "name", "A person at an account.",
      {Text("first_name"), Text("last_name").Required().Indexed(),
       Text("name").JoinedFrom({"first_name", "last_name"}).Searchable().Indexed(),
       Text("title").Searchable(), Text("department"), Email("email").Searchable().Indexed(),
       Phone("phone").Searchable(), Phone("mobile_phone").Searchable(),
       Relation("account_id", "account"), Relation("reports_to_id", "contact"), Text("lead_source"),
       Text("mailing_city").Indexed(), Text("mailing_state"), Text("mailing_country"),
       Boolean("do_not_call"), LongText("description").Searchable(), Owner(), ExternalId()});
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
                     ExternalId()});
}

Object Opportunity() {
  return MakeObject(
      "opportunity", "opportunities", "name", "A deal under way, won or lost.",
      {Text("name").Required().Searchable().Indexed(), Relation("account_id", "account"),
       Relation("contact_id", "contact"), Relation("product_id", "product"),
       Select("stage", {"prospecting", "engaging", "proposal", "negotiation", "won", "lost"})
           .Required()
           .Indexed()
           .Default(std::string("prospecting")),
       Money("amount").Indexed(), Integer("probability").Range(0, 100).Says("Percent."),
       DateField("engage_date"), DateField("close_date").Indexed(),
       Select("type", {"new_business", "existing_business", "renewal"}), Text("lead_source"),
       Text("next_step"), LongText("description").Searchable(), Owner(), ExternalId()});
}

Object Product() {
  return MakeObject(
      "product", "products", "name", "Something we sell.",
      {Text("name").Required().Unique().Searchable(), Text("product_code").Unique().Searchable(),
       Text("family").Searchable().Indexed(), Text("vendor").Searchable(), Text("unit_of_measure"),
       Money("list_price"), Boolean("is_active").Default(true),
       LongText("description").Searchable(), ExternalId()});
}

Object Activity() {
  return MakeObject(
      "activity", "activities", "subject", "A task, call, meeting, e-mail or note about a record.",
      {Select("type", {"task", "call", "meeting", "email", "note"})
           .Required()
           .Indexed()
           .Default(std::string("task")),
       Text("subject").Required().Searchable(), LongText("body").Searchable(),
       Select("status", {"open", "completed", "cancelled"}).Indexed().Default(std::string("open")),
       Select("priority", {"low", "normal", "high"}).Default(std::string("normal")),
       DateTimeField("occurred_at").Indexed(), DateTimeField("due_at").Indexed(),
       Integer("duration_minutes").Range(0, 100'000), Relation("account_id", "account"),
       Relation("contact_id", "contact"), Relation("lead_id", "lead"),
       Relation("opportunity_id", "opportunity"), Owner(), ExternalId()});
}

Object Territory() {
  return MakeObject(
      "territory", "territories", "name", "A part of the market that a team covers.",
      {Text("name").Required().Unique().Searchable(), Text("region").Searchable().Indexed(),
       Relation("parent_id", "territory").Label("Parent territory"),
       LongText("description").Searchable(), ExternalId()});
}

Object User() {
  return MakeObject(
      "user", "users", "name", "A person of our own company who works with or appears in the CRM.",
      {Text("name").Required().Searchable().Indexed(), Email("email").Unique().Searchable(),
       Select("role", {"admin", "member", "viewer"}).Required().Default(std::string("member")),
       Text("title"), Text("manager_name"), Relation("territory_id", "territory"), Phone("phone"),
       Boolean("is_active").Default(true), ExternalId()});
}

}  // namespace

std::vector<Field> SystemFields() {
  std::vector<Make> makes;
  makes.push_back(Make("id", FieldType::kId).Label("ID").Says("UUIDv7; sorts by creation time."));
  makes.push_back(Make("version", FieldType::kInteger).Says("One more with each change."));
  makes.push_back(Make("created_at", FieldType::kDateTime).Indexed());
  makes.push_back(Relation("created_by", "user"));
  makes.push_back(Make("updated_at", FieldType::kDateTime).Indexed());
  makes.push_back(Relation("updated_by", "user"));
  std::vector<Field> fields;
  for (Make& make : makes) {
    make.field.read_only = true;
    make.field.column_id = static_cast<int32_t>(fields.size()) + 1;
    fields.push_back(std::move(make.field));
  }
  INVARIANT(fields.size() == kSystemFieldCount);
  return fields;
}

std::shared_ptr<const Model> Model::Standard() {
  static const auto standard = std::make_shared<const Model>(std::vector<Object>{
      Account(), Contact(), Lead(), Opportunity(), Product(), Activity(), Territory(), User()});
  return standard;
}

}  // namespace boathouse::model
