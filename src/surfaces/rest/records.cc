// Records: lists, one record, changes, history. The bodies of records are written straight from their
// values; no JSON tree is built for them.
#include <algorithm>
#include <map>

#include "crm/duplicates.h"
#include "crm/history.h"
#include "crm/merge.h"
#include "crm/views.h"
#include "surfaces/rest/input.h"
#include "surfaces/rest/problem.h"
#include "surfaces/rest/record_answers.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

Error NoSuchCollection(const Call& call, std::string_view name) {
  // One that there is, and that the caller's role does not reach, is told apart.
  const auto hidden = call.services.crm.FindObject(call.caller, name);
  if (!hidden.ok() && hidden.error().kind == ErrorKind::kForbidden) return hidden.error();
  std::string known;
  for (const model::Object& candidate : call.model->objects()) {
    known += (known.empty() ? "" : ", ") + candidate.plural;
  }
  return Error(ErrorKind::kNotFound, "there is no collection \"" + std::string(name.substr(0, 60)) +
                                         "\"; there are: " + known);
}

using Titles = std::map<Id, crm::Crm::RelatedTitle>;

// The relation fields that `expand` names, as indexes.
Result<std::vector<size_t>> ReadExpand(const Call& call, const model::Object& object) {
  std::vector<size_t> fields;
  for (const std::string_view name : ReadNames(call.request, "expand")) {
    const auto index = object.IndexOf(name);
    if (!index || object.fields[*index].type != model::FieldType::kRelation) {
      return Error::Field("expand", "unknown_field",
                          "expand: " + object.name + " has no relation field \"" +
                              std::string(name.substr(0, 60)) + "\"");
    }
    if (std::find(fields.begin(), fields.end(), *index) == fields.end()) fields.push_back(*index);
  }
  return fields;
}

Result<Titles> ReadTitles(const Call& call, const model::Object& object,
                          const std::vector<model::Record>& records,
                          const std::vector<size_t>& fields) {
  Titles titles;
  if (fields.empty()) return titles;
  ASSIGN(auto found, call.services.crm.RelatedTitles(call.caller, object, records, fields));
  for (auto& [id, title] : found) titles.emplace(id, std::move(title));
  return titles;
}

// The record; with `expand` fields also a member "expanded" that says what they point to.
void AppendRecord(const model::Object& object, const model::Record& record,
                  const std::vector<size_t>& expand, const Titles& titles, std::string* out) {
  model::AppendRecordJson(object, record, out);
  if (expand.empty()) return;
  out->back() = ',';  // in the place of the closing brace
  *out += "\"expanded\":{";
  char separator = 0;
  for (const size_t field : expand) {
    if (separator != 0) *out += separator;
    separator = ',';
    *out += '"' + object.fields[field].name + "\":";
    const Id* id = std::get_if<Id>(&record.At(field));
    const auto title = id != nullptr ? titles.find(*id) : titles.end();
    if (title == titles.end()) {
      *out += "null";
      continue;
    }
    *out += "{\"id\":\"" + id->ToString() + "\",\"object\":\"" + title->second.object->name +
            "\",\"title\":";
    AppendJsonString(title->second.title, out);
    *out += '}';
  }
  *out += "}}";
}

Result<http::Response> ListRecords(Call& call) {
  ASSIGN(const model::Object* object, Collection(call));
  ASSIGN(const std::vector<size_t> expand, ReadExpand(call, *object));
  crm::ListRequest request;
  request.filter = call.request.Query("filter").value_or("");
  request.order_by = call.request.Query("order_by").value_or("");
  request.page_token = call.request.Query("page_token").value_or("");
  request.text = call.request.Query("q").value_or("");
  ASSIGN(request.page_size, ReadPageSize(call.request));
  ASSIGN(request.include_total, ReadFlag(call.request, "include_total"));
  if (const auto view = call.request.Query("view")) {
    ASSIGN(request,
           crm::Views(call.services.crm).Apply(call.caller, *object, *view, std::move(request)));
  }
  ASSIGN(const crm::ListPage page, call.services.crm.List(call.caller, *object, request));
  ASSIGN(const Titles titles, ReadTitles(call, *object, page.records, expand));

  std::string body = "{\"items\":[";
  for (size_t i = 0; i < page.records.size(); ++i) {
    if (i > 0) body += ',';
    AppendRecord(*object, page.records[i], expand, titles, &body);
  }
  body += ']';
  if (!page.next_page_token.empty()) {
    body += ",\"next_page_token\":";
    AppendJsonString(page.next_page_token, &body);
  }
  if (page.total_size) body += ",\"total_size\":" + std::to_string(*page.total_size);
  body += '}';
  return http::Response::Text(200, std::move(body), "application/json");
}

