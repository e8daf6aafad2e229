// A table that is killed between any two steps, or whose disk is full at any of them: what was
// acknowledged is there afterwards, and reads as before.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "base/bytes.h"
#include "base/kill_point.h"
#include "tables/disk_file.h"
#include "tables/marks_fixture.h"

namespace boathouse::tables {
namespace {

namespace fs = std::filesystem;

std::string DigestOf(const TextRows& rows) {
  std::string all;
  for (const auto& [id, row] : rows) {
    for (const auto& [name, value] : row) all += name + "=" + value + ";";
    all += "\n";
  }
  return HexEncode(Sha256(all));
}

// A store and its tables in a folder that outlives them.
struct Site : MarksFixture {
  std::string
      acknowledged;  // a file of lines: version, digest of its rows, whether it may be collected

  explicit Site(const std::string& path) : acknowledged(path + "/acknowledged") {
    catalog.reset();
    store.reset();
    fs::remove_all(folder.path());  // nothing is left of it when this process is killed
    auto opened = store::Store::Open({path + "/records.sqlite", model, &clock, 4});
    REQUIRE(opened.ok());
    store = std::move(*opened);
    options.directory = path + "/tables";
    options.retain = options.retain_min = hour_micros;
    options.segment_bytes_max = 12'000;
    OpenCatalog();
  }
  void Acknowledge(const TableVersion& version, bool collectable) {
    std::ofstream(acknowledged, std::ios::app)
        << version.version << ' ' << DigestOf(LiveRows(version)) << ' ' << collectable << std::endl;
  }

  // Everything a table does, each more than once.
  void Script() {
    const std::vector<Id> records = Create(60);
    Acknowledge(*Marked(), true);
    for (const int count : {24, 7, 2, 1}) {  // groups that no cut joins
      Create(count, "Small ");
      RenameAll({records[static_cast<size_t>(count)], records[50]},
                "Count " + std::to_string(count));
      Acknowledge(*Marked(), true);
      if (count % 2 == 0) Acknowledge(*Current(), true);
    }
    catalog->Maintain(Cancellation());
    Acknowledge(*Current(), true);
    clock.Advance(2 * hour_micros);
    RenameAll({records.begin(), records.begin() + 30}, "Half");
    Acknowledge(*Marked(), false);
    catalog->Maintain(Cancellation());
    Delete(records[40]);
    Acknowledge(*Current(), false);
    RenameAll({records[41], records[42]}, "End");
    Acknowledge(*Current(), false);
  }

