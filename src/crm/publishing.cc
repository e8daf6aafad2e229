#include "crm/publishing.h"

#include "crm/crm_impl.h"
#include "crm/filter.h"

namespace boathouse::crm {
namespace {

// Whether the caller reads every record of the object.
Status ReachesAll(Crm& crm, const Caller& caller, const model::Object& object, Action action) {
  ASSIGN(const Crm::Impl::Entrance entrance, crm.impl().Enter(caller, object, action));
  if (!entrance.access.reach()) return Status::Ok();
  return Error(ErrorKind::kForbidden, "the role " + caller.principal.role + " reads only some " +
                                          object.plural +
                                          ", and what is published must not be more; ask an "
                                          "administrator");
}

// Every object that the condition looks into.
Status CheckPaths(Crm& crm, const Caller& caller, const store::Condition& condition) {
  for (const store::Condition& child : condition.children) TRY(CheckPaths(crm, caller, child));
  for (const store::Step& step : condition.path) {
    TRY(ReachesAll(crm, caller, *step.object, Action::kRead));
  }
  return Status::Ok();
}

}  // namespace

Status AllowPublishing(Crm& crm, const Caller& caller, const model::Object& object) {
  return ReachesAll(crm, caller, object, Action::kShare);
}

Status CheckRowFilter(Crm& crm, const Caller& caller, const model::Object& object,
                      std::string_view filter) {
  const std::shared_ptr<const model::Model> seen = crm.model(caller);
  const model::Object* of = seen->Find(object.name);
  if (of == nullptr) {
    return Error(ErrorKind::kNotFound, "there is no object \"" + object.name + "\"");
  }
  ASSIGN(const store::Condition condition, ParseFilter(*seen, *of, filter));
  return CheckPaths(crm, caller, condition);
}

}  // namespace boathouse::crm
