#pragma once
// Private to crm/: price lists, the lines of opportunities and quotes, and what an opportunity's lines
// mean for its amount.
//
// A line's list price is that of the price list of its opportunity or quote, else of the account's, else
// of the standard one, else the product's own; its unit price begins as its list price. Lists in another
// currency than the opportunity or quote are passed over. An opportunity with lines is worth their sum.

#include "crm/rule.h"

namespace boathouse::crm {

class PriceListRule : public Rule {
 public:
  Status Prepare(RuleEdit& edit, const model::Object& object, const Json& given,
                 const std::string& pointer, const model::Record& before, model::Record& record,
                 std::vector<FieldError>* wrong) override;
  Status Follow(RuleEdit& edit, const model::Object& object, store::Operation operation,
                const model::Record& before, const model::Record& after) override;
};

// Fills prices and positions of opportunity_line and quote_line.
class LineRule : public Rule {
 public:
  Status Prepare(RuleEdit& edit, const model::Object& object, const Json& given,
                 const std::string& pointer, const model::Record& before, model::Record& record,
                 std::vector<FieldError>* wrong) override;
};

// The amount of an opportunity with lines.
class AmountRule : public Rule {
 public:
  Status Prepare(RuleEdit& edit, const model::Object& object, const Json& given,
                 const std::string& pointer, const model::Record& before, model::Record& record,
                 std::vector<FieldError>* wrong) override;
};

}  // namespace boathouse::crm
