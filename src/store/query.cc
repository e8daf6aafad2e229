#include "store/query.h"

namespace boathouse::store {

Condition Condition::Where(size_t field, Compare compare, model::Value value) {
  Condition condition;
  condition.kind = Kind::kCompare;
  condition.field = field;
  condition.compare = compare;
  condition.value = std::move(value);
  return condition;
}

Condition Condition::In(size_t field, std::vector<model::Value> values) {
  Condition condition;
  condition.kind = Kind::kCompare;
  condition.field = field;
  condition.compare = Compare::kIn;
  condition.values = std::move(values);
  return condition;
}

Condition Condition::All(std::vector<Condition> conditions) {
  Condition condition;
  condition.kind = Kind::kAnd;
  condition.children = std::move(conditions);
  return condition;
}

Condition Condition::Any(std::vector<Condition> conditions) {
  Condition condition;
  condition.kind = Kind::kOr;
  condition.children = std::move(conditions);
  return condition;
}

Condition Condition::Not(Condition condition) {
  Condition negated;
  negated.kind = Kind::kNot;
  negated.children.push_back(std::move(condition));
  return negated;
}

bool IsListedByTitle(const model::Object& object, size_t index) {
  const model::Field& field = object.fields[index];
  if (!field.indexed || field.unique || index == object.title_index()) return false;
  switch (field.type) {
    case model::FieldType::kText:
    case model::FieldType::kSelect:
    case model::FieldType::kEmail:
    case model::FieldType::kPhone:
    case model::FieldType::kUrl:
      return true;
    // Compared by size, or pointing to few records each.
    case model::FieldType::kId:
    case model::FieldType::kRelation:
    case model::FieldType::kLongText:
    case model::FieldType::kMultiSelect:
    case model::FieldType::kInteger:
    case model::FieldType::kDecimal:
    case model::FieldType::kMoney:
    case model::FieldType::kBoolean:
    case model::FieldType::kDate:
    case model::FieldType::kDateTime:
      return false;
  }
  return false;
}

}  // namespace boathouse::store
