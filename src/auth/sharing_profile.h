#pragma once
// The Delta Sharing profile (version 1, bearer token): what a recipient's client is given to read with.

#include <string_view>

#include "base/clock.h"
#include "base/json.h"

namespace boathouse::auth {

// For the server at `server_url`, which has no slash at the end. `expires_at` 0: for ever.
Json SharingProfile(std::string_view server_url, std::string_view token, Micros expires_at);

}  // namespace boathouse::auth
