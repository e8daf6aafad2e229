#include "tables/disk_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace boathouse::tables {
namespace {

Error FailedAt(const std::string& path, const char* what) {
  return {ErrorKind::kUnavailable,
          std::string("cannot ") + what + " " + path + ": " + std::strerror(errno)};
}

DiskProbe disk_probe;

// Sets errno as a full disk does.
bool Refused(DiskStep step, const std::string& path) {
  if (!disk_probe || disk_probe(step, path)) return false;
  errno = ENOSPC;
  return true;
}

}  // namespace

Result<std::shared_ptr<DiskFile>> DiskFile::Open(const std::string& path, Mode mode) {
  if (Refused(DiskStep::kOpen, path)) return FailedAt(path, "open");
  const int create = mode == Mode::kCreateIfMissing ? O_CREAT : 0;
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC | create, 0600);
  if (descriptor < 0) {
    if (errno == ENOENT) return Error{ErrorKind::kNotFound, "there is no file " + path};
    return FailedAt(path, "open");
  }
  return std::shared_ptr<DiskFile>(new DiskFile(path, descriptor));
}

DiskFile::~DiskFile() { ::close(descriptor_); }

Error DiskFile::Failed(const char* what) const { return FailedAt(path_, what); }

Result<uint64_t> DiskFile::Size() const {
  struct stat info = {};
  if (::fstat(descriptor_, &info) != 0) return Failed("read");
  return static_cast<uint64_t>(info.st_size);
}

Status DiskFile::ReadAt(uint64_t offset, size_t length, std::string* out) const {
  out->resize(length);
  size_t done = 0;
  while (done < length) {
    const ssize_t count =
        ::pread(descriptor_, out->data() + done, length - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failed("read");
    if (count == 0) return Error{ErrorKind::kCorrupt, path_ + " is shorter than it should be"};
    done += static_cast<size_t>(count);
  }
  return Status::Ok();
}

void DiskFile::BringToMemory(uint64_t offset, uint64_t length) const {
  if (length == 0) return;
  ::readahead(descriptor_, static_cast<off64_t>(offset), length);
  // Pages come in order, so that the last one is there when nearly all are.
  char byte = 0;
  const ssize_t count = ::pread(descriptor_, &byte, 1, static_cast<off_t>(offset + length - 1));
  static_cast<void>(count);  // whoever sends the bytes sees what is wrong with them
}

Status DiskFile::WriteAt(uint64_t offset, std::string_view bytes) {
  const bool refused = Refused(DiskStep::kWrite, path_);
  if (refused) bytes = bytes.substr(0, bytes.size() / 2);
  while (!bytes.empty()) {
    const ssize_t count =
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failed("write");
    bytes.remove_prefix(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
  if (refused) {
    errno = ENOSPC;
    return Failed("write");
  }
  return Status::Ok();
}

Status DiskFile::Truncate(uint64_t size) {
  if (Refused(DiskStep::kCut, path_) || ::ftruncate(descriptor_, static_cast<off_t>(size)) != 0)
    return Failed("cut");
  return Status::Ok();
}

Status DiskFile::Sync() {
  if (Refused(DiskStep::kSync, path_) || ::fdatasync(descriptor_) != 0) return Failed("sync");
  return Status::Ok();
}

Status MakeDirectory(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<fs::path> missing;  // the innermost first
  for (fs::path at = fs::absolute(path, error).lexically_normal(); !error && !fs::exists(at, error);
       at = at.parent_path()) {
    missing.push_back(at);
  }
  for (auto at = missing.rbegin(); !error && at != missing.rend(); ++at) {
    fs::create_directory(*at, error);
    // A folder whose name is lost in a crash takes all that was synced in it with it.
    if (!error) TRY(SyncDirectory(at->parent_path().string()));
  }
  if (!error && !fs::is_directory(path, error) && !error) {
    error = std::make_error_code(std::errc::not_a_directory);
  }
  if (error) {
    return Error{ErrorKind::kUnavailable, "cannot make folder " + path + ": " + error.message()};
  }
  return Status::Ok();
}

void SetDiskProbe(DiskProbe probe) { disk_probe = std::move(probe); }

Status RenameFile(const std::string& from, const std::string& to) {
  if (Refused(DiskStep::kRename, to) || std::rename(from.c_str(), to.c_str()) != 0) {
    return FailedAt(to, "replace");
  }
  return Status::Ok();
}

Status SyncDirectory(const std::string& path) {
  if (Refused(DiskStep::kSyncDirectory, path)) return FailedAt(path, "sync");
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return FailedAt(path, "open");
  const int outcome = ::fsync(descriptor);
  ::close(descriptor);
  if (outcome != 0) return FailedAt(path, "sync");
  return Status::Ok();
}

}  // namespace boathouse::tables
