#include "delta/deletion_vector.h"

#include <array>
#include <cstdint>

namespace boathouse::delta {
namespace {

constexpr std::string_view alphabet =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
constexpr uint32_t base = 85;
constexpr size_t bytes_of_group = 4;
constexpr size_t chars_of_group = 5;
constexpr uint8_t no_digit = 0xFF;

constexpr std::array<uint8_t, 256> MakeDigits() {
  std::array<uint8_t, 256> digits{};
  digits.fill(no_digit);
  for (size_t i = 0; i < alphabet.size(); ++i) {
    digits[static_cast<uint8_t>(alphabet[i])] = static_cast<uint8_t>(i);
  }
  return digits;
}
constexpr std::array<uint8_t, 256> digits = MakeDigits();

}  // namespace

std::string Z85Encode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() / bytes_of_group + 1) * chars_of_group);
  for (size_t at = 0; at < bytes.size(); at += bytes_of_group) {
    uint32_t value = 0;
    for (size_t i = 0; i < bytes_of_group; ++i) {
      const uint8_t byte = at + i < bytes.size() ? static_cast<uint8_t>(bytes[at + i]) : 0;
      value = value << 8 | byte;
    }
    char group[chars_of_group];
    for (size_t i = chars_of_group; i-- > 0; value /= base) group[i] = alphabet[value % base];
    text.append(group, chars_of_group);
  }
  return text;
}

std::optional<std::string> Z85Decode(std::string_view text) {
  if (text.size() % chars_of_group != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / chars_of_group * bytes_of_group);
  for (size_t at = 0; at < text.size(); at += chars_of_group) {
    uint64_t value = 0;
    for (size_t i = 0; i < chars_of_group; ++i) {
      const uint8_t digit = digits[static_cast<uint8_t>(text[at + i])];
      if (digit == no_digit) return std::nullopt;
      value = value * base + digit;
    }
    if (value > UINT32_MAX) return std::nullopt;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  }
  return bytes;
}

Json InlineDeletionVector(const tables::DeadRows& rows) {
  const std::string bytes = rows.bytes();
  return Json::Object({{"storageType", "i"},
                       {"pathOrInlineDv", Z85Encode(bytes)},
                       {"sizeInBytes", bytes.size()},
                       {"cardinality", rows.cardinality()}});
}

std::string DeletionVectorId(const tables::DeadRows& rows) { return "i" + Z85Encode(rows.bytes()); }

}  // namespace boathouse::delta
