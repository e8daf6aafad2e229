#pragma once
// Byte ranges of a virtual file: from its segments, or from the footer in memory.

#include <memory>
#include <vector>

#include "tables/disk_file.h"
#include "tables/planned_file.h"

namespace boathouse::tables {

// `segments`: the open file of each of the file's groups.
std::unique_ptr<FileReader> MakeFileReader(PlannedFilePtr file,
                                           std::vector<std::shared_ptr<DiskFile>> segments,
                                           std::shared_ptr<Damage> damage);

}  // namespace boathouse::tables
