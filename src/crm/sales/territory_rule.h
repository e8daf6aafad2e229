#pragma once
// Private to crm/: assigns territories; see territories.h.

#include <map>
#include <set>
#include <string>

#include "crm/rule.h"
#include "crm/sales/work.h"

namespace boathouse::crm {

inline constexpr std::string_view assign_work = "assign_territories";  // {"object"}

class TerritoryRule : public Rule {
 public:
  Status Prepare(RuleEdit& edit, const model::Object& object, const Json& given,
                 const std::string& pointer, const model::Record& before, model::Record& record,
                 std::vector<FieldError>* wrong) override;
  Status Follow(RuleEdit& edit, const model::Object& object, store::Operation operation,
                const model::Record& before, const model::Record& after) override;

 private:
  // A rule's filter, understood.
  struct Filter {
    store::Condition condition;
    std::set<size_t> fields;  // of the object itself, that it asks about
  };
  Status Assign(RuleEdit& edit, const model::Object& object, const model::Record& before,
                model::Record& record);
  Status CheckRule(RuleEdit& edit, const model::Object& object, const std::string& pointer,
                   const model::Record& before, model::Record& record,
                   std::vector<FieldError>* wrong);
  // Nullptr for a filter that does not fit the object any more.
  const Filter* Understand(const model::Model& model, const model::Object& object,
                           const std::string& text);

  // By object and text. Pure, whatever becomes of the transaction.
  std::map<std::pair<const model::Object*, std::string>, Filter> filters_;
};

// Does the work that a changed rule left, for {"object"}.
Result<int64_t> DoAssignWork(Crm& crm, const Caller& caller, const std::string& key,
                             const Json& work, const Cancellation& cancellation);

}  // namespace boathouse::crm
