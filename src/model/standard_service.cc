// The standard objects around the deal: cases and their queues, campaigns, activities, attachments. See
// standard_objects.cc for the rules of the lists.
#include "model/standard_fields.h"

namespace boathouse::model {
namespace {

Make Hours(const std::string& priority) {
  return DecimalField("sla_hours_" + priority)
      .Range(0, 10'000)
      .Label("SLA hours, " + priority)
      .Says("Hours until a case of " + priority + " priority is due.");
}

Object Case() {
  return MakeObject(
      "case", "cases", "subject", "A customer's question or complaint, until it is settled.",
      {Text("case_number").Unique().ReadOnly().Searchable(),
       Text("subject").Required().Searchable(), LongText("description").Searchable(),
       Select("status", {"new", "open", "waiting", "resolved", "closed"})
           .Required()
           .Indexed()
           .Default(std::string("new")),
       Select("priority", {"low", "normal", "high", "urgent"})
           .Required()
           .Indexed()
           .Default(std::string("normal")),
       Select("origin", {"email", "phone", "web", "chat"}), Relation("account_id", "account"),
       Relation("contact_id", "contact"), Relation("queue_id", "queue"), Owner(),
       DateTimeField("sla_due_at").Indexed().Label("SLA due at"),
       DateTimeField("closed_at").ReadOnly(), Boolean("is_closed").ReadOnly(), Tags(), ExternalId(),
       Relation("parent_id", "case").Label("Parent case"), Relation("product_id", "product"),
       LongText("resolution").Searchable()});
}

Object Queue() {
  return MakeObject(
      "queue", "queues", "name", "Where cases wait for somebody to take them.",
      {Text("name").Required().Unique().Searchable(), LongText("description"), Hours("low"),
       Hours("normal"), Hours("high"), Hours("urgent"), Relation("team_id", "team"), ExternalId()});
}

Object Campaign() {
  return MakeObject(
      "campaign", "campaigns", "name", "An effort to win customers: a mailing, a fair, a webinar.",
      {Text("name").Required().Searchable().Indexed(),
       Select("type", {"email", "event", "webinar", "advertisement", "direct_mail", "referral",
                       "trade_show", "other"}),
       Select("status", {"planned", "active", "completed", "cancelled"})
           .Required()
           .Indexed()
           .Default(std::string("planned")),
       DateField("start_date").Indexed(), DateField("end_date"), Money("budgeted_cost"),
       Money("actual_cost"), Money("expected_revenue"),
       Relation("parent_id", "campaign").Label("Parent campaign"),
       Integer("member_count")
           .RollsUp({"campaign_member", "campaign_id", RollUp::Function::kCount, "", ""}),
       Integer("responded_count")
           .RollsUp({"campaign_member", "campaign_id", RollUp::Function::kCount, "",
                     "has_responded = true"}),
       LongText("description").Searchable(), Owner(), ExternalId(), Currency(), Tags()});
}

Object CampaignMember() {
  return MakePart(
      "campaign_member", "campaign_members", "status",
      "A contact or a lead that a campaign turns to.", "campaign_id",
      {Relation("campaign_id", "campaign").Required(), Relation("contact_id", "contact"),
       Relation("lead_id", "lead"),
       Select("status", {"planned", "sent", "responded", "registered", "attended", "opted_out"})
           .Required()
           .Default(std::string("sent")),
       Boolean("has_responded").Default(false), DateTimeField("responded_at"), ExternalId()});
}

Object Activity() {
  return MakeObject(
      "activity", "activities", "subject", "A task, call, meeting, e-mail or note about a record.",
      {Select("type", {"task", "call", "meeting", "email", "note"})
           .Required()
           .Indexed()
           .Default(std::string("task")),
       Text("subject").Required().Searchable(),
       LongText("body").Searchable(),
       Select("status", {"open", "completed", "cancelled"}).Indexed().Default(std::string("open")),
       Select("priority", {"low", "normal", "high"}).Default(std::string("normal")),
       DateTimeField("occurred_at").Indexed(),
       DateTimeField("due_at").Indexed(),
       Integer("duration_minutes").Range(0, 100'000),
       Relation("account_id", "account"),
       Relation("contact_id", "contact"),
       Relation("lead_id", "lead"),
       Relation("opportunity_id", "opportunity"),
       Owner(),
       ExternalId(),
       Relation("case_id", "case"),
       Relation("quote_id", "quote"),
       Relation("campaign_id", "campaign"),
       Text("location"),
       DateTimeField("ends_at"),
       Text("related_object")
           .Says("With related_id: a record of any object, by its object's name."),
       IdField("related_id").Indexed().Says("The id of the record that related_object names.")});
}

Object Attachment() {
  return MakeObject(
      "attachment", "attachments", "name", "A file that belongs to a record.",
      {Text("name").Required().Searchable(), Text("content_type"), Integer("size_bytes").ReadOnly(),
       Text("sha256").ReadOnly().Indexed().Label("SHA-256"),
       Text("related_object").Says("The object's name of the record that the file belongs to."),
       IdField("related_id").Indexed().Says("The id of that record."),
       Text("description").Searchable(), Owner()});
}

}  // namespace

std::vector<Object> ServiceObjects() {
  return {Case(), Queue(), Campaign(), CampaignMember(), Activity(), Attachment()};
}

}  // namespace boathouse::model
