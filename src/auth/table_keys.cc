#include "auth/table_keys.h"

#include <algorithm>
#include <optional>

#include "auth/sigv4.h"
#include "auth/totp.h"
#include "base/bytes.h"
#include "base/id.h"
#include "base/json.h"
#include "base/signed_token.h"

namespace boathouse::auth {
namespace {

constexpr Micros second_micros = 1'000'000;
constexpr std::string_view session_purpose = "s3-session-1";
// Some clients tell temporary keys by the prefix that Amazon gives them.
constexpr std::string_view temporary_prefix = "ASIA";
constexpr size_t temporary_id_bytes = 15;  // 24 characters behind the prefix
constexpr std::string_view lasting_prefix = "BHAK";
constexpr size_t secret_bytes = 30;  // 40 characters, as Amazon's

// What a lasting key id says: recipient, expiry in seconds, epoch, and a tag over them.
constexpr size_t number_bytes = 8;
constexpr size_t lasting_claims_bytes = 16 + 2 * number_bytes;
constexpr size_t lasting_tag_bytes = 12;

Error Refused(const char* code, const char* why) {
  return S3Error(ErrorKind::kUnauthenticated, code, why);
}

Error UnknownKey() {
  return Refused("InvalidAccessKeyId", "the access key id is not one that this server gave out");
}

Error Expired() {
  return Refused("ExpiredToken", "the keys have expired; ask the catalog for new ones");
}

void AppendNumber(int64_t number, std::string* out) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>(static_cast<uint64_t>(number) >> shift));
  }
}

int64_t ReadNumber(std::string_view bytes) {
  uint64_t number = 0;
  for (const char byte : bytes.substr(0, number_bytes)) {
    number = number << 8 | static_cast<uint8_t>(byte);
  }
  return static_cast<int64_t>(number);
}

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

Json ToJson(const TableKeyClaims& claims) {
  Json body = Json::Object(
      {{"r", claims.recipient}, {"x", claims.expires_at / second_micros}, {"e", claims.epoch}});
  Json tables = Json::Array();
  for (const std::string& table : claims.tables) tables.Append(table);
  if (!claims.tables.empty()) body.Set("t", std::move(tables));
  return body;
}

TableKeyClaims FromJson(const Json& body) {
  TableKeyClaims claims;
  claims.recipient = body["r"].AsString();
  claims.expires_at = body["x"].AsInt().value_or(0) * second_micros;
  claims.epoch = body["e"].AsInt().value_or(0);
  for (const Json& table : body["t"].items()) claims.tables.emplace_back(table.AsString());
  return claims;
}

}  // namespace

bool TableKeyClaims::Covers(std::string_view table) const {
  return tables.empty() || std::find(tables.begin(), tables.end(), table) != tables.end();
}

std::string TableKeys::Derive(std::string_view use, std::string_view text) const {
  // The use holds no line break, so that no two pairs make the same bytes.
  return HmacSha256(secret_, "s3-keys:" + std::string(use) + "\n" + std::string(text));
}

VendedKeys TableKeys::Mint(const TableKeyClaims& claims) const {
  INVARIANT(claims.tables.size() <= key_tables_max);
  VendedKeys keys;
  keys.session_token = MakeSignedToken(secret_, session_purpose, ToJson(claims));
  keys.access_key_id = std::string(temporary_prefix) +
                       Base32Encode(Derive("id", keys.session_token).substr(0, temporary_id_bytes));
  keys.secret_access_key =
      Base64Encode(Derive("secret", keys.session_token).substr(0, secret_bytes));
  keys.expires_at = claims.expires_at / second_micros * second_micros;
  return keys;
}

VendedKeys TableKeys::MintLasting(const TableKeyClaims& claims) const {
  std::string text(Id::Parse(claims.recipient).value_or(Id{}).AsBytes());
  AppendNumber(claims.expires_at / second_micros, &text);
  AppendNumber(claims.epoch, &text);
  text += Derive("lasting-id", text).substr(0, lasting_tag_bytes);
  VendedKeys keys;
  keys.access_key_id = std::string(lasting_prefix) + Upper(HexEncode(text));
  keys.secret_access_key =
      Base64Encode(Derive("lasting-secret", keys.access_key_id).substr(0, secret_bytes));
  keys.expires_at = claims.expires_at / second_micros * second_micros;
  return keys;
}

Result<TableKeys::Found> TableKeys::Find(std::string_view access_key_id,
                                         std::string_view session_token, Micros now) const {
  if (access_key_id.starts_with(lasting_prefix)) {
    if (!session_token.empty()) {
      return Refused("InvalidToken", "no session token belongs to this access key id");
    }
    return FindLasting(access_key_id, now);
  }
  if (!access_key_id.starts_with(temporary_prefix)) return UnknownKey();
  if (session_token.empty()) {
    return Refused("InvalidToken", "a session token belongs to this access key id");
  }
  const std::optional<Json> body = ReadSignedToken(secret_, session_purpose, session_token);
  if (!body)
    return Refused("InvalidToken", "the session token is not one that this server gave out");
  Found found{FromJson(*body), {}};
  const std::string own_id =
      std::string(temporary_prefix) +
      Base32Encode(Derive("id", session_token).substr(0, temporary_id_bytes));
  if (!ConstantTimeEquals(access_key_id, own_id)) {
    return Refused("InvalidToken", "the session token is that of another access key id");
  }
  if (now >= found.claims.expires_at + vended_keys_grace_micros) return Expired();
  found.secret_access_key = Base64Encode(Derive("secret", session_token).substr(0, secret_bytes));
  return found;
}

Result<TableKeys::Found> TableKeys::FindLasting(std::string_view access_key_id, Micros now) const {
  const std::optional<std::string> bytes =
      HexDecode(AsciiLower(access_key_id.substr(lasting_prefix.size())));
  if (!bytes || bytes->size() != lasting_claims_bytes + lasting_tag_bytes) return UnknownKey();
  const std::string_view text = std::string_view(*bytes).substr(0, lasting_claims_bytes);
  if (!ConstantTimeEquals(std::string_view(*bytes).substr(lasting_claims_bytes),
                          Derive("lasting-id", text).substr(0, lasting_tag_bytes))) {
    return UnknownKey();
  }
  Found found;
  found.claims.recipient = Id::FromBytes(text.substr(0, 16)).ToString();
  found.claims.expires_at = ReadNumber(text.substr(16)) * second_micros;
  found.claims.epoch = ReadNumber(text.substr(16 + number_bytes));
  if (now >= found.claims.expires_at) return Expired();
  // The id is written in one way only: another spelling of it has another secret.
  found.secret_access_key =
      Base64Encode(Derive("lasting-secret", access_key_id).substr(0, secret_bytes));
  return found;
}

}  // namespace boathouse::auth
