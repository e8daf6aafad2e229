#include "iceberg/expression.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/bytes.h"

namespace boathouse::iceberg {

enum class Op {
  kTrue,
  kFalse,
  kAnd,
  kOr,
  kNot,
  kIsNull,
  kNotNull,
  kIsNan,
  kNotNan,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kEqual,
  kNotEqual,
  kStartsWith,
  kNotStartsWith,
  kIn,
  kNotIn,
};

struct Expression::Node {
  Op op = Op::kTrue;
  std::vector<std::shared_ptr<const Node>> children;
  // Of a leaf: the column, unless it is an expression that bounds say nothing about.
  std::optional<int32_t> column_id;
  std::vector<model::Value> values;
  bool values_known = true;  // false: a value that no bound compares with
  Json source;               // as the client wrote it
};

namespace {

using Node = Expression::Node;
using NodePtr = std::shared_ptr<const Node>;

struct OpName {
  std::string_view name;
  Op op;
  Op negated;
};
constexpr OpName op_names[] = {
    {"true", Op::kTrue, Op::kFalse},
    {"false", Op::kFalse, Op::kTrue},
    {"and", Op::kAnd, Op::kOr},
    {"or", Op::kOr, Op::kAnd},
    {"not", Op::kNot, Op::kNot},
    {"is-null", Op::kIsNull, Op::kNotNull},
    {"not-null", Op::kNotNull, Op::kIsNull},
    {"is-nan", Op::kIsNan, Op::kNotNan},
    {"not-nan", Op::kNotNan, Op::kIsNan},
    {"lt", Op::kLess, Op::kGreaterEqual},
    {"lt-eq", Op::kLessEqual, Op::kGreater},
    {"gt", Op::kGreater, Op::kLessEqual},
    {"gt-eq", Op::kGreaterEqual, Op::kLess},
    {"eq", Op::kEqual, Op::kNotEqual},
    {"not-eq", Op::kNotEqual, Op::kEqual},
    {"starts-with", Op::kStartsWith, Op::kNotStartsWith},
    {"not-starts-with", Op::kNotStartsWith, Op::kStartsWith},
    {"in", Op::kIn, Op::kNotIn},
    {"not-in", Op::kNotIn, Op::kIn},
};

Op Negated(Op op) {
  for (const OpName& known : op_names) {
    if (known.op == op) return known.negated;
  }
  return op;
}

// ---- Reading

class Parser {
 public:
  Parser(const tables::Schema& schema, bool case_sensitive)
      : schema_(schema), case_sensitive_(case_sensitive) {}

  Result<NodePtr> Predicate(const Json& json, const std::string& at) const {
    auto node = std::make_shared<Node>();
    node->source = json;
    if (json.is_bool()) {
      node->op = json.AsBool() ? Op::kTrue : Op::kFalse;
      return NodePtr(std::move(node));
    }
    if (!json.is_object()) {
      return Error::Field(at, "wrong_type", "a predicate is true, false or an object with a type");
    }
    const std::string_view type = json["type"].AsString();
    const auto known = std::find_if(std::begin(op_names), std::end(op_names),
                                    [&](const OpName& name) { return name.name == type; });
    if (known == std::end(op_names)) {
      return Error::Field(at + "/type", "unknown_type",
                          "'" + std::string(type) + "' is no predicate; there are and, or, not, " +
                              "is-null, not-null, is-nan, not-nan, lt, lt-eq, gt, gt-eq, eq, "
                              "not-eq, starts-with, not-starts-with, in and not-in");
    }
    node->op = known->op;
    switch (node->op) {
      case Op::kTrue:
      case Op::kFalse:
        break;
      case Op::kAnd:
      case Op::kOr:
        TRY(AddChild(json, "left", at, node.get()));
        TRY(AddChild(json, "right", at, node.get()));
        break;
      case Op::kNot:
        TRY(AddChild(json, "child", at, node.get()));
        break;
      case Op::kIsNull:
      case Op::kNotNull:
      case Op::kIsNan:
      case Op::kNotNan:
        TRY(Unary(json, at, node.get()));
        break;
      case Op::kIn:
      case Op::kNotIn:
        TRY(Set(json, at, node.get()));
        break;
      case Op::kLess:
      case Op::kLessEqual:
      case Op::kGreater:
      case Op::kGreaterEqual:
      case Op::kEqual:
      case Op::kNotEqual:
      case Op::kStartsWith:
      case Op::kNotStartsWith:
        TRY(Comparison(json, at, node.get()));
        break;
    }
    return NodePtr(std::move(node));
  }

