#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "base/bytes.h"
#include "iceberg/byte_cache.h"
#include "iceberg/iceberg.h"
#include "iceberg/metadata.h"
#include "iceberg/names.h"
#include "iceberg/plan.h"
#include "iceberg/snapshot.h"

namespace boathouse::iceberg {
namespace {

constexpr size_t digest_bytes = 16;
// Current metadata that is kept per table and reading; more readings than these are made again.
constexpr size_t current_kept_max = 1024;

Error NoSuchFile(const tables::Table& table, std::string_view name) {
  return {ErrorKind::kNotFound,
          "table " + table.name() + " has no metadata file '" + std::string(name) + "'"};
}

Status CheckReading(const Reading& reading) {
  if (reading.format_version == 2 || reading.format_version == 3) return Status::Ok();
  return Error(ErrorKind::kUnsupported, "Iceberg format version " +
                                            std::to_string(reading.format_version) +
                                            " is not offered; use 2 or 3");
}

}  // namespace

struct Renderer::Impl {
  explicit Impl(RendererOptions o) : options(std::move(o)), cache(options.cache_bytes_max) {}

  using Key = std::tuple<std::string, int, bool, Micros, Snapshots>;
  struct Known {
    Id table;
    Metadata metadata;
  };

  const RendererOptions options;
  ByteCache cache;
  std::mutex mutex;  // current
  std::map<Key, Known> current;

  Result<Place> PlaceOf(tables::Table& table) const {
    ASSIGN(const Id id, table.id());
    return Place{&table, id, options.root + "/" + table.name() + "/" + id.ToString()};
  }

  // The newest version, and the place of the history it belongs to.
  Result<std::pair<Place, VersionPtr>> Newest(tables::Table& table, int format_version) const {
    for (;;) {
      ASSIGN(Place before, PlaceOf(table));
      ASSIGN(VersionPtr version, format_version >= 3 ? table.CurrentMarked() : table.Current());
      ASSIGN(Place place, PlaceOf(table));
      // A history that was begun anew meanwhile has other versions under the same numbers.
      if (place.id == before.id) return std::pair(std::move(place), std::move(version));
    }
  }

  // What a reading shows of the versions up to `newest`.
  struct Shown {
    bool with_history = false;
    int64_t allowed = 0;  // the oldest version that it may know of
    int64_t oldest = 0;   // the oldest that metadata shows
    std::vector<tables::VersionInfo> versions;
  };
  static Result<Shown> ShownOf(const Place& place, const Reading& reading, Snapshots snapshots,
                               int64_t newest) {
    Shown shown;
    shown.allowed = shown.oldest = newest;
    ASSIGN(shown.versions, place.table->Versions());
    if (!reading.with_history) return shown;
    const int64_t retained = shown.versions.front().version;
    int64_t allowed = retained;
    for (const tables::VersionInfo& info : shown.versions) {
      if (info.time >= reading.history_from) break;
      allowed = info.version + 1;
    }
    // A snapshot tells what its predecessor had too, so the first one shown is the one behind.
    const int64_t oldest = allowed == retained ? retained : allowed + 1;
    if (oldest > newest) return shown;
    shown.with_history = true;
    shown.allowed = allowed;
    shown.oldest = snapshots == Snapshots::kAll ? oldest : std::max(oldest, WindowBegin(newest));
    return shown;
  }

  // Whether a file tells nothing that the reading does not show.
  static bool IsShown(const Name& name, const Shown& shown, Micros now) {
    const int64_t retained = shown.versions.front().version;
    const bool alone = !name.with_history || name.kind == FileName::Kind::kDeletes;
    int64_t oldest = name.version;
    if (name.kind == FileName::Kind::kMetadata) oldest = name.oldest;
    if (!alone && name.kind != FileName::Kind::kMetadata) oldest = name.version - 1;
    // Of versions that are no longer kept nothing is told.
    if (shown.with_history && std::max(oldest, retained) >= shown.allowed) return true;
    if (!alone) return false;
    for (const tables::VersionInfo& info : shown.versions) {
      if (info.version == name.version + 1) return info.time >= now - superseded_readable_micros;
    }
    return name.version == shown.versions.back().version;
  }

  static std::string KeyOf(const Place& place, const Name& name) {
    return place.id.ToString() + "/" + ToText(name, place.id);
  }

