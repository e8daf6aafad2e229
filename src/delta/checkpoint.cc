#include "delta/checkpoint.h"

#include <string_view>
#include <utility>
#include <variant>

#include "tables/thrift.h"

namespace boathouse::delta {
namespace {

using tables::thrift::Type;
using tables::thrift::Value;

// Numbers of parquet.thrift.
enum Physical { kBoolean = 0, kInt32 = 1, kInt64 = 2, kByteArray = 6, kNone = -1 };
enum Repetition { kRequired = 0, kOptional = 1, kRepeated = 2 };
enum Converted { kUtf8 = 0, kMap = 1, kList = 3, kPlain = -1 };
constexpr int32_t encoding_plain = 0;
constexpr int32_t encoding_rle = 3;
constexpr std::string_view magic = "PAR1";

// A value. Maps and lists of ours are always empty, so every leaf has exactly one cell a row.
using Cell = std::variant<bool, int32_t, int64_t, std::string>;

struct Leaf {
  std::vector<std::string> path;
  Physical type = kNone;
  int definition_max = 0;
  int repetition_max = 0;
  // For each row: how many optional and repeated steps of the path are there, and the value if all are.
  std::vector<int> definitions;
  std::string values;
  uint8_t bits = 0;  // of booleans, those that do not yet fill a byte
  int bit_count = 0;
};

void AppendFixed(uint64_t value, size_t bytes, std::string* out) {
  for (size_t i = 0; i < bytes; ++i) out->push_back(static_cast<char>((value >> (8 * i)) & 0xff));
}

// Levels as runs of the RLE hybrid, behind their length. All are below 256.
void AppendLevels(const std::vector<int>& levels, std::string* out) {
  std::string runs;
  for (size_t begin = 0; begin < levels.size();) {
    size_t end = begin;
    while (end < levels.size() && levels[end] == levels[begin]) ++end;
    for (uint64_t header = (end - begin) << 1;; header >>= 7) {
      const bool last = header < 0x80;
      runs.push_back(static_cast<char>(last ? header : (header & 0x7f) | 0x80));
      if (last) break;
    }
    runs.push_back(static_cast<char>(levels[begin]));
    begin = end;
  }
  AppendFixed(runs.size(), 4, out);
  *out += runs;
}

// The columns, described and filled.
class Columns {
 public:
  Columns() {
    elements_.push_back(Element("checkpoint", kNone, kRequired, kPlain, 5));
    Group("protocol", 2);
    Field("minReaderVersion", kInt32);
    Field("minWriterVersion", kInt32);
    End();
    Group("metaData", 7);
    Field("id", kByteArray);
    Field("name", kByteArray);
    Group("format", 2);
    Field("provider", kByteArray);
    StringMap("options");
    End();
    Field("schemaString", kByteArray);
    StringList("partitionColumns");
    StringMap("configuration");
    Field("createdTime", kInt64);
    End();
    Group("add", 6);
    Field("path", kByteArray);
    StringMap("partitionValues");
    Field("size", kInt64);
    Field("modificationTime", kInt64);
    Field("dataChange", kBoolean);
    Field("stats", kByteArray);
    End();
    // Readers look for tombstones and transactions; there are none.
    Group("remove", 3);
    Field("path", kByteArray);
    Field("deletionTimestamp", kInt64);
    Field("dataChange", kBoolean);
    End();
    Group("txn", 2);
    Field("appId", kByteArray);
    Field("version", kInt64);
    End();
  }

  // One row: which leaves have a value. Of an action that is there, maps and lists are empty and other
  // fields null unless they are given.
  struct Given {
    std::string_view path;  // "add.size"
    Cell value;
  };
  void AddRow(std::string_view action, const std::vector<Given>& given) {
    ++rows_;
    for (Leaf& leaf : leaves_) {
      if (leaf.path[0] != action) {
        leaf.definitions.push_back(0);
        continue;
      }
      const Cell* value = nullptr;
      std::string path = leaf.path[0];
      for (size_t i = 1; i < leaf.path.size(); ++i) path += "." + leaf.path[i];
      for (const Given& one : given) {
        if (one.path == path) value = &one.value;
      }
      if (value != nullptr) {
        leaf.definitions.push_back(leaf.definition_max);
        AppendValue(*value, &leaf);
      } else if (leaf.repetition_max > 0) {
        leaf.definitions.push_back(EmptyDepth(leaf));
      } else {
        leaf.definitions.push_back(leaf.definition_max - 1);
      }
    }
  }

  std::string Finish() {
    std::string file(magic);
    std::vector<Value> chunks;
    int64_t total = 0;
    for (Leaf& leaf : leaves_) {
      const auto offset = static_cast<int64_t>(file.size());
      file += Page(&leaf);
      const int64_t size = static_cast<int64_t>(file.size()) - offset;
      total += size;
      std::vector<Value> path;
      for (const std::string& step : leaf.path) path.push_back(Value::Binary(step));
      Value metadata = Value::Struct(
          {{1, Value::I32(leaf.type)},
           {2, Value::List(Type::kI32, {Value::I32(encoding_plain), Value::I32(encoding_rle)})},
           {3, Value::List(Type::kBinary, std::move(path))},
           {4, Value::I32(0)},  // not compressed
           {5, Value::I64(rows_)},
           {6, Value::I64(size)},
           {7, Value::I64(size)},
           {9, Value::I64(offset)}});
      chunks.push_back(Value::Struct({{2, Value::I64(offset)}, {3, std::move(metadata)}}));
    }
    Value group = Value::Struct({{1, Value::List(Type::kStruct, std::move(chunks))},
                                 {2, Value::I64(total)},
                                 {3, Value::I64(rows_)}});
    std::vector<Value> groups;
    groups.push_back(std::move(group));
    const Value footer = Value::Struct({{1, Value::I32(1)},
                                        {2, Value::List(Type::kStruct, std::move(elements_))},
                                        {3, Value::I64(rows_)},
                                        {4, Value::List(Type::kStruct, std::move(groups))},
                                        {6, Value::Binary("Boathouse")}});
    const size_t begin = file.size();
    tables::thrift::Append(footer, &file);
    AppendFixed(file.size() - begin, 4, &file);
    file += magic;
    return file;
  }

