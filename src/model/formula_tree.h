#pragma once
// A parsed formula. Private to model/.

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "model/formula.h"
#include "model/formula_number.h"

namespace boathouse::model {

// What an expression is of; kNull fits everywhere.
enum class FormulaType { kNull, kNumber, kText, kBoolean, kDate, kDateTime, kId };

using FormulaValue = std::variant<std::monostate, bool, Number, std::string, Date, DateTime, Id>;

enum class FormulaOperation {
  kLiteral,
  kField,
  kOr,
  kAnd,
  kNot,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kJoin,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kRemainder,
  kNegate,
  kIf,
  kCoalesce,
  kIsNull,
  kMin,
  kMax,
  kAbs,
  kRound,
  kLower,
  kUpper,
  kTrim,
  kLength,
  kLeft,
  kRight,
  kContains,
  kStartsWith,
  kHas,
  kYear,
  kMonth,
  kDay,
  kDaysBetween,
  kDateAdd,
};

struct FormulaNode {
  FormulaOperation operation = FormulaOperation::kLiteral;
  FormulaType type = FormulaType::kNull;
  size_t at = 0;  // byte offset in the text
  std::vector<std::unique_ptr<FormulaNode>> children;
  FormulaValue literal;                     // kLiteral
  size_t field = 0;                         // kField
  FieldType field_type = FieldType::kText;  // kField
};

// The tree of `text`, with the types checked. `reads` receives the fields in it, with repetitions.
Result<std::unique_ptr<FormulaNode>> ParseFormula(const Object& object, std::string_view self,
                                                  std::string_view text, const std::string& pointer,
                                                  std::vector<size_t>* reads);

FormulaValue EvaluateFormula(const FormulaNode& node, const Record& record);

}  // namespace boathouse::model
