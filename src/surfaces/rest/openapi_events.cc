// The description of events, webhooks and automations.
#include "crm/automation.h"
#include "crm/change_feed.h"
#include "events/webhooks.h"
#include "surfaces/rest/openapi.h"
#include "surfaces/rest/openapi_operation.h"
#include "surfaces/rest/openapi_words.h"

namespace boathouse::rest {
namespace {

Json IdInPath(std::string_view description) {
  return Json::Object({{"name", "id"},
                       {"in", "path"},
                       {"required", true},
                       {"description", description},
                       {"schema", Json::Object({{"type", "string"}, {"minLength", 1}})}});
}

Json OperationNames() {
  return ListOf(
      Json::Object({{"type", "string"}, {"enum", Json::Array({"create", "update", "delete"})}}));
}

void AddFeedPath(Json* paths) {
  Json content = Told("EventPage");
  content.Set("text/event-stream", Json::Object({{"schema", Json::Object({{"type", "string"}})}}));
  Json after = QueryParameter("after",
                              "The sequence number to go on behind. Without it a stream begins "
                              "now, a page at the beginning.",
                              Json::Object({{"type", "string"}, {"pattern", "^[0-9]{1,18}$"}}));
  Json objects = QueryParameter("objects", "Only changes of these objects.",
                                ListOf(Json::Object({{"type", "string"}})));
  objects.Set("style", "form");
  objects.Set("explode", false);
  paths->Set(
      "/events",
      Json::Object(
          {{"get",
            Operation("listEvents", "events", "Follow the changes of records")
                .Says(
                    "In the order of their commits, each at least once, as far as one may read the "
                    "records. With `Accept: text/event-stream` it stays open and sends changes as "
                    "they are committed; their ids are sequence numbers, so that a client that "
                    "sends "
                    "`Last-Event-ID` misses nothing. The changes of a record that is deleted tell "
                    "its id and no values.")
                .Takes({std::move(objects), std::move(after), ParameterRef("page_size")})
                .Answers(200, "Changes, oldest first.", std::move(content))
                .Build()}}));
}

Operation OneWebhook(const char* id, const char* summary) {
  return Operation(id, "webhooks", summary).MayFail({404});
}

void AddWebhookPaths(Json* paths) {
  const Json id = IdInPath("The webhook's id.");
  paths->Set(
      "/webhooks",
      Json::Object(
          {{"get", Operation("listWebhooks", "webhooks", "List webhooks")
                       .Says("For administrators, as all that is about webhooks.")
                       .Answers(200, "All of them, oldest first.", Told("WebhookList"))
                       .Build()},
           {"post",
            Operation("createWebhook", "webhooks", "Set a webhook up")
                .Says("Changes from now on are sent to it: signed as standardwebhooks.com "
                      "describes, at least once, in the order of their commits.")
                .Body(SchemaRef("WebhookRequest"))
                .Answers(201, "Made. This answer alone holds the secret.", Told("NewWebhook"),
                         Json::Object({{"Location", TextHeader("Its path.")}}))
                .MayFail({409})
                .Build()}}));
  paths->Set(
      "/webhooks/{id}",
      Json::Object({{"parameters", Json::Array({id})},
                    {"get", OneWebhook("getWebhook", "Read a webhook, and how it goes")
                                .Answers(200, "The webhook.", Told("Webhook"))
                                .Build()},
                    {"patch", OneWebhook("updateWebhook", "Change a webhook")
                                  .Says("`rotate_secret` makes a new secret, which this answer "
                                        "holds. Switching it on begins with no failed attempts.")
                                  .Body(SchemaRef("WebhookPatch"),
                                        {"application/json", "application/merge-patch+json"})
                                  .Answers(200, "The webhook.", Told("Webhook"))
                                  .Build()},
                    {"delete", OneWebhook("removeWebhook", "Remove a webhook")
                                   .Says("What it has not sent yet and its dead letters go too.")
                                   .Answers(204, "It is gone.")
                                   .Build()}}));
  paths->Set(
      "/webhooks/{id}/test",
      Json::Object({{"parameters", Json::Array({id})},
                    {"post", OneWebhook("testWebhook", "Send a test event now")
                                 .Answers(200, "What the receiver answered.", Told("WebhookTest"))
                                 .Build()}}));
  paths->Set("/webhooks/{id}/replay",
             Json::Object({{"parameters", Json::Array({id})},
                           {"post", OneWebhook("replayWebhook", "Send changes again")
                                        .Says("Every change from that sequence number on.")
                                        .Body(SchemaRef("ReplayRequest"))
                                        .Answers(200, "The webhook.", Told("Webhook"))
                                        .Build()}}));
  paths->Set(
      "/webhooks/{id}/dead-letters",
      Json::Object({{"parameters", Json::Array({id})},
                    {"get", OneWebhook("listDeadLetters", "List events that could not be delivered")
                                .Takes({QueryParameter("after", "`next_after` of the page before.",
                                                       Json::Object({{"type", "string"}})),
                                        ParameterRef("page_size")})
                                .Answers(200, "Oldest first.", Told("DeadLetterPage"))
                                .Build()},
                    {"delete", OneWebhook("dropDeadLetters", "Drop all dead letters")
                                   .Answers(204, "They are gone.")
                                   .Build()}}));
  paths->Set(
      "/webhooks/{id}/dead-letters/retry",
      Json::Object({{"parameters", Json::Array({id})},
                    {"post", OneWebhook("retryDeadLetters", "Send dead letters again")
                                 .Says("That one, or all when no id is given.")
                                 .Body(SchemaRef("RetryRequest"))
                                 .Answers(200, "How many wait to be sent.", Told("RetryResult"))
                                 .Build()}}));
}

void AddAutomationPaths(Json* paths) {
  const Json id = IdInPath("The automation's id.");
  const auto one = [](const char* name, const char* summary) {
    return Operation(name, "automations", summary).MayFail({404});
  };
  paths->Set("/automations",
             Json::Object(
                 {{"get", Operation("listAutomations", "automations", "List automations")
                              .Says("For administrators. In the order in which they run.")
                              .Answers(200, "All of them.", Told("AutomationList"))
                              .Build()},
                  {"post", Operation("createAutomation", "automations", "Make an automation")
                               .Says("When a record of the object is created or changed and the "
                                     "condition holds, its actions happen in the same transaction. "
                                     "See docs/automation.md.")
                               .Body(SchemaRef("AutomationRequest"))
                               .Answers(201, "Made; it runs from now on.", Told("Automation"),
                                        Json::Object({{"Location", TextHeader("Its path.")}}))
                               .MayFail({409})
                               .Build()}}));
  paths->Set("/automations/{id}",
             Json::Object({{"parameters", Json::Array({id})},
                           {"get", one("getAutomation", "Read an automation")
                                       .Answers(200, "The automation.", Told("Automation"))
                                       .Build()},
                           {"patch", one("updateAutomation", "Change an automation")
                                         .Body(SchemaRef("AutomationPatch"),
                                               {"application/json", "application/merge-patch+json"})
                                         .Answers(200, "The automation.", Told("Automation"))
                                         .Build()},
                           {"delete", one("removeAutomation", "Remove an automation")
                                          .Answers(204, "It is gone. The log of its runs stays.")
                                          .Build()}}));
  paths->Set("/automation-runs",
             Json::Object(
                 {{"get", Operation("listAutomationRuns", "automations", "Read the log of runs")
                              .Says("For administrators. Newest first; the newest " +
                                    std::to_string(crm::automation_runs_max) + " are kept.")
                              .Takes({QueryParameter("automation_id", "Only the runs of this one.",
                                                     Json::Object({{"type", "string"}})),
                                      QueryParameter("before", "`next_before` of the page before.",
                                                     Json::Object({{"type", "string"}})),
                                      ParameterRef("page_size")})
                              .Answers(200, "Runs.", Told("AutomationRunPage"))
                              .Build()}}));
}

void AddFeedSchemas(Json* schemas) {
  schemas->Set(
      "ChangeEvent",
      ClosedSchema(Json::Object(
          {{"type", Json::Object({{"type", "string"},
                                  {"enum", Json::Array({"record.created", "record.updated",
                                                        "record.deleted"})}})},
           {"sequence", Count("Its place in the order of all changes.")},
           {"at", Time("When it was committed.")},
           {"object", Text("The object's singular name.")},
           {"id", Text("The record's id.").Set("format", "uuid")},
           {"actor_id", OrNull(Text("Who did it; null is the program itself."))},
           {"surface", Text("Through what: rest, web, mcp, import, automation ...")},
           {"changes",
            Json::Object(
                {{"type", "object"},
                 {"description", "Of each field that changed: [from, to]."},
                 {"additionalProperties",
                  Json::Object({{"type", "array"}, {"minItems", 2}, {"maxItems", 2}})}})}})));
  schemas->Set("EventPage",
               ClosedSchema(Json::Object(
                   {{"events", ListOf(SchemaRef("ChangeEvent"))},
                    {"next_after", Count("Go on behind this one.")},
                    {"at_end", Flag("Nothing newer was committed when this was read.")}})));
}

void AddWebhookSchemas(Json* schemas) {
  const Json url = Text("Where events are posted to: http or https.")
                       .Set("maxLength", events::url_chars_max)
                       .Set("format", "uri");
  const Json objects = ListOf(Json::Object({{"type", "string"}}))
                           .Set("description", "Objects it is told about; all when empty.");
  const Json description = Text("For people.").Set("maxLength", 500);
  const Json filter = Text("Only records that this filter finds; with exactly one object.");
  Json request = Json::Object({{"url", url},
                               {"description", description},
                               {"objects", objects},
                               {"operations", OperationNames()},
                               {"filter", filter},
                               {"is_active", Flag("Whether it is sent to.")}});
  schemas->Set("WebhookRequest", ClosedSchema(request, {"description", "objects", "operations",
                                                        "filter", "is_active"}));
  request.Set("rotate_secret", Flag("Make a new secret."));
  schemas->Set("WebhookPatch", ClosedSchema(request, {"url", "description", "objects", "operations",
                                                      "filter", "is_active", "rotate_secret"}));
  const Json secret = Text("The key of the signature, told only when it is made.");
  Json webhook =
      Json::Object({{"id", Text("Its id.")},
                    {"url", url},
                    {"description", description},
                    {"objects", objects},
                    {"operations", OperationNames()},
                    {"filter", filter},
                    {"is_active", Flag("Whether it is sent to.")},
                    {"created_at", Time("When it was set up.")},
                    {"delivered_sequence", Count("Every change up to this one is done with.")},
                    {"failed_attempts", Count("Of what is due now.")},
                    {"next_attempt_at", OrNull(Time("When what failed is tried again."))},
                    {"last_success_at", OrNull(Time("When an event was last acknowledged."))},
                    {"last_error", OrNull(Text("What went wrong last; null after a success."))},
                    {"secret", secret}});
  schemas->Set("Webhook", ClosedSchema(webhook, {"secret"}));
  schemas->Set("NewWebhook", ClosedSchema(webhook));
  schemas->Set("WebhookList",
               ClosedSchema(Json::Object({{"items", ListOf(SchemaRef("Webhook"))}})));
  schemas->Set("WebhookTest",
               ClosedSchema(Json::Object({{"status", Json::Object({{"type", "integer"}})},
                                          {"acknowledged", Flag("Whether it was a 2xx.")}})));
  schemas->Set("ReplayRequest",
               ClosedSchema(Json::Object(
                   {{"from_sequence",
                     Json::Object({{"type", "integer"},
                                   {"minimum", 1},
                                   {"description", "The first change to send again."}})}})));
  schemas->Set("DeadLetter",
               ClosedSchema(Json::Object({{"id", Text("Its id.")},
                                          {"event", Json::Object({{"type", "object"}})},
                                          {"failed_at", Time("When the last attempt failed.")},
                                          {"error", Text("What the last attempt met.")}})));
  schemas->Set("DeadLetterPage",
               ClosedSchema(Json::Object({{"items", ListOf(SchemaRef("DeadLetter"))},
                                          {"next_after", OrNull(Text("Null at the end."))}})));
  schemas->Set(
      "RetryRequest",
      ClosedSchema(Json::Object({{"id", Text("A dead letter.").Set("minLength", 1)}}), {"id"}));
  schemas->Set("RetryResult", ClosedSchema(Json::Object({{"queued", Count("How many.")}})));
}

void AddAutomationSchemas(Json* schemas) {
  const Json values = Json::Object({{"type", "object"},
                                    {"minProperties", 1},
                                    {"description",
                                     "Fields and their values; {{field}} in a text "
                                     "stands for the record's value."}});
  const auto only = [](const char* name, Json body) {
    return Json::Object({{"type", "object"},
                         {"required", Json::Array({name})},
                         {"properties", Json::Object({{name, std::move(body)}})},
                         {"additionalProperties", false}});
  };
  const Json user = Text("A user's id.").Set("format", "uuid");
  const Json action = Json::Object(
      {{"oneOf",
        Json::Array(
            {only("set", values),
             only("assign",
                  Json::Object({{"oneOf", Json::Array({only("owner_id", user),
                                                       only("round_robin", ListOf(user))})}})),
             only("create_activity", values),
             only("call_webhook",
                  ClosedSchema(Json::Object({{"webhook_id", Text("A webhook's id.")}})))})}});
  Json request = Json::Object(
      {{"name",
        Text("For people.").Set("minLength", 1).Set("maxLength", crm::automation_name_chars_max)},
       {"object", Text("The object whose records it watches.")},
       {"on",
        ListOf(Json::Object({{"type", "string"}, {"enum", Json::Array({"create", "update"})}}))},
       {"condition", Text("In the filter language; empty: always.")},
       {"changed", ListOf(Text("On an update, only when one of these fields changed."))},
       {"every_time",
        Flag("Run at each update that meets the condition, not only at one that begins to.")},
       {"position", Count("Lower ones run first.")},
       {"is_active", Flag("Whether it runs.")},
       {"actions",
        ListOf(action).Set("minItems", 1).Set("maxItems", crm::automation_actions_max)}});
  schemas->Set("AutomationRequest", ClosedSchema(request, {"on", "condition", "changed",
                                                           "every_time", "position", "is_active"}));
  schemas->Set("AutomationPatch",
               ClosedSchema(request, {"name", "object", "on", "condition", "changed", "every_time",
                                      "position", "is_active", "actions"}));
  schemas->Set("Automation", ClosedSchema(request.Set("id", Text("Its id."))));
  schemas->Set("AutomationList",
               ClosedSchema(Json::Object({{"items", ListOf(SchemaRef("Automation"))}})));
  schemas->Set(
      "AutomationRun",
      ClosedSchema(Json::Object(
          {{"id", Text("Its id.")},
           {"automation_id", Text("Which one ran.")},
           {"name", Text("What it was called then.")},
           {"at", Time("When.")},
           {"object", Text("The object's singular name.")},
           {"record_id", Text("The record it worked on.").Set("format", "uuid")},
           {"outcome", Json::Object({{"type", "string"},
                                     {"enum", Json::Array({"done", "failed", "skipped"})}})},
           {"actions", ListOf(Text("What it did, in order."))},
           {"error", OrNull(Text("Why it failed, or was skipped."))}})));
  schemas->Set("AutomationRunPage",
               ClosedSchema(Json::Object({{"items", ListOf(SchemaRef("AutomationRun"))},
                                          {"next_before", OrNull(Text("Null at the end."))}})));
}

}  // namespace

void AddEventPaths(Json* paths) {
  AddFeedPath(paths);
  AddWebhookPaths(paths);
  AddAutomationPaths(paths);
}

void AddEventSchemas(Json* schemas) {
  AddFeedSchemas(schemas);
  AddWebhookSchemas(schemas);
  AddAutomationSchemas(schemas);
}

}  // namespace boathouse::rest