  // What a process that died left is whole.
  void CheckLeftBehind() {
    std::map<int64_t, std::string> digests;
    std::set<int64_t> must_be_there;
    std::ifstream lines(acknowledged);
    int64_t version = 0;
    std::string digest;
    for (bool collectable = false; lines >> version >> digest >> collectable;) {
      CHECK((!digests.contains(version) || digests.at(version) == digest));
      digests[version] = digest;
      if (!collectable) must_be_there.insert(version);
    }
    for (const auto& [number, expected] : digests) {
      const auto marked = table().AtMarked(number);
      const auto plain = table().At(number);
      CHECK(marked.ok() == plain.ok());
      if (must_be_there.contains(number)) CHECK(plain.ok());
      if (!plain.ok() || !marked.ok()) continue;
      CHECK(DigestOf(LiveRows(**plain)) == expected);
      CHECK(DigestOf(LiveRows(**marked)) == expected);
    }
    CheckBoth();
    if (!digests.empty()) CHECK(Current()->version >= digests.rbegin()->first);
    CHECK(table().metrics().rebuilds <= (digests.empty() ? 1 : 0));
    clock.Advance(hour_micros * 24);  // ids that are new for sure
    Create(2, "After ");
    CheckBoth();
    catalog->Maintain(Cancellation());
    CheckBoth();
  }
};

int hits_left = 0;
int names_file = -1;

void CountHits(const char* name) {
  const std::string line = std::string(name) + "\n";
  [[maybe_unused]] const ssize_t written = ::write(names_file, line.data(), line.size());
}
void KillAtHit(const char*) {
  if (--hits_left == 0) ::kill(::getpid(), SIGKILL);
}

// Runs the script in a process of its own, and kills that at the given step (0: never).
// Returns whether it came to its end.
bool RunScript(const std::string& path, int kill_at, const std::string& names) {
  fs::create_directories(path);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    {
      Site site(path);
      hits_left = kill_at;
      if (!names.empty()) names_file = ::open(names.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
      kill_probe = kill_at > 0 ? KillAtHit : CountHits;
      site.Script();
      kill_probe = nullptr;
    }
    ::_exit(0);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_CASE("killed between any two steps of a cut, a rewrite, a compaction or a collection") {
  const TempFolder root;
  REQUIRE(RunScript(root / "whole", 0, root / "names"));
  std::vector<std::string> steps;
  std::ifstream names(root / "names");
  for (std::string name; names >> name;) steps.push_back(name);
  for (const char* name :
       {"cut.encoded", "segment.half_written", "segment.written", "segment.synced", "log.written",
        "cut.recorded", "rewrite.encoded", "compaction.encoded", "compaction.recorded",
        "collection.begun", "log.replacement_begun", "log.replacement_written",
        "log.replacement_synced", "log.replaced", "collection.recorded",
        "collection.segment_removed"}) {
    CAPTURE(name);
    CHECK(std::count(steps.begin(), steps.end(), name) > 0);
  }
  {
    Site(root / "whole").CheckLeftBehind();
  }
  // Of each step the first two times and the last.
  std::map<std::string, int> seen;
  int killed = 0;
  for (size_t i = 0; i < steps.size(); ++i) {
    const bool last = std::find(steps.begin() + static_cast<ptrdiff_t>(i) + 1, steps.end(),
                                steps[i]) == steps.end();
    if (++seen[steps[i]] > 2 && !last) continue;
    const std::string where = steps[i] + ", step " + std::to_string(i + 1);
    CAPTURE(where);
    const std::string path = root / std::to_string(i);
    REQUIRE(!RunScript(path, static_cast<int>(i) + 1, ""));
    ++killed;
    {
      Site site(path);
      site.CheckLeftBehind();
    }
    fs::remove_all(path);
  }
  CHECK(killed >= 20);
}

// Sets the probe of the disk for as long as it lives.
struct DiskFault {
  explicit DiskFault(DiskProbe probe) { SetDiskProbe(std::move(probe)); }
  ~DiskFault() { SetDiskProbe(nullptr); }
};

// Reads in a rendering until it works; every failure must be the disk's.
void ReadInSpite(MarksFixture& f, bool plain) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto version = plain ? f.table().Current() : f.table().CurrentMarked();
    if (version.ok()) {
      // No check of the rows against the disk's will here: reading is not what fails.
      CHECK((*version)->sequence == f.store->committed());
      return;
    }
    CHECK(version.error().kind == ErrorKind::kUnavailable);
    CHECK(version.error().message.find("No space left") != std::string::npos);
  }
  FAIL("a table does not recover");
}

TEST_CASE("a disk that is full at any one step: the read fails clearly, the next one is right") {
  int steps = 0;
  for (int fail_at = 1; fail_at == 1 || fail_at <= steps; fail_at += fail_at < 40 ? 1 : 5) {
    CAPTURE(fail_at);
    const TempFolder root;
    Site f(root.path());
    const std::vector<Id> ids = f.Create(50);
    Id table_id;
    {
      int step = 0;
      const DiskFault fault([&](DiskStep, const std::string&) { return ++step != fail_at; });
      ReadInSpite(f, false);
      table_id = *f.table().id();
      f.RenameAll({ids[3], ids[4]}, "Changed");
      ReadInSpite(f, true);
      for (const int count : {24, 7, 2, 1}) {
        f.Create(count, "Small ");
        ReadInSpite(f, false);
      }
      f.catalog->Maintain(Cancellation());
      f.clock.Advance(2 * hour_micros);
      f.RenameAll({ids.begin(), ids.begin() + 30}, "Half");
      ReadInSpite(f, true);
      f.catalog->Maintain(Cancellation());
      steps = std::max(steps, step);
    }
    f.CheckBoth();
    CHECK(*f.table().id() == table_id);
    f.OpenCatalog();
    f.CheckBoth();
    CHECK(f.table().metrics().rebuilds == 0);
  }
  CHECK(steps > 40);
}

TEST_CASE(
    "while the disk is full old versions are served; when there is room again all is as it should "
    "be") {
  MarksFixture f;
  const std::vector<Id> ids = f.Create(50);
  const auto before = f.Current();
  {
    const DiskFault fault(
        [](DiskStep step, const std::string&) { return step != DiskStep::kWrite; });
    f.Rename(ids[0], "Changed");
    for (int i = 0; i < 3; ++i) {
      CHECK(f.table().Current().error().kind == ErrorKind::kUnavailable);
      CHECK(f.table().CurrentMarked().error().kind == ErrorKind::kUnavailable);
      const auto old = f.table().At(before->version);
      REQUIRE_MESSAGE(old.ok(), (old.ok() ? "" : old.error().message));
      CHECK(f.LiveRows(**old).at(ids[0].ToString()).at("name") == "Account 0");
    }
  }
  f.CheckBoth();
  CHECK(f.Current()->version == before->version + 1);
  CHECK(f.table().metrics().rebuilds == 1);
}

}  // namespace
}  // namespace boathouse::tables
