#pragma once
// Private to assistant/: the phrases a question may use for metrics, dimensions and their values, and
// what each can mean. Built from a semantic model and the values read live; never changes afterwards.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "assistant/words.h"
#include "sources/semantic_model.h"

namespace boathouse::assistant {

inline constexpr size_t phrase_words_max = 10;

// The distinct values of one dimension.
struct DimensionValues {
  std::string dimension;
  std::vector<std::string> values;
};

struct Meaning {
  enum class Kind { kMetric, kDimension, kValue };
  Kind kind;
  std::string name;   // of the metric or dimension
  std::string value;  // of a kValue, as the source spells it
};

struct PhraseMatch {
  size_t length = 0;                               // words; 0: no phrase begins here
  const std::vector<Meaning>* meanings = nullptr;  // metrics and dimensions before values
};

class Vocabulary {
 public:
  Vocabulary(std::shared_ptr<const sources::SemanticModel> model,
             const std::vector<DimensionValues>& values);

  // The longest phrase that begins at words[at].
  PhraseMatch LongestAt(const std::vector<Word>& words, size_t at) const;

  // The known phrase most like `word`, or "".
  std::string Nearest(const std::string& word) const;

  const sources::SemanticModel& model() const { return *model_; }

 private:
  using Phrases = std::unordered_map<std::string, std::vector<Meaning>>;

  void AddPhrase(std::string_view phrase, const Meaning& meaning);
  void AddKey(const std::string& key, const Meaning& meaning);
  void AddValue(const Meaning& meaning);
  // Shorter ways to say a value, where no full name says the same.
  void AddShortForms(const Meaning& meaning);
  // The first words of a long name, where they mean nothing among the `known` phrases.
  void AddBeginnings(const Meaning& meaning, const Phrases& known);
  bool IsFullName(const std::string& key, const std::string& dimension) const;

  std::shared_ptr<const sources::SemanticModel> model_;
  Phrases phrases_;
  std::unordered_map<std::string, std::vector<std::string>> full_names_;  // phrase to dimensions
};

}  // namespace boathouse::assistant
