#pragma once
// A virtual file ready to be read, and the note of what is found damaged while reading.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "tables/history.h"
#include "tables/virtual_file.h"

namespace boathouse::tables {

struct PlannedFile {
  FileSpecPtr spec;
  FilePlan plan;
};
using PlannedFilePtr = std::shared_ptr<const PlannedFile>;

// Row groups that a reader found damaged. Shared with readers, which may outlive the table.
struct Damage {
  std::atomic<bool> any{false};
  std::mutex mutex;
  std::vector<uint64_t> groups;
  void Report(uint64_t group);
};

}  // namespace boathouse::tables
