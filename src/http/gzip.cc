#include "http/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "base/bytes.h"

namespace boathouse::http {
namespace {

constexpr int level = 4;  // most of the saving at a third of the time of zlib's default
constexpr int window_bits_gzip = 15 + 16;
constexpr int memory_level = 8;

// False for "q=0", "q=0.0" and the like.
bool HasWeight(std::string_view parameters) {
  const size_t at = parameters.find("q=");
  if (at == std::string_view::npos) return true;
  return parameters.substr(at + 2).find_first_of("123456789") != std::string_view::npos;
}

}  // namespace

std::optional<std::string> Gzip(std::string_view bytes) {
  if (bytes.size() > std::numeric_limits<uInt>::max() / 2) return std::nullopt;
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, window_bits_gzip, memory_level,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return std::nullopt;
  }
  std::string out;
  out.resize(deflateBound(&stream, static_cast<uLong>(bytes.size())));
  // zlib reads through a pointer to non-const, but does not write.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int outcome = deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  if (outcome != Z_STREAM_END) return std::nullopt;
  return out;
}

bool AcceptsGzip(std::string_view accept_encoding) {
  bool any = false;
  while (!accept_encoding.empty()) {
    const size_t end = std::min(accept_encoding.find(','), accept_encoding.size());
    const std::string item = AsciiLower(TrimAscii(accept_encoding.substr(0, end)));
    accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
    const size_t semicolon = std::min(item.find(';'), item.size());
    const std::string_view coding = TrimAscii(std::string_view(item).substr(0, semicolon));
    const bool weighs = HasWeight(std::string_view(item).substr(semicolon));
    if (coding == "gzip" || coding == "x-gzip") return weighs;
    if (coding == "*") any = weighs;
  }
  return any;
}

bool IsCompressible(std::string_view content_type) {
  const std::string type = AsciiLower(
      TrimAscii(content_type.substr(0, std::min(content_type.find(';'), content_type.size()))));
  return type.starts_with("text/") || type.ends_with("+json") || type.ends_with("+xml") ||
         type == "application/json" || type == "application/javascript" ||
         type == "application/xml" || type == "application/x-ndjson" ||
         type == "application/ndjson" || type == "application/manifest+json";
}

}  // namespace boathouse::http
