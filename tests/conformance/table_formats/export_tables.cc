// export_tables <folder>: publishes a table of accounts that changes, and writes what Iceberg and Delta
// readers find there as plain files below <folder>/warehouse, with what they must find in
// <folder>/expected.json. Deterministic: clock and ids are its own. The tests beside it read the files with
// readers we did not write.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "delta/delta_log.h"
#include "iceberg/iceberg.h"
#include "model/model.h"
#include "store/store.h"
#include "tables/tables.h"

namespace boathouse {
namespace {

constexpr Micros second_micros = 1'000'000;

class Exporter {
 public:
  explicit Exporter(std::filesystem::path folder)
      : folder_(std::move(folder)),
        warehouse_(folder_ / "warehouse"),
        renderer_({"file://" + warehouse_.string()}) {}

  Status Run() {
    std::filesystem::create_directories(warehouse_);
    ASSIGN(store_,
           store::Store::Open({folder_ / "records.sqlite", model::Model::Standard(), &clock_, 2}));
    tables::CatalogOptions options;
    options.directory = folder_ / "tables";
    ASSIGN(catalog_, tables::Catalog::Open(options, *store_, clock_));
    ASSIGN(table_, catalog_->Find("accounts"));
    TRY(Export());  // empty
    for (int i = 0; i < 3; ++i) TRY(Create(4000));
    TRY(Export());
    TRY(Rename(records_[10], "Renamed once"));
    TRY(Rename(records_[9000], "Ünïcödé 日本"));
    TRY(Export());
    TRY(Delete(11));
    TRY(Delete(5000));
    TRY(Create(3));
    TRY(Export());
    TRY(store_->ChangeModel(*Json::Parse(R"({"add_field": {"object": "account", "field":
                  {"name": "segment", "label": "Segment", "type": "text"}}})")));
    TRY(Export());
    TRY(SetSegment(records_[20], "north"));
    TRY(Export());
    // Longer than the window of snapshots that metadata shows.
    for (int i = 0; i < 30; ++i) {
      TRY(Rename(records_[static_cast<size_t>(100 * i)], "Round " + std::to_string(i)));
      TRY(Export());
    }
    TRY(WriteDeltaLog());
    return Write(
        folder_ / "expected.json",
        Json::Object({{"location", location_}, {"versions", std::move(versions_)}}).Dump());
  }

 private:
  const model::Object& account() const { return *model_->Find("account"); }

