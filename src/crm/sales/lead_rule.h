#pragma once
// Private to crm/: a lead is converted by its conversion only (lead_conversion.h), after which nobody
// edits it, and what was kept about it has gone along.

#include "crm/rule.h"

namespace boathouse::crm {

class LeadRule : public Rule {
 public:
  Status Prepare(RuleEdit& edit, const model::Object& object, const Json& given,
                 const std::string& pointer, const model::Record& before, model::Record& record,
                 std::vector<FieldError>* wrong) override;
  Status Follow(RuleEdit& edit, const model::Object& object, store::Operation operation,
                const model::Record& before, const model::Record& after) override;
};

}  // namespace boathouse::crm
