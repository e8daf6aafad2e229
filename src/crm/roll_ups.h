#pragma once
// Roll-up fields: how many records point to one, or the sum, least or greatest value of a field of theirs.
// They are kept up to date in the transaction of each change of such a record, by what it adds or takes
// away; a roll-up that is null, from before it was there, is counted out once. A change that would make a
// sum larger than it can hold is refused; a sum that was too large when it was defined is null until
// changes bring it into range. Private to crm/.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "crm/rule.h"

namespace boathouse::crm {

class RollUpRule : public Rule {
 public:
  // A new record has nothing that points to it.
  Status Prepare(RuleEdit& edit, const model::Object& object, const Json& given,
                 const std::string& pointer, const model::Record& before, model::Record& record,
                 std::vector<FieldError>* wrong) override;
  Status Follow(RuleEdit& edit, const model::Object& object, store::Operation operation,
                const model::Record& before, const model::Record& after) override;

 private:
  struct RollUp {
    const model::Object* owner = nullptr;
    size_t field = 0;     // of the owner
    size_t relation = 0;  // of the records rolled up
    std::optional<size_t> rolled;
    std::optional<store::Condition> filter;
  };
  const std::vector<RollUp>& RollUpsOver(const model::Model& model, const model::Object& object);
  Status Update(RuleEdit& edit, const model::Object& object, const Id& owner,
                const std::vector<RollUp>& roll_ups, const model::Record& before,
                const model::Record& after);

  const model::Model* model_ = nullptr;                           // what roll_ups_ are of
  std::map<const model::Object*, std::vector<RollUp>> roll_ups_;  // by the object rolled up
};

// The roll-up `field` of the owner, counted out from all records there are. Null for a sum that is larger
// than it can hold.
Result<model::Value> CountRollUp(const model::Model& model, const model::Object& owner,
                                 size_t field, const Id& owner_id, store::Reader& reader);

// Records that are parts of another one go with it (see model::Object::belongs_to).
class PartsRule : public Rule {
 public:
  Status PrepareDelete(RuleEdit& edit, const model::Object& object,
                       const model::Record& record) override;
};

}  // namespace boathouse::crm
