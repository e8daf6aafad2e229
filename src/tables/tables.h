#pragma once
// The published tables: each object of the model as a sequence of immutable versions, each version a
// few Parquet files of exactly its live rows. Delta Sharing, Iceberg and local SQL render what stands
// here; this module knows none of them.
//
// A version is cut only when somebody reads: Table::Current() compares the store's newest change of
// the object with the newest version, and when the store is ahead it reads the change log in between
// and encodes only what changed. A reader that starts after a write was acknowledged therefore sees it.
//
// The unit of storage is the encoded Parquet row group, in append-only segment files. A file that
// readers see is *virtual*: its row groups joined by a footer made for it. A row that changes is marked
// dead where it stood and written anew at the end, so a version costs what changed. Each version is to
// be had in two renderings of the same rows, both immutable:
// - plain: files of exactly the live rows, for every client, however old. Groups with dead rows are
//   encoded again when somebody first asks for the plain rendering; later versions build on the result.
// - marked: files as they stand, each with the positions of its dead rows, for clients that read deletion
//   vectors. Nothing is ever encoded again for them.
//
// Everything here may be called from many threads. Errors: kNotFound (no such table, version, file),
// kCorrupt (stored bytes are damaged), kUnavailable (the disk refused), kExhausted, kInternal.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "model/model.h"
#include "store/store.h"
#include "tables/dead_rows.h"

namespace boathouse::tables {

// One column: a field of the object. Every column is optional in Parquet. Ids, relations and selects are
// UTF-8 strings; decimals and money decimal(18,4) in INT64; date-times INT64 microseconds UTC.
struct Column {
  std::string name;
  int32_t column_id = 0;  // Parquet field id, Delta column mapping id, Iceberg field id
  model::FieldType type = model::FieldType::kText;
  std::string description;

  bool operator==(const Column&) const = default;
};

// New columns are appended, so a column keeps its place; ids are dense from 0 within a table.
struct Schema {
  int32_t id = 0;
  std::vector<Column> columns;
};

// What is known of one column of one file. Bounds are absent where a file has no values, or where a
// text is too long to be kept; they are exact otherwise. Ids stand as strings.
struct ColumnStats {
  std::optional<int64_t> null_count;
  std::optional<model::Value> minimum;
  std::optional<model::Value> maximum;
};

// One virtual Parquet file. `id` names its bytes: another content has another id, the same content
// keeps it across versions and restarts.
struct File {
  std::string id;  // 32 hexadecimal digits
  uint64_t size = 0;
  int64_t rows = 0;                // in the file, the dead ones among them
  uint64_t footer_size = 0;        // the last bytes, with their length and magic
  std::vector<ColumnStats> stats;  // in the order of the schema's columns; of all rows in the file
  std::vector<uint64_t> group_offsets;    // where each row group begins (Iceberg split offsets)
  Micros created_at = 0;                  // time of the version that made it
  std::shared_ptr<const DeadRows> marks;  // null: every row is live, as in all plain files

  int64_t live_rows() const { return rows - (marks == nullptr ? 0 : marks->cardinality()); }
};

// One consistent state of a table: exactly the store's records at `sequence`. Immutable. Equal numbers are
// equal rows: the two renderings of a version differ in `files` and `size` only.
struct TableVersion {
  int64_t version = 0;           // dense from 0
  store::Sequence sequence = 0;  // the commit it was cut at
  Micros time = 0;               // of its newest commit; never before its predecessor's
  std::shared_ptr<const Schema> schema;
  std::vector<File> files;  // at most files_max
  int64_t rows = 0;         // live ones
  uint64_t size = 0;

