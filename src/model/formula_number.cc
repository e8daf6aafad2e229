#include "model/formula_number.h"

#include <limits>

namespace boathouse::model {
namespace {

Int128 PowerOfTen(int exponent) {
  Int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

// The largest magnitude kept. Two of them can be added, and one doubled, without leaving 128 bits.
const Int128 units_max = PowerOfTen(36) - 1;

Int128 Magnitude(Int128 value) { return value < 0 ? -value : value; }

std::optional<Number> Checked(Int128 units, int scale) {
  if (Magnitude(units) > units_max) return std::nullopt;
  return Number{units, scale};
}

// Zeros at the end of the fraction take room that digits in front may need.
Number Stripped(Number number) {
  while (number.scale > 0 && number.units % 10 == 0) {
    number.units /= 10;
    --number.scale;
  }
  return number;
}

// The same value with more digits behind the point.
std::optional<Int128> Widened(const Number& number, int scale) {
  Int128 units = 0;
  if (__builtin_mul_overflow(number.units, PowerOfTen(scale - number.scale), &units) ||
      Magnitude(units) > units_max) {
    return std::nullopt;
  }
  return units;
}

// Brings both to one scale; nullopt when one does not fit there.
struct Aligned {
  Int128 a;
  Int128 b;
  int scale;
};
std::optional<Aligned> Align(const Number& a, const Number& b) {
  const Number x = Stripped(a);
  const Number y = Stripped(b);
  const int scale = x.scale > y.scale ? x.scale : y.scale;
  const auto wide_a = Widened(x, scale);
  const auto wide_b = Widened(y, scale);
  if (!wide_a || !wide_b) return std::nullopt;
  return Aligned{*wide_a, *wide_b, scale};
}

// a / b, rounded half away from zero. b is not 0.
Int128 DivideRounded(Int128 a, Int128 b) {
  const Int128 quotient = a / b;
  const Int128 rest = Magnitude(a % b);
  const bool up = rest >= Magnitude(b) - rest;
  if (!up) return quotient;
  return quotient + ((a < 0) == (b < 0) ? 1 : -1);
}

}  // namespace

std::optional<Decimal> Number::ToDecimal() const {
  const Number rounded = RoundTo(*this, Decimal::scale);
  const auto units_at_scale = Widened(rounded, Decimal::scale);
  if (!units_at_scale || Magnitude(*units_at_scale) > Decimal::units_max) return std::nullopt;
  return Decimal{static_cast<int64_t>(*units_at_scale)};
}

std::optional<int64_t> Number::ToInteger() const {
  const Int128 whole = RoundTo(*this, 0).units;
  if (whole > std::numeric_limits<int64_t>::max() || whole < std::numeric_limits<int64_t>::min()) {
    return std::nullopt;
  }
  return static_cast<int64_t>(whole);
}

std::optional<Number> Add(const Number& a, const Number& b) {
  const auto aligned = Align(a, b);
  if (!aligned) return std::nullopt;
  return Checked(aligned->a + aligned->b, aligned->scale);
}

std::optional<Number> Subtract(const Number& a, const Number& b) { return Add(a, Negate(b)); }

std::optional<Number> Multiply(const Number& a, const Number& b) {
  const Number x = Stripped(a);
  const Number y = Stripped(b);
  Int128 units = 0;
  if (__builtin_mul_overflow(x.units, y.units, &units)) return std::nullopt;
  const int scale = x.scale + y.scale;
  if (scale <= Number::scale_max) return Checked(units, scale);
  return Checked(DivideRounded(units, PowerOfTen(scale - Number::scale_max)), Number::scale_max);
}

std::optional<Number> Divide(const Number& a, const Number& b) {
  const Number x = Stripped(a);
  const Number y = Stripped(b);
  if (y.units == 0) return std::nullopt;
  // As many digits as there is room for, but never fewer than a field keeps.
  for (int scale = Number::scale_max; scale >= Decimal::scale; --scale) {
    const int shift = scale + y.scale - x.scale;
    Int128 top = x.units;
    Int128 bottom = y.units;
    const bool overflow = shift >= 0 ? __builtin_mul_overflow(top, PowerOfTen(shift), &top)
                                     : __builtin_mul_overflow(bottom, PowerOfTen(-shift), &bottom);
    if (overflow) continue;
    return Checked(DivideRounded(top, bottom), scale);
  }
  return std::nullopt;
}

std::optional<Number> Remainder(const Number& a, const Number& b) {
  const auto aligned = Align(a, b);
  if (!aligned || aligned->b == 0) return std::nullopt;
  return Number{aligned->a % aligned->b, aligned->scale};
}

Number Negate(const Number& a) { return {-a.units, a.scale}; }

Number RoundTo(const Number& a, int digits) {
  if (a.scale <= digits) return a;
  return {DivideRounded(a.units, PowerOfTen(a.scale - digits)), digits};
}

int Compare(const Number& a, const Number& b) {
  const auto aligned = Align(a, b);
  if (aligned) return aligned->a < aligned->b ? -1 : aligned->a > aligned->b ? 1 : 0;
  // One has so many digits in front that the other's fraction decides nothing.
  const Int128 whole_a = a.units / PowerOfTen(a.scale);
  const Int128 whole_b = b.units / PowerOfTen(b.scale);
  return whole_a < whole_b ? -1 : 1;
}

}  // namespace boathouse::model
