// What a table does after a crash, after damage, and when its store or its folder is another one.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/bytes.h"
#include "tables/disk_file.h"
#include "tables/table_fixture.h"
#include "tables/version_log.h"

namespace boathouse::tables {
namespace {

namespace fs = std::filesystem;

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void WriteWhole(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<ptrdiff_t>(bytes.size()));
}

struct RecoveryFixture : TableFixture {
  std::string Folder() { return options.directory + "/account"; }
  std::string LogPath() { return Folder() + "/versions.log"; }
  std::vector<std::string> SegmentPaths() {
    std::vector<std::string> paths;
    for (const auto& entry : fs::directory_iterator(Folder())) {
      if (entry.path().extension() == ".seg") paths.push_back(entry.path().string());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }
};

TEST_CASE("a log that a crash cut anywhere is continued where it was whole") {
  RecoveryFixture f;
  const std::vector<Id> ids = f.Create(50);
  std::vector<uint64_t> ends;
  std::vector<TextRows> contents;
  for (int i = 0; i < 5; ++i) {
    f.Rename(ids[static_cast<size_t>(i)], "Version " + std::to_string(i));
    contents.push_back(f.Published(*f.Current()));
    ends.push_back(fs::file_size(f.LogPath()));
  }
  f.catalog.reset();
  const std::string log = ReadWhole(f.LogPath());
  const std::string kept = f.folder / "kept";
  fs::copy(f.Folder(), kept, fs::copy_options::recursive);

  for (uint64_t cut = ends[1]; cut <= log.size(); cut += 29) {
    fs::remove_all(f.Folder());
    fs::copy(kept, f.Folder(), fs::copy_options::recursive);
    fs::resize_file(f.LogPath(), cut);
    f.OpenCatalog();
    // Versions whose records are whole are there, with their content.
    const auto whole =
        static_cast<size_t>(std::upper_bound(ends.begin(), ends.end(), cut) - ends.begin());
    const auto last = f.table().At(static_cast<int64_t>(whole) - 1);
    REQUIRE(last.ok());
    REQUIRE(f.Published(**last) == contents[whole - 1]);
    // And the next read makes up for what was cut off.
    const auto current = f.Current();
    CHECK(current->version == static_cast<int64_t>(std::min(whole, ends.size() - 1)));
    REQUIRE(f.Published(*current) == contents.back());
    f.catalog.reset();
  }

  SUBCASE("a tail of zeros is a crash too") {
    WriteWhole(f.LogPath(), log + std::string(5000, '\0'));
    f.OpenCatalog();
    CHECK(f.Current()->version == 4);
    CHECK(f.table().metrics().rebuilds == 0);
  }
}

TEST_CASE("whatever a crash left of the last append is cut off, a schema with its version") {
  RecoveryFixture f;
  f.Create(3);
  f.Current();
  const uint64_t whole = fs::file_size(f.LogPath());
  REQUIRE(f.store
              ->ChangeModel(*Json::Parse(
                  R"({"add_field":{"object":"account","field":{"name":"tier","type":"text"}}})"))
              .ok());
  f.model = f.store->model();
  f.Current();
  const Id table_id = *f.table().id();
  f.catalog.reset();
  const std::string log = ReadWhole(f.LogPath());
  REQUIRE(log.size() > whole + 200);
  const std::string last = log.substr(whole);
  const auto check = [&](const std::string& tail) {
    WriteWhole(f.LogPath(), log.substr(0, whole) + tail);
    LogContents contents;
    REQUIRE(VersionLog::Open(f.LogPath(), &contents).ok());
    CHECK(contents.schemas.size() == 1);
    CHECK(contents.versions.size() == 1);
    CHECK(fs::file_size(f.LogPath()) == whole);
  };
  // Pages reach the disk in any order: any part of the append may be missing, or old bytes of the disk.
  for (size_t at = 0; at < last.size(); at += 31) {
    std::string torn = last;
    torn[at] = static_cast<char>(torn[at] ^ 0x55);
    check(torn);
    check(last.substr(0, at));
    check(std::string(at + 1, '\0') + (at % 2 == 0 ? last.substr(at + 1) : ""));
    check(std::string(at + 1, '\x7f'));
  }
  f.OpenCatalog();
  f.CheckLive();
  CHECK(f.Current()->version == 1);
  CHECK(*f.table().id() == table_id);
  // The same in front of a whole record is damage.
  f.Create(1);
  f.Current();
  f.catalog.reset();
  std::string damaged = ReadWhole(f.LogPath());
  damaged[whole] = static_cast<char>(damaged[whole] ^ 0x55);
  WriteWhole(f.LogPath(), damaged);
  LogContents contents;
  CHECK(VersionLog::Open(f.LogPath(), &contents).error().kind == ErrorKind::kCorrupt);
}

// Is asked before directories are synced for as long as it lives.
struct SyncProbe {
  explicit SyncProbe(std::function<bool(const std::string&)> probe) {
    SetDiskProbe([probe = std::move(probe)](DiskStep step, const std::string& path) {
      return step != DiskStep::kSyncDirectory || probe(path);
    });
  }
  ~SyncProbe() { SetDiskProbe(nullptr); }
};

TEST_CASE("a log whose new name may not be durable is not written behind its back") {
  RecoveryFixture f;
  f.options.retain = f.options.retain_min = hour_micros;
  f.OpenCatalog();
  const Id id = f.Create(1).front();
  for (int i = 0; i < 20; ++i) {
    f.Rename(id, "Old " + std::to_string(i));
    f.Current();
  }
  f.clock.Advance(3 * hour_micros);
  int refused = 0;
  {
    // The next cut writes the log anew, which fails after the rename.
    const SyncProbe probe([&](const std::string&) { return ++refused != 1; });
    f.Rename(id, "First after");
    CHECK(f.Current()->version == 20);
    f.Rename(id, "Second after");
    CHECK(f.Current()->version == 21);
  }
  CHECK(refused >= 1);
  const TextRows last = f.Published(*f.Current());
  const File file = f.Current()->files.front();
  f.OpenCatalog();
  CHECK(f.table().Versions()->back().version == 21);
  CHECK(f.Current()->files.front().id == file.id);
  CHECK(f.Published(*f.Current()) == last);
  CHECK(f.table().metrics().cuts == 0);
}

TEST_CASE("each folder that is made is durable before anything is put into it") {
  const TempFolder folder;
  std::vector<std::string> synced;
  const SyncProbe probe([&](const std::string& path) {
    synced.push_back(fs::path(path).filename().string());
    return true;
  });
  REQUIRE(MakeDirectory(folder / "a/b/c").ok());
  CHECK(synced == std::vector<std::string>{fs::path(folder / "x").parent_path().filename().string(),
                                           "a", "b"});
  synced.clear();
  CHECK(MakeDirectory(folder / "a/b/c/").ok());
  CHECK(synced.empty());
  WriteWhole(folder / "a/file", "");
  CHECK(MakeDirectory(folder / "a/file").error().kind == ErrorKind::kUnavailable);
  CHECK(MakeDirectory(folder / "a/file/b").error().kind == ErrorKind::kUnavailable);
}

TEST_CASE("a group that was written but not recorded is swept away") {
  RecoveryFixture f;
  f.Create(10);
  f.Current();
  const Id table_id = *f.table().id();
  f.catalog.reset();
  const std::string segment = f.SegmentPaths().back();
  const std::string before = ReadWhole(segment);
  WriteWhole(segment, before + "half a row group");
  WriteWhole(f.Folder() + "/00000077.seg", "a segment that was begun");
  f.OpenCatalog();
  f.CheckLive();
  CHECK(*f.table().id() == table_id);
  CHECK(ReadWhole(segment) == before);
  CHECK(!fs::exists(f.Folder() + "/00000077.seg"));
}

TEST_CASE("damage in the middle of the log is no torn tail: the table is built anew") {
  RecoveryFixture f;
  const std::vector<Id> ids = f.Create(20);
  f.Current();
  const Id table_id = *f.table().id();
  f.Rename(ids[0], "Later");
  f.Current();
  f.catalog.reset();
  const std::string log = ReadWhole(f.LogPath());
  for (const size_t at : {size_t{2}, size_t{9}, size_t{60}, log.size() / 2}) {
    std::string damaged = log;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
    WriteWhole(f.LogPath(), damaged);
    LogContents contents;
    CHECK(VersionLog::Open(f.LogPath(), &contents).error().kind == ErrorKind::kCorrupt);
    f.OpenCatalog();
    f.CheckLive();
    // Another history has another identity, so that no reader joins the two.
    CHECK(*f.table().id() != table_id);
    CHECK(f.Current()->version == 0);
    f.catalog.reset();
  }
}

TEST_CASE("a damaged byte of a row group is never served, and heals from the store") {
  RecoveryFixture f;
  f.Create(3'000);
  const auto version = f.Current();
  const File file = version->files.front();
  f.catalog.reset();
  const std::string segment = f.SegmentPaths().front();
  std::string bytes = ReadWhole(segment);
  bytes[bytes.size() / 3] = static_cast<char>(bytes[bytes.size() / 3] ^ 1);
  WriteWhole(segment, bytes);
  f.OpenCatalog();

  SUBCASE("when a reader meets it") {
    auto reader = f.table().OpenFile(file.id);
    REQUIRE(reader.ok());
    std::string out;
    CHECK((*reader)->ReadAt(100, 10, &out).error().kind == ErrorKind::kCorrupt);
    CHECK((*reader)->ReadAt(file.size - 8, 8, &out).ok());  // the footer is not in the segment
  }
  SUBCASE("when a cut meets it") {
    f.Write([&](store::Transaction& t) -> Status {
      store::Query query;
      query.object = &f.object();
      query.limit = 1;
      ASSIGN(const auto records, t.List(query));
      return t.Delete(f.object(), records.front(), {Id{}, "test"});
    });
  }
  f.CheckLive();
  CHECK(f.Current()->version == 1);
  CHECK(f.table().metrics().rebuilds == 1);
  f.Create(1);
  f.CheckLive();
  CHECK(f.table().metrics().rebuilds == 1);
}

TEST_CASE("damage beside a group's bytes is noticed and healed by the first that needs them") {
  RecoveryFixture f;
  const std::vector<Id> ids = f.Create(100);
  f.Current();
  f.catalog.reset();
  const std::string segment = f.SegmentPaths().front();
  std::string bytes = ReadWhole(segment);
  const size_t ids_begin = bytes.size() - (1 + 16 * ids.size());
  const auto damage = [&](size_t at) {
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    WriteWhole(segment, bytes);
    f.OpenCatalog();
  };
  SUBCASE("metadata: any read") { damage(ids_begin - 20); }
  SUBCASE("ids: a cut") {
    damage(bytes.size() - 20);
    f.CheckLive();
    CHECK(f.Current()->version == 0);
    f.Rename(ids[7], "Changed");
  }
  f.CheckLive();
  CHECK(f.Current()->version == 1);
  CHECK(f.table().metrics().rebuilds == 1);
}

TEST_CASE("a folder that is lost, whole or in part, costs work but no data") {
  RecoveryFixture f;
  f.Create(200);
  f.Current();
  f.catalog.reset();
  SUBCASE("all of it") { fs::remove_all(f.Folder()); }
  SUBCASE("the segments") {
    for (const std::string& path : f.SegmentPaths()) fs::remove(path);
  }
  SUBCASE("the end of a segment") { fs::resize_file(f.SegmentPaths().front(), 100); }
  SUBCASE("the log") { fs::remove(f.LogPath()); }
  SUBCASE("the log, for nonsense") { WriteWhole(f.LogPath(), "nonsense"); }
  f.OpenCatalog();
  f.CheckLive();
  CHECK(f.Current()->version == 0);
}

TEST_CASE("a store that was set back or replaced is published anew") {
  RecoveryFixture f;
  f.Create(5);
  f.store.reset();
  fs::copy(f.folder / "records.sqlite", f.folder / "backup.sqlite");
  f.OpenStore();
  f.OpenCatalog();
  f.Create(5, "Lost ");
  f.Current();
  const Id table_id = *f.table().id();
  f.catalog.reset();
  f.store.reset();
  for (const char* suffix : {"", "-wal", "-shm"})
    fs::remove(f.folder / ("records.sqlite" + std::string(suffix)));
  fs::copy(f.folder / "backup.sqlite", f.folder / "records.sqlite");
  f.OpenStore();
  SUBCASE("an older state") {}
  SUBCASE("as many other changes since") { f.Create(7, "Other "); }
  f.OpenCatalog();
  f.CheckLive();
  CHECK(*f.table().id() != table_id);
}

TEST_CASE("history is kept as long as it is promised, and no longer") {
  RecoveryFixture f;
  f.options.retain = 3 * hour_micros;
  f.options.retain_min = hour_micros;
  f.OpenCatalog();
  const std::vector<Id> ids = f.Create(20);
  f.Current();
  const File oldest = f.Current()->files.front();
  auto held = f.table().OpenFile(oldest.id);
  REQUIRE(held.ok());
  for (int i = 0; i < 200; ++i) {
    f.clock.Advance(60'000'000);  // a version a minute
    f.Rename(ids[static_cast<size_t>(i) % ids.size()], "Minute " + std::to_string(i));
    f.Current();
  }
  auto versions = f.table().Versions();
  REQUIRE(versions.ok());
  // Version 0 was superseded 199 minutes ago; what was superseded less than three hours ago is there.
  CHECK(versions->front().version > 0);
  CHECK(versions->front().version <= 20);
  CHECK(f.table().At(0).error().kind == ErrorKind::kNotFound);
  CHECK(f.table().OpenFile(oldest.id).error().kind == ErrorKind::kNotFound);
  // A reader that held the file still reads all of it.
  std::string bytes;
  REQUIRE((*held)->ReadAt(0, oldest.size, &bytes).ok());
  TextRows rows;
  AddParquetRows(bytes, &rows);
  CHECK(rows.size() == 20);

  SUBCASE("the pruned log opens") {
    const auto before = f.table().At(100);
    REQUIRE(before.ok());
    const TextRows then = f.Published(**before);
    f.OpenCatalog();
    f.CheckLive();
    CHECK(f.table().metrics().rows_encoded == 0);
    const auto after = f.table().At(100);
    REQUIRE(after.ok());
    CHECK(f.Published(**after) == then);
    CHECK(f.table().Versions()->front().version == versions->front().version);
  }
  SUBCASE("a version that somebody asked for stays for its time") {
    const int64_t asked = f.table().Versions()->front().version;
    REQUIRE(f.table().At(asked).ok());
    f.clock.Advance(hour_micros - 60'000'000);
    for (int i = 0; i < 100; ++i) {
      f.Rename(ids[0], "After " + std::to_string(i));
      f.Current();
    }
    CHECK(f.table().At(asked).ok());
    f.clock.Advance(10 * hour_micros);
    for (int i = 0; i < 100; ++i) {
      f.Rename(ids[0], "Much later " + std::to_string(i));
      f.Current();
    }
    CHECK(f.table().At(asked).error().kind == ErrorKind::kNotFound);
    f.CheckLive();
  }
}

TEST_CASE("a table with too much dead weight keeps only what URLs may still need") {
  RecoveryFixture f;
  f.options.history_bytes_max = 0;
  f.options.retain_min = hour_micros;
  f.OpenCatalog();
  const std::vector<Id> ids = f.Create(20);
  for (int i = 0; i < 120; ++i) {
    f.clock.Advance(60'000'000);
    f.Rename(ids[0], "Minute " + std::to_string(i));
    f.Current();
  }
  const auto versions = f.table().Versions();
  CHECK(versions->size() >= 60);
  CHECK(versions->size() <= 60 + 60 / 16 + 2);
  f.CheckLive();
}

TEST_CASE("segments without living groups are removed from the disk") {
  RecoveryFixture f;
  f.options.retain = f.options.retain_min = hour_micros;
  f.options.segment_bytes_max = 10'000;
  f.OpenCatalog();
  const std::vector<Id> ids = f.Create(18'000);
  f.Current();
  const size_t first = f.SegmentPaths().size();
  CHECK(first >= 3);
  f.clock.Advance(2 * hour_micros);
  f.Write([&](store::Transaction& t) -> Status {
    for (size_t i = 0; i + 1'000 < ids.size(); ++i) {
      ASSIGN(const model::Record record, t.Get(f.object(), ids[i]));
      TRY(t.Delete(f.object(), record, {Id{}, "test"}));
    }
    return Status::Ok();
  });
  f.Current();
  f.clock.Advance(2 * hour_micros);
  f.Create(1);
  f.Current();
  CHECK(f.SegmentPaths().size() <= 3);
  CHECK(!fs::exists(f.Folder() + "/00000001.seg"));
  CHECK(!fs::exists(f.Folder() + "/00000002.seg"));
  CHECK(f.Current()->rows == 1'001);
  f.OpenCatalog();
  f.CheckLive();
  CHECK(f.table().metrics().rebuilds == 0);
}

}  // namespace
}  // namespace boathouse::tables
