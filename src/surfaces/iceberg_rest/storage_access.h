#pragma once
// How a client reaches the files of a table: with keys that are vended to it, or by having each of its
// requests signed.

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "surfaces/iceberg_rest/call.h"

namespace boathouse::iceberg_rest {

enum class Delegation { kVendedKeys, kRemoteSigning };

// Of X-Iceberg-Access-Delegation: keys, unless the client asks for signing alone. Without the header keys
// too, as many clients cannot be told to send it.
Delegation ParseDelegation(const http::Headers& headers);

struct StorageAccess {
  Delegation delegation = Delegation::kVendedKeys;
  // ClickHouse puts the bucket behind an endpoint that it is given twice over (its issue 93283), so it is
  // given none: users name it as storage_endpoint.
  bool tell_endpoint = true;
  Micros expires_at = 0;                       // of the keys; 0: none are vended
  std::optional<auth::VendedKeys> store_keys;  // of an object store; none: this server's own
};

// For that table. Fails when the files are in an object store that makes no keys for them now.
Result<StorageAccess> ChooseAccess(const Call& call, const sharing::SharedTable& table,
                                   Delegation delegation);

// The properties of a client's file system for this table: the `config` of LoadTableResult.
Json AccessConfig(const Call& call, const sharing::SharedTable& table, const StorageAccess& access);
// `storage-credentials`: the same keys for all below `location`; empty when none are vended.
Json StorageCredentials(const Call& call, const sharing::SharedTable& table,
                        const StorageAccess& access, const std::string& location);

// The path of the table below the catalog's URL: v1/{prefix}/namespaces/{ns}/tables/{table}.
std::string TablePath(const sharing::SharedTable& table);

// When keys end that are vended now.
Micros KeysExpireAt(const Call& call);
// The keys that the reader has for the table in the present window.
auth::VendedKeys KeysOf(const Call& call, const sharing::SharedTable& table, Micros expires_at);

}  // namespace boathouse::iceberg_rest
