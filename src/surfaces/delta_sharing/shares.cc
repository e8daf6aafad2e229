#include <algorithm>
#include <charconv>
#include <utility>

#include "base/bytes.h"
#include "surfaces/delta_sharing/call.h"
#include "surfaces/delta_sharing/input.h"
#include "surfaces/delta_sharing/tokens.h"

namespace boathouse::delta_sharing {
namespace {

constexpr const char* json_type = "application/json; charset=utf-8";

Result<int64_t> MaxResults(const http::Request& request) {
  ASSIGN(const std::optional<int64_t> count, NumberParameter(request, "maxResults", 0));
  if (count.value_or(0) > page_items_max) {
    return Invalid("maxResults must be a number from 0 to " + std::to_string(page_items_max));
  }
  return count.value_or(page_items_max);
}

// The page of `items` that the request asks for.
Result<http::Response> Page(const Call& call, JsonArray items) {
  ASSIGN(const int64_t max_results, MaxResults(call.request));
  const std::string& secret = call.services().token_secret;
  // A token continues the list of its own path, for whom it was made.
  const std::string purpose = "list:" + call.recipient() + ":" + AsciiLower(call.request.path);
  size_t begin = 0;
  const auto token = call.request.Query("pageToken");
  if (token && !token->empty()) {
    ASSIGN(const Json body, ReadToken(secret, purpose, *token));
    begin = std::min(items.size(), static_cast<size_t>(body["at"].AsInt().value_or(0)));
  }
  const size_t end = std::min(items.size(), begin + static_cast<size_t>(max_results));
  Json page = Json::Object({{"items", JsonArray(items.begin() + static_cast<ptrdiff_t>(begin),
                                                items.begin() + static_cast<ptrdiff_t>(end))}});
  if (end < items.size()) {
    page.Set("nextPageToken", MakeToken(secret, purpose, Json::Object({{"at", end}})));
  }
  return http::Response::JsonBody(200, page, json_type);
}

Json ShareJson(const sharing::Share& share) {
  Json json = Json::Object({{"name", share.name}, {"id", share.id.ToString()}});
  if (!share.comment.empty()) json.Set("comment", share.comment);
  return json;
}

Result<Json> TableJson(const Services& services, const sharing::SharedTable& table) {
  Json json = Json::Object({{"name", table.name},
                            {"schema", table.schema},
                            {"share", table.share},
                            {"shareId", table.share_id.ToString()},
                            {"id", table.id.ToString()}});
  if (!table.comment.empty()) json.Set("comment", table.comment);
  ASSIGN(std::string location, LocationOf(services, *table.table));
  if (location.empty()) {
    json.Set("accessModes", Json::Array({"url"}));
  } else {
    json.Set("location", std::move(location));
    json.Set("accessModes", Json::Array({"url", "dir"}));
  }
  return json;
}

Result<http::Response> PageOfTables(const Call& call, std::string_view schema) {
  ASSIGN(const std::vector<sharing::SharedTable> tables,
         call.services().sharing.Tables(call.reader, call.request.Parameter("share"), schema));
  JsonArray items;
  for (const sharing::SharedTable& table : tables) {
    ASSIGN(Json item, TableJson(call.services(), table));
    items.push_back(std::move(item));
  }
  return Page(call, std::move(items));
}

}  // namespace

Result<sharing::SharedTable> Call::FindTable() const {
  ASSIGN(sharing::SharedTable table,
         services().sharing.FindTable(reader, request.Parameter("share"),
                                      request.Parameter("schema"), request.Parameter("table")));
  usage.share = table.share;
  usage.schema = table.schema;
  usage.table = table.name;
  return table;
}

std::string Call::BaseUrl() const {
  if (!services().public_url.empty()) return services().public_url;
  const std::string_view host = request.headers.Get("host", "127.0.0.1");
  return (request.secure ? "https://" : "http://") + std::string(host);
}

Result<std::string> LocationOf(const Services& services, tables::Table& table) {
  if (services.table_keys == nullptr) return std::string();
  ASSIGN(const Id id, table.id());
  return "s3://" + services.bucket + "/" + table.name() + "/" + id.ToString();
}

Result<http::Response> ListShares(const Call& call) {
  JsonArray items;
  for (const sharing::Share& share : call.services().sharing.Shares(call.reader)) {
    items.push_back(ShareJson(share));
  }
  return Page(call, std::move(items));
}

Result<http::Response> GetShare(const Call& call) {
  ASSIGN(const sharing::Share share,
         call.services().sharing.FindShare(call.reader, call.request.Parameter("share")));
  return http::Response::JsonBody(200, Json::Object({{"share", ShareJson(share)}}), json_type);
}

Result<http::Response> ListSchemas(const Call& call) {
  const std::string_view name = call.request.Parameter("share");
  ASSIGN(const sharing::Share share, call.services().sharing.FindShare(call.reader, name));
  ASSIGN(const std::vector<std::string> schemas,
         call.services().sharing.Schemas(call.reader, name));
  JsonArray items;
  for (const std::string& schema : schemas) {
    items.push_back(Json::Object({{"name", schema}, {"share", share.name}}));
  }
  return Page(call, std::move(items));
}

Result<http::Response> ListTables(const Call& call) {
  const std::string_view share = call.request.Parameter("share");
  const std::string_view schema = call.request.Parameter("schema");
  ASSIGN(const std::vector<std::string> schemas,
         call.services().sharing.Schemas(call.reader, share));
  const bool known = std::any_of(schemas.begin(), schemas.end(), [&](const std::string& name) {
    return AsciiLower(name) == AsciiLower(schema);
  });
  if (!known) {
    return Error{ErrorKind::kNotFound, "schema '" + std::string(schema) + "' does not exist"};
  }
  return PageOfTables(call, schema);
}

Result<http::Response> ListAllTables(const Call& call) { return PageOfTables(call, {}); }

Result<http::Response> GetTable(const Call& call) {
  ASSIGN(const sharing::SharedTable table, call.FindTable());
  ASSIGN(Json body, TableJson(call.services(), table));
  body.Set("format", call.services().with_iceberg ? "delta,iceberg" : "delta");
  return http::Response::JsonBody(200, body, json_type);
}

}  // namespace boathouse::delta_sharing
