#pragma once
// Password digests: argon2id with libsodium's interactive cost, salted, in its own text form. Each
// call takes tens of milliseconds and 64 MiB on purpose; at most a few run at one time, so that a
// storm of sign-ins cannot exhaust memory. Safe to use from many threads.

#include <string>
#include <string_view>

namespace boathouse::auth {

std::string HashPassword(std::string_view password);
bool VerifyPassword(const std::string& hash, std::string_view password);

}  // namespace boathouse::auth
