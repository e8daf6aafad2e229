#include "mcp/sessions.h"

#include <algorithm>

#include "base/bytes.h"

namespace boathouse::mcp {

void Session::Begin(const Json& request_id, const Cancellation& call) {
  std::lock_guard lock(mutex_);
  calls_.emplace_back(request_id, call);
}

void Session::Finish(const Json& request_id) {
  std::lock_guard lock(mutex_);
  const auto at = std::find_if(calls_.begin(), calls_.end(),
                               [&](const auto& call) { return call.first == request_id; });
  if (at != calls_.end()) calls_.erase(at);
}

void Session::Cancel(const Json& request_id) {
  std::vector<Cancellation> calls;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, call] : calls_) {
      if (id == request_id) calls.push_back(call);
    }
  }
  // Callbacks run outside of the lock: they may end up in Finish.
  for (const Cancellation& call : calls) call.Cancel();
}

void Session::CancelAll() {
  std::vector<std::pair<Json, Cancellation>> calls;
  {
    std::lock_guard lock(mutex_);
    calls = calls_;
  }
  for (const auto& [id, call] : calls) call.Cancel();
}

std::string Sessions::Create(std::string version, std::string owner) {
  std::vector<std::shared_ptr<Session>> dropped;
  const std::string id = HexEncode(RandomBytes(16));
  {
    std::lock_guard lock(mutex_);
    const Micros now = clock_.Now();
    while (!entries_.empty() &&
           (entries_.size() >= sessions_max_ || now - entries_.back().used_at > idle_max_)) {
      DropLast(&dropped);
    }
    entries_.push_front({id, std::make_shared<Session>(std::move(version), std::move(owner)), now});
    by_id_[id] = entries_.begin();
  }
  for (const auto& session : dropped) session->CancelAll();
  return id;
}

std::shared_ptr<Session> Sessions::Use(std::string_view id, std::string_view owner) {
  std::lock_guard lock(mutex_);
  return UseLocked(id, owner);
}

bool Sessions::End(std::string_view id, std::string_view owner) {
  std::shared_ptr<Session> session;
  {
    std::lock_guard lock(mutex_);
    session = UseLocked(id, owner);
    if (session == nullptr) return false;
    const auto at = by_id_.find(std::string(id));
    entries_.erase(at->second);
    by_id_.erase(at);
  }
  session->CancelAll();
  return true;
}

size_t Sessions::size() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

std::shared_ptr<Session> Sessions::UseLocked(std::string_view id, std::string_view owner) {
  const auto at = by_id_.find(std::string(id));
  if (at == by_id_.end() || at->second->session->owner() != owner) return nullptr;
  const Micros now = clock_.Now();
  if (now - at->second->used_at > idle_max_) {
    entries_.erase(at->second);
    by_id_.erase(at);
    return nullptr;
  }
  at->second->used_at = now;
  entries_.splice(entries_.begin(), entries_, at->second);
  return at->second->session;
}

void Sessions::DropLast(std::vector<std::shared_ptr<Session>>* dropped) {
  dropped->push_back(std::move(entries_.back().session));
  by_id_.erase(entries_.back().id);
  entries_.pop_back();
}

}  // namespace boathouse::mcp
