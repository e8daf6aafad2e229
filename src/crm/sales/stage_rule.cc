// What a stage means for an opportunity in it.
#include <algorithm>

#include "base/bytes.h"
#include "crm/sales/fields.h"
#include "crm/sales/pipelines.h"

namespace boathouse::crm {
namespace {

using model::Object;
using model::Record;
using model::Value;

constexpr Micros day_micros = 24LL * 3600 * 1'000'000;

// One edit of one opportunity.
struct Moving {
  RuleEdit& edit;
  const Object& object;
  const Object& stage;
  const Json& given;
  const std::string& pointer;
  const Record& before;
  Record& record;
  std::vector<FieldError>* wrong;

  bool created() const { return before.values.empty(); }
  bool SaysOf(std::string_view field) const { return Says(given, object, before, record, field); }
  void Wrong(std::string_view field, std::string_view code, std::string detail) const {
    wrong->push_back({pointer + "/" + std::string(field), std::string(code), std::move(detail)});
  }
};

std::string KeysOf(const Object& stage, const std::vector<Record>& stages) {
  std::string keys;
  for (const Record& each : stages) keys += (keys.empty() ? "" : ", ") + TextOf(stage, each, "key");
  return keys;
}

const Record* FindStage(const Object& stage, const std::vector<Record>& stages,
                        const std::string& text) {
  const std::string wanted = AsciiLower(TrimAscii(text));
  for (const char* field : {"key", "name"}) {
    for (const Record& each : stages) {
      if (AsciiLower(TextOf(stage, each, field)) == wanted) return &each;
    }
  }
  return nullptr;
}

// The opportunity's pipeline: its own, or the default one. Nullopt, and said, when there is none such.
Result<std::optional<Record>> PipelineOf(const Moving& moving) {
  const Object& pipeline = *moving.edit.model().Find("pipeline");
  const auto id = IdOf(moving.object, moving.record, "pipeline_id");
  if (id) {
    ASSIGN(std::optional<Record> found, GetIfThere(moving.edit.transaction(), pipeline, *id));
    // That there is no such pipeline is said by the check of relations.
    const bool enters = moving.created() || id != IdOf(moving.object, moving.before, "pipeline_id");
    if (found && enters && ValueOf(pipeline, *found, "is_active") == Value(false)) {
      moving.Wrong("pipeline_id", "inactive",
                   "pipeline_id: the pipeline " + TextOf(pipeline, *found, "name") +
                       " takes no more opportunities; it is inactive");
      return std::optional<Record>();
    }
    return found;
  }
  ASSIGN(Record found, DefaultPipeline(moving.edit));
  Put(moving.object, moving.record, "pipeline_id", found.id());
  return std::optional<Record>(std::move(found));
}

// The stage that the edit means, among those of the pipeline. Nullopt, and said, when it is none.
Result<std::optional<Record>> StageOf(const Moving& moving, const Record& pipeline) {
  ASSIGN(const std::vector<Record> stages, StagesOf(moving.edit, pipeline.id()));
  const std::string name = TextOf(*moving.edit.model().Find("pipeline"), pipeline, "name");
  if (stages.empty()) {
    moving.Wrong("pipeline_id", "no_stages",
                 "pipeline_id: the pipeline " + name + " has no stages yet; add some first");
    return std::optional<Record>();
  }
  const std::string text = TextOf(moving.object, moving.record, "stage");
  // A program that writes an earlier state again sets both; the record is then the surer one.
  if (moving.given.is_null() && moving.SaysOf("stage_id")) {
    const auto id = IdOf(moving.object, moving.record, "stage_id");
    for (const Record& each : stages) {
      if (id == each.id()) return std::optional<Record>(each);
    }
  }
  const Record* found = FindStage(moving.stage, stages, text);
  if (found != nullptr && (moving.SaysOf("stage") || !moving.created())) {
    return std::optional<Record>(*found);
  }
  if (!moving.SaysOf("stage")) return std::optional<Record>(stages[0]);
  moving.Wrong("stage", "not_an_option",
               "stage: the pipeline " + name + " has no stage \"" + text.substr(0, 60) +
                   "\"; there are: " + KeysOf(moving.stage, stages));
  return std::optional<Record>();
}

void Enter(const Moving& moving, const Record& stage) {
  const Object& object = moving.object;
  Record& record = moving.record;
  const bool moved = moving.created() || IdOf(object, moving.before, "stage_id") != stage.id();
  Put(object, record, "stage_id", stage.id());
  Put(object, record, "stage", ValueOf(moving.stage, stage, "key"));
  if (!moved) return;
  // An opportunity from before there were stages only learns which one it is in.
  const bool adopted =
      !moving.created() && model::IsNull(ValueOf(object, moving.before, "stage_id"));
  const bool keeps =
      moving.SaysOf("probability") || (adopted && !moving.SaysOf("stage") &&
                                       !model::IsNull(ValueOf(object, record, "probability")));
  if (!keeps) Put(object, record, "probability", ValueOf(moving.stage, stage, "probability"));
  const std::string category = TextOf(moving.stage, stage, "category");
  const bool is_closed = category != "open";
  Put(object, record, "forecast_category", ValueOf(moving.stage, stage, "forecast_category"));
  Put(object, record, "is_closed", is_closed);
  Put(object, record, "is_won", category == "won");
  const Micros now = moving.edit.transaction().now();
  Put(object, record, "stage_changed_at", model::DateTime{now});
  if (is_closed && model::IsNull(ValueOf(object, record, "close_date"))) {
    Put(object, record, "close_date", model::Date{static_cast<int32_t>(now / day_micros)});
  }
  if (!is_closed && IsTrue(object, moving.before, "is_closed") && !moving.SaysOf("close_reason")) {
    Put(object, record, "close_reason", {});
  }
}

// A new record that has been in a stage before comes back from the trash, as it was.
bool IsBack(const Object& object, const Record& record) {
  return !model::IsNull(ValueOf(object, record, "stage_id")) &&
         !model::IsNull(ValueOf(object, record, "stage_changed_at"));
}

// Days with four digits, rounded down.
Decimal DaysBetween(Micros from, Micros to) {
  return Decimal{std::max<Micros>(to - from, 0) / (day_micros / Decimal::unit)};
}

}  // namespace

Status StageRule::Prepare(RuleEdit& edit, const Object& object, const Json& given,
                          const std::string& pointer, const Record& before, Record& record,
                          std::vector<FieldError>* wrong) {
  if (object.name != "opportunity") return Status::Ok();
  const Object* stage = edit.model().Find("stage");
  if (stage == nullptr || edit.model().Find("pipeline") == nullptr) return Status::Ok();
  const Moving moving{edit, object, *stage, given, pointer, before, record, wrong};
  if (IsWrong(*wrong, pointer + "/stage") || IsWrong(*wrong, pointer + "/pipeline_id")) {
    return Status::Ok();
  }
  if (moving.created() && given.is_null() && IsBack(object, record)) return Status::Ok();
  const bool has_stage = !model::IsNull(ValueOf(object, record, "stage"));
  if (!has_stage && moving.SaysOf("stage")) return Status::Ok();  // required: the check says so
  const bool settled = !moving.created() && !model::IsNull(ValueOf(object, before, "stage_id")) &&
                       !Differs(object, before, record, "stage") &&
                       !Differs(object, before, record, "stage_id") &&
                       !Differs(object, before, record, "pipeline_id");
  if (settled) return Status::Ok();
  ASSIGN(const std::optional<Record> pipeline, PipelineOf(moving));
  if (!pipeline) return Status::Ok();
  ASSIGN(const std::optional<Record> found, StageOf(moving, *pipeline));
  if (found) Enter(moving, *found);
  return Status::Ok();
}

Status StageRule::Follow(RuleEdit& edit, const Object& object, store::Operation operation,
                         const Record& before, const Record& after) {
  if (object.name != "opportunity" || operation == store::Operation::kDelete) return Status::Ok();
  if (!Differs(object, before, after, "stage_id")) return Status::Ok();
  const Object* history = edit.model().Find("opportunity_stage_history");
  if (history == nullptr) return Status::Ok();
  const Micros now = edit.transaction().now();
  // One that came back has its steps.
  if (ValueOf(object, after, "stage_changed_at") != Value(model::DateTime{now})) {
    return Status::Ok();
  }
  Record step;
  Put(*history, step, "opportunity_id", after.id());
  Put(*history, step, "from_stage", ValueOf(object, before, "stage"));
  for (const char* field : {"stage", "pipeline_id", "amount", "probability", "close_date"}) {
    Put(*history, step, field, ValueOf(object, after, field));
  }
  Put(*history, step, "changed_at", model::DateTime{now});
  const auto* since = std::get_if<model::DateTime>(&ValueOf(object, before, "stage_changed_at"));
  if (since != nullptr) Put(*history, step, "days_in_stage", DaysBetween(since->micros, now));
  TRY(edit.Insert(*history, std::move(step)));
  return Status::Ok();
}

}  // namespace boathouse::crm
