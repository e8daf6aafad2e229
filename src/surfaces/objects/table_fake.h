#pragma once
// For tests: tables that hold files in memory, and nothing else of a table.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tables/changes.h"
#include "tables/definition.h"
#include "tables/selection.h"
#include "tables/tables.h"

namespace boathouse::objects {

class FakeTable : public tables::Table {
 public:
  FakeTable(std::string name, std::map<std::string, std::string> contents)
      : files(std::move(contents)), name_(std::move(name)) {
    id_.bytes[0] = static_cast<uint8_t>(name_[0]);
  }

  std::map<std::string, std::string> files;  // by id; all of the current version
  std::optional<Error> failure;              // of every file
  int cuts = 0;                              // Current() calls
  Micros files_made_at = 1'764'000'000'000'000;

  const std::string& name() const override { return name_; }
  const std::string& object() const override { return name_; }
  Result<Id> id() override { return id_; }
  Result<std::shared_ptr<const tables::TableVersion>> Current() override {
    ++cuts;
    auto version = std::make_shared<tables::TableVersion>();
    for (const auto& [id, bytes] : files) {
      tables::File& file = version->files.emplace_back();
      file.id = id;
      file.size = bytes.size();
      file.created_at = files_made_at;
    }
    return std::shared_ptr<const tables::TableVersion>(std::move(version));
  }
  Result<std::shared_ptr<const tables::TableVersion>> CurrentMarked() override { return Nothing(); }
  Result<std::shared_ptr<const tables::TableVersion>> At(int64_t) override { return Nothing(); }
  Result<std::shared_ptr<const tables::TableVersion>> AtMarked(int64_t) override {
    return Nothing();
  }
  Result<std::shared_ptr<const tables::TableVersion>> AtTime(Micros) override { return Nothing(); }
  Result<std::shared_ptr<const tables::TableVersion>> AtOrAfter(Micros) override {
    return Nothing();
  }
  Result<std::vector<tables::VersionInfo>> Versions() override { return Nothing(); }
  Result<tables::ChangeSet> Changes(int64_t, int64_t) override { return Nothing(); }
  Result<tables::FileDiff> Diff(int64_t, int64_t) override { return Nothing(); }
  Result<std::vector<tables::File>> Select(const tables::TableVersion&,
                                           const tables::Selection&) override {
    return Nothing();
  }
  Result<std::unique_ptr<tables::FileReader>> OpenFile(std::string_view file_id) override {
    if (failure) return *failure;
    const auto found = files.find(std::string(file_id));
    if (found == files.end()) return Nothing();
    return std::unique_ptr<tables::FileReader>(
        std::make_unique<Reader>(found->second, files_made_at));
  }
  tables::Metrics metrics() const override { return {}; }

 private:
  class Reader : public tables::FileReader {
   public:
    Reader(std::string bytes, Micros made_at) : bytes_(std::move(bytes)), made_at_(made_at) {}
    uint64_t size() const override { return bytes_.size(); }
    Status ReadAt(uint64_t offset, size_t length, std::string* out) override {
      *out = bytes_.substr(offset, length);
      return Status::Ok();
    }
    Micros created_at() const override { return made_at_; }

   private:
    const std::string bytes_;
    const Micros made_at_;
  };
  static Error Nothing() { return {ErrorKind::kNotFound, "nothing"}; }

  const std::string name_;
  Id id_;
};

class FakeCatalog : public tables::Catalog {
 public:
  FakeTable& Add(std::string name, std::map<std::string, std::string> files) {
    return *tables_.emplace_back(std::make_unique<FakeTable>(std::move(name), std::move(files)));
  }

  std::vector<tables::Table*> tables() override {
    std::vector<tables::Table*> all;
    for (const auto& table : tables_) all.push_back(table.get());
    return all;
  }
  Result<tables::Table*> Find(std::string_view name) override {
    for (const auto& table : tables_) {
      if (table->name() == name) return static_cast<tables::Table*>(table.get());
    }
    return Nothing();
  }
  Result<tables::Table*> Define(const tables::Definition&) override { return Nothing(); }
  Status Forget(std::string_view) override { return Nothing(); }
  void Warm(const Cancellation&) override {}
  void Maintain(const Cancellation&) override {}

 private:
  static Error Nothing() { return {ErrorKind::kNotFound, "nothing"}; }
  std::vector<std::unique_ptr<FakeTable>> tables_;
};

}  // namespace boathouse::objects
