// How background imports are written down: for the store, and for people.

#include <array>
#include <utility>

#include "crm/import_run.h"

namespace boathouse::crm {
namespace {

constexpr std::array<std::string_view, 6> state_names = {"waiting", "checking", "running",
                                                         "done",    "failed",   "cancelled"};

Json ErrorJson(const Error& error) {
  Json fields = Json::Array();
  for (const FieldError& field : error.fields) {
    fields.Append(
        Json::Object({{"field", field.field}, {"code", field.code}, {"detail", field.detail}}));
  }
  return Json::Object({{"code", ErrorKindName(error.kind)},
                       {"detail", error.message},
                       {"errors", std::move(fields)}});
}

Error ReadError(const Json& json) {
  Error error(ErrorKind::kInternal, std::string(json["detail"].AsString()));
  for (int i = 0; i <= static_cast<int>(ErrorKind::kInternal); ++i) {
    const auto kind = static_cast<ErrorKind>(i);
    if (ErrorKindName(kind) == json["code"].AsString()) error.kind = kind;
  }
  for (const Json& field : json["errors"].items()) {
    error.fields.push_back({std::string(field["field"].AsString()),
                            std::string(field["code"].AsString()),
                            std::string(field["detail"].AsString())});
  }
  return error;
}

Json TimeJson(Micros at) { return at == 0 ? Json() : Json(FormatDateTime(at)); }

size_t CountOf(const Json& json, const char* name) {
  return static_cast<size_t>(json[name].AsInt().value_or(0));
}

}  // namespace

std::string_view ImportStateName(ImportState state) {
  return state_names[static_cast<size_t>(state)];
}

bool ImportJob::finished() const {
  return state == ImportState::kDone || state == ImportState::kFailed ||
         state == ImportState::kCancelled;
}

Json ImportJob::ToJson() const {
  return Json::Object({{"id", id.ToString()},
                       {"state", ImportStateName(state)},
                       {"object", object},
                       {"file", file},
                       {"dry_run", dry_run},
                       {"created_by", user.is_nil() ? Json() : Json(user.ToString())},
                       {"created_by_name", user_name},
                       {"created_at", FormatDateTime(created_at)},
                       {"started_at", TimeJson(started_at)},
                       {"finished_at", TimeJson(finished_at)},
                       {"format", format.empty() ? Json() : Json(format)},
                       {"encoding", encoding.empty() ? Json() : Json(encoding)},
                       {"bytes_total", bytes_total},
                       {"bytes_read", bytes_read},
                       {"rows_total", rows_total == 0 ? Json() : Json(rows_total)},
                       {"rows_read", rows_read},
                       {"created", counts.created},
                       {"updated", counts.updated},
                       {"unchanged", counts.unchanged},
                       {"rejected", counts.rejected},
                       {"related_created", counts.related_created},
                       {"duplicates", counts.duplicates},
                       {"error", error ? ErrorJson(*error) : Json()}});
}

Json ToDocument(const ImportJob& job) {
  const ImportJob::Place& place = job.place;
  Json json = job.ToJson();
  json.Set("content", job.content);
  json.Set("mapping", job.mapping);
  if (job.scopes) json.Set("scopes", job.scopes->ToJson());
  json.Set("times", Json::Array({job.created_at, job.started_at, job.finished_at}));
  json.Set("place", Json::Object({{"pass", place.pass},
                                  {"rows", place.rows},
                                  {"waiting_rows", place.waiting_rows},
                                  {"waiting_bytes", place.waiting_bytes},
                                  {"came_in", place.came_in},
                                  {"is_last", place.is_last},
                                  {"rejected_bytes", place.rejected_bytes},
                                  {"separator", std::string(1, place.separator)}}));
  return json;
}

Result<ImportJob> FromDocument(const Json& json) {
  ImportJob job;
  const std::optional<Id> id = Id::Parse(json["id"].AsString());
  size_t state = 0;
  while (state < state_names.size() && state_names[state] != json["state"].AsString()) ++state;
  if (!id || state == state_names.size()) {
    return Error(ErrorKind::kCorrupt, "the store holds an import that nobody can read");
  }
  job.id = *id;
  job.state = static_cast<ImportState>(state);
  job.user = Id::Parse(json["created_by"].AsString()).value_or(Id());
  job.user_name = json["created_by_name"].AsString();
  if (const Json* scopes = json.Find("scopes")) job.scopes = auth::Scopes::FromStored(*scopes);
  job.object = json["object"].AsString();
  job.file = json["file"].AsString();
  job.content = json["content"].AsString();
  job.mapping = json["mapping"];
  job.dry_run = json["dry_run"].AsBool();
  const JsonArray& times = json["times"].items();
  Micros* const known[] = {&job.created_at, &job.started_at, &job.finished_at};
  for (size_t i = 0; i < std::size(known) && i < times.size(); ++i) {
    *known[i] = times[i].AsInt().value_or(0);
  }
  job.format = json["format"].AsString();
  job.encoding = json["encoding"].AsString();
  job.bytes_total = CountOf(json, "bytes_total");
  job.bytes_read = CountOf(json, "bytes_read");
  job.rows_total = CountOf(json, "rows_total");
  job.rows_read = CountOf(json, "rows_read");
  job.counts = {CountOf(json, "created"),         CountOf(json, "updated"),
                CountOf(json, "unchanged"),       CountOf(json, "rejected"),
                CountOf(json, "related_created"), CountOf(json, "duplicates")};
  if (json["error"].is_object()) job.error = ReadError(json["error"]);
  const Json& place = json["place"];
  job.place.pass = CountOf(place, "pass");
  job.place.rows = CountOf(place, "rows");
  job.place.waiting_rows = CountOf(place, "waiting_rows");
  job.place.waiting_bytes = CountOf(place, "waiting_bytes");
  job.place.came_in = CountOf(place, "came_in");
  job.place.is_last = place["is_last"].AsBool();
  job.place.rejected_bytes = CountOf(place, "rejected_bytes");
  const std::string_view separator = place["separator"].AsString(",");
  job.place.separator = separator.empty() ? ',' : separator.front();
  return job;
}

}  // namespace boathouse::crm
