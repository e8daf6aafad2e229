#pragma once
// A published schema and its statistics as Delta spells them.

#include <string>

#include "tables/tables.h"

namespace boathouse::delta_sharing {

// The schema as a JSON text: {"type":"struct","fields":[...]} (Delta protocol, "Schema Serialization
// Format").
std::string SchemaString(const tables::Schema& schema);

// numRecords, minValues, maxValues and nullCount as a JSON text (Delta protocol, "Per-file
// Statistics"). Times are in whole milliseconds, the maximum rounded up.
std::string StatsString(const tables::Schema& schema, const tables::File& file);

}  // namespace boathouse::delta_sharing
