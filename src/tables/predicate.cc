#include "tables/predicate.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/bytes.h"

namespace boathouse::tables {
namespace {

using Kind = Predicate::Kind;
using Compare = Predicate::Compare;

constexpr size_t no_column = static_cast<size_t>(-1);

constexpr Outcomes Not(Outcomes of) {
  return static_cast<Outcomes>((of & outcome_null) |
                               ((of & outcome_true) != 0 ? outcome_false : 0) |
                               ((of & outcome_false) != 0 ? outcome_true : 0));
}

constexpr Outcomes And(Outcomes a, Outcomes b) {
  if (a == 0 || b == 0) return 0;
  Outcomes out = (a & b & outcome_true) | ((a | b) & outcome_false);
  const Outcomes not_false = outcome_true | outcome_null;
  if (((a & outcome_null) != 0 && (b & not_false) != 0) ||
      ((b & outcome_null) != 0 && (a & not_false) != 0)) {
    out |= outcome_null;
  }
  return out;
}

constexpr Outcomes Or(Outcomes a, Outcomes b) { return Not(And(Not(a), Not(b))); }

// Both for all pairs of sets: looking up is faster than working out.
struct Tables {
  Outcomes both[8][8], either[8][8];
};
constexpr Tables MakeTables() {
  Tables tables{};
  for (Outcomes a = 0; a < 8; ++a) {
    for (Outcomes b = 0; b < 8; ++b) {
      tables.both[a][b] = And(a, b);
      tables.either[a][b] = Or(a, b);
    }
  }
  return tables;
}
constexpr Tables tables_of_two = MakeTables();

size_t FindColumn(const Schema& schema, const std::string& name) {
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    if (schema.columns[i].name == name) return i;
  }
  const std::string wanted = AsciiLower(name);
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    if (AsciiLower(schema.columns[i].name) == wanted) return i;
  }
  return no_column;
}

// RFC 3339, or as SQL engines write it, in UTC; a date is its midnight. Digits behind the microsecond must
// be zeros, since they are cut.
std::optional<Micros> ReadDateTime(std::string text) {
  if (const std::optional<int32_t> days = ParseDate(text)) {
    return static_cast<Micros>(*days) * 24 * hour_micros;
  }
  constexpr size_t date_chars = 10, seconds_chars = 19;
  if (text.size() < seconds_chars) return std::nullopt;
  if (text[date_chars] == ' ') text[date_chars] = 'T';
  size_t end = seconds_chars;
  if (end < text.size() && text[end] == '.') {
    for (size_t digits = 0; ++end < text.size() && text[end] >= '0' && text[end] <= '9';) {
      if (++digits > 6 && text[end] != '0') return std::nullopt;
    }
  }
  if (end == text.size()) text += 'Z';
  return ParseDateTime(text);
}

std::optional<int64_t> ReadNumber(const std::string& text, model::FieldType type) {
  switch (type) {
    case model::FieldType::kInteger:
    case model::FieldType::kDecimal:
    case model::FieldType::kMoney:
      break;
    case model::FieldType::kBoolean: {
      const std::string word = AsciiLower(text);
      if (word == "true") return 1;
      if (word == "false") return 0;
      return std::nullopt;
    }
    case model::FieldType::kDate:
      return ParseDate(text);
    case model::FieldType::kDateTime:
      return ReadDateTime(text);
    case model::FieldType::kId:
    case model::FieldType::kText:
    case model::FieldType::kLongText:
    case model::FieldType::kSelect:
    case model::FieldType::kMultiSelect:
    case model::FieldType::kEmail:
    case model::FieldType::kPhone:
    case model::FieldType::kUrl:
    case model::FieldType::kRelation:
      return std::nullopt;
  }
  const std::optional<Decimal> number = Decimal::Parse(text);
  if (!number) return std::nullopt;
  if (type != model::FieldType::kInteger) return number->units;
  if (number->units % Decimal::unit != 0) return std::nullopt;
  return number->units / Decimal::unit;
}

std::optional<int64_t> ReadInteger(const std::string& text) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end) return std::nullopt;
  return value;
}

