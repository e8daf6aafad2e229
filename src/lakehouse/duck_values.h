#pragma once
// Private to duck.cc: how DuckDB's types are named and its cells become JSON.

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "duckdb.h"

namespace boathouse::lakehouse {

// The type as DuckDB spells it, e.g. DECIMAL(18,2) or STRUCT(a INTEGER, b VARCHAR[]).
std::string TypeName(duckdb_logical_type type);

// True when CellToJson can read cells of this type.
bool IsReadable(duckdb_logical_type type);

// The cell at `row` of `vector`, whose type is `type` and IsReadable.
Json CellToJson(duckdb_vector vector, duckdb_logical_type type, idx_t row);

}  // namespace boathouse::lakehouse
