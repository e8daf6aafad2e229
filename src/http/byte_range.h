#pragma once
// The Range header (RFC 9110, section 14.2), for one range of bytes.

#include <cstdint>
#include <string_view>

namespace boathouse::http {

struct ByteRange {
  enum class Kind {
    kWhole,          // no range, or one that is to be ignored: malformed, several, another unit
    kPart,           // `offset` and `length`, within the file
    kUnsatisfiable,  // well-formed, but no byte of the file is in it
  };
  Kind kind = Kind::kWhole;
  uint64_t offset = 0;
  uint64_t length = 0;
};

// `header`: "" when there is none. `size`: of the file.
ByteRange ParseRange(std::string_view header, uint64_t size);

}  // namespace boathouse::http
