#pragma once
// Table files in an object store of the customer (serve --table-files): readers of Delta Sharing get URLs
// that are signed for it, Iceberg clients are sent to it. A file is copied when it is first named to somebody,
// after its version is durable here. The store may be away: then Delta Sharing names this server's own
// URLs, Iceberg answers that it is to be asked again, and the next reader has what is missing copied.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "auth/table_keys.h"
#include "base/clock.h"
#include "base/result.h"
#include "blobs/blob_store.h"
#include "http/client.h"
#include "iceberg/iceberg.h"
#include "surfaces/iceberg_rest/iceberg_rest.h"
#include "tables/tables.h"

namespace boathouse::app {

class StoredTables {
 public:
  // `location` as blobs::ParseS3Location reads it; the workspace's files lie below its bucket name.
  static Result<std::unique_ptr<StoredTables>> Open(std::string_view location, auth::S3Keys keys,
                                                    const std::string& workspace,
                                                    const Clock& clock);

  // s3://bucket/prefix/workspace: the root of all tables, without a slash at the end.
  std::string Root() const;
  // A URL of the file's copy. Nothing when there is none now.
  std::optional<std::string> UrlOf(tables::Table& table, std::string_view file_id,
                                   Micros expires_at);
  // What the catalog asks; `renderer` outlives it.
  iceberg_rest::ObjectStore ForIceberg(iceberg::Renderer& renderer);

 private:
  StoredTables(blobs::S3Location location, auth::S3Keys keys, const Clock& clock);
  Status BringFile(tables::Table& table, const std::string& folder, std::string_view file_id);
  Status Bring(tables::Table& table, iceberg::Renderer& renderer, const iceberg::Reading& reading);
  Result<auth::VendedKeys> Vend(tables::Table& table);

  const blobs::S3Location location_;
  const auth::S3Keys keys_;
  const Clock& clock_;
  const std::unique_ptr<http::Client> client_;
  const std::unique_ptr<blobs::BlobStore> store_;
  blobs::Copies copies_;
  std::mutex mutex_;
  std::map<std::string, auth::VendedKeys> vended_;  // by folder of the table
};

}  // namespace boathouse::app