 private:
  Status AddChild(const Json& json, const char* name, const std::string& at, Node* node) const {
    const std::string child_at = at + "/" + name;
    const Json* child = json.Find(name);
    if (child == nullptr) {
      return Error::Field(child_at, "required", "a predicate is missing here");
    }
    ASSIGN(NodePtr parsed, Predicate(*child, child_at));
    node->children.push_back(std::move(parsed));
    return Status::Ok();
  }

  // The operand under its new name, or its old one.
  static Result<std::pair<const Json*, std::string>> Operand(const Json& json, const char* name,
                                                             const char* old_name,
                                                             const std::string& at) {
    if (const Json* operand = json.Find(name)) return std::pair(operand, at + "/" + name);
    if (const Json* operand = json.Find(old_name)) return std::pair(operand, at + "/" + old_name);
    return Error::Field(at + "/" + name, "required",
                        std::string("either ") + name + " or " + old_name + " must stand here");
  }

  // nullptr when the value is more than a column.
  Result<const tables::Column*> ColumnOf(const Json& term, const std::string& at) const {
    if (term.is_string()) return Named(term.AsString(), at);
    const std::string_view type = term["type"].AsString();
    if (type == "reference") {
      if (const auto id = term["id"].AsInt()) {
        for (const tables::Column& column : schema_.columns) {
          if (column.column_id == *id) return &column;
        }
        return Error::Field(at + "/id", "not_found",
                            "the table has no field " + std::to_string(*id));
      }
      const char* member = term.Find("name") != nullptr ? "name" : "term";
      return Named(term[member].AsString(), at + "/" + member);
    }
    if (type == "transform") {
      ASSIGN(const tables::Column* column, Named(term["term"].AsString(), at + "/term"));
      return term["transform"].AsString() == "identity" ? column : nullptr;
    }
    if (type == "apply") {
      const tables::Column* computed = nullptr;
      return computed;
    }
    return Error::Field(at, "wrong_type", "a field name, a reference or a transform is wanted");
  }

  Result<const tables::Column*> Named(std::string_view name, const std::string& at) const {
    if (const tables::Column* column = FindColumn(schema_, name, case_sensitive_)) return column;
    return Error::Field(at, "not_found", "the table has no field '" + std::string(name) + "'");
  }

  Status Unary(const Json& json, const std::string& at, Node* node) const {
    ASSIGN(const auto operand, Operand(json, "child", "term", at));
    ASSIGN(const tables::Column* column, ColumnOf(*operand.first, operand.second));
    if (column != nullptr) node->column_id = column->column_id;
    return Status::Ok();
  }

  static bool IsLiteral(const Json& json) {
    return !json.is_object() || json["type"].AsString() == "literal";
  }

  Status Comparison(const Json& json, const std::string& at, Node* node) const {
    // Only the new spelling has room for anything but a field on the left and a value on the right.
    const bool is_new = json.Find("left") != nullptr;
    ASSIGN(auto left, Operand(json, "left", "term", at));
    ASSIGN(auto right, Operand(json, "right", "value", at));
    if (is_new && left.first->is_object() && IsLiteral(*left.first) && !IsLiteral(*right.first)) {
      // A value on the left: nothing is gained by turning it round for files, the client does.
      TRY(ColumnOf(*right.first, right.second));
      return Status::Ok();
    }
    ASSIGN(const tables::Column* column, ColumnOf(*left.first, left.second));
    if (is_new && !IsLiteral(*right.first)) {
      TRY(ColumnOf(*right.first, right.second));
      return Status::Ok();  // two fields: bounds of one file do not tell
    }
    if (column == nullptr) return Status::Ok();
    node->column_id = column->column_id;
    return AddValue(*column, *right.first, right.second, node);
  }

  Status Set(const Json& json, const std::string& at, Node* node) const {
    ASSIGN(const auto operand, Operand(json, "child", "term", at));
    ASSIGN(const tables::Column* column, ColumnOf(*operand.first, operand.second));
    const Json& wrapped = json["values"];
    const bool typed = wrapped.is_object();
    const Json& values = typed ? wrapped["values"] : wrapped;
    const std::string values_at = at + (typed ? "/values/values" : "/values");
    if (!values.is_array()) return Error::Field(values_at, "wrong_type", "an array is wanted");
    if (column == nullptr) return Status::Ok();
    node->column_id = column->column_id;
    for (size_t i = 0; i < values.items().size(); ++i) {
      TRY(AddValue(*column, values.items()[i], values_at + "/" + std::to_string(i), node));
    }
    return Status::Ok();
  }

