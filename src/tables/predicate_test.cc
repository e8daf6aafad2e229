#include "tables/predicate.h"

#include <doctest/doctest.h>

namespace boathouse::tables {
namespace {

using Compare = Predicate::Compare;
using FieldType = model::FieldType;

struct PredicateFixture {
  Schema schema;
  PredicateFixture() {
    const std::pair<const char*, FieldType> columns[] = {
        {"id", FieldType::kId},         {"Name", FieldType::kText},
        {"count", FieldType::kInteger}, {"money", FieldType::kMoney},
        {"flag", FieldType::kBoolean},  {"day", FieldType::kDate},
        {"time", FieldType::kDateTime}};
    int32_t id = 1;
    for (const auto& [name, type] : columns) schema.columns.push_back({name, id++, type, ""});
  }
  // Of one column's value.
  Outcomes Of(const Predicate& predicate, int64_t number, bool is_null = false) const {
    const BoundPredicate bound(predicate, schema);
    auto values = std::make_shared<ColumnValues>();
    values->is_null = {is_null};
    values->numbers = {is_null ? 0 : number};
    return bound.Of({values}, 1)[0];
  }
  Outcomes OfText(const Predicate& predicate, std::string_view text) const {
    const BoundPredicate bound(predicate, schema);
    auto values = std::make_shared<ColumnValues>();
    values->is_null = {false};
    values->texts = {text};
    return bound.Of({values}, 1)[0];
  }
  // Of a group whose column has these bounds.
  Outcomes OfBounds(const Predicate& predicate, size_t column, const model::Value& low,
                    const model::Value& high, int64_t nulls = 0) const {
    std::vector<ColumnStats> stats(schema.columns.size());
    stats[column] = {nulls, low, high};
    return BoundPredicate(predicate, schema).Of(stats, 10);
  }
};

TEST_CASE("literals are read as their column's type, in every spelling") {
  const PredicateFixture f;
  const auto equal = [](const char* column, model::Value literal) {
    return Predicate::Where(column, Compare::kEqual, std::move(literal));
  };
  CHECK(f.Of(equal("count", "42"), 42) == outcome_true);
  CHECK(f.Of(equal("count", "9223372036854775807"), INT64_MAX) == outcome_true);
  CHECK(f.Of(equal("count", "42.0"), 42) == outcome_true);
  CHECK(f.Of(equal("count", Decimal{420'000}), 42) == outcome_true);
  CHECK(f.Of(equal("money", "12.5"), 125'000) == outcome_true);
  CHECK(f.Of(equal("money", int64_t{12}), 120'000) == outcome_true);
  CHECK(f.Of(equal("money", Decimal{7}), 7) == outcome_true);
  CHECK(f.Of(equal("flag", "TRUE"), 1) == outcome_true);
  CHECK(f.Of(equal("flag", false), 1) == outcome_false);
  CHECK(f.Of(equal("day", "1970-01-03"), 2) == outcome_true);
  CHECK(f.Of(equal("day", model::Date{2}), 2) == outcome_true);
  constexpr int64_t moment = 3'600'000'000;
  for (const char* text :
       {"1970-01-01T01:00:00Z", "1970-01-01 01:00:00", "1970-01-01T02:00:00+01:00",
        "1970-01-01 01:00:00.000", "1970-01-01T01:00:00.000000000Z"}) {
    CAPTURE(text);
    CHECK(f.Of(equal("time", text), moment) == outcome_true);
  }
  CHECK(f.Of(equal("time", "1970-01-02"), 24 * moment) == outcome_true);
  CHECK(f.Of(equal("time", model::Date{1}), 24 * moment) == outcome_true);
  CHECK(f.Of(equal("time", model::DateTime{5}), 5) == outcome_true);
  CHECK(f.OfText(equal("name", "x"), "x") == outcome_true);  // whatever the case of the name
  Id id;
  id.bytes[3] = 9;
  CHECK(f.OfText(equal("id", id), id.ToString()) == outcome_true);
}

TEST_CASE("what cannot be told is unknown") {
  const PredicateFixture f;
  const auto unknown = [&](const Predicate& predicate) {
    const BoundPredicate bound(predicate, f.schema);
    CHECK(!bound.exact());
    CHECK(bound.columns().empty());
    CHECK(bound.Of(std::vector<ColumnValuesPtr>(), 2) == std::vector<Outcomes>(2, outcome_any));
  };
  const auto equal = [](const char* column, model::Value literal) {
    return Predicate::Where(column, Compare::kEqual, std::move(literal));
  };
  unknown(equal("other", "1"));
  unknown(equal("count", "many"));
  unknown(equal("count", "1.5"));
  unknown(equal("money", "0.00001"));
  unknown(equal("money", INT64_MAX));
  unknown(equal("money", true));
  unknown(equal("flag", "yes"));
  unknown(equal("flag", int64_t{1}));
  unknown(equal("day", "1970-02-30"));
  unknown(equal("time", "1970-01-01 01:00:00.0000001"));
  unknown(equal("time", "soon"));
  unknown(equal("Name", int64_t{1}));
  unknown(Predicate::StartsWith("count", "1"));
  unknown(Predicate::In("count", {int64_t{1}, "x"}));
  unknown(Predicate::Not(Predicate::Unknown()));
  Predicate no_child = Predicate::Not(Predicate::True());
  no_child.children.clear();
  unknown(no_child);
  Predicate no_literal = equal("count", "1");
  no_literal.literals.clear();
  unknown(no_literal);
}

TEST_CASE("trees beyond the limits are unknown, not a crash") {
  const PredicateFixture f;
  Predicate deep = Predicate::True();
  for (size_t i = 0; i < 100'000; ++i) {
    Predicate parent = Predicate::Not({});
    parent.children[0] = std::move(deep);
    deep = std::move(parent);
    if (i == 5000) break;  // destroying a tree takes stack too
  }
  CHECK(!BoundPredicate(deep, f.schema).exact());
  Predicate wide = Predicate::And({});
  for (size_t i = 0; i < predicate_nodes_max + 5; ++i) wide.children.push_back(Predicate::False());
  const BoundPredicate bound(wide, f.schema);
  CHECK(!bound.exact());
  CHECK(bound.Of(std::vector<ColumnValuesPtr>(), 1)[0] == outcome_false);
}

TEST_CASE("comparisons with null are null, and null is in no list") {
  const PredicateFixture f;
  const Predicate less = Predicate::Where("count", Compare::kLess, int64_t{5});
  CHECK(f.Of(less, 0, true) == outcome_null);
  CHECK(f.Of(Predicate::Not(less), 0, true) == outcome_null);
  CHECK(f.Of(Predicate::Where("count", Compare::kEqual, model::Value{}), 5) == outcome_null);
  CHECK(f.Of(Predicate::IsNull("count"), 0, true) == outcome_true);
  CHECK(f.Of(Predicate::IsNull("count"), 0) == outcome_false);
  const Predicate in = Predicate::In("count", {int64_t{7}, model::Value{}, int64_t{3}});
  CHECK(f.Of(in, 3) == outcome_true);
  CHECK(f.Of(in, 4) == outcome_null);
  CHECK(f.Of(in, 0, true) == outcome_null);
  CHECK(f.Of(Predicate::In("count", {}), 4) == outcome_false);
  const Predicate either = Predicate::Or({less, Predicate::True()});
  CHECK(f.Of(either, 0, true) == outcome_true);
  CHECK(f.Of(Predicate::And({less, Predicate::False()}), 0, true) == outcome_false);
  CHECK(f.Of(Predicate::And({less, Predicate::Unknown()}), 3) == outcome_any);
  CHECK(f.Of(Predicate::And({less, Predicate::Unknown()}), 9) == outcome_false);
}

TEST_CASE("bounds tell groups that cannot match, and groups that match as a whole") {
  const PredicateFixture f;
  const auto of = [&](Compare compare, int64_t literal, int64_t nulls = 0) {
    return f.OfBounds(Predicate::Where("count", compare, literal), 2, int64_t{10}, int64_t{20},
                      nulls);
  };
  constexpr Outcomes both = outcome_true | outcome_false;
  CHECK(of(Compare::kEqual, 9) == outcome_false);
  CHECK(of(Compare::kEqual, 15) == both);
  CHECK(of(Compare::kNotEqual, 21) == outcome_true);
  CHECK(of(Compare::kLess, 10) == outcome_false);
  CHECK(of(Compare::kLess, 21) == outcome_true);
  CHECK(of(Compare::kLessOrEqual, 9) == outcome_false);
  CHECK(of(Compare::kLessOrEqual, 20) == outcome_true);
  CHECK(of(Compare::kGreater, 20) == outcome_false);
  CHECK(of(Compare::kGreater, 9) == outcome_true);
  CHECK(of(Compare::kGreaterOrEqual, 21) == outcome_false);
  CHECK(of(Compare::kGreaterOrEqual, 10) == outcome_true);
  CHECK(of(Compare::kGreaterOrEqual, 10, 3) == (outcome_true | outcome_null));
  CHECK(of(Compare::kGreaterOrEqual, 10, 10) == outcome_null);
  const auto is_null = [&](int64_t nulls) {
    return f.OfBounds(Predicate::IsNull("count"), 2, int64_t{1}, int64_t{2}, nulls);
  };
  CHECK(is_null(0) == outcome_false);
  CHECK(is_null(10) == outcome_true);
  CHECK(is_null(1) == both);
  CHECK(f.OfBounds(Predicate::In("count", {int64_t{1}, int64_t{2}}), 2, int64_t{3}, int64_t{4}) ==
        outcome_false);
  CHECK(f.OfBounds(Predicate::In("count", {int64_t{3}}), 2, int64_t{3}, int64_t{3}) ==
        outcome_true);
  const auto starts = [&](const char* prefix, const char* low, const char* high) {
    return f.OfBounds(Predicate::StartsWith("Name", prefix), 1, std::string(low),
                      std::string(high));
  };
  CHECK(starts("Ab", "Abc", "Abz") == outcome_true);
  CHECK(starts("Ab", "Aa", "Ac") == both);
  CHECK(starts("Ab", "Ac", "Az") == outcome_false);
  CHECK(starts("Ab", "A", "Aa") == outcome_false);
  CHECK(starts("Abc", "Ab", "Abd") == both);
  // Without bounds nothing is ruled out.
  std::vector<ColumnStats> none(f.schema.columns.size());
  CHECK(BoundPredicate(Predicate::Where("count", Compare::kEqual, int64_t{1}), f.schema)
            .Of(none, 10) == outcome_any);
}

TEST_CASE("keys of predicates tell them apart") {
  const PredicateFixture f;
  const auto key = [&](const Predicate& predicate) {
    return BoundPredicate(predicate, f.schema).Key();
  };
  const Predicate a = Predicate::Where("count", Compare::kEqual, int64_t{1});
  CHECK(key(a) == key(Predicate::Where("count", Compare::kEqual, "1")));
  CHECK(key(a) != key(Predicate::Where("count", Compare::kLess, int64_t{1})));
  CHECK(key(a) != key(Predicate::Not(a)));
  CHECK(key(Predicate::And({a, a})) != key(Predicate::Or({a, a})));
  CHECK(key(Predicate::In("Name", {"a,1:b"})) != key(Predicate::In("Name", {"a", "b"})));
  CHECK(key(Predicate::In("count", {int64_t{1}})) !=
        key(Predicate::In("count", {int64_t{1}, model::Value{}})));
}

}  // namespace
}  // namespace boathouse::tables
