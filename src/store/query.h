#pragma once
// A question to the store about one object, already bound to its model: fields are indexes,
// literals are values of the field's type. Parsing and permissions happen in crm/.

#include <optional>
#include <string>
#include <vector>

#include "model/model.h"

namespace boathouse::store {

struct Condition {
  enum class Kind { kAnd, kOr, kNot, kCompare };
  enum class Compare {
    kEqual,     // null equals null
    kNotEqual,  // null differs from every value
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kContains,    // text: the literal occurs, without regard to ASCII case
    kStartsWith,  // likewise, at the beginning
    kEndsWith,
  };
  Kind kind = Kind::kAnd;
  std::vector<Condition> children;  // kAnd, kOr: any number; kNot: one
  size_t field = 0;                 // kCompare
  Compare compare = Compare::kEqual;
  model::Value value;
};

struct OrderBy {
  size_t field = 0;
  bool descending = false;
};

struct Query {
  const model::Object* object = nullptr;
  std::optional<Condition> where;
  // Text sorts without regard to ASCII case; null sorts before every value. The id breaks ties, in
  // the direction of the last field, so that the order is total.
  std::vector<OrderBy> order;
  size_t limit = 50;
  // Continue behind the record with these order values and this id.
  struct Position {
    std::vector<model::Value> values;
    Id id;
  };
  std::optional<Position> after;
  std::string text;  // non-empty: only records that full-text search finds
};

}  // namespace boathouse::store
