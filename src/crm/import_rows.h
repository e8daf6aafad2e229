#pragma once
// The pure half of an import: rows of text become the field values that each asks for, before any record is
// read. Private to crm/.

#include <cstdint>
#include <optional>
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
    bool is_id = false;          // the text is the record's id
  };
  size_t line = 0;
  std::string reason;
  model::Value key;
  std::string key_text;
  Json fields = Json::Object();  // as an update takes them: null empties
  std::vector<size_t>
      left_to_default;  // of these a creation takes nothing, mostly none: places in fields
  std::vector<Pending> lookups;

  // `fields` as a creation takes them.
  Json Given() const;
};

// Reads the rows of one file. Holds on to the mapping and the header; may be used from many threads.
class RowReader {
 public:
  RowReader(const Mapping& mapping, const std::vector<std::string>& header);

  // kInvalid when the file and the mapping do not name the same columns.
  Status CheckColumns() const;
  ImportRow Read(const CsvRow& row) const;

  // How many of the columns are the file's own: rejected rows come back with two more, `line` and
  // `reason`, which a corrected file may keep.
  size_t own_columns() const { return own_columns_; }

 private:
  std::optional<size_t> ColumnOf(std::string_view name) const;
  const model::Field& FieldAt(size_t index) const { return mapping_.object->fields[index]; }
  std::string Text(const CsvRow& row, const ColumnTarget& target, size_t column) const;
  Status Fill(const CsvRow& row, ImportRow* out) const;
  std::string Expand(const CsvRow& row, const FieldTemplate& made) const;
  Status SetText(size_t index, std::string_view text, ImportRow* out) const;
  void Set(size_t index, const Json& value, bool is_given, ImportRow* out) const;

  const Mapping& mapping_;
  const std::vector<std::string>& header_;
  size_t own_columns_;
  std::unordered_map<std::string, size_t> columns_;
  std::vector<size_t>
      target_columns_;  // of mapping_.targets; the width of the header when not there
};

// The keys that rows had so far, a few bytes each: of rows with one key the first is taken, so that a second
// import finds nothing to do.
class SeenKeys {
 public:
  // 0 when the key is new, and then noted; else the line that has it.
  size_t Note(std::string_view key, size_t line);
  bool Has(std::string_view key) const;

 private:
  // 96 bits of a digest stand for the key.
  struct Slot {
    uint64_t first = 0;
    uint32_t second = 0;
    uint32_t line = 0;  // 0: free
  };
  static Slot SlotOf(std::string_view key);
  void Grow();
  // Where the key is, or would be. Needs a free slot.
  size_t Find(const Slot& wanted) const;

  std::vector<Slot> slots_;
  size_t used_ = 0;
};

// Rejects the row when its key stands in an earlier one.
void RejectRepeatedKey(SeenKeys* seen, ImportRow* row);

// The field errors of `error` as one line for people.
std::string ReasonOf(const Error& error);

// Appends a rejected row: the file's own cells, then its line and the reason. A short row is filled up, so
// that the reason stands under its name; what a long row has too much follows it.
void AppendRejected(const CsvRow& row, size_t own_columns, bool was_reported,
                    const std::string& reason, char separator, std::string* out);
// The header of a file of rejected rows.
void AppendRejectedHeader(const std::vector<std::string>& header, size_t own_columns,
                          char separator, std::string* out);

}  // namespace boathouse::crm
