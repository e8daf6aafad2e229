#pragma once
// Private to crm/: a record's fields by name, as rules read and set them. A field that the object lacks
// reads as null and is not set, so that a rule need not care whether a model has all that it knows.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/decimal.h"
#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "crm/rule.h"
#include "model/model.h"
#include "store/store.h"

namespace boathouse::crm {

const model::Value& ValueOf(const model::Object& object, const model::Record& record,
                            std::string_view field);
std::optional<Id> IdOf(const model::Object& object, const model::Record& record,
                       std::string_view field);
// "" for null.
std::string TextOf(const model::Object& object, const model::Record& record,
                   std::string_view field);
bool IsTrue(const model::Object& object, const model::Record& record, std::string_view field);
std::optional<int64_t> IntegerOf(const model::Object& object, const model::Record& record,
                                 std::string_view field);
// Where a record stands that comes last, behind `newest`: no further than its field "position" allows.
int64_t PositionBehind(const model::Object& object, int64_t newest);
std::optional<Decimal> DecimalOf(const model::Object& object, const model::Record& record,
                                 std::string_view field);

void Put(const model::Object& object, model::Record& record, std::string_view field,
         model::Value value);

// Whether an edit speaks of a field itself: it stands in the input, or, where a rule or a program writes
// (`given` is null), it differs from before.
bool Says(const Json& given, const model::Object& object, const model::Record& before,
          const model::Record& record, std::string_view field);
bool Differs(const model::Object& object, const model::Record& a, const model::Record& b,
             std::string_view field);

// Whether something is wrong with that field already.
bool IsWrong(const std::vector<FieldError>& wrong, const std::string& at);

store::OrderBy OrderOf(size_t field, bool descending = false);

using FieldValues = std::initializer_list<std::pair<std::string_view, model::Value>>;
// Which records have all these values.
store::Condition AllEqual(const model::Object& object, FieldValues values);
// The records that have all these values, in the order of `order_by` ("" for the order of creation).
Result<std::vector<model::Record>> FindAll(store::Reader& reader, const model::Object& object,
                                           FieldValues values, std::string_view order_by,
                                           size_t limit);
Result<std::optional<model::Record>> FindFirst(store::Reader& reader, const model::Object& object,
                                               FieldValues values, std::string_view order_by = {});
Result<int64_t> CountAll(store::Reader& reader, const model::Object& object, FieldValues values);
// The record, or nullopt when there is none.
Result<std::optional<model::Record>> GetIfThere(store::Reader& reader, const model::Object& object,
                                                const Id& id);

// "3 opportunities", "1 opportunity".
std::string Counted(int64_t count, const model::Object& object);

}  // namespace boathouse::crm
