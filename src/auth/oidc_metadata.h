#pragma once
// Private to auth: what a provider says of itself (OpenID Connect Discovery 1.0) and its keys, fetched
// when needed and kept for an hour; that it failed, for provider_retry_micros. Safe to use from many
// threads: one asks a provider what it is, a few wait for the answer.

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
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

// So many may wait for one provider, each on a worker. Others are told to come again.
inline constexpr size_t discovery_waiting_max = 4;

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
  struct Discovery {
    std::optional<Result<ProviderMetadata>> outcome;
    size_t waiting = 0;
  };
  struct Entry {
    ProviderMetadata metadata;
    Micros fetched_at = 0;
    std::optional<Error> failure;
    Micros failed_at = 0;
    std::shared_ptr<Discovery> discovery;  // the one under way
    std::shared_ptr<const KeySet> keys;
    Micros keys_fetched_at = 0;
  };
  Result<ProviderMetadata> Discover(const std::string& issuer);

  const Clock& clock_;
  const Fetch fetch_;
  std::mutex mutex_;  // never held while fetching
  std::condition_variable discovered_;
  std::map<std::string, Entry> entries_;
};

}  // namespace boathouse::auth
