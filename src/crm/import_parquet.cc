// Parquet files as rows of text. The mapping treats them as it does CSV: what a typed column says is
// written the way Boathouse writes such a value, which every field of that type reads back exactly.

#include <arrow/api.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/decimal.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/properties.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <utility>

#include "base/clock.h"
#include "base/json.h"
#include "crm/import_source.h"

namespace boathouse::crm {
namespace {

constexpr int64_t batch_rows = 4096;
constexpr int64_t stream_buffer_bytes = 1 << 20;
constexpr int64_t seconds_a_day = 86400;

Error Damaged(const std::string& what) {
  return Error(ErrorKind::kInvalid, "the Parquet file cannot be read: " + what);
}

// A ByteSource as Arrow wants it.
class Input final : public arrow::io::RandomAccessFile {
 public:
  explicit Input(std::unique_ptr<ByteSource> bytes) : bytes_(std::move(bytes)) {}

  arrow::Result<int64_t> GetSize() override { return static_cast<int64_t>(bytes_->size()); }
  arrow::Result<int64_t> ReadAt(int64_t position, int64_t count, void* out) override {
    int64_t done = 0;
    while (done < count) {
      const Result<size_t> read =
          bytes_->Read(static_cast<uint64_t>(position + done), static_cast<char*>(out) + done,
                       static_cast<size_t>(count - done));
      if (!read.ok()) return arrow::Status::IOError(read.error().message);
      if (*read == 0) break;
      done += static_cast<int64_t>(*read);
    }
    return done;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t count) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(count));
    ARROW_ASSIGN_OR_RAISE(const int64_t done, ReadAt(position, count, buffer->mutable_data()));
    ARROW_RETURN_NOT_OK(buffer->Resize(done));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }
  arrow::Status Seek(int64_t position) override {
    position_ = position;
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Result<int64_t> Read(int64_t count, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t done, ReadAt(position_, count, out));
    position_ += done;
    return done;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t count) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, count));
    position_ += buffer->size();
    return buffer;
  }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }

 private:
  std::unique_ptr<ByteSource> bytes_;
  int64_t position_ = 0;
  bool closed_ = false;
};

template <typename Number>
void AppendNumber(Number value, std::string* out) {
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof digits, value);
  out->append(digits, end.ptr);
}

int64_t FloorDivide(int64_t value, int64_t by) {
  return value / by - (value % by != 0 && (value < 0) != (by < 0) ? 1 : 0);
}

Status AppendTime(int64_t value, arrow::TimeUnit::type unit, std::string* out) {
  int64_t micros = value;
  bool fits = true;
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      fits = !__builtin_mul_overflow(value, int64_t{1'000'000}, &micros);
      break;
    case arrow::TimeUnit::MILLI:
      fits = !__builtin_mul_overflow(value, int64_t{1000}, &micros);
      break;
    case arrow::TimeUnit::MICRO:
      break;
    case arrow::TimeUnit::NANO:
      micros = FloorDivide(value, 1000);
      break;
  }
  constexpr int64_t years_micros_max = int64_t{8000} * 366 * seconds_a_day * 1'000'000;
  if (!fits || micros > years_micros_max || micros < -years_micros_max) {
    return Error(ErrorKind::kInvalid, "a time outside the years 1 to 9999");
  }
  *out = FormatDateTime(micros);
  return {};
}

Status AppendText(std::string_view text, std::string* out) {
  if (text.size() > csv_cell_bytes_max) {
    return Error(ErrorKind::kTooLarge,
                 "a cell over " + std::to_string(csv_cell_bytes_max) + " bytes");
  }
  if (!IsUtf8(text)) return Error(ErrorKind::kInvalid, "bytes that are not UTF-8");
  if (text.find('\0') != std::string_view::npos)
    return Error(ErrorKind::kInvalid, "a NUL character");
  out->assign(text);
  return {};
}

Status AppendDays(int64_t days, std::string* out) {
  constexpr int64_t days_max = 2'932'896;  // 9999-12-31
  if (days > days_max || days < -719'162) {
    return Error(ErrorKind::kInvalid, "a date outside the years 1 to 9999");
  }
  *out = FormatDate(static_cast<int32_t>(days));
  return {};
}

// Writes one cell that is not null.
using CellWriter = Status (*)(const arrow::Array& array, int64_t at, std::string* out);

template <typename Array>
Status WriteNumber(const arrow::Array& array, int64_t at, std::string* out) {
  AppendNumber(static_cast<const Array&>(array).Value(at), out);
  return {};
}

