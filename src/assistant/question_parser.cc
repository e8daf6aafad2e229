#include "assistant/question_parser.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "assistant/lexer.h"
#include "base/bytes.h"
#include "base/decimal.h"

namespace boathouse::assistant {
namespace {

using Kind = Item::Kind;

constexpr int64_t limit_default = 10;  // of "top accounts"
constexpr size_t groups_max = 3;
constexpr size_t metrics_max = 5;
constexpr size_t choices_max = 4;      // of an ambiguous name
constexpr size_t list_names_max = 12;  // in an error message

// Items in, query out. What finds no place in the query is kept as a leftover.
class Builder {
 public:
  Builder(std::vector<Item> items, const ParseContext& context)
      : items_(std::move(items)), context_(context), model_(context.vocabulary->model()) {}

  Result<SemanticQuery> Run() {
    TRY(ResolveValues());
    for (at_ = 0; at_ < items_.size(); ++at_) Visit(items_[at_]);
    Contrast();
    if (leftovers_.empty()) CarryOver();
    TRY(CheckComplete());
    Finish();
    return query_;
  }

 private:
  // ---- Values ----

  // A run of values joined by "and" belongs to one dimension: the one that stands beside it, or the
  // first of the model that knows all of them.
  Status ResolveValues() {
    std::vector<Item> kept;
    for (size_t i = 0; i < items_.size();) {
      if (items_[i].kind != Kind::kValue) {
        kept.push_back(std::move(items_[i++]));
        continue;
      }
      std::vector<const Item*> run;
      size_t end = i;
      while (true) {
        run.push_back(&items_[end++]);
        const bool joined = end + 1 < items_.size() &&
                            (items_[end].kind == Kind::kAnd || items_[end].kind == Kind::kVersus) &&
                            items_[end + 1].kind == Kind::kValue;
        const bool listed = end < items_.size() && items_[end].kind == Kind::kValue &&
                            items_[end].gap == Item::Gap::kNone;
        if (joined && items_[end].kind == Kind::kVersus) contrasts_ = true;
        if (joined) ++end;
        if (!joined && !listed) break;
      }
      std::string hint = HintBefore(&kept, run);
      if (hint.empty()) hint = HintAfter(&end, run);
      const bool negated = !kept.empty() && kept.back().kind == Kind::kNot;
      if (negated) kept.pop_back();
      ASSIGN(Filter filter, MakeFilter(run, hint));
      filter.negated = negated;
      AddFilter(std::move(filter));
      // What follows no longer stands beside what came before the values.
      if (end < items_.size()) items_[end].gap = Item::Gap::kOther;
      i = end;
    }
    items_ = std::move(kept);
    return {};
  }

  static bool Knows(const Item& item, const std::string& dimension) {
    return std::any_of(item.values.begin(), item.values.end(),
                       [&](const Meaning& one) { return one.name == dimension; });
  }
  static bool AllKnow(const std::vector<const Item*>& run, const std::string& dimension) {
    return std::all_of(run.begin(), run.end(),
                       [&](const Item* item) { return Knows(*item, dimension); });
  }

  // territory Cleveland, territory = Cleveland; but not "by territory Cleveland".
  static std::string HintBefore(std::vector<Item>* kept, const std::vector<const Item*>& run) {
    if (kept->empty() || run.front()->gap == Item::Gap::kOther) return {};
    const Item& before = kept->back();
    if (before.kind != Kind::kDimension || before.plural || !AllKnow(run, before.name)) return {};
    const bool grouped = kept->size() > 1 && (*kept)[kept->size() - 2].kind == Kind::kBy;
    if (grouped) return {};
    std::string hint = before.name;
    kept->pop_back();
    return hint;
  }

  // the Cleveland territory, Cleveland and Akron territories
  std::string HintAfter(size_t* end, const std::vector<const Item*>& run) const {
    if (*end >= items_.size()) return {};
    const Item& after = items_[*end];
    if (after.kind != Kind::kDimension || after.gap != Item::Gap::kNone) return {};
    if (!AllKnow(run, after.name)) return {};
    ++*end;
    return after.name;
  }

