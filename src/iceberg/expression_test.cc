#include "iceberg/expression.h"

#include <doctest/doctest.h>

namespace boathouse::iceberg {
namespace {

// A file of ten rows: n is 10 ... 20 in all of them; name "b" ... "d" in eight, then null; gone is null in
// all; long has no bounds; the rest has one value.
struct Fixture {
  tables::Schema schema;
  tables::File file;

  Fixture() {
    schema.columns = {
        {"n", 1, model::FieldType::kInteger, ""},    {"name", 2, model::FieldType::kText, ""},
        {"gone", 3, model::FieldType::kText, ""},    {"long", 4, model::FieldType::kLongText, ""},
        {"amount", 5, model::FieldType::kMoney, ""}, {"day", 6, model::FieldType::kDate, ""},
        {"at", 7, model::FieldType::kDateTime, ""},  {"yes", 8, model::FieldType::kBoolean, ""}};
    file.rows = 10;
    file.stats = {{0, int64_t{10}, int64_t{20}},
                  {2, std::string("b"), std::string("d")},
                  {10, std::nullopt, std::nullopt},
                  {0, std::nullopt, std::nullopt},
                  {0, Decimal{15'000}, Decimal{15'000}},
                  {0, model::Date{100}, model::Date{100}},
                  {0, model::DateTime{5'000'000}, model::DateTime{5'000'000}},
                  {0, true, true}};
  }

