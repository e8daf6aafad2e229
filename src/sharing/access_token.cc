#include "sharing/access_token.h"

#include "base/bytes.h"

namespace boathouse::sharing {
namespace {

constexpr size_t id_bytes = 16;
constexpr size_t mark_bytes = credential_mark_chars / 2;
constexpr size_t time_bytes = 8;
constexpr size_t body_bytes = id_bytes + mark_bytes + time_bytes;
constexpr size_t tag_bytes = 16;
constexpr Micros second_micros = 1'000'000;

std::string Tag(std::string_view key, std::string_view body) {
  return HmacSha256(key, "boathouse-access-token-1\n" + std::string(body)).substr(0, tag_bytes);
}

}  // namespace

std::string MakeAccessToken(std::string_view key, const AccessToken& token) {
  std::string body(token.recipient.AsBytes());
  body += HexDecode(token.credential).value_or("");
  body.resize(id_bytes + mark_bytes);
  const auto seconds = static_cast<uint64_t>(token.expires_at / second_micros);
  for (size_t i = 0; i < time_bytes; ++i) {
    body += static_cast<char>((seconds >> (8 * (time_bytes - 1 - i))) & 0xFF);
  }
  return std::string(access_token_prefix) + Base64UrlEncode(body + Tag(key, body));
}

std::optional<AccessToken> ReadAccessToken(std::string_view key, std::string_view text) {
  if (!text.starts_with(access_token_prefix)) return std::nullopt;
  const auto bytes = Base64UrlDecode(text.substr(access_token_prefix.size()));
  if (!bytes || bytes->size() != body_bytes + tag_bytes) return std::nullopt;
  const std::string_view body = std::string_view(*bytes).substr(0, body_bytes);
  if (!ConstantTimeEquals(std::string_view(*bytes).substr(body_bytes), Tag(key, body))) {
    return std::nullopt;
  }
  AccessToken token;
  token.recipient = Id::FromBytes(body.substr(0, id_bytes));
  token.credential = HexEncode(body.substr(id_bytes, mark_bytes));
  uint64_t seconds = 0;
  for (size_t i = 0; i < time_bytes; ++i) {
    seconds = seconds << 8 | static_cast<uint8_t>(body[id_bytes + mark_bytes + i]);
  }
  token.expires_at = static_cast<Micros>(seconds) * second_micros;
  return token;
}

}  // namespace boathouse::sharing