std::optional<int64_t> NumberOf(const model::Value& value, model::FieldType type) {
  const bool is_decimal = type == model::FieldType::kDecimal || type == model::FieldType::kMoney;
  if (const auto* text = std::get_if<std::string>(&value)) {
    // An integer may have more digits than a decimal holds.
    if (type == model::FieldType::kInteger) {
      if (const std::optional<int64_t> number = ReadInteger(*text)) return number;
    }
    return ReadNumber(*text, type);
  }
  if (const auto* number = std::get_if<int64_t>(&value)) {
    if (type == model::FieldType::kInteger) return *number;
    constexpr int64_t whole_max = Decimal::units_max / Decimal::unit;
    if (!is_decimal || *number > whole_max || *number < -whole_max) return std::nullopt;
    return *number * Decimal::unit;
  }
  if (const auto* number = std::get_if<Decimal>(&value)) {
    if (is_decimal) return number->units;
    if (type != model::FieldType::kInteger || number->units % Decimal::unit != 0) {
      return std::nullopt;
    }
    return number->units / Decimal::unit;
  }
  if (const auto* truth = std::get_if<bool>(&value)) {
    if (type != model::FieldType::kBoolean) return std::nullopt;
    return *truth ? 1 : 0;
  }
  if (const auto* date = std::get_if<model::Date>(&value)) {
    if (type == model::FieldType::kDate) return date->days;
    if (type == model::FieldType::kDateTime) return int64_t{date->days} * 24 * hour_micros;
    return std::nullopt;
  }
  if (const auto* time = std::get_if<model::DateTime>(&value)) {
    if (type == model::FieldType::kDateTime) return time->micros;
  }
  return std::nullopt;
}

// What may come out of a comparison of values between the bounds with one literal, nulls apart.
template <typename T>
Outcomes CompareBounds(Compare compare, const T& low, const T& high, const T& literal) {
  bool may_hold = false, may_fail = false;
  switch (compare) {
    case Compare::kEqual:
      may_hold = low <= literal && literal <= high;
      may_fail = low != literal || high != literal;
      break;
    case Compare::kNotEqual:
      may_hold = low != literal || high != literal;
      may_fail = low <= literal && literal <= high;
      break;
    case Compare::kLess:
      may_hold = low < literal;
      may_fail = high >= literal;
      break;
    case Compare::kLessOrEqual:
      may_hold = low <= literal;
      may_fail = high > literal;
      break;
    case Compare::kGreater:
      may_hold = high > literal;
      may_fail = low <= literal;
      break;
    case Compare::kGreaterOrEqual:
      may_hold = high >= literal;
      may_fail = low < literal;
      break;
  }
  return static_cast<Outcomes>((may_hold ? outcome_true : 0) | (may_fail ? outcome_false : 0));
}

// Whether one of `literals` (ascending) is the value.
template <typename Literals, typename T, typename Part>
bool Contains(const Literals& literals, const T& value, const Part& part) {
  const auto at = std::lower_bound(
      literals.begin(), literals.end(), value,
      [&](const auto& literal, const T& wanted) { return part(literal) < wanted; });
  return at != literals.end() && part(*at) == value;
}

Outcomes PrefixBounds(std::string_view low, std::string_view high, std::string_view prefix) {
  const bool may_hold = low.substr(0, prefix.size()) <= prefix && high >= prefix;
  const bool may_fail = !low.starts_with(prefix) || !high.starts_with(prefix);
  return static_cast<Outcomes>((may_hold ? outcome_true : 0) | (may_fail ? outcome_false : 0));
}

}  // namespace

size_t ColumnValues::bytes() const {
  size_t total = is_null.size() + numbers.size() * sizeof(int64_t);
  for (const std::string_view text : texts) total += sizeof(text) + text.size();
  return total;
}

bool ComparesAsText(model::FieldType type) {
  switch (type) {
    case model::FieldType::kId:
    case model::FieldType::kText:
    case model::FieldType::kLongText:
    case model::FieldType::kSelect:
    case model::FieldType::kMultiSelect:
    case model::FieldType::kEmail:
    case model::FieldType::kPhone:
    case model::FieldType::kUrl:
    case model::FieldType::kRelation:
      return true;
    case model::FieldType::kInteger:
    case model::FieldType::kDecimal:
    case model::FieldType::kMoney:
    case model::FieldType::kBoolean:
    case model::FieldType::kDate:
    case model::FieldType::kDateTime:
      return false;
  }
  return false;
}