template <typename Array>
Status WriteText(const arrow::Array& array, int64_t at, std::string* out) {
  return AppendText(static_cast<const Array&>(array).GetView(at), out);
}

Status WriteBoolean(const arrow::Array& array, int64_t at, std::string* out) {
  *out = static_cast<const arrow::BooleanArray&>(array).Value(at) ? "true" : "false";
  return {};
}

Status WriteDecimal(const arrow::Array& array, int64_t at, std::string* out) {
  *out = static_cast<const arrow::Decimal128Array&>(array).FormatValue(at);
  return {};
}

Status WriteDate(const arrow::Array& array, int64_t at, std::string* out) {
  return AppendDays(static_cast<const arrow::Date32Array&>(array).Value(at), out);
}

Status WriteDate64(const arrow::Array& array, int64_t at, std::string* out) {
  const int64_t millis = static_cast<const arrow::Date64Array&>(array).Value(at);
  return AppendDays(FloorDivide(millis, seconds_a_day * 1000), out);
}

Status WriteTime(const arrow::Array& array, int64_t at, std::string* out) {
  return AppendTime(static_cast<const arrow::TimestampArray&>(array).Value(at),
                    static_cast<const arrow::TimestampType&>(*array.type()).unit(), out);
}

Status WriteNothing(const arrow::Array&, int64_t, std::string*) { return {}; }

// nullptr for types that no field takes.
CellWriter WriterFor(arrow::Type::type type) {
  struct Known {
    arrow::Type::type type;
    CellWriter writer;
  };
  static constexpr Known known[] = {
      {arrow::Type::NA, WriteNothing},
      {arrow::Type::BOOL, WriteBoolean},
      {arrow::Type::INT8, WriteNumber<arrow::Int8Array>},
      {arrow::Type::INT16, WriteNumber<arrow::Int16Array>},
      {arrow::Type::INT32, WriteNumber<arrow::Int32Array>},
      {arrow::Type::INT64, WriteNumber<arrow::Int64Array>},
      {arrow::Type::UINT8, WriteNumber<arrow::UInt8Array>},
      {arrow::Type::UINT16, WriteNumber<arrow::UInt16Array>},
      {arrow::Type::UINT32, WriteNumber<arrow::UInt32Array>},
      {arrow::Type::UINT64, WriteNumber<arrow::UInt64Array>},
      {arrow::Type::FLOAT, WriteNumber<arrow::FloatArray>},
      {arrow::Type::DOUBLE, WriteNumber<arrow::DoubleArray>},
      {arrow::Type::DECIMAL128, WriteDecimal},
      {arrow::Type::STRING, WriteText<arrow::StringArray>},
      {arrow::Type::LARGE_STRING, WriteText<arrow::LargeStringArray>},
      {arrow::Type::BINARY, WriteText<arrow::BinaryArray>},
      {arrow::Type::DATE32, WriteDate},
      {arrow::Type::DATE64, WriteDate64},
      {arrow::Type::TIMESTAMP, WriteTime},
  };
  for (const Known& each : known) {
    if (each.type == type) return each.writer;
  }
  return nullptr;
}

// A column of the file: how its cells are written.
struct Column {
  CellWriter writer = nullptr;
  bool is_coded = false;  // its cells are indexes into a dictionary

  static Column Of(const arrow::DataType& type) {
    if (type.id() != arrow::Type::DICTIONARY) return {WriterFor(type.id()), false};
    return {WriterFor(static_cast<const arrow::DictionaryType&>(type).value_type()->id()), true};
  }
  // The cell as text; "" for null.
  Status Write(const arrow::Array& array, int64_t at, std::string* out) const {
    out->clear();
    if (array.IsNull(at)) return {};
    if (!is_coded) return writer(array, at, out);
    const auto& coded = static_cast<const arrow::DictionaryArray&>(array);
    const int64_t index = coded.GetValueIndex(at);
    return coded.dictionary()->IsNull(index) ? Status::Ok()
                                             : writer(*coded.dictionary(), index, out);
  }
};

class ParquetRows final : public RowSource {
 public:
  Status Begin(std::unique_ptr<ByteSource> bytes) {
    total_ = bytes->size();
    return Guarded([&]() -> Status {
      parquet::ReaderProperties properties(arrow::system_memory_pool());
      properties.enable_buffered_stream();
      properties.set_buffer_size(stream_buffer_bytes);
      parquet::ArrowReaderProperties arrow_properties(/*use_threads=*/false);
      arrow_properties.set_batch_size(batch_rows);
      arrow_properties.set_pre_buffer(false);
      parquet::arrow::FileReaderBuilder builder;
      const arrow::Status opened =
          builder.Open(std::make_shared<Input>(std::move(bytes)), properties);
      if (!opened.ok()) return Damaged(opened.message());
      builder.memory_pool(arrow::system_memory_pool())->properties(arrow_properties);
      auto built = builder.Build();
      if (!built.ok()) return Damaged(built.status().message());
      reader_ = std::move(*built);
      TRY(CheckGroups());
      auto batches = reader_->GetRecordBatchReader();
      if (!batches.ok()) return Damaged(batches.status().message());
      batches_ = std::move(*batches);
      return TakeSchema();
    });
  }

