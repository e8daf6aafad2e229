#pragma once
// Where each record of a row group stands. Lies beside the group in its segment, so that a record that
// changes is found without decoding anything. Immutable.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/result.h"

namespace boathouse::tables {

class IdIndex {
 public:
  explicit IdIndex(const std::vector<Id>& in_row_order);
  // What Serialize made; kCorrupt for anything else.
  static Result<IdIndex> Parse(std::string_view bytes, int64_t rows);
  // A byte, 1 when the rows stand in the order of their ids; the ids ascending; unless that byte is 1, the
  // row of each (four bytes, little-endian).
  std::string Serialize() const;

  size_t size() const { return ids_.size(); }
  size_t bytes() const { return ids_.size() * sizeof(Id) + rows_.size() * sizeof(uint32_t); }
  const Id& min() const { return ids_.front(); }
  const Id& max() const { return ids_.back(); }
  std::vector<Id> InRowOrder() const;

  // Adds the rows of those of [begin, end) (ascending) that are here to `rows`.
  using Ids = std::vector<Id>::const_iterator;
  void Find(Ids begin, Ids end, std::vector<uint32_t>* rows) const;

 private:
  IdIndex() = default;
  uint32_t RowOf(size_t at) const { return rows_.empty() ? static_cast<uint32_t>(at) : rows_[at]; }

  std::vector<Id> ids_;         // ascending
  std::vector<uint32_t> rows_;  // of each; empty: 0, 1, 2, ...
};

}  // namespace boathouse::tables
