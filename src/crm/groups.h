#pragma once
// Records of an object counted and summed by what they have in common: pipelines, forecasts, reports.
//
//   group_by   field[:unit], ...       a field, also one of a related record (account.industry); dates and
//                                      date-times by day, week, month, quarter or year
//   aggregate  count | count(field) | sum(field) | avg(field) | min(field) | max(field), ...
//   order_by   what stands in the other two, with asc or desc
//
// Sums and averages are exact decimals. What the caller may not see is not counted.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "crm/caller.h"
#include "crm/crm.h"
#include "model/model.h"
#include "store/query.h"

namespace boathouse::crm {

inline constexpr size_t group_keys_max = 4;
inline constexpr size_t group_aggregates_max = 16;
inline constexpr size_t group_rows_default = 200;
inline constexpr size_t group_rows_max = 10'000;

struct GroupRequest {
  std::string filter;
  std::string group_by;  // "": one row of everything
  std::string aggregate = "count";
  std::string order_by;  // "": by the keys; selects in the order of options, stages in theirs
  size_t limit = group_rows_default;  // rows that are returned, the first in order
};

struct GroupKeyColumn {
  std::string name;                       // stage, account_id.industry, close_date:month
  const model::Object* object = nullptr;  // what `field` is of
  size_t field = 0;
  store::GroupQuery::Unit unit = store::GroupQuery::Unit::kValue;

  const model::Field& definition() const { return object->fields[field]; }
  bool is_period() const { return unit != store::GroupQuery::Unit::kValue; }
};

struct GroupRow {
  std::vector<model::Value> keys;   // a period is the Date of its first day
  std::vector<std::string> titles;  // of records that keys point to; "" for other keys
  std::vector<int64_t> positions;   // of records that have one (stages of a pipeline); else 0
  std::vector<model::Value> aggregates;
};

struct GroupPage {
  std::shared_ptr<const model::Model> model;  // keeps the columns' objects alive
  std::vector<GroupKeyColumn> keys;
  std::vector<std::string> aggregates;  // their names: count, sum(amount)
  std::vector<GroupRow> rows;
  std::vector<model::Value> totals;  // the aggregates of all records of the filter
  size_t row_count = 0;              // how many rows there are, returned or not
};

// kInvalid about "group_by", "aggregate", "order_by", "filter" or "page_size".
Result<GroupPage> GroupRecords(Crm& crm, const Caller& caller, const model::Object& object,
                               const GroupRequest& request);

// Whether the words of a request make sense for the object; for views, which are checked when saved.
Status CheckGroups(const model::Model& model, const model::Object& object,
                   const GroupRequest& request);

}  // namespace boathouse::crm
