#include "tables/selection.h"

#include <utility>

namespace boathouse::tables {

Predicate Predicate::Of(Kind kind, std::vector<Predicate> children) {
  Predicate out;
  out.kind = kind;
  out.children = std::move(children);
  return out;
}

Predicate Predicate::Not(Predicate child) {
  Predicate out = Of(Kind::kNot);
  out.children.push_back(std::move(child));
  return out;
}

Predicate Predicate::IsNull(std::string column) {
  Predicate out = Of(Kind::kIsNull);
  out.column = std::move(column);
  return out;
}

Predicate Predicate::Where(std::string column, Compare compare, model::Value literal) {
  Predicate out = Of(Kind::kCompare);
  out.column = std::move(column);
  out.compare = compare;
  out.literals.push_back(std::move(literal));
  return out;
}

Predicate Predicate::In(std::string column, std::vector<model::Value> literals) {
  Predicate out = Of(Kind::kIn);
  out.column = std::move(column);
  out.literals = std::move(literals);
  return out;
}

Predicate Predicate::StartsWith(std::string column, std::string prefix) {
  Predicate out = Of(Kind::kStartsWith);
  out.column = std::move(column);
  out.literals.emplace_back(std::move(prefix));
  return out;
}

}  // namespace boathouse::tables
