// Versions in two renderings: what a change costs each, and that both always say the same.

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "tables/marks_fixture.h"

namespace boathouse::tables {
namespace {

constexpr int two_groups = 9'000;  // a full one, and the rest

TEST_CASE("a change marks the old row; nothing cold is decoded or encoded") {
  MarksFixture f;
  const std::vector<Id> ids = f.Create(two_groups);
  CHECK(f.DeadIn(*f.Marked()) == 0);
  const Metrics before = f.table().metrics();
  f.Rename(ids[5], "Changed");
  f.Delete(ids[6]);
  const auto marked = f.Marked();
  CHECK(marked->version == 1);
  CHECK(marked->rows == two_groups - 1);
  CHECK(f.DeadIn(*marked) == 2);
  const Metrics after = f.table().metrics();
  CHECK(after.rows_encoded - before.rows_encoded == 1);
  CHECK(after.rows_decoded == before.rows_decoded);
  CHECK(after.rows_marked == 2);
  CHECK(after.rewrites == 0);
  CHECK(f.LiveRows(*marked) == f.Stored());

  SUBCASE("the plain rendering encodes the group once, and the next version builds on it") {
    const auto plain = f.Current();
    CHECK(plain->version == 1);
    CHECK(f.DeadIn(*plain) == 0);
    CHECK(f.table().metrics().rewrites == 1);
    CHECK(f.LiveRows(*plain) == f.Stored());
    CHECK(f.Current() == plain);
    CHECK(f.Marked() == marked);
    CHECK(f.table().metrics().cuts == 2);
    f.Rename(ids[8'500], "In the other group");
    CHECK(f.DeadIn(*f.Marked()) == 1);
    f.CheckBoth();
    CHECK(f.table().metrics().rewrites == 2);
  }
  SUBCASE("marks last over a restart, and rows are found without decoding") {
    f.OpenCatalog();
    CHECK(f.Marked()->version == 1);
    CHECK(f.LiveRows(*f.Marked()) == f.Stored());
    f.Rename(ids[7], "Changed too");
    CHECK(f.DeadIn(*f.Marked()) == 3);
    // The other new row alone, which is joined.
    CHECK(f.table().metrics().rows_decoded == 1);
    CHECK(f.table().metrics().rows_encoded == 2);
    f.CheckBoth();
  }
  SUBCASE("the same record again: its row in the tail goes, the old mark stays one") {
    f.Rename(ids[5], "Once more");
    CHECK(f.DeadIn(*f.Marked()) == 2);
    f.CheckBoth();
  }
}

TEST_CASE("plain files of the newest version are the same after a restart") {
  MarksFixture f;
  const std::vector<Id> ids = f.Create(two_groups);
  f.Marked();
  f.Rename(ids[1], "Changed");
  const auto plain = f.Current();
  f.OpenCatalog();
  // A URL that was given away before must work before anybody asks for the version.
  for (const File& file : plain->files) CHECK(f.table().OpenFile(file.id).ok());
  const auto again = f.Current();
  CHECK(f.table().metrics().rows_encoded == 0);
  REQUIRE(again->files.size() == plain->files.size());
  for (size_t i = 0; i < plain->files.size(); ++i) {
    CHECK(again->files[i].id == plain->files[i].id);
    CHECK(again->files[i].size == plain->files[i].size);
  }
}

TEST_CASE("old versions are exact in both renderings, whichever was asked for at their time") {
  MarksFixture f;
  const std::vector<Id> ids = f.Create(two_groups);
  std::vector<TextRows> states;
  for (size_t i = 0; i < 6; ++i) {
    f.RenameAll({ids[i], ids[100], ids[8'300 + i]}, "Round " + std::to_string(i));
    (i % 3 == 1 ? f.Current() : f.Marked());
    states.push_back(f.Stored());
  }
  for (int restart = 0; restart < 2; ++restart) {
    for (size_t i = 0; i < states.size(); ++i) {
      const auto version = static_cast<int64_t>(i);
      const auto plain = f.table().At(version);
      const auto marked = f.table().AtMarked(version);
      REQUIRE(plain.ok());
      REQUIRE(marked.ok());
      CHECK(f.DeadIn(**plain) == 0);
      CHECK((*plain)->rows == (*marked)->rows);
      CHECK(f.LiveRows(**plain) == states[i]);
      CHECK(f.LiveRows(**marked) == states[i]);
    }
    f.CheckBoth();
    f.OpenCatalog();
  }
}

TEST_CASE(
    "many scattered changes cost the marked rendering new rows only, the plain one each group "
    "once") {
  MarksFixture f;
  const std::vector<Id> ids = f.Create(4 * static_cast<int>(group_rows_max));
  f.Marked();
  std::vector<Id> some;
  for (size_t i = 0; i < ids.size(); i += 64) some.push_back(ids[i]);
  f.RenameAll(some, "Scattered");
  const Metrics before = f.table().metrics();
  const auto marked = f.Marked();
  CHECK(f.DeadIn(*marked) == static_cast<int64_t>(some.size()));
  CHECK(f.table().metrics().rows_encoded - before.rows_encoded ==
        static_cast<int64_t>(some.size()));
  f.Current();
  CHECK(f.table().metrics().rewrites == 4);
  f.RenameAll(some, "Scattered again");  // all of them live in the tail now
  f.Current();
  CHECK(f.table().metrics().rewrites == 4);
  f.CheckBoth();
}

TEST_CASE("a table whose rows all changed has no old groups left") {
  MarksFixture f;
  const std::vector<Id> ids = f.Create(two_groups);
  f.Marked();
  f.RenameAll(ids, "All");
  CHECK(f.DeadIn(*f.Marked()) == 0);
  f.CheckBoth();
  CHECK(f.table().metrics().rewrites == 0);
}

TEST_CASE("a field that comes between versions leaves marks as they are") {
  MarksFixture f;
  const std::vector<Id> ids = f.Create(two_groups);
  f.Marked();
  f.Rename(ids[3], "Before");
  f.Marked();
  REQUIRE(f.store
              ->ChangeModel(*Json::Parse(
                  R"({"add_field":{"object":"account","field":{"name":"tier","type":"text"}}})"))
              .ok());
  f.model = f.store->model();
  CHECK(f.Marked()->schema->columns.back().name == "tier");
  CHECK(f.DeadIn(*f.Marked()) == 1);
  f.Rename(ids[4], "After");
  f.CheckBoth();
  const auto old = f.table().At(1);
  REQUIRE(old.ok());
  CHECK((*old)->schema->columns.back().name != "tier");
  CHECK(f.LiveRows(**old).at(ids[3].ToString()).at("name") == "Before");
}

// ---- Upkeep ----

TEST_CASE(
    "compaction joins what is small and drops what is dead, and no version says anything else") {
  MarksFixture f;
  const std::vector<Id> ids = f.Create(static_cast<int>(group_rows_max));
  f.Marked();
  for (const int count : {900, 300, 90, 30, 9, 3}) {  // none is joined with the next by the cut
    f.Create(count, "Small ");
    f.Marked();
  }
  f.RenameAll({ids.begin(), ids.begin() + 3'000}, "Many");
  const auto before = f.Marked();
  const auto plain = f.Current();
  const TextRows stored = f.Stored();
  f.catalog->Maintain(Cancellation());
  const Metrics kept = f.table().metrics();
  CHECK(kept.compactions >= 1);
  CHECK(f.Marked() == before);
  CHECK(f.Current() == plain);
  f.catalog->Maintain(Cancellation());
  CHECK(f.table().metrics().compactions == kept.compactions);  // nothing is due any more
  CHECK(f.table().metrics().rows_encoded == kept.rows_encoded);

  f.Create(1, "One more ");
  const auto after = f.Marked();
  CHECK(after->version == before->version + 1);
  CHECK(f.DeadIn(*after) == 0);
  size_t groups = 0, groups_before = 0;
  for (const File& file : after->files) groups += file.group_offsets.size();
  for (const File& file : before->files) groups_before += file.group_offsets.size();
  CHECK(groups < groups_before);
  f.CheckBoth();
  f.OpenCatalog();
  f.CheckBoth();
  CHECK(f.LiveRows(**f.table().AtMarked(before->version)) == stored);
  CHECK(f.LiveRows(**f.table().At(before->version)) == stored);
}

TEST_CASE("rows that die while their group waits to take its place die in the new group") {
  MarksFixture f;
  const std::vector<Id> ids = f.Create(two_groups);
  f.Marked();
  f.RenameAll({ids.begin(), ids.begin() + 4'000}, "Half");
  f.Marked();
  f.catalog->Maintain(Cancellation());
  CHECK(f.table().metrics().compactions > 0);
  f.RenameAll({ids.begin() + 3'990, ids.begin() + 4'010}, "Again");
  f.CheckBoth();
  f.RenameAll({ids.begin(), ids.end()}, "All");
  f.CheckBoth();
}

TEST_CASE("a reader that sleeps while all it reads is collected still reads all of it") {
  MarksFixture f;
  f.options.retain = f.options.retain_min = hour_micros;
  f.options.segment_bytes_max = 10'000;
  f.OpenCatalog();
  const std::vector<Id> ids = f.Create(two_groups);
  f.Marked();
  f.Rename(ids[1], "Changed");
  const auto plain = f.Current();
  const std::string whole = f.Bytes(plain->files.front());
  auto sleeper = f.table().OpenFile(plain->files.front().id);
  REQUIRE(sleeper.ok());
  std::string bytes, part;
  REQUIRE((*sleeper)->ReadAt(0, whole.size() / 2, &bytes).ok());
  f.RenameAll(ids, "All");  // so that none of its groups lives
  f.Current();
  f.clock.Advance(2 * hour_micros);
  f.catalog->Maintain(Cancellation());
  CHECK(f.table().OpenFile(plain->files.front().id).error().kind == ErrorKind::kNotFound);
  CHECK(f.table().AtMarked(plain->version).error().kind == ErrorKind::kNotFound);
  REQUIRE((*sleeper)->ReadAt(whole.size() / 2, whole.size(), &part).ok());
  CHECK(bytes + part == whole);
  f.CheckBoth();
}

TEST_CASE("upkeep forgets versions without anybody reading, but none that was asked for lately") {
  MarksFixture f;
  f.options.retain = f.options.retain_min = hour_micros;
  f.OpenCatalog();
  const std::vector<Id> ids = f.Create(10);
  for (int i = 0; i < 4; ++i) {
    f.Rename(ids[0], std::to_string(i));
    f.Current();
  }
  f.clock.Advance(hour_micros - 10'000'000);
  REQUIRE(f.table().AtMarked(2).ok());
  f.clock.Advance(20'000'000);
  f.catalog->Maintain(Cancellation());
  CHECK(f.table().At(1).error().kind == ErrorKind::kNotFound);
  CHECK(f.table().At(2).ok());
  CHECK(f.table().At(3).ok());
  f.clock.Advance(3 * hour_micros);
  f.catalog->Maintain(Cancellation());
  CHECK(f.table().Versions()->size() == 1);
  f.CheckBoth();
}

TEST_CASE("a segment of which little is needed is emptied, and goes") {
  MarksFixture f;
  f.options.retain = f.options.retain_min = hour_micros;
  f.options.segment_bytes_max = 1'200'000;
  f.OpenCatalog();
  const std::vector<Id> ids = f.Create(6 * static_cast<int>(group_rows_max));
  f.Marked();
  const std::string first_path = f.options.directory + "/account/00000001.seg";
  const auto first = [&] { return std::filesystem::exists(first_path); };
  REQUIRE(std::filesystem::file_size(first_path) >= f.options.segment_bytes_max);
  // All but the first group change: its neighbours are needed by old versions only.
  f.RenameAll({ids.begin() + static_cast<ptrdiff_t>(group_rows_max), ids.end()}, "Changed");
  f.Marked();
  CHECK(f.table().metrics().compactions == 0);
  f.clock.Advance(2 * hour_micros);
  f.catalog->Maintain(Cancellation());  // forgets them
  f.catalog->Maintain(Cancellation());  // and writes the first group elsewhere
  CHECK(f.table().metrics().compactions == 1);
  CHECK(first());
  f.Create(1);
  const auto version = f.Marked();
  f.clock.Advance(2 * hour_micros);
  f.catalog->Maintain(Cancellation());
  CHECK(!first());
  CHECK(f.Marked() == version);
  f.CheckBoth();
}

TEST_CASE("a clock that jumps back neither reorders versions nor loses any") {
  MarksFixture f;
  f.options.retain = f.options.retain_min = hour_micros;
  f.OpenCatalog();
  const std::vector<Id> ids = f.Create(10);
  f.Current();
  f.Rename(ids[0], "Before");
  const Micros before = f.Current()->time;
  f.clock.Set(before - 48 * hour_micros);
  f.Rename(ids[0], "After");
  CHECK(f.Current()->time == before);
  f.catalog->Maintain(Cancellation());
  CHECK(f.table().Versions()->size() == 3);
  CHECK((*f.table().AtOrAfter(before))->version == 1);
  CHECK((*f.table().AtTime(before))->version == 2);
  f.OpenCatalog();
  CHECK(f.table().Versions()->size() == 3);
  f.CheckBoth();
  f.clock.Set(before + 10 * hour_micros);
  f.catalog->Maintain(Cancellation());
  CHECK(f.table().Versions()->size() == 1);
}

// ---- Anything, in any order ----

// Edits at random. What the store held at each commit is kept, to be compared with what was published.
struct RandomEdits {
  MarksFixture& f;
  std::mt19937 random;
  std::vector<Id> live;
  std::mutex mutex;
  std::map<store::Sequence, TextRows> states;  // by the newest commit

  RandomEdits(MarksFixture& fixture, uint32_t seed, int rows) : f(fixture), random(seed) {
    const std::lock_guard lock(mutex);
    live = f.Create(rows);
    states[f.store->committed()] = f.Stored();
  }
  size_t Any() { return random() % live.size(); }
  void Step(int round) {
    const std::lock_guard lock(mutex);
    const auto kind = random() % 10;
    if (kind < 2) {
      const std::vector<Id> more = f.Create(static_cast<int>(random() % 40) + 1, "New ");
      live.insert(live.end(), more.begin(), more.end());
    } else if (kind < 4 && live.size() > 10) {
      const size_t at = Any();
      f.Delete(live[at]);
      live.erase(live.begin() + static_cast<ptrdiff_t>(at));
    } else {
      std::vector<Id> some;
      const size_t count = kind == 9 ? live.size() / 3 : random() % 5 + 1;
      for (size_t i = 0; i < count; ++i) some.push_back(live[Any()]);
      f.RenameAll(some, "Round " + std::to_string(round) + "/" + std::to_string(random() % 100));
    }
    states[f.store->committed()] = f.Stored();
  }
  bool Holds(const TableVersion& version, const TextRows& rows) {
    const std::lock_guard lock(mutex);
    const auto state = states.find(version.sequence);
    return state != states.end() && state->second == rows;
  }
};

TEST_CASE(
    "random edits, upkeep and restarts: both renderings of all versions are the store at a "
    "commit") {
  for (const uint32_t seed : {1u, 2u, 3u}) {
    CAPTURE(seed);
    MarksFixture f;
    RandomEdits edits(f, seed, seed == 3 ? two_groups : 400);
    std::map<int64_t, store::Sequence> sequences;
    const int rounds = seed == 3 ? 12 : 60;
    for (int round = 0; round < rounds; ++round) {
      edits.Step(round);
      const auto act = edits.random() % 8;
      if (act == 0) f.OpenCatalog();
      if (act == 1) f.catalog->Maintain(Cancellation());
      const auto version = edits.random() % 2 == 0 ? f.Marked() : f.Current();
      sequences[version->version] = version->sequence;
      REQUIRE(version->sequence == f.store->committed());
      REQUIRE(edits.Holds(*version, f.LiveRows(*version)));
      REQUIRE(version->files.size() <= files_max);
    }
    CHECK(f.table().metrics().rebuilds <= 1);
    for (const auto& [number, sequence] : sequences) {
      const auto plain = f.table().At(number);
      const auto marked = f.table().AtMarked(number);
      REQUIRE(plain.ok());
      REQUIRE(marked.ok());
      REQUIRE(f.LiveRows(**plain) == edits.states.at(sequence));
      REQUIRE(f.LiveRows(**marked) == edits.states.at(sequence));
    }
  }
}

// As LiveRows, for threads: says false where that would fail the test.
bool ReadLive(MarksFixture& f, const TableVersion& version, TextRows* rows) {
  for (const File& file : version.files) {
    std::string bytes;
    auto reader = f.table().OpenFile(file.id);
    if (!reader.ok() || !(*reader)->ReadAt(0, file.size, &bytes).ok()) return false;
    std::vector<TextRow> all = ReadParquetRows(bytes);
    std::vector<uint32_t> dead;
    if (file.marks != nullptr) dead = file.marks->positions();
    for (size_t i = 0; i < all.size(); ++i) {
      if (std::binary_search(dead.begin(), dead.end(), static_cast<uint32_t>(i))) continue;
      const std::string id = all[i]["id"];
      if (!rows->emplace(id, std::move(all[i])).second) return false;
    }
  }
  return static_cast<int64_t>(rows->size()) == version.rows;
}

TEST_CASE("readers of both renderings and of old versions, while others write and upkeep runs") {
  MarksFixture f;
  RandomEdits edits(f, 20261124, 300);
  std::atomic<bool> stop{false};
  std::atomic<int> reads{0}, wrong{0};
  std::atomic<store::Sequence> acknowledged{f.store->committed()};
  std::vector<std::thread> readers;
  for (unsigned i = 0; i < 3; ++i) {
    readers.emplace_back([&, i] {
      std::mt19937 random(i);
      while (!stop) {
        const store::Sequence before = acknowledged;
        const auto kind = random() % 4;
        Result<std::shared_ptr<const TableVersion>> version =
            kind % 2 == 0 ? f.table().Current() : f.table().CurrentMarked();
        if (version.ok() && (*version)->sequence < before) ++wrong;
        if (version.ok() && kind >= 2) {
          const int64_t old = static_cast<int64_t>(random() % 20);
          const int64_t number = std::max<int64_t>((*version)->version - old, 0);
          version = kind == 2 ? f.table().At(number) : f.table().AtMarked(number);
        }
        TextRows rows;
        if (!version.ok() || !ReadLive(f, **version, &rows) || !edits.Holds(**version, rows)) {
          ++wrong;
        }
        ++reads;
      }
    });
  }
  for (int round = 0; round < 40; ++round) {
    edits.Step(round);
    acknowledged = f.store->committed();
    if (round % 5 == 4) f.catalog->Maintain(Cancellation());
    for (const int seen = reads; reads == seen && wrong == 0;) std::this_thread::yield();
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong == 0);
  CHECK(reads >= 40);
  f.CheckBoth();
}

}  // namespace
}  // namespace boathouse::tables
