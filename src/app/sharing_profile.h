#pragma once
// The profile file that a recipient's Delta Sharing client reads (auth/sharing_profile.h).

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
