#pragma once
// A version of a published table as Apache Iceberg spells it: table metadata, manifest lists, manifests,
// deletion vectors (format/spec.md, versions 2 and 3) and server-side scan plans (the `plan` endpoint of the
// REST catalog). Nothing of it is ever written to disk: each file is made from the table's version when it
// is asked for, always with the same bytes, so that any server can answer for any name that another one
// handed out, as long as the table keeps the version.
//
// - One table version is one snapshot. Its id follows from the table's id and the version's number (and
//   back), its sequence number is the version's number plus one.
// - Format 2 shows plain files: no delete files at all, so every client reads exact rows. Format 3 shows
//   the marked rendering: the dead rows of a file stand in a Puffin deletion vector.
// - A snapshot has one manifest of data files (ADDED, EXISTING and DELETED against its predecessor, so
//   that changelogs work), and in format 3 one of deletion vectors.
// - A table's metadata names a bounded window of snapshots, so that its size does not grow with the number of
//   versions.
//
// Files of a table live under its location, <root>/<Table::name()>/<Table::id()>:
//   data/<File::id>.parquet      the table's own files
//   metadata/<name>              what File() and List() know; _delta_log/ is delta::DeltaLog's
//
// Everything here may be called from many threads. Errors: kNotFound (no such name, version, snapshot; no
// longer kept), kInvalid (a plan request that does not fit the table; `fields` says where), and those of
// tables/tables.h.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "tables/tables.h"

namespace boathouse::iceberg {

inline constexpr int64_t snapshots_window = 24;  // of a table's metadata, unless all are asked for
// A version that was superseded stays readable this long for those who see the newest alone, so that a
// query that has begun can find its files. (These are read for longer: their names cannot be guessed.)
inline constexpr Micros superseded_readable_micros = 15LL * 60 * 1'000'000;

// How a publication shows its table to a reader.
struct Reading {
  int format_version = 2;  // 2 or 3
  // Without history a reader sees the newest snapshot alone, without a trace of what was there before.
  bool with_history = true;
  Micros history_from = 0;  // versions cut before are not shown; 0: all that are kept

  bool operator==(const Reading&) const = default;
};

enum class Snapshots {
  kWindow,   // the newest snapshots_window: loadTable's default
  kCurrent,  // what refs name: `snapshots=refs`
  kAll,      // every retained one: a body that grows with the history
};

struct Metadata {
  int64_t version = 0;      // of the table
  int64_t snapshot_id = 0;  // of the current snapshot
  std::string location;     // of the table, without a slash behind it
  std::string name;         // of the metadata file below <location>/metadata/
  std::string uri;          // <location>/metadata/<name>: `metadata-location`
  // The table metadata as JSON. For kCurrent it is shorter than the file of that name, which shows the window.
  std::shared_ptr<const std::string> json;
  std::string digest;  // of `json`, 32 hexadecimal digits: differs as soon as the text does
};

// A name that stands, or stood, below metadata/.
struct FileName {
  enum class Kind { kMetadata, kManifestList, kManifest, kDeleteManifest, kDeletes, kVersionHint };
  Kind kind = Kind::kMetadata;
  int64_t version = 0;  // of the table, that it is of
  int64_t oldest = 0;   // the oldest version that it tells anything of
  int format_version = 2;
};

struct ListedFile {
  std::string name;
  uint64_t size = 0;
  Micros time = 0;  // of its version
};

struct RendererOptions {
  std::string root;                      // a URI without a slash behind it: s3://<bucket>
  size_t cache_bytes_max = 64ull << 20;  // of rendered files that are kept in memory
};

class Renderer {
 public:
  explicit Renderer(RendererOptions options);
  ~Renderer();
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;

  Result<std::string> Location(tables::Table& table) const;

  // The metadata of the table as it is now: a version that contains every change acknowledged before the
  // call. Microseconds when nothing changed.
  Result<Metadata> Load(tables::Table& table, const Reading& reading,
                        Snapshots snapshots = Snapshots::kWindow);

  // The bytes of a file by its name below metadata/. Besides the names handed out, `version-hint.text` and
  // `v<N>.metadata.json` (N: version plus one) are answered, for clients that read a table by its path
  // alone, in format 2.
  Result<std::shared_ptr<const std::string>> File(tables::Table& table, std::string_view name);
  // The same for somebody who sees the table as `reading` says, whatever names it guesses: kNotFound for a
  // file that tells of versions beyond that. The names that are answered for clients that read a table by
  // its path show what the reading does, in its format.
  Result<std::shared_ptr<const std::string>> File(tables::Table& table, const Reading& reading,
                                                  Micros now, std::string_view name);
  // What a name is of, by the name alone; kNotFound when it is none of ours. For deciding who may read it.
  Result<FileName> Parse(tables::Table& table, std::string_view name);
  // The files of the newest version as this reading shows them, sorted by name.
  Result<std::vector<ListedFile>> List(tables::Table& table, const Reading& reading);

  // Answers a PlanTableScanRequest: a CompletedPlanningWithIDResult, which lacks only storage credentials.
  // Files that the bounds rule out are left out, and each task has the residual of the filter. Everything is
  // in the one answer: there are never plan tasks, and the plan id stands for no state.
  Result<Json> Plan(tables::Table& table, const Reading& reading, const Json& request);

  // The snapshot id of a version, and back. The version may be one that never was.
  static int64_t SnapshotId(const Id& table, int64_t version);
  static int64_t VersionOf(const Id& table, int64_t snapshot_id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace boathouse::iceberg
