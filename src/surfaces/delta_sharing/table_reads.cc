#include <algorithm>
#include <optional>
#include <utility>

#include "surfaces/delta_sharing/answer.h"
#include "surfaces/delta_sharing/call.h"
#include "surfaces/delta_sharing/change_reads.h"
#include "surfaces/delta_sharing/input.h"
#include "surfaces/delta_sharing/query.h"
#include "surfaces/delta_sharing/read.h"

namespace boathouse::delta_sharing {
namespace {

constexpr std::string_view refresh_purpose = "refresh";

// A version as this client reads it, from the cache where it was answered before.
Result<AnswerCache::Rendered> Render(const Call& call, const sharing::SharedTable& table,
                                     const Read& read, const Style& style) {
  ASSIGN(const TableFacts facts, FactsOf(call.services(), table, read.table_id));
  const tables::TableVersion& version = *read.version;
  // All that the lines are made of. A share's words may change, so they stand in the key.
  const std::string key = facts.id + "\n" + std::to_string(version.version) + style.ToKey() +
                          (read.pinned ? "v" : "-") + (facts.with_history ? "h" : "-") + "\n" +
                          facts.name + "\n" + facts.description;
  return call.mounted->answers.Get(key, [&] {
    auto rendered = std::make_shared<RenderedVersion>();
    const Needs needs = NeedsOf(version);
    const std::optional<int64_t> number =
        read.pinned ? std::optional(version.version) : std::nullopt;
    const std::optional<Stamp> stamp =
        read.pinned ? std::optional(Stamp{version.version, version.time}) : std::nullopt;
    rendered->head = ProtocolLine(style, needs, std::nullopt) +
                     MetadataLine(style, needs, facts, *version.schema, number,
                                  Sizes{version.size, version.files.size()});
    for (const tables::File& file : version.files) {
      rendered->files.push_back(MakeFileLine(style, FileRole::kFile, *version.schema, file, stamp));
    }
    return rendered;
  });
}

// How many of the files hold the first `limit` rows.
size_t FilesForLimit(const std::vector<FileLine>& files, int64_t limit) {
  size_t count = 0;
  for (int64_t rows = 0; count < files.size() && rows < limit; ++count) rows += files[count].rows;
  return count;
}

// The lines of what the query selects of the version.
Result<std::vector<FileLine>> Select(const sharing::SharedTable& table, const Read& read,
                                     const Query& query, const Style& style) {
  const tables::TableVersion& version = *read.version;
  ASSIGN(const std::vector<tables::File> files, table.table->Select(version, query.selection));
  const std::optional<Stamp> stamp =
      read.pinned ? std::optional(Stamp{version.version, version.time}) : std::nullopt;
  std::vector<FileLine> lines;
  for (const tables::File& file : files) {
    lines.push_back(MakeFileLine(style, FileRole::kFile, *version.schema, file, stamp));
  }
  if (query.selection.limit && query.selection.where.kind == tables::Predicate::Kind::kTrue) {
    lines.resize(FilesForLimit(lines, *query.selection.limit));
  }
  return lines;
}

// Pages go on with the rendering that they began with.
std::string PagePurpose(const Query& query, const Style& style) {
  return "query:" + query.fingerprint + style.ToKey();
}

// The version that a token names.
Result<Read> ReadPinned(const sharing::SharedTable& table, const Json& pin, const Style& style) {
  ASSIGN(Read read, ReadAgain(table, pin["v"].AsInt().value_or(-1), style.marked));
  if (read.table_id.ToString() != pin["t"].AsString()) {
    return Invalid("the token is of the table as it was defined before");
  }
  return read;
}

// Which version the query is about, and how many files earlier pages gave.
Result<Read> ReadForQuery(const Call& call, const sharing::SharedTable& table, const Query& query,
                          const Style& style, size_t* begin) {
  if (!query.page_token.empty()) {
    ASSIGN(const Json pin, ReadPin(call, table, PagePurpose(query, style), query.page_token));
    *begin = static_cast<size_t>(pin["at"].AsInt().value_or(0));
    ASSIGN(Read read, ReadPinned(table, pin, style));
    read.pinned = pin["p"].AsBool();
    return read;
  }
  if (!query.refresh_token.empty()) {
    ASSIGN(const Json pin, ReadPin(call, table, refresh_purpose, query.refresh_token));
    return ReadPinned(table, pin, style);
  }
  return ReadAt(table, query.point, style.marked);
}

// A whole version to a client that asked for nothing more: the request that must be fast.
http::Response WholeVersion(const Call& call, const sharing::SharedTable& table, const Read& read,
                            const RenderedVersion& rendered, const Capabilities& capabilities) {
  const UrlMaker urls(call, *table.table, UrlsExpireAt(call.services().clock));
  const auto body = rendered.Body(urls.ToKey(), urls.expires_at(), [&] {
    std::string text = rendered.head;
    for (const FileLine& line : rendered.files) urls.Append(line, &text);
    return text;
  });
  for (const FileLine& line : rendered.files) Note(line, &call.usage);
  return LinesResponse(*body, read.version->version, capabilities);
}

Result<http::Response> AnswerQuery(const Call& call, const sharing::SharedTable& table,
                                   const Capabilities& capabilities, const Query& query,
                                   const Read& read, size_t begin) {
  const Style style = StyleOf(capabilities, table);
  call.usage.version = read.version->version;
  ASSIGN(const AnswerCache::Rendered rendered, Render(call, table, read, style));
  // An endStreamAction nobody asked for breaks the Python client.
  const bool wants_end =
      capabilities.end_stream_action || query.files_max || query.include_refresh_token;
  if (!query.selects && !wants_end) {
    return WholeVersion(call, table, read, *rendered, capabilities);
  }

  std::vector<FileLine> selected;
  if (query.selects) {
    ASSIGN(selected, Select(table, read, query, style));
  }
  const std::vector<FileLine>& lines = query.selects ? selected : rendered->files;
  begin = std::min(begin, lines.size());
  const size_t end =
      query.files_max && *query.files_max < static_cast<int64_t>(lines.size() - begin)
          ? begin + static_cast<size_t>(*query.files_max)
          : lines.size();
  const UrlMaker urls(call, *table.table, UrlsExpireAt(call.services().clock));
  std::string body = rendered->head;
  for (size_t i = begin; i < end; ++i) {
    urls.Append(lines[i], &body);
    Note(lines[i], &call.usage);
  }
  if (wants_end) {
    Json pin = MakePin(read.table_id.ToString(), read.version->version, urls.expires_at());
    End last;
    last.expires_at = urls.expires_at();
    if (query.include_refresh_token)
      last.refresh_token = SignPin(call.services(), call.recipient(), refresh_purpose, pin);
    if (end < lines.size()) {
      pin.Set("at", end);
      pin.Set("p", read.pinned);
      last.next_page_token =
          SignPin(call.services(), call.recipient(), PagePurpose(query, style), pin);
    }
    body += EndLine(last);
  }
  return LinesResponse(std::move(body), read.version->version, capabilities);
}

// A table that is defined anew is another one: its versions are not those that were chosen.
std::string OwnerOf(const Call& call, const sharing::SharedTable& table, const Id& table_id) {
  return call.recipient() + "\n" + table.id.ToString() + "\n" + table_id.ToString();
}

// The client will come back: the version is chosen now, the answer made then.
Result<http::Response> KeepQuery(const Call& call, const sharing::SharedTable& table,
                                 const Capabilities& capabilities, const Query& query,
                                 const Read& read) {
  if (query.idempotency_key.empty()) {
    return Invalid(
        "asyncquery=true needs an idempotencyKey in the body, so that a request sent "
        "twice is one query");
  }
  const Services& services = call.services();
  const Micros now = services.clock.Now();
  const std::string owner = OwnerOf(call, table, read.table_id);
  ASSIGN(const AsyncQuery kept,
         call.mounted->queries.Add(
             {AsyncQueryId(services.token_secret, owner, query.idempotency_key), owner,
              call.request.body, read.version->version, now + url_life_micros},
             now));
  const Json line =
      Json::Object({{"queryStatus", Json::Object({{"queryId", kept.id}, {"status", "pending"}})}});
  call.usage.version = kept.version;
  return LinesResponse(line.Dump() + "\n", kept.version, capabilities);
}

}  // namespace

Result<http::Response> GetTableVersion(const Call& call) {
  ASSIGN(const sharing::SharedTable table, call.FindTable());
  ASSIGN(const std::optional<Micros> since, TimeParameter(call.request, "startingTimestamp"));
  // Numbers are the same in both renderings, and this one is never made of anything but changes.
  ASSIGN(auto version, table.table->CurrentMarked());
  if (since) {
    TRY(RequireHistory(table));
    auto found = table.table->AtOrAfter(std::max(*since, table.history_from));
    if (!found.ok() && found.error().kind == ErrorKind::kNotFound) {
      return Invalid("startingTimestamp is after the newest version, which is of " +
                     FormatDateTime(version->time));
    }
    if (!found.ok()) return found.error();
    version = *std::move(found);
  }
  call.usage.version = version->version;
  http::Response response = http::Response::Text(200, "");
  response.headers.Set("Delta-Table-Version", std::to_string(version->version));
  return response;
}

Result<http::Response> GetMetadata(const Call& call) {
  ASSIGN(const sharing::SharedTable table, call.FindTable());
  ASSIGN(const Capabilities capabilities, ParseCapabilities(call.request.headers));
  Point point;
  ASSIGN(point.version, NumberParameter(call.request, "version", 0));
  ASSIGN(point.time, TimeParameter(call.request, "timestamp"));
  if (point.version && point.time) return Invalid("give only one of version and timestamp");
  const Style style = StyleOf(capabilities, table);
  ASSIGN(const Read read, ReadAt(table, point, style.marked));
  call.usage.version = read.version->version;
  ASSIGN(const AnswerCache::Rendered rendered, Render(call, table, read, style));
  return LinesResponse(rendered->head, read.version->version, capabilities);
}

Result<http::Response> QueryTable(const Call& call) {
  ASSIGN(const sharing::SharedTable table, call.FindTable());
  ASSIGN(Capabilities capabilities, ParseCapabilities(call.request.headers));
  ASSIGN(const Json body, BodyObject(call.request));
  ASSIGN(const Query query, ParseQuery(body));
  if (query.starting_version) {
    capabilities.async_query = false;  // answered at once
    return ReadFilesSince(call, table, capabilities, query);
  }
  size_t begin = 0;
  ASSIGN(const Read read, ReadForQuery(call, table, query, StyleOf(capabilities, table), &begin));
  // Further pages of an answer are there already.
  if (capabilities.async_query && query.page_token.empty()) {
    return KeepQuery(call, table, capabilities, query, read);
  }
  return AnswerQuery(call, table, capabilities, query, read, begin);
}

Result<http::Response> PollQuery(const Call& call) {
  ASSIGN(const sharing::SharedTable table, call.FindTable());
  ASSIGN(const Capabilities capabilities, ParseCapabilities(call.request.headers));
  ASSIGN(const Json poll, BodyObject(call.request));
  ASSIGN(const Id table_id, table.table->id());
  ASSIGN(const AsyncQuery kept,
         call.mounted->queries.Find(call.request.Parameter("query"), OwnerOf(call, table, table_id),
                                    call.services().clock.Now()));
  Json body = Json::Object();
  if (!kept.body.empty()) {
    ASSIGN(body, Json::Parse(kept.body));
  }
  for (const char* member : {"maxFiles", "pageToken"}) {
    if (!poll[member].is_null()) body.Set(member, poll[member]);
  }
  if (!poll["pageToken"].is_null()) body.Remove("includeRefreshToken");  // of the first page
  ASSIGN(const Query query, ParseQuery(body));
  const Style style = StyleOf(capabilities, table);
  size_t begin = 0;
  Read read;
  if (!query.page_token.empty()) {
    ASSIGN(read, ReadForQuery(call, table, query, style, &begin));
  } else {
    ASSIGN(read, ReadPinned(table, MakePin(table_id.ToString(), kept.version, 0), style));
    read.pinned = query.point.version || query.point.time;
  }
  return AnswerQuery(call, table, capabilities, query, read, begin);
}

}  // namespace boathouse::delta_sharing
