#pragma once
// Where the bytes of a file come from: from memory or from disk, from any offset. Private to crm/, but for
// bench/. One thread at a time.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace boathouse::crm {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual uint64_t size() const = 0;
  // Reads up to `room` bytes from `offset`; how many there were, 0 only at the end.
  virtual Result<size_t> Read(uint64_t offset, char* into, size_t room) = 0;
};

// `text` outlives it.
std::unique_ptr<ByteSource> OpenMemory(std::string_view text);
// kNotFound when there is no such file, kUnavailable when it cannot be read.
Result<std::unique_ptr<ByteSource>> OpenFile(const std::string& path);

}  // namespace boathouse::crm
