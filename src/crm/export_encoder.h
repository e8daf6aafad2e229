#pragma once
// How exported records become the bytes of a file. Private to crm/.

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "crm/export.h"
#include "model/model.h"

namespace boathouse::crm {

struct ExportColumn {
  const model::Field* field = nullptr;
  size_t at = 0;          // in the records
  bool is_title = false;  // the title of what the field points to
};

// Records with the titles that stand in for their relations: by record, then by column that is_title.
struct ExportBatch {
  std::vector<model::Record> records;
  std::vector<std::vector<std::string>> titles;
  size_t size = 0;  // so many of them count
};

// One thread at a time. Each call appends to `out` what of the file is ready.
class ExportEncoder {
 public:
  virtual ~ExportEncoder() = default;
  virtual Status Begin(std::string* out) = 0;
  virtual Status Add(const ExportBatch& batch, std::string* out) = 0;
  virtual Status End(std::string* out) = 0;
};

std::unique_ptr<ExportEncoder> MakeCsvEncoder(std::vector<ExportColumn> columns,
                                              const ExportRequest& request);
// In export_parquet.cc: the only file of this module that writes with Arrow.
std::unique_ptr<ExportEncoder> MakeParquetEncoder(std::vector<ExportColumn> columns);

}  // namespace boathouse::crm
