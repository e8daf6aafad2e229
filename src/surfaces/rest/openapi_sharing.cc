// The description of shares, published tables, recipients and what they read.
#include "sharing/sharing.h"
#include "surfaces/rest/openapi.h"
#include "surfaces/rest/openapi_operation.h"
#include "surfaces/rest/openapi_words.h"

namespace boathouse::rest {
namespace {

constexpr const char* share_pattern =
    "^[^\\x00-\\x20/\\x7f]*[^\\x00-\\x20/\\x7f.][^\\x00-\\x20/\\x7f]*$";
constexpr const char* table_pattern = "^[^\\x00-\\x20/\\x7f.]+$";
constexpr const char* mask_pattern = "^(none|sha256|truncate:[0-9]{1,4})$";

Json InPath(const char* name, std::string_view description) {
  return Json::Object({{"name", name},
                       {"in", "path"},
                       {"required", true},
                       {"description", description},
                       {"schema", Json::Object({{"type", "string"}, {"minLength", 1}})}});
}

Json Name(std::string_view description, const char* pattern) {
  return Text(description)
      .Set("pattern", pattern)
      .Set("minLength", 1)
      .Set("maxLength", sharing::share_name_chars_max);
}
Json Comment() {
  return Text("What it is for.").Set("maxLength", sharing::share_comment_chars_max);
}
Json Enum(std::string_view description, std::initializer_list<Json> values) {
  return Text(description).Set("enum", Json::Array(values));
}
Json Whole(std::string_view description, int64_t least, int64_t most) {
  return Json::Object(
      {{"type", "integer"}, {"description", description}, {"minimum", least}, {"maximum", most}});
}
Json OneOf(std::initializer_list<Json> schemas) {
  return Json::Object({{"anyOf", Json::Array(schemas)}});
}
Json Page(const char* item) {
  return ClosedSchema(Json::Object({{"items", ListOf(SchemaRef(item))}}));
}
Json Location(const char* of) {
  return Json::Object({{"Location", TextHeader(std::string("The path of the ") + of + ".")}});
}
std::initializer_list<const char*> MergePatch() {
  static const std::initializer_list<const char*> types = {"application/json",
                                                           "application/merge-patch+json"};
  return types;
}

Json SharePath() {
  return Json::Object(
      {{"parameters", Json::Array({InPath("share", "Its name or id.")})},
       {"get", Operation("getShare", "sharing", "Read one share")
                   .Answers(200, "The share.", Told("Share"))
                   .MayFail({404})
                   .Build()},
       {"patch", Operation("updateShare", "sharing", "Change a share")
                     .Says("A JSON merge patch (RFC 7396). Clients know a share by its name.")
                     .Body(SchemaRef("SharePatch"), MergePatch())
                     .Answers(200, "The share as it is now.", Told("Share"))
                     .MayFail({404, 409})
                     .Build()},
       {"delete", Operation("deleteShare", "sharing", "Delete a share")
                      .Says("With its tables and grants; it cannot be read from then on.")
                      .Answers(204, "It is gone.")
                      .MayFail({404, 409})
                      .Build()}});
}

void AddSharePaths(Json* paths) {
  paths->Set(
      "/shares",
      Json::Object(
          {{"get", Operation("listShares", "sharing", "List the shares that one may keep")
                       .Says("Those whose objects one may all publish. The share boathouse, with "
                             "every object, comes with the program.")
                       .Answers(200, "The shares.", Told("ShareList"))
                       .Build()},
           {"post", Operation("createShare", "sharing", "Make a share")
                        .Says("It holds nothing yet and is granted to nobody.")
                        .Body(SchemaRef("NewShare"))
                        .Answers(201, "The new share.", Told("Share"), Location("new share"))
                        .MayFail({409})
                        .Build()}}));
  paths->Set("/shares/{share}", SharePath());
  paths->Set(
      "/shares/{share}/tables",
      Json::Object(
          {{"parameters", Json::Array({InPath("share", "Its name or id.")})},
           {"get", Operation("listSharedTables", "sharing", "List the tables of a share")
                       .Answers(200, "The tables.", Told("SharedTableList"))
                       .MayFail({404})
                       .Build()},
           {"post", Operation("publishTable", "sharing", "Publish a table")
                        .Says("An object, or the records of a saved view, with chosen columns, "
                              "masks and a row filter. Only who may share the object, reads all "
                              "its records and sees the columns may publish it. It can be read at "
                              "once by whom the share is granted to.")
                        .Body(SchemaRef("NewSharedTable"))
                        .Answers(201, "The table.", Told("SharedTable"), Location("table"))
                        .MayFail({404, 409})
                        .Build()}}));
  paths->Set(
      "/shares/{share}/tables/{table}",
      Json::Object(
          {{"parameters", Json::Array({InPath("share", "Its name or id."),
                                       InPath("table", "Its name, schema.name or id.")})},
           {"get", Operation("getSharedTable", "sharing", "Read how a table is published")
                       .Answers(200, "The table.", Told("SharedTable"))
                       .MayFail({404, 409})
                       .Build()},
           {"patch", Operation("updateSharedTable", "sharing", "Change a published table")
                         .Says("A JSON merge patch (RFC 7396). A change of columns, masks or "
                               "filter starts its history anew, so that what it showed before "
                               "cannot be read any more.")
                         .Body(SchemaRef("SharedTablePatch"), MergePatch())
                         .Answers(200, "The table as it is now.", Told("SharedTable"))
                         .MayFail({404, 409})
                         .Build()},
           {"delete", Operation("withdrawTable", "sharing", "Withdraw a table from a share")
                          .Answers(204, "It is gone.")
                          .MayFail({404, 409})
                          .Build()}}));
}

void AddGrantPaths(Json* paths) {
  paths->Set(
      "/shares/{share}/recipients",
      Json::Object({{"parameters", Json::Array({InPath("share", "Its name or id.")})},
                    {"get", Operation("listGrants", "sharing", "List whom a share is granted to")
                                .Says("For administrators.")
                                .Answers(200, "The recipients.", Told("RecipientList"))
                                .MayFail({404})
                                .Build()}}));
  paths->Set(
      "/shares/{share}/recipients/{recipient}",
      Json::Object(
          {{"parameters", Json::Array({InPath("share", "Its name or id."),
                                       InPath("recipient", "Its name or id.")})},
           {"put", Operation("grantShare", "sharing", "Grant a share to a recipient")
                       .Says("For administrators. It counts from the recipient's next request on.")
                       .Answers(204, "It is granted.")
                       .MayFail({404})
                       .Build()},
           {"delete", Operation("withdrawShare", "sharing", "Take a share from a recipient")
                          .Says("For administrators. It ends at once, also for addresses of files "
                                "that were handed out.")
                          .Answers(204, "It is not granted any more.")
                          .MayFail({404})
                          .Build()}}));
}

// What a recipient is handed: a profile file, or a link to one.
Json Handed() {
  return Content("application/json", OneOf({SchemaRef("BearerProfile"), SchemaRef("OAuthProfile"),
                                            SchemaRef("RecipientWithLink")}));
}

void AddRecipientPaths(Json* paths) {
  paths->Set(
      "/recipients",
      Json::Object(
          {{"get", Operation("listRecipients", "sharing", "List the recipients of shares")
                       .Says("For administrators.")
                       .Answers(200, "All of them, by name.", Told("RecipientList"))
                       .Build()},
           {"post", Operation("createRecipient", "sharing", "Make a recipient of shares")
                        .Says("For administrators. The answer is a profile file for any Delta "
                              "Sharing or Iceberg client, or, with `deliver: link`, the recipient "
                              "with an activation link that hands the file out once. No other "
                              "answer holds the secret.")
                        .Body(SchemaRef("RecipientRequest"))
                        .Answers(201, "Made.", Handed(), Location("new recipient"))
                        .MayFail({409})
                        .Build()}}));
  paths->Set(
      "/recipients/{recipient}",
      Json::Object(
          {{"parameters", Json::Array({InPath("recipient", "Its name or id.")})},
           {"get", Operation("getRecipient", "sharing", "Read one recipient")
                       .Says("For administrators.")
                       .Answers(200, "The recipient.", Told("Recipient"))
                       .MayFail({404})
                       .Build()},
           {"patch", Operation("updateRecipient", "sharing", "Change a recipient")
                         .Says("For administrators. A JSON merge patch (RFC 7396).")
                         .Body(SchemaRef("RecipientPatch"), MergePatch())
                         .Answers(200, "The recipient as it is now.", Told("Recipient"))
                         .MayFail({404, 409})
                         .Build()},
           {"delete", Operation("revokeRecipient", "sharing", "Revoke a recipient")
                          .Says("For administrators. Ends all its credentials at once, and what "
                                "was handed out with them.")
                          .Answers(204, "It holds no longer.")
                          .MayFail({404})
                          .Build()}}));
  paths->Set(
      "/recipients/{recipient}/rotate",
      Json::Object({{"parameters", Json::Array({InPath("recipient", "Its name or id.")})},
                    {"post", Operation("rotateRecipient", "sharing", "Make a new credential")
                                 .Says("For administrators. Those there are work for the grace.")
                                 .Body(SchemaRef("Rotation"))
                                 .Answers(201, "Made.", Handed(), Location("recipient"))
                                 .MayFail({404, 409})
                                 .Build()}}));
}

void AddUsagePaths(Json* paths) {
  const Json recipient = QueryParameter("recipient", "Of that recipient only.", Uuid());
  const Json day = Json::Object({{"type", "string"}, {"format", "date"}});
  Json time = Json::Object({{"type", "string"}, {"format", "date-time"}});
  paths->Set(
      "/sharing/requests",
      Json::Object(
          {{"get",
            Operation("listSharingRequests", "sharing", "List what recipients read")
                .Says("For administrators: a row for each request, newest first. A page may hold "
                      "less than was asked for and still have a next one.")
                .Takes({recipient, QueryParameter("from", "Not before then.", time),
                        QueryParameter("before", "Before then.", time),
                        QueryParameter("what", "Only such requests.", SchemaRef("Reading")),
                        QueryParameter("share", "Of that share only.", TextMax(255)),
                        QueryParameter("table", "Of that table only.", TextMax(255)),
                        ParameterRef("page_size"), ParameterRef("page_token")})
                .Answers(200, "The rows.", Told("SharingRequestPage"))
                .Build()}}));
  paths->Set(
      "/sharing/usage",
      Json::Object(
          {{"get", Operation("listSharingUsage", "sharing", "Count what recipients read, by day")
                       .Says("For administrators. Days are those of UTC.")
                       .Takes({recipient, QueryParameter("from", "From that day on.", day),
                               QueryParameter("to", "Up to that day.", day)})
                       .Answers(200, "Newest first.", Told("SharingUsage"))
                       .Build()}}));
}

void AddShareSchemas(Json* schemas) {
  const Json name = Name("How clients know it.", share_pattern);
  const Json history = Flag("Whether older versions and changes may be read.");
  schemas->Set("Share",
               ClosedSchema(Json::Object({{"id", Uuid()},
                                          {"name", Text("How clients know it.")},
                                          {"comment", Text()},
                                          {"with_history", history},
                                          {"built_in", Flag("Whether it comes with the program.")},
                                          {"tables", Count("How many it holds.")},
                                          {"recipients", Count("To how many it is granted.")},
                                          {"created_at", OrNull(Time())},
                                          {"updated_at", OrNull(Time())}})));
  schemas->Set("ShareList", Page("Share"));
  schemas->Set(
      "NewShare",
      ClosedSchema(
          Json::Object({{"name", name}, {"comment", OrNull(Comment())}, {"with_history", history}}),
          {"comment", "with_history"}));
  schemas->Set(
      "SharePatch",
      ClosedSchema(
          Json::Object({{"name", name}, {"comment", OrNull(Comment())}, {"with_history", history}}),
          {"name", "comment", "with_history"}));
}

// The members of a table that may be set.
Json TableMembers() {
  const Json mask =
      Text("none, sha256, or truncate:N for its first N characters.").Set("pattern", mask_pattern);
  const Json column =
      OneOf({Text("A field, or field:mask.").Set("minLength", 1),
             ClosedSchema(
                 Json::Object({{"field", Text("A field of the object.")}, {"mask", OrNull(mask)}}),
                 {"mask"})});
  Json columns = ListOf(column);
  columns.Set("type", Json::Array({"array", "null"}));
  columns.Set("description",
              "In this order behind the id, which is always there. null or none: "
              "every field, also future ones.");
  return Json::Object(
      {{"view", OrNull(Text("The id of a saved view, whose filter is taken over as it is now."))},
       {"name",
        Name("How clients know it; the object's plural when it is left out.", table_pattern)},
       {"schema", Name("The schema it stands in; crm when it is left out.", table_pattern)},
       {"comment", OrNull(Comment())},
       {"filter", OrNull(Text("Which records, in the filter language.")
                             .Set("maxLength", sharing::publication_filter_chars_max))},
       {"columns", columns},
       {"format_version", Whole("Of its Iceberg metadata.", 2, 3)},
       {"history_from", OrNull(Time("Older versions are not shown."))}});
}

void AddTableSchemas(Json* schemas) {
  Json shown_columns = ListOf(ClosedSchema(Json::Object({{"field", Text()}, {"mask", Text()}})));
  shown_columns.Set("type", Json::Array({"array", "null"}));
  schemas->Set(
      "SharedTable",
      ClosedSchema(Json::Object(
          {{"id", Uuid()},
           {"schema", Text()},
           {"name", Text()},
           {"comment", Text()},
           {"object", Text("The object, in the singular.")},
           {"view", OrNull(Text("The saved view that its filter came from."))},
           {"view_filter", Text("The view's filter as it was taken over.")},
           {"view_state", Enum("Whether the view has changed since, or is gone (or not yours to "
                               "see).",
                               {"none", "same", "changed", "gone"})},
           {"filter", Text("Of its own, on top of the view's.")},
           {"columns", shown_columns.Set("description", "null: every field.")},
           {"format_version", Whole("Of its Iceberg metadata.", 2, 3)},
           {"history_from", OrNull(Time())},
           {"built_in", Flag()},
           {"problem", OrNull(Text("Why it cannot be read."))},
           {"created_at", OrNull(Time())},
           {"updated_at", OrNull(Time())}})));
  schemas->Set("SharedTableList", Page("SharedTable"));
  Json created = TableMembers();
  created.Set("object", Text("The object; may be left out with a view.").Set("minLength", 1));
  static const std::initializer_list<std::string_view> optional = {
      "object", "view",    "name",           "schema",      "comment",
      "filter", "columns", "format_version", "history_from"};
  schemas->Set(
      "NewSharedTable",
      ClosedSchema(created, optional)
          .Set("anyOf", Json::Array({Json::Object({{"required", Json::Array({"object"})}}),
                                     Json::Object({{"required", Json::Array({"view"})}})})));
  schemas->Set("SharedTablePatch", ClosedSchema(TableMembers(), optional));
}

Json RecipientMembers() {
  const Json credential = ClosedSchema(
      Json::Object({{"id", Text()}, {"created_at", Time()}, {"expires_at", OrNull(Time())}}));
  return Json::Object(
      {{"id", Uuid()},
       {"name", Text()},
       {"comment", Text()},
       {"authentication", Enum("What its profile holds.", {"bearer", "oauth"})},
       {"shares", ListOf(Text()).Set("description", "Granted, by name.")},
       {"addresses", ListOf(Text()).Set("description", "Where it may come from; none: anywhere.")},
       {"created_at", Time()},
       {"expires_at", OrNull(Time("null: it never expires."))},
       {"credentials",
        ListOf(credential).Set("description", "With the time when a rotation ends each.")},
       {"link_expires_at", OrNull(Time("Of the link that waits to be opened."))},
       {"activated_at", OrNull(Time("When a link was last used."))},
       {"last_used_at", OrNull(Time("Known to the minute."))},
       {"last_used_from", OrNull(Text("An address."))}});
}

void AddRequestSchemas(Json* schemas) {
  const Json name = Text("For people to know it by.")
                        .Set("minLength", 1)
                        .Set("maxLength", sharing::recipient_name_chars_max)
                        .Set("pattern", filled_line_pattern);
  const Json comment =
      OrNull(Text("What it is for.").Set("maxLength", sharing::recipient_comment_chars_max));
  const Json shares = ListOf(Text("The name or id of a share."))
                          .Set("description", "What it may read; boathouse when it is left out.")
                          .Set("maxItems", sharing::shares_max);
  Json addresses = ListOf(Text("A block such as 192.0.2.0/24 or 2001:db8::/32."))
                       .Set("maxItems", sharing::recipient_addresses_max);
  addresses.Set("type", Json::Array({"array", "null"}));
  Json days = Whole("How long it holds, from now; null: for ever.", 1, sharing::recipient_days_max);
  days.Set("type", Json::Array({"integer", "null"}));
  days.Set("default", sharing::recipient_days_default);
  const Json kind =
      Enum("bearer (a token, which every client takes) or oauth (client credentials).",
           {"bearer", "oauth"});
  const Json deliver =
      Enum("profile (the file, now) or link (a link that hands it out once).", {"profile", "link"});
  const Json link_hours = Whole("How long the link holds.", 1, sharing::activation_hours_max)
                              .Set("default", sharing::activation_hours_default);
  schemas->Set("RecipientRequest", ClosedSchema(Json::Object({{"name", name},
                                                              {"comment", comment},
                                                              {"authentication", kind},
                                                              {"shares", shares},
                                                              {"addresses", addresses},
                                                              {"expires_in_days", days},
                                                              {"deliver", deliver},
                                                              {"link_hours", link_hours}}),
                                                {"comment", "authentication", "shares", "addresses",
                                                 "expires_in_days", "deliver", "link_hours"}));
  schemas->Set("RecipientPatch",
               ClosedSchema(Json::Object({{"name", name},
                                          {"comment", comment},
                                          {"shares", shares},
                                          {"addresses", addresses},
                                          {"expires_in_days", days}}),
                            {"name", "comment", "shares", "addresses", "expires_in_days"}));
  schemas->Set(
      "Rotation",
      ClosedSchema(Json::Object({{"grace_hours", Whole("How long the old ones still work.", 0,
                                                       sharing::grace_hours_max)
                                                     .Set("default", sharing::grace_hours_default)},
                                 {"authentication", kind},
                                 {"deliver", deliver},
                                 {"link_hours", link_hours}}),
                   {"grace_hours", "authentication", "deliver", "link_hours"}));
}

void AddRecipientSchemas(Json* schemas) {
  schemas->Set("Recipient", ClosedSchema(RecipientMembers()));
  schemas->Set("RecipientList", Page("Recipient"));
  schemas->Set("RecipientWithLink",
               ClosedSchema(RecipientMembers().Set(
                   "activation_url", Text("Hands out the profile file once; told only here."))));
  AddRequestSchemas(schemas);
  const Json endpoint = Text("Of Delta Sharing.");
  const Json iceberg = Text("Of the Iceberg REST catalog.");
  const Json secret = Text("The secret, told only here.");
  schemas->Set("BearerProfile",
               ClosedSchema(Json::Object({{"shareCredentialsVersion", Json::Object({{"const", 1}})},
                                          {"endpoint", endpoint},
                                          {"bearerToken", secret},
                                          {"icebergEndpoint", iceberg},
                                          {"expirationTime", Time()}}),
                            {"expirationTime"})
                   .Set("description", "A profile file of version 1."));
  schemas->Set(
      "OAuthProfile",
      ClosedSchema(
          Json::Object({{"shareCredentialsVersion", Json::Object({{"const", 2}})},
                        {"type", Json::Object({{"const", "oauth_client_credentials"}})},
                        {"endpoint", endpoint},
                        {"tokenEndpoint", Text("Of RFC 6749, with the client credentials grant.")},
                        {"clientId", Uuid()},
                        {"clientSecret", secret},
                        {"scope", Text()},
                        {"icebergEndpoint", iceberg},
                        {"expirationTime", Time()}}),
          {"expirationTime"})
          .Set("description", "A profile file of version 2."));
}

void AddUsageSchemas(Json* schemas) {
  schemas->Set("Reading", Enum("What a request was for.", {"list", "version", "metadata", "query",
                                                           "changes", "credentials", "file"}));
  schemas->Set("SharingRequest",
               ClosedSchema(Json::Object(
                   {{"at", Time()},
                    {"recipient_id", Uuid()},
                    {"recipient_name", Text()},
                    {"surface", Text("delta_sharing, iceberg, s3 or files.")},
                    {"what", SchemaRef("Reading")},
                    {"share", OrNull(Text())},
                    {"schema", OrNull(Text())},
                    {"table", OrNull(Text())},
                    {"version", OrNull(Count("Of the table."))},
                    {"files", Count("That the answer names.")},
                    {"bytes", Count("Of those files; of a file request what was sent.")},
                    {"rows", Count("Of those files.")},
                    {"status", Json::Object({{"type", "integer"}})},
                    {"address", OrNull(Text())}})));
  schemas->Set(
      "SharingRequestPage",
      ClosedSchema(Json::Object({{"items", ListOf(SchemaRef("SharingRequest"))},
                                 {"next_page_token", Text("Not there on the last page.")}}),
                   {"next_page_token"}));
  schemas->Set(
      "SharingDay",
      ClosedSchema(Json::Object({{"day", Text().Set("format", "date")},
                                 {"recipient_id", Uuid()},
                                 {"recipient_name", Text()},
                                 {"requests", Count()},
                                 {"refused", Count("Those that failed.")},
                                 {"without_row", Count("Those that are counted only here.")},
                                 {"files", Count()},
                                 {"bytes", Count("Of the files that answers named.")},
                                 {"rows", Count()},
                                 {"bytes_sent", Count("Of files that this server sent.")},
                                 {"last_at", OrNull(Time())},
                                 {"last_address", OrNull(Text())}})));
  schemas->Set("SharingUsage", Page("SharingDay"));
}

}  // namespace

void AddSharingPaths(Json* paths) {
  AddSharePaths(paths);
  AddGrantPaths(paths);
  AddRecipientPaths(paths);
  AddUsagePaths(paths);
}

void AddSharingSchemas(Json* schemas) {
  AddShareSchemas(schemas);
  AddTableSchemas(schemas);
  AddRecipientSchemas(schemas);
  AddUsageSchemas(schemas);
}

}  // namespace boathouse::rest
