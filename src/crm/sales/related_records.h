#pragma once
// Private to crm/: activities and attachments belong to a record of any object, custom ones too, by
// related_object and related_id. Both are set or neither, and the record is there. Where the activity has
// a relation of its own to that object (account_id ...), it is filled as well.
//
// When the record is deleted its attachments go to the trash with it; its activities stay, without it.

#include "crm/rule.h"

namespace boathouse::crm {

class RelatedRecordRule : public Rule {
 public:
  Status Prepare(RuleEdit& edit, const model::Object& object, const Json& given,
                 const std::string& pointer, const model::Record& before, model::Record& record,
                 std::vector<FieldError>* wrong) override;
  Status PrepareDelete(RuleEdit& edit, const model::Object& object,
                       const model::Record& record) override;
};

}  // namespace boathouse::crm
