#pragma once
// Serves the bytes of published tables, in two ways. Both answer GET and HEAD with byte ranges (RFC 9110,
// section 14), entity tags and dates, and both ask at each request whether the recipient may still read.
//
// /files/<table>/<file id>.parquet, to whoever holds a URL that we signed: no other credential is asked
// for, as readers of Delta Sharing fetch files with plain HTTP clients. The signature stands in the query as
// `X-Amz-Signature`, because readers (delta-kernel among them) take an http URL for a presigned one only if
// its query has a name they know.
//
// The protocol of Amazon S3, read only, at the root of the server: /<bucket>/<key>, or the bucket in the
// host's name. Requests are told by their signature (sigv4.h), made with keys that the catalog vended
// (table_keys.h). Keys are <table>/<table id>/data/<file id>.parquet, and what the catalogs generate beside
// them: <table>/<table id>/metadata/..., .../_delta_log/.... A key outside the tables that were granted is
// forbidden, whether there is such a file or not. Whatever writes is refused, its body read to the end.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/table_keys.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/http.h"
#include "tables/tables.h"

namespace boathouse::objects {

inline constexpr size_t list_keys_max = 1000;  // of one answer
inline constexpr size_t drained_body_bytes_max = 5ull << 30;

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

// A folder of files beside a table's data that are made when they are asked for, the same bytes each time.
struct GeneratedFolder {
  struct Entry {
    std::string name;  // within the folder; may hold '/'
    uint64_t size = 0;
    Micros modified_at = 0;
  };
  std::string name;  // metadata, _delta_log
  struct Text {
    std::shared_ptr<const std::string> bytes;
    Micros modified_at = 0;
  };
  // kNotFound for a name that is none of the table's, or that tells more than the recipient may know.
  std::function<Result<Text>(tables::Table&, std::string_view recipient, std::string_view name)>
      read;
  std::function<Result<std::vector<Entry>>(tables::Table&, std::string_view recipient)> list;
};

// Bytes that were sent, or refused, to a recipient.
struct FileUse {
  std::string recipient;  // its id
  std::string surface;    // files, s3
  std::string table;
  std::string address;
  int status = 200;
  uint64_t bytes = 0;  // that were sent
};

// All of it outlives the router.
struct Services {
  tables::Catalog& catalog;
  const UrlSigner& signer;
  const Clock& clock;
  // Whether the recipient may read that table now; none: whoever was given a URL or a key may. Both are
  // called from many threads.
  std::function<Status(std::string_view recipient, std::string_view table,
                       std::string_view address)>
      may_read = {};
  std::function<void(FileUse)> record = {};
  // What follows is of S3. Without keys it is not served.
  const auth::TableKeys* keys = nullptr;
  std::string bucket = "boathouse";
  std::string public_host = {};  // with its port: what a proxy may have replaced in Host
  std::vector<GeneratedFolder> folders = {};
};

void Mount(http::Router& router, const Services& services);

// For a server of several buckets, each with a router: whether the request is of S3, the bucket it names (""
// when it names none), and a protocol that hands on those that `claims` takes and refuses their bodies.
bool IsS3Request(const http::Request& request);
std::string BucketOf(const http::Request& request);
http::Router::Protocol S3Protocol(std::function<bool(const http::Request&)> claims,
                                  http::Handler handler);
http::Response NoSuchBucket(const http::Request& request);  // or that nothing is written here

}  // namespace boathouse::objects
