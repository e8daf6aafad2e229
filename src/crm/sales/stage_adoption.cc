#include "crm/sales/stage_adoption.h"

#include "crm/crm_impl.h"
#include "crm/sales/fields.h"
#include "crm/sales/pipelines.h"

namespace boathouse::crm {

using model::Object;
using model::Record;

Status BeginSales(RuleEdit& edit) {
  const Object* pipeline = edit.model().Find("pipeline");
  const Object* opportunity = edit.model().Find("opportunity");
  if (pipeline == nullptr || opportunity == nullptr) return Status::Ok();
  ASSIGN(const std::optional<Record> known, FindFirst(edit.transaction(), *pipeline, {}));
  if (known) return Status::Ok();
  TRY(DefaultPipeline(edit));
  ASSIGN(const std::optional<Record> old, FindFirst(edit.transaction(), *opportunity, {}));
  return old ? LeaveWork(edit, "opportunities", adopt_work, Json::Object()) : Status::Ok();
}

Result<int64_t> DoAdoptWork(Crm& crm, const Caller& caller, const std::string& key,
                            const Cancellation& cancellation) {
  const std::shared_ptr<const model::Model> model = crm.model();
  const Object* opportunity = model->Find("opportunity");
  if (opportunity == nullptr || opportunity->Find("stage_id") == nullptr) return int64_t{0};
  Walk walk;
  walk.object = opportunity;
  walk.where = AllEqual(*opportunity, {{"stage_id", {}}});
  walk.change = [&](RuleEdit& edit, const Record& record) -> Result<bool> {
    // The rule about stages sees one without and finds it.
    ASSIGN(const Record adopted, edit.Replace(*opportunity, record, record));
    return adopted.version() != record.version();
  };
  return WalkRecords(crm, caller, walk, key, cancellation);
}

}  // namespace boathouse::crm
