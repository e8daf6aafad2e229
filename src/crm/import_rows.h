#pragma once
// The pure half of an import: a CSV table becomes the field values each row asks for, before any record
// is read. Private to crm/.

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "crm/csv.h"
#include "crm/import_mapping.h"

namespace boathouse::crm {

// What one row asks for. A row with a reason is rejected and holds nothing else.
struct ImportRow {
  struct Pending {
    const ColumnTarget* target;  // has a lookup
    std::string text;            // what to find, in the spelling of the lookup's field
  };
  std::string reason;
  model::Value key;
  Json fields = Json::Object();
  std::vector<Pending> lookups;
};

struct ImportRows {
  std::vector<ImportRow> rows;  // one for each row of the table
  // For each field of the object itself that a lookup searches: text -> the first row that has it.
  std::unordered_map<size_t, std::unordered_map<std::string, size_t>> own;
};

// Hard errors (kInvalid) when the table and the mapping do not name the same columns.
Result<ImportRows> ReadRows(const Mapping& mapping, const CsvTable& table);

// How many of the table's columns are its own: rejected rows come back with two more, `line` and
// `reason`, which a corrected file may keep.
size_t OwnColumns(const Mapping& mapping, const CsvTable& table);

// The field errors of `error` as one line for people.
std::string ReasonOf(const Error& error);

}  // namespace boathouse::crm
