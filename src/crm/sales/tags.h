#pragma once
// Private to crm/: the tags of records. The values of a field `tags` are names of tag records, compared
// without regard to case and kept as the tag spells itself; a name that is new makes a tag, for who may
// make tags. A renamed tag is renamed in the records that carry it, a deleted one is taken from them,
// soon after (see upkeep.h).

#include "crm/rule.h"
#include "crm/sales/work.h"

namespace boathouse::crm {

inline constexpr std::string_view retag_work =
    "retag";  // {"from", "to": a name or null, "object"?}

class TagRule : public Rule {
 public:
  Status Prepare(RuleEdit& edit, const model::Object& object, const Json& given,
                 const std::string& pointer, const model::Record& before, model::Record& record,
                 std::vector<FieldError>* wrong) override;
  Status Follow(RuleEdit& edit, const model::Object& object, store::Operation operation,
                const model::Record& before, const model::Record& after) override;
};

Result<int64_t> DoRetagWork(Crm& crm, const Caller& caller, const std::string& key,
                            const Json& work, const Cancellation& cancellation);

}  // namespace boathouse::crm
