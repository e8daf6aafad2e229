#pragma once
// Delta Sharing (now OpenSharing) at /delta-sharing: the published tables as one share, `boathouse`,
// with one schema, `crm`, and a table for each object (boathouse.crm.accounts). Protocol:
// https://github.com/delta-io/delta-sharing/blob/main/PROTOCOL.md
//
// Every answer is made from Table::Current(), so it contains whatever was acknowledged before the
// request. Files are plain Parquet without deletion vectors in either response format.

#include <functional>
#include <string>
#include <string_view>

#include "auth/auth.h"
#include "base/clock.h"
#include "http/http.h"
#include "tables/tables.h"

namespace boathouse::delta_sharing {

inline constexpr std::string_view share_name = "boathouse";
inline constexpr std::string_view schema_name = "crm";
inline constexpr size_t body_bytes_max = 2u << 20;  // predicate hints can be long
inline constexpr int64_t page_items_max = 500;
// Readers renew URLs when less than fifteen minutes are left. Must stay well below retain_min.
inline constexpr Micros url_life_micros = tables::hour_micros;

// Path and query of a signed file URL; see objects::UrlSigner::Sign.
using SignFile = std::function<std::string(std::string_view table, std::string_view file_id,
                                           std::string_view recipient, Micros expires_at)>;

// All of it outlives the router.
struct Services {
  tables::Catalog& catalog;
  auth::Auth& auth;
  const Clock& clock;
  SignFile sign_file;
  std::string token_secret;  // signs page and refresh tokens
  // How recipients reach the server, without a slash at the end; "": as the request's Host says.
  std::string public_url;
};

void Mount(http::Router& router, const Services& services);

}  // namespace boathouse::delta_sharing
