#include <filesystem>
#include <map>
#include <mutex>
#include <utility>

#include "base/bytes.h"
#include "base/log.h"
#include "tables/disk_file.h"
#include "tables/published_table.h"
#include "tables/tables.h"

namespace boathouse::tables {
namespace {

class FolderCatalog : public Catalog {
 public:
  FolderCatalog(const CatalogOptions& options, store::Store& store, const Clock& clock)
      : options_(options), store_(store), clock_(clock) {}

  std::vector<Table*> tables() override {
    std::vector<Table*> out;
    const auto model = store_.model();
    for (const model::Object& object : model->objects()) out.push_back(TableOf(object));
    return out;
  }

  Result<Table*> Find(std::string_view name) override {
    const std::string wanted = AsciiLower(name);
    if (wanted.starts_with(definition_prefix)) return FindDefined(wanted);
    const auto model = store_.model();
    const model::Object* object = model->FindPlural(wanted);
    if (object == nullptr) object = model->Find(wanted);
    if (object == nullptr) {
      return Error{ErrorKind::kNotFound, "there is no table '" + std::string(name) + "'"};
    }
    return TableOf(*object);
  }

  Result<Table*> Define(const Definition& definition) override {
    const auto model = store_.model();
    TRY(Check(definition, *model));
    if (IsWholeObject(definition)) return TableOf(*model->Find(definition.object));
    TRY(BindRows(definition, *model));  // a filter that does not hold is an error now
    const std::string name = TableNameOf(definition.id);
    PublishedTable* known = nullptr;
    {
      const std::lock_guard lock(mutex_);
      std::unique_ptr<PublishedTable>& table = defined_[name];
      if (table == nullptr) {
        table = std::make_unique<PublishedTable>(options_, store_, clock_, name, name, definition);
        return table.get();
      }
      known = table.get();
    }
    TRY(known->Redefine(definition));
    return known;
  }

  Status Forget(std::string_view name) override {
    PublishedTable* table = nullptr;
    {
      const std::lock_guard lock(mutex_);
      const auto at = defined_.find(AsciiLower(name));
      if (at != defined_.end()) table = at->second.get();
    }
    return table == nullptr ? RemoveFolder(name) : table->Forget();
  }

  void Warm(const Cancellation& cancellation) override {
    const auto model = store_.model();
    std::vector<PublishedTable*> all;
    for (const model::Object& object : model->objects()) {
      if (store_.committed(object) > 0) all.push_back(TableOf(object));
    }
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [name, table] : defined_) {
        if (!table->forgotten()) all.push_back(table.get());
      }
    }
    for (PublishedTable* table : all) {
      if (cancellation.cancelled()) return;
      const auto version = table->CurrentMarked(cancellation);
      if (version.ok() || version.error().kind == ErrorKind::kCancelled) continue;
      Log(LogLevel::kWarning, "table_not_prepared",
          {{"table", table->name()}, {"reason", version.error().message}});
    }
  }

  void Maintain(const Cancellation& cancellation) override {
    std::vector<PublishedTable*> all;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [name, table] : tables_) all.push_back(table.get());
      for (const auto& [name, table] : defined_) all.push_back(table.get());
    }
    for (PublishedTable* table : all) {
      if (cancellation.cancelled()) return;
      const Status kept = table->Maintain(cancellation);
      if (kept.ok() || kept.error().kind == ErrorKind::kCancelled) continue;
      Log(LogLevel::kWarning, "table_not_kept_up",
          {{"table", table->name()}, {"reason", kept.error().message}});
    }
  }

 private:
  // Of a table that was defined when another program had the folder open.
  Status RemoveFolder(std::string_view name) const {
    const std::string folder = AsciiLower(name);
    if (!folder.starts_with(definition_prefix) ||
        !HexDecode(folder.substr(definition_prefix.size()))) {
      return Status::Ok();  // the name of no defined table
    }
    std::error_code error;
    std::filesystem::remove_all(std::filesystem::path(options_.directory) / folder, error);
    if (!error) return Status::Ok();
    return Error{ErrorKind::kUnavailable, "cannot remove " + folder + ": " + error.message()};
  }

  PublishedTable* TableOf(const model::Object& object) {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<PublishedTable>& table = tables_[object.name];
    if (table == nullptr) {
      Definition whole;
      whole.object = object.name;
      table = std::make_unique<PublishedTable>(options_, store_, clock_, object.plural, object.name,
                                               whole);
    }
    return table.get();
  }

  Result<Table*> FindDefined(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto at = defined_.find(name);
    if (at != defined_.end() && !at->second->forgotten()) return at->second.get();
    return Error{ErrorKind::kNotFound, "there is no table '" + name + "'"};
  }

  const CatalogOptions options_;
  store::Store& store_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<PublishedTable>> tables_;  // by object
  std::map<std::string, std::unique_ptr<PublishedTable>>
      defined_;  // by name; pointers stay for good
};

}  // namespace

const File* TableVersion::Find(std::string_view file_id) const {
  for (const File& file : files) {
    if (file.id == file_id) return &file;
  }
  return nullptr;
}

Result<std::unique_ptr<Catalog>> Catalog::Open(const CatalogOptions& options, store::Store& store,
                                               const Clock& clock) {
  TRY(MakeDirectory(options.directory));
  return std::unique_ptr<Catalog>(std::make_unique<FolderCatalog>(options, store, clock));
}

}  // namespace boathouse::tables
