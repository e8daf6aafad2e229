#include "surfaces/delta_sharing/capabilities.h"

#include <vector>

#include "base/bytes.h"

namespace boathouse::delta_sharing {
namespace {

constexpr std::string_view python_agent = "delta-sharing-python";

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t at = text.find(separator);
    parts.push_back(TrimAscii(text.substr(0, at)));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

}  // namespace

std::string Capabilities::ToHeader() const {
  std::string header = format == Format::kDelta ? "responseformat=delta" : "responseformat=parquet";
  if (end_stream_action) header += ";includeendstreamaction=true";
  if (async_query) header += ";asyncquery=true";
  return header;
}

Result<Capabilities> ParseCapabilities(const http::Headers& headers) {
  Capabilities out;
  bool parquet = false, delta = false, any = false, vectors = false;
  const std::string header = AsciiLower(headers.Get("delta-sharing-capabilities"));
  for (const std::string_view entry : Split(header, ';')) {
    const size_t equals = entry.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = TrimAscii(entry.substr(0, equals));
    const std::string_view value = TrimAscii(entry.substr(equals + 1));
    if (name == "responseformat") {
      for (const std::string_view format : Split(value, ',')) {
        any = any || !format.empty();
        parquet = parquet || format == "parquet";
        delta = delta || format == "delta";
      }
    } else if (name == "includeendstreamaction") {
      out.end_stream_action = value == "true";
    } else if (name == "asyncquery") {
      out.async_query = value == "true";
    } else if (name == "readerfeatures") {
      for (const std::string_view feature : Split(value, ',')) {
        vectors = vectors || feature == "deletionvectors";
      }
    }
  }
  if (any && !parquet && !delta) {
    return Error{ErrorKind::kInvalid,
                 "responseformat must be parquet, delta, or a list of them in order of preference"};
  }
  const bool python = AsciiLower(headers.Get("user-agent")).starts_with(python_agent);
  if (delta && (!parquet || python)) out.format = Format::kDelta;
  out.one_schema = out.format == Format::kDelta && python;
  out.deletion_vectors = out.format == Format::kDelta && python && vectors;

  if (const std::string* hash = headers.Find("fileidhash")) {
    out.file_id_hash = AsciiLower(TrimAscii(*hash));
    if (out.file_id_hash != "parquet" && out.file_id_hash != "delta") {
      return Error{ErrorKind::kInvalid, "fileidhash must be parquet or delta"};
    }
    out.hash_file_ids = out.file_id_hash == "delta";
  }
  return out;
}

}  // namespace boathouse::delta_sharing
