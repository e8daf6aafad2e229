#include "crm/filter.h"

#include <algorithm>

#include "base/bytes.h"
#include "crm/crm.h"

namespace boathouse::crm {
namespace {

using store::Condition;
using Compare = store::Condition::Compare;

struct Token {
  enum class Kind { kEnd, kWord, kString, kComparator, kOpen, kClose, kMinus };
  Kind kind = Kind::kEnd;
  std::string text;
  size_t at = 0;  // byte offset
};

Error FilterError(size_t at, std::string detail) {
  return Error::Field("filter", "invalid_filter",
                      "filter, character " + std::to_string(at + 1) + ": " + std::move(detail));
}

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool EndsWord(char c) {
  return IsSpace(c) || c == '(' || c == ')' || c == '"' || c == '\'' || c == ':' || c == '=' ||
         c == '<' || c == '>' || c == '!' || c == ',';
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  // `in_argument`: a minus and a colon belong to the word (-5, 10:30).
  Result<Token> Next(bool in_argument) {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
    Token token;
    token.at = at_;
    if (at_ == text_.size()) return token;
    const char c = text_[at_];
    if (c == '(' || c == ')') {
      ++at_;
      token.kind = c == '(' ? Token::Kind::kOpen : Token::Kind::kClose;
      return token;
    }
    if (c == '"' || c == '\'') return String(token, c);
    if (c == '-' && !in_argument) {
      ++at_;
      token.kind = Token::Kind::kMinus;
      return token;
    }
    if (c == ':' || c == '=' || c == '<' || c == '>' || c == '!') return Comparator(token);
    if (c == ',') return FilterError(at_, "a comma has no meaning here; join terms with AND or OR");
    token.kind = Token::Kind::kWord;
    while (at_ < text_.size() && (!EndsWord(text_[at_]) || (in_argument && text_[at_] == ':'))) {
      token.text += text_[at_++];
    }
    return token;
  }

 private:
  Result<Token> String(Token token, char quote) {
    token.kind = Token::Kind::kString;
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      token.text += text_[at_];
    }
    if (at_ == text_.size()) return FilterError(token.at, "this string has no closing quote");
    ++at_;
    return token;
  }

  Result<Token> Comparator(Token token) {
    token.kind = Token::Kind::kComparator;
    const char c = text_[at_++];
    token.text = c;
    if (at_ < text_.size() && text_[at_] == '=' && (c == '<' || c == '>' || c == '!')) {
      token.text += text_[at_++];
    }
    if (token.text == "!") return FilterError(token.at, "write != for \"not equal\"");
    return token;
  }

  std::string_view text_;
  size_t at_ = 0;
};

bool IsText(model::FieldType type) {
  switch (type) {
    case model::FieldType::kText:
    case model::FieldType::kLongText:
    case model::FieldType::kEmail:
    case model::FieldType::kPhone:
    case model::FieldType::kUrl:
      return true;
    case model::FieldType::kId:
    case model::FieldType::kInteger:
    case model::FieldType::kDecimal:
    case model::FieldType::kMoney:
    case model::FieldType::kBoolean:
    case model::FieldType::kDate:
    case model::FieldType::kDateTime:
    case model::FieldType::kSelect:
    case model::FieldType::kMultiSelect:
    case model::FieldType::kRelation:
      return false;
  }
  return false;
}

bool HasOrder(model::FieldType type) {
  switch (type) {
    case model::FieldType::kBoolean:
    case model::FieldType::kSelect:
    case model::FieldType::kMultiSelect:
    case model::FieldType::kRelation:
      return false;
    case model::FieldType::kId:
    case model::FieldType::kText:
    case model::FieldType::kLongText:
    case model::FieldType::kEmail:
    case model::FieldType::kPhone:
    case model::FieldType::kUrl:
    case model::FieldType::kInteger:
    case model::FieldType::kDecimal:
    case model::FieldType::kMoney:
    case model::FieldType::kDate:
    case model::FieldType::kDateTime:
      return true;
  }
  return false;
}

Condition Leaf(size_t field, Compare compare, model::Value value) {
  Condition leaf;
  leaf.kind = Condition::Kind::kCompare;
  leaf.field = field;
  leaf.compare = compare;
  leaf.value = std::move(value);
  return leaf;
}

// One of the values of a multi-select, which stand joined in one text.
Condition HasValue(size_t field, const std::string& value) {
  const std::string separator(1, model::multi_select_separator);
  Condition any;
  any.kind = Condition::Kind::kOr;
  any.children = {Leaf(field, Compare::kEqual, value),
                  Leaf(field, Compare::kStartsWith, value + separator),
                  Leaf(field, Compare::kEndsWith, separator + value),
                  Leaf(field, Compare::kContains, separator + value + separator)};
  return any;
}

Condition Not(Condition child) {
  Condition condition;
  condition.kind = Condition::Kind::kNot;
  condition.children.push_back(std::move(child));
  return condition;
}

class Parser {
 public:
  Parser(const model::Object& object, std::string_view text) : object_(object), lexer_(text) {}

