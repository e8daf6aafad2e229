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

}  // namespace boathouse::store
