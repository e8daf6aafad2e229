#include "surfaces/delta_sharing/tokens.h"

#include <optional>

#include "base/bytes.h"

namespace boathouse::delta_sharing {
namespace {

constexpr size_t tag_bytes = 16;

std::string Tag(std::string_view secret, std::string_view purpose, std::string_view body) {
  std::string text = std::to_string(purpose.size()) + ":";
  text += purpose;
  text += body;
  return HmacSha256(secret, text).substr(0, tag_bytes);
}

}  // namespace

std::string MakeToken(std::string_view secret, std::string_view purpose, const Json& body) {
  const std::string text = body.Dump();
  return Base64UrlEncode(Tag(secret, purpose, text) + text);
}

Result<Json> ReadToken(std::string_view secret, std::string_view purpose, std::string_view token) {
  const Error refused(ErrorKind::kInvalid,
                      "the token is not of this server, or is for another request");
  const std::optional<std::string> bytes = Base64UrlDecode(token);
  if (!bytes || bytes->size() < tag_bytes) return refused;
  const std::string_view body = std::string_view(*bytes).substr(tag_bytes);
  if (!ConstantTimeEquals(std::string_view(*bytes).substr(0, tag_bytes),
                          Tag(secret, purpose, body))) {
    return refused;
  }
  return Json::Parse(body);
}

}  // namespace boathouse::delta_sharing
