#include "events/webhooks.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "base/bytes.h"
#include "crm/filter.h"
#include "events/delivery.h"
#include "events/webhook_documents.h"

namespace boathouse::events {
namespace {

constexpr size_t secret_bytes = 24;
constexpr size_t description_chars_max = 500;
constexpr size_t moved_page = 500;  // dead letters handled in one transaction

std::string NewSecret() { return "whsec_" + Base64Encode(RandomBytes(secret_bytes)); }

Result<std::string> ReadText(const Json& json, const std::string& name, size_t chars_max) {
  if (!json.is_string()) {
    return Error::Field("/" + name, "wrong_type", name + " must be a string");
  }
  if (json.AsString().size() > chars_max) {
    return Error::Field("/" + name, "too_long",
                        name + " may have at most " + std::to_string(chars_max) + " characters");
  }
  return std::string(json.AsString());
}

// Names out of a list, each checked by `check` and kept once.
template <typename Check>
Result<std::vector<std::string>> ReadNames(const Json& json, const std::string& name,
                                           const Check& check) {
  if (!json.is_array()) {
    return Error::Field("/" + name, "wrong_type", name + " must be a list of strings");
  }
  std::vector<std::string> names;
  for (size_t i = 0; i < json.items().size(); ++i) {
    const std::string pointer = "/" + name + "/" + std::to_string(i);
    ASSIGN(std::string checked, check(json.items()[i].AsString(), pointer));
    if (std::find(names.begin(), names.end(), checked) == names.end()) {
      names.push_back(std::move(checked));
    }
  }
  return names;
}

Result<std::vector<std::string>> ReadObjects(const model::Model& model, const Json& json) {
  return ReadNames(json, "objects",
                   [&](std::string_view name, const std::string& pointer) -> Result<std::string> {
                     const model::Object* object = model.Find(name);
                     if (object == nullptr) object = model.FindPlural(name);
                     if (object != nullptr) return object->name;
                     return Error::Field(
                         pointer, "not_found",
                         "there is no object \"" + std::string(name.substr(0, 60)) + "\"");
                   });
}

Result<std::vector<std::string>> ReadOperations(const Json& json) {
  return ReadNames(
      json, "operations",
      [](std::string_view name, const std::string& pointer) -> Result<std::string> {
        for (const auto operation :
             {store::Operation::kCreate, store::Operation::kUpdate, store::Operation::kDelete}) {
          if (name == store::OperationName(operation)) return std::string(name);
        }
        return Error::Field(pointer, "not_an_option", "operations are create, update and delete");
      });
}

Status CheckFilter(const model::Model& model, const Webhook& webhook) {
  if (webhook.filter.empty()) return Status::Ok();
  if (webhook.objects.size() != 1) {
    return Error::Field("/filter", "wrong_format",
                        "a filter is about one object: name exactly one in \"objects\"");
  }
  const model::Object& object = *model.Find(webhook.objects[0]);
  Result<store::Condition> parsed = crm::ParseFilter(model, object, webhook.filter);
  if (parsed.ok()) return Status::Ok();
  for (FieldError& error : parsed.error().fields) error.field = "/filter";
  return std::move(parsed.error());
}

// Puts the members of `definition` into `webhook`; all of it is checked.
Status ReadDefinition(const model::Model& model, const Json& definition, Webhook* webhook) {
  if (!definition.is_object()) {
    return Error::Field("/", "wrong_type", "expected a JSON object that defines the webhook");
  }
  for (const Json::Member& member : definition.members()) {
    const std::string& name = member.first;
    const Json& value = member.second;
    if (name == "url") {
      ASSIGN(webhook->url, ReadText(value, name, url_chars_max));
      TRY(CheckWebhookUrl(webhook->url, "/url"));
    } else if (name == "description") {
      ASSIGN(webhook->description, ReadText(value, name, description_chars_max));
    } else if (name == "objects") {
      ASSIGN(webhook->objects, ReadObjects(model, value));
    } else if (name == "operations") {
      ASSIGN(webhook->operations, ReadOperations(value));
    } else if (name == "filter") {
      ASSIGN(webhook->filter, ReadText(value, name, crm::filter_chars_max));
    } else if (name == "is_active") {
      if (!value.is_bool()) {
        return Error::Field("/is_active", "wrong_type", "is_active must be true or false");
      }
      webhook->is_active = value.AsBool();
    } else {
      return Error::Field(
          "/" + name, "unknown_field",
          "a webhook has no \"" + name.substr(0, 60) +
              "\"; it has url, description, objects, operations, filter, is_active");
    }
  }
  if (webhook->url.empty()) return Error::Field("/url", "required", "url is required");
  return CheckFilter(model, *webhook);
}

}  // namespace

struct Webhooks::Impl {
  Impl(store::Store& s, crm::Crm& c, crm::ChangeFeed& f, http::Client& h, const Clock& k,
       IdSource& i, auth::Seal l, DeliveryOptions o)
      : store(s),
        crm(c),
        feed(f),
        client(h),
        clock(k),
        ids(i),
        seal(std::move(l)),
        options(std::move(o)),
        services{store, crm, feed, client, clock, seal, options} {}

