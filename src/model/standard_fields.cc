#include "model/standard_fields.h"

#include "model/text.h"

namespace boathouse::model {
namespace {

constexpr size_t text_chars_max = 255;
constexpr size_t long_text_chars_max = 32'000;

}  // namespace

Make::Make(std::string name, FieldType type) {
  field.name = std::move(name);
  field.type = type;
  field.label = LabelFor(field.name);
  field.length_max = type == FieldType::kLongText ? long_text_chars_max : text_chars_max;
}

Make&& Make::Range(int64_t minimum, int64_t maximum) && {
  field.minimum = minimum;
  field.maximum = maximum;
  return std::move(*this);
}

Make&& Make::JoinedFrom(std::vector<std::string> parts) && {
  field.derived_from = std::move(parts);
  field.read_only = true;
  return std::move(*this);
}

Make&& Make::Formula(std::string expression) && {
  field.formula = std::move(expression);
  field.read_only = true;
  return std::move(*this);
}

Make&& Make::RollsUp(RollUp roll_up) && {
  field.roll_up = std::move(roll_up);
  field.read_only = true;
  return std::move(*this);
}

Make Text(std::string name) { return Make(std::move(name), FieldType::kText); }
Make LongText(std::string name) { return Make(std::move(name), FieldType::kLongText); }
Make Integer(std::string name) { return Make(std::move(name), FieldType::kInteger); }
Make DecimalField(std::string name) { return Make(std::move(name), FieldType::kDecimal); }
Make Money(std::string name) { return Make(std::move(name), FieldType::kMoney); }
Make Boolean(std::string name) { return Make(std::move(name), FieldType::kBoolean); }
Make DateField(std::string name) { return Make(std::move(name), FieldType::kDate); }
Make DateTimeField(std::string name) { return Make(std::move(name), FieldType::kDateTime); }
Make Email(std::string name) { return Make(std::move(name), FieldType::kEmail); }
Make Phone(std::string name) { return Make(std::move(name), FieldType::kPhone); }
Make Url(std::string name) { return Make(std::move(name), FieldType::kUrl); }
Make IdField(std::string name) { return Make(std::move(name), FieldType::kId); }

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

Make Currency() {
  Make make = Text("currency").Says("ISO 4217, such as EUR; empty: the workspace's.");
  make.field.is_currency_code = true;
  make.field.length_max = 3;
  return make;
}

Make Tags() { return Make("tags", FieldType::kMultiSelect).Searchable().Says("Names of tags."); }

Make Percent(std::string name) {
  return DecimalField(std::move(name)).Range(0, 100).Says("Percent.");
}

Make Position() {
  return Integer("position")
      .Range(0, 1'000'000'000)
      .Says("Where it stands; the least comes first.");
}

Make LineTotal() {
  return Money("total_price")
      .Formula("round(quantity * unit_price * (100 - coalesce(discount, 0)) / 100, 2)");
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

Object MakePart(std::string name, std::string plural, std::string title_field,
                std::string description, std::string belongs_to, std::vector<Make> fields) {
  Object object = MakeObject(std::move(name), std::move(plural), std::move(title_field),
                             std::move(description), std::move(fields));
  object.belongs_to = std::move(belongs_to);
  return object;
}

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

}  // namespace boathouse::model
