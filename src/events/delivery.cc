#include "events/delivery.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/log.h"
#include "crm/filter.h"
#include "crm/match.h"
#include "events/webhook_documents.h"

namespace boathouse::events {
namespace {

constexpr Micros second_micros = 1'000'000;
constexpr Micros retry_after_micros_max = 3600 * second_micros;
constexpr Micros error_pause_micros = 5 * second_micros;  // after an error of the store
constexpr Micros wait_micros_max = 60 * second_micros;
constexpr size_t answer_bytes_max = 64u << 10;
constexpr store::Sequence unrecorded_max = 500;
constexpr size_t error_chars_max = 300;

crm::Caller Program() { return {auth::Principal::System(), "webhook"}; }

bool Contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// A deleted record as it was, from what the log says of its deletion.
model::Record LastValues(const model::Object& object, const store::Change& change) {
  model::Record record;
  record.Set(model::kFieldId, change.record);
  for (const Json::Member& member : change.changes.members()) {
    const auto field = object.IndexOf(member.first);
    if (!field || member.second.items().empty()) continue;
    Result<model::Value> value =
        model::FromJson(object.fields[*field], member.second.items()[0], "");
    if (value.ok()) record.Set(*field, std::move(value).value());
  }
  return record;
}

// Which changes a webhook wants.
class Selection {
 public:
  Selection(const Webhook& webhook, const DeliveryServices& services)
      : webhook_(webhook), model_(services.crm.model()), store_(services.store) {}

  Result<bool> Wants(const store::Change& change) {
    if (!webhook_.objects.empty() && !Contains(webhook_.objects, change.object)) return false;
    if (!webhook_.operations.empty() &&
        !Contains(webhook_.operations, store::OperationName(change.operation))) {
      return false;
    }
    if (webhook_.filter.empty()) return true;
    const model::Object* object = model_->Find(change.object);
    if (object == nullptr) return false;
    if (snapshot_ == nullptr) {
      ASSIGN(condition_, crm::ParseFilter(*model_, *object, webhook_.filter));
      ASSIGN(snapshot_, store_.Read());
    }
    if (change.operation == store::Operation::kDelete) {
      return crm::Matches(condition_, *object, LastValues(*object, change), *snapshot_);
    }
    const Result<model::Record> record = snapshot_->Get(*object, change.record);
    if (record.ok()) return crm::Matches(condition_, *object, *record, *snapshot_);
    if (record.error().kind != ErrorKind::kNotFound) return record.error();
    // Deleted meanwhile: the newest that the log has of it tells how it was.
    ASSIGN(const std::vector<store::Change> newest,
           snapshot_->History(*object, change.record, 0, 1));
    if (newest.empty() || newest[0].operation != store::Operation::kDelete) return false;
    return crm::Matches(condition_, *object, LastValues(*object, newest[0]), *snapshot_);
  }

 private:
  const Webhook& webhook_;
  const std::shared_ptr<const model::Model> model_;
  store::Store& store_;
  store::Condition condition_;
  std::unique_ptr<store::Snapshot> snapshot_;
};

// Sorts by time, then by place in the batch.
std::string DeadLetterKey(Micros at, size_t place) {
  char key[64];
  std::snprintf(key, sizeof key, "%020lld.%06zu", static_cast<long long>(at), place);
  return key;
}

Micros RetryAfter(const http::Headers& headers) {
  const std::string_view text = headers.Get("retry-after", "");
  if (text.empty() || text.size() > 6 ||
      text.find_first_not_of("0123456789") != std::string_view::npos) {
    return 0;  // a date is not understood: then the usual pauses hold
  }
  return std::min<Micros>(std::stoll(std::string(text)) * second_micros, retry_after_micros_max);
}

}  // namespace

Sent SendEvents(const DeliveryServices& services, const Webhook& webhook,
                const std::string& message_id, const std::vector<Json>& events,
                const Cancellation& cancellation) {
  Json body = Json::Object({{"webhook_id", webhook.id}, {"events", Json(events)}});
  http::ClientRequest request;
  request.method = "POST";
  request.url = webhook.url;
  request.body = body.Dump();
  request.timeout_ms = services.options.timeout_ms;
  request.response_bytes_max = answer_bytes_max;
  request.cancellation = cancellation;
  const int64_t now_s = services.clock.Now() / second_micros;
  const std::optional<std::string> secret =
      services.seal.Open(webhook_secret_purpose, webhook.secret);
  if (!secret) {
    Sent unsigned_events;
    unsigned_events.error = "its secret was sealed by another server; rotate it";
    return unsigned_events;
  }
  request.headers.Add("Content-Type", "application/json");
  request.headers.Add("User-Agent", "Boathouse-Webhooks");
  request.headers.Add("webhook-id", message_id);
  request.headers.Add("webhook-timestamp", std::to_string(now_s));
  request.headers.Add("webhook-signature",
                      WebhookSignature(*secret, message_id, now_s, request.body));
  const Result<http::ClientResponse> response = services.client.Send(request);
  Sent sent;
  if (!response.ok()) {
    sent.error = response.error().message;
    return sent;
  }
  sent.status = response->status;
  if (!sent.acknowledged()) {
    sent.error = "the receiver answered " + std::to_string(response->status);
    sent.retry_after = RetryAfter(response->headers);
  }
  return sent;
}

Delivery::Delivery(const DeliveryServices& services, std::string webhook)
    : services_(services), webhook_(std::move(webhook)), thread_([this] { Run(); }) {}

Delivery::~Delivery() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stopping_.Cancel();
  changed_.notify_all();
  thread_.join();
}

