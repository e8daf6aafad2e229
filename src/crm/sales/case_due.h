#pragma once
// Private to crm/: when cases are due. A queue promises hours for each priority; when it promises others,
// its open cases are due by those, but for the ones that somebody set another time for by hand.

#include "crm/rule.h"
#include "crm/sales/work.h"

namespace boathouse::crm {

inline constexpr std::string_view due_work = "case_due";  // {"queue", "was": [{priority: hours}]}

// When a case that began at `since` is due, by its queue and priority; null without a queue or hours.
Result<model::Value> DueTime(store::Reader& reader, const model::Model& model,
                             const model::Object& object, const model::Record& record,
                             Micros since);

// Notes the work when a queue's hours differ.
Status LeaveDueWork(RuleEdit& edit, const model::Object& queue, const model::Record& before,
                    const model::Record& after);
Result<int64_t> DoDueWork(Crm& crm, const Caller& caller, const std::string& key, const Json& work,
                          const Cancellation& cancellation);

}  // namespace boathouse::crm
