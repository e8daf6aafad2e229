#pragma once
// Counts wrong passwords by e-mail and locks an account after too many. Kept in memory: a restart
// forgives. Safe to use from many threads.

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace boathouse::auth {

class Lockout {
 public:
  explicit Lockout(const Clock& clock) : clock_(clock) {}

  // Counts an attempt before its password is looked at, so that many at once cannot pass together.
  // False when the account is locked; the attempt must then be refused.
  bool Begin(const std::string& email);
  // The password was right: the count starts anew.
  void Succeeded(std::string_view email);

 private:
  struct Attempts {
    int count = 0;
    Micros last = 0;
  };
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Attempts, std::less<>> attempts_;
};

}  // namespace boathouse::auth
