// What a formula's tree is for a record.
#include <algorithm>
#include <limits>
#include <utility>

#include "base/bytes.h"
#include "model/formula_tree.h"
#include "model/text.h"

namespace boathouse::model {
namespace {

using Operation = FormulaOperation;

constexpr int32_t micros_per_second = 1'000'000;
constexpr Micros micros_per_day = Micros{86'400} * micros_per_second;

bool IsNothing(const FormulaValue& value) { return value.index() == 0; }

FormulaValue FromNumber(const std::optional<Number>& number) {
  return number ? FormulaValue(*number) : FormulaValue{};
}

FormulaValue FromText(std::string text) {
  if (text.size() > formula_text_bytes_max) return {};
  return FormulaValue(std::move(text));
}

FormulaValue FieldValue(const FormulaNode& node, const Record& record) {
  struct Visitor {
    FormulaValue operator()(std::monostate) const { return {}; }
    FormulaValue operator()(bool v) const { return v; }
    FormulaValue operator()(int64_t v) const { return Number::Of(v); }
    FormulaValue operator()(const Decimal& v) const { return Number::Of(v); }
    FormulaValue operator()(const std::string& v) const { return v; }
    FormulaValue operator()(const Date& v) const { return v; }
    FormulaValue operator()(const DateTime& v) const { return v; }
    FormulaValue operator()(const Id& v) const { return v; }
  };
  return std::visit(Visitor{}, record.At(node.field));
}

// As people read it: whole numbers without a point.
std::string NumberText(const Number& number) {
  const auto whole = number.ToInteger();
  if (whole && Compare(Number::Of(*whole), number) == 0) return std::to_string(*whole);
  const auto decimal = number.ToDecimal();
  return decimal ? decimal->ToString() : std::string();
}

std::string TextOf(const FormulaValue& value) {
  struct Visitor {
    std::string operator()(std::monostate) const { return {}; }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(const Number& v) const { return NumberText(v); }
    std::string operator()(const std::string& v) const { return v; }
    std::string operator()(const Date& v) const { return FormatDate(v.days); }
    std::string operator()(const DateTime& v) const { return FormatDateTime(v.micros); }
    std::string operator()(const Id& v) const { return v.ToString(); }
  };
  return std::visit(Visitor{}, value);
}

// Both are of one kind and not null.
int Order(const FormulaValue& a, const FormulaValue& b) {
  if (const Number* number = std::get_if<Number>(&a)) return Compare(*number, std::get<Number>(b));
  const auto sign = [](const auto& x, const auto& y) { return x < y ? -1 : y < x ? 1 : 0; };
  if (const auto* text = std::get_if<std::string>(&a)) return sign(*text, std::get<std::string>(b));
  if (const Date* date = std::get_if<Date>(&a)) return sign(*date, std::get<Date>(b));
  if (const DateTime* time = std::get_if<DateTime>(&a)) return sign(*time, std::get<DateTime>(b));
  if (const bool* truth = std::get_if<bool>(&a)) return sign(*truth, std::get<bool>(b));
  if (const Id* id = std::get_if<Id>(&a)) return sign(*id, std::get<Id>(b));
  return 0;
}

bool IsTrue(const FormulaValue& value) {
  const bool* truth = std::get_if<bool>(&value);
  return truth != nullptr && *truth;
}

FormulaValue Compared(Operation operation, const FormulaValue& a, const FormulaValue& b) {
  if (IsNothing(a) || IsNothing(b)) {
    const bool both = IsNothing(a) && IsNothing(b);
    return operation == Operation::kEqual ? both : operation == Operation::kNotEqual && !both;
  }
  const int order = Order(a, b);
  if (operation == Operation::kEqual) return order == 0;
  if (operation == Operation::kNotEqual) return order != 0;
  if (operation == Operation::kLess) return order < 0;
  if (operation == Operation::kLessOrEqual) return order <= 0;
  if (operation == Operation::kGreater) return order > 0;
  return order >= 0;
}

FormulaValue Reckoned(Operation operation, const FormulaValue& a, const FormulaValue& b) {
  const Number* x = std::get_if<Number>(&a);
  const Number* y = std::get_if<Number>(&b);
  if (x == nullptr || y == nullptr) return {};
  if (operation == Operation::kAdd) return FromNumber(Add(*x, *y));
  if (operation == Operation::kSubtract) return FromNumber(Subtract(*x, *y));
  if (operation == Operation::kMultiply) return FromNumber(Multiply(*x, *y));
  if (operation == Operation::kDivide) return FromNumber(Divide(*x, *y));
  return FromNumber(Remainder(*x, *y));
}

std::optional<int32_t> DayOf(const FormulaValue& value) {
  if (const Date* date = std::get_if<Date>(&value)) return date->days;
  if (const DateTime* time = std::get_if<DateTime>(&value)) {
    Micros day = time->micros / micros_per_day;
    if (time->micros % micros_per_day < 0) --day;
    return static_cast<int32_t>(day);
  }
  return std::nullopt;
}

struct Calendar {
  int year = 0;
  int month = 0;
  int day = 0;
};

// `days` is of the years 1 to 9999, as all dates are.
Calendar CalendarOf(int32_t days) {
  const std::string text = FormatDate(days);
  const auto digits = [&](size_t from, size_t count) {
    int number = 0;
    for (size_t i = from; i < from + count; ++i) number = number * 10 + (text[i] - '0');
    return number;
  };
  return {digits(0, 4), digits(5, 2), digits(8, 2)};
}

// The day `months` later; the last of the month when it has no such day.
std::optional<int32_t> AddMonths(int32_t days, int64_t months) {
  constexpr int64_t months_max = 12 * 10'000;
  if (months > months_max || months < -months_max) return std::nullopt;
  const Calendar from = CalendarOf(days);
  const int64_t month_index = from.year * int64_t{12} + from.month - 1 + months;
  if (month_index < 12) return std::nullopt;
  const int year = static_cast<int>(month_index / 12);
  const int month = static_cast<int>(month_index % 12) + 1;
  for (int day = from.day; day > from.day - 4; --day) {
    if (const auto made = MakeDate(year, month, day)) return made;
  }
  return std::nullopt;
}

std::optional<int32_t> AddToDay(int32_t days, int64_t count, const std::string& unit) {
  constexpr int64_t count_max = 10'000'000;
  if (count > count_max || count < -count_max) return std::nullopt;
  if (unit == "months") return AddMonths(days, count);
  if (unit == "years") return AddMonths(days, count * 12);
  const int64_t sum = days + count;
  static const int32_t first = MakeDate(1, 1, 1).value();
  static const int32_t last = MakeDate(9999, 12, 31).value();
  if (sum < first || sum > last) return std::nullopt;
  return static_cast<int32_t>(sum);
}

FormulaValue DateAdded(const FormulaValue& from, const FormulaValue& count,
                       const FormulaValue& unit) {
  const auto day = DayOf(from);
  const Number* number = std::get_if<Number>(&count);
  const auto* word = std::get_if<std::string>(&unit);
  if (!day || number == nullptr || word == nullptr) return {};
  const auto whole = number->ToInteger();
  if (!whole) return {};
  const auto sum = AddToDay(*day, *whole, *word);
  if (!sum) return {};
  if (const DateTime* time = std::get_if<DateTime>(&from)) {
    const Micros of_day = time->micros - *day * micros_per_day;
    return DateTime{*sum * micros_per_day + of_day};
  }
  return Date{*sum};
}

FormulaValue CalendarPart(Operation operation, const FormulaValue& value) {
  const auto day = DayOf(value);
  if (!day) return {};
  const Calendar calendar = CalendarOf(*day);
  if (operation == Operation::kYear) return Number::Of(calendar.year);
  return Number::Of(operation == Operation::kMonth ? calendar.month : calendar.day);
}

bool HasValue(const std::string& joined, const std::string& value) {
  const std::vector<std::string> values = MultiSelectValues(joined);
  return std::find(values.begin(), values.end(), value) != values.end();
}

// Functions of texts; `a` is the text, `b` what goes with it.
FormulaValue TextFunction(Operation operation, const FormulaValue& a, const FormulaValue& b) {
  const auto* text = std::get_if<std::string>(&a);
  if (text == nullptr) return {};
  if (operation == Operation::kLower) return FromText(LowerText(*text));
  if (operation == Operation::kUpper) return FromText(UpperText(*text));
  if (operation == Operation::kTrim) return std::string(TrimAscii(*text));
  if (operation == Operation::kLength) {
    return Number::Of(static_cast<int64_t>(CountCharacters(*text)));
  }
  if (const Number* number = std::get_if<Number>(&b)) {
    const int64_t whole = std::max<int64_t>(number->ToInteger().value_or(0), 0);
    const size_t count = static_cast<size_t>(whole);
    return std::string(operation == Operation::kLeft ? FirstCharacters(*text, count)
                                                     : LastCharacters(*text, count));
  }
  const auto* part = std::get_if<std::string>(&b);
  if (part == nullptr) return {};
  if (operation == Operation::kHas) return HasValue(*text, *part);
  const size_t found = AsciiLower(*text).find(AsciiLower(*part));
  return operation == Operation::kContains ? found != std::string::npos : found == 0;
}

class Evaluator {
 public:
  explicit Evaluator(const Record& record) : record_(record) {}

  FormulaValue Of(const FormulaNode& node) const {
    switch (node.operation) {
      case Operation::kLiteral:
        return node.literal;
      case Operation::kField:
        return FieldValue(node, record_);
      case Operation::kOr:
        return IsTrue(Child(node, 0)) || IsTrue(Child(node, 1));
      case Operation::kAnd:
        return IsTrue(Child(node, 0)) && IsTrue(Child(node, 1));
      case Operation::kNot:
        return !IsTrue(Child(node, 0));
      case Operation::kEqual:
      case Operation::kNotEqual:
      case Operation::kLess:
      case Operation::kLessOrEqual:
      case Operation::kGreater:
      case Operation::kGreaterOrEqual:
        return Compared(node.operation, Child(node, 0), Child(node, 1));
      case Operation::kJoin:
        return FromText(TextOf(Child(node, 0)) + TextOf(Child(node, 1)));
      case Operation::kAdd:
      case Operation::kSubtract:
      case Operation::kMultiply:
      case Operation::kDivide:
      case Operation::kRemainder:
        return Reckoned(node.operation, Child(node, 0), Child(node, 1));
      case Operation::kIf:
        return Child(node, IsTrue(Child(node, 0)) ? 1 : 2);
      case Operation::kIsNull:
        return IsNothing(Child(node, 0));
      case Operation::kCoalesce:
        return First(node);
      case Operation::kMin:
      case Operation::kMax:
        return Extreme(node);
      case Operation::kNegate:
      case Operation::kAbs:
      case Operation::kRound:
        return NumberFunction(node);
      case Operation::kLower:
      case Operation::kUpper:
      case Operation::kTrim:
      case Operation::kLength:
      case Operation::kLeft:
      case Operation::kRight:
      case Operation::kContains:
      case Operation::kStartsWith:
      case Operation::kHas:
        return TextFunction(node.operation, Child(node, 0),
                            node.children.size() > 1 ? Child(node, 1) : FormulaValue{});
      case Operation::kYear:
      case Operation::kMonth:
      case Operation::kDay:
        return CalendarPart(node.operation, Child(node, 0));
      case Operation::kDaysBetween: {
        const auto from = DayOf(Child(node, 0));
        const auto to = DayOf(Child(node, 1));
        return from && to ? FormulaValue(Number::Of(int64_t{*to} - *from)) : FormulaValue{};
      }
      case Operation::kDateAdd:
        return DateAdded(Child(node, 0), Child(node, 1), Child(node, 2));
    }
    return {};
  }

 private:
  FormulaValue Child(const FormulaNode& node, size_t index) const {
    return Of(*node.children[index]);
  }

  FormulaValue First(const FormulaNode& node) const {
    for (const auto& child : node.children) {
      FormulaValue value = Of(*child);
      if (!IsNothing(value)) return value;
    }
    return {};
  }

  FormulaValue Extreme(const FormulaNode& node) const {
    FormulaValue best;
    for (const auto& child : node.children) {
      FormulaValue value = Of(*child);
      if (IsNothing(value)) continue;
      const int order = IsNothing(best) ? 0 : Order(value, best);
      const bool better = node.operation == Operation::kMin ? order < 0 : order > 0;
      if (IsNothing(best) || better) best = std::move(value);
    }
    return best;
  }

  FormulaValue NumberFunction(const FormulaNode& node) const {
    const FormulaValue value = Child(node, 0);
    const Number* number = std::get_if<Number>(&value);
    if (number == nullptr) return {};
    if (node.operation == Operation::kNegate) return Negate(*number);
    if (node.operation == Operation::kAbs) {
      return Compare(*number, Number::Of(0)) < 0 ? Negate(*number) : *number;
    }
    if (node.children.size() == 1) return RoundTo(*number, 0);
    const FormulaValue digits = Child(node, 1);
    return RoundTo(*number, static_cast<int>(std::get<Number>(digits).ToInteger().value_or(0)));
  }

  const Record& record_;
};

Value ToValue(FormulaValue value, FieldType type, size_t length_max) {
  struct Visitor {
    FieldType type;
    size_t length_max;
    Value operator()(std::monostate) const { return {}; }
    Value operator()(bool v) const { return v; }
    Value operator()(const Number& v) const {
      if (type == FieldType::kInteger) {
        const auto whole = v.ToInteger();
        return whole ? Value(*whole) : Value{};
      }
      const auto decimal = v.ToDecimal();
      return decimal ? Value(*decimal) : Value{};
    }
    Value operator()(std::string& v) const {
      if (type == FieldType::kText) {
        // One line, as all text is.
        for (char& c : v) c = static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
      }
      if (length_max > 0) v = std::string(FirstCharacters(v, length_max));
      return v.empty() ? Value{} : Value(std::move(v));
    }
    Value operator()(const Date& v) const { return v; }
    Value operator()(const DateTime& v) const { return v; }
    Value operator()(const Id& v) const { return v; }
  };
  return std::visit(Visitor{type, length_max}, value);
}

}  // namespace

FormulaValue EvaluateFormula(const FormulaNode& node, const Record& record) {
  return Evaluator(record).Of(node);
}

Value Formula::Evaluate(const Record& record) const {
  return ToValue(EvaluateFormula(*root_, record), result_, length_max_);
}

}  // namespace boathouse::model
