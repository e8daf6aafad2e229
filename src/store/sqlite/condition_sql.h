#pragma once
// A Condition as SQL with bound parameters, and the text it is written into. No literal of a user ever
// stands in the text. crm/match.h answers the same conditions in memory: the two must agree.

#include <string>
#include <string_view>
#include <vector>

#include "model/value.h"
#include "store/query.h"

namespace boathouse::store::sqlite {

struct SqlText {
  std::string text;
  std::vector<model::Value> parameters;  // in order, from parameter 1
};

// SQL text under construction.
class SqlWriter {
 public:
  SqlWriter& Add(std::string_view text) {
    text_ += text;
    return *this;
  }
  // A placeholder for `value`.
  SqlWriter& Parameter(model::Value value);
  // A name for one more table of the statement: t1, t2 ...
  std::string NewAlias() { return "t" + std::to_string(++aliases_); }
  SqlText Finish() && { return {std::move(text_), std::move(parameters_)}; }

 private:
  std::string text_;
  std::vector<model::Value> parameters_;
  int aliases_ = 0;
};

// Whether the comparison is true of a record without the value: then it cannot be found by looking for
// related records that meet it.
bool HoldsForNull(const Condition& compare);

// alias."name"
std::string ColumnOf(const model::Object& object, std::string_view alias, size_t field);
// " COLLATE NOCASE" behind text, which sorts without regard to ASCII case; else "".
const char* FoldOf(const model::Field& field);

// An expression that is true for the records of `object` (the table known as `alias`) that meet the
// condition; for others it is false or null. `related_by_record`: follow relations for each record, instead
// of listing first which related records meet it; better where many do and few records are looked at.
void AddCondition(const Condition& condition, const model::Object& object, std::string_view alias,
                  SqlWriter* sql, bool related_by_record = false);

}  // namespace boathouse::store::sqlite
