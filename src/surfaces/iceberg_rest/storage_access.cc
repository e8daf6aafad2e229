#include "surfaces/iceberg_rest/storage_access.h"

#include "base/bytes.h"

namespace boathouse::iceberg_rest {
namespace {

constexpr Micros millisecond_micros = 1000;

// The keys of the present window, and where they are renewed.
void AddKeys(const Call& call, const sharing::SharedTable& table, const StorageAccess& access,
             Json* config) {
  const auth::VendedKeys keys =
      access.store_keys ? *access.store_keys : KeysOf(call, table, access.expires_at);
  const std::string expires_ms = std::to_string(keys.expires_at / millisecond_micros);
  config->Set("s3.access-key-id", keys.access_key_id);
  config->Set("s3.secret-access-key", keys.secret_access_key);
  config->Set("s3.session-token", keys.session_token);
  config->Set("s3.session-token-expires-at-ms", expires_ms);
  config->Set("expiration-time", expires_ms);  // Snowflake's name for it
  config->Set("client.refresh-credentials-enabled", "true");
  config->Set("client.refresh-credentials-endpoint", TablePath(table) + "/credentials");
}

void AddEndpoint(const Call& call, const StorageAccess& access, Json* config) {
  const std::string endpoint = call.S3Endpoint();
  const ObjectStore* store = call.services().object_store;
  if (access.tell_endpoint && !endpoint.empty()) {
    config->Set("s3.endpoint", endpoint);
    config->Set("s3.path-style-access", "true");
  }
  const std::string where = store != nullptr ? store->region : std::string(region);
  config->Set("s3.region", where);  // Python's name for it
  config->Set("client.region", where);
}

}  // namespace

Delegation ParseDelegation(const http::Headers& headers) {
  bool signing = false;
  bool keys = false;
  for (std::string_view line : headers.All("x-iceberg-access-delegation")) {
    while (true) {
      const size_t comma = line.find(',');
      const std::string way = AsciiLower(TrimAscii(line.substr(0, comma)));
      signing = signing || way == "remote-signing";
      keys = keys || way == "vended-credentials";
      if (comma == std::string_view::npos) break;
      line.remove_prefix(comma + 1);
    }
  }
  return signing && !keys ? Delegation::kRemoteSigning : Delegation::kVendedKeys;
}

Result<StorageAccess> ChooseAccess(const Call& call, const sharing::SharedTable& table,
                                   Delegation delegation) {
  StorageAccess access;
  access.delegation = delegation;
  access.tell_endpoint = !call.request.headers.Get("user-agent").starts_with("ClickHouse/");
  if (access.delegation != Delegation::kVendedKeys) return access;
  const ObjectStore* store = call.services().object_store;
  if (store == nullptr) {
    access.expires_at = KeysExpireAt(call);
  } else if (store->vend) {
    ASSIGN(access.store_keys, store->vend(*table.table));
    access.expires_at = access.store_keys->expires_at;
  }
  return access;
}

Micros KeysExpireAt(const Call& call) {
  const Micros now = call.services().clock.Now();
  return now - now % key_window_micros + auth::vended_keys_micros;
}

std::string TablePath(const sharing::SharedTable& table) {
  return "v1/" + UrlEncode(table.share) + "/namespaces/" + UrlEncode(table.schema) + "/tables/" +
         UrlEncode(table.name);
}

auth::VendedKeys KeysOf(const Call& call, const sharing::SharedTable& table, Micros expires_at) {
  auth::TableKeyClaims claims;
  claims.recipient = call.reader.recipient.ToString();
  claims.tables = {table.table->name()};
  claims.expires_at = expires_at;
  return call.services().keys.Mint(claims);
}

Json AccessConfig(const Call& call, const sharing::SharedTable& table,
                  const StorageAccess& access) {
  Json config = Json::Object();
  AddEndpoint(call, access, &config);
  if (access.delegation == Delegation::kVendedKeys) {
    if (access.expires_at != 0) AddKeys(call, table, access, &config);
    return config;
  }
  const std::string endpoint = TablePath(table) + "/sign";
  config.Set("s3.remote-signing-enabled", "true");
  // Three generations of names for the same thing.
  config.Set("s3.signer", "S3V4RestSigner");
  config.Set("s3.signer.uri", call.CatalogUrl());
  config.Set("s3.signer.endpoint", endpoint);
  config.Set("signer.uri", call.CatalogUrl());
  config.Set("signer.endpoint", endpoint);
  return config;
}

Json StorageCredentials(const Call& call, const sharing::SharedTable& table,
                        const StorageAccess& access, const std::string& location) {
  Json list = Json::Array();
  if (access.delegation != Delegation::kVendedKeys || access.expires_at == 0) return list;
  Json config = Json::Object();
  AddEndpoint(call, access, &config);
  AddKeys(call, table, access, &config);
  list.Append(Json::Object({{"prefix", location}, {"config", std::move(config)}}));
  return list;
}

}  // namespace boathouse::iceberg_rest
