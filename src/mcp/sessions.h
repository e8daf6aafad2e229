#pragma once
// The sessions of the handshake era, in memory, at most so many. Private to mcp/. Safe to use from
// many threads.

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/cancellation.h"
#include "base/clock.h"
#include "base/json.h"

namespace boathouse::mcp {

// One client's session: the revision it agreed on, and its calls under way so that they can be
// cancelled by notification.
class Session {
 public:
  Session(std::string version, std::string owner)
      : version_(std::move(version)), owner_(std::move(owner)) {}
  const std::string& version() const { return version_; }
  const std::string& owner() const { return owner_; }

  void Begin(const Json& request_id, const Cancellation& call);
  void Finish(const Json& request_id);
  void Cancel(const Json& request_id);
  void CancelAll();

 private:
  const std::string version_;
  const std::string owner_;
  std::mutex mutex_;
  std::vector<std::pair<Json, Cancellation>> calls_;
};

class Sessions {
 public:
  Sessions(size_t sessions_max, Micros idle_max, const Clock& clock)
      : sessions_max_(sessions_max), idle_max_(idle_max), clock_(clock) {}

  // Begins a session and returns its id: 128 random bits, visible ASCII.
  std::string Create(std::string version, std::string owner);
  // The session, now the one used last; nullptr when unknown, ended, idle too long or another's.
  std::shared_ptr<Session> Use(std::string_view id, std::string_view owner);
  // Ends it and cancels its calls; false when Use would have answered nullptr.
  bool End(std::string_view id, std::string_view owner);
  size_t size() const;

 private:
  struct Entry {
    std::string id;
    std::shared_ptr<Session> session;
    Micros used_at = 0;
  };
  using Entries = std::list<Entry>;  // used last first

  std::shared_ptr<Session> UseLocked(std::string_view id, std::string_view owner);
  void DropLast(std::vector<std::shared_ptr<Session>>* dropped);

  const size_t sessions_max_;
  const Micros idle_max_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::unordered_map<std::string, Entries::iterator> by_id_;
};

}  // namespace boathouse::mcp
