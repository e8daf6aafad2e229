#pragma once
// Private to crm/: what an automation's JSON means. Pure but for nothing: definitions are checked against a
// model, once when they are saved and again when the model has changed.

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "crm/automation.h"
#include "model/model.h"
#include "store/query.h"

namespace boathouse::crm {

struct AutomationAction {
  enum class Kind { kSet, kAssign, kRoundRobin, kCreateActivity, kCallWebhook };
  Kind kind = Kind::kSet;
  Json fields;                         // kSet, kCreateActivity: values, with placeholders
  std::vector<std::string> users;      // kAssign: one; kRoundRobin: several
  std::optional<int64_t> due_in_days;  // kCreateActivity
  std::string webhook;                 // kCallWebhook
};
std::string_view ActionName(AutomationAction::Kind kind);  // set, assign, ...

struct CompiledAutomation {
  std::string id;
  std::string name;
  const model::Object* object = nullptr;
  bool on_create = false;
  bool on_update = false;
  std::optional<store::Condition> condition;
  std::vector<size_t> changed;  // fields of the object
  bool every_time = false;
  bool is_active = true;
  int64_t position = 0;
  std::vector<AutomationAction> actions;
};

// The definition with its defaults filled in and nothing else. Errors carry JSON pointers.
Result<Json> CompleteAutomation(const model::Model& model, const Json& definition);
// Of a complete definition.
Result<CompiledAutomation> CompileAutomation(const model::Model& model, const std::string& id,
                                             const Json& definition);

// `value` with its placeholders replaced, where it is a text that has some.
Json FillPlaceholders(const model::Object& object, const model::Record& record, Micros now,
                      const Json& value);

}  // namespace boathouse::crm
