#pragma once
// Dead rows of a file as a Delta deletion vector that stands in the action itself (Delta protocol,
// "Deletion Vector Descriptor Schema", storage type `i`). Pure functions.

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "tables/dead_rows.h"

namespace boathouse::delta {

// Z85 (ZeroMQ RFC 32): five characters for four bytes. The input is padded with zeros to a multiple of
// four, as Delta does; who reads it must know the true size.
std::string Z85Encode(std::string_view bytes);
// With the padding. nullopt for a text that is no Z85.
std::optional<std::string> Z85Decode(std::string_view text);

// {"storageType":"i","pathOrInlineDv":...,"sizeInBytes":...,"cardinality":...}; sizeInBytes is without
// the padding.
Json InlineDeletionVector(const tables::DeadRows& rows);
// What tells two vectors of one file apart in a log (Delta protocol, "uniqueId"): "i" and the text.
std::string DeletionVectorId(const tables::DeadRows& rows);

}  // namespace boathouse::delta