// With titles of what it pointed to then, as those are called now.
Result<http::Response> GetPastRecord(const Call& call, const model::Object& object, const Id& id,
                                     const std::vector<size_t>& expand) {
  const auto at = ParseDateTime(call.request.Query("as_of").value_or(""));
  if (!at) {
    return Error::Field("as_of", "wrong_format",
                        "as_of must be a time such as 2026-11-24T10:00:00Z");
  }
  ASSIGN(const model::Record record,
         crm::RecordAsOf(call.services.crm, call.caller, object, id, *at));
  ASSIGN(const Titles titles, ReadTitles(call, object, {record}, expand));
  std::string body;
  AppendRecord(object, record, expand, titles, &body);
  http::Response response = http::Response::Text(200, std::move(body), "application/json");
  // Of the version that it was then: a write with it is refused when the record has moved on.
  response.headers.Set("ETag", EntityTagOf(object, record.version()));
  return response;
}

// Where a merged record went, for those who may read that one; otherwise `error`.
Result<http::Response> Redirected(const Call& call, const model::Object& object, const Id& id,
                                  Error error) {
  if (error.kind != ErrorKind::kNotFound) return error;
  ASSIGN(const std::optional<Id> winner,
         crm::FindWinner(call.services.crm, call.caller, object, id));
  if (!winner) return error;
  http::Response response = http::Response::Empty(308);
  response.headers.Set("Location",
                       std::string(base_path) + "/" + object.plural + "/" + winner->ToString());
  return response;
}

Result<http::Response> GetRecord(Call& call) {
  ASSIGN(const model::Object* object, Collection(call));
  ASSIGN(const Id id, ReadId(call.request));
  ASSIGN(const std::vector<size_t> expand, ReadExpand(call, *object));
  ASSIGN(const auto known, ReadEntityTags(call.request, "If-None-Match"));
  if (call.request.Query("as_of")) return GetPastRecord(call, *object, id, expand);
  Result<model::Record> found = call.services.crm.Get(call.caller, *object, id);
  if (!found.ok()) return Redirected(call, *object, id, std::move(found.error()));
  const model::Record& record = *found;
  // With titles of other records in it, the answer may differ though the version does not.
  if (known && expand.empty() && known->MatchRepresentation(*object, record.version())) {
    http::Response response = http::Response::Empty(304);
    response.headers.Set("ETag", EntityTagOf(*object, record.version()));
    return response;
  }
  if (expand.empty()) return RecordResponse(200, *object, record);
  ASSIGN(const Titles titles, ReadTitles(call, *object, {record}, expand));
  std::string body;
  AppendRecord(*object, record, expand, titles, &body);
  http::Response response = http::Response::Text(200, std::move(body), "application/json");
  response.headers.Set("ETag", EntityTagOf(*object, record.version()));
  return response;
}

Result<http::Response> CreateRecord(Call& call) {
  ASSIGN(const model::Object* object, Collection(call));
  ASSIGN(call.caller.allow_duplicates, ReadFlag(call.request, "allow_duplicates"));
  ASSIGN(const crm::CheckedCreate created,
         crm::CreateChecked(call.services.crm, call.caller, *object, call.body));
  const model::Record& record = created.record;
  http::Response response = RecordResponse(201, *object, record);
  std::string duplicates;
  for (const crm::Duplicate& duplicate : created.duplicates) {
    duplicates += duplicates.empty() ? "" : ", ";
    duplicates += duplicate.id ? duplicate.id->ToString() : "hidden";
  }
  if (!duplicates.empty()) response.headers.Set("X-Boathouse-Duplicates", duplicates);
  response.headers.Set(
      "Location", std::string(base_path) + "/" + object->plural + "/" + record.id().ToString());
  return response;
}

