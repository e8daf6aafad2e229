#include "http/body_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace boathouse::http {
namespace {

Error Failed(const std::string& what) {
  return Error(ErrorKind::kUnavailable, "cannot " + what + ": " + std::strerror(errno));
}

}  // namespace

Result<std::shared_ptr<BodyFile>> BodyFile::Create(const std::string& folder) {
  std::string path = folder + "/body-XXXXXX";
  const int file = mkostemp(path.data(), O_CLOEXEC);
  if (file < 0) return Failed("keep the body of a request");
  unlink(path.c_str());
  return std::shared_ptr<BodyFile>(new BodyFile(file));
}

BodyFile::~BodyFile() { close(file_); }

Status BodyFile::Append(std::string_view piece) {
  while (!piece.empty()) {
    const ssize_t written = pwrite(file_, piece.data(), piece.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("keep the body of a request");
    piece.remove_prefix(static_cast<size_t>(written));
    size_ += static_cast<uint64_t>(written);
  }
  return {};
}

Result<size_t> BodyFile::Read(uint64_t offset, char* into, size_t room) const {
  for (;;) {
    const ssize_t count = pread(file_, into, room, static_cast<off_t>(offset));
    if (count >= 0) return static_cast<size_t>(count);
    if (errno != EINTR) return Failed("read the body of a request");
  }
}

}  // namespace boathouse::http
