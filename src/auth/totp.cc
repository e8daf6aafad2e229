#include "auth/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/bytes.h"
#include "base/result.h"

namespace boathouse::auth {

std::string Base32Encode(std::string_view bytes) {
  constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    count += 8;
    for (; count >= 5; count -= 5) text += alphabet[(bits >> (count - 5)) & 31];
  }
  if (count > 0) text += alphabet[(bits << (5 - count)) & 31];
  return text;
}

int64_t TotpStep(Micros at) { return at / (totp_step_s * 1'000'000); }

std::string TotpCode(std::string_view secret, int64_t step) {
  std::array<unsigned char, 8> counter{};
  for (size_t i = 0; i < counter.size(); ++i) {
    counter[i] = static_cast<unsigned char>(static_cast<uint64_t>(step) >> (8 * (7 - i)));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned int length = 0;
  INVARIANT(HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(),
                 counter.size(), mac.data(), &length) != nullptr);
  // RFC 4226, section 5.3: four bytes from where the last half byte says.
  const size_t offset = mac[length - 1] & 0xF;
  const uint32_t number = (static_cast<uint32_t>(mac[offset] & 0x7F) << 24) |
                          (static_cast<uint32_t>(mac[offset + 1]) << 16) |
                          (static_cast<uint32_t>(mac[offset + 2]) << 8) |
                          static_cast<uint32_t>(mac[offset + 3]);
  std::string digits = std::to_string(number % 1'000'000);
  return std::string(totp_digits - digits.size(), '0') + digits;
}

std::optional<int64_t> VerifyTotp(std::string_view secret, std::string_view code, Micros at,
                                  int64_t last_step) {
  const int64_t now = TotpStep(at);
  std::optional<int64_t> found;
  for (int64_t step = now - totp_steps_off_max; step <= now + totp_steps_off_max; ++step) {
    const bool same = ConstantTimeEquals(TotpCode(secret, step), code);
    if (same && step > last_step && !found) found = step;
  }
  return found;
}

std::string OtpauthUri(std::string_view issuer, std::string_view account, std::string_view secret) {
  return "otpauth://totp/" + UrlEncode(issuer) + ":" + UrlEncode(account) +
         "?secret=" + Base32Encode(secret) + "&issuer=" + UrlEncode(issuer) +
         "&algorithm=SHA1&digits=" + std::to_string(totp_digits) +
         "&period=" + std::to_string(totp_step_s);
}

}  // namespace boathouse::auth
