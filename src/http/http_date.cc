#include "http/http_date.h"

#include <algorithm>
#include <array>

namespace boathouse::http {
namespace {

constexpr Micros day_micros = 24LL * 3600 * 1'000'000;
constexpr std::array<std::string_view, 7> days = {"Thu", "Fri", "Sat", "Sun",
                                                  "Mon", "Tue", "Wed"};  // 1970 began on a Thursday
constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr size_t date_chars = 29;

}  // namespace

std::string FormatHttpDate(Micros at) {
  const std::string iso = FormatDateTime(at);  // 2026-11-24T10:00:00.000000Z
  int64_t day = at / day_micros;
  if (at % day_micros < 0) --day;
  const size_t month = static_cast<size_t>((iso[5] - '0') * 10 + (iso[6] - '0') - 1);
  std::string text(days[static_cast<size_t>((day % 7 + 7) % 7)]);
  text += ", " + iso.substr(8, 2) + " ";
  text += months[month];
  return text + " " + iso.substr(0, 4) + " " + iso.substr(11, 8) + " GMT";
}

std::optional<Micros> ParseHttpDate(std::string_view text) {
  if (text.size() != date_chars) return std::nullopt;
  const auto* month = std::find(months.begin(), months.end(), text.substr(8, 3));
  if (month == months.end()) return std::nullopt;
  std::string number = std::to_string(month - months.begin() + 1);
  if (number.size() == 1) number.insert(0, 1, '0');
  const std::string iso = std::string(text.substr(12, 4)) + "-" + number + "-" +
                          std::string(text.substr(5, 2)) + "T" + std::string(text.substr(17, 8)) +
                          "Z";
  const std::optional<Micros> at = ParseDateTime(iso);
  // What is written back the same was of that form.
  if (!at || FormatHttpDate(*at) != text) return std::nullopt;
  return at;
}

}  // namespace boathouse::http
