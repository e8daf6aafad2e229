#include "crm/sales/case_due.h"

#include <algorithm>

#include "crm/sales/fields.h"

namespace boathouse::crm {
namespace {

using model::Object;
using model::Record;
using model::Value;

constexpr Micros hour_micros = 3600LL * 1'000'000;
constexpr const char* priorities[] = {"low", "normal", "high", "urgent"};
constexpr size_t promises_max = 20;  // that are remembered while the work on them waits

std::string HoursField(std::string_view priority) { return "sla_hours_" + std::string(priority); }

Value DueAfter(Micros since, const std::optional<Decimal>& hours) {
  if (!hours) return Value{};
  return model::DateTime{since + hours->units * (hour_micros / Decimal::unit)};
}

Micros CreatedAt(const Record& record) {
  const auto* at = std::get_if<model::DateTime>(&record.At(model::kFieldCreatedAt));
  return at == nullptr ? 0 : at->micros;
}

// Whether the case is due as one of these promises had it.
bool WasPromised(const Object& object, const Record& record, const Json& was) {
  const std::string priority = TextOf(object, record, "priority");
  const Value& due = ValueOf(object, record, "sla_due_at");
  const JsonArray& promises = was.items();
  return std::any_of(promises.begin(), promises.end(), [&](const Json& hours) {
    return due == DueAfter(CreatedAt(record), Decimal::Parse(hours[priority].AsString()));
  });
}

}  // namespace

Result<Value> DueTime(store::Reader& reader, const model::Model& model, const Object& object,
                      const Record& record, Micros since) {
  const Object* queue = model.Find("queue");
  const auto id = IdOf(object, record, "queue_id");
  if (queue == nullptr || !id) return Value{};
  ASSIGN(const std::optional<Record> found, GetIfThere(reader, *queue, *id));
  if (!found) return Value{};
  return DueAfter(since, DecimalOf(*queue, *found, HoursField(TextOf(object, record, "priority"))));
}

Status LeaveDueWork(RuleEdit& edit, const Object& queue, const Record& before,
                    const Record& after) {
  Json hours = Json::Object();
  bool differ = false;
  for (const char* priority : priorities) {
    const std::string field = HoursField(priority);
    differ = differ || Differs(queue, before, after, field);
    hours.Set(priority, TextOf(queue, before, field));
  }
  if (!differ) return Status::Ok();
  const std::string key = "queues/" + after.id().ToString();
  // Cases that an earlier change has not come to yet are due by what was promised before that.
  ASSIGN(const Json left, FindWork(edit, key));
  Json was = left["was"];
  was.Append(std::move(hours));
  if (was.size() > promises_max) was.mutable_items().erase(was.mutable_items().begin());
  return LeaveWork(edit, key, due_work,
                   Json::Object({{"queue", after.id().ToString()}, {"was", std::move(was)}}));
}

Result<int64_t> DoDueWork(Crm& crm, const Caller& caller, const std::string& key, const Json& work,
                          const Cancellation& cancellation) {
  const std::shared_ptr<const model::Model> model = crm.model();
  const Object* object = model->Find("case");
  const auto queue = Id::Parse(work["queue"].AsString());
  if (object == nullptr || !queue) return int64_t{0};
  const auto new_due = [&](store::Reader& reader, const Record& record) {
    return DueTime(reader, *model, *object, record, CreatedAt(record));
  };
  Walk walk;
  walk.object = object;
  walk.where = AllEqual(*object, {{"queue_id", *queue}, {"is_closed", false}});
  walk.needs = [&](store::Reader& reader, const Record& record) -> Result<bool> {
    if (!WasPromised(*object, record, work["was"])) return false;
    ASSIGN(const Value due, new_due(reader, record));
    return due != ValueOf(*object, record, "sla_due_at");
  };
  walk.change = [&](RuleEdit& edit, const Record& record) -> Result<bool> {
    ASSIGN(const bool needed, walk.needs(edit.transaction(), record));
    if (!needed) return false;
    ASSIGN(Value due, new_due(edit.transaction(), record));
    Record changed = record;
    Put(*object, changed, "sla_due_at", std::move(due));
    TRY(edit.Replace(*object, record, std::move(changed)));
    return true;
  };
  return WalkRecords(crm, caller, walk, key, cancellation);
}

}  // namespace boathouse::crm
