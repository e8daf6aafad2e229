// The description of what is done with several records at once, of hierarchies, and of attachments.
#include "crm/hierarchy.h"
#include "surfaces/rest/openapi.h"
#include "surfaces/rest/openapi_operation.h"
#include "surfaces/rest/openapi_words.h"

namespace boathouse::rest {
namespace {

Json Said(Json schema, std::string_view description) {
  return schema.Set("description", description);
}

Json VersionHeader() {
  return Json::Object({{"ETag", TextHeader("The record's version, in quotes.")}});
}

void AddConversion(Json* paths) {
  paths->Set(
      "/leads/{id}/convert",
      Json::Object(
          {{"parameters", Json::Array({ParameterRef("id")})},
           {"post",
            Operation("convertLead", "leads", "Make a lead a customer")
                .Says("Makes an account, a contact and, if wanted, an opportunity of the lead, in "
                      "one transaction, or takes ones that are there. Fields that are not given "
                      "come from the lead. Its activities, attachments and campaign memberships "
                      "go along. Afterwards the lead is read-only; a second conversion is a 409 "
                      "with the ids of the first.")
                .Body(SchemaRef("LeadConversionRequest"))
                .Answers(200, "What the lead became.", Told("LeadConversion"))
                .MayFail({404, 409})
                .Build()}}));
}

Operation QuoteOperation(const char* id, const char* summary, const char* says) {
  return Operation(id, "quotes", summary).Says(says).MayFail({404, 409});
}

void AddQuotes(Json* paths) {
  const Json id = Json::Array({ParameterRef("id")});
  Json made = VersionHeader();
  made.Set("Location", TextHeader("The path of the new quote."));
  paths->Set("/opportunities/{id}/quote",
             Json::Object({{"parameters", id},
                           {"post", QuoteOperation("createQuoteOfOpportunity",
                                                   "Make a quote of an opportunity",
                                                   "With its lines, account, contact and price "
                                                   "list. The body may have fields of the quote.")
                                        .Body(SchemaRef("QuoteOfOpportunity"))
                                        .Answers(201, "The new quote.", Told("Quote"), made)
                                        .Build()}}));
  paths->Set(
      "/quotes/{id}/accept",
      Json::Object({{"parameters", id},
                    {"post", QuoteOperation("acceptQuote", "Accept a quote",
                                            "Sets its status, which freezes its lines and terms; "
                                            "with `sync` its opportunity takes them over.")
                                 .Body(SchemaRef("QuoteAcceptance"))
                                 .Answers(200, "The quote.", Told("Quote"), VersionHeader())
                                 .Build()}}));
  paths->Set(
      "/quotes/{id}/sync",
      Json::Object(
          {{"parameters", id},
           {"post", QuoteOperation("syncQuote", "Take an accepted quote over into its opportunity",
                                   "The opportunity's lines become those of the quote, and its "
                                   "amount their sum.")
                        .Answers(200, "The opportunity.", Told("Opportunity"), VersionHeader())
                        .Build()}}));
}

void AddHierarchies(const model::Model& model, Json* paths) {
  for (const model::Object& object : model.objects()) {
    if (!crm::HasHierarchy(object)) continue;
    const std::string type = TypeNameOf(object);
    paths->Set(
        "/" + object.plural + "/{id}/hierarchy",
        Json::Object({{"parameters", Json::Array({ParameterRef("id")})},
                      {"get", Operation("get" + type + "Hierarchy", object.plural,
                                        "Read where one record of " + object.plural +
                                            " stands in its hierarchy")
                                  .Says("Its ancestors from the root down, and the tree below it "
                                        "as far as the caller may read it.")
                                  .Answers(200, "The hierarchy.", Told("Hierarchy"))
                                  .MayFail({404})
                                  .Build()}}));
  }
}

void AddAttachments(Json* paths) {
  Json* const collection = paths->Find("/attachments");
  if (collection == nullptr) return;
  // Files come one at a time.
  paths->Remove("/attachments:batchCreate");
  Json made = VersionHeader();
  made.Set("Location", TextHeader("The path of the new attachment."));
  collection->Set(
      "post", Operation("createAttachment", "attachments", "Send a file")
                  .Says("Makes an attachment of the part `file`; the other parts are its fields. "
                        "At most 25 MiB.")
                  .Body(SchemaRef("AttachmentForm"), {"multipart/form-data"})
                  .Answers(201, "The new attachment.", Told("Attachment"), made)
                  .MayFail({422})
                  .Build());
  Json headers = Json::Object({{"ETag", TextHeader("The SHA-256 of the file, in quotes.")}});
  const Json parameters = Json::Array(
      {ParameterRef("id"), Json::Object({{"name", "Range"},
                                         {"in", "header"},
                                         {"description", "One range of bytes."},
                                         {"schema", Json::Object({{"type", "string"}})}})});
  Json part_headers = headers;
  part_headers.Set("Content-Range", TextHeader("Which bytes of how many."));
  paths->Set(
      "/attachments/{id}/content",
      Json::Object(
          {{"parameters", parameters},
           {"get", Operation("getAttachmentContent", "attachments", "Read a file")
                       .Says("In the media type it was sent with, always to be "
                             "saved and never shown as a page.")
                       .Takes({ParameterRef("if_none_match")})
                       .Answers(200, "The file.", Content("*/*", Json::Object()), headers)
                       .Answers(206, "A range of it.", Content("*/*", Json::Object()), part_headers)
                       .Answers(304, "As in If-None-Match.", {}, headers)
                       .MayFail({404, 416, 422})
                       .Build()}}));
}

void AddNodes(Json* schemas) {
  const Json title = Json::Object({{"type", "string"}});
  schemas->Set("HierarchyAncestor", ClosedSchema(Json::Object({{"id", Uuid()}, {"title", title}})));
  const auto list = [](const char* of) {
    return Json::Object({{"type", "array"}, {"items", SchemaRef(of)}});
  };
  schemas->Set("HierarchyNode",
               ClosedSchema(Json::Object(
                   {{"id", Uuid()}, {"title", title}, {"children", list("HierarchyNode")}})));
  schemas->Set(
      "Hierarchy",
      ClosedSchema(Json::Object({{"ancestors", list("HierarchyAncestor")},
                                 {"record", SchemaRef("HierarchyNode")},
                                 {"truncated", Flag("There is more below than is shown.")}})));
}

// Fields of a new record, none of them required, since others come from elsewhere.
Json PatchOrNull(const model::Model& model, std::string_view name, std::string_view description) {
  const model::Object* object = model.Find(name);
  const Json null = Json::Object({{"type", "null"}});
  if (object == nullptr) return Said(null, description);
  return Json::Object({{"description", description},
                       {"anyOf", Json::Array({SchemaRef(TypeNameOf(*object) + "Patch"), null})}});
}

Json QuoteOfOpportunity(const Json& schemas) {
  Json schema = schemas["QuoteCreate"];
  if (schema.is_null()) return Json::Object({{"type", "object"}});
  if (Json* const properties = schema.Find("properties")) properties->Remove("opportunity_id");
  schema.Remove("required");
  schema.Remove("examples");
  return schema;
}

}  // namespace

void AddSalesPaths(const model::Model& model, Json* paths) {
  if (model.Find("lead") != nullptr) AddConversion(paths);
  const bool sells = model.Find("quote") != nullptr && model.Find("opportunity") != nullptr;
  if (sells) AddQuotes(paths);
  AddHierarchies(model, paths);
  AddAttachments(paths);
  if (model.Find("territory") == nullptr) return;
  paths->Set("/territories/assign",
             Json::Object(
                 {{"post", Operation("assignTerritories", "territories", "Assign territories anew")
                               .Says("Asks the territory rules about every account and "
                                     "lead that is not locked. For who may change the "
                                     "rules.")
                               .Body(SchemaRef("TerritoryAssignment"))
                               .Answers(200, "How many records got another territory.",
                                        Told("TerritoriesAssigned"))
                               .Build()}}));
}

void AddSalesSchemas(const model::Model& model, Json* schemas) {
  Json request = ClosedSchema(
      Json::Object(
          {{"account_id", Said(UuidOrNull(), "The account that it is; else one is made.")},
           {"account", PatchOrNull(model, "account", "Fields of the new account.")},
           {"contact_id", Said(UuidOrNull(), "The contact that it is; else one is made.")},
           {"contact", PatchOrNull(model, "contact", "Fields of the new contact.")},
           {"opportunity", PatchOrNull(model, "opportunity",
                                       "Fields of a first opportunity; without it none is made.")},
           {"owner_id", Said(UuidOrNull(), "Who is to own what is made.")}}),
      {"account_id", "account", "contact_id", "contact", "opportunity", "owner_id"});
  schemas->Set("LeadConversionRequest", std::move(request));
  schemas->Set("LeadConversion",
               ClosedSchema(Json::Object({{"lead_id", Uuid()},
                                          {"account_id", Uuid()},
                                          {"account_created", Flag("It was made.")},
                                          {"contact_id", Uuid()},
                                          {"contact_created", Flag("It was made.")},
                                          {"opportunity_id", UuidOrNull()}})));
  schemas->Set("QuoteOfOpportunity", QuoteOfOpportunity(*schemas));
  schemas->Set(
      "QuoteAcceptance",
      ClosedSchema(Json::Object({{"sync", Flag("Take it over into its opportunity.")}}), {"sync"}));
  const Json object = Json::Object({{"type", Json::Array({"string", "null"})},
                                    {"enum", Json::Array({"account", "lead", nullptr})}});
  schemas->Set(
      "TerritoryAssignment",
      ClosedSchema(Json::Object({{"object", Said(object, "Both unless given.")}}), {"object"}));
  const Json count = Json::Object({{"type", "integer"}, {"minimum", 0}});
  schemas->Set("TerritoriesAssigned",
               ClosedSchema(Json::Object(
                   {{"changed", ClosedSchema(Json::Object({{"account", count}, {"lead", count}}),
                                             {"account", "lead"})}})));
  AddNodes(schemas);
  for (const char* name : {"AttachmentCreate", "AttachmentBatch", "AttachmentBatchResult"}) {
    schemas->Remove(name);
  }
  Json form = Json::Object({{"file", Json::Object({{"type", "string"}, {"format", "binary"}})}});
  if (const model::Object* attachment = model.Find("attachment")) {
    for (const char* name : {"name", "description", "related_object", "related_id", "owner_id"}) {
      const model::Field* field = attachment->Find(name);
      if (field != nullptr && !field->read_only) {
        form.Set(name, Json::Object({{"type", "string"}, {"description", field->description}}));
      }
    }
  }
  schemas->Set("AttachmentForm", Json::Object({{"type", "object"},
                                               {"properties", std::move(form)},
                                               {"additionalProperties", false},
                                               {"required", Json::Array({"file"})}}));
}

}  // namespace boathouse::rest
