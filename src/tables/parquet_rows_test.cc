#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/schema.h>

#include "tables/rows.h"
#include "tables/table_fixture.h"

namespace boathouse::tables {
namespace {

std::shared_ptr<arrow::io::BufferReader> Source(const std::string& file) {
  return std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(file));
}

template <typename Array>
const Array* As(const arrow::Array& array) {
  return dynamic_cast<const Array*>(&array);
}

std::string Cell(const arrow::Array& array, int64_t row) {
  if (const auto* text = As<arrow::StringArray>(array)) return text->GetString(row);
  if (const auto* whole = As<arrow::Int64Array>(array)) return std::to_string(whole->Value(row));
  if (const auto* flag = As<arrow::BooleanArray>(array)) return flag->Value(row) ? "true" : "false";
  if (const auto* day = As<arrow::Date32Array>(array)) return FormatDate(day->Value(row));
  if (const auto* time = As<arrow::TimestampArray>(array)) return FormatDateTime(time->Value(row));
  if (const auto* decimal = As<arrow::Decimal128Array>(array)) {
    return Decimal{static_cast<int64_t>(arrow::Decimal128(decimal->Value(row)))}.ToString();
  }
  FAIL("a column of type " << array.type()->ToString());
  return "";
}

}  // namespace

std::vector<TextRow> ReadParquetRows(const std::string& file) {
  std::vector<TextRow> rows;
  auto reader = parquet::arrow::OpenFile(Source(file), arrow::system_memory_pool());
  REQUIRE_MESSAGE(reader.ok(), reader.status().ToString());
  auto read = (*reader)->ReadTable();
  REQUIRE_MESSAGE(read.ok(), read.status().ToString());
  const auto table = (*read)->CombineChunks().ValueOrDie();
  for (int64_t row = 0; row < table->num_rows(); ++row) {
    TextRow& text = rows.emplace_back();
    for (int i = 0; i < table->num_columns(); ++i) {
      const arrow::Array& column = *table->column(i)->chunk(0);
      if (!column.IsNull(row)) text[table->field(i)->name()] = Cell(column, row);
    }
  }
  return rows;
}

void AddParquetRows(const std::string& file, TextRows* rows) {
  for (TextRow& row : ReadParquetRows(file)) {
    const std::string id = row["id"];
    REQUIRE_MESSAGE(rows->emplace(id, std::move(row)).second, "an id stands twice: " << id);
  }
}

std::string DescribeParquet(const std::string& file) {
  const auto reader = parquet::ParquetFileReader::Open(Source(file));
  CHECK(reader->metadata()->key_value_metadata() == nullptr);
  std::string out;
  const parquet::SchemaDescriptor& schema = *reader->metadata()->schema();
  for (int i = 0; i < schema.num_columns(); ++i) {
    const parquet::ColumnDescriptor& column = *schema.Column(i);
    out += column.name() + ": " + parquet::TypeToString(column.physical_type()) + " " +
           column.logical_type()->ToString() + " " +
           (column.schema_node()->is_optional() ? "optional" : "required") +
           " id=" + std::to_string(column.schema_node()->field_id()) + "\n";
  }
  return out;
}

