#include "crm/page_token.h"

#include "base/bytes.h"

namespace boathouse::crm {
namespace {

constexpr size_t mac_bytes = 16;
constexpr size_t token_chars_max = 16'384;

std::string Mac(std::string_view secret, std::string_view list, std::string_view payload) {
  std::string message =
      Sha256(list);  // of fixed length, so that list and payload cannot be shifted
  message += payload;
  return HmacSha256(secret, message).substr(0, mac_bytes);
}

}  // namespace

std::string MakePageToken(std::string_view secret, std::string_view list, const Json& position) {
  const std::string payload = position.Dump();
  return Base64UrlEncode(Mac(secret, list, payload) + payload);
}

Result<Json> ReadPageToken(std::string_view secret, std::string_view list, std::string_view token) {
  const Error wrong = Error::Field("page_token", "invalid_page_token",
                                   "page_token does not belong to this list: use next_page_token "
                                   "of the page before, with the same "
                                   "filter, order and text");
  if (token.size() > token_chars_max) return wrong;
  const auto bytes = Base64UrlDecode(token);
  if (!bytes || bytes->size() < mac_bytes) return wrong;
  const std::string_view payload = std::string_view(*bytes).substr(mac_bytes);
  if (!ConstantTimeEquals(bytes->substr(0, mac_bytes), Mac(secret, list, payload))) return wrong;
  return Json::Parse(payload);
}

}  // namespace boathouse::crm
