// Shares and the tables published in them; what was read of them.
#include <algorithm>

#include "sharing/sharing.h"

#include "surfaces/rest/input.h"
#include "surfaces/rest/sharing_json.h"

namespace boathouse::rest {
namespace {

std::string_view ShareOf(const Call& call) { return call.request.Parameter("share"); }
std::string_view TableOf(const Call& call) { return call.request.Parameter("table"); }

Json ShareJson(const sharing::Share& share) {
  return Json::Object({{"id", share.id.ToString()},
                       {"name", share.name},
                       {"comment", share.comment},
                       {"with_history", share.with_history},
                       {"built_in", share.built_in},
                       {"tables", share.tables},
                       {"recipients", share.recipients},
                       {"created_at", TimeOrNull(share.created_at)},
                       {"updated_at", TimeOrNull(share.updated_at)}});
}

std::string MaskText(const sharing::PublishedColumn& column) {
  const std::string text = column.ToText();
  return text.size() == column.field.size() ? "none" : text.substr(column.field.size() + 1);
}

std::string_view ViewStateName(sharing::Publication::ViewState state) {
  switch (state) {
    case sharing::Publication::ViewState::kNone:
      return "none";
    case sharing::Publication::ViewState::kSame:
      return "same";
    case sharing::Publication::ViewState::kChanged:
      return "changed";
    case sharing::Publication::ViewState::kGone:
      return "gone";
  }
  return "none";
}

Json TableJson(const sharing::Publication& table) {
  Json columns;
  for (const sharing::PublishedColumn& column : table.columns) {
    columns.Append(Json::Object({{"field", column.field}, {"mask", MaskText(column)}}));
  }
  return Json::Object({{"id", table.id.ToString()},
                       {"schema", table.schema},
                       {"name", table.name},
                       {"comment", table.comment},
                       {"object", table.object},
                       {"view", table.view.empty() ? Json() : Json(table.view)},
                       {"view_filter", table.view_filter},
                       {"view_state", ViewStateName(table.view_state)},
                       {"filter", table.filter},
                       {"columns", std::move(columns)},
                       {"format_version", table.format_version},
                       {"history_from", TimeOrNull(table.history_from)},
                       {"built_in", table.built_in},
                       {"problem", table.problem.empty() ? Json() : Json(table.problem)},
                       {"created_at", TimeOrNull(table.created_at)},
                       {"updated_at", TimeOrNull(table.updated_at)}});
}

http::Response Items(Json items) {
  return http::Response::JsonBody(200, Json::Object({{"items", std::move(items)}}));
}

Result<http::Response> ListShares(Call& call) {
  ASSIGN(sharing::Sharing* const sharing, SharingOf(call));
  ASSIGN(const auto shares, sharing->publications().ListShares(call.caller));
  Json items = Json::Array();
  for (const sharing::Share& share : shares) items.Append(ShareJson(share));
  return Items(std::move(items));
}

Result<http::Response> CreateShare(Call& call) {
  ASSIGN(sharing::Sharing* const sharing, SharingOf(call));
  ASSIGN(const auto share, sharing->publications().CreateShare(call.caller, call.body));
  http::Response response = http::Response::JsonBody(201, ShareJson(share));
  response.headers.Set("Location", std::string(base_path) + "/shares/" + share.id.ToString());
  return response;
}

Result<http::Response> GetShare(Call& call) {
  ASSIGN(sharing::Sharing* const sharing, SharingOf(call));
  ASSIGN(const auto share, sharing->publications().GetShare(call.caller, ShareOf(call)));
  return http::Response::JsonBody(200, ShareJson(share));
}

Result<http::Response> UpdateShare(Call& call) {
  ASSIGN(sharing::Sharing* const sharing, SharingOf(call));
  ASSIGN(const auto share,
         sharing->publications().UpdateShare(call.caller, ShareOf(call), call.body));
  return http::Response::JsonBody(200, ShareJson(share));
}

Result<http::Response> DeleteShare(Call& call) {
  ASSIGN(sharing::Sharing* const sharing, SharingOf(call));
  TRY(sharing->publications().DeleteShare(call.caller, ShareOf(call)));
  return http::Response::Empty(204);
}

Result<http::Response> ListTables(Call& call) {
  ASSIGN(sharing::Sharing* const sharing, SharingOf(call));
  ASSIGN(const auto tables, sharing->publications().ListTables(call.caller, ShareOf(call)));
  Json items = Json::Array();
  for (const sharing::Publication& table : tables) items.Append(TableJson(table));
  return Items(std::move(items));
}

Result<http::Response> CreateTable(Call& call) {
  ASSIGN(sharing::Sharing* const sharing, SharingOf(call));
  ASSIGN(const auto table,
         sharing->publications().CreateTable(call.caller, ShareOf(call), call.body));
  http::Response response = http::Response::JsonBody(201, TableJson(table));
  response.headers.Set("Location", std::string(base_path) + "/shares/" + table.share_id.ToString() +
                                       "/tables/" + table.id.ToString());
  return response;
}

Result<http::Response> GetTable(Call& call) {
  ASSIGN(sharing::Sharing* const sharing, SharingOf(call));
  ASSIGN(const auto table,
         sharing->publications().GetTable(call.caller, ShareOf(call), TableOf(call)));
  return http::Response::JsonBody(200, TableJson(table));
}

Result<http::Response> UpdateTable(Call& call) {
  ASSIGN(sharing::Sharing* const sharing, SharingOf(call));
  ASSIGN(const auto table,
         sharing->publications().UpdateTable(call.caller, ShareOf(call), TableOf(call), call.body));
  return http::Response::JsonBody(200, TableJson(table));
}

Result<http::Response> DeleteTable(Call& call) {
  ASSIGN(sharing::Sharing* const sharing, SharingOf(call));
  TRY(sharing->publications().DeleteTable(call.caller, ShareOf(call), TableOf(call)));
  return http::Response::Empty(204);
}

// --- What was read.

Status AllowUsage(const Call& call) {
  return call.services.crm.AllowAdministration(call.caller, "see what recipients read");
}

Result<std::optional<Micros>> ReadTime(const http::Request& request, std::string_view name) {
  const auto text = request.Query(name);
  if (!text) return std::optional<Micros>();
  const auto at = ParseDateTime(*text);
  if (at) return at;
  return Error::Field(std::string(name), "wrong_format",
                      std::string(name) + " must be a time such as 2026-11-24T00:00:00Z");
}

// A day, or "" when it is not there.
Result<std::string> ReadDay(const http::Request& request, std::string_view name) {
  const auto text = request.Query(name);
  if (!text) return std::string();
  if (ParseDate(*text)) return std::string(*text);
  return Error::Field(std::string(name), "wrong_format",
                      std::string(name) + " must be a day such as 2026-11-24");
}

Result<std::optional<Id>> ReadRecipient(const http::Request& request) {
  const auto text = request.Query("recipient");
  if (!text) return std::optional<Id>();
  const auto id = Id::Parse(*text);
  if (id) return id;
  return Error::Field("recipient", "wrong_format", "recipient must be the id of a recipient");
}

// A name that is looked for, or "" when it is not there.
Result<std::string> ReadWanted(const http::Request& request, std::string_view name) {
  const std::string text(request.Query(name).value_or(""));
  const auto characters = std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  });
  if (static_cast<size_t>(characters) <= sharing::share_name_chars_max) return text;
  return Error::Field(std::string(name), "too_long",
                      std::string(name) + " may have at most " +
                          std::to_string(sharing::share_name_chars_max) + " characters");
}

