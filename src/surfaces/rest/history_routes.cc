// Histories: changes of a record and of everything, changes undone, and the trash.
#include "crm/history.h"

#include <charconv>

#include "crm/trash.h"
#include "surfaces/rest/input.h"
#include "surfaces/rest/record_answers.h"

namespace boathouse::rest {
namespace {

// {"stage": [from, to]} of the log as {"stage": {"from", "to"}}.
Json ChangesToJson(const Json& changes) {
  Json json = Json::Object();
  for (const auto& [field, pair] : changes.members()) {
    const JsonArray& ends = pair.items();
    if (ends.size() != 2) continue;
    json.Set(field, Json::Object({{"from", ends[0]}, {"to", ends[1]}}));
  }
  return json;
}

Json IdOrNull(const Id& id) { return id.is_nil() ? Json() : Json(id.ToString()); }

Json ActorJson(const Id& id, const std::string& name) {
  return Json::Object({{"id", IdOrNull(id)}, {"name", name}});
}

http::Response PageResponse(Json items, const std::string& next_page_token) {
  Json body = Json::Object({{"items", std::move(items)}});
  if (!next_page_token.empty()) body.Set("next_page_token", next_page_token);
  return http::Response::JsonBody(200, body);
}

Result<http::Response> ListHistory(Call& call) {
  ASSIGN(const model::Object* object, Collection(call));
  ASSIGN(const Id id, ReadId(call.request));
  ASSIGN(const size_t page_size, ReadPageSize(call.request));
  ASSIGN(const crm::HistoryPage page,
         call.services.crm.History(call.caller, *object, id, page_size,
                                   call.request.Query("page_token").value_or("")));
  Json items = Json::Array();
  for (const crm::HistoryEntry& entry : page.entries) {
    Json item = HistoryEntryJson(entry);
    if (entry.change.record != id) item.Set("merged_from", entry.change.record.ToString());
    items.Append(std::move(item));
  }
  return PageResponse(std::move(items), page.next_page_token);
}

// What is no number names no change.
store::Sequence ReadSequence(const http::Request& request) {
  const std::string_view text = request.Parameter("sequence");
  store::Sequence sequence = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), sequence);
  return error == std::errc() && end == text.data() + text.size() ? sequence : 0;
}

Result<http::Response> Undo(Call& call) {
  ASSIGN(const model::Object* object, Collection(call));
  ASSIGN(const Id id, ReadId(call.request));
  ASSIGN(const bool force, ReadFlag(call.request, "force"));
  ASSIGN(const std::optional<model::Record> record,
         crm::UndoChange(call.services.crm, call.caller, *object, id, ReadSequence(call.request),
                         force));
  if (!record) return http::Response::Empty(204);
  return RecordResponse(200, *object, *record);
}

Result<http::Response> ListLog(Call& call) {
  const model::Object* object = nullptr;
  if (const auto name = call.request.Query("object")) {
    ASSIGN(object, NamedCollection(call, *name));
  }
  ASSIGN(const size_t page_size, ReadPageSize(call.request));
  ASSIGN(const crm::LogPage page, crm::ListLog(call.services.crm, call.caller, object, page_size,
                                               call.request.Query("page_token").value_or("")));
  Json items = Json::Array();
  for (const crm::LogEntry& entry : page.entries) {
    Json item = HistoryEntryJson(entry.entry);
    item.Set("record", Json::Object({{"object", entry.entry.change.object},
                                     {"id", entry.entry.change.record.ToString()},
                                     {"title", entry.title}}));
    items.Append(std::move(item));
  }
  return PageResponse(std::move(items), page.next_page_token);
}

Result<http::Response> ListTrash(Call& call) {
  const model::Object* object = nullptr;
  if (const auto name = call.request.Query("object")) {
    ASSIGN(object, NamedCollection(call, *name));
  }
  ASSIGN(const size_t page_size, ReadPageSize(call.request));
  ASSIGN(const crm::TrashPage page,
         crm::ListTrash(call.services.crm, call.caller, object, page_size,
                        call.request.Query("page_token").value_or("")));
  Json items = Json::Array();
  for (const crm::TrashItem& item : page.items) {
    Json json = Json::Object({{"object", item.object->name},
                              {"id", item.id.ToString()},
                              {"title", item.title},
                              {"deleted_at", FormatDateTime(item.deleted_at)},
                              {"deleted_by", ActorJson(item.deleted_by, item.deleted_by_name)},
                              {"surface", item.surface},
                              {"expires_at", FormatDateTime(item.expires_at)},
                              {"seq", item.sequence}});
    if (item.merged_into) json.Set("merged_into", item.merged_into->ToString());
    items.Append(std::move(json));
  }
  return PageResponse(std::move(items), page.next_page_token);
}

Result<http::Response> Restore(Call& call) {
  ASSIGN(const model::Object* object, NamedCollection(call, call.request.Parameter("object")));
  ASSIGN(const Id id, ReadId(call.request));
  ASSIGN(const crm::Restored restored,
         crm::RestoreFromTrash(call.services.crm, call.caller, *object, id));
  Json emptied = Json::Array();
  for (const crm::Restored::Emptied& field : restored.emptied) {
    emptied.Append(Json::Object({{"field", field.field}, {"id", field.target.ToString()}}));
  }
  return http::Response::JsonBody(200,
                                  Json::Object({{"object", object->name},
                                                {"id", id.ToString()},
                                                {"title", model::TitleOf(*object, restored.record)},
                                                {"version", restored.record.version()},
                                                {"emptied", std::move(emptied)},
                                                {"relinked", restored.relinked},
                                                {"parts", restored.parts}}));
}

Result<http::Response> Erase(Call& call) {
  ASSIGN(const model::Object* object, NamedCollection(call, call.request.Parameter("object")));
  ASSIGN(const Id id, ReadId(call.request));
  TRY(crm::EraseForEver(call.services.crm, call.caller, *object, id));
  return http::Response::Empty(204);
}

}  // namespace

Json HistoryEntryJson(const crm::HistoryEntry& entry) {
  const store::Change& change = entry.change;
  return Json::Object({{"seq", change.sequence},
                       {"at", FormatDateTime(change.at)},
                       {"op", entry.restores ? "restore" : store::OperationName(change.operation)},
                       {"actor", ActorJson(change.actor, entry.actor_name)},
                       {"surface", change.surface},
                       {"changes", ChangesToJson(change.changes)}});
}

std::vector<Route> HistoryRoutes() {
  using enum Access;
  return {
      {"GET", "/history", kSignedIn, Body::kNone, {"object", "page_size", "page_token"}, ListLog},
      {"GET", "/trash", kSignedIn, Body::kNone, {"object", "page_size", "page_token"}, ListTrash},
      {"POST", "/trash/{object}/{id}/restore", kSignedIn, Body::kNone, {}, Restore},
      {"DELETE", "/trash/{object}/{id}", kSignedIn, Body::kNone, {}, Erase},
      {"GET",
       "/{plural}/{id}/history",
       kSignedIn,
       Body::kNone,
       {"page_size", "page_token"},
       ListHistory},
      {"POST", "/{plural}/{id}/history/{sequence}/undo", kSignedIn, Body::kNone, {"force"}, Undo},
  };
}

}  // namespace boathouse::rest
