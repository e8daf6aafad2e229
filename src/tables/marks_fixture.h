#pragma once
// For tests: what a version says in either rendering.

#include <algorithm>

#include "tables/table_fixture.h"

namespace boathouse::tables {

struct MarksFixture : TableFixture {
  std::shared_ptr<const TableVersion> Marked() {
    auto version = table().CurrentMarked();
    REQUIRE_MESSAGE(version.ok(), (version.ok() ? "" : version.error().message));
    return *version;
  }
  // The rows of a version without the dead ones.
  TextRows LiveRows(const TableVersion& version) {
    TextRows rows;
    for (const File& file : version.files) {
      std::vector<TextRow> all = ReadParquetRows(Bytes(file));
      REQUIRE(static_cast<int64_t>(all.size()) == file.rows);
      std::vector<uint32_t> dead;
      if (file.marks != nullptr) dead = file.marks->positions();
      REQUIRE(std::is_sorted(dead.begin(), dead.end()));
      for (size_t i = 0; i < all.size(); ++i) {
        if (std::binary_search(dead.begin(), dead.end(), static_cast<uint32_t>(i))) continue;
        const std::string id = all[i]["id"];
        REQUIRE_MESSAGE(rows.emplace(id, std::move(all[i])).second, "an id lives twice: " << id);
      }
    }
    CHECK(static_cast<int64_t>(rows.size()) == version.rows);
    return rows;
  }
  static int64_t DeadIn(const TableVersion& version) {
    int64_t dead = 0;
    for (const File& file : version.files) dead += file.rows - file.live_rows();
    return dead;
  }
  // Both renderings are the stored rows, now.
  void CheckBoth() {
    const auto marked = Marked();
    const auto plain = Current();
    const TextRows stored = Stored();
    CHECK(marked->version == plain->version);
    CHECK(DeadIn(*plain) == 0);
    CHECK(plain->files.size() <= files_max);
    CHECK(marked->files.size() <= files_max);
    REQUIRE(LiveRows(*marked) == stored);
    REQUIRE(LiveRows(*plain) == stored);
  }
  // Renames each in one transaction.
  void RenameAll(const std::vector<Id>& records, const std::string& name) {
    Write([&](store::Transaction& t) -> Status {
      for (const Id& id : records) {
        ASSIGN(const model::Record current, t.Get(object(), id));
        model::Record updated = current;
        updated.Set(*object().IndexOf("name"), name);
        TRY(t.Update(object(), current, updated, {Id{}, "test"}));
      }
      return Status::Ok();
    });
  }
};

}  // namespace boathouse::tables
