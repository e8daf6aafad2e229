#pragma once
// The rows of an imported file, CSV or Parquet alike: names of columns and cells of text. Private to crm/.
// One thread at a time; holds a row (CSV) or a few thousand (Parquet), however big the file is.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "crm/byte_source.h"
#include "crm/csv.h"

namespace boathouse::crm {

class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual const std::vector<std::string>& header() const = 0;
  // The next row; false at the end. Of a CSV file `line` is the line it begins in, of a Parquet file
  // the number of the row.
  virtual Result<bool> Next(CsvRow* row) = 0;
  virtual uint64_t bytes_read() const = 0;
  // What the file was taken for: "csv" or "parquet", its encoding ("" for Parquet), its separator.
  virtual std::string format() const = 0;
  virtual std::string encoding() const = 0;
  virtual char separator() const = 0;
};

// Opens what the first bytes say. `options` are of CSV files only. Errors are CsvReader's; for Parquet
// kInvalid when the file is torn or damaged or has columns of types that no field takes, kTooLarge when
// a row group holds more than parquet_group_bytes_max.
Result<std::unique_ptr<RowSource>> OpenRows(std::unique_ptr<ByteSource> bytes,
                                            const CsvOptions& options);

inline constexpr uint64_t parquet_group_bytes_max = uint64_t{1} << 30;  // decoded

// The Parquet half, in import_parquet.cc: the only file of this module that reads with Arrow.
Result<std::unique_ptr<RowSource>> OpenParquetRows(std::unique_ptr<ByteSource> bytes);

}  // namespace boathouse::crm
