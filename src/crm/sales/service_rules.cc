#include "crm/sales/service_rules.h"

#include "crm/sales/case_due.h"
#include "crm/sales/fields.h"
#include "crm/sales/numbers.h"

namespace boathouse::crm {
namespace {

using model::Object;
using model::Record;
using model::Value;

constexpr std::string_view number_prefix = "C-";
constexpr size_t members_page = 500;

bool IsSettled(const std::string& status) { return status == "resolved" || status == "closed"; }

Status SetDueTime(RuleEdit& edit, const Object& object, const Json& given, const Record& before,
                  Record& record) {
  if (Says(given, object, before, record, "sla_due_at")) return Status::Ok();
  if (before.values.empty()) {
    ASSIGN(Value due,
           DueTime(edit.transaction(), edit.model(), object, record, edit.transaction().now()));
    Put(object, record, "sla_due_at", std::move(due));
    return Status::Ok();
  }
  if (!Differs(object, before, record, "queue_id") &&
      !Differs(object, before, record, "priority")) {
    return Status::Ok();
  }
  const auto* created = std::get_if<model::DateTime>(&before.At(model::kFieldCreatedAt));
  const Micros since = created == nullptr ? edit.transaction().now() : created->micros;
  ASSIGN(const Value was_due, DueTime(edit.transaction(), edit.model(), object, before, since));
  const Value& stands = ValueOf(object, before, "sla_due_at");
  if (!model::IsNull(stands) && stands != was_due) return Status::Ok();  // set by hand
  ASSIGN(Value due, DueTime(edit.transaction(), edit.model(), object, record, since));
  Put(object, record, "sla_due_at", std::move(due));
  return Status::Ok();
}

Error Twice(const std::string& pointer, const char* field, const Id& other) {
  const std::string detail = std::string(field) + ": the campaign has this " +
                             (field[0] == 'l' ? "lead" : "contact") + " as a member already (" +
                             other.ToString() + ")";
  return Error(ErrorKind::kConflict, detail, {{pointer + "/" + field, "duplicate", detail}});
}

void SetResponse(const Object& object, const Json& given, const Record& before, Record& record,
                 Micros now) {
  const auto says = [&](std::string_view field) {
    return Says(given, object, before, record, field);
  };
  const std::string status = TextOf(object, record, "status");
  const bool answered = status == "responded" || status == "registered" || status == "attended";
  if (answered && says("status") && !says("has_responded")) {
    Put(object, record, "has_responded", true);
  }
  if (!Differs(object, before, record, "has_responded")) return;
  if (!IsTrue(object, record, "has_responded")) {
    if (!says("responded_at")) Put(object, record, "responded_at", {});
    return;
  }
  if (model::IsNull(ValueOf(object, record, "responded_at"))) {
    Put(object, record, "responded_at", model::DateTime{now});
  }
  const bool waiting = status == "planned" || status == "sent";
  if (waiting && !says("status")) Put(object, record, "status", std::string("responded"));
}

}  // namespace

Status CaseRule::Prepare(RuleEdit& edit, const Object& object, const Json& given,
                         const std::string&, const Record& before, Record& record,
                         std::vector<FieldError>*) {
  if (object.name != "case") return Status::Ok();
  if (before.values.empty() && TextOf(object, record, "case_number").empty()) {
    TRY(GiveNumber(edit, object, "case_number", number_prefix, record));
  }
  const bool is_closed = IsSettled(TextOf(object, record, "status"));
  Put(object, record, "is_closed", is_closed);
  if (!is_closed) {
    Put(object, record, "closed_at", {});
  } else if (model::IsNull(ValueOf(object, record, "closed_at"))) {
    Put(object, record, "closed_at", model::DateTime{edit.transaction().now()});
  }
  return SetDueTime(edit, object, given, before, record);
}

Status CaseRule::Follow(RuleEdit& edit, const Object& object, store::Operation operation,
                        const Record& before, const Record& after) {
  if (object.name == "queue" && operation == store::Operation::kUpdate) {
    return LeaveDueWork(edit, object, before, after);
  }
  if (object.name != "case" || operation != store::Operation::kCreate) return Status::Ok();
  return TakeNumber(edit, object, "case_number", number_prefix, after);
}

Status CampaignMemberRule::Prepare(RuleEdit& edit, const Object& object, const Json& given,
                                   const std::string& pointer, const Record& before, Record& record,
                                   std::vector<FieldError>* wrong) {
  if (object.name != "campaign_member") return Status::Ok();
  const auto contact = IdOf(object, record, "contact_id");
  const auto lead = IdOf(object, record, "lead_id");
  if (contact.has_value() == lead.has_value()) {
    wrong->push_back({pointer + "/contact_id", contact ? "too_many" : "required",
                      "a member of a campaign is either a contact or a lead: set exactly one of "
                      "contact_id and lead_id"});
    return Status::Ok();
  }
  SetResponse(object, given, before, record, edit.transaction().now());
  const auto campaign = IdOf(object, record, "campaign_id");
  const char* field = contact ? "contact_id" : "lead_id";
  if (!campaign) return Status::Ok();  // required: the check says so
  if (!Differs(object, before, record, "campaign_id") && !Differs(object, before, record, field)) {
    return Status::Ok();
  }
  ASSIGN(const std::optional<Record> other,
         FindFirst(edit.transaction(), object,
                   {{field, contact ? *contact : *lead}, {"campaign_id", *campaign}}));
  if (other && other->id() != record.id()) return Twice(pointer, field, other->id());
  return Status::Ok();
}

Status CampaignMemberRule::PrepareDelete(RuleEdit& edit, const Object& object,
                                         const Record& record) {
  if (object.name != "contact" && object.name != "lead") return Status::Ok();
  const Object* member = edit.model().Find("campaign_member");
  if (member == nullptr) return Status::Ok();
  for (;;) {
    ASSIGN(const std::vector<Record> members,
           FindAll(edit.transaction(), *member, {{object.name + "_id", record.id()}}, "",
                   members_page));
    for (const Record& each : members) TRY(edit.Delete(*member, each.id()));
    if (members.size() < members_page) return Status::Ok();
  }
}

}  // namespace boathouse::crm
