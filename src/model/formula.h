#pragma once
// The language of formula fields: an expression over the other fields of the same record, with types that
// are checked when it is written down. It always ends, has no clock and touches nothing else, so that a
// record's values decide a formula's for ever. Pure functions; a Formula may be used from any thread.
//
//   or            = and { "or" and }
//   and           = not { "and" not }
//   not           = [ "not" ] comparison
//   comparison    = joined [ ("=" | "!=" | "<" | "<=" | ">" | ">=") joined ]
//   joined        = sum { "&" sum }                    text; what is no text is written as people read it
//   sum           = product { ("+" | "-") product }
//   product       = sign { ("*" | "/" | "%") sign }
//   sign          = [ "-" ] primary
//   primary       = number | "text" | true | false | null | field | function "(" or { "," or } ")" | "(" or ")"
//
//   if(condition, then, else)   coalesce(a, b, ...)   is_null(x)
//   min(a, b, ...)   max(a, b, ...)   abs(x)   round(x, digits)
//   lower(t)   upper(t)   trim(t)   length(t)   left(t, n)   right(t, n)
//   contains(t, part)   starts_with(t, part)   has(several, value)
//   year(d)   month(d)   day(d)   days_between(from, to)   date_add(d, n, "days" | "months" | "years")
//
// Null: what is reckoned with null is null; min, max and coalesce pass over it; "=" and "!=" take it for a
// value like others; "<" and its like are false with it, and so is a condition; "&" writes nothing for it.
// Numbers are exact decimals of at most 36 digits, rounded half away from zero to what the field holds
// when all is reckoned. Division by zero, numbers and dates out of range, and texts that grow beyond
// 100,000 bytes are null. Beside a date a text literal stands for a date: close_date < "2026-12-31".
// Texts are compared as they stand; contains and starts_with do not regard ASCII case.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/model.h"

namespace boathouse::model {

inline constexpr size_t formula_chars_max = 2000;
inline constexpr size_t formula_depth_max = 50;
inline constexpr size_t formula_text_bytes_max = 100'000;

struct FormulaNode;

class Formula {
 public:
  // `field.formula` over the fields of `object`, as a value of the field's type. What is wrong is
  // kInvalid with the pointer; the detail names the position (from 1) and what was expected.
  static Result<std::shared_ptr<const Formula>> Parse(const Object& object, const Field& field,
                                                      const std::string& pointer);
  ~Formula();

  // The fields that it reads, each once, ascending.
  const std::vector<size_t>& inputs() const { return inputs_; }
  // The value for a record, whose inputs are up to date.
  Value Evaluate(const Record& record) const;

 private:
  Formula() = default;

  std::unique_ptr<const FormulaNode> root_;
  std::vector<size_t> inputs_;
  FieldType result_ = FieldType::kText;
  size_t length_max_ = 0;
};

}  // namespace boathouse::model
