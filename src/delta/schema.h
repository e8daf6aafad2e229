#pragma once
// A published schema and its statistics as Delta spells them. Pure functions.

#include <string>

#include "tables/tables.h"

namespace boathouse::delta {

// The schema as a JSON text: {"type":"struct","fields":[...]} (Delta protocol, "Schema Serialization
// Format"). Columns are nullable, and descriptions stand as comments.
std::string SchemaString(const tables::Schema& schema);

// numRecords, minValues, maxValues and nullCount as a JSON text (Delta protocol, "Per-file
// Statistics"). Times are in whole milliseconds, the maximum rounded up. A file with marks counts its dead
// rows too, as the protocol wants it beside a deletion vector, and says that its bounds are not tight.
std::string StatsString(const tables::Schema& schema, const tables::File& file);

}  // namespace boathouse::delta
