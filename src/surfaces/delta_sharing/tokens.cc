#include "surfaces/delta_sharing/tokens.h"

#include <optional>

#include "base/signed_token.h"

namespace boathouse::delta_sharing {

std::string MakeToken(std::string_view secret, std::string_view purpose, const Json& body) {
  return MakeSignedToken(secret, purpose, body);
}

Result<Json> ReadToken(std::string_view secret, std::string_view purpose, std::string_view token) {
  std::optional<Json> body = ReadSignedToken(secret, purpose, token);
  if (body) return *std::move(body);
  return Error(ErrorKind::kInvalid, "the token is not of this server, or is for another request");
}

}  // namespace boathouse::delta_sharing
