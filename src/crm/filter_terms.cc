#include "crm/filter_terms.h"

#include "base/bytes.h"
#include "crm/relative_date.h"

namespace boathouse::crm {
namespace {

using model::FieldType;
using store::Condition;
using Compare = store::Condition::Compare;

constexpr Micros micros_per_day = 86'400'000'000;

// What a type's values can be asked.
struct Abilities {
  bool is_text = false;   // has parts
  bool has_order = true;  // < and >
};

Abilities AbilitiesOf(FieldType type) {
  switch (type) {
    case FieldType::kText:
    case FieldType::kLongText:
    case FieldType::kEmail:
    case FieldType::kPhone:
    case FieldType::kUrl:
      return {true, true};
    case FieldType::kId:
    case FieldType::kInteger:
    case FieldType::kDecimal:
    case FieldType::kMoney:
    case FieldType::kDate:
    case FieldType::kDateTime:
      return {false, true};
    case FieldType::kBoolean:
    case FieldType::kSelect:
    case FieldType::kMultiSelect:
    case FieldType::kRelation:
      return {false, false};
  }
  return {false, false};
}

class Binder {
 public:
  Binder(const FieldPath& path, const FilterToken& comparator, const FilterScope& scope)
      : path_(path),
        field_(path.object->fields[path.field]),
        can_(AbilitiesOf(field_.type)),
        comparator_(comparator),
        scope_(scope) {}

  Result<Condition> Run(const FilterArguments& arguments) const {
    if (arguments.all.size() == 1) return One(arguments.all[0]);
    const bool is_not = comparator_.text == "!=";
    if (!is_not && comparator_.text != "=" && comparator_.text != ":") {
      return FilterError(comparator_.at, "several values can only be compared with =, != and :");
    }
    // a != (x OR y) is "none of them": the literal reading, "differs from one of them", is always true.
    std::vector<Condition> parts;
    for (const FilterArgument& argument : arguments.all) {
      ASSIGN(Condition part, is_not ? Equal(argument) : One(argument));
      parts.push_back(std::move(part));
    }
    Condition joined =
        arguments.are_all_wanted ? Condition::All(std::move(parts)) : AnyOf(std::move(parts));
    return is_not ? Condition::Not(std::move(joined)) : std::move(joined);
  }

 private:
  Condition Leaf(Compare compare, model::Value value) const {
    Condition leaf = Condition::Where(path_.field, compare, std::move(value));
    leaf.path = path_.steps;
    return leaf;
  }

  // Equalities with one field are one list, which an index answers at once.
  Condition AnyOf(std::vector<Condition> parts) const {
    std::vector<model::Value> values;
    for (const Condition& part : parts) {
      if (part.kind != Condition::Kind::kCompare || part.compare != Compare::kEqual) {
        return Condition::Any(std::move(parts));
      }
      values.push_back(part.value);
    }
    Condition in = Condition::In(path_.field, std::move(values));
    in.path = path_.steps;
    return in;
  }

  Result<Condition> One(const FilterArgument& argument) const {
    if (comparator_.text == "=") return Equal(argument);
    if (comparator_.text == "!=") {
      ASSIGN(Condition equal, Equal(argument));
      if (equal.kind == Condition::Kind::kCompare && equal.compare == Compare::kEqual) {
        equal.compare = Compare::kNotEqual;
        return equal;
      }
      return Condition::Not(std::move(equal));
    }
    if (IsNullWord(argument)) {
      return FilterError(comparator_.at, "null can only be compared with = and !=");
    }
    return comparator_.text == ":" ? Has(argument) : Ordered(argument);
  }

  Result<Condition> Equal(const FilterArgument& argument) const {
    if (IsNullWord(argument)) return Leaf(Compare::kEqual, {});
    if (can_.is_text) {
      if (std::optional<Condition> wildcard = Wildcard(argument)) return std::move(*wildcard);
    }
    ASSIGN(const std::optional<Days> days, ReadDays(argument));
    if (!days) {
      ASSIGN(model::Value value, Literal(argument));
      return Leaf(Compare::kEqual, std::move(value));
    }
    if (field_.type == FieldType::kDate && days->before == days->from + 1) {
      return Leaf(Compare::kEqual, Start(days->from));
    }
    return Condition::All({Leaf(Compare::kGreaterOrEqual, Start(days->from)),
                           Leaf(Compare::kLess, Start(days->before))});
  }

  Result<Condition> Has(const FilterArgument& argument) const {
    const FilterToken& token = argument.token;
    if (token.IsWord("*")) return Leaf(Compare::kNotEqual, {});
    if (can_.is_text && !argument.is_call) return Leaf(Compare::kContains, token.text);
    if (field_.type != FieldType::kMultiSelect) return Equal(argument);
    ASSIGN(model::Value value, Literal(argument));
    const std::string* text = std::get_if<std::string>(&value);
    if (text == nullptr || text->find(model::multi_select_separator) != std::string::npos) {
      return FilterError(token.at, "expected one value of " + field_.name + " behind :");
    }
    return Leaf(Compare::kHas, std::move(value));
  }

