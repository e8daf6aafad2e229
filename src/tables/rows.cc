#include "tables/rows.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>

#include <exception>
#include <optional>
#include <utility>

namespace boathouse::tables {

struct Rows::Data {
  std::shared_ptr<arrow::Table> table;
};

namespace {

// Longer texts get no bounds: prefixes would not be exact and would swell every footer.
constexpr size_t statistics_bytes_max = 64;
constexpr int zstd_level = 1;

// The system's allocator: sanitizers see through it, and it gives memory back.
arrow::MemoryPool* Pool() { return arrow::system_memory_pool(); }

Error FromArrow(const arrow::Status& status, ErrorKind kind = ErrorKind::kInternal) {
  return {kind, "Parquet: " + status.ToString()};
}

std::shared_ptr<arrow::DataType> ArrowType(model::FieldType type) {
  switch (type) {
    case model::FieldType::kId:
    case model::FieldType::kText:
    case model::FieldType::kLongText:
    case model::FieldType::kSelect:
    case model::FieldType::kMultiSelect:  // its values joined by ';'
    case model::FieldType::kEmail:
    case model::FieldType::kPhone:
    case model::FieldType::kUrl:
    case model::FieldType::kRelation:
      return arrow::utf8();
    case model::FieldType::kInteger:
      return arrow::int64();
    case model::FieldType::kDecimal:
    case model::FieldType::kMoney:
      return arrow::decimal128(Decimal::precision, Decimal::scale);
    case model::FieldType::kBoolean:
      return arrow::boolean();
    case model::FieldType::kDate:
      return arrow::date32();
    case model::FieldType::kDateTime:
      return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  }
  return arrow::utf8();
}

std::shared_ptr<arrow::Schema> ArrowSchema(const Schema& schema) {
  arrow::FieldVector fields;
  for (const Column& column : schema.columns) {
    auto id = arrow::key_value_metadata({"PARQUET:field_id"}, {std::to_string(column.column_id)});
    fields.push_back(arrow::field(column.name, ArrowType(column.type), true, std::move(id)));
  }
  return arrow::schema(std::move(fields));
}

// Appends one value to the builder of its column; a value of another kind than the column's becomes
// null, which the model's validation rules out.
struct AppendValue {
  arrow::ArrayBuilder* builder;
  arrow::Type::type type;

  arrow::Status operator()(std::monostate) const { return builder->AppendNull(); }
  arrow::Status operator()(bool value) const {
    return To<arrow::BooleanBuilder>(arrow::Type::BOOL, value);
  }
  arrow::Status operator()(int64_t value) const {
    return To<arrow::Int64Builder>(arrow::Type::INT64, value);
  }
  arrow::Status operator()(const Decimal& value) const {
    return To<arrow::Decimal128Builder>(arrow::Type::DECIMAL128, arrow::Decimal128(value.units));
  }
  arrow::Status operator()(const std::string& value) const {
    return To<arrow::StringBuilder>(arrow::Type::STRING, value);
  }
  arrow::Status operator()(const model::Date& value) const {
    return To<arrow::Date32Builder>(arrow::Type::DATE32, value.days);
  }
  arrow::Status operator()(const model::DateTime& value) const {
    return To<arrow::TimestampBuilder>(arrow::Type::TIMESTAMP, value.micros);
  }
  arrow::Status operator()(const Id& value) const { return (*this)(value.ToString()); }

