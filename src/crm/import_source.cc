#include "crm/import_source.h"

#include <string_view>
#include <utility>

namespace boathouse::crm {
namespace {

constexpr std::string_view parquet_magic = "PAR1";
constexpr std::string_view zip_magic = "PK\x03\x04";

class CsvRows final : public RowSource {
 public:
  explicit CsvRows(std::unique_ptr<CsvReader> reader) : reader_(std::move(reader)) {}
  const std::vector<std::string>& header() const override { return reader_->header(); }
  Result<bool> Next(CsvRow* row) override { return reader_->Next(row); }
  uint64_t bytes_read() const override { return reader_->bytes_read(); }
  std::string format() const override { return "csv"; }
  std::string encoding() const override { return reader_->encoding(); }
  char separator() const override { return reader_->separator(); }

 private:
  std::unique_ptr<CsvReader> reader_;
};

}  // namespace

Result<std::unique_ptr<RowSource>> OpenRows(std::unique_ptr<ByteSource> bytes,
                                            const CsvOptions& options) {
  char first[4] = {};
  ASSIGN(const size_t count, bytes->Read(0, first, sizeof first));
  const std::string_view magic(first, count);
  if (magic == parquet_magic) return OpenParquetRows(std::move(bytes));
  if (magic == zip_magic) {
    return Error(
        ErrorKind::kInvalid,
        "the file is a ZIP archive or a spreadsheet (.xlsx); save the sheet as CSV, or unpack "
        "the archive");
  }
  ASSIGN(std::unique_ptr<CsvReader> reader, CsvReader::Open(std::move(bytes), options));
  return std::unique_ptr<RowSource>(std::make_unique<CsvRows>(std::move(reader)));
}

}  // namespace boathouse::crm