  // A period lies wholly before, or wholly behind: < is before its start, <= before its end.
  Result<Condition> Ordered(const FilterArgument& argument) const {
    if (!can_.has_order) {
      return FilterError(comparator_.at,
                         field_.name + " has no order: use " +
                             (field_.type == FieldType::kMultiSelect ? "=, != or :" : "= or !="));
    }
    const bool less = comparator_.text[0] == '<';
    const bool or_equal = comparator_.text.size() == 2;
    ASSIGN(const std::optional<Days> days, ReadDays(argument));
    if (days) {
      const int32_t edge = less == or_equal ? days->before : days->from;
      return Leaf(less ? Compare::kLess : Compare::kGreaterOrEqual, Start(edge));
    }
    ASSIGN(model::Value value, Literal(argument));
    const Compare compare = less ? (or_equal ? Compare::kLessOrEqual : Compare::kLess)
                                 : (or_equal ? Compare::kGreaterOrEqual : Compare::kGreater);
    return Leaf(compare, std::move(value));
  }

  static bool IsNullWord(const FilterArgument& argument) {
    return argument.token.kind == FilterToken::Kind::kWord && !argument.is_call &&
           AsciiLower(argument.token.text) == "null";
  }

  std::optional<Condition> Wildcard(const FilterArgument& argument) const {
    std::string_view text = argument.token.text;
    const bool front = text.size() > 1 && text.front() == '*';
    const bool back = text.size() > 1 && text.back() == '*';
    if (!front && !back) return std::nullopt;
    if (front) text.remove_prefix(1);
    if (back) text.remove_suffix(1);
    const Compare compare = front && back ? Compare::kContains
                            : front       ? Compare::kEndsWith
                                          : Compare::kStartsWith;
    return Leaf(compare, std::string(text));
  }

  model::Value Start(int32_t day) const {
    if (field_.type == FieldType::kDate) return model::Date{day};
    return model::DateTime{day * micros_per_day};
  }

  // The days that the argument names, for fields of time; a date-time field takes a date for that day.
  Result<std::optional<Days>> ReadDays(const FilterArgument& argument) const {
    const std::optional<Days> none;
    const bool is_time = field_.type == FieldType::kDate || field_.type == FieldType::kDateTime;
    const FilterToken& token = argument.token;
    if (!is_time || (field_.type == FieldType::kDateTime && token.IsWord("now"))) return none;
    if (token.kind == FilterToken::Kind::kWord) {
      const std::optional<Days> days =
          RelativeDays(token.text, argument.number, scope_.now.value_or(0));
      if (days && !scope_.now) {
        return FilterError(token.at, token.text +
                                         " cannot stand here: this filter is to mean the "
                                         "same on every day; write a date");
      }
      if (days) return days;
      if (argument.is_call) {
        return FilterError(token.at,
                           "expected a date, or one of: " + std::string(RelativeDayWords()) +
                               "; n is at most " + std::to_string(relative_days_max));
      }
    }
    if (field_.type == FieldType::kDate) return none;
    const auto day = ParseDate(token.text);
    if (!day) return none;
    return std::optional<Days>(Days{*day, *day + 1});
  }

  // The argument as a value of the field; what cannot be a value of it is an error, not "no match".
  Result<model::Value> Literal(const FilterArgument& argument) const {
    const FilterToken& token = argument.token;
    const bool is_word = token.kind == FilterToken::Kind::kWord;
    if (argument.is_call && !(token.text == "now" && !argument.number)) {
      return FilterError(token.at, field_.name + " does not know " + token.text + "()");
    }
    if (can_.is_text) return model::Value(token.text);
    const bool of_user = field_.relation_object == "user" ||
                         (field_.type == FieldType::kId && path_.object->name == "user");
    if (is_word && of_user && token.text == "me") {
      if (scope_.me) return model::Value(*scope_.me);
      return FilterError(token.at, "me cannot stand here: nobody in particular asks");
    }
    if (is_word && field_.type == FieldType::kDateTime && token.text == "now") {
      if (scope_.now) return model::Value(model::DateTime{*scope_.now});
      return FilterError(token.at, "now cannot stand here: this filter is to mean the same always");
    }
    Result<model::Value> value = model::FromText(field_, token.text, "filter");
    if (!value.ok()) return FilterError(token.at, value.error().message + Hint());
    if (model::IsNull(*value)) {
      return FilterError(token.at, "write null for an empty " + field_.name);
    }
    return value;
  }

  std::string Hint() const {
    if (field_.type == FieldType::kRelation && path_.steps.size() < filter_relations_max) {
      const std::string_view name = field_.name;
      const std::string relation(name.ends_with("_id") ? name.substr(0, name.size() - 3) : name);
      return "; to ask for a field of what it points to, write " + relation + ".name = \"...\"";
    }
    if (field_.type == FieldType::kDate) return ", or a word such as today or this_month";
    return {};
  }

  const FieldPath& path_;
  const model::Field& field_;
  const Abilities can_;
  const FilterToken& comparator_;
  const FilterScope& scope_;
};

}  // namespace

Result<Condition> BindTerm(const FieldPath& path, const FilterToken& comparator,
                           const FilterArguments& arguments, const FilterScope& scope) {
  return Binder(path, comparator, scope).Run(arguments);
}

}  // namespace boathouse::crm
