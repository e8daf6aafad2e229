#include "tables/version_log.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/kill_point.h"

namespace boathouse::tables {
namespace {

constexpr std::string_view log_magic = "BHTLOG3\n";
constexpr size_t frame_head_bytes = 12;

enum RecordKind : char { kHeader = 0, kSchema = 1, kVersion = 2, kRewrite = 3, kBatch = 4 };

class Writer {
 public:
  explicit Writer(RecordKind kind) { out_.push_back(kind); }
  void Unsigned(uint64_t value) {
    while (value >= 0x80) {
      out_.push_back(static_cast<char>(value | 0x80));
      value >>= 7;
    }
    out_.push_back(static_cast<char>(value));
  }
  void Signed(int64_t value) {
    Unsigned((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
  }
  void Bytes(std::string_view bytes) {
    Unsigned(bytes.size());
    out_ += bytes;
  }
  void Raw(const Id& id) { out_ += id.AsBytes(); }

  const std::string& payload() const { return out_; }

 private:
  std::string out_;
};

uint32_t Fixed32(std::string_view four) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) {
    value |= static_cast<uint32_t>(static_cast<uint8_t>(four[i])) << (8 * i);
  }
  return value;
}

void AppendFixed32(uint32_t value, std::string* out) {
  for (int i = 0; i < 4; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

// A payload with its length and checksums before it.
std::string Framed(std::string_view payload) {
  std::string out;
  AppendFixed32(static_cast<uint32_t>(payload.size()), &out);
  AppendFixed32(Crc32c(out), &out);
  AppendFixed32(Crc32c(payload), &out);
  out += payload;
  return out;
}

// Reads what Writer wrote. After a failure every further read gives zeros; ok() tells at the end.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  bool ok() const { return ok_; }
  bool done() const { return ok_ && bytes_.empty(); }

  uint64_t Unsigned() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
      const auto byte = static_cast<uint8_t>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    ok_ = false;
    return 0;
  }
  int64_t Signed() {
    const uint64_t raw = Unsigned();
    return static_cast<int64_t>(raw >> 1) ^ -static_cast<int64_t>(raw & 1);
  }
  std::string_view Bytes() { return Take(Unsigned()); }
  Id RawId() { return Id::FromBytes(Take(16)); }
  // A count of items that each take at least one byte.
  uint64_t Count() {
    const uint64_t count = Unsigned();
    if (count > bytes_.size()) ok_ = false;
    return ok_ ? count : 0;
  }

 private:
  std::string_view Take(uint64_t count) {
    if (count > bytes_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view out = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return out;
  }
  std::string_view bytes_;
  bool ok_ = true;
};

std::string HeaderPayload(const LogContents& contents) {
  Writer writer(kHeader);
  writer.Raw(contents.table);
  writer.Bytes(contents.salt);
  writer.Bytes(contents.object);
  writer.Bytes(contents.definition);
  writer.Unsigned(contents.next_group);
  return writer.payload();
}

std::string SchemaPayload(const Schema& schema) {
  Writer writer(kSchema);
  writer.Signed(schema.id);
  writer.Unsigned(schema.columns.size());
  for (const Column& column : schema.columns) {
    writer.Bytes(column.name);
    writer.Signed(column.column_id);
    writer.Bytes(model::FieldTypeName(column.type));
    writer.Bytes(column.description);
  }
  return writer.payload();
}

void WriteGroup(const GroupInfo& group, Writer* writer) {
  writer->Unsigned(group.id);
  writer->Signed(group.schema_id);
  writer->Signed(group.rows);
  writer->Signed(group.fresh);
  writer->Raw(group.min_id);
  writer->Raw(group.max_id);
  writer->Unsigned(group.segment);
  writer->Unsigned(group.offset);
  writer->Unsigned(group.length);
  writer->Unsigned(group.checksum);
  writer->Unsigned(group.metadata_length);
  writer->Unsigned(group.metadata_checksum);
  writer->Unsigned(group.ids_length);
  writer->Unsigned(group.ids_checksum);
}

GroupInfo ReadGroup(Reader* reader) {
  GroupInfo group;
  group.id = reader->Unsigned();
  group.schema_id = static_cast<int32_t>(reader->Signed());
  group.rows = reader->Signed();
  group.fresh = reader->Signed();
  group.min_id = reader->RawId();
  group.max_id = reader->RawId();
  group.segment = reader->Unsigned();
  group.offset = reader->Unsigned();
  group.length = reader->Unsigned();
  group.checksum = static_cast<uint32_t>(reader->Unsigned());
  group.metadata_length = static_cast<uint32_t>(reader->Unsigned());
  group.metadata_checksum = static_cast<uint32_t>(reader->Unsigned());
  group.ids_length = static_cast<uint32_t>(reader->Unsigned());
  group.ids_checksum = static_cast<uint32_t>(reader->Unsigned());
  return group;
}

// Positions as distances from the one before.
void WriteMarks(const Marks& marks, Writer* writer) {
  writer->Unsigned(marks.group);
  writer->Unsigned(marks.positions.size());
  uint32_t before = 0;
  for (const uint32_t position : marks.positions) {
    writer->Unsigned(position - before);
    before = position;
  }
}

Marks ReadMarks(Reader* reader) {
  Marks marks;
  marks.group = reader->Unsigned();
  uint32_t position = 0;
  for (uint64_t n = reader->Count(); n > 0 && reader->ok(); --n) {
    position += static_cast<uint32_t>(reader->Unsigned());
    marks.positions.push_back(position);
  }
  return marks;
}

std::string VersionPayload(const VersionRecord& record) {
  Writer writer(kVersion);
  writer.Signed(record.version);
  writer.Signed(record.sequence);
  writer.Signed(record.time);
  writer.Signed(record.schema_id);
  writer.Bytes(record.commit);
  writer.Unsigned(record.rebuilt ? 1 : 0);
  writer.Unsigned(record.marked.size());
  for (const Marks& marks : record.marked) WriteMarks(marks, &writer);
  writer.Unsigned(record.removed.size());
  for (const uint64_t id : record.removed) writer.Unsigned(id);
  writer.Unsigned(record.added.size());
  for (const GroupInfo& group : record.added) WriteGroup(group, &writer);
  writer.Unsigned(record.placed.size());
  for (const Placement& placement : record.placed) {
    writer.Unsigned(placement.group);
    writer.Unsigned(placement.slot);
  }
  return writer.payload();
}

std::string RewritePayload(const RewriteRecord& record) {
  Writer writer(kRewrite);
  writer.Signed(record.version);
  writer.Unsigned(record.replacements.size());
  for (const Replacement& replacement : record.replacements) {
    writer.Unsigned(replacement.sources.size());
    for (const Replacement::Source& source : replacement.sources) {
      writer.Unsigned(source.group);
      writer.Unsigned(source.dead);
    }
    writer.Unsigned(replacement.results.size());
    for (const GroupInfo& group : replacement.results) WriteGroup(group, &writer);
  }
  return writer.payload();
}

// By their wire names, so that the order of the enumeration may change.
std::optional<model::FieldType> FieldTypeOf(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(model::FieldType::kRelation); ++i) {
    const auto type = static_cast<model::FieldType>(i);
    if (model::FieldTypeName(type) == name) return type;
  }
  return std::nullopt;
}

bool ReadSchema(Reader* reader, Schema* schema) {
  schema->id = static_cast<int32_t>(reader->Signed());
  for (uint64_t n = reader->Count(); n > 0 && reader->ok(); --n) {
    Column column;
    column.name = std::string(reader->Bytes());
    column.column_id = static_cast<int32_t>(reader->Signed());
    const auto type = FieldTypeOf(reader->Bytes());
    column.description = std::string(reader->Bytes());
    if (!type) return false;
    column.type = *type;
    schema->columns.push_back(std::move(column));
  }
  return reader->done();
}

bool ReadVersion(Reader* reader, VersionRecord* record) {
  record->version = reader->Signed();
  record->sequence = reader->Signed();
  record->time = reader->Signed();
  record->schema_id = static_cast<int32_t>(reader->Signed());
  record->commit = std::string(reader->Bytes());
  record->rebuilt = reader->Unsigned() != 0;
  for (uint64_t n = reader->Count(); n > 0 && reader->ok(); --n) {
    record->marked.push_back(ReadMarks(reader));
  }
  for (uint64_t n = reader->Count(); n > 0; --n) record->removed.push_back(reader->Unsigned());
  for (uint64_t n = reader->Count(); n > 0 && reader->ok(); --n) {
    record->added.push_back(ReadGroup(reader));
  }
  for (uint64_t n = reader->Count(); n > 0 && reader->ok(); --n) {
    Placement placement;
    placement.group = reader->Unsigned();
    placement.slot = static_cast<uint32_t>(reader->Unsigned());
    record->placed.push_back(placement);
  }
  return reader->done();
}

bool ReadRewrite(Reader* reader, RewriteRecord* record) {
  record->version = reader->Signed();
  for (uint64_t n = reader->Count(); n > 0 && reader->ok(); --n) {
    Replacement replacement;
    for (uint64_t m = reader->Count(); m > 0 && reader->ok(); --m) {
      Replacement::Source source;
      source.group = reader->Unsigned();
      source.dead = reader->Unsigned();
      replacement.sources.push_back(source);
    }
    for (uint64_t m = reader->Count(); m > 0 && reader->ok(); --m) {
      replacement.results.push_back(ReadGroup(reader));
    }
    record->replacements.push_back(std::move(replacement));
  }
  return reader->done();
}

void CountGroup(const GroupInfo& group, LogContents* contents) {
  contents->next_group = std::max(contents->next_group, group.id + 1);
}

// Adds one record to `contents`; false when it does not follow from those before.
bool Apply(std::string_view payload, bool first, LogContents* contents) {
  if (payload.empty()) return false;
  Reader reader(payload.substr(1));
  switch (payload[0]) {
    case kHeader:
      if (!first) return false;
      contents->table = reader.RawId();
      contents->salt = std::string(reader.Bytes());
      contents->object = std::string(reader.Bytes());
      contents->definition = std::string(reader.Bytes());
      contents->next_group = reader.Unsigned();
      return reader.done();
    case kSchema: {
      Schema schema;
      if (first || !ReadSchema(&reader, &schema)) return false;
      contents->schemas.push_back(std::move(schema));
      return true;
    }
    case kVersion: {
      VersionRecord record;
      if (first || !ReadVersion(&reader, &record)) return false;
      if (!contents->versions.empty() && record.version != contents->versions.back().version + 1) {
        return false;
      }
      for (const GroupInfo& group : record.added) CountGroup(group, contents);
      contents->versions.push_back(std::move(record));
      return true;
    }
    case kRewrite: {
      RewriteRecord record;
      if (contents->versions.empty() || !ReadRewrite(&reader, &record)) return false;
      record.after = contents->versions.back().version;
      for (const Replacement& replacement : record.replacements) {
        for (const GroupInfo& group : replacement.results) CountGroup(group, contents);
      }
      contents->rewrites.push_back(std::move(record));
      return true;
    }
    case kBatch:
      if (first) return false;
      while (reader.ok() && !reader.done()) {
        const std::string_view part = reader.Bytes();
        // One level is all there is.
        if (part.empty() || part[0] == kBatch || !Apply(part, first, contents)) return false;
      }
      return reader.done();
    default:
      return false;
  }
}

Error Damaged(const std::string& path, uint64_t offset) {
  return {ErrorKind::kCorrupt, path + " is damaged at byte " + std::to_string(offset)};
}

// The payload of the frame that begins at `offset`; nothing when none does, or when it does not hold.
std::optional<std::string_view> FrameAt(std::string_view bytes, uint64_t offset) {
  if (bytes.size() - offset < frame_head_bytes) return std::nullopt;
  const std::string_view head = bytes.substr(offset, frame_head_bytes);
  const uint64_t length = Fixed32(head);
  if (Crc32c(head.substr(0, 4)) != Fixed32(head.substr(4))) return std::nullopt;
  if (length > bytes.size() - offset - frame_head_bytes) return std::nullopt;
  const std::string_view payload = bytes.substr(offset + frame_head_bytes, length);
  if (Crc32c(payload) != Fixed32(head.substr(8))) return std::nullopt;
  return payload;
}

// Reads all records of `bytes`; returns where the last whole frame ends.
Result<uint64_t> ReadRecords(const std::string& path, std::string_view bytes,
                             LogContents* contents) {
  if (bytes.substr(0, log_magic.size()) != log_magic) return Damaged(path, 0);
  uint64_t offset = log_magic.size();
  bool first = true;
  while (const auto payload = FrameAt(bytes, offset)) {
    if (!Apply(*payload, first, contents)) return Damaged(path, offset);
    first = false;
    offset += frame_head_bytes + payload->size();
  }
  if (first) return Damaged(path, offset);
  // Only the last append can be torn, as each was synced before the next. A good frame further on tells
  // that this is something else, and then what stands behind must not be cut away.
  for (uint64_t at = offset + 1; at < bytes.size(); ++at) {
    if (FrameAt(bytes, at)) return Damaged(path, offset);
  }
  return offset;
}

}  // namespace

Result<std::unique_ptr<VersionLog>> VersionLog::Open(const std::string& path,
                                                     LogContents* contents) {
  *contents = {};
  // A Replace() may have ended between its rename and the sync of the folder: what is read now, and
  // what will be appended to it, must keep the name.
  const std::string folder = std::filesystem::path(path).parent_path().string();
  TRY(SyncDirectory(folder));
  ASSIGN(std::shared_ptr<DiskFile> file, DiskFile::Open(path, DiskFile::Mode::kMustExist));
  ASSIGN(const uint64_t size, file->Size());
  std::string bytes;
  TRY(file->ReadAt(0, size, &bytes));
  ASSIGN(const uint64_t end, ReadRecords(path, bytes, contents));
  if (end < size) {
    TRY(file->Truncate(end));
    TRY(file->Sync());
  }
  return std::unique_ptr<VersionLog>(new VersionLog(std::move(file), end));
}

Result<std::unique_ptr<VersionLog>> VersionLog::Replace(const std::string& path,
                                                        const LogContents& contents) {
  std::string bytes(log_magic);
  bytes += Framed(HeaderPayload(contents));
  for (const Schema& schema : contents.schemas) bytes += Framed(SchemaPayload(schema));
  auto rewrite = contents.rewrites.begin();
  for (const VersionRecord& record : contents.versions) {
    bytes += Framed(VersionPayload(record));
    for (; rewrite != contents.rewrites.end() && rewrite->after <= record.version; ++rewrite) {
      bytes += Framed(RewritePayload(*rewrite));
    }
  }

  const std::string temporary = path + ".new";
  ASSIGN(std::shared_ptr<DiskFile> file,
         DiskFile::Open(temporary, DiskFile::Mode::kCreateIfMissing));
  TRY(file->Truncate(0));
  KillPoint("log.replacement_begun");
  TRY(file->WriteAt(0, bytes));
  KillPoint("log.replacement_written");
  TRY(file->Sync());
  KillPoint("log.replacement_synced");
  TRY(RenameFile(temporary, path));
  KillPoint("log.replaced");
  TRY(SyncDirectory(std::filesystem::path(path).parent_path().string()));
  return std::unique_ptr<VersionLog>(new VersionLog(std::move(file), bytes.size()));
}

Status VersionLog::Append(const Schema* schema, const VersionRecord* record,
                          const std::vector<RewriteRecord>& rewrites) {
  Writer batch(kBatch);
  if (schema != nullptr) batch.Bytes(SchemaPayload(*schema));
  if (record != nullptr) batch.Bytes(VersionPayload(*record));
  for (const RewriteRecord& rewrite : rewrites) batch.Bytes(RewritePayload(rewrite));
  const std::string bytes = Framed(batch.payload());
  TRY(file_->WriteAt(end_, bytes));
  KillPoint("log.written");
  TRY(file_->Sync());
  end_ += bytes.size();
  return Status::Ok();
}

}  // namespace boathouse::tables
