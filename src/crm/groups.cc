#include "crm/groups.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/bytes.h"
#include "crm/crm_impl.h"

namespace boathouse::crm {
namespace {

using model::FieldType;
using store::GroupQuery;
using Function = store::GroupQuery::Function;
using Unit = store::GroupQuery::Unit;

constexpr size_t text_chars_max = 1000;

struct UnitName {
  std::string_view name;
  Unit unit;
};
constexpr UnitName units[] = {{"day", Unit::kDay},
                              {"week", Unit::kWeek},
                              {"month", Unit::kMonth},
                              {"quarter", Unit::kQuarter},
                              {"year", Unit::kYear}};

struct FunctionName {
  std::string_view name;
  Function function;
};
constexpr FunctionName functions[] = {{"count", Function::kCount},
                                      {"sum", Function::kSum},
                                      {"avg", Function::kAverage},
                                      {"min", Function::kMinimum},
                                      {"max", Function::kMaximum}};

bool IsTime(FieldType type) { return type == FieldType::kDate || type == FieldType::kDateTime; }
bool IsNumber(FieldType type) {
  return type == FieldType::kInteger || type == FieldType::kDecimal || type == FieldType::kMoney;
}

Error Wrong(std::string_view parameter, const std::string& detail) {
  return Error::Field(std::string(parameter), "invalid_" + std::string(parameter),
                      std::string(parameter) + ": " + detail);
}

Result<std::vector<std::string_view>> SplitList(std::string_view text, std::string_view parameter,
                                                size_t count_max) {
  std::vector<std::string_view> parts;
  if (text.size() > text_chars_max) {
    return Wrong(parameter, "at most " + std::to_string(text_chars_max) + " characters");
  }
  if (!IsUtf8(text)) return Wrong(parameter, "not UTF-8");
  if (TrimAscii(text).empty()) return parts;
  for (size_t from = 0; from <= text.size();) {
    const size_t comma = std::min(text.find(',', from), text.size());
    parts.push_back(TrimAscii(text.substr(from, comma - from)));
    from = comma + 1;
  }
  if (parts.size() > count_max) {
    return Wrong(parameter, "at most " + std::to_string(count_max) + " of them");
  }
  return parts;
}

// territory_id.name: the one spelling of a path.
std::string NameOf(const model::Object& object, const FieldPath& path) {
  std::string name;
  const model::Object* at = &object;
  for (const store::Step& step : path.steps) {
    name += at->fields[step.relation].name + '.';
    at = step.object;
  }
  return name + at->fields[path.field].name;
}

struct KeyPlan {
  GroupKeyColumn column;
  FieldPath path;
};
struct AggregatePlan {
  std::string name;
  Function function = Function::kCount;
  std::optional<FieldPath> path;
};
struct OrderPlan {
  bool is_key = true;
  size_t index = 0;
  bool descending = false;
};

// The words of a request, bound to the caller's object.
class Reading {
 public:
  Reading(const model::Model& model, const model::Object& object, const FilterScope& scope)
      : model_(model), object_(object), scope_(scope) {}

  Status Read(const GroupRequest& request) {
    ASSIGN(const auto key_texts, SplitList(request.group_by, "group_by", group_keys_max));
    for (const std::string_view text : key_texts) TRY(ReadKey(text));
    ASSIGN(const auto aggregate_texts,
           SplitList(request.aggregate, "aggregate", group_aggregates_max));
    for (const std::string_view text : aggregate_texts) {
      ASSIGN(AggregatePlan plan, ReadAggregate(text, "aggregate"));
      aggregates.push_back(std::move(plan));
    }
    if (aggregates.empty())
      return Wrong("aggregate", "what to compute, such as count, sum(amount)");
    return ReadOrder(request.order_by);
  }

  std::vector<KeyPlan> keys;
  std::vector<AggregatePlan> aggregates;
  std::vector<OrderPlan> order;

