#pragma once
// A 128-bit identifier, written as a lower-case UUID. New ids are UUIDv7 (RFC 9562): they sort by
// the time they were made.

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace boathouse {

struct Id {
  std::array<uint8_t, 16> bytes{};

  bool is_nil() const { return *this == Id{}; }
  // 8-4-4-4-12 hexadecimal digits in lower case.
  std::string ToString() const;
  // Accepts the form of ToString in either case; nullopt for anything else.
  static std::optional<Id> Parse(std::string_view text);
  std::string_view AsBytes() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  static Id FromBytes(std::string_view sixteen_bytes);  // shorter input gives the nil id

  auto operator<=>(const Id&) const = default;
};

// Makes UUIDv7 ids that strictly increase within the process. Safe to use from many threads.
class IdSource {
 public:
  explicit IdSource(const Clock& clock, uint64_t seed = 0);  // seed 0: from the system's entropy
  Id Next();

 private:
  const Clock& clock_;
  std::mutex mutex_;
  uint64_t last_ms_ = 0;
  uint32_t counter_ = 0;
  uint64_t state_;
};

}  // namespace boathouse

template <>
struct std::hash<boathouse::Id> {
  size_t operator()(const boathouse::Id& id) const noexcept;
};
