#pragma once
// The Delta Sharing profile file (version 1, bearer token) that a recipient's client reads.

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace boathouse::app {

inline constexpr const char* sharing_share = "boathouse";  // the share with every published table

// Writes the profile for the server at `server_url`. `expires_at` 0: for ever.
Status WriteSharingProfile(const std::string& path, const std::string& server_url,
                           std::string_view token, Micros expires_at);

}  // namespace boathouse::app
