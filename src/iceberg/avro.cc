#include "iceberg/avro.h"

#include "base/bytes.h"

namespace boathouse::iceberg {
namespace {

constexpr std::string_view magic("Obj\x01", 4);
constexpr size_t sync_bytes = 16;

void AppendLong(int64_t value, std::string* out) {
  uint64_t rest = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
  for (; rest >= 0x80; rest >>= 7) out->push_back(static_cast<char>((rest & 0x7f) | 0x80));
  out->push_back(static_cast<char>(rest));
}

void AppendBytes(std::string_view value, std::string* out) {
  AppendLong(static_cast<int64_t>(value.size()), out);
  *out += value;
}

}  // namespace

AvroFile::AvroFile(std::string_view schema,
                   const std::vector<std::pair<std::string_view, std::string>>& metadata)
    : header_(magic) {
  AppendLong(static_cast<int64_t>(metadata.size()) + 2, &header_);
  AppendBytes("avro.schema", &header_);
  AppendBytes(schema, &header_);
  AppendBytes("avro.codec", &header_);
  AppendBytes("null", &header_);
  for (const auto& [key, value] : metadata) {
    AppendBytes(key, &header_);
    AppendBytes(value, &header_);
  }
  AppendLong(0, &header_);
}

void AvroFile::Long(int64_t value) { AppendLong(value, &block_); }

void AvroFile::Bytes(std::string_view value) { AppendBytes(value, &block_); }

std::string AvroFile::Finish() && {
  const std::string sync = Sha256(header_).substr(0, sync_bytes);
  std::string file = std::move(header_);
  file += sync;
  if (records_ > 0) {
    AppendLong(records_, &file);
    AppendBytes(block_, &file);
    file += sync;
  }
  return file;
}

}  // namespace boathouse::iceberg
