#include "tables/rows.h"

#include <arrow/api.h>
#include <arrow/io/interfaces.h>
#include <arrow/io/memory.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>

#include <algorithm>
#include <cstring>
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

// A FileReader as Arrow reads files. What goes wrong with the former is kept: it says more than a status.
class ReaderFile : public arrow::io::RandomAccessFile {
 public:
  explicit ReaderFile(FileReader& file) : file_(file) {}

  const std::optional<Error>& failure() const { return failure_; }

  arrow::Status Close() override { return arrow::Status::OK(); }
  bool closed() const override { return false; }
  arrow::Result<int64_t> Tell() const override { return at_; }
  arrow::Result<int64_t> GetSize() override { return static_cast<int64_t>(file_.size()); }
  arrow::Status Seek(int64_t position) override {
    at_ = position;
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> Read(int64_t bytes, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t read, ReadAt(at_, bytes, out));
    at_ += read;
    return read;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t bytes) override {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> buffer, ReadAt(at_, bytes));
    at_ += buffer->size();
    return buffer;
  }
  arrow::Result<int64_t> ReadAt(int64_t position, int64_t bytes, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<arrow::Buffer> buffer, ReadAt(position, bytes));
    std::memcpy(out, buffer->data(), static_cast<size_t>(buffer->size()));
    return buffer->size();
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t bytes) override {
    if (position < 0 || bytes < 0) return arrow::Status::Invalid("a read before the file");
    std::string read;
    const Status status =
        file_.ReadAt(static_cast<uint64_t>(position), static_cast<size_t>(bytes), &read);
    if (!status.ok()) {
      failure_ = status.error();
      return arrow::Status::IOError(status.error().message);
    }
    return std::shared_ptr<arrow::Buffer>(arrow::Buffer::FromString(std::move(read)));
  }

 private:
  FileReader& file_;
  int64_t at_ = 0;
  std::optional<Error> failure_;
};

// Reads the columns of a Parquet file; all of them when none are named.
Result<std::shared_ptr<arrow::Table>> ReadTable(
    const std::shared_ptr<arrow::io::RandomAccessFile>& source, const std::vector<int>& columns) {
  constexpr auto kind = ErrorKind::kCorrupt;
  try {
    auto reader = parquet::arrow::OpenFile(source, Pool());
    if (!reader.ok()) return FromArrow(reader.status(), kind);
    auto table = columns.empty() ? (*reader)->ReadTable() : (*reader)->ReadTable(columns);
    if (!table.ok()) return FromArrow(table.status(), kind);
    return *std::move(table);
  } catch (const std::exception& e) {  // parquet throws from deep inside on damaged pages
    return Error{kind, std::string("Parquet: ") + e.what()};
  }
}

Result<std::shared_ptr<arrow::Table>> ReadTable(std::string file, const std::vector<int>& columns) {
  return ReadTable(
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(std::move(file))),
      columns);
}

Result<std::shared_ptr<arrow::Table>> ReadTable(FileReader& file, const std::vector<int>& columns) {
  const auto source = std::make_shared<ReaderFile>(file);
  auto table = ReadTable(source, columns);
  if (!table.ok() && source->failure()) return *source->failure();
  return table;
}

// One array of the whole column.
Result<std::shared_ptr<arrow::Array>> Flat(const arrow::ChunkedArray& column) {
  if (column.num_chunks() == 1) return column.chunk(0);
  auto joined = column.num_chunks() == 0 ? arrow::MakeEmptyArray(column.type(), Pool())
                                         : arrow::Concatenate(column.chunks(), Pool());
  if (!joined.ok()) return FromArrow(joined.status());
  return *std::move(joined);
}

// Our own schema object, so that decoded and newly built rows can be joined.
Result<std::shared_ptr<arrow::Table>> AsOurs(const std::shared_ptr<arrow::Table>& table,
                                             const Schema& schema) {
  const std::shared_ptr<arrow::Schema> wanted = ArrowSchema(schema);
  if (!table->schema()->Equals(*wanted, /*check_metadata=*/false)) {
    return Error{ErrorKind::kCorrupt, "a published file has other columns than its table"};
  }
  return arrow::Table::Make(wanted, table->columns(), table->num_rows());
}

template <typename Array>
void AppendNumbers(const arrow::Array& chunk, ColumnValues* out) {
  const auto& array = static_cast<const Array&>(chunk);
  for (int64_t i = 0; i < array.length(); ++i) {
    out->numbers.push_back(array.IsNull(i) ? 0 : static_cast<int64_t>(array.Value(i)));
  }
}

