#pragma once
// How row groups become a Parquet file without being touched: where each lies in the file, and the
// footer that says so. Pure functions from bytes to bytes (Parquet format, file layout and
// parquet.thrift); see README.md for the invariants.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tables/tables.h"

namespace boathouse::tables {

inline constexpr std::string_view parquet_magic = "PAR1";

// A Parquet file of one row group, split into what is kept of it.
struct EncodedGroup {
  std::string bytes;     // the column chunks, back to back
  std::string metadata;  // its RowGroup struct, offsets relative to the first of those bytes
  int64_t rows = 0;
};
// kCorrupt when `file` is not such a file. Pointers to page indexes and bloom filters, and statistics
// that only the writer needed, are left out.
Result<EncodedGroup> SplitSingleGroupFile(std::string_view file);

// A row group that takes part in a virtual file.
struct GroupSource {
  std::string_view metadata;       // as in EncodedGroup
  const Schema* schema = nullptr;  // that it was encoded with
  uint64_t length = 0;             // of its bytes
};

// Bytes [offset, offset + length) of a virtual file: a row group's, or `literal`.
struct Piece {
  static constexpr size_t no_group = static_cast<size_t>(-1);
  uint64_t offset = 0;
  uint64_t length = 0;
  size_t group = no_group;  // index into the groups the plan was made of
  std::string literal;
};

struct FilePlan {
  std::vector<Piece> pieces;  // gapless, in order
  uint64_t size = 0;
  uint64_t footer_size = 0;
  int64_t rows = 0;
  std::vector<ColumnStats> stats;
  std::vector<uint64_t> group_offsets;
};

// Lays `groups` out as one file of `schema`. A group that lacks one of its columns gets a column chunk
// of nulls (a few bytes), one that has a column more simply does not list it: so a new field needs no
// group to be encoded again. kCorrupt when a group's metadata does not fit its schema.
Result<FilePlan> PlanFile(const Schema& schema, const std::vector<GroupSource>& groups);

// The whole file in memory, for decoding and for tests.
std::string AssembleFile(const FilePlan& plan, const std::vector<std::string_view>& group_bytes);

}  // namespace boathouse::tables
