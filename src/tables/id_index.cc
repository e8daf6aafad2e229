#include "tables/id_index.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace boathouse::tables {
namespace {

static_assert(sizeof(Id) == 16, "ids are stored as they lie in memory");

constexpr char in_order = 1, out_of_order = 0;

}  // namespace

IdIndex::IdIndex(const std::vector<Id>& in_row_order) : ids_(in_row_order) {
  if (std::is_sorted(ids_.begin(), ids_.end())) return;
  rows_.resize(ids_.size());
  std::iota(rows_.begin(), rows_.end(), 0u);
  std::sort(rows_.begin(), rows_.end(),
            [&](uint32_t a, uint32_t b) { return in_row_order[a] < in_row_order[b]; });
  for (size_t i = 0; i < rows_.size(); ++i) ids_[i] = in_row_order[rows_[i]];
}

std::string IdIndex::Serialize() const {
  std::string out(1, rows_.empty() ? in_order : out_of_order);
  out.append(reinterpret_cast<const char*>(ids_.data()), ids_.size() * sizeof(Id));
  for (const uint32_t row : rows_) {
    for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>(row >> (8 * i)));
  }
  return out;
}

Result<IdIndex> IdIndex::Parse(std::string_view bytes, int64_t rows) {
  const auto count = static_cast<size_t>(rows);
  const size_t each = !bytes.empty() && bytes[0] == in_order ? sizeof(Id) : sizeof(Id) + 4;
  if (rows <= 0 || bytes.size() != 1 + count * each) {
    return Error{ErrorKind::kCorrupt, "the ids of a row group are damaged"};
  }
  IdIndex index;
  index.ids_.resize(count);
  std::memcpy(index.ids_.data(), bytes.data() + 1, count * sizeof(Id));
  if (each == sizeof(Id)) return index;
  const std::string_view numbers = bytes.substr(1 + count * sizeof(Id));
  for (size_t i = 0; i < count; ++i) {
    uint32_t row = 0;
    for (size_t j = 0; j < 4; ++j) {
      row |= static_cast<uint32_t>(static_cast<uint8_t>(numbers[4 * i + j])) << (8 * j);
    }
    if (row >= count) return Error{ErrorKind::kCorrupt, "the ids of a row group are damaged"};
    index.rows_.push_back(row);
  }
  return index;
}

std::vector<Id> IdIndex::InRowOrder() const {
  if (rows_.empty()) return ids_;
  std::vector<Id> out(ids_.size());
  for (size_t i = 0; i < ids_.size(); ++i) out[rows_[i]] = ids_[i];
  return out;
}

void IdIndex::Find(Ids begin, Ids end, std::vector<uint32_t>* rows) const {
  auto from = ids_.begin();
  for (auto at = begin; at != end && from != ids_.end(); ++at) {
    from = std::lower_bound(from, ids_.end(), *at);
    if (from == ids_.end() || *from != *at) continue;
    rows->push_back(RowOf(static_cast<size_t>(from - ids_.begin())));
  }
}

}  // namespace boathouse::tables
