#pragma once
// The Iceberg REST catalog at /iceberg: each share that a recipient was granted is a warehouse, its schemas
// are namespaces, its tables Iceberg tables. The protocol is the REST catalog OpenAPI of Apache Iceberg
// (open-api/rest-catalog-open-api.yaml); what real clients make of it stands in docs/iceberg.md.
//
// Every loadTable is made from the table as it is at that moment, so a query sees each write that was
// acknowledged before it. The catalog is for reading: whatever would write is answered 403, with the
// way to write in its message. Who reads what is decided by sharing/, what a version looks like in
// Iceberg's words by iceberg/; here both are spoken over HTTP.

#include <cstdint>
#include <functional>
#include <string>

#include "auth/table_keys.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/http.h"
#include "iceberg/iceberg.h"
#include "sharing/sharing.h"

namespace boathouse::iceberg_rest {

inline constexpr size_t body_bytes_max = 4u << 20;  // scan filters with long lists of values
inline constexpr int64_t page_items_default = 100;  // when a client pages without saying how much
inline constexpr int64_t page_items_max = 1000;
// Keys that were vended within one such window are the same ones, so that an unchanged table has an
// unchanged answer. They live for auth::vended_keys_micros from the beginning of the window.
inline constexpr Micros key_window_micros = 3600LL * 1'000'000;
// A client that holds keys with less than this left gets new ones, though the table is unchanged.
inline constexpr Micros key_life_micros_min = auth::vended_keys_micros / 2;
inline constexpr size_t answers_kept_max = 512;         // rendered loadTable answers
inline constexpr size_t answers_bytes_max = 64u << 20;  // of them
inline constexpr size_t plans_kept_max = 64;  // finished scan plans that can be fetched again
inline constexpr Micros plan_life_micros = 600LL * 1'000'000;
inline constexpr std::string_view region = "us-east-1";  // of the endpoint; it takes any

// An object store that holds copies of the table files, where clients are sent instead of to this server.
// It holds what the newest snapshot of a table needs, so that tables are shown without their history.
struct ObjectStore {
  std::string endpoint;  // "": Amazon's own
  std::string region;
  // Returns once the store has all files of the table's newest version, as that reading shows them.
  std::function<Status(tables::Table&, const iceberg::Reading&)> bring;
  // Temporary keys that read one table, the same for a while; none: clients bring keys of their own.
  std::function<Result<auth::VendedKeys>(tables::Table&)> vend;
  auth::S3Keys own_keys;  // for signing clients' requests
};

// All of it outlives the router.
struct Services {
  sharing::Sharing& sharing;
  iceberg::Renderer& renderer;
  const auth::TableKeys& keys;
  const Clock& clock;
  std::string token_secret;  // signs page tokens
  // How clients reach this workspace, without a slash at the end; "": as the request's Host says.
  std::string public_url = {};
  // The S3-compatible endpoint of the table files, without a slash at the end and without a bucket;
  // "": the host of the request, which is where surfaces/objects answers.
  std::string s3_endpoint = {};
  const ObjectStore* object_store = nullptr;  // none: files are read from this server
};

void Mount(http::Router& router, const Services& services);

}  // namespace boathouse::iceberg_rest
