#pragma once
// Private to surfaces/rest: the limits of credentials that are made over REST.

#include <cstddef>
#include <cstdint>

namespace boathouse::rest {

inline constexpr size_t credential_name_chars_max = 80;
inline constexpr int64_t credential_days_default = 90;
inline constexpr int64_t credential_days_max = 366;
inline constexpr size_t api_tokens_max = 100;  // of one user
inline constexpr size_t recipients_max = 1000;

}  // namespace boathouse::rest
