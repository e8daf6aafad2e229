#pragma once
// What recipients outside read of a workspace's published tables: Delta Sharing, the Iceberg catalog, and
// the files of both. Who reads what is decided in one place, sharing/.

#include <memory>
#include <string>

#include "app/data_dir.h"
#include "app/site.h"
#include "app/stored_tables.h"
#include "app/workspace.h"
#include "auth/table_keys.h"
#include "base/result.h"
#include "delta/delta_log.h"
#include "http/http.h"
#include "iceberg/iceberg.h"
#include "sharing/sharing.h"
#include "surfaces/objects/objects.h"
#include "tables/tables.h"

namespace boathouse::app {

class LiveTables {
 public:
  // All outlive it.
  static Result<std::unique_ptr<LiveTables>> Open(const DataDir& dir, Workspace& workspace,
                                                  const Site::Place& place,
                                                  const ServerConfig& config,
                                                  tables::Catalog& catalog);
  void Mount(http::Router& router);
  sharing::Sharing& sharing() { return *sharing_; }

 private:
  LiveTables(const DataDir& dir, Workspace& workspace, const Site::Place& place,
             std::unique_ptr<StoredTables> stored, tables::Catalog& catalog);
  void MountFiles(http::Router& router);
  void MountDeltaSharing(http::Router& router);
  void MountIceberg(http::Router& router);
  std::vector<objects::GeneratedFolder> GeneratedFolders();
  // What of a table's past the recipient may see in the files of that table.
  iceberg::Reading ReadingOf(tables::Table& table, std::string_view recipient) const;
  delta::LogReading LogReadingOf(tables::Table& table, std::string_view recipient) const;

  const DataDir& dir_;
  Workspace& workspace_;
  const Site::Place place_;
  tables::Catalog& catalog_;
  const objects::UrlSigner url_signer_;
  const auth::TableKeys keys_;
  const std::unique_ptr<StoredTables> stored_;  // null: files are read from this server only
  iceberg::Renderer renderer_;
  iceberg_rest::ObjectStore store_for_iceberg_;
  std::unique_ptr<sharing::Sharing> sharing_;
};

}  // namespace boathouse::app
