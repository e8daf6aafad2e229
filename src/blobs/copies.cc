#include "base/log.h"
#include "blobs/blob_store.h"

namespace boathouse::blobs {

Status Copies::Ensure(const std::string& key, uint64_t size, const BlobStore::Source& source) {
  {
    std::unique_lock lock(mutex_);
    for (;;) {
      const auto known = known_.find(key);
      if (known != known_.end() && clock_.Now() < known->second) return {};
      if (clock_.Now() < paused_until_) return failure_;
      if (!under_way_.contains(key)) break;
      sent_.wait(lock);
    }
    under_way_.insert(key);
  }
  const Status sent = Send(key, size, source);
  {
    const std::lock_guard lock(mutex_);
    under_way_.erase(key);
    if (sent.ok()) {
      if (known_.size() >= known_keys_max) known_.clear();
      known_[key] = clock_.Now() + known_micros;
    } else {
      Log(LogLevel::kError, "table_file_not_copied",
          {{"key", key}, {"reason", sent.error().message}});
      failure_ = sent.error();
      const bool ours = sent.error().kind == ErrorKind::kCorrupt;  // and no matter of the store
      if (!ours) paused_until_ = clock_.Now() + pause_micros;
    }
  }
  sent_.notify_all();
  return sent;
}

Status Copies::Send(const std::string& key, uint64_t size, const BlobStore::Source& source) {
  ASSIGN(const bool there, store_.Holds(key, size));
  if (there) return {};
  return store_.Put(key, size, source);
}

}  // namespace boathouse::blobs
