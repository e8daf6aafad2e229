#pragma once
// Delta Sharing (now OpenSharing) at /delta-sharing: the shares that a recipient was granted, their
// tables, and the files of those tables as signed URLs. Protocol:
// https://github.com/delta-io/delta-sharing/blob/main/PROTOCOL.md
//
// Who reads what is decided by sharing::Sharing, and what a table consists of by tables::Table; here both
// get the protocol's words. Every answer that names no version is made from the newest one, so it
// contains whatever was acknowledged before the request.

#include <functional>
#include <string>
#include <string_view>

#include "auth/table_keys.h"
#include "base/clock.h"
#include "http/http.h"
#include "sharing/sharing.h"
#include "tables/tables.h"

namespace boathouse::delta_sharing {

inline constexpr size_t body_bytes_max = 2u << 20;  // predicate hints can be long
inline constexpr int64_t page_items_max = 500;
inline constexpr size_t predicate_hint_bytes_max = 256u << 10;  // longer ones are not looked into
// Queries that wait to be polled, and the bytes of all their bodies; the oldest make room.
inline constexpr size_t async_queries_max = 10'000;
inline constexpr size_t async_query_bytes_max = 64u << 20;
inline constexpr size_t idempotency_key_chars_max = 255;
// Readers renew URLs when less than fifteen minutes are left. Must stay well below retain_min.
inline constexpr Micros url_life_micros = tables::hour_micros;

// Path and query of a signed file URL (see objects::UrlSigner::Sign), or the whole URL of a copy elsewhere. The
// text needs no escapes in JSON.
using SignFile = std::function<std::string(std::string_view table, std::string_view file_id,
                                           std::string_view recipient, Micros expires_at)>;

// All of it outlives the router, and the responses it made.
struct Services {
  sharing::Sharing& sharing;
  const Clock& clock;
  SignFile sign_file;
  std::string token_secret;  // signs page and refresh tokens
  // How recipients reach the server, without a slash at the end; "": as the request's Host says.
  std::string public_url = {};
  // For access mode `dir`: mints keys for the S3-compatible endpoint, where the workspace is a bucket of
  // that name. nullptr: tables are read by URL only.
  const auth::TableKeys* table_keys = nullptr;
  std::string bucket = {};
  bool with_iceberg = false;  // the same tables are offered by Iceberg REST
};

void Mount(http::Router& router, const Services& services);

}  // namespace boathouse::delta_sharing
