#include "base/decimal.h"

#include <cstdlib>

namespace boathouse {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string Decimal::ToString() const {
  const bool negative = units < 0;
  // Widened by hand: the smallest int64 has no positive twin, though units_max keeps us far from
  // it.
  const uint64_t magnitude =
      negative ? ~static_cast<uint64_t>(units) + 1 : static_cast<uint64_t>(units);
  std::string fraction = std::to_string(magnitude % unit + unit).substr(1);
  while (fraction.size() > 2 && fraction.back() == '0') fraction.pop_back();
  return (negative ? "-" : "") + std::to_string(magnitude / unit) + "." + fraction;
}

std::optional<Decimal> Decimal::Parse(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  // Significant digits without their leading zeros, and where the decimal point stands among them.
  std::string digits;
  bool any = false;
  int exponent = 0;
  size_t at = 0;
  for (; at < text.size() && IsDigit(text[at]); ++at) {
    any = true;
    if (!digits.empty() || text[at] != '0') digits += text[at];
  }
  if (at < text.size() && text[at] == '.') {
    const size_t fraction_at = ++at;
    for (; at < text.size() && IsDigit(text[at]); ++at) {
      any = true;
      if (!digits.empty() || text[at] != '0') digits += text[at];
      --exponent;
      if (digits.size() > 64 || exponent < -1000) return std::nullopt;
    }
    if (at == fraction_at) return std::nullopt;
  }
  if (!any || digits.size() > 64) return std::nullopt;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    bool minus = false;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) minus = text[at++] == '-';
    int shift = 0;
    const size_t shift_at = at;
    for (; at < text.size() && IsDigit(text[at]); ++at) {
      shift = shift * 10 + (text[at] - '0');
      if (shift > 1000) return std::nullopt;
    }
    if (at == shift_at) return std::nullopt;
    exponent += minus ? -shift : shift;
  }
  if (at != text.size()) return std::nullopt;
  while (!digits.empty() && digits.back() == '0') {
    digits.pop_back();
    ++exponent;
  }
  if (digits.empty()) return Decimal{0};
  const int zeros = exponent + scale;
  if (zeros < 0) return std::nullopt;  // more fraction digits than we keep
  if (digits.size() + static_cast<size_t>(zeros) > precision) return std::nullopt;
  int64_t value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  for (int i = 0; i < zeros; ++i) value *= 10;
  return Decimal{negative ? -value : value};
}

}  // namespace boathouse
