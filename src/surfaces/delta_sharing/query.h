#pragma once
// The body of a table query, checked.

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "surfaces/delta_sharing/capabilities.h"
#include "surfaces/delta_sharing/read.h"
#include "tables/selection.h"

namespace boathouse::delta_sharing {

struct Query {
  Point point;
  std::optional<int64_t> starting_version;
  std::optional<int64_t> ending_version;
  tables::Selection selection;
  bool selects = false;  // there is something to select by
  std::optional<int64_t> files_max;
  std::string page_token;
  std::string refresh_token;
  std::string idempotency_key;
  bool include_refresh_token = false;
  bool historical_protocol = false;
  std::string fingerprint;  // of what the pages of one query have in common
};

// kInvalid names the member.
Result<Query> ParseQuery(const Json& body);

}  // namespace boathouse::delta_sharing
