#include "crm/sales/attachment_rule.h"

#include "crm/sales/fields.h"

namespace boathouse::crm {

using model::Object;
using model::Record;

Status AttachmentRule::Prepare(RuleEdit&, const Object& object, const Json& given,
                               const std::string& pointer, const Record& before, Record& record,
                               std::vector<FieldError>* wrong) {
  if (object.name != "attachment" || given.is_null()) return Status::Ok();
  if (before.values.empty()) {
    wrong->push_back({pointer + "/sha256", "needs_content",
                      "an attachment is made with its file: POST /api/v1/attachments as "
                      "multipart/form-data with the part \"file\""});
  } else if (Differs(object, before, record, "content_type")) {
    wrong->push_back({pointer + "/content_type", "read_only",
                      "content_type is that of the file when it was sent"});
  }
  return Status::Ok();
}

Status AttachmentRule::Follow(RuleEdit& edit, const Object& object, store::Operation operation,
                              const Record& before, const Record&) {
  if (object.name != "attachment" || operation != store::Operation::kDelete) return Status::Ok();
  const std::string sha256 = TextOf(object, before, "sha256");
  if (sha256.empty()) return Status::Ok();
  return edit.transaction().PutDocument(released_files, sha256,
                                        Json::Object({{"at", edit.transaction().now()}}));
}

}  // namespace boathouse::crm
