#pragma once
// For tests: a store with a clock of its own, a catalog over it, and the published rows as text, read
// by Arrow's own Parquet reader.

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/temp_folder.h"
#include "store/store.h"
#include "tables/tables.h"

namespace boathouse::tables {

// Rows by id: field name to text, nulls left out.
using TextRow = std::map<std::string, std::string>;
using TextRows = std::map<std::string, TextRow>;

// The rows of a whole Parquet file in memory, in its order. Implemented with Arrow.
std::vector<TextRow> ReadParquetRows(const std::string& file);
// Reads a whole Parquet file in memory and adds its rows; an id that stands there already fails the
// test.
void AddParquetRows(const std::string& file, TextRows* rows);
// What Arrow says the file is: one line a column, "name: type id=N".
std::string DescribeParquet(const std::string& file);

struct TableFixture {
  TempFolder folder;
  ManualClock clock{1'764'000'000'000'000};
  IdSource ids{clock, 7};
  std::shared_ptr<const model::Model> model = model::Model::Standard();
  std::unique_ptr<store::Store> store;
  CatalogOptions options;
  std::unique_ptr<Catalog> catalog;

  TableFixture() {
    options.directory = folder / "tables";
    OpenStore();
    OpenCatalog();
  }
  void OpenStore() {
    store.reset();
    auto opened = store::Store::Open({folder / "records.sqlite", model, &clock, 4});
    REQUIRE(opened.ok());
    store = std::move(*opened);
  }
  // As after a restart of the program.
  void OpenCatalog() {
    catalog.reset();
    auto opened = Catalog::Open(options, *store, clock);
    REQUIRE(opened.ok());
    catalog = std::move(*opened);
  }

  const model::Object& object(std::string_view name = "account") { return *model->Find(name); }
  Table& table(std::string_view name = "account") { return **catalog->Find(name); }

  // Runs `work` in one transaction that must succeed.
  void Write(const std::function<Status(store::Transaction&)>& work) {
    clock.Advance(1000);
    const Status written = store->Write(work);
    REQUIRE_MESSAGE(written.ok(), (written.ok() ? "" : written.error().message));
  }
  model::Record NewAccount(const std::string& name) {
    const model::Object& account = object();
    model::Record record;
    record.values.resize(account.fields.size());
    record.Set(model::kFieldId, ids.Next());
    record.Set(*account.IndexOf("name"), name);
    record.Set(*account.IndexOf("annual_revenue"), Decimal{123'450'000});
    record.Set(*account.IndexOf("number_of_employees"), int64_t{42});
    return record;
  }
  // Creates `count` accounts in one transaction; their ids.
  std::vector<Id> Create(int count, const std::string& prefix = "Account ") {
    std::vector<Id> created;
    Write([&](store::Transaction& t) -> Status {
      for (int i = 0; i < count; ++i) {
        ASSIGN(const model::Record stored,
               t.Insert(object(), NewAccount(prefix + std::to_string(i)), {Id{}, "test"}));
        created.push_back(stored.id());
      }
      return Status::Ok();
    });
    return created;
  }
  void Rename(const Id& id, const std::string& name) {
    Write([&](store::Transaction& t) -> Status {
      ASSIGN(const model::Record current, t.Get(object(), id));
      model::Record updated = current;
      updated.Set(*object().IndexOf("name"), name);
      TRY(t.Update(object(), current, updated, {Id{}, "test"}));
      return Status::Ok();
    });
  }
  void Delete(const Id& id) {
    Write([&](store::Transaction& t) -> Status {
      ASSIGN(const model::Record current, t.Get(object(), id));
      return t.Delete(object(), current, {Id{}, "test"});
    });
  }

  std::shared_ptr<const TableVersion> Current(std::string_view name = "account") {
    auto version = table(name).Current();
    REQUIRE_MESSAGE(version.ok(), (version.ok() ? "" : version.error().message));
    return *version;
  }
  std::string Bytes(const File& file, std::string_view name = "account") {
    auto reader = table(name).OpenFile(file.id);
    REQUIRE_MESSAGE(reader.ok(), (reader.ok() ? "" : reader.error().message));
    REQUIRE((*reader)->size() == file.size);
    std::string bytes;
    const Status read = (*reader)->ReadAt(0, file.size, &bytes);
    REQUIRE_MESSAGE(read.ok(), (read.ok() ? "" : read.error().message));
    REQUIRE(bytes.size() == file.size);
    return bytes;
  }
  // Of any table, and any of its files.
  static std::string Bytes(Table& table, const File& file) {
    auto reader = table.OpenFile(file.id);
    REQUIRE_MESSAGE(reader.ok(), (reader.ok() ? "" : reader.error().message));
    REQUIRE((*reader)->size() == file.size);
    std::string bytes;
    const Status read = (*reader)->ReadAt(0, file.size, &bytes);
    REQUIRE_MESSAGE(read.ok(), (read.ok() ? "" : read.error().message));
    return bytes;
  }
  // The rows of plain files.
  static TextRows RowsOf(Table& table, const std::vector<File>& files) {
    TextRows rows;
    for (const File& file : files) {
      CHECK(file.marks == nullptr);
      const size_t before = rows.size();
      AddParquetRows(Bytes(table, file), &rows);
      CHECK(static_cast<int64_t>(rows.size() - before) == file.rows);
    }
    return rows;
  }
  TextRows Published(const TableVersion& version, std::string_view name = "account") {
    TextRows rows;
    for (const File& file : version.files) {
      const size_t before = rows.size();
      AddParquetRows(Bytes(file, name), &rows);
      CHECK(static_cast<int64_t>(rows.size() - before) == file.rows);
    }
    CHECK(static_cast<int64_t>(rows.size()) == version.rows);
    return rows;
  }
  static TextRow Text(const model::Object& object, const model::Record& record) {
    TextRow row;
    for (size_t i = 0; i < object.fields.size(); ++i) {
      const std::string text = model::ToText(record.At(i));
      if (!text.empty()) row[object.fields[i].name] = text;
    }
    return row;
  }
  TextRows Stored(std::string_view name = "account") {
    auto snapshot = store->Read();
    REQUIRE(snapshot.ok());
    TextRows rows;
    const Status scanned = (*snapshot)->Scan(object(name), [&](const model::Record& record) {
      rows[record.id().ToString()] = Text(object(name), record);
      return true;
    });
    REQUIRE(scanned.ok());
    return rows;
  }
  // The published rows are exactly the stored ones, now.
  void CheckLive(std::string_view name = "account") {
    const auto version = Current(name);
    CHECK(version->files.size() <= files_max);
    CHECK(Published(*version, name) == Stored(name));
  }
};

}  // namespace boathouse::tables
