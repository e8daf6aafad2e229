#pragma once
// The body of a request in a file without a name: it is gone with the object, also after a kill. Written by
// the server, then read by any thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace boathouse::http {

class BodyFile {
 public:
  // kUnavailable when the folder cannot be written to.
  static Result<std::shared_ptr<BodyFile>> Create(const std::string& folder);
  ~BodyFile();
  BodyFile(const BodyFile&) = delete;
  BodyFile& operator=(const BodyFile&) = delete;

  // kUnavailable when the disk is full.
  Status Append(std::string_view piece);
  uint64_t size() const { return size_; }
  // Reads up to `room` bytes from `offset`; how many there were, 0 only at the end.
  Result<size_t> Read(uint64_t offset, char* into, size_t room) const;

 private:
  explicit BodyFile(int file) : file_(file) {}

  const int file_;
  uint64_t size_ = 0;
};

}  // namespace boathouse::http
