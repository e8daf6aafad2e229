// What clients state of the rows they want, as predicates of a selection.
#include "surfaces/delta_sharing/predicate_hints.h"

#include <doctest/doctest.h>

#include <string>

namespace boathouse::delta_sharing {
namespace {

using tables::Predicate;

// A predicate as one line, "?" where it is unknown.
std::string Text(const Predicate& predicate) {
  const auto list = [&](const char* between) {
    std::string text = "(";
    for (const Predicate& child : predicate.children) {
      if (text.size() > 1) text += between;
      text += Text(child);
    }
    return text + ")";
  };
  static const char* const signs[] = {"=", "!=", "<", "<=", ">", ">="};
  switch (predicate.kind) {
    case Predicate::Kind::kUnknown:
      return "?";
    case Predicate::Kind::kTrue:
      return "true";
    case Predicate::Kind::kFalse:
      return "false";
    case Predicate::Kind::kAnd:
      return list(" and ");
    case Predicate::Kind::kOr:
      return list(" or ");
    case Predicate::Kind::kNot:
      return "not " + Text(predicate.children.front());
    case Predicate::Kind::kIsNull:
      return predicate.column + " is null";
    case Predicate::Kind::kCompare:
      return predicate.column + signs[static_cast<size_t>(predicate.compare)] +
             std::get<std::string>(predicate.literals.front());
    case Predicate::Kind::kIn:
    case Predicate::Kind::kStartsWith:
      return "in";
  }
  return "";
}

std::string Read(const std::string& json) { return Text(ParsePredicateHints(json)); }

std::string Column(const std::string& name, const std::string& type = "string") {
  return R"({"op":"column","name":")" + name + R"(","valueType":")" + type + R"("})";
}
std::string Literal(const std::string& value, const std::string& type = "string") {
  return R"({"op":"literal","value":)" + value + R"(,"valueType":")" + type + R"("})";
}
std::string Node(const std::string& op, const std::string& a, const std::string& b = "") {
  return R"({"op":")" + op + R"(","children":[)" + a + (b.empty() ? "" : "," + b) + "]}";
}

TEST_CASE("each comparison is read, whichever side the column stands on") {
  const std::string a = Column("a"), x = Literal(R"("x")");
  CHECK(Read(Node("equal", a, x)) == "a=x");
  CHECK(Read(Node("lessThan", a, x)) == "a<x");
  CHECK(Read(Node("lessThanOrEqual", a, x)) == "a<=x");
  CHECK(Read(Node("greaterThan", a, x)) == "a>x");
  CHECK(Read(Node("greaterThanOrEqual", a, x)) == "a>=x");
  CHECK(Read(Node("equal", x, a)) == "a=x");
  CHECK(Read(Node("lessThan", x, a)) == "a>x");
  CHECK(Read(Node("greaterThanOrEqual", x, a)) == "a<=x");
  CHECK(Read(Node("isNull", a)) == "a is null");
  CHECK(Read(Node("not", Node("isNull", a))) == "not a is null");
  CHECK(
      Read(Node("and", Node("isNull", a), Node("or", Node("equal", a, x), Column("b", "bool")))) ==
      "(a is null and (a=x or b=true))");
}

TEST_CASE("literals of each type keep their spelling") {
  const auto equal = [](const char* value, const char* type) {
    return Read(Node("equal", Column("a", type), Literal(value, type)));
  };
  CHECK(equal(R"("7")", "int") == "a=7");
  CHECK(equal("7", "long") == "a=7");
  CHECK(equal(R"("2026-11-24")", "date") == "a=2026-11-24");
  CHECK(equal(R"("2026-11-24T10:00:00Z")", "timestamp") == "a=2026-11-24T10:00:00Z");
  CHECK(equal(R"("TRUE")", "bool") == "a=true");
  CHECK(equal("false", "bool") == "a=false");
  CHECK(equal(R"("0.1")", "double") == "a=0.1");
  CHECK(equal(R"("-12345678901.25")", "float") == "a=-12345678901.25");
  // Compared as rounded numbers by those who ask: an exact comparison could leave out rows.
  CHECK(equal(R"("0.1234567890123456")", "double") == "?");
  CHECK(equal(R"("123456789012")", "double") == "?");
  CHECK(equal(R"("1e3")", "double") == "?");
  CHECK(equal(R"("NaN")", "double") == "?");
  CHECK(equal("null", "string") == "?");
}

TEST_CASE("what is not understood may be anything, and nothing is an error") {
  CHECK(Read("") == "true");
  CHECK(Read("  ") == "true");
  CHECK(Read(Literal(R"("true")", "bool")) == "true");
  CHECK(Read(Literal(R"("false")", "bool")) == "false");
  for (const char* junk :
       {"not json", "[]", "7", "\"text\"", "null", "{}", R"({"op":7})", R"({"op":"and"})",
        R"({"op":"and","children":[]})", R"({"op":"equal","children":[]})",
        R"({"op":"equal","children":[{"op":"column"},{"op":"literal"}]})",
        R"({"op":"isNull","children":[7]})", R"({"op":"column","name":7})",
        R"({"op":"literal","value":"maybe","valueType":"bool"})",
        R"({"op":"unsupported","children":[{"op":"column","name":"a"}]})"}) {
    CHECK_MESSAGE(Read(junk) == "?", junk);
  }
  CHECK(Read(Node("not", R"({"op":"rlike"})")) == "not ?");
  CHECK(Read(Node("and", R"({"op":"rlike"})", Node("isNull", Column("a")))) == "(? and a is null)");
  // As deep as a parser would follow, and longer than anybody means.
  std::string deep = Node("isNull", Column("a"));
  for (int i = 0; i < 5000; ++i) deep = Node("not", deep);
  CHECK(Read(deep) == "?");
  CHECK(Read(Node("equal", Column("a"), Literal('"' + std::string(300'000, 'x') + '"'))) == "?");
}

}  // namespace
}  // namespace boathouse::delta_sharing
