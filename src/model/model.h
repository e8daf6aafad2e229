#pragma once
// The one definition of what the CRM keeps: objects and their fields. REST, OpenAPI, MCP tools, SQL
// tables, Delta and Iceberg schemas, search, import, forms and lists are projections of it. A Model
// is immutable once built; it is shared by const pointer and read from any thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/value.h"

namespace boathouse::model {

// Closed on purpose: every projection is a switch without default, so a new type does not build
// until each of them answers.
enum class FieldType {
  kId,        // UUID
  kText,      // one line
  kLongText,  // many lines
  kInteger,   // 64 bits
  kDecimal,   // decimal(18,4)
  kMoney,     // decimal(18,4), an amount of `currency`
  kBoolean,
  kDate,
  kDateTime,     // UTC, microseconds
  kSelect,       // one of `options`
  kMultiSelect,  // any of `options`, or any texts when there are none; see value.h
  kEmail,
  kPhone,
  kUrl,
  kRelation,  // the id of a record of `relation_object`
};

std::string_view FieldTypeName(FieldType type);  // id, text, long_text, ... as on the wire

struct SelectOption {
  std::string value;
  std::string label;
};

// A value made of the records that point to this one: how many they are, or the sum, least or
// greatest value of one of their fields.
struct RollUp {
  enum class Function { kSum, kCount, kMin, kMax };
  std::string object;    // whose records
  std::string relation;  // their relation field that points here
  Function function = Function::kCount;
  std::string field;   // of theirs; "" for a count
  std::string filter;  // only those, in the filter language, of their own fields; "" for all
};

std::string_view RollUpFunctionName(RollUp::Function function);  // sum, count, min, max

class Formula;

struct Field {
  std::string name;   // snake_case; never changes once stored
  std::string label;  // for people; may be renamed
  FieldType type = FieldType::kText;
  std::string description;

  // Stable for ever within its object: the Parquet field id and the Iceberg column id.
  int32_t column_id = 0;

  bool required = false;
  bool unique = false;
  bool read_only = false;  // set by the server: system and derived fields
  bool searchable = false;
  bool indexed = false;  // sorted and filtered often; unique and relation fields always are

  size_t length_max = 0;  // characters, for text-like types
  std::optional<int64_t> minimum;
  std::optional<int64_t> maximum;
  std::vector<SelectOption> options;
  std::string relation_object;
  Value default_value;
  // Non-empty: the value is these text fields joined by a space (a person's name).
  std::vector<std::string> derived_from;
  // Non-empty: the value is this expression over the record's other fields (see formula.h).
  std::string formula;
  std::shared_ptr<const Formula> parsed;  // of `formula`; set by computed.h
  std::optional<RollUp> roll_up;
  std::string currency;           // money: ISO 4217; "" is the workspace's
  bool is_currency_code = false;  // text: three letters, written upper-case

  // Set by the CRM from other fields or records, at every write of them.
  bool is_computed() const { return !derived_from.empty() || !formula.empty() || roll_up; }
  bool HasOption(std::string_view value) const;
};

// Every object begins with these fields, in this order.
enum SystemField : size_t {
  kFieldId,
  kFieldVersion,  // 1 at creation, one more with each change; the ETag
  kFieldCreatedAt,
  kFieldCreatedBy,
  kFieldUpdatedAt,
  kFieldUpdatedBy,
  kSystemFieldCount,
};

struct Object {
  std::string name;    // account
  std::string plural;  // accounts: the REST collection and the published table
  std::string label;
  std::string label_plural;
  std::string description;
  std::string title_field;  // what a record is called by
  // The relation to the record that this one is a part of (the quote of a line): it goes with that
  // record, and who may see that one may see this. "" when records stand by themselves.
  std::string belongs_to;
  std::vector<Field> fields;
  // The joined and formula fields, each behind those it reads; set by computed.h.
  std::vector<size_t> computed_order;
  // Of a role's model, which shows a part: the whole object, and where each field stands in it. The
  // whole lives as long as the store.
  const Object* whole = nullptr;
  std::vector<size_t> whole_fields;

  std::optional<size_t> IndexOf(std::string_view field) const;
  const Field* Find(std::string_view field) const;
  size_t title_index() const;
};

// A record is its values, in the order of its object's fields. A record written before a field was
// added is shorter: At answers null for what it lacks.
struct Record {
  std::vector<Value> values;

  const Value& At(size_t index) const;
  void Set(size_t index, Value value);  // grows as needed
  Id id() const;
  int64_t version() const;
};

class Model {
 public:
  explicit Model(std::vector<Object> objects);

  // What every CRM begins with; custom objects and fields come on top (see change.h).
  static std::shared_ptr<const Model> Standard();

  const std::vector<Object>& objects() const { return objects_; }
  const Object* Find(std::string_view name) const;          // by singular name
  const Object* FindPlural(std::string_view plural) const;  // by collection name

 private:
  std::vector<Object> objects_;
};

// What every object begins with: the six system fields with column ids 1 to 6.
std::vector<Field> SystemFields();

// The record as one JSON object, every field in model order.
void AppendRecordJson(const Object& object, const Record& record, std::string* out);
Json RecordToJson(const Object& object, const Record& record);
// The record's title for people ("Acme", "Jane Roe"); its id when the title is empty.
std::string TitleOf(const Object& object, const Record& record);

}  // namespace boathouse::model
