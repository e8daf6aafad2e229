#include "tables/dead_rows.h"

#include <algorithm>
#include <cstddef>

namespace boathouse::tables {
namespace {

// Delta protocol, "Deletion Vector Format"; Iceberg's Puffin blob is the same.
constexpr uint32_t bitmap_magic = 1681511377;
// Roaring format specification: a bitmap without run containers begins with this cookie.
constexpr uint32_t no_run_cookie = 12346;
// A container of more values than these is a bitmap of 65,536 bits; others are sorted lists.
constexpr size_t array_values_max = 4096;
constexpr size_t bitmap_bytes = 65536 / 8;

void AppendLittleEndian(uint64_t value, int bytes, std::string* out) {
  for (int i = 0; i < bytes; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

// The values of one container: those with the same upper sixteen bits.
struct Container {
  std::vector<uint32_t>::const_iterator begin, end;
  size_t size() const { return static_cast<size_t>(end - begin); }
  size_t bytes() const { return size() > array_values_max ? bitmap_bytes : 2 * size(); }
};

void AppendContainer(const Container& container, std::string* out) {
  if (container.size() <= array_values_max) {
    for (auto at = container.begin; at != container.end; ++at) {
      AppendLittleEndian(*at & 0xFFFF, 2, out);
    }
    return;
  }
  const size_t start = out->size();
  out->resize(start + bitmap_bytes);
  for (auto at = container.begin; at != container.end; ++at) {
    const size_t low = *at & 0xFFFF;
    char& byte = (*out)[start + low / 8];
    byte = static_cast<char>(static_cast<unsigned char>(byte) | (1u << (low % 8)));
  }
}

}  // namespace

std::string DeadRows::bytes() const {
  std::vector<Container> containers;
  for (auto at = positions_.begin(); at != positions_.end();) {
    const uint32_t key = *at >> 16;
    const auto end = std::find_if(at, positions_.end(),
                                  [key](uint32_t position) { return position >> 16 != key; });
    containers.push_back({at, end});
    at = end;
  }

  std::string out;
  AppendLittleEndian(bitmap_magic, 4, &out);
  // Positions are below 2^32, so there is one bucket, of upper half 0; or none.
  AppendLittleEndian(containers.empty() ? 0 : 1, 8, &out);
  if (containers.empty()) return out;
  AppendLittleEndian(0, 4, &out);

  const size_t bitmap_begin = out.size();
  AppendLittleEndian(no_run_cookie, 4, &out);
  AppendLittleEndian(containers.size(), 4, &out);
  for (const Container& container : containers) {
    AppendLittleEndian(*container.begin >> 16, 2, &out);
    AppendLittleEndian(container.size() - 1, 2, &out);
  }
  size_t offset = out.size() - bitmap_begin + 4 * containers.size();
  for (const Container& container : containers) {
    AppendLittleEndian(offset, 4, &out);
    offset += container.bytes();
  }
  for (const Container& container : containers) AppendContainer(container, &out);
  return out;
}

}  // namespace boathouse::tables
