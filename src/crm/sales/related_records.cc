#include "crm/sales/related_records.h"

#include "base/bytes.h"
#include "crm/sales/fields.h"

namespace boathouse::crm {
namespace {

using model::Object;
using model::Record;
using model::Value;

constexpr size_t page = 500;

bool IsRelated(const Object& object) {
  return object.name == "activity" || object.name == "attachment";
}

Status Unlink(RuleEdit& edit, const Object& activity, const Id& id) {
  for (;;) {
    ASSIGN(const std::vector<Record> records,
           FindAll(edit.transaction(), activity, {{"related_id", id}}, "", page));
    for (const Record& record : records) {
      Record unlinked = record;
      Put(activity, unlinked, "related_object", {});
      Put(activity, unlinked, "related_id", {});
      TRY(edit.Replace(activity, record, std::move(unlinked)));
    }
    if (records.size() < page) return Status::Ok();
  }
}

Status DeleteAttachments(RuleEdit& edit, const Object& attachment, const Id& id) {
  for (;;) {
    ASSIGN(const std::vector<Record> records,
           FindAll(edit.transaction(), attachment, {{"related_id", id}}, "", page));
    for (const Record& record : records) TRY(edit.Delete(attachment, record.id()));
    if (records.size() < page) return Status::Ok();
  }
}

}  // namespace

Status RelatedRecordRule::Prepare(RuleEdit& edit, const Object& object, const Json& given,
                                  const std::string& pointer, const Record& before, Record& record,
                                  std::vector<FieldError>* wrong) {
  if (!IsRelated(object)) return Status::Ok();
  if (!Differs(object, before, record, "related_object") &&
      !Differs(object, before, record, "related_id")) {
    return Status::Ok();
  }
  const std::string name = TextOf(object, record, "related_object");
  const auto id = IdOf(object, record, "related_id");
  if (name.empty() && !id) return Status::Ok();
  if (name.empty() || !id) {
    const char* lacks = name.empty() ? "related_object" : "related_id";
    if (!IsWrong(*wrong, pointer + "/" + lacks)) {
      wrong->push_back({pointer + "/" + lacks, "required",
                        "related_object and related_id are set together: the object's name and "
                        "the id of its record"});
    }
    return Status::Ok();
  }
  const Object* related = edit.model().Find(AsciiLower(name));
  if (related == nullptr) related = edit.model().FindPlural(AsciiLower(name));
  if (related == nullptr) {
    wrong->push_back({pointer + "/related_object", "unknown_object",
                      "related_object: there is no object \"" + name.substr(0, 60) + "\""});
    return Status::Ok();
  }
  ASSIGN(const std::optional<Record> found, GetIfThere(edit.transaction(), *related, *id));
  if (!found) {
    wrong->push_back({pointer + "/related_id", "not_found",
                      "related_id: there is no " + related->name + " " + id->ToString()});
    return Status::Ok();
  }
  Put(object, record, "related_object", related->name);
  const std::string link = related->name + "_id";
  const model::Field* field = object.Find(link);
  if (field != nullptr && field->relation_object == related->name && given.Find(link) == nullptr) {
    Put(object, record, link, *id);
  }
  return Status::Ok();
}

Status RelatedRecordRule::PrepareDelete(RuleEdit& edit, const Object& object,
                                        const Record& record) {
  if (IsRelated(object)) return Status::Ok();
  if (const Object* activity = edit.model().Find("activity")) {
    TRY(Unlink(edit, *activity, record.id()));
  }
  if (const Object* attachment = edit.model().Find("attachment")) {
    TRY(DeleteAttachments(edit, *attachment, record.id()));
  }
  return Status::Ok();
}

}  // namespace boathouse::crm
