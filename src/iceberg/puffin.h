#pragma once
// A Puffin file of deletion vectors (format/puffin-spec.md, blob type deletion-vector-v1). Pure functions.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace boathouse::iceberg {

struct PuffinBlob {
  std::string data_file_uri;
  int64_t cardinality = 0;
  std::string bitmap;  // tables::DeadRows::bytes()
};
struct PuffinPlace {
  uint64_t offset = 0;
  uint64_t length = 0;
};
struct PuffinFile {
  std::string bytes;
  std::vector<PuffinPlace> places;  // of the blobs, in their order
};

PuffinFile WritePuffin(const std::vector<PuffinBlob>& blobs);

// CRC-32 as zip and gzip have it.
uint32_t Crc32(std::string_view bytes);

}  // namespace boathouse::iceberg