Json RequestJson(const sharing::Usage& row) {
  const auto text = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
  return Json::Object({{"at", FormatDateTime(row.at)},
                       {"recipient_id", row.recipient.ToString()},
                       {"recipient_name", row.recipient_name},
                       {"surface", row.surface},
                       {"what", sharing::ReadingName(row.what)},
                       {"share", text(row.share)},
                       {"schema", text(row.schema)},
                       {"table", text(row.table)},
                       {"version", row.version < 0 ? Json() : Json(row.version)},
                       {"files", row.files},
                       {"bytes", row.bytes},
                       {"rows", row.rows},
                       {"status", row.status},
                       {"address", text(row.address)}});
}

Json DayJson(const sharing::UsageDay& day) {
  return Json::Object(
      {{"day", day.day},
       {"recipient_id", day.recipient.ToString()},
       {"recipient_name", day.recipient_name},
       {"requests", day.requests},
       {"refused", day.refused},
       {"without_row", day.without_row},
       {"files", day.files},
       {"bytes", day.bytes},
       {"rows", day.rows},
       {"bytes_sent", day.bytes_sent},
       {"last_at", TimeOrNull(day.last_at)},
       {"last_address", day.last_address.empty() ? Json() : Json(day.last_address)}});
}

Result<http::Response> ListRequests(Call& call) {
  ASSIGN(sharing::Sharing* const sharing, SharingOf(call));
  TRY(AllowUsage(call));
  sharing::UsageLog::Filter filter;
  ASSIGN(filter.recipient, ReadRecipient(call.request));
  ASSIGN(filter.from, ReadTime(call.request, "from"));
  ASSIGN(filter.before, ReadTime(call.request, "before"));
  ASSIGN(filter.share, ReadWanted(call.request, "share"));
  ASSIGN(filter.table, ReadWanted(call.request, "table"));
  if (const auto what = call.request.Query("what")) {
    filter.what = sharing::ParseReading(*what);
    if (!filter.what) {
      return Error::Field("what", "not_an_option",
                          "what is list, version, metadata, query, changes, credentials or file");
    }
  }
  ASSIGN(const size_t size, ReadPageSize(call.request));
  ASSIGN(const auto page,
         sharing->usage().List(filter, size, call.request.Query("page_token").value_or("")));
  Json items = Json::Array();
  for (const sharing::Usage& row : page.rows) items.Append(RequestJson(row));
  Json body = Json::Object({{"items", std::move(items)}});
  if (!page.next.empty()) body.Set("next_page_token", page.next);
  return http::Response::JsonBody(200, body);
}

