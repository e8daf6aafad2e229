#pragma once
// Rows in memory, and their way into and out of encoded row groups. The only place of this module
// that sees Arrow, behind an opaque handle.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "model/model.h"
#include "tables/predicate.h"
#include "tables/tables.h"
#include "tables/virtual_file.h"

namespace boathouse::tables {

// An immutable list of rows of one schema, whose first column is the record's id. Cheap to copy.
class Rows {
 public:
  Rows();  // none
  ~Rows();
  Rows(const Rows&);
  Rows& operator=(const Rows&);
  Rows(Rows&&) noexcept;
  Rows& operator=(Rows&&) noexcept;

  int64_t size() const;
  // `count` rows from `begin`; both in range.
  Rows Slice(int64_t begin, int64_t count) const;
  // All but those at `positions` (ascending).
  Rows Without(const std::vector<uint32_t>& positions) const;
  // kCorrupt when an id does not parse.
  Result<std::vector<Id>> Ids() const;
  // Those at `positions`, in that order.
  Result<Rows> Take(const std::vector<uint32_t>& positions) const;
  // With one more column, of text, behind: a value for each row. `schema` is that of the result.
  Result<Rows> WithColumn(const Schema& schema, const std::vector<std::string_view>& values) const;
  // All of the same schema.
  static Result<Rows> Concatenate(const std::vector<Rows>& parts);

 private:
  friend class RowBuilder;
  friend class RowComparison;
  friend Result<EncodedGroup> EncodeGroup(const Rows& rows);
  friend Result<Rows> DecodeRows(std::string file, const Schema& schema);
  friend Result<Rows> DecodeRows(FileReader& file, const Schema& schema);
  friend Result<std::vector<Id>> DecodeIds(std::string file);
  struct Data;
  explicit Rows(std::shared_ptr<const Data> data);
  std::shared_ptr<const Data> data_;  // null: no rows
};

// Compares rows of two lists of one schema.
class RowComparison {
 public:
  RowComparison(const Rows& a, const Rows& b);
  ~RowComparison();
  // Whether row `a_row` of the first has the same values as row `b_row` of the second.
  bool Same(int64_t a_row, int64_t b_row) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Collects records as rows of `schema`, matching fields and columns by column id. Both arguments
// outlive it.
class RowBuilder {
 public:
  RowBuilder(const model::Object& object, const Schema& schema);
  ~RowBuilder();
  Status Add(const model::Record& record);
  int64_t size() const;
  Result<Rows> Finish();  // and begins anew

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// One Parquet row group (zstd, data pages v1) of at least one row.
Result<EncodedGroup> EncodeGroup(const Rows& rows);
// The rows of a Parquet file whose columns are those of `schema`; kCorrupt when it is damaged.
Result<Rows> DecodeRows(std::string file, const Schema& schema);
Result<Rows> DecodeRows(FileReader& file, const Schema& schema);
// Only these columns (indexes into the schema), reading no more than their bytes of the file.
Result<std::vector<ColumnValuesPtr>> DecodeColumns(FileReader& file, const Schema& schema,
                                                   const std::vector<size_t>& columns);
// Only the ids, which cost a fraction of it.
Result<std::vector<Id>> DecodeIds(std::string file);

}  // namespace boathouse::tables
