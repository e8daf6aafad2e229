#include "assistant/lexer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "assistant/time_words.h"
#include "base/decimal.h"

namespace boathouse::assistant {
namespace {

using Kind = Item::Kind;

struct Keyword {
  std::string_view phrase;
  Kind kind;
  Comparison comparison = Comparison::kMore;
};

constexpr Keyword keywords[] = {
    {"by", Kind::kBy},
    {"per", Kind::kBy},
    {"for each", Kind::kBy},
    {"for every", Kind::kBy},
    {"in each", Kind::kBy},
    {"each", Kind::kBy},
    {"every", Kind::kBy},
    {"across", Kind::kBy},
    {"split by", Kind::kBy},
    {"grouped by", Kind::kBy},
    {"group by", Kind::kBy},
    {"broken down by", Kind::kBy},
    {"sorted by", Kind::kSort},
    {"sort by", Kind::kSort},
    {"ordered by", Kind::kSort},
    {"order by", Kind::kSort},
    {"ranked by", Kind::kSort},
    {"rank by", Kind::kSort},
    {"top", Kind::kTop},
    {"best", Kind::kTop},
    {"largest", Kind::kTop},
    {"biggest", Kind::kTop},
    {"highest", Kind::kTop},
    {"greatest", Kind::kTop},
    {"most", Kind::kTop},
    {"bottom", Kind::kBottom},
    {"worst", Kind::kBottom},
    {"smallest", Kind::kBottom},
    {"lowest", Kind::kBottom},
    {"least", Kind::kBottom},
    {"fewest", Kind::kBottom},
    {"more than", Kind::kCompare, Comparison::kMore},
    {"greater than", Kind::kCompare, Comparison::kMore},
    {"higher than", Kind::kCompare, Comparison::kMore},
    {"larger than", Kind::kCompare, Comparison::kMore},
    {"bigger than", Kind::kCompare, Comparison::kMore},
    {"over", Kind::kCompare, Comparison::kMore},
    {"above", Kind::kCompare, Comparison::kMore},
    {"exceeding", Kind::kCompare, Comparison::kMore},
    {">", Kind::kCompare, Comparison::kMore},
    {"at least", Kind::kCompare, Comparison::kAtLeast},
    {"no less than", Kind::kCompare, Comparison::kAtLeast},
    {">=", Kind::kCompare, Comparison::kAtLeast},
    {"less than", Kind::kCompare, Comparison::kLess},
    {"fewer than", Kind::kCompare, Comparison::kLess},
    {"lower than", Kind::kCompare, Comparison::kLess},
    {"smaller than", Kind::kCompare, Comparison::kLess},
    {"below", Kind::kCompare, Comparison::kLess},
    {"under", Kind::kCompare, Comparison::kLess},
    {"<", Kind::kCompare, Comparison::kLess},
    {"at most", Kind::kCompare, Comparison::kAtMost},
    {"no more than", Kind::kCompare, Comparison::kAtMost},
    {"<=", Kind::kCompare, Comparison::kAtMost},
    {"exactly", Kind::kCompare, Comparison::kEqual},
    {"equal to", Kind::kCompare, Comparison::kEqual},
    {"between", Kind::kBetween},
    {"excluding", Kind::kNot},
    {"exclude", Kind::kNot},
    {"except", Kind::kNot},
    {"except for", Kind::kNot},
    {"without", Kind::kNot},
    {"other than", Kind::kNot},
    {"outside", Kind::kNot},
    {"outside of", Kind::kNot},
    {"not in", Kind::kNot},
    {"not for", Kind::kNot},
    {"not", Kind::kNot},
    {"and", Kind::kAnd},
    {"or", Kind::kAnd},
    {"plus", Kind::kAnd},
    {"as well as", Kind::kAnd},
    {"vs", Kind::kVersus},
    {"versus", Kind::kVersus},
    {"compared to", Kind::kVersus},
    {"compared with", Kind::kVersus},
    {"compare", Kind::kContrast},
    {"comparison of", Kind::kContrast},
    {"limit", Kind::kLimit},
    {"best selling", Kind::kTop},
    {"top selling", Kind::kTop},
    {"ascending", Kind::kAscending},
    {"lowest first", Kind::kAscending},
    {"smallest first", Kind::kAscending},
    {"descending", Kind::kDescending},
    {"highest first", Kind::kDescending},
    {"largest first", Kind::kDescending},
    {"negative", Kind::kNegative},
    {"positive", Kind::kPositive},
    {"over time", Kind::kOverTime},
    {"trend", Kind::kOverTime},
    {"trends", Kind::kOverTime},
    {"trend of", Kind::kOverTime},
    {"what about", Kind::kFollowUp},
    {"how about", Kind::kFollowUp},
    {"and what about", Kind::kFollowUp},
    {"and for", Kind::kFollowUp},
    {"and in", Kind::kFollowUp},
    {"and now", Kind::kFollowUp},
    {"same for", Kind::kFollowUp},
    {"the same for", Kind::kFollowUp},
};
constexpr size_t keyword_words_max = 3;

// Words that carry no meaning of their own in a question.
constexpr std::string_view filler_words[] = {
    "a",       "all",     "an",    "any",        "at",          "be",       "been",      "bought",
    "bring",   "brought", "buy",   "buys",       "can",         "come",     "comes",     "could",
    "did",     "display", "do",    "does",       "dollars",     "earn",     "earned",    "figure",
    "figures", "find",    "for",   "from",       "gave",        "generate", "generated", "get",
    "give",    "had",     "has",   "have",       "having",      "help",     "hi",        "hello",
    "how",     "i",       "in",    "into",       "it",          "its",      "list",      "look",
    "made",    "make",    "many",  "me",         "much",        "my",       "need",      "now",
    "on",      "our",     "ours",  "overall",    "place",       "placed",   "please",    "report",
    "see",     "sell",    "show",  "so",         "far",         "sold",     "sum",       "table",
    "tell",    "than",    "that",  "the",        "their",       "them",     "there",     "they",
    "this",    "those",   "to",    "total",      "totals",      "us",       "usd",       "want",
    "was",     "we",      "were",  "when",       "where",       "who",      "whom",      "whose",
    "with",    "within",  "would", "you",        "your",        "numbers",  "%",         "which",
    "what",    "only",    "just",  "us",         "during",      "down",     "is",        "are",
    "of",      "=",       "named", "called",     "equals",      "makes",    "generates", "brings",
    "gets",    "spend",   "spent", "contribute", "contributes", "yield",    "yields"};

constexpr std::string_view link_words[] = {"of", "is", "=", "named", "called", "equals"};

template <size_t N>
bool Among(const std::string& word, const std::string_view (&list)[N]) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

// 250, 10k, 1.5m, seven: the plain numeral, or nullopt.
std::optional<std::string> Numeral(const std::string& word) {
  static const std::unordered_map<std::string, std::string> names = {
      {"zero", "0"},    {"two", "2"},      {"three", "3"},   {"four", "4"},   {"five", "5"},
      {"six", "6"},     {"seven", "7"},    {"eight", "8"},   {"nine", "9"},   {"ten", "10"},
      {"twelve", "12"}, {"fifteen", "15"}, {"twenty", "20"}, {"fifty", "50"}, {"hundred", "100"}};
  if (const auto found = names.find(word); found != names.end()) return found->second;
  if (word.empty() || word[0] < '0' || word[0] > '9') return std::nullopt;
  std::string digits = word;
  int64_t factor = 1;
  switch (word.back()) {
    case 'k':
      factor = 1000;
      break;
    case 'm':
      factor = 1'000'000;
      break;
    case 'b':
      factor = 1'000'000'000;
      break;
    default:
      break;
  }
  if (factor != 1) digits.pop_back();
  const std::optional<Decimal> value = Decimal::Parse(digits);
  if (!value.has_value() || value->units > Decimal::units_max / factor) return std::nullopt;
  if (factor == 1) return digits;
  const Decimal scaled{value->units * factor};
  std::string text = scaled.ToString();
  if (text.ends_with(".00")) text.resize(text.size() - 3);
  return text;
}

class Lexer {
 public:
  Lexer(const std::vector<Word>& words, const Vocabulary& vocabulary, int32_t today)
      : words_(words), vocabulary_(vocabulary), today_(today) {}

