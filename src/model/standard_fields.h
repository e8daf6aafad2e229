#pragma once
// The words in which the standard objects are written: Text("name").Required().Searchable().
// Private to model/.

#include <string>
#include <vector>

#include "model/model.h"

namespace boathouse::model {

// A field under construction: each word says one thing about it.
struct Make {
  Field field;

  Make(std::string name, FieldType type);
  Make&& Label(std::string label) && { return field.label = std::move(label), std::move(*this); }
  Make&& Says(std::string text) && { return field.description = std::move(text), std::move(*this); }
  Make&& Required() && { return field.required = true, std::move(*this); }
  Make&& Unique() && { return field.unique = true, std::move(*this); }
  Make&& ReadOnly() && { return field.read_only = true, std::move(*this); }
  Make&& Searchable() && { return field.searchable = true, std::move(*this); }
  Make&& Indexed() && { return field.indexed = true, std::move(*this); }
  Make&& Range(int64_t minimum, int64_t maximum) &&;
  Make&& Default(Value value) && {
    return field.default_value = std::move(value), std::move(*this);
  }
  // The texts of these fields, joined by a space.
  Make&& JoinedFrom(std::vector<std::string> parts) &&;
  Make&& Formula(std::string expression) &&;
  Make&& RollsUp(RollUp roll_up) &&;
};

Make Text(std::string name);
Make LongText(std::string name);
Make Integer(std::string name);
Make DecimalField(std::string name);
Make Money(std::string name);
Make Boolean(std::string name);
Make DateField(std::string name);
Make DateTimeField(std::string name);
Make Email(std::string name);
Make Phone(std::string name);
Make Url(std::string name);
Make IdField(std::string name);  // of a record of any object
Make Select(std::string name, const std::vector<std::string>& values);
Make Relation(std::string name, std::string object);

Make Owner();
Make ExternalId();
Make Currency();
Make Tags();
Make Percent(std::string name);  // a decimal, 0 to 100
Make Position();                 // where the record stands among those of its parent
Make LineTotal();                // quantity * unit_price less discount

// The system fields, then `fields`, with column ids in that order.
Object MakeObject(std::string name, std::string plural, std::string title_field,
                  std::string description, std::vector<Make> fields);
// An object whose records are parts of others, by this relation.
Object MakePart(std::string name, std::string plural, std::string title_field,
                std::string description, std::string belongs_to, std::vector<Make> fields);

// account, contact, lead, territory, territory_rule, user, team, tag
std::vector<Object> CustomerObjects();
// opportunity and its parts, pipeline, stage, product, price lists, quotes
std::vector<Object> SalesObjects();
// cases, queues, campaigns, activities, attachments
std::vector<Object> ServiceObjects();

}  // namespace boathouse::model
