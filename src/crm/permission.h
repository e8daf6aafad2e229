#pragma once
// Who may do what. The one place where permissions are decided.

#include "base/result.h"
#include "crm/caller.h"
#include "model/model.h"

namespace boathouse::crm {

// kForbidden with a message that names the action, the object and the role. Everybody signed in may
// read; members write everything but users, who belong to administrators.
Status Allow(const Caller& caller, const model::Object& object, Action action);

// What belongs to administrators; `what` completes "may not ...".
Status AllowAdministration(const Caller& caller, std::string_view what);

}  // namespace boathouse::crm
