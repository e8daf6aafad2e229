#include "store/sqlite/condition_sql.h"

#include <algorithm>

#include "base/bytes.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/schema.h"

namespace boathouse::store::sqlite {
namespace {

using Compare = Condition::Compare;

// The table whose records a condition is about.
struct Table {
  const model::Object& object;
  std::string_view alias;
  SqlWriter& sql;
  bool related_by_record = false;

  std::string Column(const Condition& condition) const {
    return ColumnOf(object, alias, condition.field);
  }
  const model::Field& Field(const Condition& condition) const {
    return object.fields[condition.field];
  }
};

// Text that is sorted often has an index without regard to case, and equality is exact: the index is
// asked first, the value itself then.
bool HasFoldedIndex(const model::Field& field) {
  return IsTextual(field.type) && field.indexed && !field.unique;
}

bool HasNull(const std::vector<model::Value>& values) {
  return std::any_of(values.begin(), values.end(), model::IsNull);
}

void Add(const Condition& condition, const Table& table);

// Unknown (a null was compared) counts as false, so that NOT of it is true.
void AddNot(const Condition& condition, const Table& table) {
  table.sql.Add("NOT coalesce((");
  Add(condition, table);
  table.sql.Add("), 0)");
}

void AddList(const Condition& condition, std::string_view joint, std::string_view empty,
             const Table& table) {
  if (condition.children.empty()) {
    table.sql.Add(empty);
    return;
  }
  bool first = true;
  for (const Condition& child : condition.children) {
    if (!first) table.sql.Add(joint);
    first = false;
    table.sql.Add("(");
    Add(child, table);
    table.sql.Add(")");
  }
}

void AddEqual(const Condition& condition, const Table& table) {
  const std::string column = table.Column(condition);
  if (model::IsNull(condition.value)) {
    table.sql.Add(column).Add(" IS NULL");
    return;
  }
  if (HasFoldedIndex(table.Field(condition))) {
    table.sql.Add(column).Add(" = ");
    table.sql.Parameter(condition.value).Add(" COLLATE NOCASE AND ");
  }
  table.sql.Add(column).Add(" = ");
  table.sql.Parameter(condition.value);
}

void AddOrdered(const Condition& condition, std::string_view op, const Table& table) {
  table.sql.Add(table.Column(condition)).Add(op);
  table.sql.Parameter(condition.value).Add(FoldOf(table.Field(condition)));
}

void AddLike(const Condition& condition, std::string_view before, std::string_view after,
             const Table& table) {
  const std::string* text = std::get_if<std::string>(&condition.value);
  if (!IsTextual(table.Field(condition).type) || text == nullptr) {
    table.sql.Add("0");  // only text has parts
    return;
  }
  std::string pattern(before);
  for (const char c : *text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  pattern += after;
  table.sql.Add(table.Column(condition)).Add(" LIKE ");
  table.sql.Parameter(std::move(pattern)).Add(" ESCAPE '\\'");
}

// Its values stand in one string, joined (see model/value.h).
void AddHas(const Condition& condition, const Table& table) {
  const std::string* text = std::get_if<std::string>(&condition.value);
  if (!IsTextual(table.Field(condition).type) || text == nullptr) {
    table.sql.Add("0");
    return;
  }
  table.sql.Add("instr(';' || ").Add(table.Column(condition)).Add(" || ';', ");
  table.sql.Parameter(';' + *text + ';').Add(") > 0");
}

// LIKE alone does not use the index.
void AddStartsWith(const Condition& condition, const Table& table) {
  const std::string* text = std::get_if<std::string>(&condition.value);
  if (HasFoldedIndex(table.Field(condition)) && text != nullptr && !text->empty()) {
    const std::string column = table.Column(condition);
    std::string before = AsciiLower(*text);
    before.back() = static_cast<char>(before.back() + 1);  // UTF-8 has no byte 0xFF
    table.sql.Add(column).Add(" >= ");
    table.sql.Parameter(*text).Add(" COLLATE NOCASE AND ").Add(column).Add(" < ");
    table.sql.Parameter(std::move(before)).Add(" COLLATE NOCASE AND ");
  }
  AddLike(condition, "", "%", table);
}

void AddIn(const Condition& condition, const Table& table) {
  const std::string column = table.Column(condition);
  const auto list = [&](const char* fold) {
    table.sql.Add(column).Add(fold).Add(" IN (");
    bool first = true;
    for (const model::Value& value : condition.values) {
      if (model::IsNull(value)) continue;
      if (!first) table.sql.Add(", ");
      first = false;
      table.sql.Parameter(value);
    }
    table.sql.Add(")");
  };
  if (HasNull(condition.values)) table.sql.Add(column).Add(" IS NULL OR ");
  if (HasFoldedIndex(table.Field(condition))) {
    list(" COLLATE NOCASE");
    table.sql.Add(" AND ");
  }
  list("");
}

void AddPath(const Condition& condition, const Table& table);

void AddCompare(const Condition& condition, const Table& table) {
  if (!condition.path.empty()) {
    AddPath(condition, table);
    return;
  }
  switch (condition.compare) {
    case Compare::kEqual:
      AddEqual(condition, table);
      return;
    case Compare::kNotEqual:
      table.sql.Add(table.Column(condition)).Add(" IS NOT ");
      table.sql.Parameter(condition.value);
      return;
    case Compare::kLess:
      AddOrdered(condition, " < ", table);
      return;
    case Compare::kLessOrEqual:
      AddOrdered(condition, " <= ", table);
      return;
    case Compare::kGreater:
      AddOrdered(condition, " > ", table);
      return;
    case Compare::kGreaterOrEqual:
      AddOrdered(condition, " >= ", table);
      return;
    case Compare::kContains:
      AddLike(condition, "%", "%", table);
      return;
    case Compare::kStartsWith:
      AddStartsWith(condition, table);
      return;
    case Compare::kEndsWith:
      AddLike(condition, "%", "", table);
      return;
    case Compare::kIn:
      AddIn(condition, table);
      return;
    case Compare::kHas:
      AddHas(condition, table);
      return;
  }
}

// relation IN (the related records that meet it), or that there is such a record; step by step from the
// query's object outwards.
void AddSteps(const Condition& end, const std::vector<Step>& path, size_t at, const Table& table) {
  if (at == path.size()) {
    Add(end, table);
    return;
  }
  const model::Object& next = *path[at].object;
  const std::string alias = table.sql.NewAlias();
  const std::string relation = ColumnOf(table.object, table.alias, path[at].relation);
  const std::string id = ColumnOf(next, alias, model::kFieldId);
  const std::string from = " FROM " + RecordTable(next) + " AS " + alias + " WHERE ";
  if (table.related_by_record) {
    table.sql.Add("EXISTS (SELECT 1").Add(from).Add(id).Add(" = ").Add(relation).Add(" AND ");
  } else {
    table.sql.Add(relation).Add(" IN (SELECT ").Add(id).Add(from);
  }
  const Table next_table{next, alias, table.sql, table.related_by_record};
  if (path[at].visible != nullptr) {
    table.sql.Add("(");
    Add(*path[at].visible, next_table);
    table.sql.Add(") AND ");
  }
  AddSteps(end, path, at + 1, next_table);
  table.sql.Add(")");
}

// A broken path compares as null. Where null meets the condition, the records are all but those whose
// path leads to a value that does not.
void AddPath(const Condition& condition, const Table& table) {
  Condition end = condition;
  end.path.clear();
  if (!HoldsForNull(condition)) {
    AddSteps(end, condition.path, 0, table);
    return;
  }
  if (end.compare == Compare::kEqual) {
    end.compare = Compare::kNotEqual;
  } else if (end.compare == Compare::kNotEqual) {
    end.compare = Compare::kEqual;
  } else {
    end = Condition::Not(std::move(end));
  }
  table.sql.Add("NOT coalesce(");
  AddSteps(end, condition.path, 0, table);
  table.sql.Add(", 0)");
}

void Add(const Condition& condition, const Table& table) {
  switch (condition.kind) {
    case Condition::Kind::kAnd:
      AddList(condition, " AND ", "1", table);
      return;
    case Condition::Kind::kOr:
      AddList(condition, " OR ", "0", table);
      return;
    case Condition::Kind::kNot:
      AddNot(condition.children.at(0), table);
      return;
    case Condition::Kind::kCompare:
      AddCompare(condition, table);
      return;
  }
}

}  // namespace

bool HoldsForNull(const Condition& compare) {
  switch (compare.compare) {
    case Compare::kEqual:
      return model::IsNull(compare.value);
    case Compare::kNotEqual:
      return !model::IsNull(compare.value);
    case Compare::kIn:
      return HasNull(compare.values);
    case Compare::kLess:
    case Compare::kLessOrEqual:
    case Compare::kGreater:
    case Compare::kGreaterOrEqual:
    case Compare::kContains:
    case Compare::kStartsWith:
    case Compare::kEndsWith:
    case Compare::kHas:
      return false;
  }
  return false;
}

SqlWriter& SqlWriter::Parameter(model::Value value) {
  parameters_.push_back(std::move(value));
  text_ += "?" + std::to_string(parameters_.size());
  return *this;
}

std::string ColumnOf(const model::Object& object, std::string_view alias, size_t field) {
  return std::string(alias) + '.' + Quoted(object.fields[field].name);
}

const char* FoldOf(const model::Field& field) {
  return IsTextual(field.type) ? " COLLATE NOCASE" : "";
}

void AddCondition(const Condition& condition, const model::Object& object, std::string_view alias,
                  SqlWriter* sql, bool related_by_record) {
  Add(condition, {object, alias, *sql, related_by_record});
}

}  // namespace boathouse::store::sqlite
