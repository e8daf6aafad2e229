#include "auth/oidc_metadata.h"

#include <algorithm>

namespace boathouse::auth {
namespace {

bool Lists(const Json& list, std::string_view name) {
  return std::any_of(list.items().begin(), list.items().end(),
                     [&](const Json& item) { return item.AsString() == name; });
}

Error Senseless(std::string_view what) {
  return OidcError(
      ErrorKind::kUnavailable, "provider",
      "the identity provider's description of itself is not usable: " + std::string(what));
}

}  // namespace

bool IsProviderUrl(std::string_view url) {
  if (url.size() > 2000 || url.find_first_of("#@ \t\r\n\"\\") != std::string_view::npos)
    return false;
  const bool tls = url.starts_with("https://");
  if (!tls && !url.starts_with("http://")) return false;
  const std::string_view rest = url.substr(tls ? 8 : 7);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  if (authority.empty()) return false;
  if (tls) return true;
  const bool v6 = authority.starts_with("[");
  const std::string_view host =
      v6 ? authority.substr(0, authority.find(']') + 1) : authority.substr(0, authority.find(':'));
  return host == "127.0.0.1" || host == "localhost" || host == "[::1]";
}

Result<FetchResponse> MetadataCache::Send(const FetchRequest& request) {
  if (!fetch_) {
    return OidcError(ErrorKind::kUnavailable, "provider",
                     "this program does not reach out to identity providers");
  }
  Result<FetchResponse> response = fetch_(request);
  if (response.ok()) return response;
  return OidcError(ErrorKind::kUnavailable, "provider",
                   "the identity provider cannot be reached: " + response.error().message);
}

Result<Json> MetadataCache::FetchJson(const FetchRequest& request) {
  ASSIGN(const FetchResponse response, Send(request));
  if (response.status != 200) {
    return OidcError(ErrorKind::kUnavailable, "provider",
                     "the identity provider answered " + std::to_string(response.status));
  }
  Result<Json> json = Json::Parse(response.body);
  if (!json.ok() || !json->is_object()) {
    return OidcError(ErrorKind::kUnavailable, "provider",
                     "the identity provider answered something that is not JSON");
  }
  return json;
}

Result<ProviderMetadata> MetadataCache::Of(const std::string& issuer) {
  std::unique_lock lock(mutex_);
  Entry& entry = entries_[issuer];
  const Micros now = clock_.Now();
  if (now - entry.fetched_at < provider_cache_micros) return entry.metadata;
  if (entry.failure && now - entry.failed_at < provider_retry_micros) return *entry.failure;
  if (const std::shared_ptr<Discovery> discovery = entry.discovery; discovery != nullptr) {
    if (discovery->waiting >= discovery_waiting_max) {
      return OidcError(ErrorKind::kUnavailable, "provider",
                       "the identity provider is being waited for; try again in a few seconds");
    }
    ++discovery->waiting;
    discovered_.wait(lock, [&] { return discovery->outcome.has_value(); });
    return *discovery->outcome;
  }
  const auto discovery = std::make_shared<Discovery>();
  entry.discovery = discovery;
  lock.unlock();
  const Result<ProviderMetadata> outcome = Discover(issuer);
  lock.lock();
  discovery->outcome = outcome;
  discovered_.notify_all();
  // Unless it was forgotten meanwhile.
  const auto found = entries_.find(issuer);
  if (found == entries_.end() || found->second.discovery != discovery) return outcome;
  found->second.discovery = nullptr;
  found->second.failure.reset();
  if (outcome.ok()) {
    found->second.metadata = *outcome;
    found->second.fetched_at = clock_.Now();
  } else {
    found->second.failure = outcome.error();
    found->second.failed_at = clock_.Now();
  }
  return outcome;
}

Result<ProviderMetadata> MetadataCache::Discover(const std::string& issuer) {
  FetchRequest request;
  // Discovery 1.0, section 4.1: a slash at the end is taken off first.
  request.url =
      issuer.substr(0, issuer.find_last_not_of('/') + 1) + "/.well-known/openid-configuration";
  request.headers = {{"Accept", "application/json"}};
  ASSIGN(const Json json, FetchJson(request));
  ProviderMetadata metadata;
  metadata.issuer = json["issuer"].AsString();
  if (metadata.issuer != issuer) {
    return Senseless("it calls itself \"" + metadata.issuer.substr(0, 200) +
                     "\", which is not the issuer that was configured");
  }
  metadata.authorization_endpoint = json["authorization_endpoint"].AsString();
  metadata.token_endpoint = json["token_endpoint"].AsString();
  metadata.userinfo_endpoint = json["userinfo_endpoint"].AsString();
  metadata.jwks_uri = json["jwks_uri"].AsString();
  if (!IsProviderUrl(metadata.authorization_endpoint)) return Senseless("authorization_endpoint");
  if (!IsProviderUrl(metadata.token_endpoint)) return Senseless("token_endpoint");
  if (!IsProviderUrl(metadata.jwks_uri)) return Senseless("jwks_uri");
  if (!IsProviderUrl(metadata.userinfo_endpoint)) metadata.userinfo_endpoint.clear();
  const Json& methods = json["token_endpoint_auth_methods_supported"];
  metadata.secret_in_body = methods.is_array() && !Lists(methods, "client_secret_basic") &&
                            Lists(methods, "client_secret_post");
  metadata.names_issuer = json["authorization_response_iss_parameter_supported"].AsBool();
  return metadata;
}

Result<std::shared_ptr<const KeySet>> MetadataCache::KeysFor(const ProviderMetadata& metadata,
                                                             std::string_view kid,
                                                             std::string_view algorithm) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(metadata.issuer);
    if (found != entries_.end() && found->second.keys != nullptr) {
      const Micros age = clock_.Now() - found->second.keys_fetched_at;
      const bool known = found->second.keys->HasKey(kid, algorithm);
      if (age < (known ? provider_cache_micros : keys_refetch_micros)) return found->second.keys;
    }
  }
  FetchRequest request;
  request.url = metadata.jwks_uri;
  request.headers = {{"Accept", "application/json"}};
  ASSIGN(const Json json, FetchJson(request));
  Result<KeySet> keys = KeySet::Parse(json);
  if (!keys.ok()) return Senseless(keys.error().message);
  auto shared = std::make_shared<const KeySet>(std::move(*keys));
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[metadata.issuer];
  entry.keys = shared;
  entry.keys_fetched_at = clock_.Now();
  return std::shared_ptr<const KeySet>(shared);
}

void MetadataCache::Forget(const std::string& issuer) {
  const std::lock_guard lock(mutex_);
  entries_.erase(issuer);
}

}  // namespace boathouse::auth