  Expression::Residual Of(const std::string& text, bool case_sensitive = true) const {
    const auto json = Json::Parse(text);
    REQUIRE_MESSAGE(json.ok(), text);
    const auto expression = Expression::Parse(*json, schema, case_sensitive, "/filter");
    REQUIRE_MESSAGE(expression.ok(), (expression.ok() ? "" : expression.error().fields[0].detail));
    return expression->For(file, schema);
  }
  // 'n', 's' or 'a' for none, some and all rows.
  char Judge(const std::string& text) const { return "nsa"[static_cast<int>(Of(text).outcome)]; }
  char Compare(const std::string& type, const std::string& term, const std::string& value) const {
    const std::string leaf =
        R"({"type":")" + type + R"(","term":")" + term + R"(","value":)" + value + "}";
    const char plain = Judge(leaf);
    // `not` never turns a "some" into certainty, and turns certainty round only where no null stands.
    const char negated = Judge(R"({"type":"not","child":)" + leaf + "}");
    CHECK_MESSAGE(!(plain == 'a' && negated != 'n'), leaf);
    CHECK_MESSAGE(!(negated == 'a' && plain != 'n'), leaf);
    return plain;
  }
  std::string Wrong(const std::string& text) const {
    const auto expression = Expression::Parse(*Json::Parse(text), schema, true, "/filter");
    REQUIRE_FALSE(expression.ok());
    CHECK(expression.error().kind == ErrorKind::kInvalid);
    return expression.error().fields.at(0).field;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "comparisons are judged by the bounds") {
  CHECK(Compare("lt", "n", "10") == 'n');
  CHECK(Compare("lt", "n", "11") == 's');
  CHECK(Compare("lt", "n", "21") == 'a');
  CHECK(Compare("lt-eq", "n", "9") == 'n');
  CHECK(Compare("lt-eq", "n", "10") == 's');
  CHECK(Compare("lt-eq", "n", "20") == 'a');
  CHECK(Compare("gt", "n", "20") == 'n');
  CHECK(Compare("gt", "n", "9") == 'a');
  CHECK(Compare("gt-eq", "n", "21") == 'n');
  CHECK(Compare("gt-eq", "n", "10") == 'a');
  CHECK(Compare("eq", "n", "9") == 'n');
  CHECK(Compare("eq", "n", "15") == 's');
  CHECK(Compare("not-eq", "n", "9") == 'a');
  CHECK(Compare("not-eq", "n", "15") == 's');
  CHECK(Compare("eq", "amount", R"("1.5000")") == 'a');
  CHECK(Compare("eq", "amount", "1.5") == 'a');
  CHECK(Compare("gt", "amount", R"("1.50005")") ==
        's');  // no value of the column: the client decides
  CHECK(Compare("eq", "day", R"("1970-04-11")") == 'a');
  CHECK(Compare("lt", "day", "100") == 'n');
  CHECK(Compare("eq", "at", R"("1970-01-01T02:00:05+02:00")") == 'a');
  CHECK(Compare("eq", "yes", "true") == 'a');
  CHECK(Compare("eq", "yes", "false") == 'n');
  CHECK(Compare("eq", "long", R"("x")") == 's');
}

TEST_CASE_FIXTURE(Fixture, "nulls match no comparison, so a column with nulls is never all") {
  CHECK(Compare("gt-eq", "name", R"("a")") == 's');
  CHECK(Compare("eq", "name", R"("x")") == 'n');
  CHECK(Compare("not-eq", "name", R"("x")") == 's');
  CHECK(Compare("eq", "gone", R"("x")") == 'n');
  CHECK(Compare("not-eq", "gone", R"("x")") == 's');
  CHECK(Judge(R"({"type":"not","child":{"type":"eq","term":"gone","value":"x"}})") == 's');
  CHECK(Judge(R"({"type":"is-null","term":"gone"})") == 'a');
  CHECK(Judge(R"({"type":"not-null","term":"gone"})") == 'n');
  CHECK(Judge(R"({"type":"is-null","term":"n"})") == 'n');
  CHECK(Judge(R"({"type":"is-null","term":"name"})") == 's');
  CHECK(Judge(R"({"type":"not","child":{"type":"is-null","term":"n"}})") == 'a');
  CHECK(Judge(R"({"type":"is-nan","term":"n"})") == 's');
}

TEST_CASE_FIXTURE(Fixture, "prefixes and sets are judged by the bounds") {
  CHECK(Compare("starts-with", "name", R"("a")") == 'n');
  CHECK(Compare("starts-with", "name", R"("b")") == 's');
  CHECK(Compare("starts-with", "name", R"("d")") == 's');
  CHECK(Compare("starts-with", "name", R"("da")") == 'n');
  CHECK(Compare("starts-with", "name", R"("bb")") == 's');
  CHECK(Compare("starts-with", "name", R"("e")") == 'n');
  CHECK(Compare("not-starts-with", "name", R"("e")") == 's');
  CHECK(Judge(R"({"type":"in","term":"n","values":[1,2,21]})") == 'n');
  CHECK(Judge(R"({"type":"in","term":"n","values":[1,12]})") == 's');
  CHECK(Judge(R"({"type":"not-in","term":"n","values":[1,2]})") == 'a');
  CHECK(Judge(R"({"type":"in","term":"yes","values":[false,true]})") == 'a');
  CHECK(Judge(R"({"type":"not-in","term":"yes","values":[false,true]})") == 'n');
  CHECK(Judge(R"({"type":"in","term":"n","values":[]})") == 'n');
}

TEST_CASE_FIXTURE(Fixture, "a residual is what is left to check") {
  const std::string low = R"({"type":"gt-eq","term":"n","value":10})";  // all
  const std::string open = R"({"type":"eq","term":"n","value":15})";    // some
  const std::string never = R"({"type":"eq","term":"n","value":1})";    // none
  const auto joined = [](const std::string& type, const std::string& a, const std::string& b) {
    return R"({"type":")" + type + R"(","left":)" + a + R"(,"right":)" + b + "}";
  };
  CHECK(Of(joined("and", low, open)).filter.Dump() == open);
  CHECK(Of(joined("and", open, never)).outcome == Outcome::kNone);
  CHECK(Of(joined("or", low, open)).filter.Dump() == "true");
  CHECK(Of(joined("or", never, open)).filter.Dump() == open);
  CHECK(Of(joined("or", never, never)).filter.Dump() == "false");
  CHECK(Of(joined("and", open, open)).filter.Dump() == joined("and", open, open));
  const std::string negated = R"({"type":"not","child":)" + joined("and", low, open) + "}";
  CHECK(Of(negated).filter.Dump() == R"({"type":"not","child":)" + open + "}");
  CHECK(Of("true").filter.Dump() == "true");
  CHECK(Of(R"({"type":"false"})").outcome == Outcome::kNone);
}

TEST_CASE_FIXTURE(Fixture, "all spellings of fields and values are read") {
  CHECK(Judge(R"({"type":"lt","left":{"type":"reference","name":"n"},)"
              R"("right":{"type":"literal","value":10,"data-type":"long"}})") == 'n');
  CHECK(Judge(R"({"type":"lt","left":{"type":"reference","id":1},"right":10})") == 'n');
  CHECK(Judge(R"({"type":"is-null","child":{"type":"reference","name":"n"}})") == 'n');
  CHECK(Judge(R"({"type":"in","child":{"type":"reference","name":"n"},)"
              R"("values":{"type":"literals","values":[1],"data-type":"long"}})") == 'n');
  CHECK(
      Judge(
          R"({"type":"eq","term":{"type":"transform","transform":"identity","term":"n"},"value":1})") ==
      'n');
  CHECK(
      Judge(
          R"({"type":"eq","term":{"type":"transform","transform":"bucket[4]","term":"n"},"value":1})") ==
      's');
  CHECK(Judge(R"({"type":"eq","left":{"type":"apply","function":"f","arguments":[]},"right":1})") ==
        's');
  CHECK(
      Judge(
          R"({"type":"eq","left":{"type":"reference","name":"n"},"right":{"type":"reference","id":2}})") ==
      's');
  CHECK(Of(R"({"type":"lt","term":"N","value":10})", false).outcome == Outcome::kNone);
}

TEST_CASE_FIXTURE(Fixture, "what is wrong with a filter is named by its place") {
  CHECK(Wrong("7") == "/filter");
  CHECK(Wrong(R"({"type":"between"})") == "/filter/type");
  CHECK(Wrong(R"({"type":"and","left":true})") == "/filter/right");
  CHECK(Wrong(R"({"type":"not","child":{"type":"eq","term":"N","value":1}})") ==
        "/filter/child/term");
  CHECK(Wrong(R"({"type":"eq","term":"n","value":"ten"})") == "/filter/value");
  CHECK(Wrong(R"({"type":"eq","term":"n"})") == "/filter/right");
  CHECK(Wrong(R"({"type":"eq","term":"name","value":7})") == "/filter/value");
  CHECK(Wrong(R"({"type":"eq","term":"day","value":"soon"})") == "/filter/value");
  CHECK(Wrong(R"({"type":"eq","term":"at","value":"soon"})") == "/filter/value");
  CHECK(Wrong(R"({"type":"eq","term":"yes","value":1})") == "/filter/value");
  CHECK(Wrong(R"({"type":"eq","term":"n","value":null})") == "/filter/value");
  CHECK(Wrong(R"({"type":"in","term":"n","values":3})") == "/filter/values");
  CHECK(Wrong(R"({"type":"in","term":"n","values":[1,"b"]})") == "/filter/values/1");
  CHECK(Wrong(R"({"type":"is-null","term":{"type":"reference","id":99}})") == "/filter/term/id");
  CHECK(Wrong(R"({"type":"is-null","term":{"type":"else"}})") == "/filter/term");
}

}  // namespace boathouse::iceberg
