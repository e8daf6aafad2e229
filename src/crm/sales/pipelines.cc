#include "crm/sales/pipelines.h"

#include <algorithm>

#include "base/bytes.h"
#include "crm/sales/fields.h"

namespace boathouse::crm {
namespace {

using model::Object;
using model::Record;
using model::Value;

struct StandardStage {
  const char* key;
  const char* name;
  int64_t probability;
  const char* category;
  const char* forecast_category;
};
constexpr StandardStage standard_stages[] = {
    {"prospecting", "Prospecting", 10, "open", "pipeline"},
    {"engaging", "Engaging", 30, "open", "pipeline"},
    {"proposal", "Proposal", 50, "open", "best_case"},
    {"negotiation", "Negotiation", 75, "open", "commit"},
    {"won", "Won", 100, "won", "closed"},
    {"lost", "Lost", 0, "lost", "omitted"},
};
constexpr const char* standard_pipeline = "Sales";

const char* ForecastOf(const std::string& category) {
  if (category == "won") return "closed";
  return category == "lost" ? "omitted" : "pipeline";
}

Result<Record> Seed(RuleEdit& edit, const Object& pipeline, const Object& stage) {
  Record made;
  Put(pipeline, made, "name", std::string(standard_pipeline));
  Put(pipeline, made, "is_default", true);
  Put(pipeline, made, "is_active", true);
  ASSIGN(Record stored, edit.Insert(pipeline, std::move(made)));
  int64_t position = 0;
  for (const StandardStage& each : standard_stages) {
    Record record;
    Put(stage, record, "pipeline_id", stored.id());
    Put(stage, record, "key", std::string(each.key));
    Put(stage, record, "name", std::string(each.name));
    Put(stage, record, "position", ++position);
    Put(stage, record, "probability", each.probability);
    Put(stage, record, "category", std::string(each.category));
    Put(stage, record, "forecast_category", std::string(each.forecast_category));
    TRY(edit.Insert(stage, std::move(record)));
  }
  return stored;
}

// "Technical review" -> "technical_review"; "" when nothing of the name can stand in a key.
std::string KeyFrom(std::string_view name) {
  std::string key;
  for (const char c : AsciiLower(name)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      key += c;
    } else if (!key.empty() && key.back() != '_') {
      key += '_';
    }
  }
  while (!key.empty() && key.back() == '_') key.pop_back();
  return key;
}

// How many opportunities have this id in `field`.
Result<int64_t> InUse(RuleEdit& edit, std::string_view field, const Id& id) {
  const Object* opportunity = edit.model().Find("opportunity");
  if (opportunity == nullptr || opportunity->Find(field) == nullptr) return int64_t{0};
  return CountAll(edit.transaction(), *opportunity, {{field, id}});
}

}  // namespace

Result<Record> DefaultPipeline(RuleEdit& edit) {
  const Object* pipeline = edit.model().Find("pipeline");
  const Object* stage = edit.model().Find("stage");
  if (pipeline == nullptr || stage == nullptr) {
    return Error(ErrorKind::kUnsupported, "this model has no pipelines");
  }
  ASSIGN(std::optional<Record> found,
         FindFirst(edit.transaction(), *pipeline, {{"is_default", true}}));
  if (found) return std::move(*found);
  // Pipelines of somebody's own making, none of them the default: the oldest will do.
  ASSIGN(found, FindFirst(edit.transaction(), *pipeline, {}));
  if (found) return std::move(*found);
  return Seed(edit, *pipeline, *stage);
}

Result<std::vector<Record>> StagesOf(RuleEdit& edit, const Id& pipeline) {
  const Object* stage = edit.model().Find("stage");
  if (stage == nullptr) return std::vector<Record>();
  return FindAll(edit.transaction(), *stage, {{"pipeline_id", pipeline}}, "position", stages_max);
}

Status PipelineRule::Prepare(RuleEdit& edit, const Object& object, const Json& given,
                             const std::string& pointer, const Record& before, Record& record,
                             std::vector<FieldError>* wrong) {
  if (object.name == "stage") {
    return PrepareStage(edit, object, given, pointer, before, record, wrong);
  }
  if (object.name == "pipeline") {
    return PreparePipeline(edit, object, given, pointer, before, record, wrong);
  }
  return Status::Ok();
}

Status PipelineRule::PreparePipeline(RuleEdit& edit, const Object& object, const Json& given,
                                     const std::string& pointer, const Record& before,
                                     Record& record, std::vector<FieldError>* wrong) {
  if (before.values.empty()) {
    if (!IsTrue(object, record, "is_default")) {
      ASSIGN(const std::optional<Record> other, FindFirst(edit.transaction(), object, {}));
      Put(object, record, "is_default", !other.has_value());
    }
    return Status::Ok();
  }
  const bool was = IsTrue(object, before, "is_default");
  if (was && !IsTrue(object, record, "is_default") && !given.is_null()) {
    wrong->push_back({pointer + "/is_default", "needs_default",
                      "is_default: a workspace needs a default pipeline; make another one the "
                      "default instead"});
  }
  if (IsTrue(object, record, "is_default") && object.Find("is_active") != nullptr &&
      !IsTrue(object, record, "is_active")) {
    wrong->push_back({pointer + "/is_active", "needs_default",
                      "is_active: the default pipeline cannot be inactive; make another one the "
                      "default first"});
  }
  return Status::Ok();
}

