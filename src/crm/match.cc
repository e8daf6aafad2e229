#include "crm/match.h"

#include <algorithm>
#include <optional>

#include "base/bytes.h"

namespace boathouse::crm {
namespace {

using model::Value;
using store::Condition;
using Compare = store::Condition::Compare;

// -1, 0, 1; nullopt where one is null or they are of different kinds. Text compares without regard to
// ASCII case, as the database sorts it.
std::optional<int> Order(const Value& a, const Value& b) {
  if (model::IsNull(a) || model::IsNull(b) || a.index() != b.index()) return std::nullopt;
  if (const std::string* text = std::get_if<std::string>(&a)) {
    const int order = AsciiLower(*text).compare(AsciiLower(std::get<std::string>(b)));
    return order < 0 ? -1 : order > 0;
  }
  return a < b ? -1 : b < a;
}

bool HasPart(const Value& value, const Value& part, Compare where) {
  const std::string* text = std::get_if<std::string>(&value);
  const std::string* wanted = std::get_if<std::string>(&part);
  if (text == nullptr || wanted == nullptr) return false;
  const std::string in = AsciiLower(*text);
  const std::string what = AsciiLower(*wanted);
  if (where == Compare::kStartsWith) return in.starts_with(what);
  if (where == Compare::kEndsWith) return in.ends_with(what);
  return in.find(what) != std::string::npos;
}

// A multi-select's values stand in one string, joined.
bool HasValue(const Value& value, const Value& wanted) {
  const std::string* joined = std::get_if<std::string>(&value);
  const std::string* one = std::get_if<std::string>(&wanted);
  return joined != nullptr && one != nullptr &&
         (';' + *joined + ';').find(';' + *one + ';') != std::string::npos;
}

bool Compares(const Condition& condition, const Value& value) {
  const std::optional<int> order = Order(value, condition.value);
  switch (condition.compare) {
    case Compare::kEqual:
      return value == condition.value;
    case Compare::kNotEqual:
      return value != condition.value;
    case Compare::kLess:
      return order && *order < 0;
    case Compare::kLessOrEqual:
      return order && *order <= 0;
    case Compare::kGreater:
      return order && *order > 0;
    case Compare::kGreaterOrEqual:
      return order && *order >= 0;
    case Compare::kContains:
    case Compare::kStartsWith:
    case Compare::kEndsWith:
      return HasPart(value, condition.value, condition.compare);
    case Compare::kIn:
      return std::find(condition.values.begin(), condition.values.end(), value) !=
             condition.values.end();
    case Compare::kHas:
      return HasValue(value, condition.value);
  }
  return false;
}

// The value that a comparison is about, at the end of its path.
Result<Value> ValueAt(const Condition& condition, const model::Record& record,
                      store::Reader& reader) {
  if (condition.path.empty()) return record.At(condition.field);
  model::Record at;
  const model::Record* from = &record;
  for (const store::Step& step : condition.path) {
    const Id* id = std::get_if<Id>(&from->At(step.relation));
    if (id == nullptr) return Value{};
    Result<model::Record> related = reader.Get(*step.object, *id);
    if (!related.ok()) {
      if (related.error().kind == ErrorKind::kNotFound) return Value{};
      return related.error();
    }
    at = std::move(*related);
    from = &at;
    if (step.visible == nullptr) continue;
    ASSIGN(const bool visible, Matches(*step.visible, *step.object, at, reader));
    if (!visible) return Value{};
  }
  return at.At(condition.field);
}

}  // namespace

Result<bool> Matches(const Condition& condition, const model::Object& object,
                     const model::Record& record, store::Reader& reader) {
  switch (condition.kind) {
    case Condition::Kind::kCompare: {
      const model::Object& last = condition.path.empty() ? object : *condition.path.back().object;
      INVARIANT(condition.field < last.fields.size());
      ASSIGN(const Value value, ValueAt(condition, record, reader));
      return Compares(condition, value);
    }
    case Condition::Kind::kNot: {
      ASSIGN(const bool matches, Matches(condition.children.at(0), object, record, reader));
      return !matches;
    }
    case Condition::Kind::kAnd:
    case Condition::Kind::kOr: {
      const bool decides = condition.kind == Condition::Kind::kOr;
      for (const Condition& child : condition.children) {
        ASSIGN(const bool matches, Matches(child, object, record, reader));
        if (matches == decides) return decides;
      }
      return !decides;
    }
  }
  return false;
}

}  // namespace boathouse::crm
