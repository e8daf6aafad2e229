#pragma once
// Private to events/: the thread that sends what is due for one webhook, and nothing else.

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/cancellation.h"
#include "events/webhooks.h"

namespace boathouse::events {

// What deliveries use; outlives them.
struct DeliveryServices {
  store::Store& store;
  crm::Crm& crm;
  crm::ChangeFeed& feed;
  http::Client& client;
  const Clock& clock;
  const auth::Seal& seal;
  const DeliveryOptions& options;
};

// The answer of a receiver.
struct Sent {
  int status = 0;  // 0: none came
  std::string error;
  Micros retry_after = 0;  // what the receiver asked for; 0: nothing

  bool acknowledged() const { return status >= 200 && status < 300; }
};

Sent SendEvents(const DeliveryServices& services, const Webhook& webhook,
                const std::string& message_id, const std::vector<Json>& events,
                const Cancellation& cancellation);

class Delivery {
 public:
  Delivery(const DeliveryServices& services, std::string webhook);
  ~Delivery();
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  // Something may be due: a commit, or a change of the webhook. Quick.
  void Wake();

 private:
  // What is sent together.
  struct Batch {
    std::string message_id;
    std::vector<Json> events;
    std::vector<std::string> queue_keys;  // of events that come from the queue
    store::Sequence reached = 0;          // of the log, once this is sent
  };
  enum class Step { kAgain, kWait, kFailed };

  void Run();
  // Sends one batch at most. `pause`: how long to wait when nothing wakes it.
  Result<Step> Advance(Micros* pause);
  Result<Batch> NextBatch(const Webhook& webhook);
  Result<Batch> QueuedBatch(const Webhook& webhook, store::Snapshot& snapshot);
  Result<Batch> LoggedBatch(const Webhook& webhook);
  Status Finish(const Webhook& webhook, const Batch& batch, const Sent& sent);
  Status SkipTo(const Webhook& webhook, store::Sequence reached);
  // With the reason where people look for it.
  Status SwitchOff(const Webhook& webhook, const std::string& reason);
  Status MakeRoom(store::Transaction& transaction, size_t coming) const;
  Micros PauseAfter(const Webhook& webhook, const Sent& sent) const;

  const DeliveryServices& services_;
  const std::string webhook_;
  const Cancellation stopping_;

  // How far the log was looked at beyond what is on record as delivered, to spare a write for each
  // change that is not for this webhook.
  store::Sequence recorded_ = -1;
  store::Sequence looked_at_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = true;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace boathouse::events
