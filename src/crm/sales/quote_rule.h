#pragma once
// Private to crm/: quotes get their numbers, take over what their opportunity says, and are frozen once
// they are accepted: neither their lines nor what their total is made of change any more, until somebody
// gives them another status.

#include "crm/rule.h"

namespace boathouse::crm {

class QuoteRule : public Rule {
 public:
  Status Prepare(RuleEdit& edit, const model::Object& object, const Json& given,
                 const std::string& pointer, const model::Record& before, model::Record& record,
                 std::vector<FieldError>* wrong) override;
  Status PrepareDelete(RuleEdit& edit, const model::Object& object,
                       const model::Record& record) override;
  Status Follow(RuleEdit& edit, const model::Object& object, store::Operation operation,
                const model::Record& before, const model::Record& after) override;

 private:
  // The quote that is being deleted in the transaction of that moment: its lines may go with it.
  struct {
    Id quote;
    Micros at = 0;
  } deleting_;
};

}  // namespace boathouse::crm