  Result<Condition> Run() {
    TRY(Advance());
    if (token_.kind == Token::Kind::kEnd) return Condition{};  // an empty AND: everything
    ASSIGN(Condition condition, Expression(0));
    if (token_.kind != Token::Kind::kEnd) {
      return FilterError(token_.at, "expected AND, OR or the end, found \"" + Shown() + "\"");
    }
    return condition;
  }

 private:
  Status Advance(bool in_argument = false) {
    ASSIGN(token_, lexer_.Next(in_argument));
    return Status::Ok();
  }
  bool IsKeyword(std::string_view word) const {
    return token_.kind == Token::Kind::kWord && token_.text == word;
  }
  bool StartsTerm() const {
    return token_.kind == Token::Kind::kWord
               ? !IsKeyword("AND") && !IsKeyword("OR")
               : token_.kind == Token::Kind::kString || token_.kind == Token::Kind::kOpen ||
                     token_.kind == Token::Kind::kMinus;
  }
  std::string Shown() const {
    switch (token_.kind) {
      case Token::Kind::kEnd:
        return "the end";
      case Token::Kind::kOpen:
        return "(";
      case Token::Kind::kClose:
        return ")";
      case Token::Kind::kMinus:
        return "-";
      case Token::Kind::kWord:
      case Token::Kind::kString:
      case Token::Kind::kComparator:
        return token_.text.substr(0, 40);
    }
    return {};
  }

  // A list of one stands for itself.
  static Condition List(Condition::Kind kind, std::vector<Condition> children) {
    if (children.size() == 1) return std::move(children[0]);
    Condition list;
    list.kind = kind;
    list.children = std::move(children);
    return list;
  }

  Result<Condition> Expression(size_t depth) {
    if (depth > filter_depth_max) {
      return FilterError(
          token_.at, "parentheses may stand at most " + std::to_string(filter_depth_max) + " deep");
    }
    std::vector<Condition> parts;
    do {
      if (!parts.empty() && IsKeyword("AND")) TRY(Advance());
      ASSIGN(Condition factor, Factor(depth));
      parts.push_back(std::move(factor));
    } while (IsKeyword("AND") || StartsTerm());
    return List(Condition::Kind::kAnd, std::move(parts));
  }

  Result<Condition> Factor(size_t depth) {
    std::vector<Condition> parts;
    for (;;) {
      ASSIGN(Condition term, Term(depth));
      parts.push_back(std::move(term));
      if (!IsKeyword("OR")) break;
      TRY(Advance());
    }
    return List(Condition::Kind::kOr, std::move(parts));
  }

