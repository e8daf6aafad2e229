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
  bool end_stream_action = false;  // the client wants an endStreamAction at the end
  bool hash_file_ids = false;      // ids as in the delta scheme
  std::string file_id_hash;        // "" when not asked for; echoed

  // The header that tells the client what it got.
  std::string ToHeader() const;
};

// kInvalid when the client reads no format that we have. A client that leaves the choice to us gets
// what it reads best: the Python one Delta (one request a file instead of nine), others Parquet (Spark
// keeps the first snapshot of a Delta answer, which would break the promise of live reads).
Result<Capabilities> ParseCapabilities(const http::Headers& headers);

}  // namespace boathouse::delta_sharing
