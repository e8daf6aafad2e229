#pragma once
// The rows of one file that are no longer part of a table. Immutable; any thread.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace boathouse::tables {

class DeadRows {
 public:
  // Row positions within the file, from 0, ascending, each once.
  explicit DeadRows(std::vector<uint32_t> positions) : positions_(std::move(positions)) {}

  const std::vector<uint32_t>& positions() const { return positions_; }
  int64_t cardinality() const { return static_cast<int64_t>(positions_.size()); }
  // The bitmap as Delta's deletion vectors and Iceberg's `deletion-vector-v1` blobs carry it: a magic
  // number, then a portable 64-bit Roaring bitmap of array and bitmap containers, without run
  // containers. Lengths and checksums around it are the caller's. The same rows, the same bytes.
  std::string bytes() const;

 private:
  std::vector<uint32_t> positions_;
};

}  // namespace boathouse::tables
