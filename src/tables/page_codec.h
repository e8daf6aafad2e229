#pragma once
// The compression of Parquet pages (zstd, as all our groups have it), by Arrow's codec.

#include <string>
#include <string_view>

#include "base/result.h"

namespace boathouse::tables {

// `size`: of the page when it is not compressed; kCorrupt when the bytes are not that page.
Result<std::string> DecompressPage(std::string_view bytes, size_t size);
Result<std::string> CompressPage(std::string_view bytes);

}  // namespace boathouse::tables
