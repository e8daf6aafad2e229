#pragma once
// One version as an Iceberg snapshot: its manifest list, its manifests and its deletion vectors.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "iceberg/manifest.h"
#include "iceberg/names.h"
#include "iceberg/puffin.h"
#include "tables/tables.h"

namespace boathouse::iceberg {

using VersionPtr = std::shared_ptr<const tables::TableVersion>;

// A table and where it lies.
struct Place {
  tables::Table* table = nullptr;
  Id id;
  std::string location;

  std::string DataUri(const tables::File& file) const {
    return location + "/data/" + file.id + ".parquet";
  }
  std::string MetadataUri(const Name& name) const {
    return location + "/metadata/" + ToText(name, id);
  }
};

// A retained version in the rendering that a format version shows: plain, or marked from 3 on.
Result<VersionPtr> VersionAt(tables::Table& table, int format_version, int64_t version);

// The deletion vectors of a version, in the order of its files that have some.
struct Vectors {
  PuffinFile puffin;
  std::vector<const tables::File*> files;
  // As a manifest names them.
  DeletionVector At(size_t i, const std::string& uri) const;
};
Vectors MakeVectors(const Place& place, const tables::TableVersion& version);

struct SnapshotFiles {
  std::string list, manifest;
  std::optional<std::string> delete_manifest, puffin;
};
Result<SnapshotFiles> MakeSnapshot(const Place& place, int64_t version, int format_version,
                                   bool with_history);

}  // namespace boathouse::iceberg
