// What is done with several records at once: leads become customers, deals become quotes and quotes
// deals, territories are assigned anew; and where a record stands in its hierarchy.
#include "crm/hierarchy.h"
#include "crm/lead_conversion.h"
#include "crm/quotes.h"
#include "crm/territories.h"
#include "surfaces/rest/input.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

Result<http::Response> RecordAnswer(const Call& call, int status, std::string_view name,
                                    const Id& id) {
  const model::Object* object = call.model->Find(name);
  if (object == nullptr) {
    return Error(ErrorKind::kForbidden, "your role may not read " + std::string(name) + " records");
  }
  ASSIGN(const model::Record record, call.services.crm.Get(call.caller, *object, id));
  std::string body;
  model::AppendRecordJson(*object, record, &body);
  http::Response response = http::Response::Text(status, std::move(body), "application/json");
  response.headers.Set("ETag", EntityTagOf(*object, record.version()));
  if (status == 201) {
    response.headers.Set("Location",
                         std::string(base_path) + "/" + object->plural + "/" + id.ToString());
  }
  return response;
}

Result<http::Response> Convert(Call& call) {
  ASSIGN(const Id id, ReadId(call.request));
  ASSIGN(const crm::LeadConversion made,
         crm::ConvertLead(call.services.crm, call.caller, id, call.body));
  return http::Response::JsonBody(200, made.ToJson());
}

Result<http::Response> MakeQuote(Call& call) {
  ASSIGN(const Id id, ReadId(call.request));
  ASSIGN(const Id quote, crm::CreateQuote(call.services.crm, call.caller, id, call.body));
  return RecordAnswer(call, 201, "quote", quote);
}

Result<http::Response> Accept(Call& call) {
  ASSIGN(const Id id, ReadId(call.request));
  TRY(CheckMembers(call.body, {"sync"}));
  const Json& sync = call.body["sync"];
  if (call.body.Find("sync") != nullptr && !sync.is_bool()) {
    return Error::Field("/sync", "wrong_type", "sync must be true or false");
  }
  TRY(crm::AcceptQuote(call.services.crm, call.caller, id, sync.AsBool()));
  return RecordAnswer(call, 200, "quote", id);
}

Result<http::Response> Sync(Call& call) {
  ASSIGN(const Id id, ReadId(call.request));
  ASSIGN(const Id opportunity, crm::SyncQuote(call.services.crm, call.caller, id));
  return RecordAnswer(call, 200, "opportunity", opportunity);
}

Result<http::Response> AssignTerritories(Call& call) {
  TRY(CheckMembers(call.body, {"object"}));
  const Json& wanted = call.body["object"];
  if (!wanted.is_null() && !wanted.is_string()) {
    return Error::Field("/object", "wrong_type", "object must be account or lead");
  }
  Json changed = Json::Object();
  for (const std::string_view name : {"account", "lead"}) {
    if (!wanted.is_null() && wanted.AsString() != name) continue;
    const model::Object* object = call.model->Find(name);
    if (object == nullptr) continue;
    ASSIGN(const int64_t count, crm::AssignTerritories(call.services.crm, call.caller, *object,
                                                       call.request.cancellation));
    changed.Set(object->name, count);
  }
  if (changed.size() == 0) {
    return Error::Field("/object", "not_an_option", "object must be account or lead");
  }
  return http::Response::JsonBody(200, Json::Object({{"changed", std::move(changed)}}));
}

Result<http::Response> ReadHierarchy(Call& call) {
  const std::string_view plural = call.request.Parameter("plural");
  const model::Object* object = call.model->FindPlural(plural);
  if (object == nullptr || !crm::HasHierarchy(*object)) {
    return Error(
        ErrorKind::kNotFound,
        "there is no collection \"" + std::string(plural.substr(0, 60)) + "\" with a hierarchy");
  }
  ASSIGN(const Id id, ReadId(call.request));
  ASSIGN(const crm::Hierarchy tree, crm::GetHierarchy(call.services.crm, call.caller, *object, id));
  return http::Response::JsonBody(200, tree.ToJson());
}

}  // namespace

std::vector<Route> SalesRoutes() {
  using enum Access;
  return {
      {"POST", "/leads/{id}/convert", kSignedIn, Body::kJson, {}, Convert},
      {"POST", "/opportunities/{id}/quote", kSignedIn, Body::kJson, {}, MakeQuote},
      {"POST", "/quotes/{id}/accept", kSignedIn, Body::kJson, {}, Accept},
      {"POST", "/quotes/{id}/sync", kSignedIn, Body::kNone, {}, Sync},
      {"POST", "/territories/assign", kSignedIn, Body::kJson, {}, AssignTerritories},
      {"GET", "/{plural}/{id}/hierarchy", kSignedIn, Body::kNone, {}, ReadHierarchy},
  };
}

}  // namespace boathouse::rest
