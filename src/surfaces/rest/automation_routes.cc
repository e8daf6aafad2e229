// Automations and the log of their runs.
#include "crm/automation.h"
#include "surfaces/rest/input.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

Result<crm::Automations*> Automations(const Call& call) {
  if (call.services.automations != nullptr) return call.services.automations;
  return Error(ErrorKind::kUnsupported, "this server has no automations");
}

Json AutomationJson(const crm::Automation& automation) {
  Json json = Json::Object({{"id", automation.id}});
  for (const Json::Member& member : automation.definition.members()) {
    json.Set(member.first, member.second);
  }
  return json;
}

std::string_view PathId(const Call& call) { return call.request.Parameter("id"); }

Result<http::Response> ListAutomations(Call& call) {
  ASSIGN(crm::Automations* const automations, Automations(call));
  ASSIGN(const std::vector<crm::Automation> list, automations->List(call.caller));
  Json items = Json::Array();
  for (const crm::Automation& automation : list) items.Append(AutomationJson(automation));
  return http::Response::JsonBody(200, Json::Object({{"items", std::move(items)}}));
}

Result<http::Response> CreateAutomation(Call& call) {
  ASSIGN(crm::Automations* const automations, Automations(call));
  ASSIGN(const crm::Automation made, automations->Create(call.caller, call.body));
  http::Response response = http::Response::JsonBody(201, AutomationJson(made));
  response.headers.Set("Location", std::string(base_path) + "/automations/" + made.id);
  return response;
}

Result<http::Response> GetAutomation(Call& call) {
  ASSIGN(crm::Automations* const automations, Automations(call));
  ASSIGN(const crm::Automation automation, automations->Get(call.caller, PathId(call)));
  return http::Response::JsonBody(200, AutomationJson(automation));
}

Result<http::Response> UpdateAutomation(Call& call) {
  ASSIGN(crm::Automations* const automations, Automations(call));
  ASSIGN(const crm::Automation updated, automations->Update(call.caller, PathId(call), call.body));
  return http::Response::JsonBody(200, AutomationJson(updated));
}

Result<http::Response> RemoveAutomation(Call& call) {
  ASSIGN(crm::Automations* const automations, Automations(call));
  TRY(automations->Remove(call.caller, PathId(call)));
  return http::Response::Empty(204);
}

Result<http::Response> ListRuns(Call& call) {
  ASSIGN(crm::Automations* const automations, Automations(call));
  ASSIGN(const size_t limit, ReadPageSize(call.request));
  const std::string automation(call.request.Query("automation_id").value_or(""));
  const std::string before(call.request.Query("before").value_or(""));
  ASSIGN(const std::vector<crm::AutomationRun> runs,
         automations->Runs(call.caller, automation, before, limit));
  Json items = Json::Array();
  for (const crm::AutomationRun& run : runs) {
    Json item = Json::Object({{"id", run.id}, {"record_id", run.entry["id"]}});
    for (const Json::Member& member : run.entry.members()) {
      if (member.first != "id") item.Set(member.first, member.second);
    }
    if (item.Find("error") == nullptr) item.Set("error", nullptr);
    items.Append(std::move(item));
  }
  return http::Response::JsonBody(
      200, Json::Object({{"items", std::move(items)},
                         {"next_before", runs.size() == limit ? Json(runs.back().id) : Json()}}));
}

}  // namespace

std::vector<Route> AutomationRoutes() {
  using enum Access;
  return {
      {"GET", "/automations", kSignedIn, Body::kNone, {}, ListAutomations},
      {"POST", "/automations", kSignedIn, Body::kJson, {}, CreateAutomation},
      {"GET", "/automations/{id}", kSignedIn, Body::kNone, {}, GetAutomation},
      {"PATCH", "/automations/{id}", kSignedIn, Body::kMergePatch, {}, UpdateAutomation},
      {"DELETE", "/automations/{id}", kSignedIn, Body::kNone, {}, RemoveAutomation},
      {"GET",
       "/automation-runs",
       kSignedIn,
       Body::kNone,
       {"automation_id", "before", "page_size"},
       ListRuns},
  };
}

}  // namespace boathouse::rest