void Delivery::Wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

void Delivery::Run() {
  for (;;) {
    Micros pause = wait_micros_max;
    Result<Step> step = Advance(&pause);
    if (!step.ok()) {
      Log(LogLevel::kWarning, "webhook_stalled",
          {{"webhook", webhook_}, {"error", step.error().message}});
      pause = error_pause_micros;
    }
    std::unique_lock lock(mutex_);
    if (stopped_) return;
    if (step.ok() && *step == Step::kAgain) continue;
    changed_.wait_for(lock, std::chrono::microseconds(pause),
                      [this] { return woken_ || stopped_; });
    if (stopped_) return;
    woken_ = false;
  }
}

Result<Delivery::Step> Delivery::Advance(Micros* pause) {
  Webhook webhook;
  {
    ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, services_.store.Read());
    Result<Webhook> read = ReadWebhook(*snapshot, webhook_);
    if (!read.ok()) {
      if (read.error().kind == ErrorKind::kNotFound) return Step::kWait;  // removed
      return read.error();
    }
    webhook = std::move(read).value();
  }
  if (!webhook.is_active) return Step::kWait;
  const Micros now = services_.clock.Now();
  if (webhook.next_attempt_at > now) {
    *pause = std::min(webhook.next_attempt_at - now, wait_micros_max);
    return Step::kWait;
  }
  if (webhook.delivered != recorded_) {
    recorded_ = webhook.delivered;
    looked_at_ = webhook.delivered;
  }
  Result<Batch> next = NextBatch(webhook);
  if (!next.ok() && next.error().kind == ErrorKind::kInvalid) {
    TRY(SwitchOff(webhook, "its filter does not work any more: " + next.error().message));
    return Step::kWait;
  }
  ASSIGN(const Batch batch, std::move(next));
  if (batch.events.empty()) {
    looked_at_ = std::max(looked_at_, batch.reached);
    if (looked_at_ - recorded_ > unrecorded_max) TRY(SkipTo(webhook, looked_at_));
    return services_.feed.newest() > looked_at_ ? Step::kAgain : Step::kWait;
  }
  const Sent sent = SendEvents(services_, webhook, batch.message_id, batch.events, stopping_);
  if (stopping_.cancelled() && !sent.acknowledged()) return Step::kWait;
  TRY(Finish(webhook, batch, sent));
  return Step::kAgain;  // what is to wait is seen there
}

Result<Delivery::Batch> Delivery::NextBatch(const Webhook& webhook) {
  {
    ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, services_.store.Read());
    ASSIGN(Batch queued, QueuedBatch(webhook, *snapshot));
    if (!queued.events.empty()) return queued;
  }
  return LoggedBatch(webhook);
}

Result<Delivery::Batch> Delivery::QueuedBatch(const Webhook& webhook, store::Snapshot& snapshot) {
  Batch batch;
  batch.reached = webhook.delivered;
  store::DocumentRange range;
  range.limit = batch_events_max;
  ASSIGN(auto documents, snapshot.ListDocuments(crm::WebhookQueue(webhook.id), range));
  for (auto& [key, event] : documents) {
    batch.queue_keys.push_back(key);
    batch.events.push_back(std::move(event));
  }
  if (!batch.events.empty()) {
    batch.message_id = webhook.id + "." + batch.queue_keys.front() + "." + batch.queue_keys.back();
  }
  return batch;
}

