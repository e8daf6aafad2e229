#include "tables/page_codec.h"

#include <arrow/util/compression.h>

#include <memory>

namespace boathouse::tables {
namespace {

constexpr int zstd_level = 1;  // as in rows.cc

// One for each thread: making one takes longer than compressing a small page.
Result<arrow::util::Codec*> ThreadCodec() {
  thread_local std::unique_ptr<arrow::util::Codec> codec;
  if (codec == nullptr) {
    auto made = arrow::util::Codec::Create(arrow::Compression::ZSTD, zstd_level);
    if (!made.ok()) return Error{ErrorKind::kInternal, "zstd: " + made.status().ToString()};
    codec = *std::move(made);
  }
  return codec.get();
}

const uint8_t* Bytes(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

}  // namespace

Result<std::string> DecompressPage(std::string_view bytes, size_t size) {
  ASSIGN(arrow::util::Codec * codec, ThreadCodec());
  std::string out(size, '\0');
  const auto length =
      codec->Decompress(static_cast<int64_t>(bytes.size()), Bytes(bytes),
                        static_cast<int64_t>(size), reinterpret_cast<uint8_t*>(out.data()));
  if (!length.ok() || *length != static_cast<int64_t>(size)) {
    return Error{ErrorKind::kCorrupt, "a page of a published table is damaged"};
  }
  return out;
}

Result<std::string> CompressPage(std::string_view bytes) {
  ASSIGN(arrow::util::Codec * codec, ThreadCodec());
  std::string out(static_cast<size_t>(
                      codec->MaxCompressedLen(static_cast<int64_t>(bytes.size()), Bytes(bytes))),
                  '\0');
  const auto length =
      codec->Compress(static_cast<int64_t>(bytes.size()), Bytes(bytes),
                      static_cast<int64_t>(out.size()), reinterpret_cast<uint8_t*>(out.data()));
  if (!length.ok()) return Error{ErrorKind::kInternal, "zstd: " + length.status().ToString()};
  out.resize(static_cast<size_t>(*length));
  return out;
}

}  // namespace boathouse::tables
