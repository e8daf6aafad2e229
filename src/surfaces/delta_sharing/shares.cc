#include <algorithm>
#include <charconv>
#include <utility>

#include "base/bytes.h"
#include "surfaces/delta_sharing/call.h"
#include "surfaces/delta_sharing/tokens.h"

namespace boathouse::delta_sharing {
namespace {

bool SameName(std::string_view a, std::string_view b) { return AsciiLower(a) == AsciiLower(b); }

Error NoSuch(const char* what, std::string_view name) {
  return {ErrorKind::kNotFound, std::string(what) + " '" + std::string(name) + "' does not exist"};
}

Result<int64_t> MaxResults(const http::Request& request) {
  const auto text = request.Query("maxResults");
  if (!text) return page_items_max;
  int64_t count = -1;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), count);
  if (parsed.ec != std::errc() || parsed.ptr != text->data() + text->size() || count < 0 ||
      count > page_items_max) {
    return Error{ErrorKind::kInvalid,
                 "maxResults must be a number from 0 to " + std::to_string(page_items_max)};
  }
  return count;
}

// The page of `items` that the request asks for.
Result<http::Response> Page(const Call& call, JsonArray items) {
  ASSIGN(const int64_t max_results, MaxResults(call.request));
  // A token continues the list of its own path, for whoever asks.
  const std::string purpose = "list:" + AsciiLower(call.request.path);
  size_t begin = 0;
  const auto token = call.request.Query("pageToken");
  if (token && !token->empty()) {
    ASSIGN(const Json body, ReadToken(call.services.token_secret, purpose, *token));
    begin = std::min(items.size(), static_cast<size_t>(body["at"].AsInt().value_or(0)));
  }
  const size_t end = std::min(items.size(), begin + static_cast<size_t>(max_results));
  Json page = Json::Object({{"items", JsonArray(items.begin() + static_cast<ptrdiff_t>(begin),
                                                items.begin() + static_cast<ptrdiff_t>(end))}});
  if (end < items.size()) {
    page.Set("nextPageToken",
             MakeToken(call.services.token_secret, purpose, Json::Object({{"at", end}})));
  }
  return http::Response::JsonBody(200, page, "application/json; charset=utf-8");
}

Json ShareJson() {
  return Json::Object({{"name", share_name},
                       {"id", share_name},
                       {"displayName", "Boathouse"},
                       {"comment", "The CRM's records as live tables"}});
}

Result<Json> TableJson(tables::Table& table) {
  ASSIGN(const Id id, table.id());
  return Json::Object({{"name", table.name()},
                       {"schema", schema_name},
                       {"share", share_name},
                       {"shareId", share_name},
                       {"id", id.ToString()},
                       {"accessModes", Json::Array({"url"})}});
}

Result<http::Response> PageOfTables(const Call& call) {
  JsonArray items;
  for (tables::Table* table : call.services.catalog.tables()) {
    ASSIGN(Json item, TableJson(*table));
    items.push_back(std::move(item));
  }
  return Page(call, std::move(items));
}

}  // namespace

bool Call::HasShare() const {
  return std::any_of(recipient.shares.begin(), recipient.shares.end(),
                     [](const std::string& share) { return SameName(share, share_name); });
}

Status Call::FindShare() const {
  const std::string_view name = request.Parameter("share");
  if (!SameName(name, share_name) || !HasShare()) return NoSuch("share", name);
  return Status::Ok();
}

Status Call::FindSchema() const {
  TRY(FindShare());
  const std::string_view name = request.Parameter("schema");
  if (!SameName(name, schema_name)) return NoSuch("schema", name);
  return Status::Ok();
}

Result<tables::Table*> Call::FindTable() const {
  TRY(FindSchema());
  const std::string_view name = request.Parameter("table");
  Result<tables::Table*> table = services.catalog.Find(name);
  // The catalog also knows tables by their object's name; a share has one name for a thing.
  if (!table.ok() || !SameName((*table)->name(), name)) return NoSuch("table", name);
  return table;
}

Result<http::Response> ListShares(const Call& call) {
  JsonArray items;
  if (call.HasShare()) items.push_back(ShareJson());
  return Page(call, std::move(items));
}

Result<http::Response> GetShare(const Call& call) {
  TRY(call.FindShare());
  return http::Response::JsonBody(200, Json::Object({{"share", ShareJson()}}),
                                  "application/json; charset=utf-8");
}

Result<http::Response> ListSchemas(const Call& call) {
  TRY(call.FindShare());
  return Page(call, {Json::Object({{"name", schema_name}, {"share", share_name}})});
}

Result<http::Response> ListTables(const Call& call) {
  TRY(call.FindSchema());
  return PageOfTables(call);
}

Result<http::Response> ListAllTables(const Call& call) {
  TRY(call.FindShare());
  return PageOfTables(call);
}

Result<http::Response> GetTable(const Call& call) {
  ASSIGN(tables::Table * table, call.FindTable());
  ASSIGN(Json body, TableJson(*table));
  body.Set("format", "delta");
  return http::Response::JsonBody(200, body, "application/json; charset=utf-8");
}

}  // namespace boathouse::delta_sharing
