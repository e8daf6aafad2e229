#pragma once
// Manifests and manifest lists as Avro files (format/spec.md, "Manifests", "Manifest Lists"). Only the
// fields that readers use are in their schemas. Pure functions.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tables/tables.h"

namespace boathouse::iceberg {

enum class EntryStatus { kExisting = 0, kAdded = 1, kDeleted = 2 };

// Where a file's dead rows stand: one blob of a Puffin file.
struct DeletionVector {
  std::string uri;  // of the Puffin file
  uint64_t file_size = 0;
  uint64_t offset = 0;
  uint64_t length = 0;
  int64_t cardinality = 0;
};

struct ManifestEntry {
  EntryStatus status = EntryStatus::kAdded;
  int64_t snapshot_id = 0;  // that added the file, or deleted it
  int64_t sequence = 0;     // of the snapshot that added it
  std::string uri;          // of the data file
  const tables::File* file = nullptr;
  std::shared_ptr<const tables::Schema> schema;  // of the file's statistics
  std::optional<DeletionVector> vector;          // an entry of a delete manifest
};

// One manifest of a snapshot, and what its manifest list says of it.
struct Manifest {
  bool deletes = false;  // of deletion vectors
  int format_version = 2;
  int64_t snapshot_id = 0;
  int64_t sequence = 0;
  std::shared_ptr<const tables::Schema> schema;
  std::vector<ManifestEntry> entries;
};

// Every file has a range of row ids of its own, which follows from its id and so never changes.
int64_t FirstRowId(const tables::File& file);
inline constexpr int64_t row_ids_end = int64_t{1} << 62;  // higher than all of them

std::string WriteManifest(const Manifest& manifest);

struct ListedManifest {
  const Manifest* manifest = nullptr;
  std::string uri;
  uint64_t length = 0;
};
struct ManifestList {
  int format_version = 2;
  int64_t snapshot_id = 0;
  std::optional<int64_t> parent_id;
  int64_t sequence = 0;
  std::vector<ListedManifest> manifests;
};
std::string WriteManifestList(const ManifestList& list);

}  // namespace boathouse::iceberg
