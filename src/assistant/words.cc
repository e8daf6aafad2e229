#include "assistant/words.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/clock.h"

namespace boathouse::assistant {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLetter(char c) {
  return IsUpper(c) || (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}
bool IsVowel(char c) { return std::string_view("aeiou").find(c) != std::string_view::npos; }

// The length of an apostrophe at `at` (' or the typographic one), 0 when there is none.
size_t ApostropheAt(std::string_view text, size_t at) {
  if (text[at] == '\'') return 1;
  return text.substr(at, 3) == "\xE2\x80\x99" ? 3 : 0;
}

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  std::vector<Word> Run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (IsDigit(c)) {
        NumberOrDate();
      } else if (ApostropheAt(text_, at_) > 0) {
        at_ += ApostropheAt(text_, at_);
      } else if (IsLetter(c)) {
        Letters();
      } else {
        Sign(c);
      }
    }
    return std::move(words_);
  }

 private:
  char Peek(size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void Push(std::string text, size_t begin) {
    const std::string_view original = text_.substr(begin, at_ - begin);
    const bool all_upper =
        original.size() >= 2 && std::all_of(original.begin(), original.end(), IsUpper);
    words_.push_back({std::move(text), std::string(original), all_upper});
  }

  // 2025-03-01, 10,000, 1.5, 10k, 3rd
  void NumberOrDate() {
    const size_t begin = at_;
    if (ParseDate(text_.substr(at_, 10)).has_value() && !IsDigit(Peek(10))) {
      at_ += 10;
      Push(std::string(text_.substr(begin, 10)), begin);
      return;
    }
    std::string word;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const bool inside = (c == ',' || c == '.') && IsDigit(Peek(1)) && IsDigit(text_[at_ - 1]);
      if (!IsDigit(c) && !IsLetter(c) && !inside) break;
      if (c != ',') word.push_back(c);
      ++at_;
    }
    Push(AsciiLower(word), begin);
  }

  void Letters() {
    const size_t begin = at_;
    std::string word;
    while (at_ < text_.size()) {
      const size_t apostrophe = ApostropheAt(text_, at_);
      if (apostrophe > 0) {
        const char after = Peek(apostrophe);
        if (!IsLetter(after)) break;
        const bool possessive = (after == 's' || after == 'S') && !IsLetter(Peek(apostrophe + 1)) &&
                                !IsDigit(Peek(apostrophe + 1));
        at_ += apostrophe;
        if (possessive) ++at_;
        if (possessive) break;
        continue;
      }
      if (!IsLetter(text_[at_]) && !IsDigit(text_[at_])) break;
      word.push_back(text_[at_++]);
    }
    Push(AsciiLower(word), begin);
  }

  void Sign(char c) {
    const size_t begin = at_++;
    if (c == '&') Push("and", begin);
    if (c == '%' || c == '=') Push(std::string(1, c), begin);
    if (c == '<' || c == '>') {
      const bool equal = Peek(0) == '=';
      if (equal) ++at_;
      Push(std::string(1, c) + (equal ? "=" : ""), begin);
    }
    // A minus belongs to the number that follows, when it does not join two words.
    if (c == '-' && IsDigit(Peek(0)) && (begin == 0 || text_[begin - 1] == ' ')) {
      Push("minus", begin);
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  std::vector<Word> words_;
};

}  // namespace

std::vector<Word> SplitWords(std::string_view text) { return Splitter(text).Run(); }

std::string PhraseKey(std::string_view phrase) {
  std::string key;
  for (const Word& word : SplitWords(phrase)) {
    if (!key.empty()) key.push_back(' ');
    key += word.text;
  }
  return key;
}

std::string Singular(std::string_view word) {
  const auto ends = [&](std::string_view end) {
    return word.size() > end.size() + 1 && word.ends_with(end);
  };
  if (ends("ies")) return std::string(word.substr(0, word.size() - 3)) + "y";
  if (ends("sses") || ends("xes") || ends("ches") || ends("shes")) {
    return std::string(word.substr(0, word.size() - 2));
  }
  if (ends("s") && !ends("ss") && !ends("us") && !ends("is")) {
    return std::string(word.substr(0, word.size() - 1));
  }
  return std::string(word);
}

std::string Plural(std::string_view word) {
  if (word.size() > 1 && word.back() == 'y' && !IsVowel(word[word.size() - 2])) {
    return std::string(word.substr(0, word.size() - 1)) + "ies";
  }
  const bool hisses = word.ends_with("s") || word.ends_with("x") || word.ends_with("ch");
  return std::string(word) + (hisses ? "es" : "s");
}

size_t EditDistance(std::string_view a, std::string_view b, size_t most) {
  const size_t gap = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (gap > most) return most + 1;
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t kept = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({kept, row[j] + 1, row[j - 1] + 1});
    }
  }
  return std::min(row[b.size()], most + 1);
}

}  // namespace boathouse::assistant
