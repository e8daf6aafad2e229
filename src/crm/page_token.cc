#include "crm/page_token.h"

#include <optional>

#include "base/signed_token.h"

namespace boathouse::crm {
namespace {

// Other surfaces may sign with the same secret.
std::string Purpose(std::string_view list) { return "crm:" + std::string(list); }

}  // namespace

std::string MakePageToken(std::string_view secret, std::string_view list, const Json& position) {
  return MakeSignedToken(secret, Purpose(list), position);
}

Result<Json> ReadPageToken(std::string_view secret, std::string_view list, std::string_view token) {
  std::optional<Json> position = ReadSignedToken(secret, Purpose(list), token);
  if (position) return *std::move(position);
  return Error::Field("page_token", "invalid_page_token",
                      "page_token does not belong to this list: use next_page_token "
                      "of the page before, with the same "
                      "filter, order and text");
}

}  // namespace boathouse::crm
