#pragma once
// Signing in through an identity provider: OpenID Connect Core 1.0, the authorization code flow with PKCE
// (RFC 7636), state and nonce. Providers are found by discovery, and kept by administrators; their client
// secrets are sealed. The browser carries what a sign-in needs between its two ends in a sealed cookie, so
// that a sign-in that another browser began, or that was finished before, is refused.
// How providers are reached is handed in: auth knows no sockets. Safe to use from many threads.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/audit.h"
#include "auth/seal.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/store.h"

namespace boathouse::auth {

struct Actor;

// One HTTP exchange with a provider. Any status is an answer; redirects are not followed; an error when
// there is none, within a few seconds. The body is at most fetch_bytes_max.
struct FetchRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};
struct FetchResponse {
  int status = 0;
  std::string body;
};
using Fetch = std::function<Result<FetchResponse>(const FetchRequest&)>;

inline constexpr size_t fetch_bytes_max = 1u << 20;
inline constexpr int fetch_timeout_ms = 10'000;
inline constexpr size_t providers_max = 20;
inline constexpr size_t provider_domains_max = 100;
inline constexpr Micros oidc_flow_micros = 10LL * 60 * 1'000'000;  // to type a password over there
inline constexpr Micros provider_cache_micros = 3600LL * 1'000'000;  // of discovery and keys
inline constexpr Micros keys_refetch_micros = 60LL * 1'000'000;      // for a key that is not known
inline constexpr Micros provider_retry_micros = 10LL * 1'000'000;    // after discovery has failed
inline constexpr size_t oidc_flows_max = 10'000;  // finished ones that are remembered

struct OidcProvider {
  std::string name;    // a-z, 0-9 and dashes; stands in URLs
  std::string label;   // "Sign in with <label>"
  std::string issuer;  // https, or http on this machine
  std::string client_id;
  bool has_secret = false;
  std::vector<std::string> email_domains;  // lower case; none: any
  // The role of those who come for the first time; "": only users there are already.
  std::string new_user_role;
};

// Whom a provider vouched for.
struct OidcIdentity {
  OidcProvider provider;
  std::string subject;  // unique within the issuer
  std::string email;    // verified by the provider
  std::string name;
};

class OidcProviders {
 public:
  OidcProviders(store::Store& store, const Clock& clock, const Seal& seal, AuditLog& audit,
                Fetch fetch);
  ~OidcProviders();

  // By name.
  Result<std::vector<OidcProvider>> List();
  // kNotFound when there is none.
  Result<OidcProvider> Get(std::string_view name);
  // Adds or replaces one, after its issuer has answered. Without a secret the one before stays (of a new
  // one: a public client). An error names the member: /issuer, /client_id, ...
  Status Put(const OidcProvider& provider, const std::optional<std::string>& client_secret,
             const Actor& by);
  Status Remove(std::string_view name, const Actor& by);

  struct Departure {
    std::string url;   // where the browser goes
    std::string flow;  // what it brings back, in a cookie; good for oidc_flow_micros
  };
  // `return_to` is a path of ours; what is none becomes "/".
  Result<Departure> Begin(std::string_view name, std::string_view redirect_uri,
                          std::string_view return_to);

  // What the provider sent the browser back with.
  struct Callback {
    std::string_view code, state, issuer, error;
    bool has_issuer = false;
  };
  struct Arrival {
    OidcIdentity identity;
    std::string return_to;
  };
  // Trades the code for an identity token and checks it. An error's first field has as its code what
  // went wrong, for the page: denied, expired, provider, token, email, domain.
  Result<Arrival> Finish(std::string_view name, std::string_view flow, const Callback& callback);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// An error of a sign-in through a provider; `code` as of Finish, also no_user and inactive.
Error OidcError(ErrorKind kind, std::string code, std::string message);

// A path of this server, also when a hostile text was given: "/" then.
std::string SafeReturnPath(std::string_view path);

}  // namespace boathouse::auth
