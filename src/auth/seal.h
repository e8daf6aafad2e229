#pragma once
// Encrypts small secrets that must be readable again (a TOTP secret, an identity provider's client
// secret), so that the database file or a backup of it gives them to nobody without the server's key.
// XSalsa20-Poly1305 with a random nonce (libsodium's secretbox). A value; safe to use from many threads.

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace boathouse::auth {

inline constexpr size_t seal_key_bytes_min = 32;

class Seal {
 public:
  // `server_key` has at least seal_key_bytes_min bytes; "" makes a key that lives as long as this value.
  explicit Seal(std::string_view server_key);

  // `purpose` binds the text to its place: what was sealed for one is not opened for another.
  std::string Close(std::string_view purpose, std::string_view secret) const;
  // Nothing when it was not sealed by this key for that purpose, or was changed.
  std::optional<std::string> Open(std::string_view purpose, std::string_view sealed) const;

  // A digest of a short secret that the database alone does not let anybody guess: keyed by the server.
  std::string Digest(std::string_view purpose, std::string_view secret) const;
  // A key for signing values of that purpose.
  std::string SigningKey(std::string_view purpose) const;

 private:
  std::string KeyFor(std::string_view use, std::string_view purpose) const;
  std::string key_;
};

}  // namespace boathouse::auth
