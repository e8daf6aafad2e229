#include "base/id.h"

#include <cstring>

#include "base/bytes.h"

namespace boathouse {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsDashAt(size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

}  // namespace

std::string Id::ToString() const {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text(36, '-');
  size_t at = 0;
  for (const uint8_t byte : bytes) {
    if (IsDashAt(at)) ++at;
    text[at++] = digits[byte >> 4];
    text[at++] = digits[byte & 15];
  }
  return text;
}

std::optional<Id> Id::Parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Id id;
  size_t at = 0;
  for (uint8_t& byte : id.bytes) {
    if (IsDashAt(at) && text[at++] != '-') return std::nullopt;
    const int high = HexValue(text[at++]);
    const int low = HexValue(text[at++]);
    if (high < 0 || low < 0) return std::nullopt;
    byte = static_cast<uint8_t>(high << 4 | low);
  }
  return id;
}

Id Id::FromBytes(std::string_view sixteen_bytes) {
  Id id;
  if (sixteen_bytes.size() == id.bytes.size()) {
    std::memcpy(id.bytes.data(), sixteen_bytes.data(), id.bytes.size());
  }
  return id;
}

IdSource::IdSource(const Clock& clock, uint64_t seed) : clock_(clock), state_(seed) {
  if (seed == 0) {
    const std::string random = RandomBytes(sizeof state_);
    std::memcpy(&state_, random.data(), sizeof state_);
  }
}

Id IdSource::Next() {
  const std::lock_guard lock(mutex_);
  const auto now_ms = static_cast<uint64_t>(clock_.Now() / 1000);
  // splitmix64: ids must be unique, not secret.
  const auto random = [this] {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  };
  // Within one millisecond, or when the clock steps back, a 26-bit counter (RFC 9562 section 6.2,
  // method 1) keeps ids increasing; when it is full the millisecond is advanced ahead of the clock.
  if (now_ms > last_ms_) {
    last_ms_ = now_ms;
    counter_ = static_cast<uint32_t>(random() & 0xFFFFFF);
  } else if (++counter_ > 0x3FFFFFF) {
    ++last_ms_;
    counter_ = 0;
  }
  Id id;
  for (size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<uint8_t>(last_ms_ >> (40 - 8 * i));
  id.bytes[6] = static_cast<uint8_t>(0x70 | (counter_ >> 22 & 0x0F));
  id.bytes[7] = static_cast<uint8_t>(counter_ >> 14);
  id.bytes[8] = static_cast<uint8_t>(0x80 | (counter_ >> 8 & 0x3F));
  id.bytes[9] = static_cast<uint8_t>(counter_);
  const uint64_t tail = random();
  for (size_t i = 0; i < 6; ++i) id.bytes[10 + i] = static_cast<uint8_t>(tail >> (8 * i));
  return id;
}

}  // namespace boathouse

size_t std::hash<boathouse::Id>::operator()(const boathouse::Id& id) const noexcept {
  uint64_t head = 0;
  uint64_t tail = 0;
  std::memcpy(&head, id.bytes.data(), 8);
  std::memcpy(&tail, id.bytes.data() + 8, 8);
  return static_cast<size_t>((head ^ (tail * 0x9E3779B97F4A7C15ull)) * 0xBF58476D1CE4E5B9ull);
}