  const std::vector<std::string>& header() const override { return header_; }
  std::string format() const override { return "parquet"; }
  std::string encoding() const override { return {}; }
  char separator() const override { return ','; }
  // By rows: a reader of columns has no one place in the file.
  uint64_t bytes_read() const override {
    if (rows_total_ == 0) return total_;
    const double part = static_cast<double>(row_) / static_cast<double>(rows_total_);
    return static_cast<uint64_t>(static_cast<double>(total_) * std::min(part, 1.0));
  }

  Result<bool> Next(CsvRow* row) override {
    if (batch_ == nullptr || at_ == batch_->num_rows()) {
      TRY(Guarded([this] { return NextBatch(); }));
      if (batch_ == nullptr) return false;
    }
    row->line = static_cast<size_t>(++row_);
    row->cells.resize(header_.size());
    for (size_t i = 0; i < header_.size(); ++i) {
      Status read = columns_[i].Write(*batch_->column(static_cast<int>(i)), at_, &row->cells[i]);
      if (!read.ok()) {
        return Error(read.error().kind, "row " + std::to_string(row_) + ", column \"" + header_[i] +
                                            "\": " + read.error().message);
      }
    }
    ++at_;
    return true;
  }

 private:
  // Parquet throws from deep inside on damaged pages.
  template <typename Work>
  static Status Guarded(const Work& work) {
    try {
      return work();
    } catch (const std::exception& e) {
      return Damaged(e.what());
    }
  }

  // A small file may claim to unpack into any amount.
  Status CheckGroups() {
    const auto metadata = reader_->parquet_reader()->metadata();
    rows_total_ = metadata->num_rows();
    for (int i = 0; i < metadata->num_row_groups(); ++i) {
      const int64_t bytes = metadata->RowGroup(i)->total_byte_size();
      if (bytes >= 0 && static_cast<uint64_t>(bytes) <= parquet_group_bytes_max) continue;
      return Error(ErrorKind::kTooLarge, "row group " + std::to_string(i) + " holds over " +
                                             std::to_string(parquet_group_bytes_max >> 20) +
                                             " MiB; write the file with smaller row groups");
    }
    return {};
  }

  Status TakeSchema() {
    const std::shared_ptr<arrow::Schema> schema = batches_->schema();
    if (schema->num_fields() == 0) return Damaged("it has no columns");
    if (static_cast<size_t>(schema->num_fields()) > csv_columns_max) {
      return Error(ErrorKind::kTooLarge,
                   "more than " + std::to_string(csv_columns_max) + " columns");
    }
    for (const auto& field : schema->fields()) {
      columns_.push_back(Column::Of(*field->type()));
      if (columns_.back().writer == nullptr) {
        return Error(ErrorKind::kInvalid,
                     "the column \"" + field->name() + "\" has the type " +
                         field->type()->ToString() +
                         ", which no field takes; leave it out or write it as text");
      }
      if (std::find(header_.begin(), header_.end(), field->name()) != header_.end()) {
        return Error(ErrorKind::kInvalid, "two columns are called \"" + field->name() + "\"");
      }
      header_.push_back(field->name());
    }
    return {};
  }

  Status NextBatch() {
    do {
      const arrow::Status read = batches_->ReadNext(&batch_);
      if (!read.ok()) return Damaged(read.message());
    } while (batch_ != nullptr && batch_->num_rows() == 0);
    at_ = 0;
    return {};
  }

  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::shared_ptr<arrow::RecordBatchReader> batches_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  std::vector<std::string> header_;
  std::vector<Column> columns_;
  uint64_t total_ = 0;
  int64_t rows_total_ = 0;
  int64_t row_ = 0;
  int64_t at_ = 0;  // within the batch
};

}  // namespace

Result<std::unique_ptr<RowSource>> OpenParquetRows(std::unique_ptr<ByteSource> bytes) {
  auto rows = std::make_unique<ParquetRows>();
  TRY(rows->Begin(std::move(bytes)));
  return std::unique_ptr<RowSource>(std::move(rows));
}

}  // namespace boathouse::crm
