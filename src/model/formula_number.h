#pragma once
// The numbers that formulas reckon with: exact decimals with more room on both sides than a field has,
// so that (a * b) / c is rounded once and not twice. Private to model/.

#include <cstdint>
#include <optional>

#include "base/decimal.h"

namespace boathouse::model {

__extension__ typedef __int128 Int128;

// A value of `units` / 10^`scale`. Digits: at most 36, at most 12 of them behind the point. What does not
// fit, and what divides by zero, is nullopt, which formulas show as null.
struct Number {
  static constexpr int scale_max = 12;

  Int128 units = 0;
  int scale = 0;

  static Number Of(int64_t whole) { return {whole, 0}; }
  static Number Of(Decimal decimal) { return {decimal.units, Decimal::scale}; }

  // Rounded half away from zero: to four digits, and to none.
  std::optional<Decimal> ToDecimal() const;
  std::optional<int64_t> ToInteger() const;
};

std::optional<Number> Add(const Number& a, const Number& b);
std::optional<Number> Subtract(const Number& a, const Number& b);
std::optional<Number> Multiply(const Number& a, const Number& b);
std::optional<Number> Divide(const Number& a, const Number& b);  // to 12 digits, or as many as fit
std::optional<Number> Remainder(const Number& a, const Number& b);  // has the sign of a
Number Negate(const Number& a);
Number RoundTo(const Number& a, int digits);    // half away from zero; digits 0 to scale_max
int Compare(const Number& a, const Number& b);  // negative, 0 or positive

}  // namespace boathouse::model
