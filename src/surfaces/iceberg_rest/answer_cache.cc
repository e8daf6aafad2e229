#include "surfaces/iceberg_rest/answer_cache.h"

#include <algorithm>
#include <utility>

namespace boathouse::iceberg_rest {

std::shared_ptr<const std::string> AnswerCache::Find(const std::string& question,
                                                     std::string_view tag) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(question);
  if (found == kept_.end() || found->second.tag != tag) return nullptr;
  return found->second.body;
}

void AnswerCache::Keep(const std::string& question, std::string tag,
                       std::shared_ptr<const std::string> body) {
  const size_t size = body->size();
  if (size > answers_bytes_max) return;
  const std::lock_guard lock(mutex_);
  if (const auto found = kept_.find(question); found != kept_.end()) {
    bytes_ -= found->second.body->size();
    kept_.erase(found);
  }
  // What is thrown away is made again when somebody asks: nobody needs to know what was used last.
  if (kept_.size() >= answers_kept_max || bytes_ + size > answers_bytes_max) {
    kept_.clear();
    bytes_ = 0;
  }
  bytes_ += size;
  kept_.emplace(question, Kept{std::move(tag), std::move(body)});
}

void PlanCache::Keep(std::string id, std::string owner, std::string body, Micros now) {
  auto shared = std::make_shared<const std::string>(std::move(body));
  const std::lock_guard lock(mutex_);
  if (plans_.size() >= plans_kept_max) {
    const auto oldest = std::min_element(
        plans_.begin(), plans_.end(),
        [](const auto& a, const auto& b) { return a.second.made_at < b.second.made_at; });
    plans_.erase(oldest);
  }
  plans_.insert_or_assign(std::move(id), Plan{std::move(owner), std::move(shared), now});
}

std::shared_ptr<const std::string> PlanCache::Find(const std::string& id, std::string_view owner,
                                                   Micros now) {
  const std::lock_guard lock(mutex_);
  const auto found = plans_.find(id);
  if (found == plans_.end() || found->second.owner != owner) return nullptr;
  if (now - found->second.made_at > plan_life_micros) {
    plans_.erase(found);
    return nullptr;
  }
  return found->second.body;
}

bool PlanCache::Drop(const std::string& id, std::string_view owner) {
  const std::lock_guard lock(mutex_);
  const auto found = plans_.find(id);
  if (found == plans_.end() || found->second.owner != owner) return false;
  plans_.erase(found);
  return true;
}

}  // namespace boathouse::iceberg_rest
