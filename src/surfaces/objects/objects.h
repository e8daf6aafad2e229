#pragma once
// Serves the files of published tables at /files/<table>/<file id>.parquet to whoever holds a URL that
// we signed: no other credential is asked for, as readers fetch files with plain HTTP clients. GET and
// HEAD, byte ranges (RFC 9110, section 14), entity tags.
//
// The signature stands in the query as `X-Amz-Signature`, because readers (delta-kernel among them)
// take an http URL for a presigned one only if its query has a name they know.

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "http/http.h"
#include "tables/tables.h"

namespace boathouse::objects {

// Signs and checks file URLs with HMAC-SHA256 over path, expiry and recipient. Safe to use from many
// threads.
class UrlSigner {
 public:
  explicit UrlSigner(std::string key) : key_(std::move(key)) {}

  // Path and query, to be put behind the server's base URL: /files/accounts/<id>.parquet?...
  std::string Sign(std::string_view table, std::string_view file_id, std::string_view recipient,
                   Micros expires_at) const;
  // kForbidden when the signature is not ours, is another path's, or has expired.
  Status Verify(const http::Request& request, Micros now) const;

 private:
  std::string Signature(std::string_view path, std::string_view expiry,
                        std::string_view recipient) const;
  const std::string key_;
};

// All of it outlives the router.
struct Services {
  tables::Catalog& catalog;
  const UrlSigner& signer;
  const Clock& clock;
};

void Mount(http::Router& router, const Services& services);

}  // namespace boathouse::objects
