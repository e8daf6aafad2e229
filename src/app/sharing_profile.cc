#include "app/sharing_profile.h"

#include "app/files.h"

namespace boathouse::app {

Status WriteSharingProfile(const std::string& path, const std::string& server_url,
                           std::string_view token, Micros expires_at) {
  Json profile = Json::Object({{"shareCredentialsVersion", 1},
                               {"endpoint", server_url + "/delta-sharing/"},
                               {"bearerToken", token}});
  if (expires_at != 0) profile.Set("expirationTime", FormatDateTime(expires_at));
  return WriteJsonFile(path, profile);
}

}  // namespace boathouse::app
