// From text to a tree whose types fit: a lexer, a recursive descent with a limit on its depth, and the
// rules of each operation.
#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "model/formula_tree.h"

namespace boathouse::model {
namespace {

using Node = std::unique_ptr<FormulaNode>;
using Operation = FormulaOperation;
using Type = FormulaType;

constexpr size_t arguments_max = 50;

struct Token {
  enum class Kind { kEnd, kName, kNumber, kString, kSymbol };
  Kind kind = Kind::kEnd;
  std::string text;  // a symbol, a name, a number's digits, a string without quotes
  size_t at = 0;
};

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool BeginsName(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

std::string_view TypeName(Type type) {
  switch (type) {
    case Type::kNull:
      return "null";
    case Type::kNumber:
      return "a number";
    case Type::kText:
      return "text";
    case Type::kBoolean:
      return "true or false";
    case Type::kDate:
      return "a date";
    case Type::kDateTime:
      return "a date-time";
    case Type::kId:
      return "an id";
  }
  return "a value";
}

Type TypeOf(FieldType type) {
  switch (type) {
    case FieldType::kId:
    case FieldType::kRelation:
      return Type::kId;
    case FieldType::kText:
    case FieldType::kLongText:
    case FieldType::kSelect:
    case FieldType::kMultiSelect:
    case FieldType::kEmail:
    case FieldType::kPhone:
    case FieldType::kUrl:
      return Type::kText;
    case FieldType::kInteger:
    case FieldType::kDecimal:
    case FieldType::kMoney:
      return Type::kNumber;
    case FieldType::kBoolean:
      return Type::kBoolean;
    case FieldType::kDate:
      return Type::kDate;
    case FieldType::kDateTime:
      return Type::kDateTime;
  }
  return Type::kText;
}

// The kinds of arguments that the functions take.
enum class Takes { kAny, kSame, kNumber, kText, kDay, kCondition };

struct FunctionRule {
  std::string_view name;
  Operation operation;
  size_t least;
  size_t most;
  std::vector<Takes> takes;  // the last one stands for the rest
  Type gives;                // kNull: what its arguments of kSame are
};

const std::vector<FunctionRule>& Functions() {
  static const std::vector<FunctionRule> functions = {
      {"if", Operation::kIf, 3, 3, {Takes::kCondition, Takes::kSame}, Type::kNull},
      {"coalesce", Operation::kCoalesce, 1, arguments_max, {Takes::kSame}, Type::kNull},
      {"is_null", Operation::kIsNull, 1, 1, {Takes::kAny}, Type::kBoolean},
      {"min", Operation::kMin, 1, arguments_max, {Takes::kSame}, Type::kNull},
      {"max", Operation::kMax, 1, arguments_max, {Takes::kSame}, Type::kNull},
      {"abs", Operation::kAbs, 1, 1, {Takes::kNumber}, Type::kNumber},
      {"round", Operation::kRound, 1, 2, {Takes::kNumber}, Type::kNumber},
      {"lower", Operation::kLower, 1, 1, {Takes::kText}, Type::kText},
      {"upper", Operation::kUpper, 1, 1, {Takes::kText}, Type::kText},
      {"trim", Operation::kTrim, 1, 1, {Takes::kText}, Type::kText},
      {"length", Operation::kLength, 1, 1, {Takes::kText}, Type::kNumber},
      {"left", Operation::kLeft, 2, 2, {Takes::kText, Takes::kNumber}, Type::kText},
      {"right", Operation::kRight, 2, 2, {Takes::kText, Takes::kNumber}, Type::kText},
      {"contains", Operation::kContains, 2, 2, {Takes::kText}, Type::kBoolean},
      {"starts_with", Operation::kStartsWith, 2, 2, {Takes::kText}, Type::kBoolean},
      {"has", Operation::kHas, 2, 2, {Takes::kText}, Type::kBoolean},
      {"year", Operation::kYear, 1, 1, {Takes::kDay}, Type::kNumber},
      {"month", Operation::kMonth, 1, 1, {Takes::kDay}, Type::kNumber},
      {"day", Operation::kDay, 1, 1, {Takes::kDay}, Type::kNumber},
      {"days_between", Operation::kDaysBetween, 2, 2, {Takes::kDay}, Type::kNumber},
      {"date_add",
       Operation::kDateAdd,
       3,
       3,
       {Takes::kDay, Takes::kNumber, Takes::kText},
       Type::kNull},
  };
  return functions;
}

class Parser {
 public:
  Parser(const Object& object, std::string_view self, std::string_view text,
         const std::string& pointer, std::vector<size_t>* reads)
      : object_(object), self_(self), text_(text), pointer_(pointer), reads_(*reads) {}

  Result<Node> Run() {
    TRY(Advance());
    ASSIGN(Node root, Or());
    if (token_.kind != Token::Kind::kEnd) {
      return Fail(token_.at, "expected an operator or the end, found " + Shown());
    }
    return root;
  }

 private:
  Error Fail(size_t at, std::string detail) const {
    return Error::Field(pointer_, "invalid_formula",
                        "formula, character " + std::to_string(at + 1) + ": " + std::move(detail));
  }
  std::string Shown() const {
    if (token_.kind == Token::Kind::kEnd) return "the end";
    return "\"" + token_.text.substr(0, 40) + "\"";
  }

  Status Advance() {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
    token_ = Token{Token::Kind::kEnd, "", at_};
    if (at_ == text_.size()) return Status::Ok();
    const char c = text_[at_];
    if (c == '"' || c == '\'') return ReadString(c);
    if (IsDigit(c) || (c == '.' && at_ + 1 < text_.size() && IsDigit(text_[at_ + 1]))) {
      token_.kind = Token::Kind::kNumber;
      while (at_ < text_.size() && (IsDigit(text_[at_]) || text_[at_] == '.')) Take();
      return Status::Ok();
    }
    if (BeginsName(c)) {
      token_.kind = Token::Kind::kName;
      while (at_ < text_.size() && (BeginsName(text_[at_]) || IsDigit(text_[at_]))) Take();
      return Status::Ok();
    }
    if (std::string_view("+-*/%&=!<>(),").find(c) == std::string_view::npos) {
      return Fail(at_, "this character has no meaning here");
    }
    token_.kind = Token::Kind::kSymbol;
    Take();
    const bool may_double = c == '<' || c == '>' || c == '!' || c == '=';
    if (may_double && at_ < text_.size() && text_[at_] == '=') Take();
    if (token_.text == "==") return Fail(token_.at, "write = for \"equal\"");
    if (token_.text == "!")
      return Fail(token_.at, "write != for \"not equal\" and not for \"not\"");
    return Status::Ok();
  }
  void Take() { token_.text += text_[at_++]; }

  Status ReadString(char quote) {
    token_.kind = Token::Kind::kString;
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      token_.text += text_[at_];
    }
    if (at_ == text_.size()) return Fail(token_.at, "this text has no closing quote");
    ++at_;
    return Status::Ok();
  }

  bool IsSymbol(std::string_view symbol) const {
    return token_.kind == Token::Kind::kSymbol && token_.text == symbol;
  }
  bool IsWord(std::string_view word) const {
    return token_.kind == Token::Kind::kName && AsciiLower(token_.text) == word;
  }

  static Node Make(Operation operation, Type type, size_t at) {
    Node node = std::make_unique<FormulaNode>();
    node->operation = operation;
    node->type = type;
    node->at = at;
    return node;
  }
  static Node Two(Operation operation, Type type, size_t at, Node left, Node right) {
    Node node = Make(operation, type, at);
    node->children.push_back(std::move(left));
    node->children.push_back(std::move(right));
    return node;
  }

  Status Want(const Node& node, Type type, std::string_view what) const {
    if (node->type == type || node->type == Type::kNull) return Status::Ok();
    return Fail(node->at, std::string(what) + " must be " + std::string(TypeName(type)) +
                              ", this is " + std::string(TypeName(node->type)));
  }

  // A text literal beside a date stands for a date.
  Status ReadAs(Node& node, Type type) const {
    const bool is_day = type == Type::kDate || type == Type::kDateTime;
    if (!is_day || node->operation != Operation::kLiteral || node->type != Type::kText) {
      return Status::Ok();
    }
    const std::string& text = std::get<std::string>(node->literal);
    if (type == Type::kDate) {
      const auto days = ParseDate(text);
      if (!days) return Fail(node->at, "expected a date as \"2026-12-31\"");
      node->literal = Date{*days};
    } else {
      const auto micros = ParseDateTime(text);
      if (!micros) return Fail(node->at, "expected a date-time as \"2026-12-31T10:00:00Z\"");
      node->literal = DateTime{*micros};
    }
    node->type = type;
    return Status::Ok();
  }

  // The type that all of them are of.
  Result<Type> Same(std::vector<Node*> nodes) const {
    Type type = Type::kNull;
    for (const Node* node : nodes) {
      const bool literal = (*node)->operation == Operation::kLiteral;
      if ((*node)->type != Type::kNull && (type == Type::kNull || !literal)) type = (*node)->type;
    }
    for (Node* node : nodes) {
      TRY(ReadAs(*node, type));
      if ((*node)->type == type || (*node)->type == Type::kNull) continue;
      return Fail((*node)->at, std::string(TypeName((*node)->type)) + " stands beside " +
                                   std::string(TypeName(type)) + "; both must be of one type");
    }
    return type;
  }

  Result<Node> Or() {
    ASSIGN(Node left, And());
    while (IsWord("or")) {
      const size_t at = token_.at;
      TRY(Advance());
      ASSIGN(Node right, And());
      TRY(Want(left, Type::kBoolean, "what stands beside \"or\""));
      TRY(Want(right, Type::kBoolean, "what stands beside \"or\""));
      left = Two(Operation::kOr, Type::kBoolean, at, std::move(left), std::move(right));
    }
    return left;
  }

  Result<Node> And() {
    ASSIGN(Node left, Not());
    while (IsWord("and")) {
      const size_t at = token_.at;
      TRY(Advance());
      ASSIGN(Node right, Not());
      TRY(Want(left, Type::kBoolean, "what stands beside \"and\""));
      TRY(Want(right, Type::kBoolean, "what stands beside \"and\""));
      left = Two(Operation::kAnd, Type::kBoolean, at, std::move(left), std::move(right));
    }
    return left;
  }

  Result<Node> Not() {
    if (!IsWord("not")) return Comparison();
    const size_t at = token_.at;
    TRY(Deeper(at));
    TRY(Advance());
    ASSIGN(Node inner, Not());
    --depth_;
    TRY(Want(inner, Type::kBoolean, "what follows \"not\""));
    Node node = Make(Operation::kNot, Type::kBoolean, at);
    node->children.push_back(std::move(inner));
    return node;
  }

  Result<Node> Comparison() {
    static constexpr std::pair<std::string_view, Operation> symbols[] = {
        {"=", Operation::kEqual},   {"!=", Operation::kNotEqual},
        {"<", Operation::kLess},    {"<=", Operation::kLessOrEqual},
        {">", Operation::kGreater}, {">=", Operation::kGreaterOrEqual}};
    ASSIGN(Node left, Joined());
    for (const auto& [symbol, operation] : symbols) {
      if (!IsSymbol(symbol)) continue;
      const size_t at = token_.at;
      TRY(Advance());
      ASSIGN(Node right, Joined());
      ASSIGN(const Type type, Same({&left, &right}));
      const bool ordered = operation != Operation::kEqual && operation != Operation::kNotEqual;
      if (ordered && (type == Type::kBoolean || type == Type::kId)) {
        return Fail(at, std::string(TypeName(type)) + " has no order: use = or !=");
      }
      return Two(operation, Type::kBoolean, at, std::move(left), std::move(right));
    }
    return left;
  }

  Result<Node> Joined() {
    ASSIGN(Node left, Sum());
    while (IsSymbol("&")) {
      const size_t at = token_.at;
      TRY(Advance());
      ASSIGN(Node right, Sum());
      left = Two(Operation::kJoin, Type::kText, at, std::move(left), std::move(right));
    }
    return left;
  }

  Result<Node> Arithmetic(Operation operation, size_t at, Node left, Node right) const {
    for (const Node* side : {&left, &right}) {
      const Type type = (*side)->type;
      if (type == Type::kDate || type == Type::kDateTime) {
        return Fail(at, "dates are reckoned with by days_between and date_add");
      }
      if (type == Type::kText && operation == Operation::kAdd) {
        return Fail(at, "texts are joined by &");
      }
      TRY(Want(*side, Type::kNumber, "what is reckoned with"));
    }
    return Two(operation, Type::kNumber, at, std::move(left), std::move(right));
  }

  Result<Node> Sum() {
    ASSIGN(Node left, Product());
    while (IsSymbol("+") || IsSymbol("-")) {
      const size_t at = token_.at;
      const Operation operation = IsSymbol("+") ? Operation::kAdd : Operation::kSubtract;
      TRY(Advance());
      ASSIGN(Node right, Product());
      ASSIGN(left, Arithmetic(operation, at, std::move(left), std::move(right)));
    }
    return left;
  }

  Result<Node> Product() {
    ASSIGN(Node left, Sign());
    while (IsSymbol("*") || IsSymbol("/") || IsSymbol("%")) {
      const size_t at = token_.at;
      const Operation operation = IsSymbol("*")   ? Operation::kMultiply
                                  : IsSymbol("/") ? Operation::kDivide
                                                  : Operation::kRemainder;
      TRY(Advance());
      ASSIGN(Node right, Sign());
      ASSIGN(left, Arithmetic(operation, at, std::move(left), std::move(right)));
    }
    return left;
  }

  Result<Node> Sign() {
    if (!IsSymbol("-")) return Primary();
    const size_t at = token_.at;
    TRY(Deeper(at));
    TRY(Advance());
    ASSIGN(Node inner, Sign());
    --depth_;
    TRY(Want(inner, Type::kNumber, "what follows -"));
    Node node = Make(Operation::kNegate, Type::kNumber, at);
    node->children.push_back(std::move(inner));
    return node;
  }

  Status Deeper(size_t at) {
    if (++depth_ <= formula_depth_max) return Status::Ok();
    return Fail(at, "a formula may be at most " + std::to_string(formula_depth_max) + " deep");
  }

  Result<Node> Primary() {
    const Token token = token_;
    if (token.kind == Token::Kind::kNumber) return NumberLiteral(token);
    if (token.kind == Token::Kind::kString) {
      TRY(Advance());
      return Literal(token.at, Type::kText, token.text);
    }
    if (token.kind == Token::Kind::kName) {
      TRY(Advance());
      if (IsSymbol("(")) return Call(token);
      return Name(token);
    }
    if (IsSymbol("(")) {
      TRY(Deeper(token.at));
      TRY(Advance());
      ASSIGN(Node inner, Or());
      --depth_;
      if (!IsSymbol(")")) return Fail(token_.at, "expected ), found " + Shown());
      TRY(Advance());
      return inner;
    }
    return Fail(token.at, "expected a field, a number, a text or a function, found " + Shown());
  }

  static Result<Node> Literal(size_t at, Type type, FormulaValue value) {
    Node node = Make(Operation::kLiteral, type, at);
    node->literal = std::move(value);
    return node;
  }

  Result<Node> NumberLiteral(const Token& token) {
    const auto value = Decimal::Parse(token.text);
    if (!value) {
      return Fail(token.at,
                  "a number has at most 14 digits before and 4 after the point, such as 12.5");
    }
    TRY(Advance());
    return Literal(token.at, Type::kNumber, Number::Of(*value));
  }

  Result<Node> Name(const Token& token) {
    const std::string lower = AsciiLower(token.text);
    if (lower == "true" || lower == "false") {
      return Literal(token.at, Type::kBoolean, lower == "true");
    }
    if (lower == "null") return Literal(token.at, Type::kNull, {});
    if (token.text == self_) {
      return Fail(token.at, "a formula cannot read its own field \"" + token.text + "\"");
    }
    const auto index = object_.IndexOf(token.text);
    if (!index) {
      const bool is_function =
          std::any_of(Functions().begin(), Functions().end(),
                      [&](const FunctionRule& rule) { return rule.name == lower; });
      if (is_function) return Fail(token.at, "expected ( behind " + lower);
      return Fail(token.at, object_.name + " has no field \"" + token.text.substr(0, 60) + "\"");
    }
    const Field& field = object_.fields[*index];
    const bool changes_always = *index != kFieldId && *index < kSystemFieldCount &&
                                *index != kFieldCreatedAt && *index != kFieldCreatedBy;
    if (changes_always) {
      return Fail(token.at,
                  token.text + " changes with every write, so that no formula can read it");
    }
    Node node = Make(Operation::kField, TypeOf(field.type), token.at);
    node->field = *index;
    node->field_type = field.type;
    reads_.push_back(*index);
    return node;
  }

  Result<Node> Call(const Token& name) {
    const std::string lower = AsciiLower(name.text);
    const auto rule = std::find_if(Functions().begin(), Functions().end(),
                                   [&](const FunctionRule& each) { return each.name == lower; });
    if (rule == Functions().end()) {
      std::string known;
      for (const FunctionRule& each : Functions()) {
        known += (known.empty() ? "" : ", ") + std::string(each.name);
      }
      return Fail(name.at,
                  "there is no function \"" + name.text.substr(0, 60) + "\"; there are: " + known);
    }
    Node node = Make(rule->operation, rule->gives, name.at);
    TRY(Deeper(name.at));
    TRY(Advance());
    while (!IsSymbol(")")) {
      if (!node->children.empty()) {
        if (!IsSymbol(",")) return Fail(token_.at, "expected , or ), found " + Shown());
        TRY(Advance());
      }
      ASSIGN(Node argument, Or());
      node->children.push_back(std::move(argument));
    }
    --depth_;
    TRY(Advance());
    TRY(CheckArguments(*rule, *node));
    return node;
  }

  Status CheckArguments(const FunctionRule& rule, FormulaNode& node) const {
    const size_t count = node.children.size();
    if (count < rule.least || count > rule.most) {
      const std::string most = std::to_string(rule.most);
      return Fail(
          node.at,
          std::string(rule.name) + " takes " +
              (rule.least == rule.most ? most : std::to_string(rule.least) + " to " + most) +
              " arguments, not " + std::to_string(count));
    }
    std::vector<Node*> alike;
    for (size_t i = 0; i < count; ++i) {
      TRY(CheckArgument(rule, i, node.children[i]));
      const Takes takes = rule.takes[std::min(i, rule.takes.size() - 1)];
      if (takes == Takes::kSame) alike.push_back(&node.children[i]);
    }
    if (rule.gives == Type::kNull && !alike.empty()) {
      ASSIGN(node.type, Same(alike));
      const bool needs_order =
          rule.operation == Operation::kMin || rule.operation == Operation::kMax;
      if (needs_order && (node.type == Type::kBoolean || node.type == Type::kId)) {
        return Fail(node.at, std::string(TypeName(node.type)) + " has no order");
      }
    }
    if (rule.operation == Operation::kRound && count == 2) return CheckDigits(*node.children[1]);
    if (rule.operation == Operation::kDateAdd) {
      node.type = node.children[0]->type;
      return CheckUnit(*node.children[2]);
    }
    return Status::Ok();
  }

  Status CheckArgument(const FunctionRule& rule, size_t index, Node& argument) const {
    const std::string what =
        "argument " + std::to_string(index + 1) + " of " + std::string(rule.name);
    switch (rule.takes[std::min(index, rule.takes.size() - 1)]) {
      case Takes::kAny:
      case Takes::kSame:
        return Status::Ok();
      case Takes::kNumber:
        return Want(argument, Type::kNumber, what);
      case Takes::kText:
        return Want(argument, Type::kText, what);
      case Takes::kCondition:
        return Want(argument, Type::kBoolean, what);
      case Takes::kDay:
        TRY(ReadAs(argument, Type::kDate));
        if (argument->type == Type::kDateTime) return Status::Ok();
        return Want(argument, Type::kDate, what);
    }
    return Status::Ok();
  }

  Status CheckDigits(const FormulaNode& digits) const {
    const Number* number = std::get_if<Number>(&digits.literal);
    const bool literal = digits.operation == Operation::kLiteral && number != nullptr;
    if (literal && Compare(RoundTo(*number, 0), *number) == 0 && number->ToInteger() >= 0 &&
        number->ToInteger() <= Decimal::scale) {
      return Status::Ok();
    }
    return Fail(digits.at, "round takes a number of digits from 0 to 4");
  }

  Status CheckUnit(const FormulaNode& unit) const {
    const std::string* text = std::get_if<std::string>(&unit.literal);
    const bool literal = unit.operation == Operation::kLiteral && text != nullptr;
    if (literal && (*text == "days" || *text == "months" || *text == "years")) return Status::Ok();
    return Fail(unit.at, "date_add counts in \"days\", \"months\" or \"years\"");
  }

  const Object& object_;
  const std::string_view self_;
  const std::string_view text_;
  const std::string& pointer_;
  std::vector<size_t>& reads_;
  size_t at_ = 0;
  size_t depth_ = 0;
  Token token_;
};

// What the whole must be for a field of that type; kNull: a formula cannot fill such a field.
Type Wanted(FieldType type) {
  switch (type) {
    case FieldType::kText:
    case FieldType::kLongText:
    case FieldType::kInteger:
    case FieldType::kDecimal:
    case FieldType::kMoney:
    case FieldType::kBoolean:
    case FieldType::kDate:
    case FieldType::kDateTime:
      return TypeOf(type);
    case FieldType::kId:
    case FieldType::kSelect:
    case FieldType::kMultiSelect:
    case FieldType::kEmail:
    case FieldType::kPhone:
    case FieldType::kUrl:
    case FieldType::kRelation:
      return Type::kNull;
  }
  return Type::kNull;
}

}  // namespace

Result<std::unique_ptr<FormulaNode>> ParseFormula(const Object& object, std::string_view self,
                                                  std::string_view text, const std::string& pointer,
                                                  std::vector<size_t>* reads) {
  return Parser(object, self, text, pointer, reads).Run();
}

Formula::~Formula() = default;

Result<std::shared_ptr<const Formula>> Formula::Parse(const Object& object, const Field& field,
                                                      const std::string& pointer) {
  const auto fail = [&](std::string code, std::string detail) {
    return Error::Field(pointer, std::move(code), std::move(detail));
  };
  if (field.formula.size() > formula_chars_max) {
    return fail("too_long",
                "a formula may have at most " + std::to_string(formula_chars_max) + " characters");
  }
  if (!IsUtf8(field.formula) || field.formula.find('\0') != std::string::npos) {
    return fail("wrong_format", "a formula must be UTF-8 without NUL characters");
  }
  const Type wanted = Wanted(field.type);
  if (wanted == Type::kNull) {
    return fail("unsupported",
                "the type of a formula must be text, long_text, integer, decimal, "
                "money, boolean, date or datetime");
  }
  std::shared_ptr<Formula> formula(new Formula);
  ASSIGN(std::unique_ptr<FormulaNode> root,
         ParseFormula(object, field.name, field.formula, pointer, &formula->inputs_));
  if (root->type != wanted && root->type != Type::kNull) {
    return fail("wrong_type", "the formula gives " + std::string(TypeName(root->type)) +
                                  ", but the field is " + std::string(FieldTypeName(field.type)));
  }
  formula->root_ = std::move(root);
  std::sort(formula->inputs_.begin(), formula->inputs_.end());
  formula->inputs_.erase(std::unique(formula->inputs_.begin(), formula->inputs_.end()),
                         formula->inputs_.end());
  formula->result_ = field.type;
  formula->length_max_ = field.length_max;
  return std::shared_ptr<const Formula>(std::move(formula));
}

}  // namespace boathouse::model