// ---- Binding ----

BoundPredicate::BoundPredicate(const Predicate& predicate, const Schema& schema) {
  root_ = Bind(predicate, schema, 0);
  std::sort(columns_.begin(), columns_.end());
  columns_.erase(std::unique(columns_.begin(), columns_.end()), columns_.end());
  SetPlaces(&root_);
}

void BoundPredicate::SetPlaces(Node* node) {
  node->place = static_cast<size_t>(
      std::lower_bound(columns_.begin(), columns_.end(), node->column) - columns_.begin());
  for (Node& child : node->children) SetPlaces(&child);
}

BoundPredicate::Node BoundPredicate::Bind(const Predicate& predicate, const Schema& schema,
                                          size_t depth) {
  Node node;
  bool known = depth < predicate_depth_max && ++nodes_ <= predicate_nodes_max;
  switch (predicate.kind) {
    case Kind::kUnknown:
      known = false;
      break;
    case Kind::kTrue:
    case Kind::kFalse:
      break;
    case Kind::kNot:
      known = known && predicate.children.size() == 1;
      [[fallthrough]];
    case Kind::kAnd:
    case Kind::kOr:
      for (size_t i = 0; known && i < predicate.children.size(); ++i) {
        node.children.push_back(Bind(predicate.children[i], schema, depth + 1));
      }
      break;
    case Kind::kIsNull:
    case Kind::kCompare:
    case Kind::kIn:
    case Kind::kStartsWith:
      known = known && BindColumn(predicate, schema, &node);
      break;
  }
  if (!known) {
    exact_ = false;
    return Node{};
  }
  node.kind = predicate.kind;
  node.compare = predicate.compare;
  return node;
}

bool BoundPredicate::BindColumn(const Predicate& predicate, const Schema& schema, Node* node) {
  node->column = FindColumn(schema, predicate.column);
  if (node->column == no_column) return false;
  const model::FieldType type = schema.columns[node->column].type;
  node->is_text = ComparesAsText(type);
  for (const model::Value& value : predicate.literals) {
    if (!BindLiteral(value, type, &node->literals.emplace_back())) return false;
  }
  const bool takes_one = predicate.kind == Kind::kCompare || predicate.kind == Kind::kStartsWith;
  if (takes_one && node->literals.size() != 1) return false;
  if (predicate.kind == Kind::kStartsWith && !node->is_text) return false;
  if (predicate.kind == Kind::kIn) {
    node->in_null =
        std::erase_if(node->literals, [](const Literal& literal) { return literal.is_null; }) > 0;
    std::sort(node->literals.begin(), node->literals.end(),
              [&](const Literal& a, const Literal& b) { return Less(*node, a, b); });
  }
  columns_.push_back(node->column);
  return true;
}

bool BoundPredicate::Less(const Node& node, const Literal& a, const Literal& b) {
  return node.is_text ? a.text < b.text : a.number < b.number;
}

bool BoundPredicate::BindLiteral(const model::Value& value, model::FieldType type, Literal* out) {
  if (model::IsNull(value)) {
    out->is_null = true;
    return true;
  }
  if (ComparesAsText(type)) {
    if (const auto* id = std::get_if<Id>(&value)) {
      out->text = id->ToString();
      return true;
    }
    const auto* text = std::get_if<std::string>(&value);
    if (text != nullptr) out->text = *text;
    return text != nullptr;
  }
  const std::optional<int64_t> number = NumberOf(value, type);
  if (number) out->number = *number;
  return number.has_value();
}

std::string BoundPredicate::Key() const {
  std::string key;
  AppendKey(root_, &key);
  return key;
}

