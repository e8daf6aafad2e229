#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "base/bytes.h"
#include "tables/table_fixture.h"

namespace boathouse::tables {
namespace {

TEST_CASE("an empty object is a table without files, at version 0") {
  TableFixture f;
  const auto version = f.Current();
  CHECK(version->version == 0);
  CHECK(version->files.empty());
  CHECK(version->rows == 0);
  CHECK(version->schema->columns.size() == f.object().fields.size());
  CHECK(f.Current() == version);
}

TEST_CASE("every write is in the next read, and only what changed is encoded") {
  TableFixture f;
  std::vector<Id> ids = f.Create(9'000);
  f.CheckLive();
  CHECK(f.Current()->version == 0);
  const int64_t first = f.table().metrics().rows_encoded;
  CHECK(first == 9'000);

  f.Rename(ids[5], "Renamed");
  f.CheckLive();
  CHECK(f.Current()->version == 1);
  f.Delete(ids[0]);
  f.Delete(ids[8'999]);
  f.CheckLive();
  CHECK(f.Current()->version == 2);
  f.Create(3);
  f.CheckLive();
  CHECK(f.Current()->version == 3);
  CHECK(f.table().metrics().cuts == 4);
  CHECK(f.table().metrics().rebuilds == 1);

  SUBCASE("a read that finds nothing new does nothing") {
    const Metrics before = f.table().metrics();
    const auto version = f.Current();
    f.Write([&](store::Transaction& t) -> Status {  // another object's change
      model::Record user;
      const model::Object& users = f.object("user");
      user.values.resize(users.fields.size());
      user.Set(model::kFieldId, f.ids.Next());
      user.Set(*users.IndexOf("name"), std::string("Ann"));
      TRY(t.Insert(users, user, {Id{}, "test"}));
      return Status::Ok();
    });
    CHECK(f.Current() == version);
    CHECK(f.table().metrics().rows_encoded == before.rows_encoded);
    CHECK(f.table().metrics().cuts == before.cuts);
    f.CheckLive("user");
  }
  SUBCASE("a record that came and went between two reads makes no version") {
    const Id id = f.Create(1).front();
    f.Delete(id);
    const auto version = f.Current();
    CHECK(version->version == 3);
    CHECK(version->sequence == f.store->committed(f.object()));
    f.CheckLive();
  }
  SUBCASE("all rows can go") {
    f.Write([&](store::Transaction& t) -> Status {
      store::Query query;
      query.object = &f.object();
      query.limit = 100'000;
      ASSIGN(const auto records, t.List(query));
      for (const model::Record& r : records) TRY(t.Delete(f.object(), r, {Id{}, "test"}));
      return Status::Ok();
    });
    CHECK(f.Current()->files.empty());
    CHECK(f.Current()->version == 4);
    f.Create(2);
    f.CheckLive();
  }
}

// What one change costs, in rows encoded, at a table of `rows` rows.
int64_t CostOfOneChange(int rows) {
  TableFixture f;
  const std::vector<Id> ids = f.Create(rows);
  f.Current();
  const int64_t before = f.table().metrics().rows_encoded;
  f.Rename(ids[static_cast<size_t>(rows) / 2], "Changed");
  const auto version = f.Current();
  CHECK(version->rows == rows);
  return f.table().metrics().rows_encoded - before;
}

TEST_CASE("the cost of a change does not depend on the size of the table") {
  const int64_t small = CostOfOneChange(10'000);
  const int64_t large = CostOfOneChange(50'000);
  CHECK(small <= 2 * group_rows_max);
  CHECK(large <= 2 * group_rows_max);
}

TEST_CASE("a record that changes again and again costs little") {
  TableFixture f;
  const std::vector<Id> ids = f.Create(12'000);
  f.Current();
  f.Rename(ids[100], "First");
  f.Current();
  const int64_t before = f.table().metrics().rows_encoded;
  for (int i = 0; i < 50; ++i) {
    f.Rename(ids[100], "Again " + std::to_string(i));
    f.Current();
  }
  // The last, partial group of the first version is joined once; after that only the hot record moves.
  CHECK(f.table().metrics().rows_encoded - before < group_rows_max);
  f.CheckLive();
}

TEST_CASE("files keep their id while their content is the same, across restarts too") {
  TableFixture f;
  const std::vector<Id> ids = f.Create(static_cast<int>(group_rows_max) + 100);
  const auto first = f.Current();
  REQUIRE(first->files.size() == 2);  // the full group, and the tail
  const Id& changed = ids.back();
  f.Rename(changed, "Changed");
  const auto second = f.Current();
  size_t kept = 0;
  for (const File& file : second->files) kept += first->Find(file.id) != nullptr ? 1u : 0u;
  CHECK(kept == 1);
  const Id table_id = *f.table().id();

  f.OpenCatalog();
  const auto again = f.Current();
  CHECK(again->version == second->version);
  CHECK(*f.table().id() == table_id);
  REQUIRE(again->files.size() == second->files.size());
  for (size_t i = 0; i < again->files.size(); ++i) {
    CHECK(again->files[i].id == second->files[i].id);
    CHECK(again->files[i].size == second->files[i].size);
  }
  CHECK(f.table().metrics().rows_encoded == 0);
  // The old version is still there, byte for byte readable.
  const auto old = f.table().At(0);
  REQUIRE(old.ok());
  CHECK((*old)->files.size() == first->files.size());
  CHECK((*old)->files.front().id == first->files.front().id);
  CHECK(f.Published(**old).at(changed.ToString()).at("name") != "Changed");
  CHECK(f.Published(*again).at(changed.ToString()).at("name") == "Changed");
}

TEST_CASE("a file's id cannot be computed from what readers see") {
  TableFixture fixture;
  fixture.Create(3);
  const auto version = fixture.Current();
  REQUIRE(version->files.size() == 1);
  const Id table = *fixture.table().id();
  for (uint64_t group = 0; group < 20; ++group) {
    const std::string content = std::string(table.AsBytes()) + "/" +
                                std::to_string(version->schema->id) + "/" + std::to_string(group);
    CHECK(HexEncode(Sha256(content)).substr(0, 32) != version->files[0].id);
    CHECK(HexEncode(HmacSha256("", content)).substr(0, 32) != version->files[0].id);
  }
  fixture.OpenCatalog();
  CHECK(fixture.Current()->files[0].id == version->files[0].id);
}

TEST_CASE("random edits with restarts in between always publish the store") {
  TableFixture f;
  std::mt19937 random(20261124);
  std::vector<Id> live = f.Create(9'000);
  f.CheckLive();
  int64_t last_version = 0;
  for (int round = 0; round < 60; ++round) {
    const int edits = static_cast<int>(random() % 12);
    for (int i = 0; i < edits; ++i) {
      const size_t at = random() % live.size();
      switch (random() % 4) {
        case 0:
          live.push_back(f.Create(1, "New ").front());
          break;
        case 1:
          f.Delete(live[at]);
          live.erase(live.begin() + static_cast<ptrdiff_t>(at));
          break;
        default:
          f.Rename(live[at], "Round " + std::to_string(round));
      }
    }
    if (round % 7 == 3) {
      const std::vector<Id> many = f.Create(700, "Batch ");
      live.insert(live.end(), many.begin(), many.end());
    }
    if (round % 5 == 0) f.OpenCatalog();
    const auto version = f.Current();
    CHECK(version->version >= last_version);
    CHECK(version->version <= last_version + 1);
    last_version = version->version;
    REQUIRE(f.Published(*version) == f.Stored());
    REQUIRE(version->files.size() <= files_max);
    for (const File& file : version->files) REQUIRE(file.group_offsets.size() < 40);
  }
}

TEST_CASE("a new field is a new column, and old files answer null for it") {
  TableFixture f;
  f.Create(9'000);
  const auto before = f.Current();
  const int64_t encoded = f.table().metrics().rows_encoded;

  std::vector<model::Object> objects = f.model->objects();
  for (model::Object& object : objects) {
    if (object.name != "account") continue;
    model::Field field;
    field.name = "cf_tier";
    field.label = "Tier";
    field.type = model::FieldType::kText;
    field.column_id = 900;
    object.fields.push_back(field);
  }
  f.catalog.reset();
  f.model = std::make_shared<model::Model>(std::move(objects));
  f.OpenStore();
  f.OpenCatalog();

  const auto after = f.Current();
  CHECK(after->version == before->version + 1);
  CHECK(after->schema->id == 1);
  CHECK(after->schema->columns.back().name == "cf_tier");
  CHECK(after->files.front().id != before->files.front().id);
  CHECK(f.table().metrics().rows_encoded == 0);
  CHECK(encoded == 9'000);
  f.CheckLive();

  const model::Record gold = [&] {
    model::Record record = f.NewAccount("Gold");
    record.Set(*f.object().IndexOf("cf_tier"), std::string("gold"));
    return record;
  }();
  f.Write([&](store::Transaction& t) -> Status {
    TRY(t.Insert(f.object(), gold, {Id{}, "test"}));
    return Status::Ok();
  });
  f.CheckLive();
  CHECK(f.Published(*f.Current()).at(gold.id().ToString()).at("cf_tier") == "gold");
  const auto old = f.table().At(before->version);
  REQUIRE(old.ok());
  CHECK((*old)->schema->columns.size() == before->schema->columns.size());
  CHECK(DescribeParquet(f.Bytes((*old)->files.front())).find("cf_tier") == std::string::npos);
}

TEST_CASE("versions are found by number and by time") {
  TableFixture f;
  f.clock.Set(f.clock.Now() + 60'000'000);
  const Id id = f.Create(1).front();
  const Micros first = f.clock.Now();
  // A version is of the time of its newest change, whenever it was cut.
  f.clock.Advance(1'000'000);
  f.Current();
  f.clock.Advance(60'000'000);
  f.Rename(id, "Later");
  const auto second = f.Current();
  CHECK(second->version == 1);
  CHECK((*f.table().AtTime(first))->version == 0);
  CHECK((*f.table().AtTime(first + 59'000'000))->version == 0);
  CHECK((*f.table().AtTime(f.clock.Now() + 1))->version == 1);
  CHECK(f.table().AtTime(first - 1).error().kind == ErrorKind::kNotFound);
  CHECK(f.table().At(2).error().kind == ErrorKind::kNotFound);
  CHECK(f.table().At(-1).error().kind == ErrorKind::kNotFound);
  CHECK(f.table().OpenFile("0123").error().kind == ErrorKind::kNotFound);
  CHECK(f.catalog->Find("ACCOUNTS").ok());
  CHECK(f.catalog->Find("nothing").error().kind == ErrorKind::kNotFound);
  const auto versions = f.table().Versions();
  REQUIRE(versions->size() == 2);
  CHECK(versions->front().time == first);
}

TEST_CASE("reading old versions, however many, fills no memory") {
  TableFixture f;
  const Id id = f.Create(1).front();
  constexpr int64_t versions = 150;
  for (int64_t i = 0; i < versions; ++i) {
    f.Rename(id, "Version " + std::to_string(i));
    f.Current();
  }
  for (int round = 0; round < 2; ++round) {
    for (int64_t i = 0; i < versions; ++i) {
      const auto version = f.table().At(i);
      REQUIRE(version.ok());
      const TextRows rows = f.Published(**version);
      REQUIRE(rows.at(id.ToString()).at("name") == "Version " + std::to_string(i));
      REQUIRE(f.table().metrics().footers_kept <= 90);
    }
  }
}

TEST_CASE("ranges of a file are the bytes of the file") {
  TableFixture f;
  f.Create(10'000);
  f.Create(5);
  const auto version = f.Current();
  const File& file = version->files.back();
  const std::string whole = f.Bytes(file);
  auto reader = f.table().OpenFile(file.id);
  REQUIRE(reader.ok());
  std::mt19937 random(5);
  std::string part;
  for (int i = 0; i < 200; ++i) {
    const uint64_t offset = random() % (whole.size() + 10);
    const size_t length = random() % 5000;
    REQUIRE((*reader)->ReadAt(offset, length, &part).ok());
    const std::string expected = offset >= whole.size() ? "" : whole.substr(offset, length);
    REQUIRE(part == expected);
  }
  CHECK(whole.substr(0, 4) == "PAR1");
  CHECK(whole.substr(whole.size() - 4) == "PAR1");
}

TEST_CASE("readers and writers at once: every read is the store at one commit, never a stale one") {
  TableFixture f;
  SystemClock clock;
  std::vector<Id> ids = f.Create(2'000);
  f.Current();
  const size_t name = *f.object().IndexOf("name");
  // Two records always carry the same number: a torn read would show two.
  const auto set_both = [&](int number) {
    return f.store->Write([&](store::Transaction& t) -> Status {
      for (const size_t at : {size_t{3}, ids.size() - 3}) {
        ASSIGN(const model::Record current, t.Get(f.object(), ids[at]));
        model::Record updated = current;
        updated.Set(name, std::to_string(number));
        TRY(t.Update(f.object(), current, updated, {Id{}, "test"}));
      }
      return Status::Ok();
    });
  };
  REQUIRE(set_both(0).ok());
  std::atomic<int> acknowledged{0};
  std::atomic<bool> stop{false};
  std::atomic<int> reads{0}, wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        const int before = acknowledged;
        const auto version = f.table().Current();
        if (!version.ok()) {
          ++wrong;
          continue;
        }
        TextRows rows;
        for (const File& file : (*version)->files) {
          std::string bytes;
          auto reader = f.table().OpenFile(file.id);
          if (!reader.ok() || !(*reader)->ReadAt(0, file.size, &bytes).ok()) ++wrong;
          AddParquetRows(bytes, &rows);
        }
        const int first = std::stoi(rows.at(ids[3].ToString()).at("name"));
        const int second = std::stoi(rows.at(ids[ids.size() - 3].ToString()).at("name"));
        if (first != second || first < before || rows.size() != ids.size()) ++wrong;
        ++reads;
      }
    });
  }
  for (int i = 1; i <= 60; ++i) {
    if (!set_both(i).ok()) ++wrong;
    acknowledged = i;
    // The readers set the pace, so that versions and writes interleave.
    for (const int seen = reads; reads == seen && wrong == 0;) std::this_thread::yield();
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong == 0);
  CHECK(reads >= 60);
  CHECK(f.table().metrics().cuts > 2);
  f.CheckLive();
}

}  // namespace
}  // namespace boathouse::tables
