#include "auth/sharing_profile.h"

namespace boathouse::auth {

Json SharingProfile(std::string_view server_url, std::string_view token, Micros expires_at) {
  Json profile = Json::Object({{"shareCredentialsVersion", 1},
                               {"endpoint", std::string(server_url) + "/delta-sharing/"},
                               {"bearerToken", token}});
  if (expires_at != 0) profile.Set("expirationTime", FormatDateTime(expires_at));
  return profile;
}

}  // namespace boathouse::auth
