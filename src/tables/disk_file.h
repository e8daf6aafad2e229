#pragma once
// Files that are written at the end and read anywhere. Errors are kUnavailable and name the path.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace boathouse::tables {

// An open file. ReadAt may be called from many threads; an unlinked file stays readable while open.
class DiskFile {
 public:
  enum class Mode { kMustExist, kCreateIfMissing };
  static Result<std::shared_ptr<DiskFile>> Open(const std::string& path, Mode mode);
  ~DiskFile();
  DiskFile(const DiskFile&) = delete;
  DiskFile& operator=(const DiskFile&) = delete;

  const std::string& path() const { return path_; }
  Result<uint64_t> Size() const;
  // Replaces `out` by exactly `length` bytes; kCorrupt when the file ends before.
  Status ReadAt(uint64_t offset, size_t length, std::string* out) const;
  Status WriteAt(uint64_t offset, std::string_view bytes);
  Status Truncate(uint64_t size);
  Status Sync();  // returns once what was written is on the disk

 private:
  DiskFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  Error Failed(const char* what) const;

  const std::string path_;
  const int descriptor_;
};

// And its parents, durably; fine when it is there.
Status MakeDirectory(const std::string& path);
// Makes the names of new, renamed and removed files in a directory durable.
Status SyncDirectory(const std::string& path);

// For tests: asked before a directory is synced; false makes that fail. Null, as at first: never asked.
// To be set while no table is at work.
using DirectorySyncProbe = std::function<bool(const std::string& path)>;
void SetDirectorySyncProbe(DirectorySyncProbe probe);

}  // namespace boathouse::tables
