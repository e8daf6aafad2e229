#include "auth/seal.h"

#include <sodium.h>

#include "base/bytes.h"
#include "base/result.h"

namespace boathouse::auth {
namespace {

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Seal::Seal(std::string_view server_key)
    : key_(server_key.empty() ? RandomBytes(seal_key_bytes_min) : std::string(server_key)) {
  INVARIANT(key_.size() >= seal_key_bytes_min);
  static const bool ready = sodium_init() >= 0;
  INVARIANT(ready);
}

// The server's key signs other things too: each use has a key of its own.
std::string Seal::KeyFor(std::string_view use, std::string_view purpose) const {
  return HmacSha256(key_, "boathouse.auth." + std::string(use) + "\n" + std::string(purpose));
}

std::string Seal::Close(std::string_view purpose, std::string_view secret) const {
  const std::string key = KeyFor("seal", purpose);
  static_assert(crypto_secretbox_KEYBYTES == 32);
  const std::string nonce = RandomBytes(crypto_secretbox_NONCEBYTES);
  std::string box(secret.size() + crypto_secretbox_MACBYTES, '\0');
  INVARIANT(crypto_secretbox_easy(reinterpret_cast<unsigned char*>(box.data()), Bytes(secret),
                                  secret.size(), Bytes(nonce), Bytes(key)) == 0);
  return Base64UrlEncode(nonce + box);
}

std::optional<std::string> Seal::Open(std::string_view purpose, std::string_view sealed) const {
  const std::optional<std::string> bytes = Base64UrlDecode(sealed);
  constexpr size_t overhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (!bytes || bytes->size() < overhead) return std::nullopt;
  const std::string key = KeyFor("seal", purpose);
  const std::string_view nonce = std::string_view(*bytes).substr(0, crypto_secretbox_NONCEBYTES);
  const std::string_view box = std::string_view(*bytes).substr(crypto_secretbox_NONCEBYTES);
  std::string secret(bytes->size() - overhead, '\0');
  if (crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(secret.data()), Bytes(box),
                                 box.size(), Bytes(nonce), Bytes(key)) != 0) {
    return std::nullopt;
  }
  return secret;
}

std::string Seal::Digest(std::string_view purpose, std::string_view secret) const {
  return HexEncode(HmacSha256(KeyFor("digest", purpose), secret));
}

std::string Seal::SigningKey(std::string_view purpose) const { return KeyFor("sign", purpose); }

}  // namespace boathouse::auth
