#include "tables/segments.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include "base/bytes.h"
#include "base/kill_point.h"
#include "base/log.h"

namespace boathouse::tables {
namespace {

constexpr std::string_view suffix = ".seg";

// The segment numbers in a folder, ascending.
std::vector<uint64_t> ListSegments(const std::string& directory) {
  std::vector<uint64_t> numbers;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(suffix)) continue;
    const char* end = name.data() + name.size() - suffix.size();
    uint64_t number = 0;
    const auto parsed = std::from_chars(name.data(), end, number);
    if (parsed.ec == std::errc() && parsed.ptr == end) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

Result<std::string> ReadChecked(const DiskFile& file, uint64_t offset, size_t length,
                                uint32_t checksum) {
  std::string bytes;
  TRY(file.ReadAt(offset, length, &bytes));
  if (Crc32c(bytes) != checksum) {
    return Error{ErrorKind::kCorrupt,
                 file.path() + " is damaged near byte " + std::to_string(offset)};
  }
  return bytes;
}

}  // namespace

Result<std::unique_ptr<Segments>> Segments::Open(const std::string& directory,
                                                 const std::map<uint64_t, uint64_t>& ends,
                                                 uint64_t segment_bytes_max) {
  std::unique_ptr<Segments> segments(new Segments(directory, segment_bytes_max));
  for (const uint64_t number : ListSegments(directory)) {
    segments->last_segment_ = std::max(segments->last_segment_, number);
  }
  segments->RemoveOthers(ends);
  for (const auto& [number, end] : ends) {
    auto file = DiskFile::Open(segments->PathOf(number), DiskFile::Mode::kMustExist);
    if (!file.ok() && file.error().kind != ErrorKind::kNotFound) return file.error();
    if (!file.ok()) return Error{ErrorKind::kCorrupt, std::move(file.error().message)};
    ASSIGN(const uint64_t size, (*file)->Size());
    if (size < end) {
      return Error{ErrorKind::kCorrupt, (*file)->path() + " is shorter than it should be"};
    }
    if (size > end) TRY((*file)->Truncate(end));
    segments->files_[number] = *file;
    segments->last_segment_ = std::max(segments->last_segment_, number);
    segments->writing_ = *file;
    segments->writing_segment_ = number;
    segments->end_ = segments->synced_end_ = end;
  }
  return segments;
}

std::string Segments::PathOf(uint64_t segment) const {
  std::string number = std::to_string(segment);
  number.insert(0, number.size() < 8 ? 8 - number.size() : 0, '0');
  return directory_ + "/" + number + std::string(suffix);
}

Status Segments::BeginSegment() {
  if (writing_ != nullptr) TRY(writing_->Sync());
  const uint64_t number = ++last_segment_;
  ASSIGN(std::shared_ptr<DiskFile> file,
         DiskFile::Open(PathOf(number), DiskFile::Mode::kCreateIfMissing));
  TRY(file->Truncate(0));
  writing_ = std::move(file);
  writing_segment_ = number;
  end_ = synced_end_ = 0;
  directory_synced_ = false;
  const std::lock_guard lock(mutex_);
  files_[number] = writing_;
  return Status::Ok();
}

Status Segments::Append(const EncodedGroup& group, std::string_view ids, GroupInfo* info) {
  if (writing_ == nullptr || end_ >= segment_bytes_max_) TRY(BeginSegment());
  info->segment = writing_segment_;
  info->offset = end_;
  info->length = group.bytes.size();
  info->checksum = Crc32c(group.bytes);
  info->metadata_length = static_cast<uint32_t>(group.metadata.size());
  info->metadata_checksum = Crc32c(group.metadata);
  info->ids_length = static_cast<uint32_t>(ids.size());
  info->ids_checksum = Crc32c(ids);
  TRY(writing_->WriteAt(end_, group.bytes));
  KillPoint("segment.half_written");
  TRY(writing_->WriteAt(end_ + group.bytes.size(), group.metadata + std::string(ids)));
  end_ = info->end();
  return Status::Ok();
}

Status Segments::Sync() {
  if (writing_ == nullptr) return Status::Ok();
  KillPoint("segment.written");
  TRY(writing_->Sync());
  if (!directory_synced_) TRY(SyncDirectory(directory_));
  directory_synced_ = true;
  synced_end_ = end_;
  KillPoint("segment.synced");
  return Status::Ok();
}

void Segments::Rollback() { end_ = synced_end_; }

Result<std::shared_ptr<DiskFile>> Segments::File(uint64_t segment) {
  const std::lock_guard lock(mutex_);
  const auto at = files_.find(segment);
  if (at == files_.end()) {
    return Error{ErrorKind::kCorrupt, PathOf(segment) + " is missing"};
  }
  return at->second;
}

Result<std::string> Segments::ReadBytes(const GroupInfo& group) {
  ASSIGN(const std::shared_ptr<DiskFile> file, File(group.segment));
  return ReadChecked(*file, group.offset, group.length, group.checksum);
}

Result<std::string> Segments::ReadMetadata(const GroupInfo& group) {
  ASSIGN(const std::shared_ptr<DiskFile> file, File(group.segment));
  return ReadMetadata(group, *file);
}

Result<std::string> Segments::ReadMetadata(const GroupInfo& group, const DiskFile& file) {
  return ReadChecked(file, group.offset + group.length, group.metadata_length,
                     group.metadata_checksum);
}

Result<IdIndex> Segments::ReadIds(const GroupInfo& group) {
  ASSIGN(const std::shared_ptr<DiskFile> file, File(group.segment));
  ASSIGN(const std::string bytes,
         ReadChecked(*file, group.offset + group.length + group.metadata_length, group.ids_length,
                     group.ids_checksum));
  return IdIndex::Parse(bytes, group.rows);
}

void Segments::RemoveOthers(const std::map<uint64_t, uint64_t>& keep) {
  for (const uint64_t number : ListSegments(directory_)) {
    if (keep.contains(number) || (writing_ != nullptr && number == writing_segment_)) continue;
    {
      const std::lock_guard lock(mutex_);
      files_.erase(number);
    }
    std::error_code error;
    if (!std::filesystem::remove(PathOf(number), error) && error) {
      Log(LogLevel::kWarning, "segment_not_removed", {{"path", PathOf(number)}});
    }
    KillPoint("collection.segment_removed");
  }
}

}  // namespace boathouse::tables
