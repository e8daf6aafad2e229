#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "surfaces/delta_sharing/answer.h"
#include "surfaces/delta_sharing/call.h"
#include "surfaces/delta_sharing/tokens.h"

namespace boathouse::delta_sharing {
namespace {

constexpr Micros token_life_micros = url_life_micros;

Error Invalid(std::string message) { return {ErrorKind::kInvalid, std::move(message)}; }

std::string VersionRange(tables::Table& table) {
  const auto versions = table.Versions();
  if (!versions.ok() || versions->empty()) return "";
  return "; versions " + std::to_string(versions->front().version) + " to " +
         std::to_string(versions->back().version) + " are kept";
}

Result<Read> ReadVersion(tables::Table* table, int64_t number) {
  auto version = table->At(number);
  if (!version.ok() && version.error().kind == ErrorKind::kNotFound) {
    return Invalid("version " + std::to_string(number) + " is not available" +
                   VersionRange(*table));
  }
  if (!version.ok()) return version.error();
  return Read{table, *std::move(version), true};
}

Result<Read> ReadTime(tables::Table* table, std::string_view text) {
  const std::optional<Micros> time = ParseDateTime(text);
  if (!time) return Invalid("a timestamp must look like 2026-11-24T10:00:00Z");
  auto version = table->AtTime(*time);
  if (!version.ok() && version.error().kind == ErrorKind::kNotFound) {
    return Invalid(version.error().message);
  }
  if (!version.ok()) return version.error();
  return Read{table, *std::move(version), true};
}

Result<Read> ReadCurrent(tables::Table* table) {
  ASSIGN(auto version, table->Current());
  return Read{table, std::move(version), false};
}

// A query parameter that is a version number.
Result<std::optional<int64_t>> VersionParameter(const http::Request& request, const char* name) {
  const auto text = request.Query(name);
  if (!text) return std::optional<int64_t>();
  int64_t number = -1;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text->data() + text->size() || number < 0) {
    return Invalid(std::string(name) + " must be a version number");
  }
  return std::optional<int64_t>(number);
}

// A body member that is a number from `minimum` on; nullopt when absent or null.
Result<std::optional<int64_t>> NumberMember(const Json& body, const char* name, int64_t minimum) {
  const Json& member = body[name];
  if (member.is_null()) return std::optional<int64_t>();
  const std::optional<int64_t> number = member.AsInt();
  if (!member.is_number() || !number || *number < minimum) {
    return Invalid(std::string(name) + " must be a whole number of at least " +
                   std::to_string(minimum));
  }
  return number;
}

Result<std::string> TextMember(const Json& body, const char* name) {
  const Json& member = body[name];
  if (member.is_null()) return std::string();
  if (!member.is_string()) return Invalid(std::string(name) + " must be a string");
  return std::string(member.AsString());
}

Result<bool> FlagMember(const Json& body, const char* name) {
  const Json& member = body[name];
  if (!member.is_null() && !member.is_bool())
    return Invalid(std::string(name) + " must be a boolean");
  return member.AsBool();
}

// The body of a query, checked.
struct Query {
  std::optional<int64_t> version;
  std::string timestamp;
  std::optional<int64_t> limit;
  std::optional<int64_t> files_max;
  std::string page_token;
  std::string refresh_token;
  bool include_refresh_token = false;
  bool has_predicates = false;
  std::string fingerprint;  // of what pages of one query have in common
};

Result<Query> ParseQuery(const Json& body) {
  Query query;
  ASSIGN(query.version, NumberMember(body, "version", 0));
  ASSIGN(query.timestamp, TextMember(body, "timestamp"));
  ASSIGN(query.limit, NumberMember(body, "limitHint", 0));
  ASSIGN(query.files_max, NumberMember(body, "maxFiles", 1));
  ASSIGN(query.page_token, TextMember(body, "pageToken"));
  ASSIGN(query.refresh_token, TextMember(body, "refreshToken"));
  ASSIGN(query.include_refresh_token, FlagMember(body, "includeRefreshToken"));
  // Hints are only ever hints: readers filter again. Their shape is checked, their content is not.
  const Json& hints = body["predicateHints"];
  if (!hints.is_null() && !hints.is_array()) return Invalid("predicateHints must be a list");
  ASSIGN(const std::string json_hints, TextMember(body, "jsonPredicateHints"));
  query.has_predicates = hints.size() > 0 || !json_hints.empty();
  const bool changes = !body["startingVersion"].is_null();
  const int points =
      (query.version ? 1 : 0) + (query.timestamp.empty() ? 0 : 1) + (changes ? 1 : 0);
  if (points > 1) return Invalid("give only one of version, timestamp and startingVersion");
  if (changes) {
    return Error{ErrorKind::kUnsupported,
                 "reading changes from startingVersion on is not offered; query the table itself, "
                 "which is always current"};
  }
  if (points > 0 && !query.refresh_token.empty()) {
    return Invalid("a refreshToken stands for a version of its own");
  }
  Json common = body;
  common.Remove("pageToken");
  common.Remove("maxFiles");
  query.fingerprint = HexEncode(Sha256(common.Dump()).substr(0, 8));
  return query;
}

// A token that pins a version: {"t": table id, "v": version, "e": expiry}.
Result<Json> ReadPinToken(const Call& call, tables::Table& table, std::string_view purpose,
                          std::string_view token) {
  ASSIGN(Json body, ReadToken(call.services.token_secret, purpose, token));
  ASSIGN(const Id id, table.id());
  if (body["t"].AsString() != id.ToString()) return Invalid("the token is of another table");
  if (body["e"].AsInt().value_or(0) < call.services.clock.Now()) {
    return Invalid("the token has expired; query the table again");
  }
  return body;
}

Result<Json> PinToken(const Call& call, const Read& read) {
  ASSIGN(const Id id, read.table->id());
  return Json::Object({{"t", id.ToString()},
                       {"v", read.version->version},
                       {"e", call.services.clock.Now() + token_life_micros}});
}

constexpr std::string_view refresh_purpose = "refresh";

// Which version the query is about, and how many files earlier pages gave.
Result<Read> ReadForQuery(const Call& call, tables::Table* table, const Query& query,
                          const std::string& page_purpose, size_t* begin) {
  if (!query.page_token.empty()) {
    ASSIGN(const Json token, ReadPinToken(call, *table, page_purpose, query.page_token));
    *begin = static_cast<size_t>(token["at"].AsInt().value_or(0));
    ASSIGN(Read read, ReadVersion(table, token["v"].AsInt().value_or(-1)));
    read.pinned = token["p"].AsBool();
    return read;
  }
  if (!query.refresh_token.empty()) {
    ASSIGN(const Json token, ReadPinToken(call, *table, refresh_purpose, query.refresh_token));
    ASSIGN(Read read, ReadVersion(table, token["v"].AsInt().value_or(-1)));
    read.pinned = false;
    return read;
  }
  if (query.version) return ReadVersion(table, *query.version);
  if (!query.timestamp.empty()) return ReadTime(table, query.timestamp);
  return ReadCurrent(table);
}

// How many of the files hold the first `limit` rows.
size_t FilesForLimit(const tables::TableVersion& version, int64_t limit) {
  size_t count = 0;
  for (int64_t rows = 0; count < version.files.size() && rows < limit; ++count) {
    rows += version.files[count].rows;
  }
  return count;
}

}  // namespace

