#pragma once
// A predicate bound to the columns of a schema, and what can become of it: for one row, or for all rows
// between the bounds of a group. The answer is a set of outcomes; what is unknown may come out any way, so
// unknown parts need no rule of their own. Pure functions.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/model.h"
#include "tables/selection.h"
#include "tables/tables.h"

namespace boathouse::tables {

// A set of the three truth values.
using Outcomes = uint8_t;
inline constexpr Outcomes outcome_true = 1, outcome_false = 2, outcome_null = 4;
inline constexpr Outcomes outcome_any = outcome_true | outcome_false | outcome_null;

// The values of one column, as they are compared: text as text; all else as a number (an integer as it is,
// a decimal in ten-thousandths, a boolean as 0 or 1, a date in days, a date-time in microseconds).
struct ColumnValues {
  std::vector<uint8_t> is_null;
  std::vector<int64_t> numbers;         // not for text; 0 where null
  std::vector<std::string_view> texts;  // for text; empty where null
  std::shared_ptr<const void> owner;    // of the texts

  size_t bytes() const;  // of memory, about
};
using ColumnValuesPtr = std::shared_ptr<const ColumnValues>;

bool ComparesAsText(model::FieldType type);

class BoundPredicate {
 public:
  BoundPredicate(const Predicate& predicate, const Schema& schema);

  // No part is unknown: rows are told exactly.
  bool exact() const { return exact_; }
  // Indexes of the columns that it reads, ascending, each once.
  const std::vector<size_t>& columns() const { return columns_; }
  // Tells predicates of one schema apart.
  std::string Key() const;

  // What may come out for rows with these statistics (in the order of the schema's columns).
  Outcomes Of(const std::vector<ColumnStats>& stats, int64_t rows) const;
  // What comes out for each of `rows` rows. `values`: for each of columns(), in that order.
  std::vector<Outcomes> Of(const std::vector<ColumnValuesPtr>& values, size_t rows) const;

 private:
  struct Literal {
    bool is_null = false;
    int64_t number = 0;
    std::string text;
  };
  struct Node {
    Predicate::Kind kind = Predicate::Kind::kUnknown;
    Predicate::Compare compare = Predicate::Compare::kEqual;
    size_t column = 0;  // of the schema
    size_t place = 0;   // in columns()
    bool is_text = false;
    bool in_null = false;           // kIn: null is one of them
    std::vector<Literal> literals;  // kIn: without nulls, ascending
    std::vector<Node> children;
  };

  Node Bind(const Predicate& predicate, const Schema& schema, size_t depth);
  bool BindColumn(const Predicate& predicate, const Schema& schema, Node* node);
  void SetPlaces(Node* node);
  static bool BindLiteral(const model::Value& value, model::FieldType type, Literal* out);
  static bool Less(const Node& node, const Literal& a, const Literal& b);
  static bool BindBound(const model::Value& value, bool is_text, Literal* out);
  static void AppendKey(const Node& node, std::string* out);
  static Outcomes OfStats(const Node& node, const std::vector<ColumnStats>& stats, int64_t rows);
  static Outcomes OfBounds(const Node& node, const ColumnStats& stats);
  static std::vector<Outcomes> OfRows(const Node& node, const std::vector<ColumnValuesPtr>& values,
                                      size_t rows);
  template <typename T>
  static void CompareRows(Predicate::Compare compare, const std::vector<T>& values,
                          const T& literal, const std::vector<uint8_t>& is_null,
                          std::vector<Outcomes>* out);
  static Outcomes OfValue(const Node& node, const ColumnValues& values, size_t row);

  Node root_;
  bool exact_ = true;
  size_t nodes_ = 0;
  std::vector<size_t> columns_;
};

}  // namespace boathouse::tables
