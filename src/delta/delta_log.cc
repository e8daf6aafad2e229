#include "delta/delta_log.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/json.h"
#include "delta/checkpoint.h"
#include "delta/schema.h"

namespace boathouse::delta {
namespace {

using VersionPtr = std::shared_ptr<const tables::TableVersion>;

constexpr Micros millisecond_micros = 1000;
constexpr std::string_view last_checkpoint_name = "_last_checkpoint";
constexpr std::string_view commit_ending = ".json";
constexpr std::string_view checkpoint_ending = ".checkpoint.parquet";
constexpr size_t version_digits = 20;
constexpr int32_t reader_version = 1;
constexpr int32_t writer_version = 2;

Error NoSuchFile(const tables::Table& table, std::string_view name) {
  return {ErrorKind::kNotFound,
          "the log of table " + table.name() + " has no file '" + std::string(name) + "'"};
}

std::string NameOf(int64_t version, std::string_view ending) {
  std::string digits = std::to_string(version);
  digits.insert(0, version_digits - digits.size(), '0');
  return digits + std::string(ending);
}

std::string PathOf(const tables::File& file) { return "data/" + file.id + ".parquet"; }

// The versions that a reading shows: `first` ... newest, and from `readable` on to who knows the name. Commits tell what changed since their predecessor
// from `allowed` on, so that a reader who has followed for long can go on.
struct Shown {
  VersionPtr newest;
  int64_t first = 0;
  int64_t readable = 0;
  int64_t allowed = 0;
  std::vector<tables::VersionInfo> versions;  // retained ones

  const tables::VersionInfo* Find(int64_t version) const {
    if (version < readable || version > newest->version) return nullptr;
    for (const tables::VersionInfo& info : versions) {
      if (info.version == version) return &info;
    }
    return nullptr;
  }
};

Result<Shown> ShownTo(tables::Table& table, const LogReading& reading) {
  Shown shown;
  ASSIGN(shown.newest, table.Current());
  ASSIGN(shown.versions, table.Versions());
  const int64_t newest = shown.newest->version;
  shown.allowed = reading.with_history ? shown.versions.front().version : newest;
  for (const tables::VersionInfo& info : shown.versions) {
    if (info.time >= reading.history_from) break;
    shown.allowed = std::max(shown.allowed, info.version + 1);
  }
  shown.allowed = std::min(shown.allowed, newest);
  shown.first = shown.readable = std::max(shown.allowed, newest - versions_shown_max + 1);
  for (const tables::VersionInfo& info : shown.versions) {
    if (info.time >= reading.superseded_since) {
      shown.readable = std::min(shown.readable, std::max<int64_t>(info.version - 1, 0));
      break;
    }
  }
  return shown;
}

Result<VersionPtr> VersionAt(tables::Table& table, const Shown& shown, int64_t version) {
  if (version == shown.newest->version) return shown.newest;
  return table.At(version);
}

class Commit {
 public:
  explicit Commit(const tables::TableVersion& version)
      : version_(version), time_ms_(version.time / millisecond_micros) {
    Add("commitInfo", Json::Object({{"timestamp", time_ms_},
                                    {"operation", "WRITE"},
                                    {"operationParameters", Json::Object()},
                                    {"engineInfo", "Boathouse"}}));
  }

  void AddProtocol() {
    Add("protocol",
        Json::Object({{"minReaderVersion", reader_version}, {"minWriterVersion", writer_version}}));
  }
  void AddMetadata(const Id& id, const std::string& name) {
    Add("metaData",
        Json::Object(
            {{"id", id.ToString()},
             {"name", name},
             {"format", Json::Object({{"provider", "parquet"}, {"options", Json::Object()}})},
             {"schemaString", SchemaString(*version_.schema)},
             {"partitionColumns", Json::Array()},
             {"configuration", Json::Object()}}));
  }
  void AddFile(const tables::File& file) {
    Add("add", Json::Object({{"path", PathOf(file)},
                             {"partitionValues", Json::Object()},
                             {"size", file.size},
                             {"modificationTime", file.created_at / millisecond_micros},
                             {"dataChange", true},
                             {"stats", StatsString(*version_.schema, file)}}));
  }
  void RemoveFile(const tables::File& file) {
    Add("remove", Json::Object({{"path", PathOf(file)},
                                {"deletionTimestamp", time_ms_},
                                {"dataChange", true},
                                {"extendedFileMetadata", true},
                                {"partitionValues", Json::Object()},
                                {"size", file.size}}));
  }
  std::string Finish() && { return std::move(text_); }

 private:
  void Add(const char* action, Json value) {
    Json::Object({{action, std::move(value)}}).DumpTo(&text_);
    text_ += '\n';
  }

