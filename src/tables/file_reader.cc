#include "tables/file_reader.h"

#include <algorithm>
#include <iterator>
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

  Micros created_at() const override { return file_->spec->created_at; }

  std::optional<DiskRun> RunAt(uint64_t offset, uint64_t length) override {
    if (offset >= size()) return std::nullopt;
    const auto piece = PieceAt(offset);
    if (piece->group == Piece::no_group) return std::nullopt;
    const Group& group = *file_->spec->groups[piece->group];
    if (!group.verified) return std::nullopt;
    const uint64_t skip = offset - piece->offset;
    const DiskFile& segment = *segments_[piece->group];
    const DiskRun run{segment.descriptor(), group.info.offset + skip,
                      std::min(length, piece->length - skip)};
    segment.BringToMemory(run.offset, run.length);
    return run;
  }

  Status ReadAt(uint64_t offset, size_t length, std::string* out) override {
    out->clear();
    if (offset >= size()) return Status::Ok();
    uint64_t left = std::min<uint64_t>(length, size() - offset);
    for (auto piece = PieceAt(offset); left > 0; ++piece) {
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
  // The piece that holds byte `offset`, which is within the file.
  std::vector<Piece>::const_iterator PieceAt(uint64_t offset) const {
    const std::vector<Piece>& pieces = file_->plan.pieces;
    return std::prev(std::upper_bound(pieces.begin(), pieces.end(), offset,
                                      [](uint64_t at, const Piece& p) { return at < p.offset; }));
  }

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