// Appends one chunk of a column as it is compared.
void AppendValues(const arrow::Array& chunk, ColumnValues* out) {
  for (int64_t i = 0; i < chunk.length(); ++i) out->is_null.push_back(chunk.IsNull(i));
  const arrow::Type::type type = chunk.type_id();
  if (type == arrow::Type::STRING) {
    const auto& texts = static_cast<const arrow::StringArray&>(chunk);
    for (int64_t i = 0; i < texts.length(); ++i) {
      out->texts.push_back(texts.IsNull(i) ? std::string_view() : texts.GetView(i));
    }
  } else if (type == arrow::Type::DECIMAL128) {
    const auto& decimals = static_cast<const arrow::Decimal128Array&>(chunk);
    for (int64_t i = 0; i < decimals.length(); ++i) {
      const arrow::Decimal128 value =
          decimals.IsNull(i) ? arrow::Decimal128() : arrow::Decimal128(decimals.GetValue(i));
      out->numbers.push_back(static_cast<int64_t>(value.low_bits()));
    }
  } else if (type == arrow::Type::BOOL) {
    AppendNumbers<arrow::BooleanArray>(chunk, out);
  } else if (type == arrow::Type::DATE32) {
    AppendNumbers<arrow::Date32Array>(chunk, out);
  } else if (type == arrow::Type::TIMESTAMP) {
    AppendNumbers<arrow::TimestampArray>(chunk, out);
  } else {
    AppendNumbers<arrow::Int64Array>(chunk, out);  // ArrowType has no other
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

Result<Rows> Rows::Take(const std::vector<uint32_t>& positions) const {
  if (data_ == nullptr || positions.empty()) return Rows();
  arrow::ArrayVector arrays;
  for (const auto& column : data_->table->columns()) {
    ASSIGN(const std::shared_ptr<arrow::Array> from, Flat(*column));
    // MakeBuilder fails only for types we do not use.
    const auto builder = arrow::MakeBuilder(from->type(), Pool()).ValueOrDie();
    const arrow::ArraySpan span(*from->data());
    for (size_t i = 0; i < positions.size();) {
      size_t end = i + 1;  // of a run of neighbours
      while (end < positions.size() && positions[end] == positions[end - 1] + 1) ++end;
      const arrow::Status status =
          builder->AppendArraySlice(span, positions[i], static_cast<int64_t>(end - i));
      if (!status.ok()) return FromArrow(status);
      i = end;
    }
    auto array = builder->Finish();
    if (!array.ok()) return FromArrow(array.status());
    arrays.push_back(*std::move(array));
  }
  return Rows(std::make_shared<Data>(Data{arrow::Table::Make(
      data_->table->schema(), std::move(arrays), static_cast<int64_t>(positions.size()))}));
}

Result<Rows> Rows::WithColumn(const Schema& schema,
                              const std::vector<std::string_view>& values) const {
  if (data_ == nullptr) return Rows();
  arrow::StringBuilder builder(Pool());
  for (const std::string_view value : values) {
    const arrow::Status status = builder.Append(value);
    if (!status.ok()) return FromArrow(status);
  }
  auto array = builder.Finish();
  if (!array.ok()) return FromArrow(array.status());
  std::vector<std::shared_ptr<arrow::ChunkedArray>> columns = data_->table->columns();
  columns.push_back(std::make_shared<arrow::ChunkedArray>(*std::move(array)));
  return Rows(std::make_shared<Data>(
      Data{arrow::Table::Make(ArrowSchema(schema), std::move(columns), data_->table->num_rows())}));
}

struct RowComparison::Impl {
  arrow::ArrayVector a, b;
};

RowComparison::RowComparison(const Rows& a, const Rows& b) : impl_(std::make_unique<Impl>()) {
  const auto flatten = [](const Rows& rows, arrow::ArrayVector* arrays) {
    if (rows.data_ == nullptr) return;
    for (const auto& column : rows.data_->table->columns()) {
      // Only memory can be missing, which nothing here survives.
      arrays->push_back(Flat(*column).value());
    }
  };
  flatten(a, &impl_->a);
  flatten(b, &impl_->b);
}

RowComparison::~RowComparison() = default;

bool RowComparison::Same(int64_t a_row, int64_t b_row) const {
  for (size_t i = 0; i < impl_->a.size(); ++i) {
    if (!impl_->a[i]->RangeEquals(*impl_->b[i], a_row, a_row + 1, b_row)) return false;
  }
  return true;
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
  ASSIGN(std::shared_ptr<arrow::Table> table, ReadTable(std::move(file), {}));
  ASSIGN(table, AsOurs(table, schema));
  return Rows(std::make_shared<Rows::Data>(Rows::Data{std::move(table)}));
}

Result<Rows> DecodeRows(FileReader& file, const Schema& schema) {
  ASSIGN(std::shared_ptr<arrow::Table> table, ReadTable(file, {}));
  ASSIGN(table, AsOurs(table, schema));
  return Rows(std::make_shared<Rows::Data>(Rows::Data{std::move(table)}));
}

Result<std::vector<ColumnValuesPtr>> DecodeColumns(FileReader& file, const Schema& schema,
                                                   const std::vector<size_t>& columns) {
  std::vector<ColumnValuesPtr> out;
  if (columns.empty()) return out;
  const std::vector<int> indexes(columns.begin(), columns.end());
  ASSIGN(const std::shared_ptr<arrow::Table> table, ReadTable(file, indexes));
  for (size_t i = 0; i < columns.size(); ++i) {
    const Column& column = schema.columns[columns[i]];
    const int at = static_cast<int>(i);
    if (at >= table->num_columns() || table->schema()->field(at)->name() != column.name ||
        !table->schema()->field(at)->type()->Equals(ArrowType(column.type))) {
      return Error{ErrorKind::kCorrupt, "a published file has other columns than its table"};
    }
    auto values = std::make_shared<ColumnValues>();
    values->owner = table->column(at);
    for (const auto& chunk : table->column(at)->chunks()) AppendValues(*chunk, values.get());
    out.push_back(std::move(values));
  }
  return out;
}

Result<std::vector<Id>> DecodeIds(std::string file) {
  ASSIGN(const std::shared_ptr<arrow::Table> table, ReadTable(std::move(file), {0}));
  return ParseIds(*table->column(0));
}

}  // namespace boathouse::tables
