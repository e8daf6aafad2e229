// How files write dates: the DateFormat half of crm/import_mapping.h.

#include <array>

#include "base/bytes.h"
#include "crm/import_mapping.h"

namespace boathouse::crm {
namespace {

constexpr std::array<std::string_view, 12> month_names = {"jan", "feb", "mar", "apr", "may", "jun",
                                                          "jul", "aug", "sep", "oct", "nov", "dec"};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Reads `min` to `max` digits off the front; -1 when there are too few.
int TakeNumber(std::string_view* text, size_t min, size_t max) {
  int value = 0;
  size_t count = 0;
  while (count < max && count < text->size() && IsDigit((*text)[count])) {
    value = value * 10 + ((*text)[count] - '0');
    ++count;
  }
  if (count < min) return -1;
  text->remove_prefix(count);
  return value;
}

// Reads a month's English name, whole or its first three letters; -1 for anything else.
int TakeMonthName(std::string_view* text) {
  size_t length = 0;
  while (length < text->size() && IsLetter((*text)[length])) ++length;
  if (length < 3) return -1;
  const std::string name = AsciiLower(text->substr(0, 3));
  for (size_t i = 0; i < month_names.size(); ++i) {
    if (month_names[i] != name) continue;
    text->remove_prefix(length);
    return static_cast<int>(i) + 1;
  }
  return -1;
}

}  // namespace

Result<DateFormat> DateFormat::Parse(std::string_view pattern) {
  struct Token {
    std::string_view text;
    Part part;
    size_t digits_min;
    size_t digits_max;
  };
  static constexpr std::array<Token, 10> tokens = {{
      {"yyyy", Part::kYear4, 4, 4},
      {"yy", Part::kYear2, 2, 2},
      {"mon", Part::kMonthName, 0, 0},
      {"mm", Part::kMonth, 2, 2},
      {"m", Part::kMonth, 1, 2},
      {"dd", Part::kDay, 2, 2},
      {"d", Part::kDay, 1, 2},
      {"HH", Part::kHour, 2, 2},
      {"MI", Part::kMinute, 2, 2},
      {"SS", Part::kSecond, 2, 2},
  }};
  DateFormat format;
  int years = 0, months = 0, days = 0;
  while (!pattern.empty()) {
    bool matched = false;
    for (const Token& token : tokens) {
      if (pattern.substr(0, token.text.size()) != token.text) continue;
      format.pieces_.push_back({token.part, token.digits_min, token.digits_max, 0});
      years += token.part == Part::kYear4 || token.part == Part::kYear2 ? 1 : 0;
      months += token.part == Part::kMonth || token.part == Part::kMonthName ? 1 : 0;
      days += token.part == Part::kDay ? 1 : 0;
      pattern.remove_prefix(token.text.size());
      matched = true;
      break;
    }
    if (matched) continue;
    format.pieces_.push_back({Part::kLiteral, 0, 0, pattern.front()});
    pattern.remove_prefix(1);
  }
  if (years != 1 || months != 1 || days != 1) {
    return Error(
        ErrorKind::kInvalid,
        "a date pattern needs day (dd, d), month (mm, m, mon) and year (yyyy, yy) once each; "
        "HH, MI and SS may follow");
  }
  return format;
}

std::optional<Micros> DateFormat::Read(std::string_view text) const {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  for (const Piece& piece : pieces_) {
    int* number = nullptr;
    switch (piece.part) {
      case Part::kLiteral:
        if (text.empty() || text.front() != piece.literal) return std::nullopt;
        text.remove_prefix(1);
        continue;
      case Part::kMonthName:
        month = TakeMonthName(&text);
        if (month < 0) return std::nullopt;
        continue;
      case Part::kYear4:
      case Part::kYear2:
        number = &year;
        break;
      case Part::kMonth:
        number = &month;
        break;
      case Part::kDay:
        number = &day;
        break;
      case Part::kHour:
        number = &hour;
        break;
      case Part::kMinute:
        number = &minute;
        break;
      case Part::kSecond:
        number = &second;
        break;
    }
    *number = TakeNumber(&text, piece.digits_min, piece.digits_max);
    if (*number < 0) return std::nullopt;
    if (piece.part == Part::kYear2) year += year < 70 ? 2000 : 1900;
  }
  if (!text.empty() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const std::optional<int32_t> date = MakeDate(year, month, day);
  if (!date) return std::nullopt;
  const int64_t seconds = int64_t{*date} * 86400 + hour * 3600 + minute * 60 + second;
  return seconds * 1'000'000;
}

}  // namespace boathouse::crm