  store::Store& store;
  crm::Crm& crm;
  crm::ChangeFeed& feed;
  http::Client& client;
  const Clock& clock;
  IdSource& ids;
  const auth::Seal seal;
  const DeliveryOptions options;
  const DeliveryServices services;

  std::mutex mutex;  // of what follows
  bool started = false;
  std::map<std::string, std::unique_ptr<Delivery>, std::less<>> deliveries;
  std::unique_ptr<store::CommitWatch> watch;  // gone before the deliveries it wakes

  // Webhooks send records elsewhere.
  Status Allowed(const crm::Caller& caller) const {
    return crm.AllowAdministration(caller, "see or change webhooks");
  }

  ~Impl() {
    watch.reset();
    deliveries.clear();
  }

  void WakeAll() {
    const std::lock_guard lock(mutex);
    for (const auto& [id, delivery] : deliveries) delivery->Wake();
  }

  Status Start() {
    ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, store.Read());
    ASSIGN(const std::vector<Webhook> webhooks, ReadWebhooks(*snapshot));
    {
      const std::lock_guard lock(mutex);
      started = true;
      for (const Webhook& webhook : webhooks) Begin(webhook.id);
    }
    watch = feed.Watch([this] { WakeAll(); });
    return Status::Ok();
  }

  // Needs the lock.
  void Begin(const std::string& id) {
    if (started) deliveries.emplace(id, std::make_unique<Delivery>(services, id));
  }

  void End(std::string_view id) {
    std::unique_ptr<Delivery> ended;
    {
      const std::lock_guard lock(mutex);
      const auto found = deliveries.find(id);
      if (found == deliveries.end()) return;
      ended = std::move(found->second);
      deliveries.erase(found);
    }
  }  // waits for its thread, without the lock

  // Changes one in a transaction and tells what it became.
  Result<Webhook> Change(const crm::Caller& caller, std::string_view id,
                         const std::function<Status(store::Transaction&, Webhook&)>& change) {
    TRY(Allowed(caller));
    Webhook changed;
    TRY(store.Write([&](store::Transaction& transaction) -> Status {
      ASSIGN(changed, ReadWebhook(transaction, id));
      TRY(change(transaction, changed));
      TRY(WriteDefinition(transaction, changed));
      return WriteState(transaction, changed);
    }));
    return changed;
  }

  // Takes dead letters away, page by page; `keep` may put them elsewhere.
  Result<size_t> TakeLetters(
      const crm::Caller& caller, std::string_view id, std::string_view letter,
      const std::function<Status(store::Transaction&, const DeadLetter&)>& keep) {
    TRY(Allowed(caller));
    const std::string collection = DeadCollection(id);
    size_t taken = 0;
    for (bool more = true; more;) {
      size_t page = 0;
      TRY(store.Write([&](store::Transaction& transaction) -> Status {
        page = 0;
        TRY(ReadWebhook(transaction, id));
        std::vector<std::pair<std::string, Json>> letters;
        if (letter.empty()) {
          ASSIGN(letters, transaction.ListDocuments(
                              collection, store::DocumentRange{"", "", moved_page, false}));
        } else {
          ASSIGN(const std::optional<Json> one, transaction.GetDocument(collection, letter));
          if (!one) return Error(ErrorKind::kNotFound, "this webhook has no such dead letter");
          letters.emplace_back(letter, *one);
        }
        for (const auto& [key, body] : letters) {
          TRY(keep(transaction, ReadDeadLetter(key, body)));
          TRY(transaction.DeleteDocument(collection, key));
        }
        page = letters.size();
        return Status::Ok();
      }));
      taken += page;
      more = letter.empty() && page == moved_page;
    }
    return taken;
  }
};

Webhooks::Webhooks(store::Store& store, crm::Crm& crm, crm::ChangeFeed& feed, http::Client& client,
                   const Clock& clock, IdSource& ids, auth::Seal seal, DeliveryOptions options)
    : impl_(std::make_unique<Impl>(store, crm, feed, client, clock, ids, std::move(seal),
                                   std::move(options))) {
  INVARIANT(!impl_->options.pauses.empty());
}

Webhooks::~Webhooks() = default;

Status Webhooks::Start() { return impl_->Start(); }

Result<Webhook> Webhooks::Create(const crm::Caller& caller, const Json& definition) {
  TRY(impl_->Allowed(caller));
  Webhook webhook;
  TRY(ReadDefinition(*impl_->crm.model(), definition, &webhook));
  webhook.id = impl_->ids.Next().ToString();
  const std::string secret = NewSecret();
  webhook.secret = impl_->seal.Close(webhook_secret_purpose, secret);
  webhook.created_at = impl_->clock.Now();
  TRY(impl_->store.Write([&](store::Transaction& transaction) -> Status {
    ASSIGN(const auto there, transaction.ListDocuments(crm::webhook_collection));
    if (there.size() >= webhooks_max) {
      return Error(ErrorKind::kConflict, "there may be at most " + std::to_string(webhooks_max) +
                                             " webhooks; remove one that is no longer used");
    }
    webhook.delivered = impl_->feed.newest();
    TRY(WriteDefinition(transaction, webhook));
    return WriteState(transaction, webhook);
  }));
  const std::lock_guard lock(impl_->mutex);
  impl_->Begin(webhook.id);
  webhook.secret = secret;
  return webhook;
}

