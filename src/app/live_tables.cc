#include "app/live_tables.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "delta/delta_log.h"
#include "surfaces/delta_sharing/delta_sharing.h"
#include "surfaces/iceberg_rest/iceberg_rest.h"

namespace boathouse::app {
namespace {

// "https://crm.example.com:8443" of a URL with a path.
std::string OriginOf(const std::string& url) {
  const size_t host = url.find("://");
  return host == std::string::npos ? url : url.substr(0, url.find('/', host + 3));
}

std::string HostOf(const std::string& url) {
  const std::string origin = OriginOf(url);
  const size_t host = origin.find("://");
  return host == std::string::npos ? origin : origin.substr(host + 3);
}

// Time of the version that a generated file is of; the newest one for a file that names none.
Result<Micros> TimeOf(tables::Table& table, std::optional<int64_t> version) {
  auto found = version ? table.At(*version) : table.Current();
  if (!found.ok()) return found.error();
  return (*found)->time;
}

sharing::Usage UsageOf(const objects::FileUse& use) {
  sharing::Usage usage;
  usage.recipient = Id::Parse(use.recipient).value_or(Id{});
  usage.surface = use.surface;
  usage.what = sharing::Reading::kFile;
  usage.table = use.table;
  usage.files = use.status < 400 ? 1 : 0;
  usage.bytes = static_cast<int64_t>(use.bytes);
  usage.status = use.status;
  usage.address = use.address;
  return usage;
}

}  // namespace

LiveTables::LiveTables(const DataDir& dir, Workspace& workspace, const Site::Place& place,
                       std::unique_ptr<StoredTables> stored, tables::Catalog& catalog)
    : dir_(dir),
      workspace_(workspace),
      place_(place),
      catalog_(catalog),
      url_signer_(dir.url_signing_key()),
      keys_(dir.url_signing_key()),
      stored_(std::move(stored)),
      renderer_({stored_ != nullptr ? stored_->Root() : "s3://" + place.bucket}) {
  if (stored_ != nullptr) store_for_iceberg_ = stored_->ForIceberg(renderer_);
}

Result<std::unique_ptr<LiveTables>> LiveTables::Open(const DataDir& dir, Workspace& workspace,
                                                     const Site::Place& place,
                                                     const ServerConfig& config,
                                                     tables::Catalog& catalog) {
  std::unique_ptr<StoredTables> stored;
  if (!config.table_files.empty()) {
    ASSIGN(stored, StoredTables::Open(config.table_files, config.table_files_keys, place.bucket,
                                      workspace.clock));
  }
  std::unique_ptr<LiveTables> made(
      new LiveTables(dir, workspace, place, std::move(stored), catalog));
  ASSIGN(made->sharing_, sharing::Sharing::Open(
                             {*workspace.store, *workspace.crm, workspace.auth->audit(),
                              workspace.clock, workspace.ids, &catalog, dir.page_token_secret()}));
  return made;
}

void LiveTables::Mount(http::Router& router) {
  MountFiles(router);
  MountDeltaSharing(router);
  MountIceberg(router);
}

iceberg::Reading LiveTables::ReadingOf(tables::Table& table, std::string_view recipient) const {
  iceberg::Reading reading;
  const std::optional<Micros> from = sharing_->HistoryFrom(recipient, table.name());
  reading.with_history = from.has_value();
  reading.history_from = from.value_or(0);
  return reading;
}

delta::LogReading LiveTables::LogReadingOf(tables::Table& table, std::string_view recipient) const {
  const iceberg::Reading reading = ReadingOf(table, recipient);
  return {reading.with_history, reading.history_from,
          workspace_.clock.Now() - iceberg::superseded_readable_micros};
}

std::vector<objects::GeneratedFolder> LiveTables::GeneratedFolders() {
  using Text = objects::GeneratedFolder::Text;
  using Entries = std::vector<objects::GeneratedFolder::Entry>;
  objects::GeneratedFolder metadata;
  metadata.name = "metadata";
  metadata.read = [this](tables::Table& table, std::string_view recipient,
                         std::string_view name) -> Result<Text> {
    ASSIGN(auto bytes,
           renderer_.File(table, ReadingOf(table, recipient), workspace_.clock.Now(), name));
    std::optional<int64_t> version;
    if (const auto of = renderer_.Parse(table, name); of.ok()) version = of->version;
    ASSIGN(const Micros time, TimeOf(table, version));
    return Text{std::move(bytes), time};
  };
  metadata.list = [this](tables::Table& table, std::string_view recipient) -> Result<Entries> {
    ASSIGN(const auto files, renderer_.List(table, ReadingOf(table, recipient)));
    Entries entries;
    for (const auto& file : files) entries.push_back({file.name, file.size, file.time});
    return entries;
  };
  objects::GeneratedFolder log;
  log.name = "_delta_log";
  log.read = [this](tables::Table& table, std::string_view recipient,
                    std::string_view name) -> Result<Text> {
    ASSIGN(auto bytes, delta::ReadLogFile(table, LogReadingOf(table, recipient), name));
    ASSIGN(const std::optional<int64_t> version, delta::VersionOfLogFile(name));
    ASSIGN(const Micros time, TimeOf(table, version));
    return Text{std::move(bytes), time};
  };
  log.list = [this](tables::Table& table, std::string_view recipient) -> Result<Entries> {
    ASSIGN(const auto files,
           delta::ListLogFiles(table, LogReadingOf(table, recipient), "", objects::list_keys_max));
    Entries entries;
    for (const auto& file : files) entries.push_back({file.name, file.size, file.time});
    return entries;
  };
  return {std::move(metadata), std::move(log)};
}

void LiveTables::MountFiles(http::Router& router) {
  objects::Services files{catalog_, url_signer_, workspace_.clock};
  files.may_read = [this](std::string_view recipient, std::string_view table,
                          std::string_view address) {
    return sharing_->MayRead(recipient, table, address);
  };
  files.record = [this](const objects::FileUse& use) { sharing_->Record(UsageOf(use)); };
  files.keys = &keys_;
  files.bucket = place_.bucket;
  files.public_host = place_.by_host ? "" : HostOf(place_.url);
  files.folders = GeneratedFolders();
  objects::Mount(router, files);
}

void LiveTables::MountDeltaSharing(http::Router& router) {
  delta_sharing::Services services{*sharing_, workspace_.clock, {}, dir_.page_token_secret()};
  services.sign_file = [this](std::string_view table, std::string_view file,
                              std::string_view recipient, Micros expires_at) {
    if (stored_ != nullptr) {
      const Result<tables::Table*> found = catalog_.Find(table);
      if (found.ok()) {
        if (auto url = stored_->UrlOf(**found, file, expires_at)) return *std::move(url);
      }
    }
    return url_signer_.Sign(table, file, recipient, expires_at);
  };
  services.public_url = place_.by_host ? "" : place_.url;
  services.table_keys = &keys_;
  services.bucket = place_.bucket;
  services.with_iceberg = true;
  delta_sharing::Mount(router, services);
}

void LiveTables::MountIceberg(http::Router& router) {
  iceberg_rest::Services services{*sharing_, renderer_, keys_, workspace_.clock,
                                  dir_.page_token_secret()};
  services.public_url = place_.by_host ? "" : place_.url;
  services.s3_endpoint = place_.by_host ? "" : OriginOf(place_.url);
  if (stored_ != nullptr) services.object_store = &store_for_iceberg_;
  iceberg_rest::Mount(router, services);
}

}  // namespace boathouse::app
