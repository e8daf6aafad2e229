#pragma once
// A checkpoint of a Delta table: one small Parquet file with the actions that make up a version (Delta
// protocol, "Checkpoints"). Written without Arrow, which only tables/ sees: few rows, no compression. Pure
// functions.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace boathouse::delta {

struct CheckpointFile {  // an `add` action
  std::string path;
  int64_t size = 0;
  int64_t modification_time_ms = 0;
  std::string stats;
};

struct Checkpoint {
  int32_t reader_version = 1;
  int32_t writer_version = 2;
  std::string table_id;
  std::string name;
  std::string schema;  // SchemaString()
  std::vector<CheckpointFile> files;

  size_t actions() const { return files.size() + 2; }
};

std::string WriteCheckpoint(const Checkpoint& checkpoint);

}  // namespace boathouse::delta
