#include "sharing/profile.h"

namespace boathouse::sharing {
namespace {

Json Finish(Json profile, const ServerUrl& server, Micros expires_at) {
  profile.Set("icebergEndpoint", server.Iceberg());
  if (expires_at != 0) profile.Set("expirationTime", FormatDateTime(expires_at));
  return profile;
}

}  // namespace

Json BearerProfile(const ServerUrl& server, std::string_view token, Micros expires_at) {
  return Finish(Json::Object({{"shareCredentialsVersion", 1},
                              {"endpoint", server.DeltaSharing()},
                              {"bearerToken", token}}),
                server, expires_at);
}

Json OAuthProfile(const ServerUrl& server, const Id& client_id, std::string_view client_secret,
                  Micros expires_at) {
  return Finish(Json::Object({{"shareCredentialsVersion", 2},
                              {"type", "oauth_client_credentials"},
                              {"endpoint", server.DeltaSharing()},
                              {"tokenEndpoint", server.TokenEndpoint()},
                              {"clientId", client_id.ToString()},
                              {"clientSecret", client_secret},
                              {"scope", token_scope}}),
                server, expires_at);
}

}  // namespace boathouse::sharing
