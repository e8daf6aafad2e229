#include "surfaces/mcp/crm_catalog.h"

#include <algorithm>

#include "crm/roles.h"
#include "surfaces/mcp/lakehouse_tools.h"
#include "surfaces/mcp/object_tools.h"
#include "surfaces/mcp/record_calls.h"
#include "surfaces/mcp/sales_tools.h"

namespace boathouse::mcp_surface {
namespace {

using mcp::CallContext;
using mcp::Tool;
using mcp::ToolResult;

constexpr std::string_view model_uri = "boathouse://model";
constexpr int64_t hits_max = 100;

Json Closed(Json properties, Json required) {
  return Json::Object({{"type", "object"},
                       {"properties", std::move(properties)},
                       {"required", std::move(required)},
                       {"additionalProperties", false}});
}

Json AnyObject() { return Json::Object({{"type", "object"}}); }

Json ObjectNames(const model::Model& model) {
  Json names = Json::Array();
  for (const auto& object : model.objects()) names.Append(object.name);
  return names;
}

Tool SearchTool(const model::Model& model) {
  Tool tool;
  tool.name = "search";
  tool.title = "Search everything";
  tool.description =
      "Finds records of all objects by words in their text: names, numbers, e-mail addresses, "
      "descriptions. The first thing to try when only a name is known. Each hit has the object and "
      "the "
      "id to pass to get_<object>.";
  tool.input_schema = Closed(
      Json::Object(
          {{"query",
            Json::Object(
                {{"type", "string"}, {"minLength", 1}, {"maxLength", crm::search_chars_max}})},
           {"objects", Json::Object({{"type", "array"},
                                     {"items", Json::Object({{"type", "string"},
                                                             {"enum", ObjectNames(model)}})},
                                     {"description", "Only these objects. Default: all."}})},
           {"limit",
            Json::Object(
                {{"type", "integer"}, {"minimum", 1}, {"maximum", hits_max}, {"default", 20}})}}),
      Json::Array({"query"}));
  const Json text = Json::Object({{"type", "string"}});
  const Json hit = Json::Object(
      {{"type", "object"},
       {"properties",
        Json::Object({{"object", text}, {"id", text}, {"title", text}, {"subtitle", text}})}});
  tool.output_schema = Json::Object(
      {{"type", "object"},
       {"properties", Json::Object({{"items", Json::Object({{"type", "array"}, {"items", hit}})}})},
       {"required", Json::Array({"items"})}});
  tool.annotations = {true, false, true, false};
  return tool;
}

Tool ListObjectsTool() {
  Tool tool;
  tool.name = "list_objects";
  tool.title = "List objects";
  tool.description =
      "Lists the objects this CRM keeps (accounts, contacts, deals and so on), what each of them "
      "is, and "
      "the names of its tools. Begin here when the CRM is new to you.";
  tool.input_schema = Closed(Json::Object(), Json::Array());
  tool.output_schema = AnyObject();
  tool.annotations = {true, false, true, false};
  return tool;
}

Tool DescribeObjectTool(const model::Model& model) {
  Tool tool;
  tool.name = "describe_object";
  tool.title = "Describe an object";
  tool.description =
      "Tells everything about the fields of one object: types, allowed values, which are required, "
      "unique "
      "or read-only, what they relate to, and how to filter by them.";
  tool.input_schema = Closed(
      Json::Object({{"object", Json::Object({{"type", "string"}, {"enum", ObjectNames(model)}})}}),
      Json::Array({"object"}));
  tool.output_schema = AnyObject();
  tool.annotations = {true, false, true, false};
  return tool;
}

Tool HistoryTool(const model::Model& model) {
  Tool tool;
  tool.name = "get_history";
  tool.title = "History of a record";
  tool.description =
      "Tells what was changed on one record: when, by whom, through what, and each field from "
      "which value "
      "to which; newest first. For \"what happened on this deal\" read this and its activities.";
  const Json text = Json::Object({{"type", "string"}});
  Json page_size = Json::Object({{"type", "integer"}, {"minimum", 1}, {"maximum", page_size_max}});
  tool.input_schema = Closed(
      Json::Object({{"object", Json::Object({{"type", "string"}, {"enum", ObjectNames(model)}})},
                    {"id", Json::Object({{"type", "string"}, {"format", "uuid"}})},
                    {"page_size", page_size.Set("default", page_size_default)},
                    {"page_token", text}}),
      Json::Array({"object", "id"}));
  const Json entry = Json::Object({{"type", "object"},
                                   {"properties", Json::Object({{"at", text},
                                                                {"op", text},
                                                                {"actor", text},
                                                                {"surface", text},
                                                                {"changes", AnyObject()}})}});
  tool.output_schema = Json::Object(
      {{"type", "object"},
       {"properties", Json::Object({{"items", Json::Object({{"type", "array"}, {"items", entry}})},
                                    {"next_page_token", text}})},
       {"required", Json::Array({"items"})}});
  tool.annotations = {true, false, true, false};
  return tool;
}

Tool WhoAmITool() {
  Tool tool;
  tool.name = "whoami";
  tool.title = "Who am I";
  tool.description =
      "Tells which user this connection acts as, the role (viewer reads, member also writes, admin "
      "also "
      "manages users), what it may do with each object, and the workspace with its currency. \"My "
      "deals\" are those whose owner_id is this id.";
  tool.input_schema = Closed(Json::Object(), Json::Array());
  tool.output_schema = AnyObject();
  tool.annotations = {true, false, true, false};
  return tool;
}

// Those that stand beside the objects' tools; the objects' give way where names clash.
std::vector<Tool> GeneralTools(const model::Model& model, bool has_lakehouse) {
  std::vector<Tool> tools = {WhoAmITool(), ListObjectsTool(), DescribeObjectTool(model),
                             SearchTool(model), HistoryTool(model)};
  for (Tool& tool : SalesTools(model)) tools.push_back(std::move(tool));
  if (has_lakehouse) {
    for (Tool& tool : LakehouseTools()) tools.push_back(std::move(tool));
  }
  return tools;
}

Json ListObjects(const model::Model& model) {
  Json objects = Json::Array();
  for (const auto& object : model.objects()) {
    Json described = DescribeObject(object);
    described.Remove("fields");
    described.Remove("filter");
    objects.Append(std::move(described));
  }
  return Json::Object({{"objects", std::move(objects)}});
}

crm::Caller CallerOf(const CallContext& context) {
  return {*std::static_pointer_cast<const auth::Principal>(context.principal), "mcp"};
}

}  // namespace

std::vector<Tool> CrmCatalog::ListTools(const CallContext& context) {
  const auto model = services_.crm.model(CallerOf(context));
  std::vector<Tool> tools = GeneralTools(*model, services_.assistant != nullptr);
  const size_t general = tools.size();
  for (const auto& object : model->objects()) {
    for (const Verb verb : verbs) {
      const std::string name = ToolName(verb, object);
      const auto same = [&](const Tool& tool) { return tool.name == name; };
      const auto end = tools.begin() + static_cast<ptrdiff_t>(general);
      if (std::none_of(tools.begin(), end, same)) tools.push_back(ObjectTool(verb, object));
    }
  }
  return tools;
}

std::optional<Tool> CrmCatalog::FindTool(const CallContext& context, std::string_view name) {
  const auto model = services_.crm.model(CallerOf(context));
  for (Tool& tool : GeneralTools(*model, services_.assistant != nullptr)) {
    if (tool.name == name) return std::move(tool);
  }
  const auto call = FindObjectTool(*model, name);
  if (!call) return std::nullopt;
  return ObjectTool(call->verb, *call->object);
}

Result<ToolResult> CrmCatalog::CallTool(const CallContext& context, std::string_view name,
                                        const Json& arguments) {
  auto answer = Run(context, name, arguments);
  // What is not found here is a record, never the tool: that one was looked up before.
  if (!answer.ok()) return ToolResult::Failure(answer.error());
  return ToolResult::Structured(std::move(answer).value());
}

Result<Json> CrmCatalog::Run(const CallContext& context, std::string_view name,
                             const Json& arguments) {
  const crm::Caller caller = CallerOf(context);
  const auto model = services_.crm.model(caller);
  if (name == "whoami") {
    return WhoAmI(caller.principal).Set("permissions", crm::DescribeRights(services_.crm, caller));
  }
  if (name == "list_objects") return ListObjects(*model);
  if (name == "search") return RunSearch(services_.crm, caller, arguments);
  if (name == "get_history") return RunHistory(services_.crm, caller, arguments);
  if (IsSalesTool(name)) return RunSalesTool(services_.crm, caller, name, arguments);
  if (name == "describe_object") {
    ASSIGN(const model::Object* object,
           services_.crm.FindObject(caller, arguments["object"].AsString()));
    return DescribeObject(*object);
  }
  const bool of_lakehouse = name == "ask_lakehouse" || name == "describe_lakehouse";
  const std::optional<auth::Scopes>& scopes = caller.principal.scopes;
  if (of_lakehouse && scopes && !scopes->AllowsAll(auth::ScopeAction::kRead)) {
    return Error(ErrorKind::kForbidden,
                 "this token may not ask questions: it lacks the scope read");
  }
  if (of_lakehouse && services_.assistant != nullptr) {
    return RunLakehouseTool(*services_.assistant, caller.principal, context, name, arguments);
  }
  const auto call = FindObjectTool(*model, name);
  if (!call) return Error(ErrorKind::kNotFound, "there is no tool " + std::string(name));
  return RunObjectTool(services_.crm, caller, *call, arguments);
}

Json CrmCatalog::WhoAmI(const auth::Principal& principal) {
  Json json = Json::Object({{"user", Json::Object({{"id", principal.user.ToString()},
                                                   {"name", principal.name},
                                                   {"email", principal.email},
                                                   {"role", principal.role}})}});
  auto workspace = services_.auth.Workspace();
  if (workspace.ok()) json.Set("workspace", std::move(workspace).value());
  return json;
}

std::vector<mcp::Resource> CrmCatalog::ListResources(const CallContext& context) {
  std::vector<mcp::Resource> resources;
  resources.push_back({std::string(model_uri), "model", "Model",
                       "The objects of this CRM and their tools.", "application/json"});
  const auto model = services_.crm.model(CallerOf(context));
  for (const auto& object : model->objects()) {
    resources.push_back(
        {std::string(model_uri) + "/" + object.name, object.name, object.label,
         "Fields of " + object.plural + ", and how to filter by them. " + object.description,
         "application/json"});
  }
  return resources;
}

Result<Json> CrmCatalog::ReadResource(const CallContext& context, std::string_view uri) {
  const auto model = services_.crm.model(CallerOf(context));
  Json body;
  if (uri == model_uri) {
    body = ListObjects(*model);
  } else if (uri.starts_with(std::string(model_uri) + "/")) {
    const model::Object* object = model->Find(uri.substr(model_uri.size() + 1));
    if (object != nullptr) body = DescribeObject(*object);
  }
  if (body.is_null())
    return Error(ErrorKind::kNotFound, "there is no resource " + std::string(uri));
  return Json::Array(
      {Json::Object({{"uri", uri}, {"mimeType", "application/json"}, {"text", body.Dump()}})});
}

}  // namespace boathouse::mcp_surface