  Status AddValue(const tables::Column& column, const Json& literal, const std::string& at,
                  Node* node) const {
    const Json& json = literal.is_object() ? literal["value"] : literal;
    const auto wrong = [&](const char* wanted) -> Status {
      return Error::Field(at, "wrong_type",
                          "field '" + column.name + "' is compared with " + wanted);
    };
    if (json.is_null() || json.is_array() || json.is_object())
      return wrong("a value, not with this");
    switch (column.type) {
      case model::FieldType::kId:
      case model::FieldType::kText:
      case model::FieldType::kLongText:
      case model::FieldType::kSelect:
      case model::FieldType::kMultiSelect:
      case model::FieldType::kEmail:
      case model::FieldType::kPhone:
      case model::FieldType::kUrl:
      case model::FieldType::kRelation:
        if (!json.is_string()) return wrong("a text");
        return Known(std::string(json.AsString()), node);
      case model::FieldType::kInteger:
        if (!json.is_number()) return wrong("a number");
        if (const auto number = json.AsInt()) return Known(*number, node);
        return Unknown(node);
      case model::FieldType::kDecimal:
      case model::FieldType::kMoney: {
        if (!json.is_number() && !json.is_string()) return wrong("a decimal number");
        const auto decimal =
            Decimal::Parse(json.is_string() ? json.AsString() : json.NumberAsText());
        return decimal ? Known(*decimal, node) : Unknown(node);
      }
      case model::FieldType::kBoolean:
        if (!json.is_bool()) return wrong("true or false");
        return Known(json.AsBool(), node);
      case model::FieldType::kDate: {
        if (const auto days = json.AsInt()) {
          const auto narrow = static_cast<int32_t>(*days);
          return narrow == *days ? Known(model::Date{narrow}, node) : Unknown(node);
        }
        const auto date = ParseDate(json.AsString());
        if (!date) return wrong("a date like 2026-11-24");
        return Known(model::Date{*date}, node);
      }
      case model::FieldType::kDateTime: {
        if (const auto micros = json.AsInt()) return Known(model::DateTime{*micros}, node);
        const auto time = ParseDateTime(json.AsString());
        if (!time) return wrong("a time like 2026-11-24T10:00:00.000000+00:00");
        return Known(model::DateTime{*time}, node);
      }
    }
    return Unknown(node);
  }

  static Status Known(model::Value value, Node* node) {
    node->values.push_back(std::move(value));
    return Status::Ok();
  }
  static Status Unknown(Node* node) {
    node->values_known = false;
    return Status::Ok();
  }

  const tables::Schema& schema_;
  const bool case_sensitive_;
};

// ---- Judging files

struct FileFacts {
  const tables::File& file;
  const tables::Schema& schema;

  const tables::ColumnStats* StatsOf(int32_t column_id) const {
    for (size_t i = 0; i < schema.columns.size() && i < file.stats.size(); ++i) {
      if (schema.columns[i].column_id == column_id) return &file.stats[i];
    }
    return nullptr;
  }
};

Outcome Judge(bool none, bool all) {
  return none ? Outcome::kNone : all ? Outcome::kAll : Outcome::kSome;
}

// Ids are bounded as ids or as texts, but always asked for as texts.
model::Value Comparable(const model::Value& value) {
  if (const auto* id = std::get_if<Id>(&value)) return id->ToString();
  return value;
}

bool IsPrefix(const std::string& prefix, const model::Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr && text->starts_with(prefix);
}

// What bounds and null count of a column say. `full`: no row is null.
struct Range {
  const model::Value low, high;
  const bool full;

  Outcome Compare(Op op, const model::Value& value) const {
    const bool below = value < low, above = high < value;  // out of the range
    const bool single = low == value && high == value;
    if (op == Op::kLess) return Judge(!(low < value), full && above);
    if (op == Op::kLessEqual) return Judge(below, full && !(value < high));
    if (op == Op::kGreater) return Judge(!(value < high), full && below);
    if (op == Op::kGreaterEqual) return Judge(above, full && !(low < value));
    if (op == Op::kEqual) return Judge(below || above, full && single);
    if (op == Op::kNotEqual) return Judge(full && single, full && (below || above));
    return Prefix(op == Op::kStartsWith, value);
  }