  template <typename Builder, typename T>
  arrow::Status To(arrow::Type::type wanted, const T& value) const {
    if (type != wanted) return builder->AppendNull();
    return static_cast<Builder*>(builder)->Append(value);
  }
};

std::shared_ptr<parquet::WriterProperties> WriterProperties(const arrow::Schema& schema) {
  parquet::WriterProperties::Builder builder;
  builder.compression(parquet::Compression::ZSTD)
      ->compression_level(zstd_level)
      ->version(parquet::ParquetVersion::PARQUET_2_6)
      ->data_page_version(parquet::ParquetDataPageVersion::V1)
      ->max_statistics_size(statistics_bytes_max)
      ->set_size_statistics_level(parquet::SizeStatisticsLevel::None)
      ->enable_store_decimal_as_integer();
  // Ids do not repeat: a dictionary of them is built only to be given up.
  builder.disable_dictionary(schema.field(0)->name());
  return builder.build();
}

Result<std::vector<Id>> ParseIds(const arrow::ChunkedArray& column) {
  std::vector<Id> ids;
  ids.reserve(static_cast<size_t>(column.length()));
  for (const auto& chunk : column.chunks()) {
    const auto& strings = static_cast<const arrow::StringArray&>(*chunk);
    for (int64_t i = 0; i < strings.length(); ++i) {
      const std::optional<Id> id = Id::Parse(strings.GetView(i));
      if (!id) return Error{ErrorKind::kCorrupt, "a published row has no id"};
      ids.push_back(*id);
    }
  }
  return ids;
}

// Reads the columns of a Parquet file in memory; only the first of them when `ids_only`.
Result<std::shared_ptr<arrow::Table>> ReadTable(std::string file, bool ids_only) {
  constexpr auto kind = ErrorKind::kCorrupt;
  try {
    auto source =
        std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(std::move(file)));
    auto reader = parquet::arrow::OpenFile(source, Pool());
    if (!reader.ok()) return FromArrow(reader.status(), kind);
    auto table = ids_only ? (*reader)->ReadTable(std::vector<int>{0}) : (*reader)->ReadTable();
    if (!table.ok()) return FromArrow(table.status(), kind);
    return *std::move(table);
  } catch (const std::exception& e) {  // parquet throws from deep inside on damaged pages
    return Error{kind, std::string("Parquet: ") + e.what()};
  }
}

}  // namespace

Rows::Rows() = default;
Rows::~Rows() = default;
Rows::Rows(const Rows&) = default;
Rows& Rows::operator=(const Rows&) = default;
Rows::Rows(Rows&&) noexcept = default;
Rows& Rows::operator=(Rows&&) noexcept = default;
Rows::Rows(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

int64_t Rows::size() const { return data_ == nullptr ? 0 : data_->table->num_rows(); }

Rows Rows::Slice(int64_t begin, int64_t count) const {
  if (data_ == nullptr || count == 0) return {};
  return Rows(std::make_shared<Data>(Data{data_->table->Slice(begin, count)}));
}

Rows Rows::Without(const std::vector<uint32_t>& positions) const {
  if (positions.empty()) return *this;
  std::vector<std::shared_ptr<arrow::Table>> kept;
  int64_t begin = 0;
  const auto keep_until = [&](int64_t end) {
    if (end > begin) kept.push_back(data_->table->Slice(begin, end - begin));
  };
  for (const uint32_t position : positions) {
    keep_until(position);
    begin = static_cast<int64_t>(position) + 1;
  }
  keep_until(size());
  if (kept.empty()) return {};
  // Slices of one table have one schema, so this cannot fail.
  return Rows(std::make_shared<Data>(Data{arrow::ConcatenateTables(kept).ValueOrDie()}));
}

Result<std::vector<Id>> Rows::Ids() const {
  if (data_ == nullptr) return std::vector<Id>();
  return ParseIds(*data_->table->column(0));
}

Result<Rows> Rows::Concatenate(const std::vector<Rows>& parts) {
  std::vector<std::shared_ptr<arrow::Table>> tables;
  for (const Rows& part : parts) {
    if (part.size() > 0) tables.push_back(part.data_->table);
  }
  if (tables.empty()) return Rows();
  auto joined = arrow::ConcatenateTables(tables);
  if (!joined.ok()) return FromArrow(joined.status());
  return Rows(std::make_shared<Data>(Data{*std::move(joined)}));
}

struct RowBuilder::Impl {
  std::shared_ptr<arrow::Schema> schema;
  std::vector<std::optional<size_t>> fields;  // for each column, the object's field
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders;
  int64_t rows = 0;
};

RowBuilder::RowBuilder(const model::Object& object, const Schema& schema)
    : impl_(std::make_unique<Impl>()) {
  impl_->schema = ArrowSchema(schema);
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    std::optional<size_t> field;
    for (size_t j = 0; j < object.fields.size(); ++j) {
      if (object.fields[j].column_id == schema.columns[i].column_id) field = j;
    }
    impl_->fields.push_back(field);
    // MakeBuilder fails only for types we do not use.
    impl_->builders.push_back(
        arrow::MakeBuilder(impl_->schema->field(static_cast<int>(i))->type(), Pool()).ValueOrDie());
  }
}

