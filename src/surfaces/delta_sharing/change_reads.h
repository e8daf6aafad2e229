#pragma once
// What happened to a table from one version to another: the change data feed (GET changes), and the files
// that came and went (a query with startingVersion).

#include "base/result.h"
#include "http/http.h"
#include "surfaces/delta_sharing/call.h"
#include "surfaces/delta_sharing/capabilities.h"
#include "surfaces/delta_sharing/query.h"

namespace boathouse::delta_sharing {

Result<http::Response> ReadFilesSince(const Call& call, const sharing::SharedTable& table,
                                      const Capabilities& capabilities, const Query& query);

}  // namespace boathouse::delta_sharing