Result<Delivery::Batch> Delivery::LoggedBatch(const Webhook& webhook) {
  Batch batch;
  batch.reached = looked_at_;
  if (services_.feed.newest() <= looked_at_) return batch;
  crm::FeedRequest request;
  request.after = looked_at_;
  ASSIGN(const crm::FeedPage page, services_.feed.Read(Program(), request));
  batch.reached = page.reached;
  Selection selection(webhook, services_);
  store::Sequence first = 0;
  store::Sequence last = 0;
  for (const store::Change& change : page.changes) {
    ASSIGN(const bool wanted, selection.Wants(change));
    if (!wanted) continue;
    if (batch.events.size() == batch_events_max) {
      batch.reached = last;
      break;
    }
    if (first == 0) first = change.sequence;
    last = change.sequence;
    batch.events.push_back(crm::ChangeEvent(change));
  }
  batch.message_id = webhook.id + "." + std::to_string(first) + "." + std::to_string(last);
  return batch;
}

Micros Delivery::PauseAfter(const Webhook& webhook, const Sent& sent) const {
  const auto attempt = static_cast<size_t>(webhook.attempts);
  const std::vector<Micros>& pauses = services_.options.pauses;
  return std::max(pauses[std::min(attempt, pauses.size() - 1)], sent.retry_after);
}

Status Delivery::Finish(const Webhook& webhook, const Batch& batch, const Sent& sent) {
  const Micros now = services_.clock.Now();
  const bool gives_up = !sent.acknowledged() && sent.status != 410 &&
                        static_cast<size_t>(webhook.attempts) >= services_.options.pauses.size();
  return services_.store.Write([&](store::Transaction& transaction) -> Status {
    Result<Webhook> read = ReadWebhook(transaction, webhook.id);
    if (!read.ok()) {
      return read.error().kind == ErrorKind::kNotFound ? Status::Ok() : Status(read.error());
    }
    Webhook current = std::move(read).value();
    // Somebody moved the cursor meanwhile: what was sent counts for nothing.
    if (current.delivered != webhook.delivered) return Status::Ok();
    current.last_error = sent.error.substr(0, error_chars_max);
    if (sent.status == 410) {
      current.is_active = false;
      current.attempts = 0;
      current.next_attempt_at = 0;
      TRY(WriteDefinition(transaction, current));
      return WriteState(transaction, current);
    }
    if (!sent.acknowledged() && !gives_up) {
      current.next_attempt_at = now + PauseAfter(current, sent);
      ++current.attempts;
      return WriteState(transaction, current);
    }
    if (gives_up) TRY(MakeRoom(transaction, batch.events.size()));
    for (size_t i = 0; gives_up && i < batch.events.size(); ++i) {
      const std::string key = DeadLetterKey(now, i);
      TRY(transaction.PutDocument(DeadCollection(current.id), key,
                                  DeadLetterJson({key, batch.events[i], now, sent.error})));
    }
    for (const std::string& key : batch.queue_keys) {
      TRY(transaction.DeleteDocument(crm::WebhookQueue(current.id), key));
    }
    current.attempts = 0;
    current.next_attempt_at = 0;
    if (sent.acknowledged()) current.succeeded_at = now;
    if (batch.queue_keys.empty()) current.delivered = batch.reached;
    return WriteState(transaction, current);
  });
}

Status Delivery::SwitchOff(const Webhook& webhook, const std::string& reason) {
  return services_.store.Write([&](store::Transaction& transaction) -> Status {
    Result<Webhook> read = ReadWebhook(transaction, webhook.id);
    if (!read.ok() || read->filter != webhook.filter) return Status::Ok();
    read->is_active = false;
    read->last_error = reason.substr(0, error_chars_max);
    TRY(WriteDefinition(transaction, *read));
    return WriteState(transaction, *read);
  });
}

// The oldest make room for as many new ones.
Status Delivery::MakeRoom(store::Transaction& transaction, size_t coming) const {
  const std::string letters = DeadCollection(webhook_);
  store::DocumentRange all;
  all.limit = dead_letters_max;
  ASSIGN(const auto kept, transaction.ListDocuments(letters, all));
  const size_t room = dead_letters_max - std::min(coming, dead_letters_max);
  for (size_t i = 0; i + room < kept.size(); ++i) {
    TRY(transaction.DeleteDocument(letters, kept[i].first));
  }
  return Status::Ok();
}

Status Delivery::SkipTo(const Webhook& webhook, store::Sequence reached) {
  return services_.store.Write([&](store::Transaction& transaction) -> Status {
    Result<Webhook> read = ReadWebhook(transaction, webhook.id);
    if (!read.ok() || read->delivered != webhook.delivered) return Status::Ok();
    read->delivered = reached;
    return WriteState(transaction, *read);
  });
}

}  // namespace boathouse::events