  // Dimensions of groups of things before those of single things: a territory before an account that
  // happens to have its name.
  std::vector<std::string> DimensionsByRank() const {
    std::vector<std::string> plain;
    std::vector<std::string> keyed;
    for (const sources::ModelDataset& dataset : model_.datasets) {
      for (const sources::ModelField& field : dataset.fields) {
        if (field.is_dimension) (field.key.empty() ? plain : keyed).push_back(field.dimension);
      }
    }
    plain.insert(plain.end(), keyed.begin(), keyed.end());
    return plain;
  }

  Result<Filter> MakeFilter(const std::vector<const Item*>& run, const std::string& hint) {
    Filter filter;
    filter.dimension = hint;
    if (hint.empty()) {
      std::vector<std::string> able;
      for (const std::string& dimension : DimensionsByRank()) {
        if (AllKnow(run, dimension)) able.push_back(dimension);
      }
      if (able.empty()) return MixedRun(run);
      filter.dimension = able.front();
      for (const Filter& before : PreviousFilters()) {
        // "And for Akron?" means what the question before filtered by.
        if (AllKnow(run, before.dimension)) filter.dimension = before.dimension;
      }
      for (const std::string& dimension : able) {
        if (dimension != filter.dimension && filter.also.empty()) filter.also = dimension;
      }
    }
    for (const Item* item : run) {
      std::vector<std::string> spelled;
      for (const Meaning& meaning : item->values) {
        if (meaning.name == filter.dimension) spelled.push_back(meaning.value);
      }
      if (spelled.size() > 1) return Ambiguous(*item, spelled);
      filter.values.push_back(spelled.front());
    }
    return filter;
  }

  std::vector<Filter> PreviousFilters() const {
    return context_.previous.has_value() ? context_.previous->filters : std::vector<Filter>{};
  }

  static Error MixedRun(const std::vector<const Item*>& run) {
    std::string names;
    for (const Item* item : run) names += (names.empty() ? "\"" : ", \"") + item->text + "\"";
    return Error(ErrorKind::kInvalid,
                 names +
                     " are not values of one dimension: say which is which, for example "
                     "territory Cleveland and industry metals",
                 {{"/question", "ambiguous", names}});
  }

  static Error Ambiguous(const Item& item, const std::vector<std::string>& spelled) {
    std::string choices;
    const size_t shown = std::min(choices_max, spelled.size());
    for (size_t i = 0; i < shown; ++i) choices += (i == 0 ? "\"" : " or \"") + spelled[i] + "\"";
    if (shown < spelled.size())
      choices += " or " + std::to_string(spelled.size() - shown) + " others";
    return Error(ErrorKind::kInvalid, "\"" + item.text + "\" can mean " + choices + ": which one?",
                 {{"/question", "ambiguous", item.text}});
  }

  void AddFilter(Filter filter) {
    for (Filter& known : query_.filters) {
      if (known.dimension != filter.dimension || known.negated != filter.negated) continue;
      for (std::string& value : filter.values) {
        const bool twice =
            std::find(known.values.begin(), known.values.end(), value) != known.values.end();
        if (!twice) known.values.push_back(std::move(value));
      }
      return;
    }
    query_.filters.push_back(std::move(filter));
  }

  // ---- Everything else ----

  const Item* Next(size_t steps = 1) const {
    return at_ + steps < items_.size() ? &items_[at_ + steps] : nullptr;
  }
  const Item* Before() const { return at_ > 0 ? &items_[at_ - 1] : nullptr; }
  static bool Is(const Item* item, Kind kind) { return item != nullptr && item->kind == kind; }
  void Leave(const Item& item) { leftovers_.push_back(item.text); }

