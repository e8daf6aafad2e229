#include "crm/filter.h"

#include <algorithm>

#include "base/bytes.h"
#include "crm/crm.h"
#include "crm/filter_lexer.h"
#include "crm/filter_terms.h"

namespace boathouse::crm {
namespace {

using store::Condition;
using Kind = FilterToken::Kind;

class Parser {
 public:
  Parser(const model::Model& model, const model::Object& object, std::string_view text,
         const FilterScope& scope)
      : model_(model), object_(object), scope_(scope), lexer_(text) {}

  Result<Condition> Run() {
    TRY(Advance());
    if (token_.kind == Kind::kEnd) return Condition{};  // an empty AND: everything
    ASSIGN(Condition condition, Expression(0));
    if (token_.kind != Kind::kEnd) return Unexpected("AND, OR or the end");
    return condition;
  }

 private:
  Status Advance(bool in_argument = false) {
    ASSIGN(token_, lexer_.Next(in_argument));
    return Status::Ok();
  }
  bool StartsTerm() const {
    return token_.kind == Kind::kWord
               ? !token_.IsWord("AND") && !token_.IsWord("OR")
               : token_.kind == Kind::kString || token_.kind == Kind::kOpen ||
                     token_.kind == Kind::kMinus;
  }
  Error Unexpected(const std::string& expected) const {
    return FilterError(token_.at, "expected " + expected + ", found \"" + token_.Shown() + "\"");
  }
  Status CountTerm() {
    if (++terms_ <= filter_terms_max) return Status::Ok();
    return FilterError(token_.at,
                       "a filter may have at most " + std::to_string(filter_terms_max) + " terms");
  }

  // A list of one stands for itself.
  static Condition List(Condition::Kind kind, std::vector<Condition> children) {
    if (children.size() == 1) return std::move(children[0]);
    return kind == Condition::Kind::kOr ? Condition::Any(std::move(children))
                                        : Condition::All(std::move(children));
  }

  Result<Condition> Expression(size_t depth) {
    if (depth > filter_depth_max) {
      return FilterError(
          token_.at, "parentheses may stand at most " + std::to_string(filter_depth_max) + " deep");
    }
    std::vector<Condition> parts;
    do {
      if (!parts.empty() && token_.IsWord("AND")) TRY(Advance());
      ASSIGN(Condition factor, Factor(depth));
      parts.push_back(std::move(factor));
    } while (token_.IsWord("AND") || StartsTerm());
    return List(Condition::Kind::kAnd, std::move(parts));
  }

  Result<Condition> Factor(size_t depth) {
    std::vector<Condition> parts;
    for (;;) {
      ASSIGN(Condition term, Term(depth));
      parts.push_back(std::move(term));
      if (!token_.IsWord("OR")) break;
      TRY(Advance());
    }
    return List(Condition::Kind::kOr, std::move(parts));
  }

  Result<Condition> Term(size_t depth) {
    TRY(CountTerm());
    const bool negated = token_.IsWord("NOT") || token_.kind == Kind::kMinus;
    if (negated) TRY(Advance());
    if (token_.kind == Kind::kOpen) {
      TRY(Advance());
      ASSIGN(Condition inner, Expression(depth + 1));
      if (token_.kind != Kind::kClose) return Unexpected(")");
      TRY(Advance());
      return negated ? Condition::Not(std::move(inner)) : std::move(inner);
    }
    ASSIGN(Condition restriction, Restriction());
    return negated ? Condition::Not(std::move(restriction)) : std::move(restriction);
  }

  Result<Condition> Restriction() {
    const bool is_name = token_.kind == Kind::kWord || token_.kind == Kind::kString;
    if (!is_name || !StartsTerm() || token_.IsWord("NOT")) return Unexpected("a field name");
    const FilterToken name = token_;
    TRY(Advance());
    if (token_.kind != Kind::kComparator) {
      if (AsciiLower(token_.text) == "in" && lexer_.OpenIsNext()) {
        return FilterError(token_.at,
                           "write " + name.Shown() + " = (\"a\" OR \"b\") for one of several");
      }
      return AnyFieldContains(name);
    }
    const FilterToken comparator = token_;
    TRY(Advance(true));
    if (name.kind != Kind::kWord) {
      return FilterError(name.at, "expected a field name before " + comparator.text +
                                      "; field names stand without quotes");
    }
    ASSIGN(const FieldPath path,
           ReadFieldPath(model_, object_, name.text, scope_, "filter",
                         "filter, character " + std::to_string(name.at + 1) + ": "));
    ASSIGN(const FilterArguments arguments, Arguments(comparator));
    return BindTerm(path, comparator, arguments, scope_);
  }

  Result<Condition> AnyFieldContains(const FilterToken& word) {
    std::vector<Condition> parts;
    for (size_t i = 0; i < object_.fields.size(); ++i) {
      if (!object_.fields[i].searchable) continue;
      parts.push_back(Condition::Where(i, Condition::Compare::kContains, word.text));
      TRY(CountTerm());  // each is a term that a record is looked through for
    }
    return List(Condition::Kind::kOr, std::move(parts));
  }

  Result<FilterArguments> Arguments(const FilterToken& comparator) {
    FilterArguments arguments;
    if (token_.kind != Kind::kOpen) {
      ASSIGN(FilterArgument one, Argument("a value behind " + comparator.text));
      arguments.all.push_back(std::move(one));
      return arguments;
    }
    TRY(Advance(true));
    std::string joint;
    for (;;) {
      ASSIGN(FilterArgument one, Argument("a value"));
      arguments.all.push_back(std::move(one));
      TRY(CountTerm());
      if (token_.kind == Kind::kClose) break;
      if (!token_.IsWord("OR") && !token_.IsWord("AND")) return Unexpected("OR, AND or )");
      if (!joint.empty() && joint != token_.text) {
        return FilterError(token_.at, "values are joined either by OR or by AND");
      }
      joint = token_.text;
      TRY(Advance(true));
    }
    arguments.are_all_wanted = joint == "AND";
    TRY(Advance());
    return arguments;
  }

  Result<FilterArgument> Argument(const std::string& expected) {
    if (token_.kind != Kind::kWord && token_.kind != Kind::kString) return Unexpected(expected);
    FilterArgument argument{token_, false, std::nullopt};
    if (token_.kind == Kind::kWord && lexer_.TakeCall()) {
      argument.is_call = true;
      TRY(Advance(true));
      if (token_.kind == Kind::kWord) {
        argument.number = Json::NumberText(token_.text).AsInt();
        if (!argument.number) return Unexpected("a whole number of days");
        TRY(Advance());
      }
      if (token_.kind != Kind::kClose) return Unexpected(")");
    }
    TRY(Advance());
    return argument;
  }

  const model::Model& model_;
  const model::Object& object_;
  const FilterScope& scope_;
  FilterLexer lexer_;
  FilterToken token_;
  size_t terms_ = 0;
};

}  // namespace

Result<Condition> ParseFilter(const model::Model& model, const model::Object& object,
                              std::string_view text, const FilterScope& scope) {
  if (text.size() > filter_chars_max) {
    return Error::Field(
        "filter", "too_long",
        "filter may have at most " + std::to_string(filter_chars_max) + " characters");
  }
  if (!IsUtf8(text) || text.find('\0') != std::string_view::npos) {
    return Error::Field("filter", "wrong_format", "filter must be UTF-8 without NUL characters");
  }
  return Parser(model, object, text, scope).Run();
}

}  // namespace boathouse::crm
