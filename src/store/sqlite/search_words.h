#pragma once
// What full-text search finds a record by: words, folded (case and accents), and marked by what they are
// worth. A word of the title stands in the index behind one mark, a word of an e-mail address, a number or
// a code behind another, all others bare: so the best hits have lists of their own, which are read from
// their newest end without looking through the rest. Safe to use from many threads.

#include <string>
#include <string_view>
#include <vector>

#include "model/model.h"

namespace boathouse::store::sqlite {

// Private-use characters, which the tokenizer takes for letters.
inline constexpr std::string_view title_mark = "\xEE\x80\x80";
inline constexpr std::string_view key_mark = "\xEE\x80\x81";

inline constexpr size_t search_words_max = 12;  // of a question

// The words of a text as FTS5's unicode61 sees them: lower case, without accents.
std::vector<std::string> FoldedWords(std::string_view text);

// The index's text of a record: its marked words, each once, parted by spaces.
std::string IndexedWords(const model::Object& object, const model::Record& record);

// Words of a record that the store keeps a list of: all of its title, and those of other short texts that
// somebody may mistype.
std::vector<std::string> LearntWords(const model::Object& object, const model::Record& record);

// A question, read: the words to find, all of them. `phone_joined` is the same with the digits of what
// looks like a phone number joined to one word; empty when nothing does.
struct SearchText {
  std::vector<std::string> words;
  std::vector<std::string> phone_joined;
};
SearchText ReadSearchText(std::string_view text);

// The spellings that meet those of any word one edit away (a letter more, less, other or two exchanged):
// the word itself and the word without one letter.
std::vector<std::string> SpellingForms(std::string_view word);
// Whether the words are at most one edit apart.
bool IsOneEditAway(std::string_view a, std::string_view b);
// Whether words like this are looked for with other spellings: letters only, four to 24.
bool IsSpelled(std::string_view word);

}  // namespace boathouse::store::sqlite
