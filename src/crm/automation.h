#pragma once
// Automation: "when a record of this object is created or changed and a condition holds, then ...". What
// follows happens in the same transaction as what caused it, in the order of the automations' positions:
// all of it, or none. An action that fails refuses the whole edit with an error that names the automation.
//
//   {"name": "Chase big deals", "object": "opportunity", "on": ["create", "update"],
//    "condition": "amount > 100000 AND stage = \"proposal\"", "changed": ["stage"], "every_time": false,
//    "position": 10, "is_active": true,
//    "actions": [{"set": {"next_step": "Call {{name}}"}},
//                {"assign": {"owner_id": "<user>"}}, {"assign": {"round_robin": ["<user>", ...]}},
//                {"create_activity": {"type": "task", "subject": "...", "due_in_days": 2}},
//                {"call_webhook": {"webhook_id": "<webhook>"}}]}
//
// It fires on a create when the condition holds; on an update when it holds now and did not before, or,
// with "changed", when one of these fields changed, or, with "every_time", at each change. {{field}} in a
// text stands for the record's value as people read it, {{today}} and {{now}} for the time.
//
// Safe against loops: while an automation works on a record, the changes it causes, through however many
// others, do not start it again for that record; crm/rule.h bounds how deep they go.

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "crm/crm.h"
#include "store/store.h"

namespace boathouse::crm {

inline constexpr size_t automations_max = 200;
inline constexpr size_t automation_actions_max = 20;
inline constexpr size_t automation_runs_max = 10'000;  // kept; older ones make room
inline constexpr size_t automation_name_chars_max = 120;
inline constexpr size_t round_robin_users_max = 200;

struct Automation {
  std::string id;
  Json definition;  // as above, complete
};

struct AutomationRun {
  std::string id;  // sorts by time within a process
  Json entry;  // {"automation_id", "name", "at", "object", "id", "outcome", "actions", "error"?}
};

// Administrators define them. Safe to use from many threads; the CRM must outlive it.
class Automations {
 public:
  // Adds its rule to the CRM (see Crm::AddRule).
  Automations(store::Store& store, Crm& crm, const Clock& clock, IdSource& ids);
  ~Automations();

  Result<Automation> Create(const Caller& caller, const Json& definition);
  Result<std::vector<Automation>> List(const Caller& caller);  // in the order in which they run
  Result<Automation> Get(const Caller& caller, std::string_view id);
  Result<Automation> Update(const Caller& caller, std::string_view id, const Json& patch);
  Status Remove(const Caller& caller, std::string_view id);

  // Newest first, older than the run of that id ("": from the newest). `automation`: only its runs, "" all.
  Result<std::vector<AutomationRun>> Runs(const Caller& caller, std::string_view automation,
                                          std::string_view before, size_t limit);

  struct Impl;  // shared with the rule

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace boathouse::crm