void BoundPredicate::AppendKey(const Node& node, std::string* out) {
  *out += "(" + std::to_string(static_cast<int>(node.kind)) + "," +
          std::to_string(static_cast<int>(node.compare)) + "," + std::to_string(node.column);
  for (const Literal& literal : node.literals) {
    *out += "," + (literal.is_null ? "null"
                   : node.is_text  ? std::to_string(literal.text.size()) + ":" + literal.text
                                   : std::to_string(literal.number));
  }
  if (node.in_null) *out += ",null";
  for (const Node& child : node.children) AppendKey(child, out);
  *out += ")";
}

// ---- Of a group's bounds ----

Outcomes BoundPredicate::Of(const std::vector<ColumnStats>& stats, int64_t rows) const {
  return OfStats(root_, stats, rows);
}

Outcomes BoundPredicate::OfStats(const Node& node, const std::vector<ColumnStats>& stats,
                                 int64_t rows) {
  switch (node.kind) {
    case Kind::kUnknown:
      return outcome_any;
    case Kind::kTrue:
      return outcome_true;
    case Kind::kFalse:
      return outcome_false;
    case Kind::kNot:
      return Not(OfStats(node.children[0], stats, rows));
    case Kind::kAnd:
    case Kind::kOr: {
      const bool is_and = node.kind == Kind::kAnd;
      Outcomes out = is_and ? outcome_true : outcome_false;
      for (const Node& child : node.children) {
        const Outcomes of = OfStats(child, stats, rows);
        out = is_and ? And(out, of) : Or(out, of);
      }
      return out;
    }
    case Kind::kIsNull:
    case Kind::kCompare:
    case Kind::kIn:
    case Kind::kStartsWith:
      break;
  }
  const ColumnStats& column = stats[node.column];
  const bool may_be_null = !column.null_count || *column.null_count > 0;
  const bool may_be_value = !column.null_count || *column.null_count < rows;
  if (node.kind == Kind::kIsNull) {
    return static_cast<Outcomes>((may_be_null ? outcome_true : 0) |
                                 (may_be_value ? outcome_false : 0));
  }
  Outcomes out = may_be_null ? outcome_null : 0;
  if (may_be_value) out |= OfBounds(node, column);
  return out;
}

Outcomes BoundPredicate::OfBounds(const Node& node, const ColumnStats& stats) {
  const bool is_in = node.kind == Kind::kIn;
  if (!is_in && node.literals[0].is_null) return outcome_null;
  Literal low, high;
  const bool bounded = stats.minimum && stats.maximum && !model::IsNull(*stats.minimum) &&
                       BindBound(*stats.minimum, node.is_text, &low) &&
                       BindBound(*stats.maximum, node.is_text, &high);
  const auto of_one = [&](const Literal& literal) -> Outcomes {
    if (!bounded) return outcome_true | outcome_false;
    const Compare compare = is_in ? Compare::kEqual : node.compare;
    if (node.kind == Kind::kStartsWith) return PrefixBounds(low.text, high.text, literal.text);
    return node.is_text ? CompareBounds(compare, low.text, high.text, literal.text)
                        : CompareBounds(compare, low.number, high.number, literal.number);
  };
  if (!is_in) return of_one(node.literals[0]);
  Outcomes out = node.in_null ? outcome_null : outcome_false;
  for (const Literal& literal : node.literals) out = Or(out, of_one(literal));
  return out;
}

bool BoundPredicate::BindBound(const model::Value& value, bool is_text, Literal* out) {
  if (is_text) {
    const auto* text = std::get_if<std::string>(&value);
    if (text != nullptr) out->text = *text;
    return text != nullptr;
  }
  struct Number {
    int64_t operator()(std::monostate) const { return 0; }
    int64_t operator()(bool v) const { return v ? 1 : 0; }
    int64_t operator()(int64_t v) const { return v; }
    int64_t operator()(const Decimal& v) const { return v.units; }
    int64_t operator()(const std::string&) const { return 0; }
    int64_t operator()(const model::Date& v) const { return v.days; }
    int64_t operator()(const model::DateTime& v) const { return v.micros; }
    int64_t operator()(const Id&) const { return 0; }
  };
  out->number = std::visit(Number{}, value);
  return true;
}

// ---- Of rows ----