Status PipelineRule::PrepareStage(RuleEdit& edit, const Object& object, const Json& given,
                                  const std::string& pointer, const Record& before, Record& record,
                                  std::vector<FieldError>* wrong) {
  const auto pipeline = IdOf(object, record, "pipeline_id");
  if (!pipeline) return Status::Ok();  // required: said by the check behind
  const bool created = before.values.empty();
  std::string key = TextOf(object, record, "key");
  if (key.empty() && created) key = KeyFrom(TextOf(object, record, "name"));
  if (!key.empty() && KeyFrom(key) != AsciiLower(key)) {
    wrong->push_back({pointer + "/key", "wrong_format",
                      "key may hold lower-case letters, digits and single underscores: \"" +
                          (KeyFrom(key).empty() ? "review" : KeyFrom(key)) + "\""});
    return Status::Ok();
  }
  key = AsciiLower(key);
  Put(object, record, "key", key.empty() ? Value{} : Value(key));
  const std::string category = TextOf(object, record, "category");
  if (!Says(given, object, before, record, "forecast_category") &&
      (created || Differs(object, before, record, "category"))) {
    Put(object, record, "forecast_category", std::string(ForecastOf(category)));
  }
  if (model::IsNull(ValueOf(object, record, "probability"))) {
    Put(object, record, "probability", int64_t{category == "won" ? 100 : 0});
  }

  ASSIGN(const std::vector<Record> stages, StagesOf(edit, *pipeline));
  int64_t last = 0;
  for (const Record& other : stages) {
    if (other.id() == record.id()) continue;
    last = std::max(last, IntegerOf(object, other, "position").value_or(0));
    for (const char* field : {"key", "name"}) {
      const std::string mine = AsciiLower(TextOf(object, record, field));
      if (mine.empty() || mine != AsciiLower(TextOf(object, other, field))) continue;
      wrong->push_back({pointer + "/" + field, "duplicate",
                        std::string(field) + ": the pipeline has a stage \"" +
                            TextOf(object, other, field) + "\" already"});
    }
  }
  if (created && stages.size() >= stages_max) {
    wrong->push_back({pointer + "/pipeline_id", "out_of_range",
                      "a pipeline may have at most " + std::to_string(stages_max) + " stages"});
  }
  if (model::IsNull(ValueOf(object, record, "position"))) {
    Put(object, record, "position", PositionBehind(object, last));
  }
  if (created) return Status::Ok();
  for (const char* field : {"key", "pipeline_id"}) {
    if (!Differs(object, before, record, field)) continue;
    ASSIGN(const int64_t count, InUse(edit, "stage_id", record.id()));
    if (count == 0) continue;
    wrong->push_back({pointer + "/" + field, "in_use",
                      std::string(field) + ": " +
                          Counted(count, *edit.model().Find("opportunity")) +
                          (count == 1 ? " is" : " are") + " in this stage, which keeps its " +
                          (field[0] == 'k' ? "key; rename it by its name" : "pipeline")});
  }
  return Status::Ok();
}

Status PipelineRule::PrepareDelete(RuleEdit& edit, const Object& object, const Record& record) {
  const bool is_stage = object.name == "stage";
  if (!is_stage && object.name != "pipeline") return Status::Ok();
  if (!is_stage && IsTrue(object, record, "is_default")) {
    return Error(ErrorKind::kConflict,
                 "the default pipeline cannot be deleted; make another one the default first");
  }
  ASSIGN(const int64_t count, InUse(edit, is_stage ? "stage_id" : "pipeline_id", record.id()));
  if (count > 0) {
    return Error(ErrorKind::kConflict, Counted(count, *edit.model().Find("opportunity")) +
                                           (count == 1 ? " is" : " are") + " in this " +
                                           object.name + "; move " + (count == 1 ? "it" : "them") +
                                           " to another " + object.name + " first");
  }
  if (is_stage) return Status::Ok();
  ASSIGN(const std::vector<Record> stages, StagesOf(edit, record.id()));
  for (const Record& stage : stages) {
    TRY(edit.Delete(*edit.model().Find("stage"), stage.id()));
  }
  return Status::Ok();
}

Status PipelineRule::Follow(RuleEdit& edit, const Object& object, store::Operation operation,
                            const Record&, const Record& after) {
  if (object.name != "pipeline" || operation == store::Operation::kDelete) return Status::Ok();
  if (!IsTrue(object, after, "is_default")) return Status::Ok();
  // There is one default.
  ASSIGN(const std::vector<Record> defaults,
         FindAll(edit.transaction(), object, {{"is_default", true}}, "", stages_max));
  for (const Record& other : defaults) {
    if (other.id() == after.id()) continue;
    Record changed = other;
    Put(object, changed, "is_default", false);
    TRY(edit.Replace(object, other, std::move(changed)));
  }
  return Status::Ok();
}

}  // namespace boathouse::crm
