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
    const auto model = store_.model();
    const model::Object* object = model->FindPlural(wanted);
    if (object == nullptr) object = model->Find(wanted);
    if (object == nullptr) {
      return Error{ErrorKind::kNotFound, "there is no table '" + std::string(name) + "'"};
    }
    return TableOf(*object);
  }

  Result<Table*> Define(const Definition&) override {
    return Error{ErrorKind::kUnsupported, "publications with chosen columns are not offered yet"};
  }
  Status Forget(std::string_view) override { return Status::Ok(); }

  void Warm(const Cancellation& cancellation) override {
    const auto model = store_.model();
    for (const model::Object& object : model->objects()) {
      if (cancellation.cancelled()) return;
      if (store_.committed(object) == 0) continue;
      const auto version = TableOf(object)->Current(cancellation);
      if (version.ok() || version.error().kind == ErrorKind::kCancelled) continue;
      Log(LogLevel::kWarning, "table_not_prepared",
          {{"table", object.plural}, {"reason", version.error().message}});
    }
  }

  void Maintain(const Cancellation&) override {}

 private:
  PublishedTable* TableOf(const model::Object& object) {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<PublishedTable>& table = tables_[object.name];
    if (table == nullptr) {
      table = std::make_unique<PublishedTable>(options_, store_, clock_, object);
    }
    return table.get();
  }

  const CatalogOptions options_;
  store::Store& store_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<PublishedTable>> tables_;
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
