#pragma once
// Decimal(18,4): exact numbers for money and quantities, kept as ten-thousandths in 64 bits.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace boathouse {

struct Decimal {
  static constexpr int scale = 4;
  static constexpr int precision = 18;
  static constexpr int64_t unit = 10000;
  static constexpr int64_t units_max = 999'999'999'999'999'999;  // 18 digits

  int64_t units = 0;  // the value times 10,000

  // At least two fraction digits, at most four: 4821.00, 0.125, -3.5001.
  std::string ToString() const;
  // [-]digits[.digits][e[+-]digits]; nullopt when malformed, when more than four fraction digits
  // would be lost, or when out of range. Nothing is ever rounded silently.
  static std::optional<Decimal> Parse(std::string_view text);

  auto operator<=>(const Decimal&) const = default;
};

}  // namespace boathouse
