#pragma once
// Who may do what. The one place where permissions are decided.

#include "base/result.h"
#include "crm/crm.h"

namespace boathouse::crm {

enum class Action { kRead, kCreate, kUpdate, kDelete };

// kForbidden with a message that names the action, the object and the role. Everybody signed in may
// read; members write everything but users, who belong to administrators.
Status Allow(const Caller& caller, const model::Object& object, Action action);

// Objects and fields themselves belong to administrators.
Status AllowModelChange(const Caller& caller);

}  // namespace boathouse::crm
