#pragma once
// Who asks the CRM, through what, and what one may want to do with records.

#include <string>

#include "auth/auth.h"

namespace boathouse::crm {

// Who asks, through which surface ("rest", "mcp", "import", "web").
struct Caller {
  auth::Principal principal;
  std::string surface;
  // Creates records that a rule about duplicates would refuse (see duplicates.h).
  bool allow_duplicates = false;
};

enum class Action {
  kRead,
  kCreate,
  kUpdate,
  kDelete,
  kExport,  // takes many records out at once, as a file
  kShare,   // lets others see: recipients of shares, shared views
};

}  // namespace boathouse::crm