  std::vector<Item> Run() {
    while (at_ < words_.size()) Step();
    return std::move(items_);
  }

 private:
  const std::string& Text(size_t at) const { return words_[at].text; }

  void Step() {
    const PhraseMatch phrase = Phrase();
    const auto [keyword, keyword_length] = KeywordAt();
    if (WantsNumber() && TakeNumber()) return;
    const std::optional<TimeMatch> time = Time();
    if (time.has_value() && time->length >= phrase.length && time->length >= keyword_length) {
      Item item = Make(Kind::kTime, time->length);
      item.time = time->range;
      return Push(std::move(item), time->length);
    }
    if (phrase.length > 0 && phrase.length >= keyword_length) return TakePhrase(phrase);
    if (keyword != nullptr && (keyword->kind != Kind::kFollowUp || items_.empty())) {
      Item item = Make(keyword->kind, keyword_length);
      item.comparison = keyword->comparison;
      return Push(std::move(item), keyword_length);
    }
    if (const std::optional<Grain> grain = GrainOf(Text(at_)); grain.has_value()) {
      Item item = Make(Kind::kGrain, 1);
      item.grain = *grain;
      return Push(std::move(item), 1);
    }
    if (TakeNumber()) return;
    if (Among(Text(at_), filler_words)) return Skip();
    Push(Make(Kind::kUnknown, 1), 1);
  }

