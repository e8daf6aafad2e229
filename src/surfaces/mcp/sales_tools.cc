#include "surfaces/mcp/sales_tools.h"

#include "crm/hierarchy.h"
#include "crm/lead_conversion.h"
#include "crm/quotes.h"

namespace boathouse::mcp_surface {
namespace {

using mcp::Tool;

Json Uuid(std::string_view description) {
  return Json::Object({{"type", "string"}, {"format", "uuid"}, {"description", description}});
}
Json Fields(std::string_view description) {
  return Json::Object({{"type", "object"}, {"description", description}});
}

Tool MakeTool(const char* name, const char* title, const char* description, Json properties,
              Json required) {
  Tool tool;
  tool.name = name;
  tool.title = title;
  tool.description = description;
  tool.input_schema = Json::Object({{"type", "object"},
                                    {"properties", std::move(properties)},
                                    {"required", std::move(required)},
                                    {"additionalProperties", false}});
  tool.output_schema = Json::Object({{"type", "object"}});
  return tool;
}

Tool ConvertLeadTool() {
  Tool tool = MakeTool(
      "convert_lead", "Convert a lead",
      "Makes a qualified lead a customer, in one step: an account and a contact are made from it "
      "(or ones that are there are taken), and an opportunity if `opportunity` is given. "
      "Activities, files and campaign memberships go along. Look for an account and a contact "
      "that are there first (search), so that none is made twice. A lead is converted once and "
      "is read-only afterwards.",
      Json::Object({{"id", Uuid("The lead.")},
                    {"account_id", Uuid("An account that is there; else one is made.")},
                    {"account", Fields("Fields of the new account; others come from the lead.")},
                    {"contact_id", Uuid("A contact that is there; else one is made.")},
                    {"contact", Fields("Fields of the new contact; others come from the lead.")},
                    {"opportunity",
                     Fields("Fields of a first opportunity, {} for one by the company's name.")},
                    {"owner_id", Uuid("The user who is to own what is made.")}}),
      Json::Array({"id"}));
  tool.annotations = {false, true, false, false};
  return tool;
}

Tool QuoteTool() {
  Tool tool = MakeTool(
      "quote_opportunity", "Quote a deal",
      "Makes a quote of an opportunity, with its lines, account, contact and price list. `fields` "
      "may have fields of the quote, such as expiration_date or discount.",
      Json::Object({{"id", Uuid("The opportunity.")},
                    {"fields", Fields("Fields of the quote; its name is the deal's otherwise.")}}),
      Json::Array({"id"}));
  tool.annotations = {false, false, false, false};
  return tool;
}

Tool AcceptTool() {
  Tool tool = MakeTool(
      "accept_quote", "Accept a quote",
      "Notes that the customer accepted a quote: its lines and terms are frozen from then on. With "
      "`sync` its lines become those of the opportunity, and their sum its amount.",
      Json::Object({{"id", Uuid("The quote.")},
                    {"sync", Json::Object({{"type", "boolean"}, {"default", false}})}}),
      Json::Array({"id"}));
  tool.annotations = {false, true, true, false};
  return tool;
}

Tool HierarchyTool(Json objects) {
  Tool tool = MakeTool(
      "get_hierarchy", "Show a hierarchy",
      "Shows where a record stands in the tree of its object: its ancestors from the root down, "
      "and "
      "all below it. For \"the whole group of companies\" read the account's.",
      Json::Object({{"object", Json::Object({{"type", "string"}, {"enum", std::move(objects)}})},
                    {"id", Uuid("The record.")}}),
      Json::Array({"object", "id"}));
  tool.annotations = {true, false, true, false};
  return tool;
}

Result<Id> ReadId(const Json& arguments) {
  const auto id = Id::Parse(arguments["id"].AsString());
  if (id) return *id;
  return Error::Field("/id", "wrong_type", "must be a UUID; find it with a search tool");
}

Result<Json> ReadRecord(crm::Crm& crm, const crm::Caller& caller, std::string_view name,
                        const Id& id) {
  const auto model = crm.model(caller);
  ASSIGN(const model::Object* object, crm.FindObject(caller, name));
  ASSIGN(const model::Record record, crm.Get(caller, *object, id));
  return Json::Object({{"record", model::RecordToJson(*object, record)}});
}

Result<Json> Accept(crm::Crm& crm, const crm::Caller& caller, const Id& id, bool sync) {
  TRY(crm::AcceptQuote(crm, caller, id, sync));
  return ReadRecord(crm, caller, "quote", id);
}

}  // namespace

std::vector<Tool> SalesTools(const model::Model& model) {
  std::vector<Tool> tools;
  if (model.Find("lead") != nullptr && model.Find("account") != nullptr &&
      model.Find("contact") != nullptr) {
    tools.push_back(ConvertLeadTool());
  }
  if (model.Find("quote") != nullptr && model.Find("opportunity") != nullptr) {
    tools.push_back(QuoteTool());
    tools.push_back(AcceptTool());
  }
  Json objects = Json::Array();
  for (const model::Object& object : model.objects()) {
    if (crm::HasHierarchy(object)) objects.Append(object.name);
  }
  if (objects.size() > 0) tools.push_back(HierarchyTool(std::move(objects)));
  return tools;
}

bool IsSalesTool(std::string_view name) {
  return name == "convert_lead" || name == "quote_opportunity" || name == "accept_quote" ||
         name == "get_hierarchy";
}

Result<Json> RunSalesTool(crm::Crm& crm, const crm::Caller& caller, std::string_view name,
                          const Json& arguments) {
  ASSIGN(const Id id, ReadId(arguments));
  if (name == "quote_opportunity") {
    const Json& fields = arguments["fields"];
    ASSIGN(const Id quote,
           crm::CreateQuote(crm, caller, id, fields.is_null() ? Json::Object() : fields));
    return ReadRecord(crm, caller, "quote", quote);
  }
  if (name == "accept_quote") return Accept(crm, caller, id, arguments["sync"].AsBool());
  if (name == "get_hierarchy") {
    const auto model = crm.model(caller);
    ASSIGN(const model::Object* object, crm.FindObject(caller, arguments["object"].AsString()));
    ASSIGN(const crm::Hierarchy tree, crm::GetHierarchy(crm, caller, *object, id));
    return tree.ToJson();
  }
  Json request = arguments;
  request.Remove("id");
  ASSIGN(const crm::LeadConversion made, crm::ConvertLead(crm, caller, id, request));
  return made.ToJson();
}

}  // namespace boathouse::mcp_surface
