#pragma once
// The table metadata of a version as JSON (format/spec.md, "Table Metadata").

#include <cstdint>
#include <string>

#include "base/result.h"
#include "iceberg/snapshot.h"

namespace boathouse::iceberg {

// The metadata that shows versions `oldest` ... `version`, as far as they are kept.
Result<std::string> MakeMetadata(const Place& place, int64_t version, int64_t oldest,
                                 int format_version, bool with_history);

}  // namespace boathouse::iceberg
