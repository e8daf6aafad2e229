#include "base/signed_token.h"

#include <utility>

#include "base/bytes.h"
#include "base/result.h"

namespace boathouse {
namespace {

constexpr size_t tag_bytes = 16;

std::string Tag(std::string_view secret, std::string_view purpose, std::string_view body) {
  // The length keeps purpose and body apart.
  std::string text = std::to_string(purpose.size()) + ":";
  text += purpose;
  text += body;
  return HmacSha256(secret, text).substr(0, tag_bytes);
}

}  // namespace

std::string MakeSignedToken(std::string_view secret, std::string_view purpose, const Json& body) {
  const std::string text = body.Dump();
  return Base64UrlEncode(Tag(secret, purpose, text) + text);
}

std::optional<Json> ReadSignedToken(std::string_view secret, std::string_view purpose,
                                    std::string_view token) {
  if (token.size() > signed_token_chars_max) return std::nullopt;
  const std::optional<std::string> bytes = Base64UrlDecode(token);
  if (!bytes || bytes->size() < tag_bytes) return std::nullopt;
  const std::string_view tag = std::string_view(*bytes).substr(0, tag_bytes);
  const std::string_view body = std::string_view(*bytes).substr(tag_bytes);
  if (!ConstantTimeEquals(tag, Tag(secret, purpose, body))) return std::nullopt;
  Result<Json> parsed = Json::Parse(body);
  if (!parsed.ok()) return std::nullopt;
  return *std::move(parsed);
}

}  // namespace boathouse
