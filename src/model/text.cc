#include "model/text.h"

#include <algorithm>
#include <cstdint>

namespace boathouse::model {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Letters whose cases stand a fixed step apart.
struct Range {
  uint32_t first_upper;
  uint32_t last_upper;
  uint32_t step;
};
constexpr Range stepped[] = {{'A', 'Z', 32},     {0xC0, 0xD6, 32},   {0xD8, 0xDE, 32},
                             {0x391, 0x3A1, 32}, {0x3A3, 0x3AB, 32}, {0x410, 0x42F, 32},
                             {0x400, 0x40F, 80}};
// Letters that alternate: upper, lower, upper, ...
struct Pairs {
  uint32_t first_upper;
  uint32_t last_lower;
};
constexpr Pairs alternating[] = {{0x100, 0x12F}, {0x132, 0x137},   {0x139, 0x148},
                                 {0x14A, 0x177}, {0x179, 0x17E},   {0x460, 0x481},
                                 {0x48A, 0x4BF}, {0x1E00, 0x1E95}, {0x1EA0, 0x1EFF}};

uint32_t WithCase(uint32_t letter, bool upper) {
  for (const Range& range : stepped) {
    if (!upper && letter >= range.first_upper && letter <= range.last_upper) {
      return letter + range.step;
    }
    if (upper && letter >= range.first_upper + range.step &&
        letter <= range.last_upper + range.step) {
      return letter - range.step;
    }
  }
  for (const Pairs& pairs : alternating) {
    if (letter < pairs.first_upper || letter > pairs.last_lower) continue;
    const bool is_lower = (letter - pairs.first_upper) % 2 == 1;
    if (upper == is_lower) return upper ? letter - 1 : letter + 1;
  }
  return letter;
}

void AppendUtf8(uint32_t letter, std::string* out) {
  const auto byte = [&](uint32_t value) { out->push_back(static_cast<char>(value)); };
  if (letter < 0x80) {
    byte(letter);
  } else if (letter < 0x800) {
    byte(0xC0 | letter >> 6);
    byte(0x80 | (letter & 0x3F));
  } else {
    byte(0xE0 | letter >> 12);
    byte(0x80 | (letter >> 6 & 0x3F));
    byte(0x80 | (letter & 0x3F));
  }
}

std::string InCase(std::string_view text, bool upper) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const size_t bytes = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (bytes > 3 || at + bytes > text.size()) {  // no case beyond the basic plane
      out += text.substr(at, bytes);
      at += bytes;
      continue;
    }
    uint32_t letter = bytes == 1 ? first : bytes == 2 ? first & 0x1Fu : first & 0x0Fu;
    for (size_t i = 1; i < bytes; ++i) {
      letter = letter << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3Fu);
    }
    AppendUtf8(WithCase(letter, upper), &out);
    at += bytes;
  }
  return out;
}

}  // namespace

std::string LowerText(std::string_view text) { return InCase(text, false); }
std::string UpperText(std::string_view text) { return InCase(text, true); }

size_t CountCharacters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuation(c); }));
}

std::string_view FirstCharacters(std::string_view text, size_t count) {
  size_t end = 0;
  while (end < text.size()) {
    if (!IsContinuation(text[end]) && count-- == 0) break;
    ++end;
  }
  return text.substr(0, end);
}

std::string_view LastCharacters(std::string_view text, size_t count) {
  const size_t all = CountCharacters(text);
  if (count >= all) return text;
  return text.substr(FirstCharacters(text, all - count).size());
}

std::string LabelFor(std::string_view name) {
  std::string label(name.ends_with("_id") ? name.substr(0, name.size() - 3) : name);
  std::replace(label.begin(), label.end(), '_', ' ');
  if (!label.empty() && label[0] >= 'a' && label[0] <= 'z') {
    label[0] = static_cast<char>(label[0] - 'a' + 'A');
  }
  return label;
}

}  // namespace boathouse::model
