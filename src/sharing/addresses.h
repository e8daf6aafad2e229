#pragma once
// Lists of addresses that a recipient may come from: blocks in CIDR notation (RFC 4632, RFC 4291), of
// IPv4 and IPv6. A value; pure functions.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace boathouse::sharing {

class AddressBlock {
 public:
  // "10.0.0.0/8", "2001:db8::/32", or one address. The message of the error says what is wrong: bits set
  // behind the prefix are refused, as they are a slip of the pen more often than meant.
  static Result<AddressBlock> Parse(std::string_view text);

  // An IPv4 address within IPv6 (::ffff:192.0.2.7) is the IPv4 address. What is no address is in no block.
  bool Contains(std::string_view address) const;
  // In the one spelling of RFC 5952, a single address without a prefix.
  const std::string& text() const { return text_; }

 private:
  using Bytes = std::array<uint8_t, 16>;  // IPv4 as ::ffff:a.b.c.d
  static std::optional<Bytes> ParseAddress(std::string_view text, bool* is_v4);

  Bytes bytes_{};
  int bits_ = 128;
  std::string text_;
};

// Whether the list lets that address in: an empty list lets everybody in.
bool Admits(const std::vector<AddressBlock>& list, std::string_view address);

}  // namespace boathouse::sharing
