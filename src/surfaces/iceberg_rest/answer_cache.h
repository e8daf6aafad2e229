#pragma once
// Rendered answers, so that a table which did not change is loaded at the price of a copy. Bounded; a new
// answer to the same question takes the place of the old one. Safe to use from many threads.

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/json.h"
#include "surfaces/iceberg_rest/iceberg_rest.h"

namespace boathouse::iceberg_rest {

class AnswerCache {
 public:
  // The body that was kept for `question` under that entity tag; null when there is none.
  std::shared_ptr<const std::string> Find(const std::string& question, std::string_view tag);
  void Keep(const std::string& question, std::string tag, std::shared_ptr<const std::string> body);

 private:
  struct Kept {
    std::string tag;
    std::shared_ptr<const std::string> body;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Kept> kept_;
  size_t bytes_ = 0;
};

// Finished scan plans, for clients that fetch one by its id. A plan belongs to a table and a recipient.
class PlanCache {
 public:
  void Keep(std::string id, std::string owner, std::string body, Micros now);
  // Null when it is not there, is somebody else's, or is older than plan_life_micros.
  std::shared_ptr<const std::string> Find(const std::string& id, std::string_view owner,
                                          Micros now);
  // False when there is none.
  bool Drop(const std::string& id, std::string_view owner);

 private:
  struct Plan {
    std::string owner;
    std::shared_ptr<const std::string> body;
    Micros made_at = 0;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Plan> plans_;
};

}  // namespace boathouse::iceberg_rest
