#pragma once
// Takes rows out of an encoded row group, page by page, without making values of it and encoding them
// again: levels and values of the dead rows are cut out of the pages, dictionaries stay as they are. Several
// times as fast as decoding and encoding.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "tables/virtual_file.h"

namespace boathouse::tables {

// The group without the rows at `dead` (ascending, each once, not all rows). Its statistics are exact. nullopt
// when the pages are of a form that this does not know (we write none such); kCorrupt when they are damaged.
Result<std::optional<EncodedGroup>> RemoveRows(const EncodedGroup& group,
                                               const std::vector<uint32_t>& dead);

}  // namespace boathouse::tables
