#pragma once
// Private to crm/: opportunities from before there were pipelines learn which stage they are in. Each does
// so at its next edit anyway; this is for those that nobody edits.

#include "crm/sales/work.h"

namespace boathouse::crm {

inline constexpr std::string_view adopt_work = "adopt_opportunities";

// Makes the default pipeline where there is none, and leaves the work on opportunities without a stage.
Status BeginSales(RuleEdit& edit);

Result<int64_t> DoAdoptWork(Crm& crm, const Caller& caller, const std::string& key,
                            const Cancellation& cancellation);

}  // namespace boathouse::crm
