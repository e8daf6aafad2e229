#include "tables/row_removal.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "tables/page_codec.h"
#include "tables/parquet_fields.h"
#include "tables/thrift.h"

namespace boathouse::tables {
namespace {

using thrift::Type;
using thrift::Value;

Error Damaged() { return {ErrorKind::kCorrupt, "a page of a published table is damaged"}; }

uint64_t LittleEndian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    value |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  }
  return value;
}

void AppendLittleEndian(uint64_t value, size_t bytes, std::string* out) {
  for (size_t i = 0; i < bytes; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

// ---- The hybrid of runs and packed bits, in which levels and dictionary indexes are written ----

bool ReadHybrid(std::string_view bytes, unsigned width, size_t count, std::vector<uint32_t>* out) {
  out->clear();
  out->reserve(count + 8);
  while (out->size() < count) {
    uint64_t header = 0;
    for (unsigned shift = 0;; shift += 7) {
      if (bytes.empty() || shift > 56) return false;
      const auto byte = static_cast<uint8_t>(bytes.front());
      bytes.remove_prefix(1);
      header |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) break;
    }
    const size_t left = count - out->size();
    if ((header & 1) == 0) {
      const size_t value_bytes = (width + 7) / 8;
      if (bytes.size() < value_bytes || header == 0) return false;
      const auto value = static_cast<uint32_t>(LittleEndian(bytes.substr(0, value_bytes)));
      bytes.remove_prefix(value_bytes);
      out->insert(out->end(), std::min<uint64_t>(header >> 1, left), value);
      continue;
    }
    // Groups of eight values; the last may reach beyond the count, and its bytes be cut off.
    const uint64_t values = std::min<uint64_t>((header >> 1) * 8, (left + 7) / 8 * 8);
    if ((header >> 1) == 0) return false;
    uint64_t buffer = 0;
    unsigned bits = 0;
    size_t at = 0;
    for (uint64_t i = 0; i < values; ++i) {
      for (; bits < width; bits += 8, ++at) {
        if (at == bytes.size() && i < left) return false;
        const uint64_t byte = at < bytes.size() ? static_cast<uint8_t>(bytes[at]) : 0;
        buffer |= byte << bits;
      }
      out->push_back(static_cast<uint32_t>(buffer & ((uint64_t{1} << width) - 1)));
      buffer >>= width;
      bits -= width;
    }
    bytes.remove_prefix(std::min<size_t>(bytes.size(), (header >> 1) * width));
  }
  out->resize(count);
  return true;
}

void AppendVarint(uint64_t value, std::string* out) {
  for (; value >= 0x80; value >>= 7) out->push_back(static_cast<char>(value | 0x80));
  out->push_back(static_cast<char>(value));
}

void AppendHybrid(const std::vector<uint32_t>& values, unsigned width, std::string* out) {
  if (values.empty()) return;
  const auto same = [&](uint32_t value) { return value == values[0]; };
  if (std::all_of(values.begin(), values.end(), same)) {
    AppendVarint(static_cast<uint64_t>(values.size()) << 1, out);
    AppendLittleEndian(values[0], (width + 7) / 8, out);
    return;
  }
  AppendVarint(((values.size() + 7) / 8) << 1 | 1, out);
  uint64_t buffer = 0;
  unsigned bits = 0;
  for (size_t i = 0; i < (values.size() + 7) / 8 * 8; ++i) {
    buffer |= (i < values.size() ? uint64_t{values[i]} : 0) << bits;
    for (bits += width; bits >= 8; bits -= 8, buffer >>= 8) {
      out->push_back(static_cast<char>(buffer));
    }
  }
}

// ---- Values ----

// The least and the greatest of the values that are left, in the PLAIN encoding.
class Bounds {
 public:
  explicit Bounds(PhysicalType type) : type_(type) {}
  void Add(std::string_view value) {
    if (!any_ || Less(value, min_)) min_ = value;
    if (!any_ || Less(max_, value)) max_ = value;
    any_ = true;
  }
  bool any() const { return any_; }
  const std::string& min() const { return min_; }
  const std::string& max() const { return max_; }

 private:
  bool Less(std::string_view a, std::string_view b) const {
    if (type_ == kByteArray) return a < b;  // bytewise, as unsigned
    if (type_ == kInt64) {
      return static_cast<int64_t>(LittleEndian(a)) < static_cast<int64_t>(LittleEndian(b));
    }
    return static_cast<int32_t>(LittleEndian(a)) < static_cast<int32_t>(LittleEndian(b));
  }
  const PhysicalType type_;
  bool any_ = false;
  std::string min_, max_;
};

// Splits PLAIN values of whole bytes; texts without their length.
bool SplitPlain(PhysicalType type, std::string_view bytes, size_t count,
                std::vector<std::string_view>* out) {
  const size_t width = type == kInt32 ? 4 : 8;
  for (size_t i = 0; i < count; ++i) {
    size_t length = width;
    if (type == kByteArray) {
      if (bytes.size() < 4) return false;
      length = LittleEndian(bytes.substr(0, 4));
      bytes.remove_prefix(4);
    }
    if (bytes.size() < length) return false;
    out->push_back(bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  return true;
}

// ---- One column chunk ----

class ChunkCutter {
 public:
  ChunkCutter(PhysicalType type, const std::vector<uint32_t>& dead)
      : type_(type), dead_(dead), next_dead_(dead.begin()), bounds_(type) {}

  // Appends the chunk that begins at `bytes` to `out`; false for a form that is not known.
  Result<bool> Cut(std::string_view bytes, std::string* out) {
    while (!bytes.empty()) {
      size_t used = 0;
      ASSIGN(Value header, thrift::Parse(bytes, &used));
      const int64_t size = header.NumberOf(page::kCompressedSize, -1);
      const int64_t whole = header.NumberOf(page::kUncompressedSize, -1);
      if (size < 0 || whole < 0 || static_cast<uint64_t>(size) > bytes.size() - used ||
          whole > page_bytes_max) {
        return Damaged();
      }
      const std::string_view body = bytes.substr(used, static_cast<size_t>(size));
      ASSIGN(std::string content, DecompressPage(body, static_cast<size_t>(whole)));
      const int64_t type = header.NumberOf(page::kType, -1);
      if (type == page::dictionary_page) {
        if (!ReadDictionary(header, std::move(content))) return false;
        *out += bytes.substr(0, used + body.size());
        dictionary_size_ = used + body.size();
        uncompressed_ += used + static_cast<size_t>(whole);
      } else if (type == page::data_page) {
        ASSIGN(const bool known, CutPage(std::move(header), content, out));
        if (!known) return false;
      } else {
        return false;
      }
      bytes.remove_prefix(used + body.size());
    }
    for (size_t i = 0; i < dictionary_.size(); ++i) {
      if (entry_used_[i]) bounds_.Add(dictionary_[i]);
    }
    return true;
  }

  size_t dictionary_size() const { return dictionary_size_; }
  size_t uncompressed() const { return uncompressed_; }
  int64_t rows() const { return rows_; }
  int64_t nulls() const { return nulls_; }
  const Bounds& bounds() const { return bounds_; }

 private:
  static constexpr int64_t page_bytes_max = 1 << 30;

  bool ReadDictionary(const Value& header, std::string content) {
    const Value* own = header.Find(page::kDictionary);
    if (own == nullptr || type_ == kBoolean) return false;
    dictionary_bytes_ = std::move(content);
    const auto count = static_cast<size_t>(own->NumberOf(dictionary_page::kValues, 0));
    if (!SplitPlain(type_, dictionary_bytes_, count, &dictionary_)) return false;
    entry_used_.resize(dictionary_.size());
    return true;
  }

  Result<bool> CutPage(Value header, std::string_view content, std::string* out) {
    Value* own = header.Find(page::kData);
    if (own == nullptr || content.size() < 4) return Damaged();
    const int64_t encoding = own->NumberOf(data_page::kEncoding, -1);
    const auto count = static_cast<size_t>(own->NumberOf(data_page::kValues, 0));
    if (own->NumberOf(data_page::kLevelEncoding, -1) != encoding_rle) return false;
    const size_t levels_size = LittleEndian(content.substr(0, 4));
    if (levels_size > content.size() - 4) return Damaged();
    std::vector<uint32_t> levels;
    if (!ReadHybrid(content.substr(4, levels_size), 1, count, &levels)) return Damaged();

    // Which values go: those of dead rows, as far as they have one.
    std::vector<uint32_t> kept_levels;
    std::vector<size_t> gone;  // indexes of values
    size_t values = 0;
    for (size_t i = 0; i < count; ++i, ++row_) {
      const bool dies = next_dead_ != dead_.end() && *next_dead_ == row_;
      if (dies) ++next_dead_;
      if (levels[i] != 0 && dies) gone.push_back(values);
      if (!dies) kept_levels.push_back(levels[i]);
      values += levels[i];
    }
    std::string encoded_levels;
    AppendHybrid(kept_levels, 1, &encoded_levels);
    std::string cut;
    AppendLittleEndian(encoded_levels.size(), 4, &cut);
    cut += encoded_levels;
    if (!CutValues(encoding, content.substr(4 + levels_size), values, gone, &cut)) return false;
    rows_ += static_cast<int64_t>(kept_levels.size());
    nulls_ += static_cast<int64_t>(kept_levels.size()) - static_cast<int64_t>(values - gone.size());
    if (kept_levels.empty()) return true;  // the page is gone

    ASSIGN(const std::string body, CompressPage(cut));
    own->Set(data_page::kValues, Value::I32(static_cast<int32_t>(kept_levels.size())));
    own->Remove(data_page::kStatistics);
    header.Set(page::kUncompressedSize, Value::I32(static_cast<int32_t>(cut.size())));
    header.Set(page::kCompressedSize, Value::I32(static_cast<int32_t>(body.size())));
    header.Remove(page::kChecksum);
    const size_t before = out->size();
    thrift::Append(header, out);
    uncompressed_ += out->size() - before + cut.size();
    *out += body;
    return true;
  }

  bool CutValues(int64_t encoding, std::string_view bytes, size_t count,
                 const std::vector<size_t>& gone, std::string* out) {
    if (encoding == encoding_plain_dictionary || encoding == encoding_rle_dictionary) {
      return CutIndexes(bytes, count, gone, out);
    }
    if (encoding != encoding_plain) return false;
    return type_ == kBoolean ? CutBooleans(bytes, count, gone, out)
                             : CutPlain(bytes, count, gone, out);
  }

  bool CutIndexes(std::string_view bytes, size_t count, const std::vector<size_t>& gone,
                  std::string* out) {
    if (bytes.empty()) return count == 0;
    const auto width = static_cast<unsigned>(static_cast<uint8_t>(bytes[0]));
    if (width > 32) return false;
    std::vector<uint32_t> indexes;
    if (!ReadHybrid(bytes.substr(1), width, count, &indexes)) return false;
    auto skip = gone.begin();
    size_t kept = 0;
    for (size_t i = 0; i < indexes.size(); ++i) {
      if (indexes[i] >= dictionary_.size()) return false;
      if (skip != gone.end() && *skip == i) {
        ++skip;
        continue;
      }
      entry_used_[indexes[i]] = true;
      indexes[kept++] = indexes[i];
    }
    indexes.resize(kept);
    out->push_back(bytes[0]);
    AppendHybrid(indexes, width, out);
    return true;
  }

  bool CutBooleans(std::string_view bytes, size_t count, const std::vector<size_t>& gone,
                   std::string* out) {
    if (bytes.size() < (count + 7) / 8) return false;
    auto skip = gone.begin();
    uint8_t byte = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < count; ++i) {
      if (skip != gone.end() && *skip == i) {
        ++skip;
        continue;
      }
      const unsigned bit = static_cast<uint8_t>(bytes[i / 8]) >> (i % 8) & 1u;
      bounds_.Add(std::string_view(bit != 0 ? "\1" : "\0", 1));
      byte = static_cast<uint8_t>(byte | bit << bits);
      if (++bits == 8) {
        out->push_back(static_cast<char>(byte));
        byte = 0;
        bits = 0;
      }
    }
    if (bits > 0) out->push_back(static_cast<char>(byte));
    return true;
  }

  bool CutPlain(std::string_view bytes, size_t count, const std::vector<size_t>& gone,
                std::string* out) {
    std::vector<std::string_view> values;
    values.reserve(count);
    if (!SplitPlain(type_, bytes, count, &values)) return false;
    const size_t prefix = type_ == kByteArray ? 4 : 0;
    // Values lie one behind the other, so what is between two that go is copied at once.
    const char* from = bytes.data();
    auto skip = gone.begin();
    for (size_t i = 0; i < count; ++i) {
      if (skip == gone.end() || *skip != i) {
        bounds_.Add(values[i]);
        continue;
      }
      ++skip;
      const char* begin = values[i].data() - prefix;
      out->append(from, static_cast<size_t>(begin - from));
      from = values[i].data() + values[i].size();
    }
    const char* end = count == 0 ? from : values[count - 1].data() + values[count - 1].size();
    out->append(from, static_cast<size_t>(end - from));
    return true;
  }

  const PhysicalType type_;
  const std::vector<uint32_t>& dead_;
  std::vector<uint32_t>::const_iterator next_dead_;
  uint32_t row_ = 0;
  Bounds bounds_;
  std::string dictionary_bytes_;
  std::vector<std::string_view> dictionary_;  // into those
  std::vector<bool> entry_used_;
  size_t dictionary_size_ = 0;
  size_t uncompressed_ = 0;
  int64_t rows_ = 0, nulls_ = 0;
};

void SetStatistics(const ChunkCutter& cutter, Value* metadata) {
  Value* stats = metadata->Find(column::kStatistics);
  if (stats == nullptr) return;
  stats->Set(statistics::kNulls, Value::I64(cutter.nulls()));
  stats->Remove(statistics::kDistinct);
  // Where the group had none because a text was too long, none are made.
  if (stats->Find(statistics::kMin) == nullptr || stats->Find(statistics::kMax) == nullptr) return;
  if (cutter.bounds().any()) {
    stats->Set(statistics::kMin, Value::Binary(cutter.bounds().min()));
    stats->Set(statistics::kMax, Value::Binary(cutter.bounds().max()));
    return;
  }
  for (const int16_t id :
       {statistics::kMin, statistics::kMax, statistics::kMinExact, statistics::kMaxExact}) {
    stats->Remove(id);
  }
}

// `content` as a zstd frame that only stores it (RFC 8878: one segment, one raw block); at most 255 bytes.
std::string StoredFrame(std::string_view content) {
  std::string out("\x28\xB5\x2F\xFD\x20", 5);
  AppendLittleEndian(content.size(), 1, &out);
  AppendLittleEndian(content.size() << 3 | 1, 3, &out);
  out += content;
  return out;
}

// A chunk of nulls alone stays one, whichever rows go: half of a sparse table's columns need no more.
void WriteNullChunk(int64_t rows, Value* metadata, std::string* out) {
  std::string levels, content;
  AppendHybrid(std::vector<uint32_t>(static_cast<size_t>(rows), 0), 1, &levels);
  AppendLittleEndian(levels.size(), 4, &content);
  content += levels;
  const std::string body = StoredFrame(content);
  const auto number = [](int64_t n) { return Value::I32(static_cast<int32_t>(n)); };
  Value own = Value::Struct({{data_page::kValues, number(rows)},
                             {data_page::kEncoding, number(encoding_plain)},
                             {data_page::kLevelEncoding, number(encoding_rle)},
                             {data_page::kRepetitionEncoding, number(encoding_rle)}});
  const size_t start = out->size();
  thrift::Append(
      Value::Struct({{page::kType, number(page::data_page)},
                     {page::kUncompressedSize, number(static_cast<int64_t>(content.size()))},
                     {page::kCompressedSize, number(static_cast<int64_t>(body.size()))},
                     {page::kData, std::move(own)}}),
      out);
  const size_t header_size = out->size() - start;
  *out += body;
  metadata->Remove(column::kDictionaryOffset);
  metadata->Set(column::kEncodings,
                Value::List(Type::kI32, {number(encoding_plain), number(encoding_rle)}));
  metadata->Set(column::kValues, Value::I64(rows));
  metadata->Set(column::kUncompressedSize,
                Value::I64(static_cast<int64_t>(header_size + content.size())));
  metadata->Set(column::kCompressedSize, Value::I64(static_cast<int64_t>(out->size() - start)));
  metadata->Set(column::kDataOffset, Value::I64(static_cast<int64_t>(start)));
  metadata->Find(column::kStatistics)->Set(statistics::kNulls, Value::I64(rows));
}

bool IsKnownType(int64_t type) {
  return type == kBoolean || type == kInt32 || type == kInt64 || type == kByteArray;
}

// Cuts the chunk that `column_chunk` describes and describes the result; false when it is not known.
Result<bool> CutChunk(const std::string& bytes, const std::vector<uint32_t>& dead, int64_t rows,
                      Value* column_chunk, std::string* out) {
  const auto removed = static_cast<int64_t>(dead.size());
  Value* metadata = column_chunk->Find(chunk::kMetadata);
  if (metadata == nullptr) return Damaged();
  const int64_t type = metadata->NumberOf(column::kType, -1);
  if (!IsKnownType(type) || metadata->NumberOf(column::kCodec, -1) != codec_zstd) return false;
  const Value* stats = metadata->Find(column::kStatistics);
  if (stats != nullptr && stats->NumberOf(statistics::kNulls, -1) == rows + removed) {
    column_chunk->Set(chunk::kFileOffset, Value::I64(0));
    WriteNullChunk(rows, metadata, out);
    return true;
  }
  const bool has_dictionary = metadata->Find(column::kDictionaryOffset) != nullptr;
  const int64_t begin =
      metadata->NumberOf(has_dictionary ? column::kDictionaryOffset : column::kDataOffset, -1);
  const int64_t size = metadata->NumberOf(column::kCompressedSize, -1);
  const auto all = static_cast<int64_t>(bytes.size());
  if (begin < 0 || size < 0 || begin > all || size > all - begin) return Damaged();

  const size_t start = out->size();
  ChunkCutter cutter(static_cast<PhysicalType>(type), dead);
  const std::string_view whole(bytes);
  ASSIGN(const bool known,
         cutter.Cut(whole.substr(static_cast<size_t>(begin), static_cast<size_t>(size)), out));
  if (!known) return false;
  if (cutter.rows() != rows || (cutter.dictionary_size() > 0) != has_dictionary) return Damaged();
  const auto at = [](size_t offset) { return Value::I64(static_cast<int64_t>(offset)); };
  column_chunk->Set(chunk::kFileOffset, at(0));
  metadata->Set(column::kValues, Value::I64(rows));
  metadata->Set(column::kUncompressedSize, at(cutter.uncompressed()));
  metadata->Set(column::kCompressedSize, at(out->size() - start));
  metadata->Set(column::kDataOffset, at(start + cutter.dictionary_size()));
  if (has_dictionary) metadata->Set(column::kDictionaryOffset, at(start));
  SetStatistics(cutter, metadata);
  return true;
}

}  // namespace

Result<std::optional<EncodedGroup>> RemoveRows(const EncodedGroup& group,
                                               const std::vector<uint32_t>& dead) {
  ASSIGN(Value metadata, thrift::Parse(group.metadata));
  Value* columns = metadata.Find(row_group::kColumns);
  if (columns == nullptr) return Damaged();
  EncodedGroup out;
  out.rows = group.rows - static_cast<int64_t>(dead.size());
  out.bytes.reserve(group.bytes.size());
  for (Value& column_chunk : columns->items) {
    ASSIGN(const bool known, CutChunk(group.bytes, dead, out.rows, &column_chunk, &out.bytes));
    if (!known) return std::optional<EncodedGroup>();
  }
  metadata.Set(row_group::kRows, Value::I64(out.rows));
  thrift::Append(metadata, &out.metadata);
  return std::optional(std::move(out));
}

}  // namespace boathouse::tables
