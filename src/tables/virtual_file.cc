#include "tables/virtual_file.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "tables/parquet_fields.h"
#include "tables/thrift.h"

namespace boathouse::tables {
namespace {

using thrift::Type;
using thrift::Value;

// Readers take statistics of a writer they cannot parse as unsafe; this is the form they parse.
constexpr std::string_view created_by = "boathouse version 1.0.0 (build tables)";

Error Damaged(std::string_view what) {
  return {ErrorKind::kCorrupt, "a row group of a published table is damaged: " + std::string(what)};
}

uint32_t LittleEndian32(std::string_view four) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) {
    value |= static_cast<uint32_t>(static_cast<uint8_t>(four[i])) << (8 * i);
  }
  return value;
}

void AppendLittleEndian32(uint32_t value, std::string* out) {
  for (int i = 0; i < 4; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

PhysicalType PhysicalTypeOf(model::FieldType type) {
  switch (type) {
    case model::FieldType::kId:
    case model::FieldType::kText:
    case model::FieldType::kLongText:
    case model::FieldType::kSelect:
    case model::FieldType::kMultiSelect:
    case model::FieldType::kEmail:
    case model::FieldType::kPhone:
    case model::FieldType::kUrl:
    case model::FieldType::kRelation:
      return kByteArray;
    case model::FieldType::kInteger:
    case model::FieldType::kDecimal:
    case model::FieldType::kMoney:
    case model::FieldType::kDateTime:
      return kInt64;
    case model::FieldType::kBoolean:
      return kBoolean;
    case model::FieldType::kDate:
      return kInt32;
  }
  return kByteArray;
}

// The converted and logical type of a column, both, since old readers know only the former.
void SetLogicalType(model::FieldType type, Value* out) {
  switch (type) {
    case model::FieldType::kId:
    case model::FieldType::kText:
    case model::FieldType::kLongText:
    case model::FieldType::kSelect:
    case model::FieldType::kMultiSelect:
    case model::FieldType::kEmail:
    case model::FieldType::kPhone:
    case model::FieldType::kUrl:
    case model::FieldType::kRelation:
      out->Set(element::kConverted, Value::I32(0));  // UTF8
      out->Set(element::kLogical, Value::Struct({{1, Value::Struct()}}));
      break;
    case model::FieldType::kDecimal:
    case model::FieldType::kMoney:
      out->Set(element::kConverted, Value::I32(5));  // DECIMAL
      out->Set(element::kScale, Value::I32(Decimal::scale));
      out->Set(element::kPrecision, Value::I32(Decimal::precision));
      out->Set(element::kLogical,
               Value::Struct({{5, Value::Struct({{1, Value::I32(Decimal::scale)},
                                                 {2, Value::I32(Decimal::precision)}})}}));
      break;
    case model::FieldType::kDate:
      out->Set(element::kConverted, Value::I32(6));  // DATE
      out->Set(element::kLogical, Value::Struct({{6, Value::Struct()}}));
      break;
    case model::FieldType::kDateTime: {
      out->Set(element::kConverted, Value::I32(10));  // TIMESTAMP_MICROS
      Value unit = Value::Struct({{2, Value::Struct()}});
      Value timestamp = Value::Struct({{1, Value::Bool(true)}, {2, std::move(unit)}});
      out->Set(element::kLogical, Value::Struct({{8, std::move(timestamp)}}));
      break;
    }
    case model::FieldType::kInteger:
    case model::FieldType::kBoolean:
      break;  // the physical type says it all
  }
}

Value SchemaElements(const Schema& schema) {
  std::vector<Value> elements;
  Value root = Value::Struct();
  root.Set(element::kRepetition, Value::I32(0));
  root.Set(element::kName, Value::Binary("schema"));
  root.Set(element::kChildren, Value::I32(static_cast<int32_t>(schema.columns.size())));
  elements.push_back(std::move(root));
  for (const Column& field : schema.columns) {
    Value leaf = Value::Struct();
    leaf.Set(element::kType, Value::I32(PhysicalTypeOf(field.type)));
    leaf.Set(element::kRepetition, Value::I32(1));  // optional
    leaf.Set(element::kName, Value::Binary(field.name));
    leaf.Set(element::kFieldId, Value::I32(field.column_id));
    SetLogicalType(field.type, &leaf);
    elements.push_back(std::move(leaf));
  }
  return Value::List(Type::kStruct, std::move(elements));
}

// Moves the offsets of one column chunk by `by`. Offsets that are not set stay so.
void ShiftChunk(int64_t by, Value* column_chunk) {
  if (Value* offset = column_chunk->Find(chunk::kFileOffset); offset && offset->number > 0) {
    offset->number += by;
  }
  Value* metadata = column_chunk->Find(chunk::kMetadata);
  for (const int16_t id : {column::kDataOffset, column::kIndexOffset, column::kDictionaryOffset}) {
    if (Value* offset = metadata->Find(id)) offset->number += by;
  }
}

// A column chunk of `rows` nulls that begins at `offset`; its page is appended to `page`.
Value NullChunk(const Column& field, int64_t rows, int64_t offset, std::string* page) {
  // One run of `rows` definition levels 0, in the RLE hybrid, behind its length.
  std::string run;
  for (uint64_t header = static_cast<uint64_t>(rows) << 1;; header >>= 7) {
    const bool last = header < 0x80;
    run.push_back(static_cast<char>(last ? header : header | 0x80));
    if (last) break;
  }
  run.push_back(0);
  std::string body;
  AppendLittleEndian32(static_cast<uint32_t>(run.size()), &body);
  body += run;

  const auto size = static_cast<int32_t>(body.size());
  Value data_page = Value::Struct({{1, Value::I32(static_cast<int32_t>(rows))},
                                   {2, Value::I32(encoding_plain)},
                                   {3, Value::I32(encoding_rle)},
                                   {4, Value::I32(encoding_rle)}});
  std::string bytes;
  thrift::Append(Value::Struct({{1, Value::I32(0)},  // DATA_PAGE
                                {2, Value::I32(size)},
                                {3, Value::I32(size)},
                                {5, std::move(data_page)}}),
                 &bytes);
  bytes += body;

  Value metadata = Value::Struct();
  metadata.Set(column::kType, Value::I32(PhysicalTypeOf(field.type)));
  metadata.Set(column::kEncodings,
               Value::List(Type::kI32, {Value::I32(encoding_plain), Value::I32(encoding_rle)}));
  metadata.Set(column::kPath, Value::List(Type::kBinary, {Value::Binary(field.name)}));
  metadata.Set(column::kCodec, Value::I32(0));
  metadata.Set(column::kValues, Value::I64(rows));
  metadata.Set(column::kUncompressedSize, Value::I64(static_cast<int64_t>(bytes.size())));
  metadata.Set(column::kCompressedSize, Value::I64(static_cast<int64_t>(bytes.size())));
  metadata.Set(column::kDataOffset, Value::I64(offset));
  metadata.Set(column::kStatistics, Value::Struct({{statistics::kNulls, Value::I64(rows)}}));
  *page += bytes;
  return Value::Struct(
      {{chunk::kFileOffset, Value::I64(0)}, {chunk::kMetadata, std::move(metadata)}});
}

int64_t ReadInteger(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    value |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  }
  return static_cast<int64_t>(value);
}

// A statistics value in the PLAIN encoding of its type; nullopt when it has another length.
std::optional<model::Value> ReadBound(model::FieldType type, const Value* bound) {
  if (bound == nullptr) return std::nullopt;
  const std::string& bytes = bound->bytes;
  switch (PhysicalTypeOf(type)) {
    case kByteArray:
      return model::Value(bytes);
    case kBoolean:
      if (bytes.size() != 1) return std::nullopt;
      return model::Value(bytes[0] != 0);
    case kInt32:
      if (bytes.size() != 4) return std::nullopt;
      return model::Value(model::Date{static_cast<int32_t>(ReadInteger(bytes))});
    case kInt64:
      break;
  }
  if (bytes.size() != 8) return std::nullopt;
  const int64_t number = ReadInteger(bytes);
  if (type == model::FieldType::kDateTime) return model::Value(model::DateTime{number});
  if (type == model::FieldType::kInteger) return model::Value(number);
  return model::Value(Decimal{number});
}

// Joins the statistics of a column's chunks. A bound holds only if every chunk with values has one.
class StatsJoin {
 public:
  explicit StatsJoin(model::FieldType type) : type_(type) {}

  void Add(const Value& column_metadata, int64_t rows) {
    const Value* stats = column_metadata.Find(column::kStatistics);
    const int64_t nulls = stats == nullptr ? -1 : stats->NumberOf(statistics::kNulls, -1);
    if (nulls < 0) nulls_known_ = false;
    nulls_ += nulls;
    if (nulls == rows) return;
    AddBounds(stats);
  }

  ColumnStats Finish() && {
    ColumnStats out;
    if (nulls_known_) out.null_count = nulls_;
    if (bounds_known_) {
      out.minimum = std::move(minimum_);
      out.maximum = std::move(maximum_);
    }
    return out;
  }

 private:
  void AddBounds(const Value* stats) {
    std::optional<model::Value> low, high;
    if (stats != nullptr && stats->NumberOf(statistics::kMinExact, 1) != 0 &&
        stats->NumberOf(statistics::kMaxExact, 1) != 0) {
      low = ReadBound(type_, stats->Find(statistics::kMin));
      high = ReadBound(type_, stats->Find(statistics::kMax));
    }
    if (!low || !high) {
      bounds_known_ = false;
      return;
    }
    if (!minimum_ || *low < *minimum_) minimum_ = std::move(low);
    if (!maximum_ || *maximum_ < *high) maximum_ = std::move(high);
  }

  model::FieldType type_;
  bool nulls_known_ = true;
  bool bounds_known_ = true;
  int64_t nulls_ = 0;
  std::optional<model::Value> minimum_, maximum_;
};

// Checks that `group` is a RowGroup of `schema` whose chunks have metadata.
Status CheckGroup(const Value& group, const Schema& schema) {
  const Value* columns = group.Find(row_group::kColumns);
  if (columns == nullptr || columns->items.size() != schema.columns.size()) {
    return Damaged("its columns are not those of its schema");
  }
  for (const Value& column_chunk : columns->items) {
    if (column_chunk.Find(chunk::kMetadata) == nullptr) return Damaged("a column has no metadata");
  }
  if (group.NumberOf(row_group::kRows, -1) < 0) return Damaged("it has no row count");
  return Status::Ok();
}

class Planner {
 public:
  explicit Planner(const Schema& schema) : schema_(schema) {
    for (const Column& field : schema.columns) stats_.emplace_back(field.type);
    AddLiteral(std::string(parquet_magic));
  }

  Status AddGroup(size_t index, const GroupSource& source) {
    ASSIGN(Value group, thrift::Parse(source.metadata));
    TRY(CheckGroup(group, *source.schema));
    const uint64_t begin = plan_.size;
    plan_.pieces.push_back({begin, source.length, index, {}});
    plan_.size += source.length;
    plan_.group_offsets.push_back(begin);

    const int64_t rows = group.NumberOf(row_group::kRows, 0);
    std::vector<Value>& chunks = group.Find(row_group::kColumns)->items;
    std::vector<Value> placed;
    std::string nulls;
    int64_t uncompressed = 0, compressed = 0;
    for (size_t i = 0; i < schema_.columns.size(); ++i) {
      const size_t from = IndexById(*source.schema, schema_.columns[i].column_id, i);
      if (from < chunks.size()) {
        ShiftChunk(static_cast<int64_t>(begin), &chunks[from]);
        placed.push_back(std::move(chunks[from]));
      } else {
        const auto offset = static_cast<int64_t>(plan_.size + nulls.size());
        placed.push_back(NullChunk(schema_.columns[i], rows, offset, &nulls));
      }
      const Value& metadata = *placed.back().Find(chunk::kMetadata);
      stats_[i].Add(metadata, rows);
      uncompressed += metadata.NumberOf(column::kUncompressedSize, 0);
      compressed += metadata.NumberOf(column::kCompressedSize, 0);
    }
    group.Set(row_group::kColumns, Value::List(Type::kStruct, std::move(placed)));
    group.Set(row_group::kByteSize, Value::I64(uncompressed));
    group.Set(row_group::kCompressedSize, Value::I64(compressed));
    group.Set(row_group::kFileOffset, Value::I64(static_cast<int64_t>(begin)));
    group.Set(row_group::kOrdinal, Value::I16(static_cast<int16_t>(groups_.size())));
    groups_.push_back(std::move(group));
    plan_.rows += rows;
    if (!nulls.empty()) AddLiteral(std::move(nulls));
    return Status::Ok();
  }

  FilePlan Finish() && {
    Value footer = Value::Struct();
    footer.Set(file_metadata::kVersion, Value::I32(2));
    footer.Set(file_metadata::kSchema, SchemaElements(schema_));
    footer.Set(file_metadata::kRows, Value::I64(plan_.rows));
    footer.Set(file_metadata::kGroups, Value::List(Type::kStruct, std::move(groups_)));
    footer.Set(file_metadata::kCreatedBy, Value::Binary(created_by));
    // Without column orders readers must not trust minimum and maximum.
    const Value type_order = Value::Struct({{1, Value::Struct()}});
    footer.Set(file_metadata::kOrders,
               Value::List(Type::kStruct, std::vector<Value>(schema_.columns.size(), type_order)));
    std::string bytes;
    thrift::Append(footer, &bytes);
    AppendLittleEndian32(static_cast<uint32_t>(bytes.size()), &bytes);
    bytes += parquet_magic;
    plan_.footer_size = bytes.size();
    AddLiteral(std::move(bytes));
    for (StatsJoin& stats : stats_) plan_.stats.push_back(std::move(stats).Finish());
    return std::move(plan_);
  }

 private:
  // Where `schema` has the column; past the end when nowhere. `guess` is nearly always right.
  static size_t IndexById(const Schema& schema, int32_t column_id, size_t guess) {
    const auto& columns = schema.columns;
    if (guess < columns.size() && columns[guess].column_id == column_id) return guess;
    for (size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].column_id == column_id) return i;
    }
    return columns.size();
  }

  void AddLiteral(std::string bytes) {
    const uint64_t length = bytes.size();
    plan_.pieces.push_back({plan_.size, length, Piece::no_group, std::move(bytes)});
    plan_.size += length;
  }

  const Schema& schema_;
  FilePlan plan_;
  std::vector<Value> groups_;
  std::vector<StatsJoin> stats_;
};

