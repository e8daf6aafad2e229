#include "iceberg/manifest.h"

#include <algorithm>

#include "iceberg/avro.h"
#include "iceberg/spelling.h"

namespace boathouse::iceberg {
namespace {

constexpr int row_id_shift = 27;  // a file has fewer rows than 2^27

// The fields of a manifest entry, up to where the format versions part.
constexpr std::string_view entry_schema_begin =
    R"({"type":"record","name":"manifest_entry","fields":[)"
    R"({"name":"status","type":"int","field-id":0},)"
    R"({"name":"snapshot_id","type":["null","long"],"default":null,"field-id":1},)"
    R"({"name":"sequence_number","type":["null","long"],"default":null,"field-id":3},)"
    R"({"name":"file_sequence_number","type":["null","long"],"default":null,"field-id":4},)"
    R"({"name":"data_file","type":{"type":"record","name":"r2","fields":[)"
    R"({"name":"content","type":"int","field-id":134},)"
    R"({"name":"file_path","type":"string","field-id":100},)"
    R"({"name":"file_format","type":"string","field-id":101},)"
    R"({"name":"partition","type":{"type":"record","name":"r102","fields":[]},"field-id":102},)"
    R"({"name":"record_count","type":"long","field-id":103},)"
    R"({"name":"file_size_in_bytes","type":"long","field-id":104},)";
constexpr std::string_view data_schema =
    R"({"name":"value_counts","type":["null",{"type":"array","items":{"type":"record","name":"k119_v120",)"
    R"("fields":[{"name":"key","type":"int","field-id":119},{"name":"value","type":"long","field-id":120}]},)"
    R"("logicalType":"map"}],"default":null,"field-id":109},)"
    R"({"name":"null_value_counts","type":["null",{"type":"array","items":{"type":"record","name":"k121_v122",)"
    R"("fields":[{"name":"key","type":"int","field-id":121},{"name":"value","type":"long","field-id":122}]},)"
    R"("logicalType":"map"}],"default":null,"field-id":110},)"
    R"({"name":"lower_bounds","type":["null",{"type":"array","items":{"type":"record","name":"k126_v127",)"
    R"("fields":[{"name":"key","type":"int","field-id":126},{"name":"value","type":"bytes","field-id":127}]},)"
    R"("logicalType":"map"}],"default":null,"field-id":125},)"
    R"({"name":"upper_bounds","type":["null",{"type":"array","items":{"type":"record","name":"k129_v130",)"
    R"("fields":[{"name":"key","type":"int","field-id":129},{"name":"value","type":"bytes","field-id":130}]},)"
    R"("logicalType":"map"}],"default":null,"field-id":128},)"
    R"({"name":"split_offsets","type":["null",{"type":"array","items":"long","element-id":133}],)"
    R"("default":null,"field-id":132},)"
    R"({"name":"sort_order_id","type":["null","int"],"default":null,"field-id":140})";
constexpr std::string_view row_id_schema =
    R"(,{"name":"first_row_id","type":["null","long"],"default":null,"field-id":142})";
constexpr std::string_view vector_schema =
    R"({"name":"referenced_data_file","type":["null","string"],"default":null,"field-id":143},)"
    R"({"name":"content_offset","type":["null","long"],"default":null,"field-id":144},)"
    R"({"name":"content_size_in_bytes","type":["null","long"],"default":null,"field-id":145})";
constexpr std::string_view entry_schema_end = R"(]},"field-id":2}]})";

constexpr std::string_view list_schema_begin =
    R"({"type":"record","name":"manifest_file","fields":[)"
    R"({"name":"manifest_path","type":"string","field-id":500},)"
    R"({"name":"manifest_length","type":"long","field-id":501},)"
    R"({"name":"partition_spec_id","type":"int","field-id":502},)"
    R"({"name":"content","type":"int","field-id":517},)"
    R"({"name":"sequence_number","type":"long","field-id":515},)"
    R"({"name":"min_sequence_number","type":"long","field-id":516},)"
    R"({"name":"added_snapshot_id","type":"long","field-id":503},)"
    R"({"name":"added_files_count","type":"int","field-id":504},)"
    R"({"name":"existing_files_count","type":"int","field-id":505},)"
    R"({"name":"deleted_files_count","type":"int","field-id":506},)"
    R"({"name":"added_rows_count","type":"long","field-id":512},)"
    R"({"name":"existing_rows_count","type":"long","field-id":513},)"
    R"({"name":"deleted_rows_count","type":"long","field-id":514})";
constexpr std::string_view list_row_id_schema =
    R"(,{"name":"first_row_id","type":["null","long"],"default":null,"field-id":520})";
constexpr std::string_view list_schema_end = "]}";

std::string EntrySchema(const Manifest& manifest) {
  std::string schema(entry_schema_begin);
  if (manifest.deletes) {
    schema += vector_schema;
  } else {
    schema += data_schema;
    if (manifest.format_version >= 3) schema += row_id_schema;
  }
  schema += entry_schema_end;
  return schema;
}

// A map with field ids for keys: Avro's own maps have strings for keys only.
template <typename Known, typename Write>
void WriteMap(const ManifestEntry& entry, AvroFile* out, const Known& known, const Write& write) {
  const std::vector<tables::Column>& columns = entry.schema->columns;
  const size_t count = std::min(columns.size(), entry.file->stats.size());
  size_t items = 0;
  for (size_t i = 0; i < count; ++i) items += known(entry.file->stats[i]) ? 1 : 0;
  if (items == 0) return out->Null();
  out->Some();
  out->BeginArray(items);
  for (size_t i = 0; i < count; ++i) {
    if (!known(entry.file->stats[i])) continue;
    out->Long(columns[i].column_id);
    write(entry.file->stats[i]);
  }
  out->EndArray();
}

void WriteStatistics(const ManifestEntry& entry, AvroFile* out) {
  using Stats = tables::ColumnStats;
  WriteMap(
      entry, out, [](const Stats&) { return true; },
      [&](const Stats&) { out->Long(entry.file->rows); });
  WriteMap(
      entry, out, [](const Stats& stats) { return stats.null_count.has_value(); },
      [&](const Stats& stats) { out->Long(*stats.null_count); });
  const auto bounded = [](const Stats& stats) {
    return stats.minimum && stats.maximum && BoundBytes(*stats.minimum) &&
           BoundBytes(*stats.maximum);
  };
  WriteMap(entry, out, bounded,
           [&](const Stats& stats) { out->Bytes(*BoundBytes(*stats.minimum)); });
  WriteMap(entry, out, bounded,
           [&](const Stats& stats) { out->Bytes(*BoundBytes(*stats.maximum)); });
}

void WriteDataFile(const Manifest& manifest, const ManifestEntry& entry, AvroFile* out) {
  const tables::File& file = *entry.file;
  out->Long(0);  // content: data
  out->Bytes(entry.uri);
  out->Bytes("PARQUET");
  out->Long(file.rows);
  out->Long(static_cast<int64_t>(file.size));
  WriteStatistics(entry, out);
  if (file.group_offsets.empty()) {
    out->Null();
  } else {
    out->Some();
    out->BeginArray(file.group_offsets.size());
    for (const uint64_t offset : file.group_offsets) out->Long(static_cast<int64_t>(offset));
    out->EndArray();
  }
  out->OptionalLong(0);  // sort order: unsorted
  if (manifest.format_version >= 3) out->OptionalLong(FirstRowId(file));
}

void WriteVector(const ManifestEntry& entry, AvroFile* out) {
  const DeletionVector& vector = *entry.vector;
  out->Long(1);  // content: position deletes
  out->Bytes(vector.uri);
  out->Bytes("PUFFIN");
  out->Long(vector.cardinality);
  out->Long(static_cast<int64_t>(vector.file_size));
  out->Some();
  out->Bytes(entry.uri);
  out->OptionalLong(static_cast<int64_t>(vector.offset));
  out->OptionalLong(static_cast<int64_t>(vector.length));
}

int64_t RowsOf(const ManifestEntry& entry) {
  return entry.vector ? entry.vector->cardinality : entry.file->rows;
}

}  // namespace

int64_t FirstRowId(const tables::File& file) {
  // 35 bits of the file's digest, so that files of one snapshot practically never meet.
  uint64_t bits = 0;
  for (size_t i = 0; i < 9 && i < file.id.size(); ++i) {
    const char digit = file.id[i];
    bits = (bits << 4) | static_cast<uint64_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
  }
  return static_cast<int64_t>((bits & ((uint64_t{1} << 35) - 1)) << row_id_shift);
}

std::string WriteManifest(const Manifest& manifest) {
  AvroFile out(EntrySchema(manifest), {{"schema", SchemaJson(*manifest.schema).Dump()},
                                       {"schema-id", std::to_string(manifest.schema->id)},
                                       {"partition-spec", "[]"},
                                       {"partition-spec-id", "0"},
                                       {"format-version", std::to_string(manifest.format_version)},
                                       {"content", manifest.deletes ? "deletes" : "data"}});
  for (const ManifestEntry& entry : manifest.entries) {
    out.Long(static_cast<int64_t>(entry.status));
    out.OptionalLong(entry.snapshot_id);
    // What is written even where a reader would infer it from the list can be read without the list.
    out.OptionalLong(entry.sequence);
    out.OptionalLong(entry.sequence);
    if (entry.vector) {
      WriteVector(entry, &out);
    } else {
      WriteDataFile(manifest, entry, &out);
    }
    out.EndRecord();
  }
  return std::move(out).Finish();
}

std::string WriteManifestList(const ManifestList& list) {
  std::string schema(list_schema_begin);
  if (list.format_version >= 3) schema += list_row_id_schema;
  schema += list_schema_end;
  AvroFile out(schema,
               {{"snapshot-id", std::to_string(list.snapshot_id)},
                {"parent-snapshot-id", list.parent_id ? std::to_string(*list.parent_id) : "null"},
                {"sequence-number", std::to_string(list.sequence)},
                {"format-version", std::to_string(list.format_version)}});
  for (const ListedManifest& listed : list.manifests) {
    const Manifest& manifest = *listed.manifest;
    int64_t files[3] = {}, rows[3] = {};
    int64_t sequence_min = manifest.sequence;
    for (const ManifestEntry& entry : manifest.entries) {
      const auto status = static_cast<size_t>(entry.status);
      ++files[status];
      rows[status] += RowsOf(entry);
      if (entry.status != EntryStatus::kDeleted) {
        sequence_min = std::min(sequence_min, entry.sequence);
      }
    }
    out.Bytes(listed.uri);
    out.Long(static_cast<int64_t>(listed.length));
    out.Long(0);  // partition spec
    out.Long(manifest.deletes ? 1 : 0);
    out.Long(manifest.sequence);
    out.Long(sequence_min);
    out.Long(manifest.snapshot_id);
    for (const int64_t* counts : {files, rows}) {
      for (const EntryStatus status :
           {EntryStatus::kAdded, EntryStatus::kExisting, EntryStatus::kDeleted}) {
        out.Long(counts[static_cast<size_t>(status)]);
      }
    }
    if (list.format_version >= 3) {
      // Every entry names its own rows; what stands here is for entries that do not.
      if (manifest.deletes) {
        out.Null();
      } else {
        out.OptionalLong(manifest.entries.empty() ? 0 : FirstRowId(*manifest.entries[0].file));
      }
    }
    out.EndRecord();
  }
  return std::move(out).Finish();
}

}  // namespace boathouse::iceberg
