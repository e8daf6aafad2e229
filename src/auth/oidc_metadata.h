#pragma once
// Private to auth: what a provider says of itself (OpenID Connect Discovery 1.0) and its keys, fetched
// when needed and kept for an hour. Safe to use from many threads.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "auth/id_token.h"
#include "auth/oidc.h"
#include "base/clock.h"
#include "base/result.h"

namespace boathouse::auth {

struct ProviderMetadata {
  std::string issuer;
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string userinfo_endpoint;  // "": none
  std::string jwks_uri;
  bool secret_in_body = false;  // it does not take the client's secret as HTTP Basic
  bool names_issuer = false;    // its callbacks have an iss (RFC 9207)
};

// https, or http on this machine; without a fragment or a user.
bool IsProviderUrl(std::string_view url);

class MetadataCache {
 public:
  MetadataCache(const Clock& clock, Fetch fetch) : clock_(clock), fetch_(std::move(fetch)) {}

  // kUnavailable when the provider cannot be reached or answers what makes no sense; the message says.
  Result<ProviderMetadata> Of(const std::string& issuer);
  // The provider's keys; fetched anew when `kid` is not among them, but not all the time.
  Result<std::shared_ptr<const KeySet>> KeysFor(const ProviderMetadata& metadata,
                                                std::string_view kid, std::string_view algorithm);
  // Forgets what was fetched, as its configuration has changed.
  void Forget(const std::string& issuer);

  // A JSON object of the provider; kUnavailable for anything else.
  Result<Json> FetchJson(const FetchRequest& request);
  Result<FetchResponse> Send(const FetchRequest& request);

 private:
  struct Entry {
    ProviderMetadata metadata;
    Micros fetched_at = 0;
    std::shared_ptr<const KeySet> keys;
    Micros keys_fetched_at = 0;
  };
  const Clock& clock_;
  const Fetch fetch_;
  std::mutex mutex_;  // never held while fetching
  std::map<std::string, Entry> entries_;
};

}  // namespace boathouse::auth
