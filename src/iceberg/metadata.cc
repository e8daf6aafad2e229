#include "iceberg/metadata.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "iceberg/spelling.h"

namespace boathouse::iceberg {
namespace {

constexpr Micros millisecond_micros = 1000;
constexpr int64_t last_partition_id = 999;  // "unpartitioned"
constexpr int row_lineage_format_min = 3;

class MetadataMaker {
 public:
  MetadataMaker(const Place& place, VersionPtr version, int format_version, bool with_history)
      : place_(place),
        version_(std::move(version)),
        format_version_(format_version),
        with_history_(with_history) {}

  Result<std::string> Make(int64_t oldest) {
    ASSIGN(const std::vector<tables::VersionInfo> versions, place_.table->Versions());
    for (const tables::VersionInfo& info : versions) {
      if (info.version < oldest || info.version > version_->version) continue;
      TRY(AddSnapshot(info));
    }
    const int64_t time = version_->time / millisecond_micros;
    const int64_t current = Renderer::SnapshotId(place_.id, version_->version);
    TRY(AddSchema(version_->schema->id, version_->version));
    Json schemas = Json::Array();
    int32_t last_column = 0;
    for (const auto& [id, schema] : schemas_) {
      schemas.Append(SchemaJson(*schema));
      for (const tables::Column& column : schema->columns) {
        last_column = std::max(last_column, column.column_id);
      }
    }
    Json metadata = Json::Object(
        {{"format-version", format_version_},
         {"table-uuid", place_.id.ToString()},
         {"location", place_.location},
         {"last-sequence-number", version_->version + 1},
         {"last-updated-ms", time},
         {"last-column-id", last_column},
         {"current-schema-id", version_->schema->id},
         {"schemas", std::move(schemas)},
         {"default-spec-id", 0},
         {"partition-specs",
          Json::Array({Json::Object({{"spec-id", 0}, {"fields", Json::Array()}})})},
         {"last-partition-id", last_partition_id},
         {"default-sort-order-id", 0},
         {"sort-orders", Json::Array({Json::Object({{"order-id", 0}, {"fields", Json::Array()}})})},
         // The files are the server's own: no client may clean up after itself.
         {"properties",
          Json::Object({{"gc.enabled", "false"}, {"write.format.default", "parquet"}})},
         {"current-snapshot-id", current},
         {"refs",
          Json::Object({{"main", Json::Object({{"snapshot-id", current}, {"type", "branch"}})}})},
         {"snapshots", std::move(snapshots_)},
         {"statistics", Json::Array()},
         {"snapshot-log", std::move(log_)},
         {"metadata-log", Json::Array()}});
    if (format_version_ >= row_lineage_format_min) metadata.Set("next-row-id", row_ids_end);
    return metadata.Dump();
  }

 private:
  Status AddSchema(int32_t id, int64_t version) {
    if (schemas_.contains(id)) return Status::Ok();
    ASSIGN(const VersionPtr of_it, place_.table->AtMarked(version));
    schemas_[id] = of_it->schema;
    return Status::Ok();
  }

  Json Summary(const tables::VersionInfo& info) const {
    // New rows go to a file that grows, so a change replaces files: only the first version merely adds.
    Json summary =
        Json::Object({{"operation", info.version == 0 || !with_history_ ? "append" : "overwrite"},
                      {"boathouse.table-version", std::to_string(info.version)},
                      {"boathouse.sequence", std::to_string(info.sequence)}});
    if (info.version != version_->version) return summary;
    int64_t vectors = 0, dead = 0, rows = 0;
    for (const tables::File& file : version_->files) {
      rows += file.rows;
      if (file.marks == nullptr || file.marks->cardinality() == 0) continue;
      ++vectors;
      dead += file.marks->cardinality();
    }
    summary.Set("total-records", std::to_string(rows));
    summary.Set("total-files-size", std::to_string(version_->size));
    summary.Set("total-data-files", std::to_string(version_->files.size()));
    summary.Set("total-delete-files", std::to_string(vectors));
    summary.Set("total-position-deletes", std::to_string(dead));
    summary.Set("total-equality-deletes", "0");
    return summary;
  }

  Status AddSnapshot(const tables::VersionInfo& info) {
    // A schema that comes back keeps its id, so one version of each is enough.
    TRY(AddSchema(info.schema_id, info.version));
    const int64_t id = Renderer::SnapshotId(place_.id, info.version);
    const int64_t time = info.time / millisecond_micros;
    Json snapshot = Json::Object({{"snapshot-id", id}});
    if (with_history_ && info.version > 0) {
      snapshot.Set("parent-snapshot-id", Renderer::SnapshotId(place_.id, info.version - 1));
    }
    snapshot.Set("sequence-number", info.version + 1);
    snapshot.Set("timestamp-ms", time);
    snapshot.Set("manifest-list", place_.MetadataUri({FileName::Kind::kManifestList, info.version,
                                                      format_version_, with_history_}));
    snapshot.Set("summary", Summary(info));
    snapshot.Set("schema-id", info.schema_id);
    if (format_version_ >= row_lineage_format_min) {
      snapshot.Set("first-row-id", 0);
      snapshot.Set("added-rows", row_ids_end);  // an upper bound, as ids are spread
    }
    snapshots_.Append(std::move(snapshot));
    log_.Append(Json::Object({{"snapshot-id", id}, {"timestamp-ms", time}}));
    return Status::Ok();
  }

  const Place& place_;
  const VersionPtr version_;
  const int format_version_;
  const bool with_history_;
  std::map<int32_t, std::shared_ptr<const tables::Schema>> schemas_;
  Json snapshots_ = Json::Array();
  Json log_ = Json::Array();
};

}  // namespace

Result<std::string> MakeMetadata(const Place& place, int64_t version, int64_t oldest,
                                 int format_version, bool with_history) {
  ASSIGN(VersionPtr of_it, VersionAt(*place.table, format_version, version));
  return MetadataMaker(place, std::move(of_it), format_version, with_history).Make(oldest);
}

}  // namespace boathouse::iceberg
