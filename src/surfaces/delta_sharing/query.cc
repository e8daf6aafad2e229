#include "surfaces/delta_sharing/query.h"

#include <utility>

#include "base/bytes.h"
#include "surfaces/delta_sharing/delta_sharing.h"
#include "surfaces/delta_sharing/input.h"
#include "surfaces/delta_sharing/predicate_hints.h"

namespace boathouse::delta_sharing {
namespace {

constexpr size_t fingerprint_bytes = 8;

// Hints are only ever hints: their shape is checked, their content is not.
Status ReadHints(const Json& body, Query* query) {
  const Json& sql = body["predicateHints"];
  if (!sql.is_null() && !sql.is_array()) return Invalid("predicateHints must be a list");
  ASSIGN(const std::string json, TextMember(body, "jsonPredicateHints"));
  ASSIGN(query->selection.limit, NumberMember(body, "limitHint", 0));
  query->selection.where = ParsePredicateHints(json);
  if (sql.size() > 0) {
    // SQL is not read. What it says narrows further, so nobody knows which rows a limit counts.
    query->selection.where =
        tables::Predicate::And({std::move(query->selection.where), tables::Predicate::Unknown()});
  }
  query->selects = !json.empty() || query->selection.limit.has_value();
  return {};
}

Status CheckPoints(const Query& query) {
  const int points =
      (query.point.version ? 1 : 0) + (query.point.time ? 1 : 0) + (query.starting_version ? 1 : 0);
  if (points > 1) return Invalid("give only one of version, timestamp and startingVersion");
  if (query.ending_version && !query.starting_version) {
    return Invalid("endingVersion goes with startingVersion only");
  }
  if (query.ending_version && *query.ending_version < *query.starting_version) {
    return Invalid("endingVersion is before startingVersion");
  }
  if (!query.refresh_token.empty() && (points > 0 || !query.page_token.empty())) {
    return Invalid(
        "a refreshToken stands for a version of its own: send it without version, "
        "timestamp, startingVersion and pageToken");
  }
  if (query.include_refresh_token && (points > 0 || !query.page_token.empty())) {
    return Invalid("includeRefreshToken is for the first page of the newest version only");
  }
  return {};
}

}  // namespace

Result<Query> ParseQuery(const Json& body) {
  Query query;
  ASSIGN(query.point.version, NumberMember(body, "version", 0));
  ASSIGN(query.point.time, TimeMember(body, "timestamp"));
  ASSIGN(query.starting_version, NumberMember(body, "startingVersion", 0));
  ASSIGN(query.ending_version, NumberMember(body, "endingVersion", 0));
  ASSIGN(query.files_max, NumberMember(body, "maxFiles", 1));
  ASSIGN(query.page_token, TextMember(body, "pageToken"));
  ASSIGN(query.refresh_token, TextMember(body, "refreshToken"));
  ASSIGN(query.include_refresh_token, FlagMember(body, "includeRefreshToken"));
  ASSIGN(query.historical_protocol, FlagMember(body, "includeHistoricalProtocol"));
  // The protocol's text has the first spelling, its reference client the second.
  ASSIGN(query.idempotency_key, TextMember(body, "idempotencyKey"));
  if (query.idempotency_key.empty()) {
    ASSIGN(query.idempotency_key, TextMember(body, "idempotency_key"));
  }
  if (query.idempotency_key.size() > idempotency_key_chars_max) {
    return Invalid("an idempotencyKey may have " + std::to_string(idempotency_key_chars_max) +
                   " characters");
  }
  TRY(ReadHints(body, &query));
  TRY(CheckPoints(query));
  Json common = Json::Object();
  for (const char* member :
       {"predicateHints", "jsonPredicateHints", "limitHint", "version", "timestamp",
        "startingVersion", "endingVersion", "includeHistoricalProtocol"}) {
    if (!body[member].is_null()) common.Set(member, body[member]);
  }
  query.fingerprint = HexEncode(Sha256(common.Dump()).substr(0, fingerprint_bytes));
  return query;
}

}  // namespace boathouse::delta_sharing
