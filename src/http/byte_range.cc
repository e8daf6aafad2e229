#include "http/byte_range.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/bytes.h"

namespace boathouse::http {
namespace {

std::optional<uint64_t> ParseNumber(std::string_view text) {
  uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

ByteRange ParseRange(std::string_view header, uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  const ByteRange whole;
  if (AsciiLower(header.substr(0, unit.size())) != unit) return whole;
  const std::string_view range = TrimAscii(header.substr(unit.size()));
  const size_t dash = range.find('-');
  if (dash == std::string_view::npos) return whole;
  const std::string_view first_text = range.substr(0, dash), last_text = range.substr(dash + 1);
  const ByteRange nothing{ByteRange::Kind::kUnsatisfiable, 0, 0};

  if (first_text.empty()) {  // the last n bytes
    const std::optional<uint64_t> count = ParseNumber(last_text);
    if (!count) return whole;
    const uint64_t length = std::min(*count, size);
    if (length == 0) return nothing;
    return {ByteRange::Kind::kPart, size - length, length};
  }
  const std::optional<uint64_t> first = ParseNumber(first_text);
  if (!first) return whole;
  uint64_t last = size == 0 ? 0 : size - 1;
  if (!last_text.empty()) {
    const std::optional<uint64_t> given = ParseNumber(last_text);
    if (!given || *given < *first) return whole;
    last = std::min(*given, last);
  }
  if (*first >= size) return nothing;
  return {ByteRange::Kind::kPart, *first, last - *first + 1};
}

}  // namespace boathouse::http