  void Visit(const Item& item) {
    switch (item.kind) {
      case Kind::kMetric:
        return VisitMetric(item);
      case Kind::kDimension:
        return VisitDimension(item);
      case Kind::kGrain:
        AddGroup({"", item.grain});
        if (item.after_which) asks_for_one_ = true;
        return;
      case Kind::kOverTime:
        return AddGroup({"", Grain::kMonth});
      case Kind::kTime:
        return VisitTime(item);
      case Kind::kTop:
      case Kind::kBottom:
        return VisitDirection(item);
      case Kind::kCompare:
        return VisitCompare(item);
      case Kind::kBetween:
        return VisitBetween(item);
      case Kind::kNegative:
      case Kind::kPositive:
        return VisitSign(item);
      case Kind::kNumber:
        return VisitNumber(item);
      case Kind::kAscending:
      case Kind::kDescending:
        query_.ascending = item.kind == Kind::kAscending;
        ordered_ = true;
        return;
      case Kind::kBy:
      case Kind::kSort:
        return VisitBy(item);
      case Kind::kFollowUp:
        follows_up_ = true;
        return;
      case Kind::kAnd:
        if (at_ == 0) follows_up_ = true;
        return;
      case Kind::kVersus:
        // "revenue vs cost"; between values it was taken before.
        if (!Is(Before(), Kind::kMetric) || !Is(Next(), Kind::kMetric)) Leave(item);
        return;
      case Kind::kContrast:
        contrast_word_ = item.text;
        return;
      case Kind::kLimit:
        return VisitLimit(item);
      case Kind::kValue:
      case Kind::kNot:
      case Kind::kUnknown:
        return Leave(item);
    }
  }

  // "gross margin by product for automotive accounts": beside an explicit "by", accounts only say whose.
  void VisitDimension(const Item& item) {
    const bool listed = item.after_which || !item.plural || at_ == 0 || Is(Before(), Kind::kTop) ||
                        Is(Before(), Kind::kBottom) || Is(Before(), Kind::kNumber) ||
                        IsInByList(at_);
    if (!listed && HasByGroup()) return;
    AddGroup({item.name, std::nullopt});
    if (item.after_which && !item.plural) asks_for_one_ = true;
  }

  static bool IsGroup(const Item& item) {
    return item.kind == Kind::kDimension || item.kind == Kind::kGrain;
  }

  // by territory, industry and account: back over groups and "and" to the "by".
  bool IsInByList(size_t at) const {
    for (; at > 0; --at) {
      const Item& before = items_[at - 1];
      if (before.kind == Kind::kBy) return true;
      const bool tied = before.kind == Kind::kAnd || items_[at].kind == Kind::kAnd ||
                        (IsGroup(before) && items_[at].gap == Item::Gap::kNone);
      if (!tied) return false;
    }
    return false;
  }

  bool HasByGroup() const {
    for (size_t i = 0; i + 1 < items_.size(); ++i) {
      if (items_[i].kind == Kind::kBy && IsGroup(items_[i + 1])) return true;
    }
    return false;
  }

  void VisitLimit(const Item& item) {
    if (!Is(Next(), Kind::kNumber)) return Leave(item);
    SetLimit(*Next());
    ++at_;
  }

  void VisitMetric(const Item& item) {
    AddMetric(item.name);
    if (Is(Before(), Kind::kSort) || Is(Before(), Kind::kBy)) OrderBy(item.name);
    // "highest revenue", "the most orders"
    if (Is(Before(), Kind::kTop) || Is(Before(), Kind::kBottom)) OrderBy(item.name);
  }

  void OrderBy(const std::string& metric) {
    if (query_.order_metric.empty()) query_.order_metric = metric;
    ordered_ = true;
  }

  void AddMetric(const std::string& name) {
    if (std::find(query_.metrics.begin(), query_.metrics.end(), name) == query_.metrics.end()) {
      query_.metrics.push_back(name);
    }
  }

  void AddGroup(GroupBy group) {
    if (std::find(query_.groups.begin(), query_.groups.end(), group) == query_.groups.end()) {
      query_.groups.push_back(std::move(group));
    }
  }

  // "by" must lead to something it can group or order by.
  void VisitBy(const Item& item) {
    const Item* next = Next();
    const bool leads = Is(next, Kind::kDimension) || Is(next, Kind::kGrain) ||
                       Is(next, Kind::kMetric) || Is(next, Kind::kTop) || Is(next, Kind::kBottom);
    // An unknown word after "by" is reported itself.
    if (!leads && !Is(next, Kind::kUnknown)) Leave(item);
  }

  void VisitTime(const Item& item) {
    if (!query_.time.label.empty() && query_.time != item.time) return Leave(item);
    query_.time = item.time;
  }

  void VisitDirection(const Item& item) {
    query_.ascending = item.kind == Kind::kBottom;
    ordered_ = true;
    directed_ = true;
    const Item* next = Next();
    if (!Is(next, Kind::kNumber)) return;
    SetLimit(*next);
    ++at_;
  }

