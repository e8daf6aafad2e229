#include "surfaces/delta_sharing/change_reads.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "surfaces/delta_sharing/change_feed.h"
#include "surfaces/delta_sharing/input.h"
#include "surfaces/delta_sharing/read.h"

namespace boathouse::delta_sharing {
namespace {

// The ends of a range as they were asked for.
struct Ends {
  Point start;  // one of the two
  Point end;    // at most one; neither: the newest version
};

// The first version whose changes the share shows. What stood when its history begins is not a change.
Result<int64_t> FirstChange(const sharing::SharedTable& table) {
  ASSIGN(const int64_t first, FirstVersion(table));
  return first == 0 ? 0 : first + 1;
}

// Fills from and to: a start time is rounded up to a version, an end time down.
Status Resolve(const Ends& ends, FeedRange* range) {
  tables::Table& table = *range->table.table;
  ASSIGN(const auto newest, table.CurrentMarked());
  ASSIGN(const int64_t first, FirstChange(range->table));
  if (ends.start.version) {
    range->from = *ends.start.version;
    if (range->from < first) {
      return Invalid("the changes of version " + std::to_string(range->from) +
                     " are not available" + KeptVersions(range->table));
    }
  } else {
    const auto start = table.AtOrAfter(*ends.start.time);
    if (!start.ok() && start.error().kind == ErrorKind::kNotFound) {
      return Invalid("startingTimestamp is after the newest version, which is of " +
                     FormatDateTime(newest->time));
    }
    if (!start.ok()) return start.error();
    range->from = std::max(first, (*start)->version);
  }
  if (range->from > newest->version) {
    return Invalid("the range starts after the newest version, which is " +
                   std::to_string(newest->version));
  }
  range->to = newest->version;
  if (ends.end.version) range->to = std::min(range->to, *ends.end.version);
  if (ends.end.time) {
    const auto end = table.AtTime(*ends.end.time);
    if (!end.ok() && end.error().kind == ErrorKind::kNotFound) {
      return Invalid("endingTimestamp is before the oldest version that is kept");
    }
    if (!end.ok()) return end.error();
    range->to = (*end)->version;
  }
  if (range->to < range->from) {
    return Invalid("the range ends before it starts: no version lies within");
  }
  return {};
}

// The response for a range, from its start or from where a page token goes on.
Result<http::Response> Answer(const Call& call, const Ends& ends, FeedRange range,
                              const std::string& page_token, const Capabilities& capabilities) {
  TRY(RequireHistory(range.table));
  FeedPlace place;
  if (page_token.empty()) {
    TRY(Resolve(ends, &range));
    place = {range.from, 0};
  } else {
    ASSIGN(const Json pin, ReadPin(call, range.table, range.page_purpose, page_token));
    range.from = pin["v"].AsInt().value_or(0);
    range.to = pin["to"].AsInt().value_or(0);
    place = {pin["n"].AsInt().value_or(0), static_cast<size_t>(pin["at"].AsInt().value_or(0))};
  }
  return FeedResponse(call, std::move(range), place, capabilities);
}

Result<Ends> ParseEnds(const http::Request& request) {
  Ends ends;
  ASSIGN(ends.start.version, NumberParameter(request, "startingVersion", 0));
  ASSIGN(ends.start.time, TimeParameter(request, "startingTimestamp"));
  ASSIGN(ends.end.version, NumberParameter(request, "endingVersion", 0));
  ASSIGN(ends.end.time, TimeParameter(request, "endingTimestamp"));
  if (ends.start.version && ends.start.time) {
    return Invalid("give only one of startingVersion and startingTimestamp");
  }
  if (!ends.start.version && !ends.start.time) {
    return Invalid("give startingVersion or startingTimestamp");
  }
  if (ends.end.version && ends.end.time) {
    return Invalid("give only one of endingVersion and endingTimestamp");
  }
  if (ends.start.version && ends.end.version && *ends.end.version < *ends.start.version) {
    return Invalid("endingVersion is before startingVersion");
  }
  if (ends.start.time && ends.end.time && *ends.end.time < *ends.start.time) {
    return Invalid("endingTimestamp is before startingTimestamp");
  }
  return ends;
}

}  // namespace

Result<http::Response> ReadFilesSince(const Call& call, const sharing::SharedTable& table,
                                      const Capabilities& capabilities, const Query& query) {
  FeedRange range;
  range.table = table;
  range.files_only = true;
  range.historical_metadata = true;
  range.historical_protocol = query.historical_protocol;
  range.files_max = query.files_max;
  range.page_purpose = "files:" + query.fingerprint + StyleOf(capabilities, range.table).ToKey();
  Ends ends;
  ends.start.version = query.starting_version;
  ends.end.version = query.ending_version;
  return Answer(call, ends, std::move(range), query.page_token, capabilities);
}

Result<http::Response> GetChanges(const Call& call) {
  ASSIGN(const sharing::SharedTable table, call.FindTable());
  ASSIGN(Capabilities capabilities, ParseCapabilities(call.request.headers));
  capabilities.async_query = false;  // of queries only
  ASSIGN(const Ends ends, ParseEnds(call.request));
  FeedRange range;
  range.table = table;
  ASSIGN(range.historical_metadata, FlagParameter(call.request, "includeHistoricalMetadata"));
  range.historical_metadata = range.historical_metadata && !capabilities.one_schema;
  ASSIGN(range.historical_protocol, FlagParameter(call.request, "includeHistoricalProtocol"));
  ASSIGN(range.files_max, NumberParameter(call.request, "maxFiles", 1));
  std::string common = StyleOf(capabilities, range.table).ToKey();
  for (const char* parameter :
       {"startingVersion", "startingTimestamp", "endingVersion", "endingTimestamp",
        "includeHistoricalMetadata", "includeHistoricalProtocol"}) {
    common += "\n" + std::string(call.request.Query(parameter).value_or(""));
  }
  range.page_purpose = "changes:" + HexEncode(Sha256(common));
  const std::string page_token(call.request.Query("pageToken").value_or(""));
  return Answer(call, ends, std::move(range), page_token, capabilities);
}

}  // namespace boathouse::delta_sharing
