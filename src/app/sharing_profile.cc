#include "app/sharing_profile.h"

#include "app/files.h"
#include "auth/sharing_profile.h"

namespace boathouse::app {

Status WriteSharingProfile(const std::string& path, const std::string& server_url,
                           std::string_view token, Micros expires_at) {
  return WriteJsonFile(path, auth::SharingProfile(server_url, token, expires_at));
}

}  // namespace boathouse::app
