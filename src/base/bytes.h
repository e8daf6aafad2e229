#pragma once
// Encodings, digests and random bytes. All functions may be called from any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace boathouse {

std::string HexEncode(std::string_view bytes);  // lower case
std::optional<std::string> HexDecode(std::string_view text);
std::string Base64Encode(std::string_view bytes);
std::optional<std::string> Base64Decode(std::string_view text);
// base64url without padding (RFC 4648 section 5).
std::string Base64UrlEncode(std::string_view bytes);
std::optional<std::string> Base64UrlDecode(std::string_view text);

// Percent-encodes everything but unreserved characters (RFC 3986).
std::string UrlEncode(std::string_view text);
// nullopt for a malformed escape; `plus_is_space` as in query strings.
std::optional<std::string> UrlDecode(std::string_view text, bool plus_is_space = false);

std::string Sha256(std::string_view bytes);                            // 32 bytes
std::string HmacSha256(std::string_view key, std::string_view bytes);  // 32 bytes
// Compares without telling by its time where two strings differ.
bool ConstantTimeEquals(std::string_view a, std::string_view b);
// From the system's cryptographic source.
std::string RandomBytes(size_t count);
uint32_t Crc32c(std::string_view bytes);

// Lower case for ASCII letters only.
std::string AsciiLower(std::string_view text);
std::string_view TrimAscii(std::string_view text);

}  // namespace boathouse
