#pragma once
// An import's mapping, checked against the model: names became fields, texts became patterns. Private
// to crm/; the public contract is crm/import.h and docs/import.md. Pure functions and values.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/result.h"
#include "crm/csv.h"
#include "model/model.h"

namespace boathouse::crm {

// How a file writes its dates: dd-mm-yy, m/d/yyyy, yyyy-mm-dd HH:MI:SS, dd mon yyyy.
class DateFormat {
 public:
  // kInvalid when the pattern lacks day, month or year, or has one twice.
  static Result<DateFormat> Parse(std::string_view pattern);
  // nullopt when the text does not follow the pattern or names no day that exists. Two-digit years
  // are 1970 to 2069. Times are UTC.
  std::optional<Micros> Read(std::string_view text) const;

 private:
  enum class Part { kLiteral, kYear4, kYear2, kMonth, kMonthName, kDay, kHour, kMinute, kSecond };
  struct Piece {
    Part part;
    size_t digits_min;
    size_t digits_max;
    char literal;
  };
  std::vector<Piece> pieces_;
};

// A cell names another record: the one whose field `by` equals the text.
struct Lookup {
  enum class Missing { kReject, kEmpty, kCreate };
  const model::Object* object = nullptr;
  size_t by = 0;
  Missing missing = Missing::kReject;
  bool or_id = false;  // a text that is a UUID is the record's id instead
};

// One column's way into one field, in the order of the members: values, default, format or multiply,
// then lookup.
struct ColumnTarget {
  std::string column;
  size_t field = 0;
  std::vector<std::pair<std::string, std::string>> values;  // exact text -> replacement
  std::string default_text;                                 // for an empty cell
  std::optional<DateFormat> format;
  std::optional<Decimal> multiply;
  std::optional<Lookup> lookup;
};

// A field made of several columns. The first alternative whose columns are all filled is taken.
struct FieldTemplate {
  struct Piece {
    bool is_column = false;
    std::string text;  // literal text or the column's name
  };
  size_t field = 0;
  std::vector<std::vector<Piece>> alternatives;
};

// What becomes of a row without a record of its key that rules about duplicates find another record for.
enum class ImportDuplicates {
  kIgnore,
  kReport,  // it is made, and counted
  kSkip,    // it is rejected
  kMerge,   // it fills what that record lacks
};

struct Mapping {
  std::string file;  // "" when the mapping names none
  const model::Object* object = nullptr;
  size_t key = 0;
  CsvOptions csv;
  std::vector<ColumnTarget> targets;
  std::vector<FieldTemplate> templates;
  std::vector<std::pair<size_t, Json>> constants;
  std::vector<std::string> ignored;
  // No columns are named: each goes into the field of its name; see CompleteMapping.
  bool by_name = false;
  // An empty cell empties its field also where the field has a default.
  bool empty_is_null = false;
  ImportDuplicates duplicates = ImportDuplicates::kIgnore;

  // True when some target, template or `ignore` names the column.
  bool Knows(std::string_view column) const;
};

// Finds the fields for the columns of a mapping that names none: by name or by label, without regard to
// case; what the server sets is left out. kInvalid when the key is not among them.
Status CompleteMapping(const model::Model& model, const std::vector<std::string>& header,
                       Mapping* mapping);

// Reads {"imports": [...]} or one mapping. `object` stands in where a mapping names none. Errors are
// kInvalid with a JSON pointer to each wrong member; all of them, not only the first.
Result<std::vector<Mapping>> ParseMappings(const Json& json, const model::Model& model,
                                           const std::string& object);

}  // namespace boathouse::crm
