#include "tables/row_removal.h"

#include <algorithm>
#include <random>

#include "tables/rows.h"
#include "tables/table_fixture.h"

namespace boathouse::tables {
namespace {

// Rows of every kind of value: nulls in every part, texts that repeat and texts that do not.
struct Sample {
  model::Object object;
  Schema schema;
  ManualClock clock{1'764'000'000'000'000};
  IdSource ids{clock, 3};
  Rows rows;

  explicit Sample(int count) {
    object.fields = model::SystemFields();
    const std::pair<const char*, model::FieldType> more[] = {
        {"unique", model::FieldType::kText}, {"repeating", model::FieldType::kSelect},
        {"money", model::FieldType::kMoney}, {"flag", model::FieldType::kBoolean},
        {"day", model::FieldType::kDate},    {"whole", model::FieldType::kInteger},
        {"never", model::FieldType::kText},  {"long", model::FieldType::kLongText},
        {"one", model::FieldType::kText},    {"at", model::FieldType::kDateTime}};
    int32_t column_id = 100;
    for (const auto& [name, type] : more) {
      model::Field field;
      field.name = name;
      field.type = type;
      field.column_id = column_id++;
      object.fields.push_back(field);
    }
    for (const model::Field& field : object.fields) {
      schema.columns.push_back({field.name, field.column_id, field.type, ""});
    }
    RowBuilder builder(object, schema);
    for (int i = 0; i < count; ++i) {
      model::Record record;
      record.values.resize(object.fields.size());
      const auto set = [&](const char* name, model::Value value) {
        record.Set(*object.IndexOf(name), std::move(value));
      };
      record.Set(model::kFieldId, ids.Next());
      set("version", int64_t{1});
      if (i % 3 != 0) set("unique", "text " + std::to_string(i * 7919));
      if (i % 10 != 7) set("repeating", std::string(i % 4 == 0 ? "prospect" : "customer"));
      set("money", Decimal{(i % 2 == 0 ? 1 : -1) * static_cast<int64_t>(i) * 1'000'003});
      if (i % 5 < 4) set("flag", i % 7 < 3);
      set("day", model::Date{i - 400});
      if (i > 100) set("whole", static_cast<int64_t>(i / 9));
      if (i % 2 == 0) set("long", std::string(static_cast<size_t>(80 + i % 50), 'x'));
      set("one", std::string("always the same"));
      set("at", model::DateTime{1'764'000'000'000'000 - i});
      REQUIRE(builder.Add(record).ok());
    }
    auto finished = builder.Finish();
    REQUIRE(finished.ok());
    rows = *finished;
  }
};

struct Whole {
  std::vector<TextRow> rows;
  std::vector<ColumnStats> stats;
};

// A group as the file that it makes.
Whole Read(const EncodedGroup& group, const Schema& schema) {
  const auto plan = PlanFile(schema, {{group.metadata, &schema, group.bytes.size()}});
  REQUIRE(plan.ok());
  CHECK(plan->rows == group.rows);
  return {ReadParquetRows(AssembleFile(*plan, {group.bytes})), plan->stats};
}

void CheckRemoval(const Sample& sample, const EncodedGroup& encoded,
                  const std::vector<uint32_t>& dead) {
  const auto removed = RemoveRows(encoded, dead);
  REQUIRE_MESSAGE(removed.ok(), (removed.ok() ? "" : removed.error().message));
  REQUIRE(removed->has_value());
  const auto anew = EncodeGroup(sample.rows.Without(dead));
  REQUIRE(anew.ok());
  const Whole expected = Read(*anew, sample.schema);
  const Whole got = Read(**removed, sample.schema);
  REQUIRE(got.rows == expected.rows);
  for (size_t i = 0; i < sample.schema.columns.size(); ++i) {
    CAPTURE(sample.schema.columns[i].name);
    CHECK(got.stats[i].null_count == expected.stats[i].null_count);
    CHECK(got.stats[i].minimum == expected.stats[i].minimum);
    CHECK(got.stats[i].maximum == expected.stats[i].maximum);
  }
}

TEST_CASE(
    "rows are cut out of a group as if it had been encoded without them, statistics and all") {
  const Sample sample(3'000);
  const auto encoded = EncodeGroup(sample.rows);
  REQUIRE(encoded.ok());
  CheckRemoval(sample, *encoded, {0});
  CheckRemoval(sample, *encoded, {2'999});
  CheckRemoval(sample, *encoded, {0, 1, 2, 2'998, 2'999});
  std::vector<uint32_t> all_but_one;
  for (uint32_t i = 1; i < 3'000; ++i) all_but_one.push_back(i);
  CheckRemoval(sample, *encoded, all_but_one);
  std::mt19937 random(7);
  for (const unsigned share : {2u, 3u, 50u, 1000u}) {
    std::vector<uint32_t> dead;
    for (uint32_t i = 0; i < 3'000; ++i) {
      if (random() % share == 0) dead.push_back(i);
    }
    CheckRemoval(sample, *encoded, dead);
  }
}

TEST_CASE("rows are cut out of what rows were cut out of, again and again") {
  const Sample sample(200);
  auto encoded = EncodeGroup(sample.rows);
  REQUIRE(encoded.ok());
  EncodedGroup group = *encoded;
  std::vector<TextRow> expected = Read(group, sample.schema).rows;
  std::mt19937 random(11);
  while (expected.size() > 1) {
    const auto at = static_cast<uint32_t>(random() % expected.size());
    auto removed = RemoveRows(group, {at});
    REQUIRE(removed.ok());
    REQUIRE(removed->has_value());
    group = **removed;
    expected.erase(expected.begin() + at);
    REQUIRE(Read(group, sample.schema).rows == expected);
  }
}

TEST_CASE("a damaged group is an error or its rows, never a crash") {
  const Sample sample(300);
  const auto encoded = EncodeGroup(sample.rows);
  REQUIRE(encoded.ok());
  std::mt19937 random(3);
  for (int i = 0; i < 400; ++i) {
    EncodedGroup damaged = *encoded;
    std::string& part = i % 2 == 0 ? damaged.bytes : damaged.metadata;
    part[random() % part.size()] ^= static_cast<char>(1 << random() % 8);
    const auto removed = RemoveRows(damaged, {5, 17});
    if (!removed.ok()) CHECK(removed.error().kind == ErrorKind::kCorrupt);
  }
}

}  // namespace
}  // namespace boathouse::tables
