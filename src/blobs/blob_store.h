#pragma once
// Where copies of table files live for readers that fetch them from an object store instead of from this
// server: a bucket that speaks the protocol of Amazon S3, and which of the files it has already. Files never
// change, so a copy is made once, and made again whenever it is missing: nothing depends on the store
// being there. What is in it is told by no index of ours, so that any server may use it after any crash.
//
// Keys are those of surfaces/objects (<table>/<table id>/data/<file id>.parquet), below a prefix.
//
// Safe to use from many threads. Errors: kUnavailable when the store does not answer or fails, kDeadline when it
// is slow, kForbidden when it refuses our keys, kNotFound when there is no such bucket.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "auth/table_keys.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/client.h"

namespace boathouse::blobs {

inline constexpr uint64_t part_bytes = 16ull << 20;  // larger files are sent in parts
inline constexpr int attempts_max = 3;               // of one request that fails on their side
inline constexpr int request_timeout_ms = 30'000;
// After a failure the store is not asked again for so long: readers must not wait for it one by one.
inline constexpr Micros pause_micros = 2LL * 1'000'000;
// Objects that somebody removed are missed, and sent again, when they are needed after so long.
inline constexpr Micros known_micros = 600LL * 1'000'000;
inline constexpr size_t known_keys_max = 200'000;

// A bucket and what to put before keys.
struct S3Location {
  std::string bucket;
  std::string prefix;    // "" or with a slash at its end
  std::string endpoint;  // http(s)://host[:port], without a slash at the end
  std::string region = "us-east-1";
  bool path_style = true;  // the bucket stands in the path, not in the host's name
  // Who readers are made, for temporary keys; "": they bring keys of their own.
  std::string role;
  std::string sts_endpoint;  // where those keys are made

  // The address of a key, percent-encoded.
  std::string UrlOf(std::string_view key) const;
};

// "s3://bucket/prefix?endpoint=http://host:port&region=eu-west-1&role=arn:...". Without an endpoint it is
// Amazon's of the region; temporary keys are asked for at `sts`, else at the endpoint, else at Amazon's.
// kInvalid says what is wrong.
Result<S3Location> ParseS3Location(std::string_view text);

class BlobStore {
 public:
  virtual ~BlobStore() = default;
  // Replaces `out` by bytes [offset, offset + length) of what is stored.
  using Source = std::function<Status(uint64_t offset, size_t length, std::string* out)>;

  // The object is there with all its bytes, or not at all.
  virtual Status Put(std::string_view key, uint64_t size, const Source& source) = 0;
  virtual Result<bool> Holds(std::string_view key, uint64_t size) = 0;
  virtual Status Remove(std::string_view key) = 0;  // fine when there is none
  // A URL that answers `method` (GET, HEAD) for so many seconds. Asks nobody.
  virtual Result<std::string> Presign(std::string_view method, std::string_view key,
                                      int64_t expires_s) const = 0;
};

// All of it outlives the store.
std::unique_ptr<BlobStore> MakeS3BlobStore(S3Location location, auth::S3Keys keys,
                                           http::Client& client, const Clock& clock);

inline constexpr int64_t role_seconds_min = 900;  // that keys of a role live at least

// Temporary keys that read what is below `key_prefix` and nothing else, from the store's own service for them
// (STS AssumeRole with a policy). Errors as of a BlobStore.
Result<auth::VendedKeys> AssumeRole(const S3Location& location, const auth::S3Keys& keys,
                                    std::string_view key_prefix, int64_t seconds,
                                    http::Client& client, const Clock& clock);

// Knows which files the store has, and sends those it has not, each once at a time.
class Copies {
 public:
  Copies(BlobStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  // Returns once the store has the file.
  Status Ensure(const std::string& key, uint64_t size, const BlobStore::Source& source);

 private:
  Status Send(const std::string& key, uint64_t size, const BlobStore::Source& source);

  BlobStore& store_;
  const Clock& clock_;
  std::mutex mutex_;  // of what follows
  std::condition_variable sent_;
  std::map<std::string, Micros, std::less<>> known_;  // until when they count as there
  std::set<std::string, std::less<>> under_way_;
  Micros paused_until_ = 0;
  Error failure_;  // why
};

}  // namespace boathouse::blobs
