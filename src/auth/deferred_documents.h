#pragma once
// Small documents that may be written a moment later: what they tell is worth keeping, but nobody should
// wait for it. Those that come within a moment share one transaction. A crash loses at most that moment.
// Safe to use from many threads; one thread of its own writes.

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "base/json.h"
#include "base/result.h"
#include "store/store.h"

namespace boathouse::auth {

inline constexpr size_t deferred_documents_max = 8192;  // waiting at one time; more are refused
inline constexpr int deferred_delay_ms = 200;

class DeferredDocuments {
 public:
  // `chore` runs on the writing thread after each time it has written.
  explicit DeferredDocuments(store::Store& store, std::function<void()> chore = {});
  ~DeferredDocuments();  // writes what waits
  DeferredDocuments(const DeferredDocuments&) = delete;
  DeferredDocuments& operator=(const DeferredDocuments&) = delete;

  // Replaces what waits under the same key. With an `only_beside` the document is dropped unless that
  // collection has the key when it is written. False, and nothing is kept, when too many wait. Never
  // blocks on the store.
  bool Put(std::string collection, std::string key, Json body, std::string only_beside = {});

  // Returns once everything that was put before is written. Not from within a transaction.
  Status Flush();

 private:
  struct Pending {
    Json body;
    std::string only_beside;
  };
  using Batch = std::map<std::pair<std::string, std::string>, Pending>;

  void Run();
  Status Write(const Batch& batch);

  store::Store& store_;
  const std::function<void()> chore_;
  std::mutex write_mutex_;  // held from taking a batch until it is written; taken before mutex_
  std::mutex mutex_;
  std::condition_variable wake_;
  Batch waiting_;
  bool due_ = false;  // something was put since the thread last looked, written meanwhile or not
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace boathouse::auth