Result<std::vector<Webhook>> Webhooks::List(const crm::Caller& caller) {
  TRY(impl_->Allowed(caller));
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  return ReadWebhooks(*snapshot);
}

Result<Webhook> Webhooks::Get(const crm::Caller& caller, std::string_view id) {
  TRY(impl_->Allowed(caller));
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  return ReadWebhook(*snapshot, id);
}

Result<Webhook> Webhooks::Update(const crm::Caller& caller, std::string_view id,
                                 const Json& patch) {
  Json definition = patch;
  const bool rotates = patch["rotate_secret"].AsBool();
  definition.Remove("rotate_secret");
  const std::string secret = NewSecret();
  Result<Webhook> updated =
      impl_->Change(caller, id, [&](store::Transaction&, Webhook& webhook) -> Status {
        const bool was_active = webhook.is_active;
        TRY(ReadDefinition(*impl_->crm.model(), definition, &webhook));
        if (rotates) webhook.secret = impl_->seal.Close(webhook_secret_purpose, secret);
        if (webhook.is_active && !was_active) {  // a fresh start
          webhook.attempts = 0;
          webhook.next_attempt_at = 0;
        }
        return Status::Ok();
      });
  if (updated.ok() && rotates) updated->secret = secret;
  return updated;
}

Status Webhooks::Remove(const crm::Caller& caller, std::string_view id) {
  TRY(impl_->Allowed(caller));
  TRY(impl_->store.Write([&](store::Transaction& transaction) -> Status {
    TRY(ReadWebhook(transaction, id));
    return EraseWebhook(transaction, id);
  }));
  impl_->End(id);
  return Status::Ok();
}

Result<Webhook> Webhooks::Replay(const crm::Caller& caller, std::string_view id,
                                 int64_t from_sequence) {
  return impl_->Change(caller, id, [&](store::Transaction&, Webhook& webhook) -> Status {
    const store::Sequence newest = impl_->feed.newest();
    if (from_sequence < 1 || from_sequence > newest + 1) {
      return Error::Field("/from_sequence", "out_of_range",
                          "from_sequence must be between 1 and " + std::to_string(newest + 1) +
                              ", one more than the newest change");
    }
    webhook.delivered = from_sequence - 1;
    webhook.attempts = 0;
    webhook.next_attempt_at = 0;
    webhook.last_error.clear();
    return Status::Ok();
  });
}

Result<int> Webhooks::Test(const crm::Caller& caller, std::string_view id) {
  ASSIGN(const Webhook webhook, Get(caller, id));
  const std::string number = impl_->ids.Next().ToString();
  const Json event = Json::Object(
      {{"type", "webhook.test"},
       {"at", FormatDateTime(impl_->clock.Now())},
       {"actor_id",
        caller.principal.user.is_nil() ? Json() : Json(caller.principal.user.ToString())}});
  const Sent sent =
      SendEvents(impl_->services, webhook, webhook.id + ".test." + number, {event}, {});
  if (sent.status == 0) return Error(ErrorKind::kUnavailable, sent.error);
  return sent.status;
}

Result<std::vector<DeadLetter>> Webhooks::DeadLetters(const crm::Caller& caller,
                                                      std::string_view id, std::string_view after,
                                                      size_t limit) {
  TRY(impl_->Allowed(caller));
  if (limit < 1 || limit > dead_letters_page_max) {
    return Error::Field("page_size", "out_of_range",
                        "page_size must be between 1 and " + std::to_string(dead_letters_page_max));
  }
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  TRY(ReadWebhook(*snapshot, id));
  store::DocumentRange range;
  range.from = after.empty() ? std::string() : std::string(after) + '\x01';
  range.limit = limit;
  ASSIGN(const auto documents, snapshot->ListDocuments(DeadCollection(id), range));
  std::vector<DeadLetter> letters;
  for (const auto& [key, body] : documents) letters.push_back(ReadDeadLetter(key, body));
  return letters;
}

Result<size_t> Webhooks::RetryDeadLetters(const crm::Caller& caller, std::string_view id,
                                          std::string_view letter) {
  return impl_->TakeLetters(
      caller, id, letter, [&](store::Transaction& transaction, const DeadLetter& taken) {
        return transaction.PutDocument(crm::WebhookQueue(id), taken.id, taken.event);
      });
}

Result<size_t> Webhooks::DropDeadLetters(const crm::Caller& caller, std::string_view id,
                                         std::string_view letter) {
  return impl_->TakeLetters(caller, id, letter,
                            [](store::Transaction&, const DeadLetter&) { return Status::Ok(); });
}

}  // namespace boathouse::events
