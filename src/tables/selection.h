#pragma once
// Which rows of a version a reader wants: a predicate over columns, and how many rows are enough. See
// Table::Select. Engines state predicates in languages of their own; surfaces translate what they know and
// put Predicate::Unknown() where they don't.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/value.h"
#include "tables/tables.h"

namespace boathouse::tables {

inline constexpr size_t predicate_nodes_max = 10'000;
inline constexpr size_t predicate_depth_max = 200;  // deeper counts as unknown

// A tree over the columns of one version, in the three-valued logic of SQL: a comparison with null is
// null, and only rows for which the whole is true are wanted. What is unknown may be anything, under NOT
// as well: rows that could be wanted are in the answer. A column that the version does not have, a literal
// that is no value of the column's type, and a tree that is too large or too deep are unknown too.
// Text compares bytewise, as Delta and Iceberg engines do.
struct Predicate {
  enum class Kind {
    kUnknown,
    kTrue,
    kFalse,
    kAnd,  // of none: true
    kOr,   // of none: false
    kNot,
    kIsNull,
    kCompare,
    kIn,  // equals one of `literals`; null when the column or, without a hit, a literal is null
    kStartsWith,  // text only
  };
  enum class Compare { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

  Kind kind = Kind::kUnknown;
  std::vector<Predicate> children;  // kAnd, kOr; kNot: one
  std::string column;  // by name; without regard to ASCII case where no name fits exactly
  Compare compare = Compare::kEqual;
  // kCompare, kStartsWith: one. Of the column's type, or its spelling as a string: numbers in digits,
  // dates YYYY-MM-DD, date-times as RFC 3339 or "YYYY-MM-DD HH:MM:SS[.ffffff]" UTC, booleans
  // true and false. Ids and relations are strings. An integer may stand for a decimal, and the reverse.
  std::vector<model::Value> literals;

  static Predicate Unknown() { return {}; }
  static Predicate True() { return Of(Kind::kTrue); }
  static Predicate False() { return Of(Kind::kFalse); }
  static Predicate And(std::vector<Predicate> children) {
    return Of(Kind::kAnd, std::move(children));
  }
  static Predicate Or(std::vector<Predicate> children) {
    return Of(Kind::kOr, std::move(children));
  }
  static Predicate Not(Predicate child);
  static Predicate IsNull(std::string column);
  static Predicate Where(std::string column, Compare compare, model::Value literal);
  static Predicate In(std::string column, std::vector<model::Value> literals);
  static Predicate StartsWith(std::string column, std::string prefix);

 private:
  static Predicate Of(Kind kind, std::vector<Predicate> children = {});
};

struct Selection {
  Predicate where = Predicate::True();
  // So many wanted rows are enough. Ignored when `where` has an unknown part, since nobody knows then which
  // rows count.
  std::optional<int64_t> limit;
};

}  // namespace boathouse::tables
