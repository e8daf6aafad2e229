#include "crm/sales/lead_rule.h"

#include "crm/sales/fields.h"

namespace boathouse::crm {
namespace {

using model::Object;
using model::Record;
using model::Value;

constexpr size_t page = 500;

// Hands each record of `object` whose `field` is the lead to `move`, which takes it away from there.
Status ForEach(RuleEdit& edit, const Object& object, std::string_view field, const Id& lead,
               const std::function<Status(const Record&)>& move) {
  if (object.Find(field) == nullptr) return Status::Ok();
  store::Query query;
  query.object = &object;
  query.where = AllEqual(object, {{field, lead}});
  query.limit = page;
  for (;;) {
    ASSIGN(const std::vector<Record> records, edit.transaction().List(query));
    for (const Record& record : records) TRY(move(record));
    if (records.size() < page) return Status::Ok();
    query.after = store::Query::Position{{}, records.back().id()};
  }
}

// What a conversion made.
struct Made {
  Id contact;
  std::vector<std::pair<const char*, Value>> links;  // an activity's relations to it
};

Status MoveActivities(RuleEdit& edit, const Object& activity, const Id& lead, const Made& made) {
  const auto move = [&](const Record& record) -> Status {
    Record moved = record;
    for (const auto& [field, value] : made.links) {
      if (model::IsNull(ValueOf(activity, moved, field))) Put(activity, moved, field, value);
    }
    if (IdOf(activity, record, "related_id") == lead) {
      Put(activity, moved, "related_object", std::string("contact"));
      Put(activity, moved, "related_id", made.contact);
    }
    TRY(edit.Replace(activity, record, std::move(moved)));
    return Status::Ok();
  };
  TRY(ForEach(edit, activity, "lead_id", lead, move));
  return ForEach(edit, activity, "related_id", lead, move);
}

Status MoveAttachments(RuleEdit& edit, const Object& attachment, const Id& lead, const Made& made) {
  return ForEach(edit, attachment, "related_id", lead, [&](const Record& record) -> Status {
    Record moved = record;
    Put(attachment, moved, "related_object", std::string("contact"));
    Put(attachment, moved, "related_id", made.contact);
    TRY(edit.Replace(attachment, record, std::move(moved)));
    return Status::Ok();
  });
}

// The contact may be a member of the same campaign already; then the two become one.
Status MoveMemberships(RuleEdit& edit, const Object& member, const Id& lead, const Made& made) {
  return ForEach(edit, member, "lead_id", lead, [&](const Record& record) -> Status {
    ASSIGN(const std::optional<Record> known,
           FindFirst(edit.transaction(), member,
                     {{"contact_id", made.contact},
                      {"campaign_id", ValueOf(member, record, "campaign_id")}}));
    if (!known) {
      Record moved = record;
      Put(member, moved, "contact_id", made.contact);
      Put(member, moved, "lead_id", {});
      TRY(edit.Replace(member, record, std::move(moved)));
      return Status::Ok();
    }
    if (IsTrue(member, record, "has_responded") && !IsTrue(member, *known, "has_responded")) {
      Record answered = *known;
      for (const char* field : {"has_responded", "responded_at", "status"}) {
        Put(member, answered, field, ValueOf(member, record, field));
      }
      TRY(edit.Replace(member, *known, std::move(answered)));
    }
    return edit.Delete(member, record.id());
  });
}

Error ReadOnly(const Object& lead, const Record& record) {
  std::string into;
  for (const char* name : {"account", "contact", "opportunity"}) {
    const auto id = IdOf(lead, record, "converted_" + std::string(name) + "_id");
    if (id) into += (into.empty() ? " into " : ", ") + std::string(name) + " " + id->ToString();
  }
  return Error(ErrorKind::kConflict, "this lead was converted" + into +
                                         " and is not edited any more; change those instead");
}

}  // namespace

Status LeadRule::Prepare(RuleEdit& edit, const Object& object, const Json& given,
                         const std::string& pointer, const Record& before, Record& record,
                         std::vector<FieldError>* wrong) {
  if (object.name != "lead") return Status::Ok();
  if (IsTrue(object, before, "is_converted")) {
    return given.is_null() || given.size() == 0 ? Status::Ok() : Status(ReadOnly(object, before));
  }
  const bool is_converted = TextOf(object, record, "status") == "converted";
  if (!is_converted || given.is_null()) return Status::Ok();
  if (!before.values.empty()) {
    wrong->push_back({pointer + "/status", "needs_conversion",
                      "status: a lead is converted by its conversion, which makes the account and "
                      "the contact: POST /leads/{id}/convert"});
    return Status::Ok();
  }
  // Brought along from another system, where it was converted.
  Put(object, record, "is_converted", true);
  Put(object, record, "converted_at", model::DateTime{edit.transaction().now()});
  return Status::Ok();
}

Status LeadRule::Follow(RuleEdit& edit, const Object& object, store::Operation,
                        const Record& before, const Record& after) {
  if (object.name != "lead" || before.values.empty()) return Status::Ok();
  if (IsTrue(object, before, "is_converted") || !IsTrue(object, after, "is_converted")) {
    return Status::Ok();
  }
  const auto contact = IdOf(object, after, "converted_contact_id");
  if (!contact) return Status::Ok();
  Made made{*contact, {{"contact_id", *contact}}};
  for (const char* name : {"account", "opportunity"}) {
    const bool is_account = std::string_view(name) == "account";
    const Value& id = ValueOf(object, after, "converted_" + std::string(name) + "_id");
    if (!model::IsNull(id)) {
      made.links.emplace_back(is_account ? "account_id" : "opportunity_id", id);
    }
  }
  const Id lead = after.id();
  if (const Object* activity = edit.model().Find("activity")) {
    TRY(MoveActivities(edit, *activity, lead, made));
  }
  if (const Object* attachment = edit.model().Find("attachment")) {
    TRY(MoveAttachments(edit, *attachment, lead, made));
  }
  const Object* member = edit.model().Find("campaign_member");
  return member == nullptr ? Status::Ok() : MoveMemberships(edit, *member, lead, made);
}

}  // namespace boathouse::crm
