// Exports as Parquet: typed columns, null where a field is empty, row groups that stream out one by one.

#include <arrow/api.h>
#include <arrow/io/interfaces.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <exception>
#include <utility>

#include "base/decimal.h"
#include "crm/export_encoder.h"

namespace boathouse::crm {
namespace {

constexpr int64_t group_rows = 32'768;
constexpr int64_t group_bytes_max = 24 << 20;  // of values, before they are packed
constexpr int zstd_level = 1;

arrow::MemoryPool* Pool() { return arrow::system_memory_pool(); }

Error FromArrow(const arrow::Status& status) {
  return Error(ErrorKind::kInternal, "Parquet: " + status.ToString());
}

// Where Arrow writes to: a text that is taken away between the row groups.
class Output final : public arrow::io::OutputStream {
 public:
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Write(const void* data, int64_t count) override {
    text_.append(static_cast<const char*>(data), static_cast<size_t>(count));
    position_ += count;
    return arrow::Status::OK();
  }
  void MoveTo(std::string* out) {
    *out += text_;
    text_.clear();
  }

 private:
  std::string text_;
  int64_t position_ = 0;
  bool closed_ = false;
};

std::shared_ptr<arrow::DataType> ArrowType(const ExportColumn& column) {
  if (column.is_title) return arrow::utf8();
  switch (column.field->type) {
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

// Appends one value to the builder of its column. A value of another kind than its field's, which the
// model's validation rules out, becomes null.
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

class ParquetEncoder final : public ExportEncoder {
 public:
  explicit ParquetEncoder(std::vector<ExportColumn> columns) : columns_(std::move(columns)) {}

  Status Begin(std::string* out) override {
    return Guarded(out, [&]() -> arrow::Status {
      arrow::FieldVector fields;
      for (const ExportColumn& column : columns_) {
        auto id = arrow::key_value_metadata({"PARQUET:field_id"},
                                            {std::to_string(column.field->column_id)});
        fields.push_back(arrow::field(column.field->name, ArrowType(column), true, std::move(id)));
        ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(fields.back()->type(), Pool()));
        builders_.push_back(std::move(builder));
      }
      schema_ = arrow::schema(std::move(fields));
      parquet::WriterProperties::Builder properties;
      properties.compression(parquet::Compression::ZSTD)
          ->compression_level(zstd_level)
          ->version(parquet::ParquetVersion::PARQUET_2_6)
          ->enable_store_decimal_as_integer();
      ARROW_ASSIGN_OR_RAISE(
          writer_, parquet::arrow::FileWriter::Open(*schema_, Pool(), output_, properties.build()));
      return arrow::Status::OK();
    });
  }

  Status Add(const ExportBatch& batch, std::string* out) override {
    return Guarded(out, [&]() -> arrow::Status {
      for (size_t i = 0; i < batch.size; ++i) ARROW_RETURN_NOT_OK(AddRow(batch, i));
      const bool full = rows_ >= group_rows || bytes_ >= group_bytes_max;
      return full ? WriteGroup() : arrow::Status::OK();
    });
  }

  Status End(std::string* out) override {
    return Guarded(out, [&]() -> arrow::Status {
      if (rows_ > 0) ARROW_RETURN_NOT_OK(WriteGroup());
      return writer_->Close();
    });
  }

 private:
  // Parquet throws from deep inside.
  template <typename Work>
  Status Guarded(std::string* out, const Work& work) {
    try {
      const arrow::Status status = work();
      if (!status.ok()) return FromArrow(status);
    } catch (const std::exception& e) {
      return Error(ErrorKind::kInternal, std::string("Parquet: ") + e.what());
    }
    output_->MoveTo(out);
    return {};
  }

  arrow::Status AddRow(const ExportBatch& batch, size_t row) {
    size_t title = 0;
    for (size_t i = 0; i < columns_.size(); ++i) {
      arrow::ArrayBuilder* builder = builders_[i].get();
      if (columns_[i].is_title) {
        const std::string& text = batch.titles[row][title++];
        ARROW_RETURN_NOT_OK(text.empty()
                                ? builder->AppendNull()
                                : static_cast<arrow::StringBuilder*>(builder)->Append(text));
        bytes_ += static_cast<int64_t>(text.size());
        continue;
      }
      const model::Value& value = batch.records[row].At(columns_[i].at);
      const auto* text = std::get_if<std::string>(&value);
      bytes_ += text != nullptr ? static_cast<int64_t>(text->size()) : 8;
      ARROW_RETURN_NOT_OK(std::visit(AppendValue{builder, builder->type()->id()}, value));
    }
    ++rows_;
    return arrow::Status::OK();
  }

  arrow::Status WriteGroup() {
    arrow::ArrayVector arrays;
    for (const auto& builder : builders_) {
      ARROW_ASSIGN_OR_RAISE(auto array, builder->Finish());
      arrays.push_back(std::move(array));
    }
    const auto table = arrow::Table::Make(schema_, std::move(arrays), rows_);
    const int64_t rows = std::exchange(rows_, 0);
    bytes_ = 0;
    return writer_->WriteTable(*table, rows);
  }

  const std::vector<ExportColumn> columns_;
  const std::shared_ptr<Output> output_ = std::make_shared<Output>();
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace

std::unique_ptr<ExportEncoder> MakeParquetEncoder(std::vector<ExportColumn> columns) {
  return std::make_unique<ParquetEncoder>(std::move(columns));
}

}  // namespace boathouse::crm