// A thousand rows of every kind of value, encoded, and as text.
struct EncodedRows {
  model::Object object;
  Schema schema;
  ManualClock clock{1'764'000'000'000'000};
  IdSource ids{clock, 3};
  Rows rows;
  EncodedGroup encoded;
  GroupSource source;
  FilePlan plan;
  std::string file;
  TextRows expected;

  EncodedRows() {
    object.fields = model::SystemFields();
    const std::pair<const char*, model::FieldType> more[] = {
        {"text", model::FieldType::kText},     {"money", model::FieldType::kMoney},
        {"flag", model::FieldType::kBoolean},  {"day", model::FieldType::kDate},
        {"whole", model::FieldType::kInteger}, {"link", model::FieldType::kRelation}};
    int32_t next_column = 100;
    for (const auto& [name, type] : more) {
      model::Field field;
      field.name = name;
      field.type = type;
      field.column_id = next_column++;
      object.fields.push_back(field);
    }
    for (const model::Field& f : object.fields) {
      schema.columns.push_back({f.name, f.column_id, f.type, ""});
    }
    RowBuilder builder(object, schema);
    for (int i = 0; i < 1000; ++i) {
      const model::Record record = Make(i);
      REQUIRE(builder.Add(record).ok());
      expected[record.id().ToString()] = TableFixture::Text(object, record);
    }
    rows = *builder.Finish();
    CHECK(builder.size() == 0);
    encoded = *EncodeGroup(rows);
    CHECK(encoded.rows == 1000);
    source = {encoded.metadata, &schema, encoded.bytes.size()};
    plan = *PlanFile(schema, {source});
    file = AssembleFile(plan, {encoded.bytes});
  }

  model::Record Make(int i) {
    model::Record record;
    record.Set(model::kFieldId, ids.Next());
    record.Set(model::kFieldVersion, int64_t{1});
    record.Set(model::kFieldCreatedAt, model::DateTime{clock.Now() + i});
    if (i % 2 == 0) record.Set(6, std::string("Zoë №") + std::to_string(i));
    if (i % 3 == 0) record.Set(7, Decimal{i % 2 == 0 ? Decimal::units_max : -Decimal::units_max});
    if (i % 5 == 0) record.Set(8, i % 10 == 0);
    if (i % 7 == 0) record.Set(9, model::Date{-719'162 + i * 3000});
    record.Set(10, int64_t{INT64_MIN} + i);
    if (i % 4 == 0) record.Set(11, ids.Next());
    return record;
  }
};

TEST_CASE("a row group goes through Parquet and back with every kind of value") {
  const EncodedRows e;
  CHECK(e.plan.rows == 1000);
  CHECK(e.file.size() == e.plan.size);
  TextRows read;
  AddParquetRows(e.file, &read);
  CHECK(read == e.expected);
  CHECK(DescribeParquet(e.file) ==
        "id: BYTE_ARRAY String optional id=1\n"
        "version: INT64 None optional id=2\n"
        "created_at: INT64 Timestamp(isAdjustedToUTC=true, timeUnit=microseconds, "
        "is_from_converted_type=false, force_set_converted_type=false) optional id=3\n"
        "created_by: BYTE_ARRAY String optional id=4\n"
        "updated_at: INT64 Timestamp(isAdjustedToUTC=true, timeUnit=microseconds, "
        "is_from_converted_type=false, force_set_converted_type=false) optional id=5\n"
        "updated_by: BYTE_ARRAY String optional id=6\n"
        "text: BYTE_ARRAY String optional id=100\n"
        "money: INT64 Decimal(precision=18, scale=4) optional id=101\n"
        "flag: BOOLEAN None optional id=102\n"
        "day: INT32 Date optional id=103\n"
        "whole: INT64 None optional id=104\n"
        "link: BYTE_ARRAY String optional id=105\n");
}

TEST_CASE("statistics say what is in the columns") {
  EncodedRows e;
  const std::vector<ColumnStats>& stats = e.plan.stats;
  CHECK(stats[0].minimum == model::Value(e.expected.begin()->first));
  CHECK(stats[0].maximum == model::Value(e.expected.rbegin()->first));
  CHECK(stats[0].null_count == 0);
  CHECK(stats[6].null_count == 500);
  CHECK(stats[7].minimum == model::Value(Decimal{-Decimal::units_max}));
  CHECK(stats[8].minimum == model::Value(false));
  CHECK(stats[8].maximum == model::Value(true));
  CHECK(stats[9].minimum == model::Value(model::Date{-719'162}));
  CHECK(stats[10].maximum == model::Value(INT64_MIN + 999));
  CHECK(stats[5].null_count == 1000);
  CHECK(!stats[5].minimum);

  // A text that is too long has no bounds, and takes them from its column.
  RowBuilder again(e.object, e.schema);
  model::Record record;
  record.Set(model::kFieldId, e.ids.Next());
  record.Set(6, std::string(1000, 'x'));
  REQUIRE(again.Add(record).ok());
  const auto long_group = EncodeGroup(*again.Finish());
  REQUIRE(long_group.ok());
  const auto both =
      PlanFile(e.schema, {e.source, {long_group->metadata, &e.schema, long_group->bytes.size()}});
  REQUIRE(both.ok());
  CHECK(!both->stats[6].minimum);
  CHECK(!both->stats[6].maximum);
  CHECK(both->stats[6].null_count == 500);
  CHECK(both->stats[10].minimum == model::Value(INT64_MIN));
}

TEST_CASE("a column that came later is null in older groups, one that went is not listed") {
  const EncodedRows e;
  Schema later = e.schema;
  later.id = 1;
  later.columns.erase(later.columns.begin() + 6);
  later.columns.push_back({"flag2", 200, model::FieldType::kBoolean, ""});
  later.columns.push_back({"note", 201, model::FieldType::kLongText, ""});
  const auto wider = PlanFile(later, {e.source, e.source});
  REQUIRE(wider.ok());
  CHECK(wider->rows == 2000);
  CHECK(wider->stats.back().null_count == 2000);
  CHECK(wider->stats[6].null_count == 2 * (1000 - 334));
  TextRows narrow;
  AddParquetRows(AssembleFile(*PlanFile(later, {e.source}), {e.encoded.bytes}), &narrow);
  TextRows without;
  for (auto [id, row] : e.expected) {
    row.erase("text");
    without[id] = row;
  }
  CHECK(narrow == without);
  const auto decoded = DecodeRows(AssembleFile(*wider, {e.encoded.bytes, e.encoded.bytes}), later);
  REQUIRE(decoded.ok());
  CHECK(decoded->size() == 2000);
}

TEST_CASE("rows can be taken out and joined") {
  const EncodedRows e;
  const std::vector<Id> all = *e.rows.Ids();
  const Rows left = e.rows.Without({0, 1, 500, 999});
  CHECK(left.size() == 996);
  const std::vector<Id> left_ids = *left.Ids();
  CHECK(left_ids.front() == all[2]);
  CHECK(left_ids.back() == all[998]);
  CHECK(std::find(left_ids.begin(), left_ids.end(), all[500]) == left_ids.end());
  CHECK(e.rows.Slice(10, 5).size() == 5);
  CHECK(e.rows.Slice(0, 2).Without({0, 1}).size() == 0);
  CHECK(Rows().size() == 0);
  CHECK(Rows::Concatenate({left, Rows(), e.rows})->size() == 1996);
  CHECK(*DecodeIds(e.file) == all);
}

TEST_CASE("damaged Parquet is an error, never a crash") {
  const EncodedRows e;
  for (size_t at = 0; at < e.file.size(); at += 97) {
    std::string damaged = e.file;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    const auto decoded = DecodeRows(damaged, e.schema);
    if (!decoded.ok()) CHECK(decoded.error().kind == ErrorKind::kCorrupt);
  }
  const std::string_view file = e.file;
  for (const size_t cut : {size_t{0}, size_t{3}, size_t{11}, file.size() / 2, file.size() - 1}) {
    CHECK(!SplitSingleGroupFile(file.substr(0, cut)).ok());
  }
  const std::string_view metadata = e.encoded.metadata;
  CHECK(!PlanFile(e.schema, {{metadata.substr(0, 50), &e.schema, 10}}).ok());
  Schema other = e.schema;
  other.columns.pop_back();
  CHECK(!PlanFile(other, {{metadata, &other, e.encoded.bytes.size()}}).ok());
}

}  // namespace boathouse::tables