  Result<Condition> Term(size_t depth) {
    if (++terms_ > filter_terms_max) {
      return FilterError(
          token_.at, "a filter may have at most " + std::to_string(filter_terms_max) + " terms");
    }
    const bool negated = IsKeyword("NOT") || token_.kind == Token::Kind::kMinus;
    if (negated) TRY(Advance());
    if (token_.kind == Token::Kind::kOpen) {
      TRY(Advance());
      ASSIGN(Condition inner, Expression(depth + 1));
      if (token_.kind != Token::Kind::kClose) {
        return FilterError(token_.at, "expected ), found \"" + Shown() + "\"");
      }
      TRY(Advance());
      return negated ? Not(std::move(inner)) : std::move(inner);
    }
    ASSIGN(Condition restriction, Restriction());
    return negated ? Not(std::move(restriction)) : std::move(restriction);
  }

  Result<Condition> Restriction() {
    if (!StartsTerm() || IsKeyword("NOT")) {
      return FilterError(token_.at, "expected a field name, found \"" + Shown() + "\"");
    }
    const Token name = token_;
    TRY(Advance());
    if (token_.kind != Token::Kind::kComparator) return AnyFieldContains(name);
    const Token comparator = token_;
    TRY(Advance(true));
    if (token_.kind != Token::Kind::kWord && token_.kind != Token::Kind::kString) {
      return FilterError(
          token_.at, "expected a value behind " + comparator.text + ", found \"" + Shown() + "\"");
    }
    const Token argument = token_;
    TRY(Advance());
    return Bind(name, comparator, argument);
  }

  Result<Condition> AnyFieldContains(const Token& word) {
    std::vector<Condition> parts;
    for (size_t i = 0; i < object_.fields.size(); ++i) {
      if (object_.fields[i].searchable) parts.push_back(Leaf(i, Compare::kContains, word.text));
    }
    terms_ += parts.size();  // each is a term that a record is looked through for
    return List(Condition::Kind::kOr, std::move(parts));
  }

  Result<Condition> Bind(const Token& name, const Token& comparator, const Token& argument) {
    const auto index = object_.IndexOf(name.text);
    if (name.kind != Token::Kind::kWord || !index) {
      return FilterError(name.at, object_.name + " has no field \"" + name.text.substr(0, 60) +
                                      "\"" + SuggestField(object_, name.text));
    }
    const model::Field& field = object_.fields[*index];
    if (argument.kind == Token::Kind::kWord && AsciiLower(argument.text) == "null") {
      if (comparator.text == "=") return Leaf(*index, Compare::kEqual, {});
      if (comparator.text == "!=") return Leaf(*index, Compare::kNotEqual, {});
      return FilterError(comparator.at, "null can only be compared with = and !=");
    }
    if (comparator.text == ":") return BindHas(*index, argument);
    if ((comparator.text == "=" || comparator.text == "!=") && IsText(field.type)) {
      std::optional<Condition> wildcard = BindWildcard(*index, argument);
      if (wildcard)
        return comparator.text == "=" ? std::move(*wildcard) : Not(std::move(*wildcard));
    }
    ASSIGN(const Compare compare, CompareOf(field, comparator));
    ASSIGN(model::Value value, Literal(field, argument));
    return Leaf(*index, compare, std::move(value));
  }

  Result<Condition> BindHas(size_t index, const Token& argument) {
    const model::Field& field = object_.fields[index];
    if (argument.kind == Token::Kind::kWord && argument.text == "*") {
      return Leaf(index, Compare::kNotEqual, {});
    }
    if (IsText(field.type)) return Leaf(index, Compare::kContains, argument.text);
    ASSIGN(model::Value value, Literal(field, argument));
    if (field.type == model::FieldType::kMultiSelect) {
      return HasValue(index, model::ToText(value));
    }
    return Leaf(index, Compare::kEqual, std::move(value));
  }

  static std::optional<Condition> BindWildcard(size_t index, const Token& argument) {
    std::string_view text = argument.text;
    const bool front = text.size() > 1 && text.front() == '*';
    const bool back = text.size() > 1 && text.back() == '*';
    if (!front && !back) return std::nullopt;
    if (front) text.remove_prefix(1);
    if (back) text.remove_suffix(1);
    const Compare compare = front && back ? Compare::kContains
                            : front       ? Compare::kEndsWith
                                          : Compare::kStartsWith;
    return Leaf(index, compare, std::string(text));
  }

