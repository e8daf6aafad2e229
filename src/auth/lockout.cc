#include "auth/lockout.h"

#include <algorithm>
#include <utility>

#include "auth/auth.h"

namespace boathouse::auth {
namespace {

constexpr size_t emails_kept_max = 10'000;

}  // namespace

bool Lockout::Begin(const std::string& email) {
  const std::lock_guard lock(mutex_);
  const Micros now = clock_.Now();
  const auto found = attempts_.find(email);
  if (found != attempts_.end() && found->second.count >= sign_in_failures_max) {
    if (now - found->second.last < sign_in_lock_micros) return false;
    attempts_.erase(found);
  }
  if (attempts_.size() >= emails_kept_max && !attempts_.contains(email)) {
    // Whoever is locked now goes last, then the oldest first: a flood of made-up addresses must not free
    // an account.
    const auto rank = [&](const Attempts& attempts) {
      const bool locked =
          attempts.count >= sign_in_failures_max && now - attempts.last < sign_in_lock_micros;
      return std::pair(locked, attempts.last);
    };
    attempts_.erase(std::min_element(
        attempts_.begin(), attempts_.end(),
        [&](const auto& a, const auto& b) { return rank(a.second) < rank(b.second); }));
  }
  Attempts& attempts = attempts_[email];
  ++attempts.count;
  attempts.last = now;
  return true;
}

void Lockout::Succeeded(std::string_view email) {
  const std::lock_guard lock(mutex_);
  const auto found = attempts_.find(email);
  if (found != attempts_.end()) attempts_.erase(found);
}

}  // namespace boathouse::auth
