#pragma once
// Imports files (CSV, Parquet) into the CRM by a mapping: a JSON document that says which column becomes which
// field, how texts become values, and which records a row points to. docs/import.md is its manual.
// Safe to call from many threads; a request runs in one transaction on the store's writer thread.
//
// What holds: a request commits whole or not at all. A row that cannot be taken is rejected and does
// not stop the others; it comes back as CSV with the reason. A row whose key finds a record updates
// it, and changes nothing when nothing differs: the second run of an import writes nothing.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "crm/crm.h"

namespace boathouse::crm {

inline constexpr size_t import_files_max = 100;
inline constexpr size_t import_rows_max = 2'000'000;  // of one file

struct ImportFile {
  std::string name;  // as the mapping's "file" says it; for messages when the mapping names none
  std::string text;
};

struct ImportRequest {
  // One file's mapping, or {"imports": [mapping with "file", ...]} for several in that order.
  Json mapping;
  // When the mapping has no "object": the object to import into.
  std::string object;
  std::vector<ImportFile> files;
  bool dry_run = false;  // everything is checked and counted, nothing is written
};

struct ImportCounts {
  size_t created = 0;
  size_t updated = 0;
  size_t unchanged = 0;
  size_t rejected = 0;
  size_t related_created = 0;  // records that a lookup with "missing": "create" made
  size_t duplicates = 0;       // rows that looked like a record of another key (see "duplicates")

  void Add(const ImportCounts& more);
};

struct ImportFileReport {
  std::string file;
  std::string object;
  std::string format;    // what the file was taken for: "csv" or "parquet"
  std::string encoding;  // of a CSV file
  ImportCounts counts;
  // The rejected rows: the file's own columns, then `line` and `reason`. "" when there are none.
  std::string rejected_csv;
};

struct ImportReport {
  bool dry_run = false;
  std::vector<ImportFileReport> files;
  int64_t elapsed_ms = 0;

  // {"created", "updated", "unchanged", "rejected", "related_created", "rejected_csv", "elapsed_ms",
  // "dry_run", "files": [...]}; the counts are sums, `rejected_csv` is that of a single file.
  Json ToJson() const;
};

// Runs the import. kInvalid, before anything is written, when the mapping is wrong (field errors point
// into it: "/columns/sector/field"), when a file is missing or is no CSV, or when a column is neither
// mapped nor ignored; kForbidden when the caller may not write the object.
Result<ImportReport> Import(Crm& crm, const Caller& caller, const ImportRequest& request);

}  // namespace boathouse::crm
