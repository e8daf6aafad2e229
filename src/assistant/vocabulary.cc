#include "assistant/vocabulary.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/bytes.h"

namespace boathouse::assistant {
namespace {

constexpr size_t short_word = 4;  // letters; a shorter alias of a name would catch too much
constexpr size_t long_word = 9;   // letters; from here on two mistakes are still the same word
constexpr size_t spelling_mistakes_max = 2;

// Words at the end of a company's name that people leave out.
constexpr std::array<std::string_view, 14> legal_words = {
    "inc", "incorporated", "llc", "ltd",   "limited", "corp", "corporation",
    "co",  "company",      "plc", "group", "gmbh",    "lp",   "llp"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 51> us_states = {{
    {"AL", "alabama"},        {"AK", "alaska"},         {"AZ", "arizona"},
    {"AR", "arkansas"},       {"CA", "california"},     {"CO", "colorado"},
    {"CT", "connecticut"},    {"DE", "delaware"},       {"DC", "district of columbia"},
    {"FL", "florida"},        {"GA", "georgia"},        {"HI", "hawaii"},
    {"ID", "idaho"},          {"IL", "illinois"},       {"IN", "indiana"},
    {"IA", "iowa"},           {"KS", "kansas"},         {"KY", "kentucky"},
    {"LA", "louisiana"},      {"ME", "maine"},          {"MD", "maryland"},
    {"MA", "massachusetts"},  {"MI", "michigan"},       {"MN", "minnesota"},
    {"MS", "mississippi"},    {"MO", "missouri"},       {"MT", "montana"},
    {"NE", "nebraska"},       {"NV", "nevada"},         {"NH", "new hampshire"},
    {"NJ", "new jersey"},     {"NM", "new mexico"},     {"NY", "new york"},
    {"NC", "north carolina"}, {"ND", "north dakota"},   {"OH", "ohio"},
    {"OK", "oklahoma"},       {"OR", "oregon"},         {"PA", "pennsylvania"},
    {"RI", "rhode island"},   {"SC", "south carolina"}, {"SD", "south dakota"},
    {"TN", "tennessee"},      {"TX", "texas"},          {"UT", "utah"},
    {"VT", "vermont"},        {"VA", "virginia"},       {"WA", "washington"},
    {"WV", "west virginia"},  {"WI", "wisconsin"},      {"WY", "wyoming"},
}};

bool IsLegalWord(const std::string& word) {
  return std::find(legal_words.begin(), legal_words.end(), word) != legal_words.end();
}

std::string Join(const std::vector<Word>& words, size_t from, size_t to) {
  std::string key;
  for (size_t i = from; i < to; ++i) {
    if (i > from) key.push_back(' ');
    key += words[i].text;
  }
  return key;
}

// The key with its last word in the singular.
std::string SingularKey(const std::string& key) {
  const size_t space = key.rfind(' ');
  if (space == std::string::npos) return Singular(key);
  return key.substr(0, space + 1) + Singular(key.substr(space + 1));
}

// A name without its legal form, when enough is left of it: "acme" of "Acme Corporation".
std::optional<std::string> ShortName(const std::vector<Word>& words) {
  size_t count = words.size();
  while (count > 1 && IsLegalWord(words[count - 1].text)) --count;
  if (count == words.size()) return std::nullopt;
  if (count == 1 && words[0].text.size() < short_word) return std::nullopt;
  return Join(words, 0, count);
}

}  // namespace

Vocabulary::Vocabulary(std::shared_ptr<const sources::SemanticModel> model,
                       const std::vector<DimensionValues>& values)
    : model_(std::move(model)) {
  for (const sources::ModelMetric& metric : model_->metrics) {
    const Meaning meaning{Meaning::Kind::kMetric, metric.name, ""};
    AddPhrase(metric.label, meaning);
    AddPhrase(metric.name, meaning);
    for (const std::string& synonym : metric.synonyms) AddPhrase(synonym, meaning);
  }
  for (const sources::ModelDataset& dataset : model_->datasets) {
    for (const sources::ModelField& field : dataset.fields) {
      if (!field.is_dimension) continue;
      const Meaning meaning{Meaning::Kind::kDimension, field.dimension, ""};
      AddPhrase(field.label, meaning);
      AddPhrase(field.dimension, meaning);
      AddPhrase(Plural(AsciiLower(field.label)), meaning);
      for (const std::string& synonym : field.synonyms) AddPhrase(synonym, meaning);
    }
  }
  for (const DimensionValues& dimension : values) {
    for (const std::string& value : dimension.values) {
      AddValue({Meaning::Kind::kValue, dimension.dimension, value});
    }
  }
  // Only now, because a full name beats every shorter form of another.
  for (const DimensionValues& dimension : values) {
    for (const std::string& value : dimension.values) {
      AddShortForms({Meaning::Kind::kValue, dimension.dimension, value});
    }
  }
  const auto known = phrases_;
  for (const DimensionValues& dimension : values) {
    const sources::ModelField* field = model_->FindDimension(dimension.dimension);
    if (field == nullptr || field->key.empty()) continue;
    for (const std::string& value : dimension.values) {
      AddBeginnings({Meaning::Kind::kValue, dimension.dimension, value}, known);
    }
  }
}

void Vocabulary::AddKey(const std::string& key, const Meaning& meaning) {
  if (key.empty()) return;
  std::vector<Meaning>& meanings = phrases_[key];
  const bool known = std::any_of(meanings.begin(), meanings.end(), [&](const Meaning& one) {
    return one.kind == meaning.kind && one.name == meaning.name && one.value == meaning.value;
  });
  if (!known) meanings.push_back(meaning);
}

void Vocabulary::AddPhrase(std::string_view phrase, const Meaning& meaning) {
  const std::string key = PhraseKey(phrase);
  AddKey(key, meaning);
  AddKey(SingularKey(key), meaning);
}

void Vocabulary::AddValue(const Meaning& meaning) {
  const std::vector<Word> words = SplitWords(meaning.value);
  if (words.empty() || words.size() > phrase_words_max) return;
  const std::string key = Join(words, 0, words.size());
  AddKey(key, meaning);
  full_names_[key].push_back(meaning.name);
}

bool Vocabulary::IsFullName(const std::string& key, const std::string& dimension) const {
  const auto found = full_names_.find(key);
  if (found == full_names_.end()) return false;
  return std::find(found->second.begin(), found->second.end(), dimension) != found->second.end();
}

void Vocabulary::AddShortForms(const Meaning& meaning) {
  const std::vector<Word> words = SplitWords(meaning.value);
  const std::optional<std::string> name = ShortName(words);
  if (name.has_value() && !IsFullName(*name, meaning.name)) AddKey(*name, meaning);
  if (meaning.name != "state") return;
  for (const auto& [code, state] : us_states) {
    if (meaning.value == code) AddKey(std::string(state), meaning);
  }
}

void Vocabulary::AddBeginnings(const Meaning& meaning, const Phrases& known) {
  const std::vector<Word> words = SplitWords(meaning.value);
  for (size_t count = 2; count < words.size() && count <= phrase_words_max; ++count) {
    const std::string key = Join(words, 0, count);
    if (!known.contains(key)) AddKey(key, meaning);
  }
}

PhraseMatch Vocabulary::LongestAt(const std::vector<Word>& words, size_t at) const {
  const size_t most = std::min(phrase_words_max, words.size() - at);
  for (size_t length = most; length > 0; --length) {
    const std::string key = Join(words, at, at + length);
    auto found = phrases_.find(key);
    if (found == phrases_.end()) {
      // A plural that no synonym names; values are never bent.
      found = phrases_.find(SingularKey(key));
      if (found == phrases_.end() || found->second.front().kind == Meaning::Kind::kValue) continue;
    }
    return {length, &found->second};
  }
  return {};
}

std::string Vocabulary::Nearest(const std::string& word) const {
  if (word.size() < short_word) return {};
  const size_t most = word.size() < long_word ? 1 : spelling_mistakes_max;
  size_t best = most + 1;
  std::string nearest;
  for (const auto& [key, meanings] : phrases_) {
    const size_t distance = EditDistance(word, key, most);
    // Of equally near ones the first in the alphabet, so that the answer is always the same.
    if (distance < best || (distance == best && distance <= most && key < nearest)) {
      best = distance;
      nearest = key;
    }
  }
  if (nearest.empty()) return {};
  const Meaning& meaning = phrases_.at(nearest).front();
  return meaning.kind == Meaning::Kind::kValue ? meaning.value : nearest;
}

}  // namespace boathouse::assistant