RowBuilder::~RowBuilder() = default;

Status RowBuilder::Add(const model::Record& record) {
  for (size_t i = 0; i < impl_->builders.size(); ++i) {
    arrow::ArrayBuilder* builder = impl_->builders[i].get();
    const arrow::Status status =
        impl_->fields[i]
            ? std::visit(AppendValue{builder, builder->type()->id()}, record.At(*impl_->fields[i]))
            : builder->AppendNull();
    if (!status.ok()) return FromArrow(status);
  }
  ++impl_->rows;
  return Status::Ok();
}

int64_t RowBuilder::size() const { return impl_->rows; }

Result<Rows> RowBuilder::Finish() {
  arrow::ArrayVector arrays;
  for (const auto& builder : impl_->builders) {
    auto array = builder->Finish();
    if (!array.ok()) return FromArrow(array.status());
    arrays.push_back(*std::move(array));
  }
  auto table = arrow::Table::Make(impl_->schema, std::move(arrays), impl_->rows);
  impl_->rows = 0;
  return Rows(std::make_shared<Rows::Data>(Rows::Data{std::move(table)}));
}

Result<EncodedGroup> EncodeGroup(const Rows& rows) {
  INVARIANT(rows.size() > 0);
  try {
    auto sink = arrow::io::BufferOutputStream::Create(1 << 20, Pool());
    if (!sink.ok()) return FromArrow(sink.status());
    const arrow::Table& table = *rows.data_->table;
    // Without store_schema there is no ARROW:schema key, which kernel readers stumble over.
    const arrow::Status status = parquet::arrow::WriteTable(table, Pool(), *sink, rows.size(),
                                                            WriterProperties(*table.schema()));
    if (!status.ok()) return FromArrow(status);
    auto buffer = (*sink)->Finish();
    if (!buffer.ok()) return FromArrow(buffer.status());
    return SplitSingleGroupFile(
        {reinterpret_cast<const char*>((*buffer)->data()), static_cast<size_t>((*buffer)->size())});
  } catch (const std::exception& e) {
    return Error{ErrorKind::kInternal, std::string("Parquet: ") + e.what()};
  }
}

Result<Rows> DecodeRows(std::string file, const Schema& schema) {
  ASSIGN(const std::shared_ptr<arrow::Table> table, ReadTable(std::move(file), false));
  // Our own schema object, so that decoded and newly built rows can be joined.
  const std::shared_ptr<arrow::Schema> wanted = ArrowSchema(schema);
  if (!table->schema()->Equals(*wanted, /*check_metadata=*/false)) {
    return Error{ErrorKind::kCorrupt, "a published file has other columns than its table"};
  }
  auto own = arrow::Table::Make(wanted, table->columns(), table->num_rows());
  return Rows(std::make_shared<Rows::Data>(Rows::Data{std::move(own)}));
}

Result<std::vector<Id>> DecodeIds(std::string file) {
  ASSIGN(const std::shared_ptr<arrow::Table> table, ReadTable(std::move(file), true));
  return ParseIds(*table->column(0));
}

}  // namespace boathouse::tables
