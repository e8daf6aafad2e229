#pragma once
// Codes of authenticator apps: TOTP (RFC 6238) with HMAC-SHA-1, steps of 30 seconds and six digits, which
// is what every app understands. Pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace boathouse::auth {

inline constexpr size_t totp_secret_bytes = 20;
inline constexpr int64_t totp_step_s = 30;
inline constexpr int64_t totp_steps_off_max =
    1;  // a clock that is off by so many steps is forgiven
inline constexpr size_t totp_digits = 6;

// RFC 4648 base32 without padding, upper case.
std::string Base32Encode(std::string_view bytes);

int64_t TotpStep(Micros at);
// The six digits of that step.
std::string TotpCode(std::string_view secret, int64_t step);

// The step that `code` is of, when it is near `at` and newer than `last_step`, the last one accepted:
// so a code is good once. Takes the same time whatever the code.
std::optional<int64_t> VerifyTotp(std::string_view secret, std::string_view code, Micros at,
                                  int64_t last_step);

// What the QR code holds: otpauth://totp/<issuer>:<account>?secret=...&issuer=...
std::string OtpauthUri(std::string_view issuer, std::string_view account, std::string_view secret);

}  // namespace boathouse::auth