  Result<Compare> CompareOf(const model::Field& field, const Token& comparator) const {
    if (comparator.text == "=") return Compare::kEqual;
    if (comparator.text == "!=") return Compare::kNotEqual;
    if (!HasOrder(field.type)) {
      return FilterError(comparator.at, field.name + " has no order: use = or !=");
    }
    if (comparator.text == "<") return Compare::kLess;
    if (comparator.text == "<=") return Compare::kLessOrEqual;
    if (comparator.text == ">") return Compare::kGreater;
    return Compare::kGreaterOrEqual;
  }

  // The argument as a value of the field; what cannot be a value of it is an error, not "no match".
  Result<model::Value> Literal(const model::Field& field, const Token& argument) const {
    if (IsText(field.type)) return model::Value(argument.text);
    Result<model::Value> value = model::FromText(field, argument.text, "filter");
    if (!value.ok()) return FilterError(argument.at, value.error().message);
    if (model::IsNull(*value))
      return FilterError(argument.at, "write null for an empty " + field.name);
    return value;
  }

  const model::Object& object_;
  Lexer lexer_;
  Token token_;
  size_t terms_ = 0;
};

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::string SuggestField(const model::Object& object, std::string_view name) {
  constexpr size_t name_chars_max = 60;
  if (name.size() > name_chars_max) return {};
  const model::Field* best = nullptr;
  size_t best_distance = 3;  // further off is no likely slip
  for (const model::Field& field : object.fields) {
    const size_t distance =
        field.name == std::string(name) + "_id" ? 0 : EditDistance(name, field.name);
    if (distance < best_distance) {
      best = &field;
      best_distance = distance;
    }
  }
  return best != nullptr ? "; did you mean \"" + best->name + "\"?" : "";
}

Result<Condition> ParseFilter(const model::Object& object, std::string_view text) {
  if (text.size() > filter_chars_max) {
    return Error::Field(
        "filter", "too_long",
        "filter may have at most " + std::to_string(filter_chars_max) + " characters");
  }
  if (!IsUtf8(text) || text.find('\0') != std::string_view::npos) {
    return Error::Field("filter", "wrong_format", "filter must be UTF-8 without NUL characters");
  }
  return Parser(object, text).Run();
}

Result<std::vector<store::OrderBy>> ParseOrderBy(const model::Object& object,
                                                 std::string_view text) {
  std::vector<store::OrderBy> orders;
  if (TrimAscii(text).empty()) return orders;
  const auto fail = [](std::string detail) {
    return Error::Field("order_by", "invalid_order_by", "order_by: " + std::move(detail));
  };
  if (text.size() > 1000) return fail("at most 1000 characters");
  for (size_t from = 0; from <= text.size();) {
    const size_t comma = std::min(text.find(',', from), text.size());
    const std::string_view part = TrimAscii(text.substr(from, comma - from));
    from = comma + 1;
    const size_t space = std::min(part.find_first_of(" \t"), part.size());
    const std::string_view name = part.substr(0, space);
    const std::string direction = AsciiLower(TrimAscii(part.substr(space)));
    const auto index = object.IndexOf(name);
    if (!index) {
      return fail(object.name + " has no field \"" + std::string(name.substr(0, 60)) + "\"" +
                  SuggestField(object, name));
    }
    if (!direction.empty() && direction != "asc" && direction != "desc") {
      return fail("expected asc or desc behind " + std::string(name));
    }
    if (object.fields[*index].type == model::FieldType::kLongText) {
      return fail(std::string(name) + " is long text, which lists are not sorted by");
    }
    for (const store::OrderBy& earlier : orders) {
      if (earlier.field == *index) return fail(std::string(name) + " stands twice");
    }
    orders.push_back({*index, direction == "desc"});
    if (orders.size() > order_fields_max) {
      return fail("at most " + std::to_string(order_fields_max) + " fields");
    }
  }
  return orders;
}

}  // namespace boathouse::crm