  Status Change(const std::function<Status(store::Transaction&)>& work) {
    clock_.Advance(second_micros);
    model_ = store_->model();
    return store_->Write(work);
  }
  Status Create(int count) {
    return Change([&](store::Transaction& t) -> Status {
      for (int i = 0; i < count; ++i) {
        model::Record record;
        record.values.resize(account().fields.size());
        record.Set(model::kFieldId, ids_.Next());
        record.Set(*account().IndexOf("name"), "Account " + std::to_string(records_.size()));
        record.Set(*account().IndexOf("annual_revenue"),
                   Decimal{static_cast<int64_t>(records_.size()) * 12'345 - 50'000'000});
        record.Set(*account().IndexOf("number_of_employees"),
                   static_cast<int64_t>(records_.size() % 500));
        ASSIGN(const model::Record stored, t.Insert(account(), record, {Id{}, "test"}));
        records_.push_back(stored.id());
      }
      return Status::Ok();
    });
  }
  Status Set(const Id& id, const char* field, const std::string& value) {
    return Change([&](store::Transaction& t) -> Status {
      ASSIGN(const model::Record current, t.Get(account(), id));
      model::Record updated = current;
      updated.values.resize(account().fields.size());
      updated.Set(*account().IndexOf(field), value);
      return t.Update(account(), current, updated, {Id{}, "test"}).ok()
                 ? Status::Ok()
                 : Status(Error(ErrorKind::kInternal, "an update failed"));
    });
  }
  Status Rename(const Id& id, const std::string& name) { return Set(id, "name", name); }
  Status SetSegment(const Id& id, const std::string& segment) {
    return Set(id, "segment", segment);
  }
  Status Delete(size_t index) {
    return Change([&](store::Transaction& t) -> Status {
      ASSIGN(const model::Record current, t.Get(account(), records_[index]));
      return t.Delete(account(), current, {Id{}, "test"});
    });
  }

  // The newest version with all its files, and what it must contain.
  Status Export() {
    Json version = Json::Object();
    for (const int format : {2, 3}) {
      ASSIGN(const iceberg::Metadata metadata, renderer_.Load(*table_, {format}));
      location_ = metadata.location;
      version.Set("version", metadata.version);
      version.Set("snapshot_id", metadata.snapshot_id);
      version.Set("metadata_v" + std::to_string(format), metadata.uri);
      const std::filesystem::path folder = location_.substr(std::string("file://").size());
      ASSIGN(const std::vector<iceberg::ListedFile> files, renderer_.List(*table_, {format}));
      for (const iceberg::ListedFile& file : files) {
        ASSIGN(const auto bytes, renderer_.File(*table_, file.name));
        TRY(Write(folder / "metadata" / file.name, *bytes));
      }
      ASSIGN(const auto rows, format == 2 ? table_->Current() : table_->CurrentMarked());
      for (const tables::File& file : rows->files) {
        TRY(CopyFile(file, folder / "data" / (file.id + ".parquet")));
      }
    }
    ASSIGN(Json rows, Stored());
    version.Set("rows", std::move(rows));
    versions_.Append(std::move(version));
    return Status::Ok();
  }

  Status CopyFile(const tables::File& file, const std::filesystem::path& path) {
    ASSIGN(const auto reader, table_->OpenFile(file.id));
    std::string bytes;
    TRY(reader->ReadAt(0, file.size, &bytes));
    return Write(path, bytes);
  }

  // [id, name, annual revenue, segment] of every record.
  Result<Json> Stored() {
    model_ = store_->model();
    ASSIGN(const auto snapshot, store_->Read());
    Json rows = Json::Array();
    const auto segment = account().IndexOf("segment");
    TRY(snapshot->Scan(account(), [&](const model::Record& record) {
      Json row =
          Json::Array({record.id().ToString(), model::ToJson(record.At(*account().IndexOf("name"))),
                       model::ToJson(record.At(*account().IndexOf("annual_revenue")))});
      row.Append(segment ? model::ToJson(record.At(*segment)) : Json());
      rows.Append(std::move(row));
      return true;
    }));
    return rows;
  }

  Status WriteDeltaLog() {
    const std::filesystem::path folder = location_.substr(std::string("file://").size());
    ASSIGN(const auto files, delta::ListLogFiles(*table_, {}, "", 1000));
    for (const delta::LogFile& file : files) {
      ASSIGN(const auto bytes, delta::ReadLogFile(*table_, {}, file.name));
      if (bytes->size() != file.size) return Error(ErrorKind::kInternal, "a size is wrong");
      TRY(Write(folder / "_delta_log" / file.name, *bytes));
    }
    return Status::Ok();
  }

  static Status Write(const std::filesystem::path& path, const std::string& bytes) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream out(path, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (out.good()) return Status::Ok();
    return Error(ErrorKind::kUnavailable, "cannot write " + path.string());
  }

  const std::filesystem::path folder_, warehouse_;
  ManualClock clock_{1'764'000'000'000'000};
  IdSource ids_{clock_, 7};
  std::shared_ptr<const model::Model> model_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<tables::Catalog> catalog_;
  tables::Table* table_ = nullptr;
  iceberg::Renderer renderer_;
  std::vector<Id> records_;
  std::string location_;
  Json versions_ = Json::Array();
};

}  // namespace
}  // namespace boathouse

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: export_tables FOLDER\n");
    return 2;
  }
  const boathouse::Status done = boathouse::Exporter(std::filesystem::absolute(argv[1])).Run();
  if (!done.ok()) std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return done.ok() ? 0 : 1;
}
