#pragma once
// How types, schemas and single values are spelled in Iceberg (format/spec.md, "Schemas", "Appendix C" and
// "Appendix D"). Pure functions.

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"
#include "model/model.h"
#include "tables/tables.h"

namespace boathouse::iceberg {

// string, long, decimal(18, 4), boolean, date, timestamptz.
std::string_view TypeName(model::FieldType type);

// {"type":"struct","schema-id":...,"fields":[...]}. Column ids are the field ids of the Parquet files.
Json SchemaJson(const tables::Schema& schema);

// A bound as bytes (Appendix D, binary single-value serialization); nullopt for null.
std::optional<std::string> BoundBytes(const model::Value& value);
// The same as JSON (single-value JSON serialization).
std::optional<Json> BoundJson(const model::Value& value);

}  // namespace boathouse::iceberg
