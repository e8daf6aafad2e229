#include "iceberg/snapshot.h"

#include <algorithm>
#include <utility>

namespace boathouse::iceberg {
namespace {

constexpr int marked_format_min = 3;

// Which version made a file, by the time that it bears. Of versions that are no longer kept, the first
// stands for all.
int64_t OriginOf(const tables::File& file, const std::vector<tables::VersionInfo>& versions,
                 int64_t at_most) {
  const auto found = std::lower_bound(
      versions.begin(), versions.end(), file.created_at,
      [](const tables::VersionInfo& info, Micros time) { return info.time < time; });
  if (found == versions.end() || found->time != file.created_at) return 0;
  return std::min(found->version, at_most);
}

class SnapshotMaker {
 public:
  SnapshotMaker(const Place& place, int format_version, bool with_history)
      : place_(place), format_version_(format_version), with_history_(with_history) {}

  Result<SnapshotFiles> Make(int64_t number) {
    ASSIGN(version_, VersionAt(*place_.table, format_version_, number));
    if (with_history_ && number > 0) {
      Result<VersionPtr> previous = VersionAt(*place_.table, format_version_, number - 1);
      if (previous.ok()) {
        previous_ = *std::move(previous);
      } else if (previous.error().kind != ErrorKind::kNotFound) {
        return previous.error();
      }
    }
    if (previous_ != nullptr) {
      ASSIGN(versions_, place_.table->Versions());
    }
    SnapshotFiles files;
    const Manifest data = DataManifest();
    files.manifest = WriteManifest(data);
    ManifestList list;
    list.format_version = format_version_;
    list.snapshot_id = SnapshotId(number);
    list.sequence = number + 1;
    if (with_history_ && number > 0) list.parent_id = SnapshotId(number - 1);
    list.manifests.push_back(
        {&data, Uri(FileName::Kind::kManifest, number), files.manifest.size()});

    Manifest deletes = NewManifest();
    deletes.deletes = true;
    if (format_version_ >= marked_format_min) {
      Vectors vectors = AddVectors(*version_, EntryStatus::kAdded, &deletes);
      if (!vectors.files.empty()) files.puffin = std::move(vectors.puffin.bytes);
      if (previous_ != nullptr) AddVectors(*previous_, EntryStatus::kDeleted, &deletes);
    }
    if (!deletes.entries.empty()) {
      files.delete_manifest = WriteManifest(deletes);
      list.manifests.push_back(
          {&deletes, Uri(FileName::Kind::kDeleteManifest, number), files.delete_manifest->size()});
    }
    files.list = WriteManifestList(list);
    return files;
  }

 private:
  int64_t SnapshotId(int64_t version) const { return Renderer::SnapshotId(place_.id, version); }
  std::string Uri(FileName::Kind kind, int64_t version) const {
    return place_.MetadataUri({kind, version, format_version_, with_history_});
  }

  Manifest NewManifest() const {
    Manifest manifest;
    manifest.format_version = format_version_;
    manifest.snapshot_id = SnapshotId(version_->version);
    manifest.sequence = version_->version + 1;
    manifest.schema = version_->schema;
    return manifest;
  }

  Manifest DataManifest() const {
    Manifest manifest = NewManifest();
    for (const tables::File& file : version_->files) {
      const bool kept = previous_ != nullptr && previous_->Find(file.id) != nullptr;
      const int64_t origin =
          kept ? OriginOf(file, versions_, version_->version - 1) : version_->version;
      manifest.entries.push_back({kept ? EntryStatus::kExisting : EntryStatus::kAdded,
                                  SnapshotId(origin), origin + 1, place_.DataUri(file), &file,
                                  version_->schema, std::nullopt});
    }
    if (previous_ == nullptr) return manifest;
    for (const tables::File& file : previous_->files) {
      if (version_->Find(file.id) != nullptr) continue;
      const int64_t origin = OriginOf(file, versions_, previous_->version);
      manifest.entries.push_back({EntryStatus::kDeleted, manifest.snapshot_id, origin + 1,
                                  place_.DataUri(file), &file, previous_->schema, std::nullopt});
    }
    return manifest;
  }

  // Vectors are written anew for each version, all into one file: a reader fetches them at once.
  Vectors AddVectors(const tables::TableVersion& version, EntryStatus status,
                     Manifest* manifest) const {
    Vectors vectors = MakeVectors(place_, version);
    const std::string uri = Uri(FileName::Kind::kDeletes, version.version);
    for (size_t i = 0; i < vectors.files.size(); ++i) {
      const tables::File& file = *vectors.files[i];
      manifest->entries.push_back({status, manifest->snapshot_id, version.version + 1,
                                   place_.DataUri(file), &file, version.schema,
                                   vectors.At(i, uri)});
    }
    return vectors;
  }

  const Place& place_;
  const int format_version_;
  const bool with_history_;
  VersionPtr version_, previous_;
  std::vector<tables::VersionInfo> versions_;
};

}  // namespace

Result<VersionPtr> VersionAt(tables::Table& table, int format_version, int64_t version) {
  return format_version >= marked_format_min ? table.AtMarked(version) : table.At(version);
}

DeletionVector Vectors::At(size_t i, const std::string& uri) const {
  return {uri, puffin.bytes.size(), puffin.places[i].offset, puffin.places[i].length,
          files[i]->marks->cardinality()};
}

Vectors MakeVectors(const Place& place, const tables::TableVersion& version) {
  Vectors vectors;
  std::vector<PuffinBlob> blobs;
  for (const tables::File& file : version.files) {
    if (file.marks == nullptr || file.marks->cardinality() == 0) continue;
    vectors.files.push_back(&file);
    blobs.push_back({place.DataUri(file), file.marks->cardinality(), file.marks->bytes()});
  }
  vectors.puffin = WritePuffin(blobs);
  return vectors;
}

Result<SnapshotFiles> MakeSnapshot(const Place& place, int64_t version, int format_version,
                                   bool with_history) {
  return SnapshotMaker(place, format_version, with_history).Make(version);
}

}  // namespace boathouse::iceberg
