#include "app/stored_tables.h"

#include "base/log.h"

namespace boathouse::app {
namespace {

constexpr Micros second_micros = 1'000'000;
constexpr int64_t role_seconds = 3600;
// Keys that are handed out live at least so long.
constexpr Micros role_micros_min = 1800 * second_micros;
constexpr size_t vended_keys_max = 10'000;

// <table>/<table id>/, as surfaces/objects has it.
Result<std::string> FolderOf(tables::Table& table) {
  ASSIGN(const Id id, table.id());
  return table.name() + "/" + id.ToString() + "/";
}

std::string DataKey(const std::string& folder, std::string_view file_id) {
  return folder + "data/" + std::string(file_id) + ".parquet";
}

}  // namespace

StoredTables::StoredTables(blobs::S3Location location, auth::S3Keys keys, const Clock& clock)
    : location_(std::move(location)),
      keys_(std::move(keys)),
      clock_(clock),
      client_(http::Client::Create()),
      store_(blobs::MakeS3BlobStore(location_, keys_, *client_, clock)),
      copies_(*store_, clock) {}

Result<std::unique_ptr<StoredTables>> StoredTables::Open(std::string_view location,
                                                         auth::S3Keys keys,
                                                         const std::string& workspace,
                                                         const Clock& clock) {
  ASSIGN(blobs::S3Location place, blobs::ParseS3Location(location));
  if (keys.access_key_id.empty() || keys.secret_access_key.empty()) {
    return Error(ErrorKind::kInvalid,
                 "table files in an object store need its keys in the environment: "
                 "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  }
  place.prefix += workspace + "/";
  return std::unique_ptr<StoredTables>(new StoredTables(std::move(place), std::move(keys), clock));
}

std::string StoredTables::Root() const {
  return "s3://" + location_.bucket + "/" + location_.prefix.substr(0, location_.prefix.size() - 1);
}

std::optional<std::string> StoredTables::UrlOf(tables::Table& table, std::string_view file_id,
                                               Micros expires_at) {
  const Result<std::string> folder = FolderOf(table);
  if (!folder.ok()) return std::nullopt;
  if (!BringFile(table, *folder, file_id).ok()) return std::nullopt;  // logged where it failed
  const int64_t seconds = (expires_at - clock_.Now()) / second_micros;
  Result<std::string> url = store_->Presign("GET", DataKey(*folder, file_id), seconds);
  if (!url.ok()) return std::nullopt;
  return *std::move(url);
}

Status StoredTables::BringFile(tables::Table& table, const std::string& folder,
                               std::string_view file_id) {
  ASSIGN(const std::unique_ptr<tables::FileReader> file, table.OpenFile(file_id));
  return copies_.Ensure(DataKey(folder, file_id), file->size(),
                        [&file](uint64_t offset, size_t length, std::string* out) {
                          return file->ReadAt(offset, length, out);
                        });
}

Status StoredTables::Bring(tables::Table& table, iceberg::Renderer& renderer,
                           const iceberg::Reading& reading) {
  ASSIGN(const std::string folder, FolderOf(table));
  ASSIGN(const auto version, reading.format_version >= 3 ? table.CurrentMarked() : table.Current());
  for (const tables::File& file : version->files) TRY(BringFile(table, folder, file.id));
  ASSIGN(const std::vector<iceberg::ListedFile> files, renderer.List(table, reading));
  for (const iceberg::ListedFile& file : files) {
    if (file.name == "version-hint.text") continue;  // the only one that changes
    ASSIGN(const std::shared_ptr<const std::string> bytes,
           renderer.File(table, reading, clock_.Now(), file.name));
    TRY(copies_.Ensure(folder + "metadata/" + file.name, bytes->size(),
                       [&bytes](uint64_t offset, size_t length, std::string* out) {
                         *out = bytes->substr(offset, length);
                         return Status();
                       }));
  }
  return {};
}

Result<auth::VendedKeys> StoredTables::Vend(tables::Table& table) {
  ASSIGN(const std::string folder, FolderOf(table));
  {
    const std::lock_guard lock(mutex_);
    const auto found = vended_.find(folder);
    if (found != vended_.end() && found->second.expires_at > clock_.Now() + role_micros_min) {
      return found->second;
    }
  }
  ASSIGN(const auth::VendedKeys made,
         blobs::AssumeRole(location_, keys_, folder, role_seconds, *client_, clock_));
  const std::lock_guard lock(mutex_);
  if (vended_.size() >= vended_keys_max) vended_.clear();
  vended_[folder] = made;
  return made;
}

iceberg_rest::ObjectStore StoredTables::ForIceberg(iceberg::Renderer& renderer) {
  iceberg_rest::ObjectStore store;
  if (location_.path_style) store.endpoint = location_.endpoint;
  store.region = location_.region;
  store.own_keys = keys_;
  store.bring = [this, &renderer](tables::Table& table, const iceberg::Reading& reading) {
    return Bring(table, renderer, reading);
  };
  if (!location_.role.empty()) {
    store.vend = [this](tables::Table& table) { return Vend(table); };
  }
  return store;
}

}  // namespace boathouse::app
