#pragma once
// The segment files of one table: row groups one after the other, never changed once written. A new
// file is begun when the last one has grown enough, so that old history can be removed file by file.
// One thread appends; Read may be called from many.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tables/disk_file.h"
#include "tables/id_index.h"
#include "tables/version_log.h"
#include "tables/virtual_file.h"

namespace boathouse::tables {

class Segments {
 public:
  // `ends`: for each segment that a retained version refers to, where its last group ends. What lies
  // behind (a cut that a crash interrupted) is cut off, and other segment files are removed. kCorrupt
  // when a segment is missing or too short. A segment of `segment_bytes_max` is closed.
  static Result<std::unique_ptr<Segments>> Open(const std::string& directory,
                                                const std::map<uint64_t, uint64_t>& ends,
                                                uint64_t segment_bytes_max);

  // Writes a group and fills in where it lies and its checksums. Not durable before Sync.
  // `ids`: its serialized IdIndex.
  Status Append(const EncodedGroup& group, std::string_view ids, GroupInfo* info);
  Status Sync();
  // Forgets what was appended since the last Sync.
  void Rollback();

  Result<std::shared_ptr<DiskFile>> File(uint64_t segment);
  // Nothing will be appended to it any more.
  bool IsClosed(uint64_t segment) const {
    return writing_ == nullptr || segment != writing_segment_ || end_ >= segment_bytes_max_;
  }
  // The group's bytes, metadata or ids, with their checksum compared.
  Result<std::string> ReadBytes(const GroupInfo& group);
  Result<std::string> ReadMetadata(const GroupInfo& group);
  static Result<std::string> ReadMetadata(const GroupInfo& group, const DiskFile& file);
  Result<IdIndex> ReadIds(const GroupInfo& group);

  // Removes every segment that is not a key of `keep` and is not being written. Failing to is logged.
  void RemoveOthers(const std::map<uint64_t, uint64_t>& keep);

 private:
  Segments(std::string directory, uint64_t segment_bytes_max)
      : directory_(std::move(directory)), segment_bytes_max_(segment_bytes_max) {}
  std::string PathOf(uint64_t segment) const;
  Status BeginSegment();

  const std::string directory_;
  const uint64_t segment_bytes_max_;
  std::mutex mutex_;  // files_
  std::map<uint64_t, std::shared_ptr<DiskFile>> files_;
  uint64_t last_segment_ = 0;          // the highest number there was; none is used twice
  std::shared_ptr<DiskFile> writing_;  // null: the next Append begins a segment
  uint64_t writing_segment_ = 0;
  uint64_t end_ = 0;  // of the segment being written
  uint64_t synced_end_ = 0;
  bool directory_synced_ = true;
};

}  // namespace boathouse::tables
