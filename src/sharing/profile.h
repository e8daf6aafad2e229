#pragma once
// The profile file that a recipient's client reads: version 1 with a bearer token, which every client
// takes, or version 2 with client credentials. Both tell the Iceberg catalog beside the Delta Sharing
// endpoint; clients pass over members they do not know.

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "sharing/recipients.h"

namespace boathouse::sharing {

inline constexpr const char* token_scope = "all-tables";  // clients must send one; any is accepted

// `expires_at` 0: for ever.
Json BearerProfile(const ServerUrl& server, std::string_view token, Micros expires_at);
Json OAuthProfile(const ServerUrl& server, const Id& client_id, std::string_view client_secret,
                  Micros expires_at);

}  // namespace boathouse::sharing
