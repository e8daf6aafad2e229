#pragma once
// Private to crm/: what the standard objects of selling do by themselves.

#include "crm/rule.h"

namespace boathouse::crm {

// Appends the rules of leads, pipelines, prices, quotes, cases, campaigns, territories, tags, related
// records and attachments, in the order in which they see an edit.
void AddSalesRules(Rules* rules);

}  // namespace boathouse::crm
