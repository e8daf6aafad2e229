#pragma once
// What a client says it can read: the `delta-sharing-capabilities` and `fileidhash` headers.

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/http.h"

namespace boathouse::delta_sharing {

enum class Format { kParquet, kDelta };

struct Capabilities {
  Format format = Format::kParquet;
  bool deletion_vectors = false;   // it reads inline ones, and we know that it does so right
  bool one_schema = false;         // its change feed cannot have several schemas
  bool end_stream_action = false;  // the client wants an endStreamAction at the end
  bool async_query = false;        // the client will ask again for the answer of a query
  bool hash_file_ids = false;      // ids as in the delta scheme
  std::string file_id_hash;        // "" when not asked for; echoed

  // The header that tells the client what it got.
  std::string ToHeader() const;
};

// kInvalid when the client reads no format that we have. A client that leaves the choice to us gets
// what it reads best: the Python one Delta (one request a file instead of nine), others Parquet (Spark
// keeps the first snapshot of a Delta answer, which would break the promise of live reads). Deletion
// vectors go to the Python client alone: others that declare them return deleted rows (DuckDB's extension,
// which calls itself Spark) or were not tried. The Python client asks for the history of the schema in the
// Delta format, but its kernel refuses a change feed whose schema changes on the way.
Result<Capabilities> ParseCapabilities(const http::Headers& headers);

}  // namespace boathouse::delta_sharing
