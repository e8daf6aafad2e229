#include "iceberg/puffin.h"

#include <array>
#include <utility>

#include "base/json.h"

namespace boathouse::iceberg {
namespace {

constexpr std::string_view magic = "PFA1";
constexpr int64_t row_position_field = 2147483645;

constexpr std::array<uint32_t, 256> MakeCrcTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t rest = i;
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? 0xedb88320u : 0u);
    table[i] = rest;
  }
  return table;
}
constexpr std::array<uint32_t, 256> crc_table = MakeCrcTable();

void AppendBigEndian(uint32_t value, std::string* out) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>((value >> shift) & 0xff));
  }
}

void AppendLittleEndian(uint32_t value, std::string* out) {
  for (int shift = 0; shift < 32; shift += 8) {
    out->push_back(static_cast<char>((value >> shift) & 0xff));
  }
}

}  // namespace

uint32_t Crc32(std::string_view bytes) {
  uint32_t crc = 0xffffffffu;
  for (const char c : bytes) {
    crc = crc_table[(crc ^ static_cast<uint8_t>(c)) & 0xffu] ^ (crc >> 8);
  }
  return ~crc;
}

PuffinFile WritePuffin(const std::vector<PuffinBlob>& blobs) {
  PuffinFile file;
  file.bytes = magic;
  Json descriptions = Json::Array();
  for (const PuffinBlob& blob : blobs) {
    const uint64_t offset = file.bytes.size();
    AppendBigEndian(static_cast<uint32_t>(blob.bitmap.size()), &file.bytes);
    file.bytes += blob.bitmap;
    AppendBigEndian(Crc32(blob.bitmap), &file.bytes);
    const uint64_t length = file.bytes.size() - offset;
    file.places.push_back({offset, length});
    // Snapshot and sequence are inherited from the manifest, which -1 says.
    descriptions.Append(Json::Object(
        {{"type", "deletion-vector-v1"},
         {"fields", Json::Array({row_position_field})},
         {"snapshot-id", -1},
         {"sequence-number", -1},
         {"offset", offset},
         {"length", length},
         {"properties", Json::Object({{"referenced-data-file", blob.data_file_uri},
                                      {"cardinality", std::to_string(blob.cardinality)}})}}));
  }
  const std::string footer =
      Json::Object({{"blobs", std::move(descriptions)},
                    {"properties", Json::Object({{"created-by", "Boathouse"}})}})
          .Dump();
  file.bytes += magic;
  file.bytes += footer;
  AppendLittleEndian(static_cast<uint32_t>(footer.size()), &file.bytes);
  AppendLittleEndian(0, &file.bytes);  // flags: the footer is not compressed
  file.bytes += magic;
  return file;
}

}  // namespace boathouse::iceberg
