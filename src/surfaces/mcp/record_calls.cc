#include "surfaces/mcp/record_calls.h"

#include <algorithm>

#include "crm/merge.h"

namespace boathouse::mcp_surface {
namespace {

using model::Object;
using model::Record;

constexpr int64_t hits_default = 20;

Result<Id> ReadId(const Json& arguments, const Object& object) {
  const auto id = Id::Parse(arguments["id"].AsString());
  if (id) return *id;
  return Error::Field(
      "/id", "wrong_type",
      "must be a UUID; find it with search_" + object.plural + " or list_" + object.plural);
}

// Titles of what the relation fields of these records point to, by id.
Result<Json> Related(crm::Crm& crm, const crm::Caller& caller, const Object& object,
                     const std::vector<Record>& records) {
  std::vector<size_t> fields;
  for (size_t i = 0; i < object.fields.size(); ++i) {
    if (object.fields[i].type == model::FieldType::kRelation) fields.push_back(i);
  }
  ASSIGN(const auto titles, crm.RelatedTitles(caller, object, records, fields));
  Json related = Json::Object();
  for (const auto& [id, title] : titles) {
    related.Set(id.ToString(),
                Json::Object({{"object", title.object->name}, {"title", title.title}}));
  }
  return related;
}

Json RecordJson(const Object& object, const Record& record, const Json& fields) {
  if (fields.size() == 0) return model::RecordToJson(object, record);
  Json json = Json::Object();
  for (size_t i = 0; i < object.fields.size(); ++i) {
    const std::string& name = object.fields[i].name;
    const auto& wanted = fields.items();
    const bool always = i == model::kFieldId || i == model::kFieldVersion;
    if (always || std::find(wanted.begin(), wanted.end(), Json(name)) != wanted.end()) {
      json.Set(name, model::ToJson(object.fields[i], record.At(i)));
    }
  }
  return json;
}

Result<Json> OneRecord(crm::Crm& crm, const crm::Caller& caller, const Object& object,
                       Record record) {
  const std::vector<Record> records = {std::move(record)};
  Json json = Json::Object({{"record", model::RecordToJson(object, records[0])}});
  ASSIGN(Json related, Related(crm, caller, object, records));
  if (related.size() > 0) json.Set("related", std::move(related));
  return json;
}

Result<Json> List(crm::Crm& crm, const crm::Caller& caller, const ObjectCall& call,
                  const Json& arguments) {
  const Object& object = *call.object;
  crm::ListRequest request;
  request.filter = std::string(arguments["filter"].AsString());
  request.order_by = std::string(arguments["order_by"].AsString());
  request.text = std::string(arguments["query"].AsString());
  request.page_token = std::string(arguments["page_token"].AsString());
  request.page_size =
      static_cast<size_t>(arguments["page_size"].AsInt().value_or(page_size_default));
  request.include_total = arguments["include_total"].AsBool();
  ASSIGN(const crm::ListPage page, crm.List(caller, object, request));
  Json items = Json::Array();
  for (const Record& record : page.records) {
    items.Append(RecordJson(object, record, arguments["fields"]));
  }
  Json json = Json::Object({{"items", std::move(items)}});
  if (arguments["include_related"].AsBool()) {
    ASSIGN(Json related, Related(crm, caller, object, page.records));
    json.Set("related", std::move(related));
  }
  if (!page.next_page_token.empty()) json.Set("next_page_token", page.next_page_token);
  if (page.total_size) json.Set("total_size", *page.total_size);
  return json;
}

Result<Json> Get(crm::Crm& crm, const crm::Caller& caller, const ObjectCall& call,
                 const Json& arguments) {
  ASSIGN(const Id id, ReadId(arguments, *call.object));
  ASSIGN(Record record, crm::GetFollowing(crm, caller, *call.object, id));
  return OneRecord(crm, caller, *call.object, std::move(record));
}

Result<Json> Create(crm::Crm& crm, const crm::Caller& caller, const ObjectCall& call,
                    const Json& arguments) {
  ASSIGN(Record record, crm.Create(caller, *call.object, arguments));
  return OneRecord(crm, caller, *call.object, std::move(record));
}

Result<Json> Update(crm::Crm& crm, const crm::Caller& caller, const ObjectCall& call,
                    const Json& arguments) {
  const Object& object = *call.object;
  ASSIGN(const Id id, ReadId(arguments, object));
  Json fields = arguments;
  fields.Remove("id");
  std::optional<int64_t> expected;
  if (object.Find("expected_version") == nullptr) {
    expected = arguments["expected_version"].AsInt();
    fields.Remove("expected_version");
  }
  ASSIGN(Record record, crm.Update(caller, object, id, fields, expected));
  return OneRecord(crm, caller, object, std::move(record));
}

}  // namespace

Result<Json> RunObjectTool(crm::Crm& crm, const crm::Caller& caller, const ObjectCall& call,
                           const Json& arguments) {
  switch (call.verb) {
    case Verb::kList:
    case Verb::kSearch:
      return List(crm, caller, call, arguments);
    case Verb::kGet:
      return Get(crm, caller, call, arguments);
    case Verb::kCreate:
      return Create(crm, caller, call, arguments);
    case Verb::kUpdate:
      return Update(crm, caller, call, arguments);
  }
  return Error(ErrorKind::kInternal, "a tool without a way to run it");
}

Result<Json> RunSearch(crm::Crm& crm, const crm::Caller& caller, const Json& arguments) {
  const auto model = crm.model(caller);
  std::vector<const Object*> objects;
  for (const Json& name : arguments["objects"].items()) {
    ASSIGN(const Object* object, crm.FindObject(caller, name.AsString()));
    objects.push_back(object);
  }
  if (objects.empty()) {
    for (const Object& object : model->objects()) objects.push_back(&object);
  }
  const auto limit = static_cast<size_t>(arguments["limit"].AsInt().value_or(hits_default));
  ASSIGN(const auto hits, crm.Search(caller, arguments["query"].AsString(), objects, limit));
  Json items = Json::Array();
  for (const crm::SearchHit& hit : hits) {
    Json item = Json::Object(
        {{"object", hit.object->name}, {"id", hit.id.ToString()}, {"title", hit.title}});
    if (!hit.subtitle.empty()) item.Set("subtitle", hit.subtitle);
    items.Append(std::move(item));
  }
  return Json::Object({{"items", std::move(items)}});
}

Result<Json> RunHistory(crm::Crm& crm, const crm::Caller& caller, const Json& arguments) {
  ASSIGN(const Object* object, crm.FindObject(caller, arguments["object"].AsString()));
  ASSIGN(const Id id, ReadId(arguments, *object));
  const auto page_size =
      static_cast<size_t>(arguments["page_size"].AsInt().value_or(page_size_default));
  ASSIGN(const crm::HistoryPage page,
         crm.History(caller, *object, id, page_size, arguments["page_token"].AsString()));
  Json items = Json::Array();
  for (const crm::HistoryEntry& entry : page.entries) {
    const store::Change& change = entry.change;
    Json changes = Json::Object();
    for (const auto& [field, ends] : change.changes.members()) {
      if (ends.size() != 2) continue;
      changes.Set(field, Json::Object({{"from", ends.items()[0]}, {"to", ends.items()[1]}}));
    }
    items.Append(Json::Object({{"at", FormatDateTime(change.at)},
                               {"op", store::OperationName(change.operation)},
                               {"actor", entry.actor_name},
                               {"surface", change.surface},
                               {"changes", std::move(changes)}}));
  }
  Json json = Json::Object({{"items", std::move(items)}});
  if (!page.next_page_token.empty()) json.Set("next_page_token", page.next_page_token);
  return json;
}

}  // namespace boathouse::mcp_surface
