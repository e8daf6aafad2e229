#include "surfaces/delta_sharing/async_queries.h"

#include <iterator>
#include <utility>

#include "base/bytes.h"

namespace boathouse::delta_sharing {
namespace {

constexpr size_t id_bytes = 16;

}  // namespace

void AsyncQueries::Forget(Micros now) {
  while (!queries_.empty() &&
         (queries_.front().expires_at <= now || queries_.size() > async_queries_max ||
          bytes_ > async_query_bytes_max)) {
    bytes_ -= queries_.front().body.size();
    by_id_.erase(queries_.front().id);
    queries_.pop_front();
  }
}

Result<AsyncQuery> AsyncQueries::Add(AsyncQuery query, Micros now) {
  const std::lock_guard lock(mutex_);
  Forget(now);
  const auto same = by_id_.find(query.id);
  if (same != by_id_.end()) {
    if (same->second->body != query.body) {
      return Error{ErrorKind::kInvalid,
                   "the idempotencyKey was used for another query; choose a new one"};
    }
    return *same->second;
  }
  bytes_ += query.body.size();
  queries_.push_back(query);
  by_id_.emplace(queries_.back().id, std::prev(queries_.end()));
  Forget(now);
  return query;
}

Result<AsyncQuery> AsyncQueries::Find(std::string_view id, std::string_view owner, Micros now) {
  const std::lock_guard lock(mutex_);
  Forget(now);
  const auto found = by_id_.find(id);
  if (found != by_id_.end() && found->second->owner == owner) return *found->second;
  return Error{ErrorKind::kNotFound, "there is no such query, or its time is over: ask again"};
}

std::string AsyncQueryId(std::string_view secret, std::string_view owner, std::string_view key) {
  const std::string text = "async-query\n" + std::string(owner) + "\n" + std::string(key);
  return HexEncode(HmacSha256(secret, text).substr(0, id_bytes));
}

}  // namespace boathouse::delta_sharing
