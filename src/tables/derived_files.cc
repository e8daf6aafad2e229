#include "tables/derived_files.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/bytes.h"
#include "base/log.h"
#include "tables/disk_file.h"
#include "tables/virtual_file.h"

namespace boathouse::tables {
namespace {

constexpr std::string_view suffix = ".parquet";
constexpr size_t id_bytes = 16;
constexpr uint64_t file_bytes_wanted = 64u << 20;  // a file that is larger is closed

std::string IdOf(std::string_view bytes) { return HexEncode(Sha256(bytes).substr(0, id_bytes)); }

class DerivedReader : public FileReader {
 public:
  DerivedReader(std::shared_ptr<DiskFile> file, uint64_t size)
      : file_(std::move(file)), size_(size) {}

  uint64_t size() const override { return size_; }
  Status ReadAt(uint64_t offset, size_t length, std::string* out) override {
    out->clear();
    if (offset >= size_) return Status::Ok();
    return file_->ReadAt(offset, std::min<uint64_t>(length, size_ - offset), out);
  }
  std::optional<DiskRun> RunAt(uint64_t offset, uint64_t length) override {
    if (offset >= size_) return std::nullopt;
    return DiskRun{file_->descriptor(), offset, std::min(length, size_ - offset)};
  }

 private:
  const std::shared_ptr<DiskFile> file_;
  const uint64_t size_;
};

}  // namespace

DerivedFiles::DerivedFiles(std::string directory, const Clock& clock, Micros keep)
    : directory_(std::move(directory)), clock_(clock), keep_(keep) {}

std::string DerivedFiles::PathOf(std::string_view id) const {
  return directory_ + "/" + std::string(id) + std::string(suffix);
}

void DerivedFiles::Load() {
  if (loaded_) return;
  loaded_ = true;
  // When they were answered last is not known any more, so their time begins again.
  const Micros until = clock_.Now() + keep_;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory_, error)) {
    const std::string name = entry.path().filename().string();
    std::error_code failed;
    const uint64_t size = entry.file_size(failed);
    if (!name.ends_with(suffix) || failed) {
      std::filesystem::remove(entry.path(), failed);  // a crash while it was written
      continue;
    }
    kept_[name.substr(0, name.size() - suffix.size())] = {size, until, false};
    bytes_ += size;
  }
}

bool DerivedFiles::Keep(std::string_view id, Micros until) {
  const auto at = kept_.find(id);
  if (at == kept_.end()) return false;
  at->second.until = std::max(at->second.until, until);
  return true;
}

std::optional<std::vector<File>> DerivedFiles::Find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto at = answers_.find(key);
  if (at == answers_.end()) return std::nullopt;
  const Micros until = clock_.Now() + keep_;
  for (const File& file : at->second.files) {
    if (Keep(file.id, until)) continue;
    answers_.erase(at);
    return std::nullopt;
  }
  at->second.until = until;
  return at->second.files;
}

void DerivedFiles::Remember(const std::string& key, const std::vector<File>& files) {
  const std::lock_guard lock(mutex_);
  if (answers_.size() >= derived_answers_max) {
    const auto oldest = std::min_element(
        answers_.begin(), answers_.end(),
        [](const auto& a, const auto& b) { return a.second.until < b.second.until; });
    answers_.erase(oldest);
  }
  answers_[key] = {files, clock_.Now() + keep_};
}

Status DerivedFiles::Put(const std::string& bytes, uint64_t bytes_max, File* file) {
  file->id = IdOf(bytes);
  file->size = bytes.size();
  {
    const std::lock_guard lock(mutex_);
    Load();
    const Micros now = clock_.Now();
    if (Keep(file->id, now + keep_) && kept_.find(file->id)->second.checked) return Status::Ok();
    SweepAt(now);
    if (bytes_ + bytes.size() > bytes_max) {
      return Error{ErrorKind::kExhausted,
                   "too many files were made for answers about this table lately; ask again later"};
    }
  }
  if (std::error_code error; !std::filesystem::exists(directory_, error)) {
    TRY(MakeDirectory(directory_));
  }
  // Beside its place and then renamed: whoever opens it sees all of it. Two that write the same file write
  // different ones first.
  const std::string path = PathOf(file->id);
  const std::string draft = path + "." + HexEncode(RandomBytes(8));
  {
    ASSIGN(const std::shared_ptr<DiskFile> out,
           DiskFile::Open(draft, DiskFile::Mode::kCreateIfMissing));
    const Status written = out->WriteAt(0, bytes);
    std::error_code error;
    if (written.ok()) std::filesystem::rename(draft, path, error);
    if (!written.ok() || error) {
      std::error_code ignored;
      std::filesystem::remove(draft, ignored);
      if (!written.ok()) return written;
      return Error{ErrorKind::kUnavailable, "cannot rename " + draft + ": " + error.message()};
    }
  }
  const std::lock_guard lock(mutex_);
  Kept& kept = kept_[file->id];
  bytes_ += bytes.size() - kept.size;
  kept = {bytes.size(), clock_.Now() + keep_, true};
  return Status::Ok();
}

