#include "surfaces/delta_sharing/answer_cache.h"

#include <utility>

namespace boathouse::delta_sharing {

std::shared_ptr<const std::string> RenderedVersion::Body(
    std::string_view reader, Micros expires_at, const std::function<std::string()>& make) const {
  {
    const std::lock_guard lock(mutex_);
    for (const Kept& kept : kept_) {
      if (kept.expires_at == expires_at && kept.reader == reader) return kept.body;
    }
  }
  auto body = std::make_shared<const std::string>(make());
  const std::lock_guard lock(mutex_);
  Kept fresh{std::string(reader), expires_at, body};
  if (kept_.size() < bodies_kept_max) {
    kept_.push_back(std::move(fresh));
  } else {
    kept_[next_++ % bodies_kept_max] = std::move(fresh);
  }
  return body;
}

AnswerCache::Rendered AnswerCache::Get(const std::string& key,
                                       const std::function<Rendered()>& make) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find(key);
    if (found != by_key_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return found->second->rendered;
    }
  }
  Rendered made = make();
  const std::lock_guard lock(mutex_);
  if (by_key_.contains(key)) return made;  // somebody was faster
  entries_.push_front({key, made});
  by_key_.emplace(entries_.front().key, entries_.begin());
  if (entries_.size() > answers_kept_max) {
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
  return made;
}

size_t AnswerCache::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace boathouse::delta_sharing
