#include "store/sqlite/search_words.h"

#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <set>

#include "base/result.h"

namespace boathouse::store::sqlite {
namespace {

constexpr size_t phone_digits_min = 5;  // of a number that is indexed
constexpr size_t typed_phone_digits_min =
    7;  // of one in a question, where years and amounts stand too
constexpr size_t country_digits_max = 3;
constexpr size_t local_digits = 7;
constexpr size_t spelled_letters_min = 4;
constexpr size_t spelled_letters_max = 24;

// SQLite's own tokenizer, so that words are the same here and in the index. It has a buffer inside, so
// each thread has its own.
class Tokenizer {
 public:
  Tokenizer() {
    sqlite3* database = nullptr;
    sqlite3_stmt* statement = nullptr;
    fts5_api* api = nullptr;
    if (sqlite3_open(":memory:", &database) == SQLITE_OK &&
        sqlite3_prepare_v2(database, "SELECT fts5(?1)", -1, &statement, nullptr) == SQLITE_OK) {
      sqlite3_bind_pointer(statement, 1, static_cast<void*>(&api), "fts5_api_ptr", nullptr);
      sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    void* context = nullptr;
    const char* arguments[] = {"remove_diacritics", "2"};
    INVARIANT(api != nullptr &&
              api->xFindTokenizer(api, "unicode61", &context, &methods_) == SQLITE_OK &&
              methods_.xCreate(context, arguments, 2, &tokenizer_) == SQLITE_OK);
    database_ = database;
  }
  ~Tokenizer() {
    methods_.xDelete(tokenizer_);
    sqlite3_close(database_);
  }
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  std::vector<std::string> Words(std::string_view text) {
    std::vector<std::string> words;
    const auto take = [](void* into, int, const char* word, int size, int, int) {
      static_cast<std::vector<std::string>*>(into)->emplace_back(word, static_cast<size_t>(size));
      return SQLITE_OK;
    };
    methods_.xTokenize(tokenizer_, &words, FTS5_TOKENIZE_DOCUMENT, text.data(),
                       static_cast<int>(text.size()), take);
    return words;
  }

 private:
  sqlite3* database_ = nullptr;
  fts5_tokenizer methods_{};
  Fts5Tokenizer* tokenizer_ = nullptr;
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string Digits(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (IsDigit(c)) digits += c;
  }
  return digits;
}

// Fields that single a record out, and are typed to find it.
bool IsKey(const model::Field& field) {
  return field.type == model::FieldType::kEmail || field.type == model::FieldType::kPhone ||
         (field.unique && field.type == model::FieldType::kText) ||
         field.name.ends_with("_number") || field.name.ends_with("_code") || field.name == "number";
}

// The ways to write one number: with its country's digits and without, and as one dials it in town.
void AddPhone(std::string_view text, std::set<std::string>* words) {
  const std::string digits = Digits(text);
  for (size_t from = 0; from <= country_digits_max; ++from) {
    if (digits.size() < from + phone_digits_min) break;
    words->insert(std::string(key_mark) + digits.substr(from));
  }
  if (digits.size() > local_digits) {
    words->insert(std::string(key_mark) + digits.substr(digits.size() - local_digits));
  }
}

// Numbers and codes are also typed without what parts them, and without leading zeros.
void AddCode(const std::vector<std::string>& parts, std::set<std::string>* words) {
  std::string joined;
  for (const std::string& part : parts) {
    joined += part;
    const size_t zeros = std::min(part.find_first_not_of('0'), part.size());
    if (zeros > 0 && zeros < part.size()) words->insert(std::string(key_mark) + part.substr(zeros));
  }
  if (parts.size() > 1) words->insert(std::string(key_mark) + joined);
}

// The bytes at which letters begin.
std::vector<size_t> Letters(std::string_view word) {
  std::vector<size_t> at;
  for (size_t i = 0; i < word.size(); ++i) {
    if ((static_cast<unsigned char>(word[i]) & 0xC0) != 0x80) at.push_back(i);
  }
  at.push_back(word.size());
  return at;
}

// The digits of what begins like a phone number at `from`, and where that ends.
std::string PhoneAt(std::string_view text, size_t from, size_t* end) {
  size_t at = from;
  while (at < text.size() && (IsDigit(text[at]) || std::string_view(" ()+-./").find(text[at]) !=
                                                       std::string_view::npos)) {
    ++at;
  }
  *end = at;
  // A letter behind it makes it a code.
  if (at < text.size()) {
    while (at > from && IsDigit(text[at - 1])) --at;
    *end = at > from ? at : *end;
  }
  std::string digits = Digits(text.substr(from, *end - from));
  const size_t zeros = std::min(digits.find_first_not_of('0'), digits.size());
  return digits.substr(zeros);
}

}  // namespace

std::vector<std::string> FoldedWords(std::string_view text) {
  thread_local Tokenizer tokenizer;
  return tokenizer.Words(text);
}

std::string IndexedWords(const model::Object& object, const model::Record& record) {
  std::set<std::string> words;
  const size_t title = object.title_index();
  for (size_t i = 0; i < object.fields.size(); ++i) {
    const model::Field& field = object.fields[i];
    if ((!field.searchable && i != title) || model::IsNull(record.At(i))) continue;
    const std::string text = model::ToText(record.At(i));
    const bool is_key = IsKey(field);
    if (field.type == model::FieldType::kPhone) {
      AddPhone(text, &words);
      continue;
    }
    const std::vector<std::string> parts = FoldedWords(text);
    const std::string_view mark = i == title ? title_mark : is_key ? key_mark : "";
    for (const std::string& part : parts) words.insert(std::string(mark) + part);
    if (is_key && field.type != model::FieldType::kEmail) AddCode(parts, &words);
  }
  std::string joined;
  for (const std::string& word : words) {
    if (!joined.empty()) joined += ' ';
    joined += word;
  }
  return joined;
}

std::vector<std::string> LearntWords(const model::Object& object, const model::Record& record) {
  std::vector<std::string> learnt;
  const size_t title = object.title_index();
  for (size_t i = 0; i < object.fields.size(); ++i) {
    const model::Field& field = object.fields[i];
    const bool is_short = field.searchable && field.type == model::FieldType::kText;
    if ((!is_short && i != title) || model::IsNull(record.At(i))) continue;
    for (std::string& word : FoldedWords(model::ToText(record.At(i)))) {
      if (i == title || IsSpelled(word)) learnt.push_back(std::move(word));
    }
  }
  return learnt;
}

SearchText ReadSearchText(std::string_view text) {
  SearchText read;
  read.words = FoldedWords(text);
  if (read.words.size() > search_words_max) read.words.resize(search_words_max);
  std::string rest;
  std::vector<std::string> phones;
  for (size_t at = 0; at < text.size();) {
    const bool begins = IsDigit(text[at]) || text[at] == '+' || text[at] == '(';
    const bool inside_word = at > 0 && text[at - 1] != ' ';
    size_t end = at;
    if (begins && !inside_word) {
      std::string digits = PhoneAt(text, at, &end);
      if (digits.size() >= typed_phone_digits_min) {
        phones.push_back(std::move(digits));
        rest += ' ';
        at = end;
        continue;
      }
    }
    rest += text[at++];
  }
  if (phones.empty()) return read;
  read.phone_joined = FoldedWords(rest);
  read.phone_joined.insert(read.phone_joined.end(), phones.begin(), phones.end());
  if (read.phone_joined.size() > search_words_max) read.phone_joined.resize(search_words_max);
  if (read.phone_joined == read.words) read.phone_joined.clear();
  return read;
}

std::vector<std::string> SpellingForms(std::string_view word) {
  std::vector<std::string> forms{std::string(word)};
  const std::vector<size_t> at = Letters(word);
  for (size_t i = 0; i + 1 < at.size(); ++i) {
    std::string without(word.substr(0, at[i]));
    without += word.substr(at[i + 1]);
    forms.push_back(std::move(without));
  }
  std::sort(forms.begin(), forms.end());
  forms.erase(std::unique(forms.begin(), forms.end()), forms.end());
  return forms;
}

bool IsOneEditAway(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  const std::vector<size_t> at_a = Letters(a);
  const std::vector<size_t> at_b = Letters(b);
  const size_t size_a = at_a.size() - 1;
  const size_t size_b = at_b.size() - 1;
  if (size_a > size_b) return IsOneEditAway(b, std::string(a));
  if (size_b - size_a > 1) return false;
  const auto letter = [](std::string_view word, const std::vector<size_t>& at, size_t i) {
    return word.substr(at[i], at[i + 1] - at[i]);
  };
  size_t same = 0;
  while (same < size_a && letter(a, at_a, same) == letter(b, at_b, same)) ++same;
  if (same == size_a) return true;  // equal, or one letter more at the end
  if (size_a < size_b) return a.substr(at_a[same]) == b.substr(at_b[same + 1]);
  if (a.substr(at_a[same + 1]) == b.substr(at_b[same + 1])) return true;
  return same + 1 < size_a && letter(a, at_a, same) == letter(b, at_b, same + 1) &&
         letter(a, at_a, same + 1) == letter(b, at_b, same) &&
         a.substr(at_a[same + 2]) == b.substr(at_b[same + 2]);
}

bool IsSpelled(std::string_view word) {
  if (word.size() < spelled_letters_min) return false;
  for (const char c : word) {
    const bool letter = (c >= 'a' && c <= 'z') || (static_cast<unsigned char>(c) & 0x80) != 0;
    if (!letter) return false;
  }
  const size_t letters = Letters(word).size() - 1;
  return letters >= spelled_letters_min && letters <= spelled_letters_max;
}

}  // namespace boathouse::store::sqlite
