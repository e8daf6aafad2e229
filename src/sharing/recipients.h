#pragma once
// Who reads shares from outside: recipients, their credentials, their grants. They belong to
// administrators. docs/sharing.md is the manual.
//
// A recipient gets a profile file, which holds a bearer token (profile version 1) or client credentials
// for the token endpoint (version 2, OAuth). It is made at once, or when somebody opens the activation
// link, which works once. Tokens are kept as digests; nobody reads one again. Rotation makes a new one and
// lets the old ones work for a while; revocation ends all at once, also what was handed out with them:
// access tokens, file URLs, keys. Safe to use from many threads.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "crm/caller.h"

namespace boathouse::sharing {

inline constexpr size_t recipients_max = 1000;  // of a workspace
inline constexpr size_t recipient_name_chars_max = 80;
inline constexpr size_t recipient_comment_chars_max = 1000;
inline constexpr size_t recipient_addresses_max = 100;
inline constexpr size_t recipient_tokens_max =
    8;  // that work at one time, with those in their grace
inline constexpr int64_t recipient_days_default = 90;
inline constexpr int64_t recipient_days_max = 366;
inline constexpr int64_t activation_hours_default = 72;
inline constexpr int64_t activation_hours_max = 30 * 24;
inline constexpr int64_t grace_hours_default = 24;
inline constexpr int64_t grace_hours_max = 30 * 24;

enum class ProfileKind { kBearer, kOAuth };
std::string_view ProfileKindName(ProfileKind kind);  // bearer, oauth

struct Recipient {
  Id id;  // also its OAuth client id
  std::string name;
  std::string comment;
  ProfileKind kind = ProfileKind::kBearer;
  std::vector<std::string> shares;     // granted, by name
  std::vector<std::string> addresses;  // CIDR blocks; none: from everywhere
  Micros created_at = 0;
  Micros expires_at = 0;  // of all its credentials; 0: never
  struct Token {
    std::string id;  // of no use to forge one
    Micros created_at = 0;
    Micros expires_at = 0;  // where a rotation ended it; 0: with the recipient
  };
  std::vector<Token> tokens;
  Micros activation_expires_at = 0;  // of the link that waits to be opened; 0: there is none
  Micros activated_at = 0;           // when a link was last used; 0: never
  Micros used_at = 0;                // the last request; 0: never
  std::string used_from;
};

// How a recipient gets its credential.
enum class Delivery {
  kProfile,  // as the profile file, now
  kLink,     // as a link that hands out the profile file once
};

struct Delivered {
  Recipient recipient;
  // One of the two.
  std::optional<Json> profile;
  std::string activation_token;  // for {server}/share/activate/{token}
};

// How recipients reach the server; makes the addresses in profile files.
struct ServerUrl {
  std::string url;  // without a slash at the end
  std::string DeltaSharing() const { return url + "/delta-sharing/"; }
  std::string Iceberg() const { return url + "/iceberg"; }
  std::string TokenEndpoint() const { return url + "/oauth2/token"; }
  std::string Activation(std::string_view token) const {
    return url + "/share/activate/" + std::string(token);
  }
};

class Registry;
class UsageLog;

class Recipients {
 public:
  Recipients(Registry& registry, UsageLog& usage) : registry_(registry), usage_(usage) {}

  // Administrators only, as all but Peek and Activate. By name.
  Result<std::vector<Recipient>> List(const crm::Caller& caller);
  // `recipient` is an id or a name, here and below. kNotFound.
  Result<Recipient> Get(const crm::Caller& caller, std::string_view recipient);

  // {"name", "comment"?, "authentication"?: "bearer" | "oauth", "shares"?: [names], "addresses"?: [CIDR],
  // "expires_in_days"?, "deliver"?: "profile" | "link", "link_hours"?}. expires_in_days null: never;
  // without it recipient_days_default. Without "shares" it is granted
  // `boathouse`; "shares": [] grants nothing. Errors carry JSON pointers.
  Result<Delivered> Create(const crm::Caller& caller, const Json& body, const ServerUrl& server);
  // A merge patch of {"name", "comment", "shares", "addresses", "expires_in_days" (from now)}.
  Result<Recipient> Update(const crm::Caller& caller, std::string_view recipient,
                           const Json& patch);
  // {"grace_hours"?, "deliver"?, "link_hours"?, "authentication"?}: a new credential; those there are work
  // for the grace (0: end now). With a link the new one begins when the link is opened.
  Result<Delivered> Rotate(const crm::Caller& caller, std::string_view recipient, const Json& body,
                           const ServerUrl& server);
  // Ends everything of the recipient at once, for good.
  Status Revoke(const crm::Caller& caller, std::string_view recipient);
  Status Grant(const crm::Caller& caller, std::string_view recipient, std::string_view share);
  Status Withdraw(const crm::Caller& caller, std::string_view recipient, std::string_view share);

  // What the page behind an activation link tells before the button is pressed. kNotFound when the link
  // is unknown, used or expired, which look the same.
  struct Waiting {
    std::string name;
    ProfileKind kind = ProfileKind::kBearer;
    Micros link_expires_at = 0;
  };
  Result<Waiting> Peek(std::string_view activation_token);
  // Hands out the profile and uses up the link, in one transaction: of two who press at once, one gets
  // it. kForbidden: the address is not on the recipient's list; the link stays good.
  Result<Delivered> Activate(std::string_view activation_token, std::string_view address,
                             const ServerUrl& server);

 private:
  Registry& registry_;
  UsageLog& usage_;
};

}  // namespace boathouse::sharing
