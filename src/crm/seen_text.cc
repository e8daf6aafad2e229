#include "crm/seen_text.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace boathouse::crm {
namespace {

bool IsWordByte(char byte) {
  const auto c = static_cast<unsigned char>(byte);
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

// In lower case.
std::vector<std::string> WordsOf(std::string_view text) {
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size();) {
    if (!IsWordByte(text[at])) {
      ++at;
      continue;
    }
    const size_t from = at;
    while (at < text.size() && IsWordByte(text[at])) ++at;
    words.push_back(AsciiLower(text.substr(from, at - from)));
  }
  return words;
}

}  // namespace

bool HidesText(const Access& access) {
  const model::Object& whole = access.whole();
  const model::Object& seen = access.seen();
  return &whole != &seen &&
         std::any_of(whole.fields.begin(), whole.fields.end(), [&](const model::Field& field) {
           return field.searchable && seen.Find(field.name) == nullptr;
         });
}

bool ShowsText(const Access& access, const model::Record& record, std::string_view text) {
  const model::Object& seen = access.seen();
  std::vector<std::string> shown;
  for (size_t i = 0; i < seen.fields.size(); ++i) {
    if (!seen.fields[i].searchable) continue;
    for (std::string& word : WordsOf(model::ToText(record.At(access.WholeField(i))))) {
      shown.push_back(std::move(word));
    }
  }
  const std::vector<std::string> wanted = WordsOf(text);
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& word) {
    return std::any_of(shown.begin(), shown.end(),
                       [&](const std::string& each) { return each.starts_with(word); });
  });
}

}  // namespace boathouse::crm