 private:
  Status ReadKey(std::string_view text) {
    const size_t colon = std::min(text.find(':'), text.size());
    KeyPlan plan;
    ASSIGN(plan.path, ReadFieldPath(model_, object_, TrimAscii(text.substr(0, colon)), scope_,
                                    "group_by", "group_by: "));
    const model::Field& field = plan.path.object->fields[plan.path.field];
    if (field.type == FieldType::kId || field.type == FieldType::kLongText) {
      return Wrong("group_by", field.name + " is different for each record");
    }
    plan.column = {NameOf(object_, plan.path), plan.path.object, plan.path.field, Unit::kValue};
    if (colon < text.size()) {
      const std::string_view wanted = TrimAscii(text.substr(colon + 1));
      const auto* unit = std::find_if(std::begin(units), std::end(units),
                                      [&](const UnitName& each) { return each.name == wanted; });
      if (unit == std::end(units) || !IsTime(field.type)) {
        return Wrong("group_by",
                     IsTime(field.type)
                         ? "behind " + field.name + ": expected day, week, month, quarter or year"
                         : field.name + " is no date: it has no days or months");
      }
      plan.column.unit = unit->unit;
      plan.column.name += ':' + std::string(unit->name);
    } else if (field.type == FieldType::kDateTime) {
      plan.column.unit = Unit::kDay;  // nobody groups by the microsecond
      plan.column.name += ":day";
    }
    for (const KeyPlan& earlier : keys) {
      if (earlier.column.name == plan.column.name) {
        return Wrong("group_by", plan.column.name + " stands twice");
      }
    }
    keys.push_back(std::move(plan));
    return Status::Ok();
  }

  Result<AggregatePlan> ReadAggregate(std::string_view text, std::string_view parameter) const {
    const size_t open = std::min(text.find('('), text.size());
    const std::string_view wanted = TrimAscii(text.substr(0, open));
    const auto* function =
        std::find_if(std::begin(functions), std::end(functions),
                     [&](const FunctionName& each) { return each.name == wanted; });
    const bool has_field = open < text.size();
    if (function == std::end(functions) || (has_field && text.back() != ')') ||
        (!has_field && function->function != Function::kCount)) {
      return Wrong(parameter,
                   "expected count, count(field), sum(field), avg(field), min(field) or "
                   "max(field), found \"" +
                       std::string(text.substr(0, 60)) + "\"");
    }
    AggregatePlan plan{std::string(function->name), function->function, std::nullopt};
    if (!has_field) return plan;
    const std::string_view name = TrimAscii(text.substr(open + 1, text.size() - open - 2));
    ASSIGN(plan.path,
           ReadFieldPath(model_, object_, name, scope_, parameter, std::string(parameter) + ": "));
    plan.name += '(' + NameOf(object_, *plan.path) + ')';
    const model::Field& field = plan.path->object->fields[plan.path->field];
    const bool sums = plan.function == Function::kSum || plan.function == Function::kAverage;
    if (sums && !IsNumber(field.type)) return Wrong(parameter, field.name + " is no number");
    if (plan.function != Function::kCount && !IsNumber(field.type) && !IsTime(field.type)) {
      return Wrong(parameter, field.name + " is neither a number nor a time");
    }
    return plan;
  }

  Status ReadOrder(std::string_view text) {
    ASSIGN(const auto parts, SplitList(text, "order_by", group_keys_max + group_aggregates_max));
    for (std::string_view part : parts) {
      OrderPlan plan;
      const size_t space = std::min(part.find_last_of(" \t"), part.size());
      const std::string direction =
          space < part.size() ? AsciiLower(part.substr(space + 1)) : std::string();
      if (direction == "asc" || direction == "desc") {
        plan.descending = direction == "desc";
        part = TrimAscii(part.substr(0, space));
      }
      TRY(FindOrdered(part, &plan));
      order.push_back(plan);
    }
    return Status::Ok();
  }