  void SetLimit(const Item& number) {
    const std::optional<Decimal> value = Decimal::Parse(number.name);
    const bool whole = value.has_value() && value->units > 0 && value->units % Decimal::unit == 0;
    if (!whole || query_.limit.has_value()) return Leave(number);
    query_.limit = value->units / Decimal::unit;
  }

  // "10 accounts": a number right before what is grouped by.
  void VisitNumber(const Item& item) {
    if (Is(Next(), Kind::kDimension) && Next()->gap == Item::Gap::kNone) return SetLimit(item);
    Leave(item);
  }

  // The metric a comparison speaks of: "more than 50 orders", else the last one before it.
  void AddCondition(Comparison comparison, const std::string& number, size_t after) {
    const Item* following = Next(after);
    std::string metric;
    if (Is(following, Kind::kMetric) && following->gap != Item::Gap::kOther) {
      metric = following->name;
    } else if (!query_.metrics.empty()) {
      metric = query_.metrics.back();
    } else {
      leftovers_.push_back(items_[at_].text);
      return;
    }
    AddMetric(metric);
    query_.conditions.push_back({metric, comparison, number});
  }

  void VisitCompare(const Item& item) {
    const Item* number = Next();
    if (!Is(number, Kind::kNumber)) return Leave(item);
    AddCondition(item.comparison, number->name, 2);
    ++at_;
  }

  void VisitBetween(const Item& item) {
    const Item* low = Next(1);
    const Item* high = Next(3);
    if (!Is(low, Kind::kNumber) || !Is(Next(2), Kind::kAnd) || !Is(high, Kind::kNumber)) {
      return Leave(item);
    }
    AddCondition(Comparison::kAtLeast, low->name, 4);
    AddCondition(Comparison::kAtMost, high->name, 4);
    at_ += 3;
  }

  void VisitSign(const Item& item) {
    const bool negative = item.kind == Kind::kNegative;
    AddCondition(negative ? Comparison::kLess : Comparison::kMore, "0", 1);
  }

  // Values set against each other are told apart: by the dimension they belong to.
  void Contrast() {
    if (!contrasts_ && contrast_word_.empty()) return;
    bool apart = !query_.groups.empty() || query_.metrics.size() > 1;
    for (const Filter& filter : query_.filters) {
      if (filter.values.size() < 2 || filter.negated) continue;
      AddGroup({filter.dimension, std::nullopt});
      apart = true;
    }
    if (!apart) leftovers_.push_back(contrast_word_);
  }

  // ---- Together ----

  // A question without a figure of its own goes on from the one before.
  void CarryOver() {
    if (!context_.previous.has_value()) return;
    if (!query_.metrics.empty() && !follows_up_) return;
    const SemanticQuery& before = *context_.previous;
    const bool own_metrics = !query_.metrics.empty();
    if (!own_metrics) query_.metrics = before.metrics;
    if (query_.groups.empty()) query_.groups = before.groups;
    if (query_.time.label.empty()) query_.time = before.time;
    if (query_.conditions.empty() && !own_metrics) query_.conditions = before.conditions;
    if (!query_.limit.has_value() && !directed_) query_.limit = before.limit;
    if (!ordered_ && !own_metrics) {
      query_.order_metric = before.order_metric;
      query_.ascending = before.ascending;
    }
    for (const Filter& filter : before.filters) {
      const bool replaced =
          std::any_of(query_.filters.begin(), query_.filters.end(),
                      [&](const Filter& own) { return own.dimension == filter.dimension; });
      if (!replaced) query_.filters.push_back(filter);
    }
  }

  Status CheckComplete() const {
    if (!leftovers_.empty()) return NotUnderstood();
    if (query_.metrics.empty()) return Missing("no_metric", "which figure to show");
    const bool ranks = directed_ || query_.limit.has_value() || !query_.conditions.empty();
    if (ranks && query_.groups.empty()) {
      return Missing("no_dimension", "what to list, for example by account");
    }
    if (query_.metrics.size() > metrics_max || query_.groups.size() > groups_max) {
      return Error(ErrorKind::kInvalid, "that is too much at once: at most " +
                                            std::to_string(metrics_max) + " figures by at most " +
                                            std::to_string(groups_max) + " dimensions");
    }
    return {};
  }

