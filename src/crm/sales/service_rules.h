#pragma once
// Private to crm/: cases and the members of campaigns.

#include "crm/rule.h"

namespace boathouse::crm {

// A case gets a number, and a due time from its queue's hours for its priority, counted from its
// creation; it is computed again when either changes, and when the queue promises other hours, unless
// somebody set another time by hand. It is closed while its status is resolved or closed; an open status
// opens it again.
class CaseRule : public Rule {
 public:
  Status Prepare(RuleEdit& edit, const model::Object& object, const Json& given,
                 const std::string& pointer, const model::Record& before, model::Record& record,
                 std::vector<FieldError>* wrong) override;
  Status Follow(RuleEdit& edit, const model::Object& object, store::Operation operation,
                const model::Record& before, const model::Record& after) override;
};

// A member of a campaign is one contact or one lead, once.
class CampaignMemberRule : public Rule {
 public:
  Status Prepare(RuleEdit& edit, const model::Object& object, const Json& given,
                 const std::string& pointer, const model::Record& before, model::Record& record,
                 std::vector<FieldError>* wrong) override;
  // Memberships go with the contact or lead.
  Status PrepareDelete(RuleEdit& edit, const model::Object& object,
                       const model::Record& record) override;
};

}  // namespace boathouse::crm