  const File* Find(std::string_view file_id) const;
};

struct VersionInfo {
  int64_t version = 0;
  store::Sequence sequence = 0;
  Micros time = 0;
  int32_t schema_id = 0;
};

// Reads byte ranges of one virtual file. It stays readable while it is held, also when its version is
// dropped meanwhile. One thread at a time.
class FileReader {
 public:
  virtual ~FileReader() = default;
  virtual uint64_t size() const = 0;
  // Replaces `out` by bytes [offset, offset + length) cut at the end of the file. The first read of a
  // row group compares its checksum: kCorrupt when the disk gives other bytes than were written.
  virtual Status ReadAt(uint64_t offset, size_t length, std::string* out) = 0;
  // When the file was made: File::created_at.
  virtual Micros created_at() const { return 0; }
  // Where bytes [offset, offset + length) begin to lie in a file of the disk, and how many of them lie there
  // in a row: for a kernel that sends them. They are in memory, if the system has room. The descriptor is
  // open as long as this reader. Nothing when they do not lie on the disk, or were not compared with their
  // checksum yet: ReadAt has them.
  struct DiskRun {
    int descriptor = -1;
    uint64_t offset = 0;
    uint64_t length = 0;
  };
  virtual std::optional<DiskRun> RunAt([[maybe_unused]] uint64_t offset,
                                       [[maybe_unused]] uint64_t length) {
    return std::nullopt;
  }
};

// What publication has cost since the process started, and what it holds now.
struct Metrics {
  int64_t cuts = 0;            // versions made
  int64_t memory_answers = 0;  // Current() that found nothing to do
  int64_t rows_encoded = 0;
  int64_t rows_decoded = 0;
  int64_t groups_encoded = 0;
  int64_t bytes_written = 0;
  int64_t rows_marked = 0;   // rows that died where they stood
  int64_t rebuilds = 0;      // versions made from all records: the first, and after damage
  int64_t rewrites = 0;      // groups encoded again without their dead rows, for plain files
  int64_t compactions = 0;   // steps of compaction that replaced groups
  int64_t waiting = 0;       // callers of Current() that wait for a version being made
  int64_t footers_kept = 0;  // of files in memory
};

struct ChangeSet;   // changes.h
struct FileDiff;    // changes.h
struct Selection;   // selection.h
struct Definition;  // definition.h

class Table {
 public:
  virtual ~Table() = default;
  virtual const std::string& name() const = 0;    // the object's plural: accounts
  virtual const std::string& object() const = 0;  // the object's name: account
  // Stable while the table's history is: a table rebuilt from nothing has a new one.
  virtual Result<Id> id() = 0;

  // A version that contains every change acknowledged before the call. Microseconds when nothing
  // changed; otherwise one caller cuts and those who came meanwhile share its version. kExhausted while
  // a long cut is under way and enough others wait for it already: see CatalogOptions.
  virtual Result<std::shared_ptr<const TableVersion>> Current() = 0;
  // The same in the marked rendering.
  virtual Result<std::shared_ptr<const TableVersion>> CurrentMarked() = 0;

  // A retained version by number, or the newest at or before `time`: kNotFound outside the history.
  // Asking keeps it, and its files, for another `CatalogOptions::retain_min`.
  virtual Result<std::shared_ptr<const TableVersion>> At(int64_t version) = 0;
  virtual Result<std::shared_ptr<const TableVersion>> AtMarked(int64_t version) = 0;
  virtual Result<std::shared_ptr<const TableVersion>> AtTime(Micros time) = 0;
  // The oldest retained version at or after `time`; kNotFound when the newest is older.
  virtual Result<std::shared_ptr<const TableVersion>> AtOrAfter(Micros time) = 0;
  // Retained versions, oldest first. Cuts first, so that the last one is current.
  virtual Result<std::vector<VersionInfo>> Versions() = 0;

