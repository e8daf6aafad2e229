#pragma once
// Private to surfaces/rest: form bodies (multipart/form-data, RFC 7578) that came into a file, split without
// being read into memory.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/body_file.h"

namespace boathouse::rest {

inline constexpr size_t form_text_bytes_max = 1u << 20;  // of a part that is read as text

struct FilePart {
  std::string name;
  std::string file_name;  // without folders; "" for a plain field
  uint64_t offset = 0;    // of its content in the body
  uint64_t length = 0;
};

// As ParseForm says.
Result<std::vector<FilePart>> ParseFormFile(std::string_view content_type,
                                            const http::BodyFile& body);

// The content of a part. kTooLarge over `bytes_max`.
Result<std::string> ReadPart(const http::BodyFile& body, const FilePart& part, size_t bytes_max);

}  // namespace boathouse::rest
