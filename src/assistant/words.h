#pragma once
// Private to assistant/: a question and a vocabulary phrase are cut into words the same way.

#include <string>
#include <string_view>
#include <vector>

namespace boathouse::assistant {

struct Word {
  std::string text;        // lower case
  std::string original;    // as written
  bool all_upper = false;  // OH, IN: an abbreviation, not a preposition
};

// Letters and digits make words; "'s" and apostrophes fall away; "&" is "and"; "%" is a word, and so
// are <, >, <=, >= and =; numbers keep their point and lose their commas (10,000 is 10000); an ISO
// date is one word; everything else separates.
std::vector<Word> SplitWords(std::string_view text);

// Words of a phrase joined by one space: the key by which a vocabulary finds it.
std::string PhraseKey(std::string_view phrase);

// The singular of a regular English plural; other words come back unchanged.
std::string Singular(std::string_view word);
std::string Plural(std::string_view word);

// How many letters differ (Levenshtein), never more than `most` + 1.
size_t EditDistance(std::string_view a, std::string_view b, size_t most);

}  // namespace boathouse::assistant