Result<std::unique_ptr<FileReader>> DerivedFiles::Open(std::string_view id) {
  const Error gone{ErrorKind::kNotFound, "this file does not exist or is no longer kept"};
  uint64_t size = 0;
  bool checked = false;
  {
    const std::lock_guard lock(mutex_);
    Load();
    const auto at = kept_.find(id);
    if (at == kept_.end()) return gone;
    size = at->second.size;
    checked = at->second.checked;
  }
  auto file = DiskFile::Open(PathOf(id), DiskFile::Mode::kMustExist);
  if (!file.ok()) return gone;
  if (!checked) {
    // Of an earlier run, which may have crashed: renamed files may have lost their bytes.
    std::string bytes;
    const Status read = (*file)->ReadAt(0, size, &bytes);
    const bool whole = read.ok() && IdOf(bytes) == id;
    const std::lock_guard lock(mutex_);
    const auto at = kept_.find(id);
    if (at != kept_.end() && whole) at->second.checked = true;
    if (!whole) {
      if (at != kept_.end()) {
        bytes_ -= at->second.size;
        kept_.erase(at);
      }
      return gone;
    }
  }
  return std::unique_ptr<FileReader>(std::make_unique<DerivedReader>(*std::move(file), size));
}

void DerivedFiles::Sweep() {
  const std::lock_guard lock(mutex_);
  Load();
  SweepAt(clock_.Now());
}

void DerivedFiles::SweepAt(Micros now) {
  std::erase_if(kept_, [&](const auto& entry) {
    if (entry.second.until >= now) return false;
    std::error_code error;
    std::filesystem::remove(PathOf(entry.first), error);
    if (error) Log(LogLevel::kWarning, "derived_file_not_removed", {{"path", PathOf(entry.first)}});
    bytes_ -= entry.second.size;
    return true;
  });
  std::erase_if(answers_, [&](const auto& entry) { return entry.second.until < now; });
}

void DerivedFiles::Clear() {
  const std::lock_guard lock(mutex_);
  std::error_code error;
  std::filesystem::remove_all(directory_, error);
  if (error) Log(LogLevel::kWarning, "derived_files_not_removed", {{"path", directory_}});
  loaded_ = true;
  bytes_ = 0;
  kept_.clear();
  answers_.clear();
}

// ---- Building ----

DerivedWriter::DerivedWriter(DerivedFiles& files, const Schema& schema, Micros created_at,
                             uint64_t bytes_max)
    : files_(files), schema_(schema), created_at_(created_at), bytes_max_(bytes_max) {}

Status DerivedWriter::Add(const Rows& rows) {
  if (rows.size() == 0) return Status::Ok();
  pending_.push_back(rows);
  pending_rows_ += rows.size();
  while (pending_rows_ >= group_rows_max) TRY(EncodePending(group_rows_max));
  return Status::Ok();
}

Status DerivedWriter::EncodePending(int64_t rows) {
  ASSIGN(const Rows all, Rows::Concatenate(pending_));
  pending_.clear();
  pending_rows_ = all.size() - rows;
  if (pending_rows_ > 0) pending_.push_back(all.Slice(rows, pending_rows_));
  ASSIGN(EncodedGroup encoded, EncodeGroup(all.Slice(0, rows)));
  return AddPart({std::move(encoded), &schema_});
}

Status DerivedWriter::Add(EncodedGroup group, const Schema& group_schema) {
  return AddPart({std::move(group), &group_schema});
}

Status DerivedWriter::AddPart(Part part) {
  parts_bytes_ += part.group.bytes.size();
  parts_.push_back(std::move(part));
  return parts_bytes_ < file_bytes_wanted ? Status::Ok() : EndFile();
}

Status DerivedWriter::EndFile() {
  if (parts_.empty()) return Status::Ok();
  std::vector<GroupSource> sources;
  std::vector<std::string_view> bytes;
  for (const Part& part : parts_) {
    sources.push_back({part.group.metadata, part.schema, part.group.bytes.size()});
    bytes.push_back(part.group.bytes);
  }
  ASSIGN(FilePlan plan, PlanFile(schema_, sources));
  File file;
  TRY(files_.Put(AssembleFile(plan, bytes), bytes_max_, &file));
  file.rows = plan.rows;
  file.footer_size = plan.footer_size;
  file.stats = std::move(plan.stats);
  file.group_offsets = std::move(plan.group_offsets);
  file.created_at = created_at_;
  made_.push_back(std::move(file));
  parts_.clear();
  parts_bytes_ = 0;
  return Status::Ok();
}

Result<std::vector<File>> DerivedWriter::Finish() {
  if (pending_rows_ > 0) TRY(EncodePending(pending_rows_));
  TRY(EndFile());
  return std::move(made_);
}

}  // namespace boathouse::tables
