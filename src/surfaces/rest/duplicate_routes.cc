// Duplicates: the rules, what they find, and merging.
#include "crm/duplicates.h"

#include "crm/merge.h"
#include "surfaces/rest/input.h"
#include "surfaces/rest/record_answers.h"

namespace boathouse::rest {
namespace {

Json DuplicateJson(const crm::Duplicate& duplicate) {
  Json rules = Json::Array();
  for (const std::string& rule : duplicate.rules) rules.Append(rule);
  return Json::Object({{"id", duplicate.id ? Json(duplicate.id->ToString()) : Json()},
                       {"title", duplicate.title},
                       {"rules", std::move(rules)}});
}

Json DuplicatesJson(const std::vector<crm::Duplicate>& duplicates) {
  Json items = Json::Array();
  for (const crm::Duplicate& duplicate : duplicates) items.Append(DuplicateJson(duplicate));
  return items;
}

Result<http::Response> ListDuplicates(Call& call) {
  ASSIGN(const model::Object* object, Collection(call));
  ASSIGN(const Id id, ReadId(call.request));
  ASSIGN(const std::vector<crm::Duplicate> duplicates,
         crm::DuplicatesOf(call.services.crm, call.caller, *object, id));
  return http::Response::JsonBody(200, Json::Object({{"items", DuplicatesJson(duplicates)}}));
}

Result<http::Response> FindAll(Call& call) {
  ASSIGN(const model::Object* object, Collection(call));
  ASSIGN(const crm::DuplicateGroups page,
         crm::FindDuplicates(call.services.crm, call.caller, *object,
                             call.request.Query("page_token").value_or("")));
  Json groups = Json::Array();
  for (const auto& group : page.groups) {
    groups.Append(Json::Object({{"records", DuplicatesJson(group)}}));
  }
  Json body = Json::Object({{"groups", std::move(groups)}, {"scanned", page.scanned}});
  if (!page.next_page_token.empty()) body.Set("next_page_token", page.next_page_token);
  return http::Response::JsonBody(200, body);
}

Result<http::Response> Merge(Call& call) {
  ASSIGN(const model::Object* object, Collection(call));
  ASSIGN(const Id id, ReadId(call.request));
  TRY(CheckMembers(call.body, {"from", "fields"}));
  const Json& from = call.body["from"];
  if (!from.is_array()) {
    return Error::Field("/from", from.is_null() ? "required" : "wrong_type",
                        "from must be an array of ids");
  }
  crm::MergeRequest request;
  for (size_t i = 0; i < from.size(); ++i) {
    const auto loser = Id::Parse(from.items()[i].AsString());
    if (!loser) {
      return Error::Field("/from/" + std::to_string(i), "wrong_format", "an id must be a UUID");
    }
    request.from.push_back(*loser);
  }
  request.fields = call.body["fields"];
  ASSIGN(const crm::Merged merged,
         crm::Merge(call.services.crm, call.caller, *object, id, request));
  return RecordResponse(200, *object, merged.record);
}

Result<http::Response> ListRules(Call& call) {
  ASSIGN(const crm::DuplicateRuleList rules,
         crm::ListDuplicateRules(call.services.crm, call.caller));
  Json items = Json::Array();
  for (const crm::DuplicateRule& rule : rules) items.Append(rule.ToJson());
  return http::Response::JsonBody(200, Json::Object({{"items", std::move(items)}}));
}

Result<http::Response> AddRule(Call& call) {
  TRY(CheckMembers(call.body, {"object", "match", "action", "is_active"}));
  ASSIGN(const crm::DuplicateRule rule,
         crm::AddDuplicateRule(call.services.crm, call.caller, call.body));
  http::Response response = http::Response::JsonBody(201, rule.ToJson());
  response.headers.Set("Location", std::string(base_path) + "/duplicate-rules/" + rule.id);
  return response;
}

Result<http::Response> ChangeRule(Call& call) {
  TRY(CheckMembers(call.body, {"match", "action", "is_active"}));
  ASSIGN(const crm::DuplicateRule rule,
         crm::ChangeDuplicateRule(call.services.crm, call.caller, call.request.Parameter("rule"),
                                  call.body));
  return http::Response::JsonBody(200, rule.ToJson());
}

Result<http::Response> RemoveRule(Call& call) {
  TRY(crm::RemoveDuplicateRule(call.services.crm, call.caller, call.request.Parameter("rule")));
  return http::Response::Empty(204);
}

}  // namespace

std::vector<Route> DuplicateRoutes() {
  using enum Access;
  return {
      {"GET", "/duplicate-rules", kSignedIn, Body::kNone, {}, ListRules},
      {"POST", "/duplicate-rules", kSignedIn, Body::kJson, {}, AddRule},
      {"PATCH", "/duplicate-rules/{rule}", kSignedIn, Body::kMergePatch, {}, ChangeRule},
      {"DELETE", "/duplicate-rules/{rule}", kSignedIn, Body::kNone, {}, RemoveRule},
      {"POST", "/{plural}/find-duplicates", kSignedIn, Body::kNone, {"page_token"}, FindAll},
      {"GET", "/{plural}/{id}/duplicates", kSignedIn, Body::kNone, {}, ListDuplicates},
      {"POST", "/{plural}/{id}/merge", kSignedIn, Body::kJson, {}, Merge},
  };
}

}  // namespace boathouse::rest
