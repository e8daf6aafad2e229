#include "tables/history.h"

#include <doctest/doctest.h>

#include <map>

namespace boathouse::tables {
namespace {

std::map<uint32_t, size_t> Counts(const std::vector<SlotGroup>& groups) {
  std::map<uint32_t, size_t> counts;
  for (const SlotGroup& group : groups) ++counts[group.slot];
  return counts;
}

TEST_CASE("full groups fill base files, small ones stay in the tail") {
  std::vector<SlotGroup> groups;
  for (uint64_t i = 1; i <= 122; ++i) groups.push_back({i, group_rows_max, 0});
  groups.push_back({200, 17, 0});
  PlaceGroups(&groups);
  const auto counts = Counts(groups);
  CHECK(counts.size() <= files_max);
  CHECK(counts.at(0) == 1);
  CHECK(counts.at(1) == 16);
  // Nothing moves when nothing changed.
  std::vector<SlotGroup> again = groups;
  PlaceGroups(&again);
  for (size_t i = 0; i < groups.size(); ++i) CHECK(again[i].slot == groups[i].slot);
}

TEST_CASE("a table that grows group by group never has too many files, and moves few groups") {
  std::vector<SlotGroup> groups;
  size_t moved = 0;
  for (uint64_t i = 1; i <= 3'000; ++i) {
    groups.push_back({i, group_rows_max, 0});
    const std::vector<SlotGroup> before = groups;
    PlaceGroups(&groups);
    for (size_t j = 0; j + 1 < groups.size(); ++j)
      moved += groups[j].slot != before[j].slot ? 1u : 0u;
    REQUIRE(Counts(groups).size() <= files_max);
  }
  // Each group moves a logarithmic number of times.
  CHECK(moved < 3'000 * 12);
}

GroupInfo Info(uint64_t id, uint8_t first, uint8_t last) {
  GroupInfo info;
  info.id = id;
  info.rows = 10;
  info.min_id.bytes[0] = first;
  info.max_id.bytes[0] = last;
  info.segment = id;
  info.length = 1'000 * id;
  return info;
}

VersionRecord Record(int64_t version, std::vector<uint64_t> removed, std::vector<GroupInfo> added) {
  VersionRecord record;
  record.version = version;
  record.time = 1'000 * version;
  record.removed = std::move(removed);
  for (const GroupInfo& info : added) record.placed.push_back({info.id, 0});
  record.added = std::move(added);
  return record;
}

TEST_CASE("versions are followed, found again and forgotten") {
  LogContents contents;
  contents.table = Id::FromBytes("0123456789abcdef");
  contents.schemas.push_back({0, {{"id", 1, model::FieldType::kId, ""}}});
  contents.versions = {Record(0, {}, {Info(1, 5, 6), Info(2, 1, 4)}),
                       Record(1, {1}, {Info(3, 5, 5)}), Record(2, {2, 3}, {})};
  Result<History> history = History::Load(contents);
  REQUIRE(history.ok());
  CHECK(history->next_group() == 4);
  CHECK(history->current().files.empty());
  CHECK(history->bytes_live() == 0);
  CHECK(history->bytes_retained() == 6'000);
  CHECK(history->BytesOnlyIn(0) == 1'000);
  const auto first = history->FilesOf(0);
  REQUIRE(first.ok());
  REQUIRE(first->size() == 1);
  // Groups stand in the order of their records.
  CHECK(first->front()->groups.front()->info.id == 2);
  CHECK(history->FindFile(first->front()->id) == first->front());
  CHECK(history->FilesOf(1)->front()->id != first->front()->id);
  CHECK(history->FilesOf(3).error().kind == ErrorKind::kNotFound);

  const std::string first_id = first->front()->id;
  history->Prune(1);
  CHECK(history->FilesOf(0).error().kind == ErrorKind::kNotFound);
  CHECK(history->FindFile(first_id) == nullptr);
  CHECK(history->FilesOf(1)->front()->groups.size() == 2);
  CHECK(!history->SegmentEnds().contains(1));
  CHECK(history->bytes_retained() == 5'000);
  const Result<History> reloaded = History::Load(history->Contents("x", ""));
  REQUIRE(reloaded.ok());
  CHECK(reloaded->records().size() == 2);
  CHECK(reloaded->FilesOf(1)->front()->id == history->FilesOf(1)->front()->id);
}

// Following the log for each of them would take minutes.
TEST_CASE("the files of any of many versions are known without following the log") {
  constexpr int64_t versions = 6'000;
  LogContents contents;
  contents.table = Id::FromBytes("0123456789abcdef");
  contents.schemas.push_back({0, {{"id", 1, model::FieldType::kId, ""}}});
  contents.versions.push_back(Record(0, {}, {Info(1, 1, 4)}));
  for (int64_t i = 1; i < versions; ++i) {
    const auto group = static_cast<uint64_t>(i);
    contents.versions.push_back(Record(i, {group}, {Info(group + 1, 1, 4)}));
  }
  Result<History> history = History::Load(contents);
  REQUIRE(history.ok());
  const auto check = [&](int64_t from) {
    for (int64_t i = from; i < versions; ++i) {
      const auto files = history->FilesOf(i);
      REQUIRE(files.ok());
      REQUIRE(files->size() == 1);
      REQUIRE(files->front()->groups.front()->info.id == static_cast<uint64_t>(i) + 1);
      REQUIRE(files->front() == history->FindFile(files->front()->id));
    }
  };
  check(0);
  history->Prune(versions / 2);
  CHECK(history->FilesOf(versions / 2 - 1).error().kind == ErrorKind::kNotFound);
  check(versions / 2);
}

TEST_CASE("records that contradict each other are damage") {
  LogContents contents;
  contents.schemas.push_back({0, {}});
  const auto refused = [&](std::vector<VersionRecord> versions) {
    contents.versions = std::move(versions);
    const Result<History> history = History::Load(contents);
    return !history.ok() && history.error().kind == ErrorKind::kCorrupt;
  };
  CHECK(refused({Record(0, {7}, {})}));
  CHECK(refused({Record(0, {}, {}), Record(2, {}, {})}));
  VersionRecord unknown_group = Record(0, {}, {});
  unknown_group.placed.push_back({9, 0});
  CHECK(refused({unknown_group}));
  VersionRecord unknown_schema = Record(0, {}, {});
  unknown_schema.schema_id = 4;
  CHECK(refused({unknown_schema}));
  CHECK(!refused({Record(0, {}, {})}));
}

}  // namespace
}  // namespace boathouse::tables
