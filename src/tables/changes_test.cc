#include "tables/changes.h"

#include <filesystem>
#include <random>

#include "base/bytes.h"
#include "tables/definition.h"
#include "tables/table_fixture.h"

namespace boathouse::tables {
namespace {

using TypedRows = std::vector<std::pair<std::string, TextRow>>;  // change type, the row without it

struct ChangesFixture : TableFixture {
  // Rows of change files with their types; of plain ones they are inserts.
  static TypedRows RowsOfChanges(Table& table, const VersionChanges& changes) {
    CHECK((changes.inserts.empty() || changes.changes.empty()));
    TypedRows out;
    for (const File& file : changes.inserts) {
      for (TextRow& row : ReadParquetRows(Bytes(table, file))) {
        CHECK(!row.contains(std::string(change_type_column)));
        out.emplace_back("insert", std::move(row));
      }
    }
    for (const File& file : changes.changes) {
      const std::vector<TextRow> rows = ReadParquetRows(Bytes(table, file));
      CHECK(static_cast<int64_t>(rows.size()) == file.rows);
      for (TextRow row : rows) {
        std::string type = row.at(std::string(change_type_column));
        row.erase(std::string(change_type_column));
        out.emplace_back(std::move(type), std::move(row));
      }
    }
    return out;
  }
  TypedRows ChangesOf(Table& table, int64_t version) {
    const auto set = table.Changes(version, version);
    REQUIRE_MESSAGE(set.ok(), (set.ok() ? "" : set.error().message));
    REQUIRE(set->versions.size() == 1);
    CHECK(set->versions[0].version == version);
    return RowsOfChanges(table, set->versions[0]);
  }
  static size_t Count(const TypedRows& rows, std::string_view type) {
    return static_cast<size_t>(std::count_if(rows.begin(), rows.end(),
                                             [&](const auto& row) { return row.first == type; }));
  }
  TextRows RowsAt(Table& table, int64_t version) {
    const auto read = table.At(version);
    REQUIRE_MESSAGE(read.ok(), (read.ok() ? "" : read.error().message));
    return RowsOf(table, (*read)->files);
  }
  // What a reader of the change feed makes of it: old images must be what the reader has.
  static void Apply(const TypedRows& changes, TextRows* rows) {
    TextRows before;
    for (const auto& [type, row] : changes) {
      if (type != change_update_preimage && type != change_delete) continue;
      const std::string& id = row.at("id");
      REQUIRE(rows->contains(id));
      CHECK(rows->at(id) == row);
      if (type == change_update_preimage) CHECK(before.emplace(id, row).second);
      rows->erase(id);
    }
    for (const auto& [type, row] : changes) {
      if (type != change_update_postimage && type != change_insert) continue;
      const std::string& id = row.at("id");
      const bool update = type == change_update_postimage;
      CHECK(before.contains(id) == update);
      if (update) CHECK(before.at(id) != row);
      CHECK(rows->emplace(id, row).second);
      before.erase(id);
    }
    CHECK(before.empty());  // each old image has a new one
  }
  // Every known version's changes turn its predecessor into it.
  void CheckFeed(Table& table) {
    const auto versions = *table.Versions();
    const int64_t last = versions.back().version;
    int64_t first = versions.front().version;
    if (first > 0) ++first;
    if (first > last) return;
    TextRows rows = first == 0 ? TextRows() : RowsAt(table, first - 1);
    const auto set = table.Changes(first, last);
    REQUIRE_MESSAGE(set.ok(), (set.ok() ? "" : set.error().message));
    REQUIRE(static_cast<int64_t>(set->versions.size()) == last - first + 1);
    for (const VersionChanges& changes : set->versions) {
      Apply(RowsOfChanges(table, changes), &rows);
      CHECK(rows == RowsAt(table, changes.version));
    }
  }
};

TEST_CASE("the changes of a version are the rows that came, went and changed") {
  ChangesFixture f;
  const std::vector<Id> ids = f.Create(5);
  CHECK(f.Current()->version == 0);
  const TypedRows first = f.ChangesOf(f.table(), 0);
  CHECK(first.size() == 5);
  CHECK(f.Count(first, "insert") == 5);

  const TextRows before = f.Stored();
  f.Rename(ids[1], "Renamed");
  f.Delete(ids[3]);
  const Id added = f.Create(1, "Added ")[0];
  const auto version = f.Current();
  CHECK(version->version == 1);
  const TypedRows second = f.ChangesOf(f.table(), 1);
  CHECK(second.size() == 4);
  for (const auto& [type, row] : second) {
    const std::string& id = row.at("id");
    if (type == "update_preimage") CHECK(row == before.at(ids[1].ToString()));
    if (type == "update_postimage") CHECK(row == f.Stored().at(ids[1].ToString()));
    if (type == "delete") CHECK(row == before.at(ids[3].ToString()));
    if (type == "insert") CHECK(id == added.ToString());
  }
  CHECK(f.Count(second, "update_preimage") == 1);
  CHECK(f.Count(second, "update_postimage") == 1);
  CHECK(f.Count(second, "delete") == 1);
  CHECK(f.Count(second, "insert") == 1);
  const auto set = f.table().Changes(1, 1);
  CHECK(set->versions[0].time == version->time);
  CHECK(!set->versions[0].new_schema);
  CHECK(set->versions[0].inserts.empty());
}

TEST_CASE("a version that only adds rows has plain files of exactly these") {
  ChangesFixture f;
  f.Create(3, "Old ");
  f.Current();
  const std::vector<Id> ids = f.Create(2, "New ");
  f.Current();
  const auto set = f.table().Changes(1, 1);
  CHECK(set->versions[0].changes.empty());
  CHECK(f.RowsOf(f.table(), set->versions[0].inserts).size() == 2);
  CHECK(f.RowsOf(f.table(), set->versions[0].inserts).contains(ids[1].ToString()));
}

TEST_CASE("change files are the same after a restart, and are made again when they are lost") {
  ChangesFixture f;
  const std::vector<Id> ids = f.Create(20);
  f.Current();
  f.Rename(ids[1], "Renamed");
  f.Current();
  const auto set = f.table().Changes(1, 1);
  const std::string id = set->versions[0].changes[0].id;
  const std::string bytes = f.Bytes(f.table(), set->versions[0].changes[0]);
  const auto opens = [&] { return f.table().OpenFile(id).ok(); };

  f.OpenCatalog();
  CHECK(opens());
  CHECK(f.Bytes(f.table(), set->versions[0].changes[0]) == bytes);
  const std::string path = f.options.directory + "/account/derived/" + id + ".parquet";
  REQUIRE(std::filesystem::exists(path));
  // Damaged while the program was not running: never served.
  std::filesystem::resize_file(path, 100);
  f.OpenCatalog();
  CHECK(!opens());
  const auto again = f.table().Changes(1, 1);
  CHECK(again->versions[0].changes[0].id == id);
  CHECK(f.Bytes(f.table(), again->versions[0].changes[0]) == bytes);

  // Their time runs from the last answer.
  f.clock.Advance(f.options.retain_min - 1);
  CHECK(f.table().Changes(1, 1)->versions[0].changes[0].id == id);
  f.clock.Advance(f.options.retain_min - 1);
  f.catalog->Maintain(Cancellation());
  CHECK(opens());
  f.clock.Advance(3);
  f.catalog->Maintain(Cancellation());
  CHECK(!opens());
  CHECK(!std::filesystem::exists(path));
}

TEST_CASE("changes outside of the history are refused with what there is") {
  ChangesFixture f;
  f.Create(1);
  f.Current();
  f.Create(1);
  f.Current();
  Table& table = f.table();
  CHECK(table.Changes(1, 0).error().kind == ErrorKind::kInvalid);
  CHECK(table.Changes(0, changes_versions_max).error().kind == ErrorKind::kInvalid);
  const auto beyond = table.Changes(0, 2);
  CHECK(beyond.error().kind == ErrorKind::kNotFound);
  CHECK(beyond.error().message.find("from version 0 to version 1") != std::string::npos);
  CHECK(table.Changes(-1, 0).error().kind == ErrorKind::kNotFound);
  CHECK(table.Diff(0, 2).error().kind == ErrorKind::kNotFound);
  CHECK(table.Diff(2, 1).error().kind == ErrorKind::kInvalid);
}

TEST_CASE("the change feed goes across a new field, and old versions keep their columns") {
  ChangesFixture f;
  const std::vector<Id> ids = f.Create(4);
  f.Current();
  REQUIRE(f.store
              ->ChangeModel(*Json::Parse(R"({"add_field": {"object": "account", "field":
                  {"name": "stars", "type": "integer", "label": "Stars"}}})"))
              .ok());
  const auto alone = f.Current();
  CHECK(alone->version == 1);
  const model::Object& account = *f.store->model()->Find("account");
  f.Write([&](store::Transaction& t) -> Status {
    ASSIGN(const model::Record current, t.Get(account, ids[2]));
    model::Record updated = current;
    updated.Set(*account.IndexOf("stars"), int64_t{5});
    TRY(t.Update(account, current, updated, {Id{}, "test"}));
    return Status::Ok();
  });
  f.Current();
  const auto set = f.table().Changes(0, 2);
  REQUIRE(set.ok());
  CHECK(set->versions[0].new_schema);
  CHECK(set->versions[1].new_schema);
  CHECK(!set->versions[2].new_schema);
  CHECK(set->versions[1].inserts.empty());
  CHECK(set->versions[1].changes.empty());
  CHECK(set->versions[0].schema->columns.size() + 1 == set->versions[1].schema->columns.size());
  CHECK(set->versions[1].schema->columns.back().name == "stars");
  const TypedRows changes = f.RowsOfChanges(f.table(), set->versions[2]);
  REQUIRE(changes.size() == 2);
  for (const auto& [type, row] : changes) {
    CHECK(row.contains("stars") == (type == change_update_postimage));
  }
  // Its file has the column, also where every value is null; the old version has not.
  CHECK(DescribeParquet(f.Bytes(f.table(), set->versions[2].changes[0])).find("stars: INT64") !=
        std::string::npos);
  const auto old = *f.table().At(0);
  CHECK(DescribeParquet(f.Bytes(f.table(), old->files[0])).find("stars") == std::string::npos);
  CHECK(old->schema->columns.back().name != "stars");
  f.CheckFeed(f.table());
}

TEST_CASE("files that came and went turn one version into the next") {
  ChangesFixture f;
  f.Create(20'000);
  f.Current();
  const Id one = f.Create(1, "More ")[0];
  f.Current();
  f.Rename(one, "Changed");
  f.Current();
  const auto diff = f.table().Diff(0, 2);
  REQUIRE(diff.ok());
  REQUIRE(diff->versions.size() == 3);
  std::map<std::string, File> files;
  for (const VersionFiles& version : diff->versions) {
    for (const File& file : version.removed) CHECK(files.erase(file.id) == 1);
    for (const File& file : version.added) CHECK(files.emplace(file.id, file).second);
    std::vector<File> whole;
    for (const auto& [id, file] : files) whole.push_back(file);
    CHECK(f.RowsOf(f.table(), whole) == f.RowsAt(f.table(), version.version));
  }
  CHECK(diff->versions[0].removed.empty());
  CHECK(diff->versions[0].new_schema);
  CHECK(!diff->versions[1].new_schema);
  // What did not change is not in it.
  CHECK(diff->versions[2].added.size() == 1);
}

Definition MaskedAndFiltered() {
  Definition definition;
  definition.id.bytes[0] = 0xC1;
  definition.object = "account";
  definition.columns = {{"name", Mask::kSha256}, {"number_of_employees"}};
  definition.filter = RowFilter{
      "number_of_employees < 50", [](const model::Model& model) -> Result<store::Condition> {
        return store::Condition::Where(*model.Find("account")->IndexOf("number_of_employees"),
                                       store::Condition::Compare::kLess, int64_t{50});
      }};
  return definition;
}

// One transaction of random edits.
void EditAtRandom(ChangesFixture& f, std::mt19937& random, std::vector<Id>* ids) {
  const auto below = [&](size_t n) { return static_cast<size_t>(random() % n); };
  f.Write([&](store::Transaction& t) -> Status {
    const size_t edits = 1 + below(below(10) == 0 ? 400 : 12);
    for (size_t i = 0; i < edits; ++i) {
      const size_t what = ids->empty() ? 0 : below(10);
      if (what < 4) {
        ASSIGN(const model::Record stored, t.Insert(f.object(), f.NewAccount("A"), {Id{}, "test"}));
        ids->push_back(stored.id());
        continue;
      }
      const size_t at = below(ids->size());
      ASSIGN(const model::Record current, t.Get(f.object(), (*ids)[at]));
      if (what < 6) {
        TRY(t.Delete(f.object(), current, {Id{}, "test"}));
        (*ids)[at] = ids->back();
        ids->pop_back();
        continue;
      }
      model::Record updated = current;
      if (what < 8) {
        updated.Set(*f.object().IndexOf("number_of_employees"), static_cast<int64_t>(below(100)));
      } else if (what == 8) {
        updated.Set(*f.object().IndexOf("name"), "B" + std::to_string(below(1000)));
      } else {
        updated.Set(*f.object().IndexOf("billing_city"), "C" + std::to_string(below(5)));
      }
      TRY(t.Update(f.object(), current, updated, {Id{}, "test"}));
    }
    return Status::Ok();
  });
}

TEST_CASE("applying the changes of each version to its predecessor gives it, after random edits") {
  for (const unsigned seed : {1u, 2u, 3u}) {
    CAPTURE(seed);
    ChangesFixture f;
    std::mt19937 random(seed);
    std::vector<Id> ids = f.Create(300);
    Table* defined = *f.catalog->Define(MaskedAndFiltered());
    for (int step = 0; step < 40; ++step) {
      EditAtRandom(f, random, &ids);
      // Versions come about in all ways: of either rendering, of one table or the other, compacted or not.
      if (random() % 2 == 0) CHECK(f.table().CurrentMarked().ok());
      if (random() % 2 == 0) CHECK(defined->CurrentMarked().ok());
      if (random() % 3 == 0) CHECK(f.table().Current().ok());
      if (random() % 3 == 0) CHECK(defined->Current().ok());
      if (random() % 5 == 0) f.catalog->Maintain(Cancellation());
      if (random() % 10 == 0) {
        f.OpenCatalog();
        defined = *f.catalog->Define(MaskedAndFiltered());
      }
    }
    f.CheckLive();
    f.CheckFeed(f.table());
    f.CheckFeed(*defined);
    for (const auto& [id, row] : f.RowsAt(*defined, (*defined->Current())->version)) {
      CHECK(row.size() == 3);
      CHECK(row.at("name").size() == 64);
    }
  }
}

}  // namespace
}  // namespace boathouse::tables
