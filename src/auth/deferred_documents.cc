#include "auth/deferred_documents.h"

#include <chrono>

#include "base/log.h"

namespace boathouse::auth {

DeferredDocuments::DeferredDocuments(store::Store& store, std::function<void()> chore)
    : store_(store), chore_(std::move(chore)) {
  thread_ = std::thread([this] { Run(); });
}

DeferredDocuments::~DeferredDocuments() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

bool DeferredDocuments::Put(std::string collection, std::string key, Json body,
                            std::string only_beside) {
  const std::lock_guard lock(mutex_);
  std::pair<std::string, std::string> place(std::move(collection), std::move(key));
  if (waiting_.size() >= deferred_documents_max && !waiting_.contains(place)) return false;
  waiting_[std::move(place)] = {std::move(body), std::move(only_beside)};
  if (!due_) wake_.notify_one();
  due_ = true;
  return true;
}

Status DeferredDocuments::Flush() {
  // Whoever has the mutex before us may be writing what was put before.
  const std::lock_guard writing(write_mutex_);
  Batch batch;
  {
    const std::lock_guard lock(mutex_);
    batch.swap(waiting_);
  }
  if (batch.empty()) return Status::Ok();
  Status written = Write(batch);
  if (!written.ok()) {
    // Kept for the next try, but for what was replaced meanwhile and what no longer fits.
    const std::lock_guard lock(mutex_);
    for (auto& [place, pending] : batch) {
      if (waiting_.size() >= deferred_documents_max) break;
      waiting_.emplace(place, std::move(pending));
    }
    due_ = true;
    wake_.notify_one();
  }
  return written;
}

Status DeferredDocuments::Write(const Batch& batch) {
  return store_.Write([&](store::Transaction& transaction) -> Status {
    for (const auto& [place, pending] : batch) {
      if (!pending.only_beside.empty()) {
        ASSIGN(const std::optional<Json> beside,
               transaction.GetDocument(pending.only_beside, place.second));
        if (!beside) continue;
      }
      TRY(transaction.PutDocument(place.first, place.second, pending.body));
    }
    return Status::Ok();
  });
}

void DeferredDocuments::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || due_; });
    // A moment for others to come along; a stop ends it.
    wake_.wait_for(lock, std::chrono::milliseconds(deferred_delay_ms),
                   [this] { return stopping_; });
    const bool last = stopping_;
    due_ = false;
    lock.unlock();
    if (const Status written = Flush(); !written.ok()) {
      Log(LogLevel::kError, "deferred_write_failed", {{"error", written.error().message}});
    }
    if (chore_ && !last) chore_();
    lock.lock();
    if (last) return;
  }
}

}  // namespace boathouse::auth
