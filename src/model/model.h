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
  kMoney,     // decimal(18,4) in the workspace's currency
  kBoolean,
  kDate,
  kDateTime,  // UTC, microseconds
  kSelect,    // one of `options`
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
  std::vector<Field> fields;

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

  // The standard objects: account, contact, lead, opportunity, product, activity, territory, user.
  static std::shared_ptr<const Model> Standard();

  const std::vector<Object>& objects() const { return objects_; }
  const Object* Find(std::string_view name) const;          // by singular name
  const Object* FindPlural(std::string_view plural) const;  // by collection name

 private:
  std::vector<Object> objects_;
};

// A system field's or custom object's building block: the six system fields with column ids 1 to 6.
std::vector<Field> SystemFields();

// The record as one JSON object, every field in model order.
void AppendRecordJson(const Object& object, const Record& record, std::string* out);
Json RecordToJson(const Object& object, const Record& record);
// The record's title for people ("Acme", "Jane Roe"); its id when the title is empty.
std::string TitleOf(const Object& object, const Record& record);

}  // namespace boathouse::model
