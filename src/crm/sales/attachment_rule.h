#pragma once
// Private to crm/: attachments are made with their content (attachments.h), and what a deleted one leaves
// behind is noted for the collection of files that nobody names.

#include "crm/rule.h"

namespace boathouse::crm {

inline constexpr std::string_view released_files = "crm.released_files";  // by SHA-256: {"at"}

class AttachmentRule : public Rule {
 public:
  Status Prepare(RuleEdit& edit, const model::Object& object, const Json& given,
                 const std::string& pointer, const model::Record& before, model::Record& record,
                 std::vector<FieldError>* wrong) override;
  Status Follow(RuleEdit& edit, const model::Object& object, store::Operation operation,
                const model::Record& before, const model::Record& after) override;
};

}  // namespace boathouse::crm