  Status FindOrdered(std::string_view name, OrderPlan* plan) const {
    if (const Result<AggregatePlan> wanted = ReadAggregate(name, "order_by"); wanted.ok()) {
      for (size_t i = 0; i < aggregates.size(); ++i) {
        if (aggregates[i].name != wanted->name) continue;
        plan->is_key = false;
        plan->index = i;
        return Status::Ok();
      }
    }
    for (size_t i = 0; i < keys.size(); ++i) {
      const std::string& known = keys[i].column.name;
      const std::string without_unit = known.substr(0, known.find(':'));
      if (known != name && without_unit != name && without_unit != std::string(name) + "_id") {
        continue;
      }
      plan->index = i;
      return Status::Ok();
    }
    std::string known;
    for (const KeyPlan& key : keys) known += (known.empty() ? "" : ", ") + key.column.name;
    for (const AggregatePlan& each : aggregates) known += (known.empty() ? "" : ", ") + each.name;
    return Wrong("order_by", "\"" + std::string(name.substr(0, 60)) +
                                 "\" is not in the groups; there are: " + known);
  }

  const model::Model& model_;
  const model::Object& object_;
  const FilterScope& scope_;
};

// Numbers, times and texts as people sort them; null first.
int Order(const model::Value& a, const model::Value& b) {
  const std::string* text_a = std::get_if<std::string>(&a);
  const std::string* text_b = std::get_if<std::string>(&b);
  if (text_a != nullptr && text_b != nullptr) {
    const int folded = AsciiLower(*text_a).compare(AsciiLower(*text_b));
    return folded != 0 ? folded : text_a->compare(*text_b);
  }
  return a < b ? -1 : b < a;
}

// Where the value stands among a select's options; those that are none stand at the end.
size_t OptionIndex(const model::Field& field, const model::Value& value) {
  const std::string* text = std::get_if<std::string>(&value);
  if (text == nullptr) return 0;
  for (size_t i = 0; i < field.options.size(); ++i) {
    if (field.options[i].value == *text) return i + 1;
  }
  return field.options.size() + 1;
}

int OrderKeys(const GroupKeyColumn& column, const GroupRow& a, const GroupRow& b, size_t at) {
  const model::Field& field = column.definition();
  if (field.type == FieldType::kSelect) {
    const size_t index_a = OptionIndex(field, a.keys[at]);
    const size_t index_b = OptionIndex(field, b.keys[at]);
    if (index_a != index_b) return index_a < index_b ? -1 : 1;
  }
  if (a.positions[at] != b.positions[at]) return a.positions[at] < b.positions[at] ? -1 : 1;
  if (field.type == FieldType::kRelation && a.titles[at] != b.titles[at]) {
    return Order(model::Value(a.titles[at]), model::Value(b.titles[at]));
  }
  return Order(a.keys[at], b.keys[at]);
}

void Sort(const std::vector<OrderPlan>& order, GroupPage* page) {
  std::sort(page->rows.begin(), page->rows.end(), [&](const GroupRow& a, const GroupRow& b) {
    for (const OrderPlan& plan : order) {
      const int by = plan.is_key ? OrderKeys(page->keys[plan.index], a, b, plan.index)
                                 : Order(a.aggregates[plan.index], b.aggregates[plan.index]);
      if (by != 0) return plan.descending ? by > 0 : by < 0;
    }
    for (size_t i = 0; i < page->keys.size(); ++i) {
      const int by = OrderKeys(page->keys[i], a, b, i);
      if (by != 0) return by < 0;
    }
    return false;
  });
}

// What the records are called that one column of keys points to, as far as the caller sees them.
Status FillTitles(Crm::Impl& impl, const Caller& caller, const model::Object& related,
                  store::Snapshot& snapshot, size_t column, GroupPage* page) {
  struct Shown {
    std::string title;
    int64_t position = 0;
  };
  std::map<Id, Shown> shown;
  for (const GroupRow& row : page->rows) {
    if (const Id* id = std::get_if<Id>(&row.keys[column])) shown.try_emplace(*id);
  }
  std::vector<Id> ids;
  for (const auto& [id, one] : shown) ids.push_back(id);
  const auto position = related.IndexOf("position");
  Result<Access> access = impl.permissions.Enter(caller, related, Action::kRead);
  if (!access.ok()) return Status::Ok();  // the ids alone
  TRY(impl.permissions.SetReach(caller, snapshot, &*access));
  ASSIGN(std::vector<model::Record> records, snapshot.GetMany(access->whole(), ids));
  for (model::Record& record : records) {
    ASSIGN(const bool reached, access->Reaches(record, snapshot));
    if (!reached) continue;
    const Id id = record.id();
    const model::Record visible = access->Show(std::move(record));
    shown[id].title = model::TitleOf(related, visible);
    const int64_t* at = position ? std::get_if<int64_t>(&visible.At(*position)) : nullptr;
    if (at != nullptr) shown[id].position = *at;
  }
  for (GroupRow& row : page->rows) {
    const Id* id = std::get_if<Id>(&row.keys[column]);
    if (id == nullptr) continue;
    row.titles[column] = shown[*id].title;
    row.positions[column] = shown[*id].position;
  }
  return Status::Ok();
}

store::OrderBy AsWhole(const Access& access, const FieldPath& path) {
  return access.WholeOrder({path.field, false, path.steps});
}

Status CheckLimit(size_t limit) {
  if (limit >= 1 && limit <= group_rows_max) return Status::Ok();
  return Error::Field("page_size", "out_of_range",
                      "page_size must be between 1 and " + std::to_string(group_rows_max));
}

}  // namespace

Result<GroupPage> GroupRecords(Crm& crm, const Caller& caller, const model::Object& object,
                               const GroupRequest& request) {
  Crm::Impl& impl = crm.impl();
  TRY(CheckLimit(request.limit));
  ASSIGN(const Crm::Impl::Entrance entrance, impl.Enter(caller, object, Action::kRead));
  const Access& access = entrance.access;
  const FilterScope scope = impl.FilterScopeOf(caller, access);
  Reading reading(access.seen_model(), access.seen(), scope);
  TRY(reading.Read(request));

  ASSIGN(store::Query filter, impl.QueryFor(caller, access, request.filter, ""));
  GroupQuery query;
  query.object = filter.object;
  query.where = std::move(filter.where);
  GroupPage page;
  page.model = crm.model(caller);
  for (const KeyPlan& key : reading.keys) {
    store::OrderBy whole = AsWhole(access, key.path);
    query.by.push_back({std::move(whole.path), whole.field, key.column.unit});
    page.keys.push_back(key.column);
  }
  for (const AggregatePlan& aggregate : reading.aggregates) {
    GroupQuery::Aggregate one{aggregate.function, {}, std::nullopt};
    if (aggregate.path) {
      store::OrderBy whole = AsWhole(access, *aggregate.path);
      one.path = std::move(whole.path);
      one.field = whole.field;
    }
    query.aggregates.push_back(std::move(one));
    page.aggregates.push_back(aggregate.name);
  }

  ASSIGN(store::Groups found, entrance.snapshot->GroupBy(query));
  page.totals = std::move(found.totals);
  page.row_count = found.groups.size();
  for (store::Group& group : found.groups) {
    const size_t keys = group.keys.size();
    page.rows.push_back({std::move(group.keys), std::vector<std::string>(keys),
                         std::vector<int64_t>(keys), std::move(group.aggregates)});
  }
  for (size_t i = 0; i < page.keys.size(); ++i) {
    const model::Field& field = page.keys[i].definition();
    const model::Object* related =
        field.type == FieldType::kRelation ? page.model->Find(field.relation_object) : nullptr;
    if (related == nullptr) continue;
    TRY(FillTitles(impl, caller, *related, *entrance.snapshot, i, &page));
  }
  Sort(reading.order, &page);
  if (page.rows.size() > request.limit) page.rows.resize(request.limit);
  return page;
}

Status CheckGroups(const model::Model& model, const model::Object& object,
                   const GroupRequest& request) {
  return Reading(model, object, {}).Read(request);
}

}  // namespace boathouse::crm
