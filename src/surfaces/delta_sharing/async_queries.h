#pragma once
// Queries whose clients asked to come back for the answer (asyncquery=true). Nothing is computed in
// between: a query is kept with the version it was asked of, and answered when it is polled. They are kept
// in memory for as long as their file URLs would hold. Safe to use from many threads.

#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "surfaces/delta_sharing/delta_sharing.h"

namespace boathouse::delta_sharing {

struct AsyncQuery {
  std::string id;
  std::string owner;  // recipient and table
  std::string body;   // as it was asked
  int64_t version = 0;
  Micros expires_at = 0;
};

class AsyncQueries {
 public:
  // Keeps the query, or finds the one that the owner asked before with the same key: then the version is
  // the earlier one. kInvalid when that one had another body.
  Result<AsyncQuery> Add(AsyncQuery query, Micros now);
  // kNotFound when there is none of that id for that owner.
  Result<AsyncQuery> Find(std::string_view id, std::string_view owner, Micros now);

 private:
  void Forget(Micros now);
  std::mutex mutex_;
  std::list<AsyncQuery> queries_;  // the oldest first
  std::unordered_map<std::string_view, std::list<AsyncQuery>::iterator> by_id_;
  size_t bytes_ = 0;
};

// The id of a query: the same for the same owner and key, and not to be guessed.
std::string AsyncQueryId(std::string_view secret, std::string_view owner, std::string_view key);

}  // namespace boathouse::delta_sharing
