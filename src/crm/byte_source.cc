#include "crm/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace boathouse::crm {
namespace {

class MemoryBytes final : public ByteSource {
 public:
  explicit MemoryBytes(std::string_view text) : text_(text) {}
  uint64_t size() const override { return text_.size(); }
  Result<size_t> Read(uint64_t offset, char* into, size_t room) override {
    if (offset >= text_.size()) return size_t{0};
    const size_t count = std::min<size_t>(room, text_.size() - offset);
    std::memcpy(into, text_.data() + offset, count);
    return count;
  }

 private:
  std::string_view text_;
};

class FileBytes final : public ByteSource {
 public:
  FileBytes(int file, uint64_t size, std::string path)
      : file_(file), size_(size), path_(std::move(path)) {}
  ~FileBytes() override { close(file_); }
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  uint64_t size() const override { return size_; }
  Result<size_t> Read(uint64_t offset, char* into, size_t room) override {
    for (;;) {
      const ssize_t count = pread(file_, into, room, static_cast<off_t>(offset));
      if (count >= 0) return static_cast<size_t>(count);
      if (errno == EINTR) continue;
      return Error(ErrorKind::kUnavailable, "cannot read " + path_ + ": " + std::strerror(errno));
    }
  }

 private:
  const int file_;
  const uint64_t size_;
  const std::string path_;
};

}  // namespace

std::unique_ptr<ByteSource> OpenMemory(std::string_view text) {
  return std::make_unique<MemoryBytes>(text);
}

Result<std::unique_ptr<ByteSource>> OpenFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat found = {};
  if (file < 0 || fstat(file, &found) != 0 || !S_ISREG(found.st_mode)) {
    const std::string reason = file >= 0 && errno == 0 ? "it is no file" : std::strerror(errno);
    const ErrorKind kind = errno == ENOENT ? ErrorKind::kNotFound : ErrorKind::kUnavailable;
    if (file >= 0) close(file);
    return Error(kind, "cannot open " + path + ": " + reason);
  }
  return std::unique_ptr<ByteSource>(
      std::make_unique<FileBytes>(file, static_cast<uint64_t>(found.st_size), path));
}

}  // namespace boathouse::crm
