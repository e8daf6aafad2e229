#include "tables/file_reader.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"

namespace boathouse::tables {
namespace {

class VirtualFileReader : public FileReader {
 public:
  VirtualFileReader(PlannedFilePtr file, std::vector<std::shared_ptr<DiskFile>> segments,
                    std::shared_ptr<Damage> damage)
      : file_(std::move(file)), segments_(std::move(segments)), damage_(std::move(damage)) {}

  uint64_t size() const override { return file_->plan.size; }

  Status ReadAt(uint64_t offset, size_t length, std::string* out) override {
    out->clear();
    if (offset >= size()) return Status::Ok();
    uint64_t left = std::min<uint64_t>(length, size() - offset);
    const std::vector<Piece>& pieces = file_->plan.pieces;
    auto piece = std::upper_bound(pieces.begin(), pieces.end(), offset,
                                  [](uint64_t at, const Piece& p) { return at < p.offset; });
    for (--piece; left > 0; ++piece) {
      const uint64_t skip = offset - piece->offset;
      const uint64_t count = std::min(left, piece->length - skip);
      if (piece->group == Piece::no_group) {
        out->append(piece->literal, skip, count);
      } else {
        TRY(AppendGroupBytes(piece->group, skip, count, out));
      }
      offset += count;
      left -= count;
    }
    return Status::Ok();
  }

 private:
  Status AppendGroupBytes(size_t index, uint64_t skip, uint64_t count, std::string* out) {
    Group& group = *file_->spec->groups[index];
    const DiskFile& segment = *segments_[index];
    std::string bytes;
    if (!group.verified) {
      TRY(segment.ReadAt(group.info.offset, group.info.length, &bytes));
      if (Crc32c(bytes) != group.info.checksum) {
        damage_->Report(group.info.id);
        return Error{ErrorKind::kCorrupt,
                     segment.path() + " is damaged near byte " + std::to_string(group.info.offset)};
      }
      group.verified = true;
      out->append(bytes, skip, count);
      return Status::Ok();
    }
    TRY(segment.ReadAt(group.info.offset + skip, count, &bytes));
    if (out->empty()) {
      *out = std::move(bytes);
    } else {
      *out += bytes;
    }
    return Status::Ok();
  }

  const PlannedFilePtr file_;
  const std::vector<std::shared_ptr<DiskFile>> segments_;
  const std::shared_ptr<Damage> damage_;
};

}  // namespace

void Damage::Report(uint64_t group) {
  const std::lock_guard lock(mutex);
  groups.push_back(group);
  any = true;
}

std::unique_ptr<FileReader> MakeFileReader(PlannedFilePtr file,
                                           std::vector<std::shared_ptr<DiskFile>> segments,
                                           std::shared_ptr<Damage> damage) {
  return std::make_unique<VirtualFileReader>(std::move(file), std::move(segments),
                                             std::move(damage));
}

}  // namespace boathouse::tables