std::vector<Outcomes> BoundPredicate::Of(const std::vector<ColumnValuesPtr>& values,
                                         size_t rows) const {
  return OfRows(root_, values, rows);
}

std::vector<Outcomes> BoundPredicate::OfRows(const Node& node,
                                             const std::vector<ColumnValuesPtr>& values,
                                             size_t rows) {
  switch (node.kind) {
    case Kind::kUnknown:
      return std::vector<Outcomes>(rows, outcome_any);
    case Kind::kTrue:
      return std::vector<Outcomes>(rows, outcome_true);
    case Kind::kFalse:
      return std::vector<Outcomes>(rows, outcome_false);
    case Kind::kNot: {
      std::vector<Outcomes> out = OfRows(node.children[0], values, rows);
      for (Outcomes& of : out) of = Not(of);
      return out;
    }
    case Kind::kAnd:
    case Kind::kOr: {
      const bool is_and = node.kind == Kind::kAnd;
      std::vector<Outcomes> out(rows, is_and ? outcome_true : outcome_false);
      for (const Node& child : node.children) {
        const std::vector<Outcomes> of = OfRows(child, values, rows);
        const auto& table = is_and ? tables_of_two.both : tables_of_two.either;
        for (size_t i = 0; i < rows; ++i) out[i] = table[out[i]][of[i]];
      }
      return out;
    }
    case Kind::kIsNull:
    case Kind::kCompare:
    case Kind::kIn:
    case Kind::kStartsWith:
      break;
  }
  const ColumnValues& column = *values[node.place];
  std::vector<Outcomes> out(rows);
  if (node.kind == Kind::kCompare && !node.literals[0].is_null) {
    const Literal& literal = node.literals[0];
    if (node.is_text) {
      CompareRows<std::string_view>(node.compare, column.texts, literal.text, column.is_null, &out);
    } else {
      CompareRows(node.compare, column.numbers, literal.number, column.is_null, &out);
    }
    return out;
  }
  for (size_t i = 0; i < rows; ++i) out[i] = OfValue(node, column, i);
  return out;
}

// A loop for each comparison, as millions of rows go through here.
template <typename T>
void BoundPredicate::CompareRows(Compare compare, const std::vector<T>& values, const T& literal,
                                 const std::vector<uint8_t>& is_null, std::vector<Outcomes>* out) {
  const auto fill = [&](const auto& holds) {
    const size_t rows = out->size();
    for (size_t i = 0; i < rows; ++i) {
      const Outcomes of = holds(values[i]) ? outcome_true : outcome_false;
      (*out)[i] = is_null[i] != 0 ? outcome_null : of;
    }
  };
  switch (compare) {
    case Compare::kEqual:
      return fill([&](const T& value) { return value == literal; });
    case Compare::kNotEqual:
      return fill([&](const T& value) { return value != literal; });
    case Compare::kLess:
      return fill([&](const T& value) { return value < literal; });
    case Compare::kLessOrEqual:
      return fill([&](const T& value) { return value <= literal; });
    case Compare::kGreater:
      return fill([&](const T& value) { return value > literal; });
    case Compare::kGreaterOrEqual:
      return fill([&](const T& value) { return value >= literal; });
  }
}

Outcomes BoundPredicate::OfValue(const Node& node, const ColumnValues& values, size_t row) {
  const bool is_null = values.is_null[row] != 0;
  if (node.kind == Kind::kIsNull) return is_null ? outcome_true : outcome_false;
  if (is_null) return outcome_null;
  if (node.kind == Kind::kIn) {
    const bool hit =
        node.is_text
            ? Contains(node.literals, values.texts[row],
                       [](const auto& l) -> std::string_view { return l.text; })
            : Contains(node.literals, values.numbers[row], [](const auto& l) { return l.number; });
    return hit ? outcome_true : node.in_null ? outcome_null : outcome_false;
  }
  const Literal& literal = node.literals[0];
  if (literal.is_null || node.kind != Kind::kStartsWith) return outcome_null;
  return values.texts[row].starts_with(literal.text) ? outcome_true : outcome_false;
}

}  // namespace boathouse::tables
