#pragma once
// Keys in the shape of Amazon S3 credentials, for reading the files of published tables: what a catalog
// vends with a table, and what a person configures in a tool. The server keeps nothing of them: the
// claims stand in the session token (or in the access key id itself), signed, and the secret follows from
// them. Minting the same claims twice gives the same keys. Whether the recipient may still read a table is
// not decided here but at each use: these keys only narrow. Safe to use from many threads.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace boathouse::auth {

// What a client signs its requests with (sigv4.h).
struct S3Keys {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // "": none goes with them
};

struct TableKeyClaims {
  std::string recipient;            // its stable id, a UUID
  std::vector<std::string> tables;  // Table::name(); empty: whatever the recipient may read
  Micros expires_at = 0;            // whole seconds count
  int64_t epoch = 0;                // of the recipient's credentials; who ends all keys raises it

  bool Covers(std::string_view table) const;
};

struct VendedKeys : S3Keys {
  Micros expires_at = 0;
};

// Long enough for a day's queries: few clients fetch new keys within one.
inline constexpr Micros vended_keys_micros = 12LL * 3600 * 1'000'000;
// Keys are honoured so much longer than clients are told, for the query that is under way.
inline constexpr Micros vended_keys_grace_micros = 15LL * 60 * 1'000'000;
inline constexpr size_t key_tables_max = 64;  // named by one key; who needs more names none

class TableKeys {
 public:
  // `secret` is the server's; other uses of it do not matter.
  explicit TableKeys(std::string secret) : secret_(std::move(secret)) {}

  // Temporary keys with a session token, as catalogs vend them.
  VendedKeys Mint(const TableKeyClaims& claims) const;
  // Keys without a session token, for tools that take only two texts. They name no tables (those of the
  // claims are ignored): the access key id is all there is of the claims.
  VendedKeys MintLasting(const TableKeyClaims& claims) const;

  struct Found {
    TableKeyClaims claims;
    std::string secret_access_key;
  };
  // What we minted for that access key id. The session token, where one belongs to it, must be its own.
  // kUnauthenticated with the code of S3 (S3Code in sigv4.h): InvalidAccessKeyId, InvalidToken,
  // ExpiredToken.
  Result<Found> Find(std::string_view access_key_id, std::string_view session_token,
                     Micros now) const;

 private:
  std::string Derive(std::string_view use, std::string_view text) const;
  Result<Found> FindLasting(std::string_view access_key_id, Micros now) const;
  const std::string secret_;
};

}  // namespace boathouse::auth