// Runs a change under If-Match: the version is compared and the change made in one transaction, so that
// of two writers who saw the same version only one succeeds. The 412 is set apart from other conflicts.
Result<http::Response> ChangeRecord(const Call& call, const model::Object& object, const Id& id,
                                    const std::function<Status(crm::Edit&)>& change,
                                    const std::function<http::Response()>& answer) {
  ASSIGN(const auto expected, ReadEntityTags(call.request, "If-Match"));
  bool is_stale = false;
  const Status changed = call.services.crm.Transact(call.caller, [&](crm::Edit& edit) -> Status {
    is_stale = false;  // this may be a second run
    if (expected && !expected->any) {
      ASSIGN(const model::Record current, edit.Get(object, id));
      if (!expected->MatchVersion(object, current.version())) {
        is_stale = true;
        return Error(ErrorKind::kConflict, "this " + object.name +
                                               " was changed by someone else: it is at version " +
                                               std::to_string(current.version()) +
                                               " now; read it again and repeat the change");
      }
    }
    return change(edit);
  });
  if (changed.ok()) return answer();
  if (is_stale) return Problem(412, changed.error());
  if (changed.error().kind == ErrorKind::kNotFound) {
    ASSIGN(const std::optional<Id> winner,
           crm::FindWinner(call.services.crm, call.caller, object, id));
    if (winner) {
      return Error(ErrorKind::kNotFound, "this " + object.name + " was merged into " +
                                             winner->ToString() + "; change that one");
    }
  }
  return Problem(changed.error());
}

Result<http::Response> UpdateRecord(Call& call) {
  ASSIGN(const model::Object* object, Collection(call));
  ASSIGN(const Id id, ReadId(call.request));
  model::Record updated;
  return ChangeRecord(
      call, *object, id,
      [&](crm::Edit& edit) -> Status {
        ASSIGN(updated, edit.Update(*object, id, call.body));
        return Status::Ok();
      },
      [&] { return RecordResponse(200, *object, updated); });
}

Result<http::Response> DeleteRecord(Call& call) {
  ASSIGN(const model::Object* object, Collection(call));
  ASSIGN(const Id id, ReadId(call.request));
  return ChangeRecord(
      call, *object, id, [&](crm::Edit& edit) { return edit.Delete(*object, id); },
      [] { return http::Response::Empty(204); });
}

Result<http::Response> BatchCreate(Call& call) {
  ASSIGN(call.caller.allow_duplicates, ReadFlag(call.request, "allow_duplicates"));
  ASSIGN(const model::Object* object, Collection(call));
  TRY(CheckMembers(call.body, {"items"}));
  const Json& items = call.body["items"];
  if (!items.is_array()) {
    return Error::Field("/items", items.is_null() ? "required" : "wrong_type",
                        "items must be an array of " + object->plural);
  }
  ASSIGN(const std::vector<model::Record> records,
         call.services.crm.BatchCreate(call.caller, *object, items.items()));
  std::string body = "{\"items\":[";
  for (size_t i = 0; i < records.size(); ++i) {
    if (i > 0) body += ',';
    model::AppendRecordJson(*object, records[i], &body);
  }
  body += "]}";
  return http::Response::Text(201, std::move(body), "application/json");
}

}  // namespace

Result<const model::Object*> Collection(const Call& call) {
  const std::string_view name = call.request.Parameter("plural");
  const model::Object* object = call.model->FindPlural(name);
  if (object != nullptr) return object;
  return NoSuchCollection(call, name);
}

Result<const model::Object*> NamedCollection(const Call& call, std::string_view name) {
  const model::Object* object = call.model->FindPlural(name);
  if (object == nullptr) object = call.model->Find(name);
  if (object != nullptr) return object;
  return NoSuchCollection(call, name);
}

http::Response RecordResponse(int status, const model::Object& object,
                              const model::Record& record) {
  std::string body;
  model::AppendRecordJson(object, record, &body);
  http::Response response = http::Response::Text(status, std::move(body), "application/json");
  response.headers.Set("ETag", EntityTagOf(object, record.version()));
  return response;
}

std::vector<Route> RecordRoutes() {
  using enum Access;
  return {
      {"GET",
       "/{plural}",
       kSignedIn,
       Body::kNone,
       {"filter", "order_by", "page_size", "page_token", "q", "include_total", "expand", "view"},
       ListRecords},
      {"POST", "/{plural}", kSignedIn, Body::kJson, {"allow_duplicates"}, CreateRecord},
      {"POST", "/{plural}:batchCreate", kSignedIn, Body::kJson, {"allow_duplicates"}, BatchCreate},
      {"GET", "/{plural}/{id}", kSignedIn, Body::kNone, {"expand", "as_of"}, GetRecord},
      {"PATCH", "/{plural}/{id}", kSignedIn, Body::kMergePatch, {}, UpdateRecord},
      {"DELETE", "/{plural}/{id}", kSignedIn, Body::kNone, {}, DeleteRecord},
  };
}

}  // namespace boathouse::rest
