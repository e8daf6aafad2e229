#pragma once
// Exports: all records of a list as one file, CSV or Parquet, read piece by piece from one state of the
// store, so that it is right while records change and holds little memory. Everything goes by the caller's
// rights to export. docs/export.md is its manual. Exports is safe to use from many threads, an Export
// belongs to one at a time.

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/audit.h"
#include "base/result.h"
#include "crm/crm.h"

namespace boathouse::crm {

inline constexpr int exports_max = 6;  // at one time; each holds a state of the store

enum class ExportFormat { kCsv, kParquet };

struct ExportRequest {
  std::string filter;
  std::string order_by;
  std::vector<std::string> fields;  // by name, in this order; none: all
  ExportFormat format = ExportFormat::kCsv;
  // Fields that point to a record hold its title instead of its id.
  bool titles = false;
  // CSV for spreadsheet programs (Parquet needs nothing of it): a byte order mark, and an apostrophe before texts that such a program
  // would take for a formula.
  bool for_spreadsheet = false;
  char separator = ',';
};

class Export {
 public:
  virtual ~Export() = default;
  // Puts the next piece of the file into `piece`; false at its end. An error tears the file.
  virtual Result<bool> Next(std::string* piece) = 0;
  virtual size_t rows() const = 0;  // so far
};

class Exports {
 public:
  // The CRM outlives it, and it outlives what it opened. `audit`: told of each export, also of those
  // that are denied.
  explicit Exports(Crm& crm, auth::AuditLog* audit = nullptr) : crm_(crm), audit_(audit) {}

  // `object` is of the caller's model. kForbidden when the caller may not export it, kInvalid for a wrong
  // filter, order or field, kExhausted when too many run.
  Result<std::unique_ptr<Export>> Open(const Caller& caller, const model::Object& object,
                                       const ExportRequest& request);

 private:
  Result<std::unique_ptr<Export>> Begin(const Caller& caller, const model::Object& object,
                                        const ExportRequest& request);

  Crm& crm_;
  auth::AuditLog* const audit_;
  std::atomic<int> open_{0};
};

std::string_view ExportMediaType(ExportFormat format);
std::string_view ExportFileSuffix(ExportFormat format);  // ".csv"

}  // namespace boathouse::crm