 private:
  static Value Element(std::string_view name, Physical type, Repetition repetition,
                       Converted converted, int children) {
    Value element = Value::Struct();
    if (type != kNone) element.Set(1, Value::I32(type));
    element.Set(3, Value::I32(repetition));
    element.Set(4, Value::Binary(name));
    if (children > 0) element.Set(5, Value::I32(children));
    if (converted != kPlain) element.Set(6, Value::I32(converted));
    return element;
  }

  void Group(std::string_view name, int children, Repetition repetition = kOptional,
             Converted converted = kPlain) {
    elements_.push_back(Element(name, kNone, repetition, converted, children));
    path_.emplace_back(name);
    repetitions_.push_back(repetition);
  }
  void End() {
    path_.pop_back();
    repetitions_.pop_back();
  }
  void Field(std::string_view name, Physical type, Repetition repetition = kOptional) {
    elements_.push_back(Element(name, type, repetition, type == kByteArray ? kUtf8 : kPlain, 0));
    Leaf leaf;
    leaf.path = path_;
    leaf.path.emplace_back(name);
    leaf.type = type;
    for (const Repetition step : repetitions_) {
      leaf.definition_max += step == kRequired ? 0 : 1;
      leaf.repetition_max += step == kRepeated ? 1 : 0;
    }
    leaf.definition_max += repetition == kRequired ? 0 : 1;
    leaves_.push_back(std::move(leaf));
  }
  void StringMap(std::string_view name) {
    Group(name, 1, kOptional, kMap);
    Group("key_value", 2, kRepeated);
    Field("key", kByteArray, kRequired);
    Field("value", kByteArray);
    End();
    End();
  }
  void StringList(std::string_view name) {
    Group(name, 1, kOptional, kList);
    Group("list", 1, kRepeated);
    Field("element", kByteArray);
    End();
    End();
  }

  // All steps down to the map or list itself are there, its repeated group is not.
  static int EmptyDepth(const Leaf& leaf) {
    const bool required = leaf.path.back() == "key";
    return leaf.definition_max - (required ? 1 : 2);
  }

  static void AppendValue(const Cell& cell, Leaf* leaf) {
    if (const auto* text = std::get_if<std::string>(&cell)) {
      AppendFixed(text->size(), 4, &leaf->values);
      leaf->values += *text;
    } else if (const auto* wide = std::get_if<int64_t>(&cell)) {
      AppendFixed(static_cast<uint64_t>(*wide), 8, &leaf->values);
    } else if (const auto* narrow = std::get_if<int32_t>(&cell)) {
      AppendFixed(static_cast<uint32_t>(*narrow), 4, &leaf->values);
    } else if (const auto* truth = std::get_if<bool>(&cell)) {
      leaf->bits = static_cast<uint8_t>(leaf->bits | (*truth ? 1u << leaf->bit_count : 0u));
      if (++leaf->bit_count == 8) FlushBits(leaf);
    }
  }
  static void FlushBits(Leaf* leaf) {
    if (leaf->bit_count > 0) leaf->values.push_back(static_cast<char>(leaf->bits));
    leaf->bits = 0;
    leaf->bit_count = 0;
  }

  std::string Page(Leaf* leaf) const {
    FlushBits(leaf);
    std::string body;
    if (leaf->repetition_max > 0) {
      AppendLevels(std::vector<int>(static_cast<size_t>(rows_), 0), &body);
    }
    AppendLevels(leaf->definitions, &body);
    body += leaf->values;
    const auto size = static_cast<int32_t>(body.size());
    const Value header =
        Value::Struct({{1, Value::I32(0)},  // a data page
                       {2, Value::I32(size)},
                       {3, Value::I32(size)},
                       {5, Value::Struct({{1, Value::I32(static_cast<int32_t>(rows_))},
                                          {2, Value::I32(encoding_plain)},
                                          {3, Value::I32(encoding_rle)},
                                          {4, Value::I32(encoding_rle)}})}});
    std::string page;
    tables::thrift::Append(header, &page);
    return page + body;
  }

  std::vector<Value> elements_;
  std::vector<Leaf> leaves_;
  std::vector<std::string> path_;
  std::vector<Repetition> repetitions_;
  int64_t rows_ = 0;
};

}  // namespace

std::string WriteCheckpoint(const Checkpoint& checkpoint) {
  Columns columns;
  columns.AddRow("protocol", {{"protocol.minReaderVersion", checkpoint.reader_version},
                              {"protocol.minWriterVersion", checkpoint.writer_version}});
  columns.AddRow("metaData", {{"metaData.id", checkpoint.table_id},
                              {"metaData.name", checkpoint.name},
                              {"metaData.format.provider", std::string("parquet")},
                              {"metaData.schemaString", checkpoint.schema}});
  for (const CheckpointFile& file : checkpoint.files) {
    columns.AddRow("add", {{"add.path", file.path},
                           {"add.size", file.size},
                           {"add.modificationTime", file.modification_time_ms},
                           // A checkpoint says what is there, not that it changed.
                           {"add.dataChange", false},
                           {"add.stats", file.stats}});
  }
  return columns.Finish();
}

}  // namespace boathouse::delta