  // What made each version of [from, to] of its predecessor, as change files: see changes.h. They can be
  // opened for `CatalogOptions::retain_min` from each answer on. kNotFound names the range that can be
  // asked for: of the oldest retained version the changes are known only when it is version 0. kInvalid
  // when from > to or for more than changes_versions_max versions.
  virtual Result<ChangeSet> Changes(int64_t from, int64_t to) = 0;
  // The same as plain files of those versions that came and went.
  virtual Result<FileDiff> Diff(int64_t from, int64_t to) = 0;
  // Files of a version of this table that hold the wanted rows, each once: exactly those where the
  // predicate is known, never fewer. Groups of rows that cannot match are told by their bounds. Where few
  // rows are wanted they stand in files made for the answer, which can be opened for
  // `CatalogOptions::retain_min`; where the wanted rows are so many or so scattered that making such
  // files costs a client more than it saves, the version's own files are answered (without those that
  // cannot match), which may hold other rows too. See selection.h.
  virtual Result<std::vector<File>> Select(const TableVersion& version,
                                           const Selection& selection) = 0;

  // A file of any retained version, of either rendering, or one that was made for an answer.
  virtual Result<std::unique_ptr<FileReader>> OpenFile(std::string_view file_id) = 0;

  virtual Metrics metrics() const = 0;
};

inline constexpr int64_t group_rows_max = 8192;  // rows of a full row group
inline constexpr int64_t small_groups_max = 16;  // more are merged by the next cut
inline constexpr size_t files_max = 10;          // files of a version
inline constexpr Micros hour_micros = 3600LL * 1'000'000;

struct CatalogOptions {
  std::string directory;  // made when it is not there
  // A version that was superseded is kept this long. Beyond history_bytes_max of dead row groups a
  // table keeps it for retain_min only, which must exceed the life of a file URL.
  Micros retain = 7 * 24 * hour_micros;
  Micros retain_min = 2 * hour_micros;
  uint64_t history_bytes_max = 1ull << 30;
  uint64_t segment_bytes_max = 16ull << 20;  // a segment file that is larger is closed
  // Everybody waits for a cut that is done within `waiters_patience`; for a longer one, the first of a
  // big table, no more callers than this wait, so that they cannot take all threads of a server.
  size_t waiters_max = 4;
  std::chrono::milliseconds waiters_patience{1000};
};

// All tables of one store: one for each object of its model, custom objects as soon as they exist.
class Catalog {
 public:
  // Nothing is read yet: a table loads its state when first asked. `store` and `clock` outlive it.
  // Only one catalog at a time may use a directory.
  static Result<std::unique_ptr<Catalog>> Open(const CatalogOptions& options, store::Store& store,
                                               const Clock& clock);
  virtual ~Catalog() = default;

  // In the order of the model. The pointers live as long as the catalog.
  virtual std::vector<Table*> tables() = 0;
  // By plural or object name, without regard to ASCII case, or the name of a defined table; kNotFound.
  virtual Result<Table*> Find(std::string_view name) = 0;
  // The table of a definition (see definition.h), called TableNameOf(definition.id). A definition that
  // chooses nothing is the object's own table. The pointer stays the same for an id, also when it is
  // defined differently: then the table begins anew under another Table::id(), and what it showed before
  // is gone when this returns. kInvalid, with fields, for a definition that does not hold. Definitions are
  // not kept: whoever keeps them defines them at every start.
  virtual Result<Table*> Define(const Definition& definition) = 0;
  // Removes a defined table with all its versions: reads of it are kNotFound from then on. Fine when there
  // is none.
  virtual Status Forget(std::string_view name) = 0;
  // Brings every table that has records up to date, so that no reader waits for the first cut of a big
  // one. What fails is logged; the next reader tries again. Returns soon after `cancellation` is raised.
  virtual void Warm(const Cancellation& cancellation) = 0;
  // One round of upkeep of all tables that were asked for: joins small groups, encodes those anew that
  // are mostly dead rows, forgets versions whose time is over and removes what nobody can name any more.
  // Never changes what a version says. Short steps, so that readers hardly wait; fast when nothing is
  // due. To be called every minute or so, by one thread. Returns soon after `cancellation` is raised.
  virtual void Maintain(const Cancellation& cancellation) = 0;
};

}  // namespace boathouse::tables
