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
  int descriptor() const { return descriptor_; }
  Result<uint64_t> Size() const;
  // Replaces `out` by exactly `length` bytes; kCorrupt when the file ends before.
  Status ReadAt(uint64_t offset, size_t length, std::string* out) const;
  // Has the system read those bytes into its page cache, as far as it likes to.
  void BringToMemory(uint64_t offset, uint64_t length) const;
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

// In place of what stands at `to`.
Status RenameFile(const std::string& from, const std::string& to);

// For tests: asked before each step on the disk that can fail; false makes it fail, a write after half of
// its bytes. Null, as at first: never asked. To be set while no table is at work.
enum class DiskStep { kOpen, kWrite, kCut, kSync, kRename, kSyncDirectory };
using DiskProbe = std::function<bool(DiskStep step, const std::string& path)>;
void SetDiskProbe(DiskProbe probe);

}  // namespace boathouse::tables
