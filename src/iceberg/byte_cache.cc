#include "iceberg/byte_cache.h"

#include <utility>

namespace boathouse::iceberg {

ByteCache::Bytes ByteCache::Find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto at = places_.find(key);
  if (at == places_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, at->second);
  return at->second->bytes;
}

ByteCache::Bytes ByteCache::Put(const std::string& key, std::string bytes) {
  auto kept = std::make_shared<const std::string>(std::move(bytes));
  const std::lock_guard lock(mutex_);
  if (const auto at = places_.find(key); at != places_.end()) return at->second->bytes;
  entries_.push_front({key, kept});
  places_[entries_.front().key] = entries_.begin();
  bytes_ += kept->size();
  while (bytes_ > bytes_max_ && !entries_.empty()) {
    bytes_ -= entries_.back().bytes->size();
    places_.erase(entries_.back().key);
    entries_.pop_back();
  }
  return kept;
}

}  // namespace boathouse::iceberg
