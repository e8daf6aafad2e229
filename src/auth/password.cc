#include "auth/password.h"

#include <sodium.h>

#include <semaphore>

#include "base/result.h"

namespace boathouse::auth {
namespace {

constexpr int hashes_at_once_max = 2;

// libsodium wants to be initialised once; this also bounds how many digests are made at one time.
class Turn {
 public:
  Turn() {
    static const bool ready = sodium_init() >= 0;
    INVARIANT(ready);
    Gate().acquire();
  }
  ~Turn() { Gate().release(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  static std::counting_semaphore<hashes_at_once_max>& Gate() {
    static std::counting_semaphore<hashes_at_once_max> gate(hashes_at_once_max);
    return gate;
  }
};

}  // namespace

std::string HashPassword(std::string_view password) {
  const Turn turn;
  char out[crypto_pwhash_STRBYTES];
  INVARIANT(crypto_pwhash_str_alg(
                out, password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) == 0);
  return out;
}

bool VerifyPassword(const std::string& hash, std::string_view password) {
  const Turn turn;
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

}  // namespace boathouse::auth