Result<Json> BodyObject(const http::Request& request) {
  if (TrimAscii(request.body).empty()) return Json::Object();
  const std::string_view type = request.headers.Get("content-type", "application/json");
  if (AsciiLower(TrimAscii(type.substr(0, type.find(';')))) != "application/json") {
    return Invalid("the body must be application/json");
  }
  ASSIGN(Json body, Json::Parse(request.body));
  if (!body.is_object()) return Invalid("the body must be a JSON object");
  return body;
}

Result<http::Response> GetTableVersion(const Call& call) {
  ASSIGN(tables::Table * table, call.FindTable());
  ASSIGN(const auto current, table->Current());
  int64_t answer = current->version;
  if (const auto text = call.request.Query("startingTimestamp")) {
    const std::optional<Micros> time = ParseDateTime(*text);
    if (!time) return Invalid("startingTimestamp must look like 2026-11-24T10:00:00Z");
    ASSIGN(const auto versions, table->Versions());
    const auto at = std::find_if(versions.begin(), versions.end(),
                                 [&](const tables::VersionInfo& v) { return v.time >= *time; });
    if (at == versions.end()) return Invalid("startingTimestamp is after the newest version");
    answer = at->version;
  }
  http::Response response = http::Response::Text(200, "");
  response.headers.Set("Delta-Table-Version", std::to_string(answer));
  return response;
}

Result<http::Response> GetMetadata(const Call& call) {
  ASSIGN(tables::Table * table, call.FindTable());
  ASSIGN(Capabilities capabilities, ParseCapabilities(call.request.headers));
  ASSIGN(const std::optional<int64_t> version, VersionParameter(call.request, "version"));
  const auto timestamp = call.request.Query("timestamp");
  if (version && timestamp) return Invalid("give only one of version and timestamp");
  Result<Read> read = version     ? ReadVersion(table, *version)
                      : timestamp ? ReadTime(table, *timestamp)
                                  : ReadCurrent(table);
  if (!read.ok()) return read.error();
  Answer answer(call, *read, std::move(capabilities));
  TRY(answer.AddHead());
  return std::move(answer).Finish();
}

Result<http::Response> QueryTable(const Call& call) {
  ASSIGN(tables::Table * table, call.FindTable());
  ASSIGN(Capabilities capabilities, ParseCapabilities(call.request.headers));
  ASSIGN(const Json body, BodyObject(call.request));
  ASSIGN(const Query query, ParseQuery(body));
  const std::string page_purpose = "query:" + query.fingerprint;
  size_t begin = 0;
  ASSIGN(const Read read, ReadForQuery(call, table, query, page_purpose, &begin));

  const std::vector<tables::File>& files = read.version->files;
  size_t end = files.size();
  // With predicates a limit counts matching rows, and only the reader knows these.
  if (query.limit && !query.has_predicates) end = FilesForLimit(*read.version, *query.limit);
  begin = std::min(begin, end);
  const size_t page_end =
      query.files_max ? std::min(end, begin + static_cast<size_t>(*query.files_max)) : end;

  const bool wants_end =
      capabilities.end_stream_action || query.files_max || query.include_refresh_token;
  Answer answer(call, read, std::move(capabilities));
  TRY(answer.AddHead());
  for (size_t i = begin; i < page_end; ++i) answer.AddFile(files[i]);
  // An endStreamAction nobody asked for breaks the Python client.
  if (wants_end) {
    ASSIGN(Json pin, PinToken(call, read));
    Answer::End last;
    if (query.include_refresh_token) {
      last.refresh_token = MakeToken(call.services.token_secret, refresh_purpose, pin);
    }
    if (page_end < end) {
      pin.Set("at", page_end);
      pin.Set("p", read.pinned);
      last.next_page_token = MakeToken(call.services.token_secret, page_purpose, pin);
    }
    answer.AddEnd(last);
  }
  return std::move(answer).Finish();
}

}  // namespace boathouse::delta_sharing
