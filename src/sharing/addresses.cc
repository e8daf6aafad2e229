#include "sharing/addresses.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace boathouse::sharing {
namespace {

constexpr int mapped_bits = 96;  // of ::ffff:0:0, before an IPv4 address
constexpr size_t address_chars_max = INET6_ADDRSTRLEN;

Error Wrong(std::string_view text, const std::string& why) {
  return {ErrorKind::kInvalid, "\"" + std::string(text.substr(0, 60)) + "\" " + why};
}

}  // namespace

std::optional<AddressBlock::Bytes> AddressBlock::ParseAddress(std::string_view text, bool* is_v4) {
  // A zone names an interface of this machine, and says nothing of who comes.
  text = text.substr(0, text.find('%'));
  if (text.size() > address_chars_max) return std::nullopt;
  const std::string whole(text);
  Bytes bytes{};
  if (inet_pton(AF_INET, whole.c_str(), bytes.data() + 12) == 1) {
    bytes[10] = bytes[11] = 0xFF;
    *is_v4 = true;
    return bytes;
  }
  if (inet_pton(AF_INET6, whole.c_str(), bytes.data()) != 1) return std::nullopt;
  constexpr std::array<uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  *is_v4 = std::equal(mapped.begin(), mapped.end(), bytes.begin());
  return bytes;
}

Result<AddressBlock> AddressBlock::Parse(std::string_view text) {
  const size_t slash = text.find('/');
  bool is_v4 = false;
  const auto bytes = ParseAddress(text.substr(0, slash), &is_v4);
  if (!bytes || text.find('%') != std::string_view::npos) {
    return Wrong(text, "is no address block; write 192.0.2.0/24, 2001:db8::/32 or one address");
  }
  AddressBlock block;
  block.bytes_ = *bytes;
  const bool written_v4 = is_v4 && text.find(':') == std::string_view::npos;
  const int most = written_v4 ? 32 : 128;
  int prefix = most;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (digits.empty() || read.ec != std::errc() || read.ptr != digits.data() + digits.size() ||
        prefix < 0 || prefix > most) {
      return Wrong(text, "has a wrong prefix: it is a number from 0 to " + std::to_string(most));
    }
  }
  block.bits_ = written_v4 ? mapped_bits + prefix : prefix;
  for (int bit = block.bits_; bit < 128; ++bit) {
    if ((block.bytes_[static_cast<size_t>(bit / 8)] & (0x80 >> (bit % 8))) != 0) {
      return Wrong(text, "has bits set behind its prefix; write the first address of the block");
    }
  }
  char written[INET6_ADDRSTRLEN] = {};
  inet_ntop(written_v4 ? AF_INET : AF_INET6, block.bytes_.data() + (written_v4 ? 12 : 0), written,
            sizeof written);
  block.text_ = written;
  if (prefix != most) block.text_ += "/" + std::to_string(prefix);
  return block;
}

bool AddressBlock::Contains(std::string_view address) const {
  bool is_v4 = false;
  const auto bytes = ParseAddress(address, &is_v4);
  if (!bytes) return false;
  const size_t whole = static_cast<size_t>(bits_ / 8);
  if (std::memcmp(bytes->data(), bytes_.data(), whole) != 0) return false;
  const int rest = bits_ % 8;
  if (rest == 0) return true;
  const int mask = 0xFF << (8 - rest) & 0xFF;
  return ((*bytes)[whole] & mask) == (bytes_[whole] & mask);
}

bool Admits(const std::vector<AddressBlock>& list, std::string_view address) {
  return list.empty() || std::any_of(list.begin(), list.end(), [&](const AddressBlock& block) {
           return block.Contains(address);
         });
}

}  // namespace boathouse::sharing
