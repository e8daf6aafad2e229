#pragma once
// Who may let others outside read records, for as long as they are published: sharing/ asks. Whoever
// publishes must be allowed to share the object (Action::kShare), read all its records, and name only
// fields that they see. A role that reads some records of an object cannot publish it at all: which ones
// it reads changes by itself, and what others read must not.

#include <string_view>

#include "base/result.h"
#include "crm/caller.h"
#include "crm/crm.h"
#include "model/model.h"
#include "store/query.h"

namespace boathouse::crm {

// Whether the caller may publish records of the object. kForbidden says what is missing.
Status AllowPublishing(Crm& crm, const Caller& caller, const model::Object& object);

// The row filter of a table that the caller would publish, read as they see the model: a field or a
// related record that is hidden from them is not there. Neither `me` nor days such as today may stand in
// it, as it must mean the same for everybody and for ever. Errors as of ParseFilter, and kForbidden.
Status CheckRowFilter(Crm& crm, const Caller& caller, const model::Object& object,
                      std::string_view filter);

}  // namespace boathouse::crm
