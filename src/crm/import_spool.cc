#include "crm/import_spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/bytes.h"
#include "crm/csv.h"

namespace boathouse::crm {
namespace {

constexpr mode_t private_file_mode = 0600;

Error Failed(const std::string& what, const std::string& path) {
  const std::string reason = std::strerror(errno);
  return Error(ErrorKind::kUnavailable, "cannot " + what + " " + path + ": " + reason);
}

Status WriteAll(int file, std::string_view text, uint64_t offset, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = pwrite(file, text.data(), text.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("write", path);
    text.remove_prefix(static_cast<size_t>(written));
    offset += static_cast<uint64_t>(written);
  }
  return {};
}

// The entry of a new file is durable only once its folder is.
Status SyncFolder(const std::string& folder) {
  const int file = open(folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return Failed("open", folder);
  const bool synced = fsync(file) == 0;
  close(file);
  return synced ? Status::Ok() : Failed("write", folder);
}

}  // namespace

Result<std::unique_ptr<SpoolWriter>> SpoolWriter::Begin(const std::string& folder) {
  std::string path = folder + "/upload-" + HexEncode(RandomBytes(8));
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, private_file_mode);
  if (file < 0) return Failed("create", path);
  return std::unique_ptr<SpoolWriter>(new SpoolWriter(folder, std::move(path), file));
}

SpoolWriter::~SpoolWriter() {
  if (file_ >= 0) close(file_);
  if (!path_.empty()) unlink(path_.c_str());
}

Status SpoolWriter::Append(std::string_view piece) {
  if (piece.size() > csv_bytes_max - bytes_) {
    return Error(ErrorKind::kTooLarge,
                 "the file is over " + std::to_string(csv_bytes_max >> 20) + " MiB; split it");
  }
  TRY(WriteAll(file_, piece, bytes_, path_));
  digest_.Append(piece);
  bytes_ += piece.size();
  return {};
}

Result<Spooled> SpoolWriter::Finish() {
  Spooled spooled{HexEncode(digest_.Finish()), bytes_};
  if (fsync(file_) != 0) return Failed("write", path_);
  const std::string path = folder_ + "/" + spooled.content;
  if (std::rename(path_.c_str(), path.c_str()) != 0) return Failed("rename", path_);
  path_.clear();
  TRY(SyncFolder(folder_));
  return spooled;
}

Status WriteAt(const std::string& path, uint64_t offset, std::string_view text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, private_file_mode);
  if (file < 0) return Failed("open", path);
  Status status = WriteAll(file, text, offset, path);
  const auto end = static_cast<off_t>(offset + text.size());
  if (status.ok() && (ftruncate(file, end) != 0 || fdatasync(file) != 0)) {
    status = Failed("write", path);
  }
  close(file);
  if (status.ok() && offset == 0) return SyncFolder(path.substr(0, path.rfind('/')));
  return status;
}

}  // namespace boathouse::crm