  const tables::TableVersion& version_;
  const int64_t time_ms_;
  std::string text_;
};

// What a version changed against its predecessor; all that it consists of when that may not be told.
Result<std::string> MakeCommit(tables::Table& table, const Shown& shown, int64_t number) {
  ASSIGN(const VersionPtr version, VersionAt(table, shown, number));
  ASSIGN(const Id id, table.id());
  VersionPtr previous;
  if (number > shown.allowed) {
    ASSIGN(previous, VersionAt(table, shown, number - 1));
  }
  Commit commit(*version);
  if (previous == nullptr) commit.AddProtocol();
  if (previous == nullptr || previous->schema->id != version->schema->id) {
    commit.AddMetadata(id, table.name());
  }
  if (previous != nullptr) {
    for (const tables::File& file : previous->files) {
      if (version->Find(file.id) == nullptr) commit.RemoveFile(file);
    }
  }
  for (const tables::File& file : version->files) {
    if (previous == nullptr || previous->Find(file.id) == nullptr) commit.AddFile(file);
  }
  return std::move(commit).Finish();
}

Result<Checkpoint> CheckpointOf(tables::Table& table, const Shown& shown, int64_t number) {
  ASSIGN(const VersionPtr version, VersionAt(table, shown, number));
  ASSIGN(const Id id, table.id());
  Checkpoint checkpoint;
  checkpoint.reader_version = reader_version;
  checkpoint.writer_version = writer_version;
  checkpoint.table_id = id.ToString();
  checkpoint.name = table.name();
  checkpoint.schema = SchemaString(*version->schema);
  for (const tables::File& file : version->files) {
    checkpoint.files.push_back({PathOf(file), static_cast<int64_t>(file.size),
                                file.created_at / millisecond_micros,
                                StatsString(*version->schema, file)});
  }
  return checkpoint;
}

std::string LastCheckpoint(const tables::TableVersion& newest) {
  Checkpoint checkpoint;
  checkpoint.files.resize(newest.files.size());
  return Json::Object({{"version", newest.version}, {"size", checkpoint.actions()}}).Dump();
}

// The bytes of a file whose version is shown, or which is of the newest.
Result<std::string> Make(tables::Table& table, const Shown& shown, std::string_view name) {
  ASSIGN(const std::optional<int64_t> version, VersionOfLogFile(name));
  if (!version) return LastCheckpoint(*shown.newest);
  if (name.ends_with(commit_ending)) return MakeCommit(table, shown, *version);
  ASSIGN(const Checkpoint checkpoint, CheckpointOf(table, shown, *version));
  return WriteCheckpoint(checkpoint);
}

}  // namespace

Result<std::optional<int64_t>> VersionOfLogFile(std::string_view name) {
  if (name == last_checkpoint_name) return std::optional<int64_t>();
  const std::string_view digits = name.substr(0, version_digits);
  const std::string_view ending = name.substr(digits.size());
  int64_t version = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  if (error != std::errc() || end != digits.data() + digits.size() || version < 0 ||
      (ending != commit_ending && ending != checkpoint_ending) || NameOf(version, ending) != name) {
    return Error(ErrorKind::kNotFound, "'" + std::string(name) + "' is no file of a Delta log");
  }
  return std::optional(version);
}

Result<std::shared_ptr<const std::string>> ReadLogFile(tables::Table& table,
                                                       const LogReading& reading,
                                                       std::string_view name) {
  ASSIGN(const std::optional<int64_t> version, VersionOfLogFile(name));
  ASSIGN(const Shown shown, ShownTo(table, reading));
  if (version && shown.Find(*version) == nullptr) return NoSuchFile(table, name);
  ASSIGN(std::string bytes, Make(table, shown, name));
  return std::make_shared<const std::string>(std::move(bytes));
}

Result<std::vector<LogFile>> ListLogFiles(tables::Table& table, const LogReading& reading,
                                          std::string_view after, size_t files_max) {
  ASSIGN(const Shown shown, ShownTo(table, reading));
  std::vector<LogFile> files;
  const auto add = [&](std::string name, Micros time) -> Status {
    if (name <= after || files.size() >= files_max) return Status::Ok();
    ASSIGN(const std::string bytes, Make(table, shown, name));
    files.push_back({std::move(name), bytes.size(), time});
    return Status::Ok();
  };
  for (int64_t version = shown.first; version <= shown.newest->version; ++version) {
    const tables::VersionInfo* info = shown.Find(version);
    if (info == nullptr) continue;
    TRY(add(NameOf(version, checkpoint_ending), info->time));
    TRY(add(NameOf(version, commit_ending), info->time));
  }
  TRY(add(std::string(last_checkpoint_name), shown.newest->time));
  return files;
}

}  // namespace boathouse::delta