Result<http::Response> ListDays(Call& call) {
  ASSIGN(sharing::Sharing* const sharing, SharingOf(call));
  TRY(AllowUsage(call));
  ASSIGN(const std::optional<Id> recipient, ReadRecipient(call.request));
  ASSIGN(const std::string from, ReadDay(call.request, "from"));
  ASSIGN(const std::string to, ReadDay(call.request, "to"));
  ASSIGN(const auto days, sharing->usage().Days(recipient, from, to));
  Json items = Json::Array();
  for (const sharing::UsageDay& day : days) items.Append(DayJson(day));
  return Items(std::move(items));
}

}  // namespace

Result<sharing::Sharing*> SharingOf(const Call& call) {
  if (call.services.sharing != nullptr) return call.services.sharing;
  return Error(ErrorKind::kUnsupported, "this server shares nothing");
}

Json TimeOrNull(Micros at) { return at == 0 ? Json() : Json(FormatDateTime(at)); }

std::vector<Route> SharingRoutes() {
  using enum Access;
  const char* share = "/shares/{share}";
  const char* tables = "/shares/{share}/tables";
  const char* table = "/shares/{share}/tables/{table}";
  return {
      {"GET", "/shares", kSignedIn, Body::kNone, {}, ListShares},
      {"POST", "/shares", kSignedIn, Body::kJson, {}, CreateShare},
      {"GET", share, kSignedIn, Body::kNone, {}, GetShare},
      {"PATCH", share, kSignedIn, Body::kMergePatch, {}, UpdateShare},
      {"DELETE", share, kSignedIn, Body::kNone, {}, DeleteShare},
      {"GET", tables, kSignedIn, Body::kNone, {}, ListTables},
      {"POST", tables, kSignedIn, Body::kJson, {}, CreateTable},
      {"GET", table, kSignedIn, Body::kNone, {}, GetTable},
      {"PATCH", table, kSignedIn, Body::kMergePatch, {}, UpdateTable},
      {"DELETE", table, kSignedIn, Body::kNone, {}, DeleteTable},
      {"GET",
       "/sharing/requests",
       kSignedIn,
       Body::kNone,
       {"recipient", "from", "before", "what", "share", "table", "page_size", "page_token"},
       ListRequests},
      {"GET", "/sharing/usage", kSignedIn, Body::kNone, {"recipient", "from", "to"}, ListDays},
  };
}

}  // namespace boathouse::rest
