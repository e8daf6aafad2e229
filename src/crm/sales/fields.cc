#include "crm/sales/fields.h"

#include <algorithm>

namespace boathouse::crm {

using model::Object;
using model::Record;
using model::Value;

const Value& ValueOf(const Object& object, const Record& record, std::string_view field) {
  static const Value null;
  const auto index = object.IndexOf(field);
  return index ? record.At(*index) : null;
}

std::optional<Id> IdOf(const Object& object, const Record& record, std::string_view field) {
  const Id* id = std::get_if<Id>(&ValueOf(object, record, field));
  return id == nullptr ? std::nullopt : std::optional<Id>(*id);
}

std::string TextOf(const Object& object, const Record& record, std::string_view field) {
  return model::ToText(ValueOf(object, record, field));
}

bool IsTrue(const Object& object, const Record& record, std::string_view field) {
  return ValueOf(object, record, field) == Value(true);
}

std::optional<int64_t> IntegerOf(const Object& object, const Record& record,
                                 std::string_view field) {
  const int64_t* number = std::get_if<int64_t>(&ValueOf(object, record, field));
  return number == nullptr ? std::nullopt : std::optional<int64_t>(*number);
}

int64_t PositionBehind(const Object& object, int64_t newest) {
  const model::Field* field = object.Find("position");
  INVARIANT(field != nullptr && field->maximum.has_value());
  return std::min(newest + 1, *field->maximum);
}

std::optional<Decimal> DecimalOf(const Object& object, const Record& record,
                                 std::string_view field) {
  const Decimal* number = std::get_if<Decimal>(&ValueOf(object, record, field));
  return number == nullptr ? std::nullopt : std::optional<Decimal>(*number);
}

void Put(const Object& object, Record& record, std::string_view field, Value value) {
  if (const auto index = object.IndexOf(field)) record.Set(*index, std::move(value));
}

bool Differs(const Object& object, const Record& a, const Record& b, std::string_view field) {
  return ValueOf(object, a, field) != ValueOf(object, b, field);
}

bool Says(const Json& given, const Object& object, const Record& before, const Record& record,
          std::string_view field) {
  return given.is_null() ? Differs(object, before, record, field) : given.Find(field) != nullptr;
}

bool IsWrong(const std::vector<FieldError>& wrong, const std::string& at) {
  return std::any_of(wrong.begin(), wrong.end(),
                     [&](const FieldError& error) { return error.field == at; });
}

store::OrderBy OrderOf(size_t field, bool descending) {
  store::OrderBy order;
  order.field = field;
  order.descending = descending;
  return order;
}

store::Condition AllEqual(const Object& object, FieldValues values) {
  std::vector<store::Condition> all;
  for (const auto& [field, value] : values) {
    const auto index = object.IndexOf(field);
    INVARIANT(index.has_value());
    all.push_back(store::Condition::Where(*index, store::Condition::Compare::kEqual, value));
  }
  return store::Condition::All(std::move(all));
}

Result<std::vector<Record>> FindAll(store::Reader& reader, const Object& object, FieldValues values,
                                    std::string_view order_by, size_t limit) {
  store::Query query;
  query.object = &object;
  query.where = AllEqual(object, values);
  if (const auto index = object.IndexOf(order_by)) query.order.push_back(OrderOf(*index));
  query.limit = limit;
  return reader.List(query);
}

Result<std::optional<Record>> FindFirst(store::Reader& reader, const Object& object,
                                        FieldValues values, std::string_view order_by) {
  ASSIGN(std::vector<Record> found, FindAll(reader, object, values, order_by, 1));
  if (found.empty()) return std::optional<Record>();
  return std::optional<Record>(std::move(found[0]));
}

Result<int64_t> CountAll(store::Reader& reader, const Object& object, FieldValues values) {
  store::Query query;
  query.object = &object;
  query.where = AllEqual(object, values);
  return reader.Count(query);
}

Result<std::optional<Record>> GetIfThere(store::Reader& reader, const Object& object,
                                         const Id& id) {
  Result<Record> record = reader.Get(object, id);
  if (record.ok()) return std::optional<Record>(std::move(*record));
  if (record.error().kind == ErrorKind::kNotFound) return std::optional<Record>();
  return std::move(record.error());
}

std::string Counted(int64_t count, const Object& object) {
  return std::to_string(count) + " " + (count == 1 ? object.name : object.plural);
}

}  // namespace boathouse::crm
