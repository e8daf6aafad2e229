#include "store/sqlite/checkpointer.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/temp_folder.h"

namespace boathouse::store::sqlite {
namespace {

constexpr int pages_wanted = 64;

struct Log {
  TempFolder folder;
  std::unique_ptr<Connection> writer =
      std::move(Connection::Open(folder / "r.sqlite", false)).value();
  std::unique_ptr<Checkpointer> checkpointer;

  Log() {
    Execute("PRAGMA journal_mode = WAL");
    Execute("PRAGMA synchronous = OFF");
    checkpointer =
        std::move(Checkpointer::Start(folder / "r.sqlite", *writer, [] {}, pages_wanted)).value();
    Execute("CREATE TABLE t (n INTEGER PRIMARY KEY, bytes BLOB)");
  }
  void Execute(const std::string& sql) { REQUIRE(writer->Execute(sql.c_str()).ok()); }
  // Changes so many pages and commits; the length of the log then.
  int Commit(int pages) {
    Execute(
        "INSERT INTO t (bytes) SELECT randomblob(4000) FROM (WITH RECURSIVE c(n) AS (SELECT 1 "
        "UNION ALL SELECT n + 1 FROM c WHERE n < " +
        std::to_string(pages) + ") SELECT n FROM c)");
    const int in_log = writer->log_pages();
    checkpointer->AfterCommit();
    return in_log;
  }
};

TEST_CASE_FIXTURE(Log, "the log begins anew again and again, be the commits small") {
  int longest = 0;
  for (int i = 0; i < 500; ++i) longest = std::max(longest, Commit(3));
  CHECK(longest > pages_wanted);
  CHECK(longest < 8 * pages_wanted);
}

TEST_CASE_FIXTURE(Log, "nor does it grow when each commit is longer than what is wanted of it") {
  int longest = 0;
  for (int i = 0; i < 60; ++i) longest = std::max(longest, Commit(3 * pages_wanted));
  CHECK(longest < 12 * pages_wanted);
}

}  // namespace
}  // namespace boathouse::store::sqlite