  void Finish() {
    if (query_.time.label.empty()) query_.time.label = "all time";
    if (directed_ && !query_.limit.has_value()) query_.limit = asks_for_one_ ? 1 : limit_default;
    const bool by_time = std::any_of(query_.groups.begin(), query_.groups.end(),
                                     [](const GroupBy& group) { return group.grain.has_value(); });
    // A ranking without a figure of its own ranks by the first; a series runs forward in time.
    if (query_.order_metric.empty() && (!by_time || directed_)) {
      query_.order_metric = query_.metrics.front();
    }
    if (query_.order_metric.empty() && !ordered_) query_.ascending = true;
  }

  std::string Names() const {
    std::string names;
    size_t count = 0;
    for (const sources::ModelMetric& metric : model_.metrics) {
      if (count++ == list_names_max) break;
      names += (names.empty() ? "" : ", ") + AsciiLower(metric.label);
    }
    return names;
  }

  std::string Help() const {
    std::string help = " Figures: " + Names() + ".";
    if (!model_.examples.empty()) help += " Try: \"" + model_.examples.front() + "\"";
    return help;
  }

  std::string UnderstoodSoFar() const {
    const std::string understood = Understood(query_, model_);
    return understood.empty() ? "" : " Understood: " + understood + ".";
  }

  Error Missing(const char* code, const std::string& what) const {
    return Error(ErrorKind::kInvalid,
                 "The question does not say " + what + "." + UnderstoodSoFar() + Help(),
                 {{"/question", code, "the question does not say " + what}});
  }

  Error NotUnderstood() const {
    std::string words;
    std::string nearest;
    std::vector<FieldError> fields;
    for (const std::string& word : leftovers_) {
      words += (words.empty() ? "\"" : ", \"") + word + "\"";
      const std::string like = context_.vocabulary->Nearest(AsciiLower(word));
      if (nearest.empty() && !like.empty()) nearest = " Did you mean \"" + like + "\"?";
      fields.push_back({"/question", "not_understood", word});
    }
    return Error(ErrorKind::kInvalid,
                 "Not understood: " + words + "." + nearest + UnderstoodSoFar() + Help(),
                 std::move(fields));
  }

  std::vector<Item> items_;
  const ParseContext& context_;
  const sources::SemanticModel& model_;
  SemanticQuery query_;
  std::vector<std::string> leftovers_;
  size_t at_ = 0;
  bool ordered_ = false;       // an order was asked for
  bool directed_ = false;      // top, lowest ...
  bool asks_for_one_ = false;  // which account
  bool follows_up_ = false;
  bool contrasts_ = false;     // Cleveland vs Akron
  std::string contrast_word_;  // compare
};

void AppendPart(const std::string& part, std::string* list) {
  if (!list->empty()) *list += ", ";
  *list += part;
}

}  // namespace

std::string Understood(const SemanticQuery& query, const sources::SemanticModel& model) {
  std::string text;
  for (const std::string& name : query.metrics) {
    const sources::ModelMetric* metric = model.FindMetric(name);
    if (metric != nullptr) AppendPart(AsciiLower(metric->label), &text);
  }
  for (const GroupBy& group : query.groups) {
    const sources::ModelField* field = model.FindDimension(group.dimension);
    const std::string label = group.grain.has_value() ? std::string(GrainName(*group.grain))
                              : field != nullptr      ? AsciiLower(field->label)
                                                      : group.dimension;
    AppendPart("by " + label, &text);
  }
  for (const Filter& filter : query.filters) {
    const sources::ModelField* field = model.FindDimension(filter.dimension);
    std::string part = field == nullptr ? filter.dimension : AsciiLower(field->label);
    if (filter.negated) part += " not";
    for (const std::string& value : filter.values) part += " " + value;
    AppendPart(part, &text);
  }
  if (!query.time.label.empty()) AppendPart(query.time.label, &text);
  return text;
}

Result<SemanticQuery> ParseQuestion(const std::string& text, const ParseContext& context) {
  const std::vector<Word> words = SplitWords(text);
  if (words.empty()) return Error::Field("/question", "required", "ask a question");
  return Builder(LexQuestion(words, *context.vocabulary, context.today), context).Run();
}

}  // namespace boathouse::assistant