// Makes a writer's column chunk relative and drops what we do not serve.
Status TrimChunk(int64_t data_size, Value* column_chunk) {
  Value* metadata = column_chunk->Find(chunk::kMetadata);
  if (metadata == nullptr) return Damaged("a column has no metadata");
  for (const int16_t id : chunk::kIndexPointers) column_chunk->Remove(id);
  for (const int16_t id : column::kDropped) metadata->Remove(id);
  if (Value* stats = metadata->Find(column::kStatistics)) {
    stats->Remove(statistics::kOldMax);
    stats->Remove(statistics::kOldMin);
  }
  ShiftChunk(-static_cast<int64_t>(parquet_magic.size()), column_chunk);
  for (const int16_t id : {column::kDataOffset, column::kDictionaryOffset}) {
    const int64_t offset = metadata->NumberOf(id, 0);
    if (offset < 0 || offset > data_size) return Damaged("a page lies outside the file");
  }
  return Status::Ok();
}

}  // namespace

Result<EncodedGroup> SplitSingleGroupFile(std::string_view file) {
  constexpr size_t frame = 12;  // magic, footer length, magic
  if (file.size() < frame || file.substr(0, 4) != parquet_magic ||
      file.substr(file.size() - 4) != parquet_magic) {
    return Damaged("not a Parquet file");
  }
  const uint32_t footer_length = LittleEndian32(file.substr(file.size() - 8, 4));
  if (footer_length > file.size() - frame) return Damaged("the footer is longer than the file");
  const size_t footer_begin = file.size() - 8 - footer_length;
  ASSIGN(Value footer, thrift::Parse(file.substr(footer_begin, footer_length)));
  Value* groups = footer.Find(file_metadata::kGroups);
  if (groups == nullptr || groups->items.size() != 1) return Damaged("not one row group");
  Value& group = groups->items[0];

  EncodedGroup out;
  out.bytes = std::string(file.substr(4, footer_begin - 4));
  out.rows = group.NumberOf(row_group::kRows, -1);
  Value* columns = group.Find(row_group::kColumns);
  if (columns == nullptr || out.rows < 0) return Damaged("no columns");
  for (Value& column_chunk : columns->items) {
    TRY(TrimChunk(static_cast<int64_t>(out.bytes.size()), &column_chunk));
  }
  group.Remove(row_group::kFileOffset);
  group.Remove(row_group::kOrdinal);
  thrift::Append(group, &out.metadata);
  return out;
}

Result<FilePlan> PlanFile(const Schema& schema, const std::vector<GroupSource>& groups) {
  Planner planner(schema);
  for (size_t i = 0; i < groups.size(); ++i) TRY(planner.AddGroup(i, groups[i]));
  return std::move(planner).Finish();
}

std::string AssembleFile(const FilePlan& plan, const std::vector<std::string_view>& group_bytes) {
  std::string out;
  out.reserve(plan.size);
  for (const Piece& piece : plan.pieces) {
    out +=
        piece.group == Piece::no_group ? std::string_view(piece.literal) : group_bytes[piece.group];
  }
  return out;
}

}  // namespace boathouse::tables