  // The file of a name that is no alias.
  Result<ByteCache::Bytes> Make(const Place& place, const Name& name) {
    const std::string key = KeyOf(place, name);
    if (ByteCache::Bytes known = cache.Find(key)) return known;
    if (name.kind == FileName::Kind::kMetadata) {
      ASSIGN(std::string text, MakeMetadata(place, name.version, name.oldest, name.format_version,
                                            name.with_history));
      return cache.Put(key, std::move(text));
    }
    // Whoever reads one file of a snapshot reads the others next.
    ASSIGN(SnapshotFiles files,
           MakeSnapshot(place, name.version, name.format_version, name.with_history));
    ByteCache::Bytes wanted;
    const auto put = [&](FileName::Kind kind, std::optional<std::string> bytes) {
      if (!bytes) return;
      Name of_it = name;
      of_it.kind = kind;
      ByteCache::Bytes kept = cache.Put(KeyOf(place, of_it), *std::move(bytes));
      if (kind == name.kind) wanted = std::move(kept);
    };
    put(FileName::Kind::kManifestList, std::move(files.list));
    put(FileName::Kind::kManifest, std::move(files.manifest));
    put(FileName::Kind::kDeleteManifest, std::move(files.delete_manifest));
    put(FileName::Kind::kDeletes, std::move(files.puffin));
    if (wanted == nullptr) return NoSuchFile(*place.table, ToText(name, place.id));
    return wanted;
  }
};

Renderer::Renderer(RendererOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Renderer::~Renderer() = default;

Result<std::string> Renderer::Location(tables::Table& table) const {
  ASSIGN(Place place, impl_->PlaceOf(table));
  return std::move(place.location);
}

Result<Metadata> Renderer::Load(tables::Table& table, const Reading& reading, Snapshots snapshots) {
  TRY(CheckReading(reading));
  ASSIGN(const auto newest, impl_->Newest(table, reading.format_version));
  const auto& [place, version] = newest;
  const Impl::Key key{table.name(), reading.format_version, reading.with_history,
                      reading.history_from, snapshots};
  {
    const std::lock_guard lock(impl_->mutex);
    const auto known = impl_->current.find(key);
    if (known != impl_->current.end() && known->second.table == place.id &&
        known->second.metadata.version == version->version) {
      return known->second.metadata;
    }
  }
  ASSIGN(const Impl::Shown shown, Impl::ShownOf(place, reading, snapshots, version->version));
  Name name{FileName::Kind::kMetadata, version->version, reading.format_version, shown.with_history,
            shown.oldest};
  Metadata metadata;
  metadata.version = version->version;
  metadata.snapshot_id = SnapshotId(place.id, version->version);
  metadata.location = place.location;
  metadata.name = ToText(name, place.id);
  metadata.uri = place.MetadataUri(name);
  if (snapshots == Snapshots::kCurrent) name.oldest = version->version;
  ASSIGN(metadata.json, impl_->Make(place, name));
  metadata.digest = HexEncode(Sha256(*metadata.json).substr(0, digest_bytes));
  const std::lock_guard lock(impl_->mutex);
  if (impl_->current.size() >= current_kept_max) impl_->current.clear();
  impl_->current[key] = {place.id, metadata};
  return metadata;
}

Result<std::shared_ptr<const std::string>> Renderer::File(tables::Table& table,
                                                          std::string_view text) {
  ASSIGN(const Place place, impl_->PlaceOf(table));
  std::optional<Name> name = ParseName(text, place.id);
  if (!name) return NoSuchFile(table, text);
  if (name->kind == FileName::Kind::kVersionHint) {
    ASSIGN(const VersionPtr newest, table.Current());
    return std::make_shared<const std::string>(std::to_string(newest->version + 1));
  }
  name->by_number = false;
  return impl_->Make(place, *name);
}

Result<std::shared_ptr<const std::string>> Renderer::File(tables::Table& table,
                                                          const Reading& reading, Micros now,
                                                          std::string_view text) {
  TRY(CheckReading(reading));
  ASSIGN(const Place place, impl_->PlaceOf(table));
  std::optional<Name> name = ParseName(text, place.id);
  if (!name) return NoSuchFile(table, text);
  if (name->kind == FileName::Kind::kVersionHint) return File(table, text);
  // What it names has rows in its bytes that are dead.
  const bool whole_history = reading.with_history && reading.history_from == 0;
  if (name->format_version >= 3 && !name->by_number && !whole_history) {
    return NoSuchFile(table, text);
  }
  ASSIGN(const VersionPtr newest, table.CurrentMarked());
  ASSIGN(const Impl::Shown shown,
         Impl::ShownOf(place, reading, Snapshots::kWindow, newest->version));
  if (name->by_number) {
    name->by_number = false;
    name->format_version = reading.format_version;
    name->with_history = shown.with_history && name->version >= shown.oldest;
    name->oldest =
        name->with_history ? std::max(shown.oldest, WindowBegin(name->version)) : name->version;
  }
  if (!Impl::IsShown(*name, shown, now)) return NoSuchFile(table, text);
  return impl_->Make(place, *name);
}

Result<FileName> Renderer::Parse(tables::Table& table, std::string_view text) {
  ASSIGN(const Id id, table.id());
  const std::optional<Name> name = ParseName(text, id);
  if (!name) return NoSuchFile(table, text);
  FileName out{name->kind, name->version, name->version, name->format_version};
  switch (name->kind) {
    case FileName::Kind::kMetadata:
      out.oldest = name->oldest;
      break;
    case FileName::Kind::kManifestList:
    case FileName::Kind::kManifest:
    case FileName::Kind::kDeleteManifest:
      // What the predecessor had and this version has not stands there too.
      if (name->with_history && name->version > 0) out.oldest = name->version - 1;
      break;
    case FileName::Kind::kDeletes:
      break;
    case FileName::Kind::kVersionHint: {
      ASSIGN(const VersionPtr newest, table.CurrentMarked());
      out.version = out.oldest = newest->version;
      break;
    }
  }
  return out;
}

Result<std::vector<ListedFile>> Renderer::List(tables::Table& table, const Reading& reading) {
  TRY(CheckReading(reading));
  ASSIGN(const auto newest, impl_->Newest(table, reading.format_version));
  const auto& [place, version] = newest;
  ASSIGN(const Impl::Shown shown,
         Impl::ShownOf(place, reading, Snapshots::kWindow, version->version));
  const auto name_of = [&](FileName::Kind kind) {
    return Name{kind, version->version, reading.format_version, shown.with_history, shown.oldest};
  };
  std::vector<Name> names = {name_of(FileName::Kind::kMetadata),
                             name_of(FileName::Kind::kManifestList),
                             name_of(FileName::Kind::kManifest)};
  if (reading.format_version >= 3) {
    names.push_back(name_of(FileName::Kind::kDeleteManifest));
    names.push_back(name_of(FileName::Kind::kDeletes));
  }
  std::vector<ListedFile> files;
  for (const Name& name : names) {
    const Result<ByteCache::Bytes> bytes = impl_->Make(place, name);
    // A version without dead rows has no deletion vectors.
    if (!bytes.ok() && bytes.error().kind == ErrorKind::kNotFound) continue;
    if (!bytes.ok()) return bytes.error();
    files.push_back({ToText(name, place.id), (*bytes)->size(), version->time});
  }
  // For clients that read a table by its path alone.
  ASSIGN(const ByteCache::Bytes bytes, impl_->Make(place, names[0]));
  Name by_number{FileName::Kind::kMetadata, version->version};
  by_number.by_number = true;
  files.push_back({ToText(by_number, place.id), bytes->size(), version->time});
  files.push_back({ToText({FileName::Kind::kVersionHint}, place.id),
                   std::to_string(version->version + 1).size(), version->time});
  std::sort(files.begin(), files.end(),
            [](const ListedFile& a, const ListedFile& b) { return a.name < b.name; });
  return files;
}

Result<Json> Renderer::Plan(tables::Table& table, const Reading& reading, const Json& request) {
  TRY(CheckReading(reading));
  ASSIGN(const auto newest, impl_->Newest(table, reading.format_version));
  const auto& [place, version] = newest;
  ASSIGN(const Impl::Shown shown, Impl::ShownOf(place, reading, Snapshots::kAll, version->version));
  return MakePlan(place, version, shown.allowed, reading, request);
}

}  // namespace boathouse::iceberg