 private:
  Outcome Prefix(bool wanted, const model::Value& value) const {
    const auto* prefix = std::get_if<std::string>(&value);
    if (prefix == nullptr) return Outcome::kSome;
    // All values between two with the prefix have it. None have it when the greatest is below it, or when
    // the smallest is above it without beginning with it.
    const bool all_have = IsPrefix(*prefix, low) && IsPrefix(*prefix, high);
    const bool none_has = high < value || (value < low && !IsPrefix(*prefix, low));
    return wanted ? Judge(none_has, full && all_have) : Judge(full && all_have, full && none_has);
  }
};

Outcome JudgeLeaf(const Node& node, Op op, const FileFacts& facts) {
  if (!node.column_id || facts.file.rows == 0) return Outcome::kSome;
  const tables::ColumnStats* stats = facts.StatsOf(*node.column_id);
  if (stats == nullptr) return Outcome::kSome;
  const bool full = stats->null_count == 0;
  const bool all_null = stats->null_count == facts.file.rows;
  if (op == Op::kIsNull) return Judge(full, all_null);
  if (op == Op::kNotNull) return Judge(all_null, full);
  if (op == Op::kIsNan || op == Op::kNotNan || !node.values_known) return Outcome::kSome;
  const bool is_negative = op == Op::kNotEqual || op == Op::kNotIn || op == Op::kNotStartsWith;
  if (all_null) return is_negative ? Outcome::kSome : Outcome::kNone;
  if (!stats->minimum || !stats->maximum) return Outcome::kSome;
  const Range range{Comparable(*stats->minimum), Comparable(*stats->maximum), full};
  const auto fits = [&](const model::Value& value) {
    return value.index() == range.low.index() && value.index() == range.high.index();
  };
  if (!std::all_of(node.values.begin(), node.values.end(), fits)) return Outcome::kSome;
  if (op != Op::kIn && op != Op::kNotIn) return range.Compare(op, node.values[0]);
  // In a set: equal to one of its values; not in it: different from all of them.
  const bool in = op == Op::kIn;
  bool none = in, all = !in;
  for (const model::Value& value : node.values) {
    const Outcome one = range.Compare(in ? Op::kEqual : Op::kNotEqual, value);
    if (in) {
      none = none && one == Outcome::kNone;
      all = all || one == Outcome::kAll;
    } else {
      none = none || one == Outcome::kNone;
      all = all && one == Outcome::kAll;
    }
  }
  return Judge(none, all);
}

using Residual = Expression::Residual;

Residual Constant(bool value) { return {value ? Outcome::kAll : Outcome::kNone, Json(value)}; }

Residual Simplify(const Node& node, bool negated, const FileFacts& facts);

Residual Join(const Node& node, bool negated, bool is_and, const FileFacts& facts) {
  Residual left = Simplify(*node.children[0], negated, facts);
  Residual right = Simplify(*node.children[1], negated, facts);
  // One that decides, decides; one that says nothing leaves the other.
  const Outcome deciding = is_and ? Outcome::kNone : Outcome::kAll;
  const Outcome neutral = is_and ? Outcome::kAll : Outcome::kNone;
  if (left.outcome == deciding || right.outcome == deciding) return Constant(!is_and);
  if (left.outcome == neutral) return right;
  if (right.outcome == neutral) return left;
  return {Outcome::kSome, Json::Object({{"type", is_and ? "and" : "or"},
                                        {"left", std::move(left.filter)},
                                        {"right", std::move(right.filter)}})};
}

// Negation goes down to the leaves, because `not` of what null makes false is still false there.
Residual Simplify(const Node& node, bool negated, const FileFacts& facts) {
  if (node.op == Op::kTrue || node.op == Op::kFalse) {
    return Constant((node.op == Op::kTrue) != negated);
  }
  if (node.op == Op::kAnd || node.op == Op::kOr) {
    return Join(node, negated, (node.op == Op::kAnd) != negated, facts);
  }
  if (node.op == Op::kNot) return Simplify(*node.children[0], !negated, facts);
  const Outcome outcome = JudgeLeaf(node, negated ? Negated(node.op) : node.op, facts);
  if (outcome != Outcome::kSome) return Constant(outcome == Outcome::kAll);
  if (!negated) return {outcome, node.source};
  return {outcome, Json::Object({{"type", "not"}, {"child", node.source}})};
}

}  // namespace

Result<Expression> Expression::Parse(const Json& json, const tables::Schema& schema,
                                     bool case_sensitive, const std::string& pointer) {
  ASSIGN(NodePtr root, Parser(schema, case_sensitive).Predicate(json, pointer));
  return Expression(std::move(root));
}

Expression::Residual Expression::For(const tables::File& file,
                                     const tables::Schema& file_schema) const {
  return Simplify(*root_, false, {file, file_schema});
}

const tables::Column* FindColumn(const tables::Schema& schema, std::string_view name,
                                 bool case_sensitive) {
  const std::string lower = AsciiLower(name);
  for (const tables::Column& column : schema.columns) {
    if (case_sensitive ? column.name == name : AsciiLower(column.name) == lower) return &column;
  }
  return nullptr;
}

}  // namespace boathouse::iceberg