  // A value that reads like a common word (the state IN) is meant only when it is written as one.
  PhraseMatch Phrase() const {
    const PhraseMatch match = vocabulary_.LongestAt(words_, at_);
    if (match.length != 1 || match.meanings->front().kind != Meaning::Kind::kValue) return match;
    const bool common =
        Among(Text(at_), filler_words) || KeywordAt().second > 0 || GrainOf(Text(at_)).has_value();
    return common && !words_[at_].all_upper ? PhraseMatch{} : match;
  }

  std::pair<const Keyword*, size_t> KeywordAt() const {
    std::string key;
    std::pair<const Keyword*, size_t> best{nullptr, 0};
    for (size_t length = 1; length <= keyword_words_max && at_ + length <= words_.size();
         ++length) {
      if (length > 1) key.push_back(' ');
      key += Text(at_ + length - 1);
      for (const Keyword& keyword : keywords) {
        if (keyword.phrase == key) best = {&keyword, length};
      }
    }
    return best;
  }

  // After "more than" or "top" 2025 is a number and no year.
  bool WantsNumber() const {
    if (items_.empty() || gap_ == Item::Gap::kOther) return false;
    const Kind last = items_.back().kind;
    return last == Kind::kCompare || last == Kind::kTop || last == Kind::kBottom;
  }

  std::optional<TimeMatch> Time() const {
    // "over 2000" compares; "over the last year" does not.
    const bool compares =
        Text(at_) == "over" && at_ + 1 < words_.size() && Numeral(Text(at_ + 1)).has_value();
    std::optional<TimeMatch> time = compares ? std::nullopt : TimeAt(words_, at_, today_);
    // "for March Industries" is no month: a longer name inside the time wins.
    for (size_t i = 1; time.has_value() && i < time->length; ++i) {
      if (vocabulary_.LongestAt(words_, at_ + i).length > time->length - i) time.reset();
    }
    return time;
  }

  bool TakeNumber() {
    const bool minus = Text(at_) == "minus" && at_ + 1 < words_.size();
    const std::optional<std::string> numeral = Numeral(Text(minus ? at_ + 1 : at_));
    if (!numeral.has_value()) return false;
    const size_t length = minus ? 2 : 1;
    Item item = Make(Kind::kNumber, length);
    item.name = (minus ? "-" : "") + *numeral;
    Push(std::move(item), length);
    return true;
  }

  void TakePhrase(const PhraseMatch& phrase) {
    const Meaning& first = phrase.meanings->front();
    Item item = Make(first.kind == Meaning::Kind::kMetric      ? Kind::kMetric
                     : first.kind == Meaning::Kind::kDimension ? Kind::kDimension
                                                               : Kind::kValue,
                     phrase.length);
    item.name = first.name;
    item.plural = Singular(Text(at_ + phrase.length - 1)) != Text(at_ + phrase.length - 1);
    for (const Meaning& meaning : *phrase.meanings) {
      if (meaning.kind == Meaning::Kind::kValue) item.values.push_back(meaning);
    }
    Push(std::move(item), phrase.length);
  }

  Item Make(Kind kind, size_t length) const {
    Item item;
    item.kind = kind;
    item.gap = gap_;
    item.after_which = after_which_;
    for (size_t i = at_; i < at_ + length; ++i) {
      if (i > at_) item.text.push_back(' ');
      item.text += words_[i].original;
    }
    return item;
  }

  void Push(Item item, size_t length) {
    items_.push_back(std::move(item));
    at_ += length;
    gap_ = Item::Gap::kNone;
    after_which_ = false;
  }

  void Skip() {
    const std::string& word = Text(at_);
    after_which_ = word == "which" || word == "what" || word == "who";
    const bool link = Among(word, link_words) && gap_ != Item::Gap::kOther;
    gap_ = link ? Item::Gap::kLink : Item::Gap::kOther;
    ++at_;
  }

  const std::vector<Word>& words_;
  const Vocabulary& vocabulary_;
  const int32_t today_;
  size_t at_ = 0;
  Item::Gap gap_ = Item::Gap::kNone;
  bool after_which_ = false;
  std::vector<Item> items_;
};

}  // namespace

std::vector<Item> LexQuestion(const std::vector<Word>& words, const Vocabulary& vocabulary,
                              int32_t today) {
  return Lexer(words, vocabulary, today).Run();
}

}  // namespace boathouse::assistant
