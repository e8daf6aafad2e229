#pragma once
// Server-side scan planning (rest-catalog-open-api.yaml, planTableScan).

#include "base/json.h"
#include "base/result.h"
#include "iceberg/iceberg.h"
#include "iceberg/snapshot.h"

namespace boathouse::iceberg {

// `newest` is the newest version in the rendering of the reading, `oldest` the oldest that may be asked for.
// See Renderer::Plan.
Result<Json> MakePlan(const Place& place, const VersionPtr& newest, int64_t oldest,
                      const Reading& reading, const Json& request);

}  // namespace boathouse::iceberg
