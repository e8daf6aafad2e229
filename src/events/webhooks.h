#pragma once
// Webhooks: the workspace's changes, sent by HTTP POST to those who asked for them. Each webhook follows
// the change log with a cursor of its own, so that nothing is lost while either side is down; what it
// sends is at least once, and in commit order. Signed as https://www.standardwebhooks.com describes:
//
//   webhook-id: <webhook>.<number of its first event>.<of its last>     the same at every attempt
//   webhook-timestamp: seconds since 1970
//   webhook-signature: v1,<base64 of HMAC-SHA256(secret, "<id>.<timestamp>.<body>")>
//   {"webhook_id": ..., "events": [crm::ChangeEvent ..., at most batch_events_max]}
//
// Any 2xx answer is an acknowledgement; 410 switches the webhook off. Everything else, and silence, is
// tried again later (Retry-After is kept to); events whose last attempt failed go to the webhook's dead
// letters and the next ones follow. Deliveries run with the rights of the program: webhooks belong to
// administrators. Safe to use from many threads.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/seal.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "crm/change_feed.h"
#include "crm/crm.h"
#include "http/client.h"
#include "store/store.h"

namespace boathouse::events {

inline constexpr size_t webhooks_max = 50;  // of one workspace, each has a thread
inline constexpr size_t batch_events_max = 100;
inline constexpr size_t url_chars_max = 2000;
inline constexpr size_t dead_letters_max = 10'000;  // kept of one webhook; the oldest make room
inline constexpr size_t dead_letters_page_max = 1000;

struct Webhook {
  std::string id;
  std::string url;
  std::string description;
  std::vector<std::string> objects;     // singular names; empty: all
  std::vector<std::string> operations;  // create, update, delete; empty: all
  // In the filter language, over the record as it is when the event is sent (a deleted one as it was).
  // Only with exactly one object.
  std::string filter;
  bool is_active = true;
  // "whsec_..." where it has just been made; elsewhere sealed, as it is kept.
  std::string secret;
  Micros created_at = 0;
  // How it goes.
  store::Sequence delivered = 0;  // every change up to this one is done with
  int attempts = 0;               // failed ones of what is due now
  Micros next_attempt_at = 0;     // 0: at once
  Micros succeeded_at = 0;        // 0: never yet
  std::string last_error;         // "" after a success
};

struct DeadLetter {
  std::string id;
  Json event;
  Micros failed_at = 0;
  std::string error;
};

struct DeliveryOptions {
  // The pauses before each further attempt; when they are used up the events are dead letters.
  std::vector<Micros> pauses = {5'000'000,     30'000'000,      120'000'000,    600'000'000,
                                1'800'000'000, 3'600'000'000LL, 10'800'000'000, 21'600'000'000};
  int timeout_ms = 15'000;
};

class Webhooks {
 public:
  // `seal` keeps the secrets.
  Webhooks(store::Store& store, crm::Crm& crm, crm::ChangeFeed& feed, http::Client& client,
           const Clock& clock, IdSource& ids, auth::Seal seal, DeliveryOptions options = {});
  ~Webhooks();  // ends deliveries; what was not acknowledged is sent again by the next program

  // Begins to deliver. Without it, as in command-line verbs, webhooks can be changed all the same.
  Status Start();

  // `definition`: {"url", "description"?, "objects"?, "operations"?, "filter"?, "is_active"?}. Events
  // from now on are sent. Administrators only, as all below.
  Result<Webhook> Create(const crm::Caller& caller, const Json& definition);
  Result<std::vector<Webhook>> List(const crm::Caller& caller);
  Result<Webhook> Get(const crm::Caller& caller, std::string_view id);
  // A merge patch of the definition; {"rotate_secret": true} makes a new secret.
  Result<Webhook> Update(const crm::Caller& caller, std::string_view id, const Json& patch);
  Status Remove(const crm::Caller& caller, std::string_view id);

  // Sends every change from that one on again (at least 1; the newest + 1 skips what is due).
  Result<Webhook> Replay(const crm::Caller& caller, std::string_view id, int64_t from_sequence);
  // Sends {"events": [{"type": "webhook.test"}]} now and tells the status that came back, or the error.
  Result<int> Test(const crm::Caller& caller, std::string_view id);

  // Oldest first, after the letter of that id ("": from the oldest).
  Result<std::vector<DeadLetter>> DeadLetters(const crm::Caller& caller, std::string_view id,
                                              std::string_view after, size_t limit);
  // Puts dead letters back into the queue: that one, or all ("").
  Result<size_t> RetryDeadLetters(const crm::Caller& caller, std::string_view id,
                                  std::string_view letter);
  Result<size_t> DropDeadLetters(const crm::Caller& caller, std::string_view id,
                                 std::string_view letter);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The signature header's value for a body.
std::string WebhookSignature(std::string_view secret, std::string_view message_id,
                             int64_t timestamp_s, std::string_view body);

// Whether a text can be a webhook's address: http or https, a host, no credentials in it.
Status CheckWebhookUrl(std::string_view url, const std::string& pointer);

}  // namespace boathouse::events
