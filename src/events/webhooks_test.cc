#include "events/webhooks.h"

#include "base/bytes.h"
#include "base/temp_folder.h"
#include "crm/webhook_queue.h"
#include "http/http.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <deque>
#include <mutex>

namespace boathouse::events {
namespace {

constexpr auto patience = std::chrono::seconds(20);

// A program that takes webhooks: answers what it is told to, and keeps what came.
class Receiver {
 public:
  struct Delivery {
    Json body;
    std::string id, timestamp, signature, text;
  };

  Receiver() {
    router_.Add("POST", "/hook", [this](http::Request& request) { return Take(request); });
    server_ = std::move(http::Server::Start({}, router_)).value();
  }
  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(server_->port()) + "/hook";
  }

  // The answers to come, in order; 200 when they are used up.
  void Answer(std::vector<int> statuses) {
    const std::lock_guard lock(mutex_);
    answers_.assign(statuses.begin(), statuses.end());
  }
  // The deliveries so far, once there are as many.
  std::vector<Delivery> Await(size_t count) {
    std::unique_lock lock(mutex_);
    REQUIRE(came_.wait_for(lock, patience, [&] { return deliveries_.size() >= count; }));
    return deliveries_;
  }
  size_t count() {
    const std::lock_guard lock(mutex_);
    return deliveries_.size();
  }

 private:
  http::Response Take(http::Request& request) {
    const std::lock_guard lock(mutex_);
    deliveries_.push_back({Json::Parse(request.body).value(),
                           std::string(request.headers.Get("webhook-id")),
                           std::string(request.headers.Get("webhook-timestamp")),
                           std::string(request.headers.Get("webhook-signature")), request.body});
    int status = 200;
    if (!answers_.empty()) {
      status = answers_.front();
      answers_.pop_front();
    }
    came_.notify_all();
    return http::Response::Empty(status);
  }

  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<int> answers_;
  std::vector<Delivery> deliveries_;
  http::Router router_;
  std::unique_ptr<http::Server> server_;
};

struct Fixture {
  TempFolder folder;
  ManualClock clock{1'700'000'000'000'000};
  IdSource ids{clock, 1};
  std::unique_ptr<store::Store> store =
      std::move(store::Store::Open({folder / "r.sqlite", model::Model::Standard(), &clock, 8}))
          .value();
  crm::Crm crm{*store, clock, ids, "secret"};
  crm::ChangeFeed feed{*store, crm};
  std::unique_ptr<http::Client> client = http::Client::Create();
  Receiver receiver;
  crm::Caller system{auth::Principal::System(), "test"};
  std::unique_ptr<Webhooks> webhooks = Make();

  std::unique_ptr<Webhooks> Make() {
    DeliveryOptions options;
    options.pauses = {1'000'000, 2'000'000};
    auto made =
        std::make_unique<Webhooks>(*store, crm, feed, *client, clock, ids,
                                   auth::Seal("a key of the server, of many bytes"), options);
    REQUIRE(made->Start().ok());
    return made;
  }
  std::string Add(Json definition = Json::Object()) {
    definition.Set("url", receiver.url());
    const Result<Webhook> made = webhooks->Create(system, definition);
    if (!made.ok()) FAIL(made.error().message);
    return made->id;
  }
  Id Account(const std::string& name) {
    const Result<model::Record> made =
        crm.Create(system, *crm.model()->Find("account"), Json::Object({{"name", name}}));
    REQUIRE(made.ok());
    return made->id();
  }
  void Rename(const Id& id, const std::string& name) {
    REQUIRE(crm.Update(system, *crm.model()->Find("account"), id, Json::Object({{"name", name}}),
                       std::nullopt)
                .ok());
  }
  // The webhook, once `holds` is true of it. Time goes on meanwhile, and wakes it.
  template <typename Holds>
  Webhook AwaitState(const std::string& id, Holds holds) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
      Result<Webhook> webhook = webhooks->Get(system, id);
      REQUIRE(webhook.ok());
      if (holds(*webhook)) return *webhook;
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      std::this_thread::yield();
    }
  }
  // Moves the clock behind the next attempt and lets the webhook see it.
  void PassPause(const std::string& id) {
    const Webhook webhook = AwaitState(id, [](const Webhook& w) { return w.next_attempt_at > 0; });
    clock.Set(webhook.next_attempt_at + 1);
    REQUIRE(webhooks->Update(system, id, Json::Object({{"description", "again"}})).ok());
  }
};

TEST_CASE_FIXTURE(Fixture, "changes come signed, in order, each with what changed") {
  const Result<Webhook> made = webhooks->Create(system, Json::Object({{"url", receiver.url()}}));
  REQUIRE(made.ok());
  CHECK(made->secret.starts_with("whsec_"));
  const Id id = Account("Acme");
  receiver.Await(1);
  Rename(id, "Acme Tools");
  const std::vector<Receiver::Delivery> deliveries = receiver.Await(2);
  const Json& created = deliveries[0].body["events"].items().at(0);
  CHECK(created["type"].AsString() == "record.created");
  CHECK(created["object"].AsString() == "account");
  CHECK(created["id"].AsString() == id.ToString());
  const Json& updated = deliveries[1].body["events"].items().at(0);
  CHECK(updated["changes"]["name"] == Json::Array({"Acme", "Acme Tools"}));
  CHECK(*updated["sequence"].AsInt() == *created["sequence"].AsInt() + 1);
  CHECK(deliveries[1].body["webhook_id"].AsString() == made->id);
  // As a receiver checks it, from the published scheme.
  const std::string key = *Base64Decode(made->secret.substr(6));
  const Receiver::Delivery& last = deliveries[1];
  CHECK(last.signature ==
        "v1," + Base64Encode(HmacSha256(key, last.id + "." + last.timestamp + "." + last.text)));
  CHECK(last.timestamp == "1700000000");
}

TEST_CASE_FIXTURE(Fixture, "only the objects, operations and records that were asked for") {
  Add(Json::Object({{"objects", Json::Array({"accounts"})},
                    {"operations", Json::Array({"update", "delete"})},
                    {"filter", "name = \"Acme*\""}}));
  const Id acme = Account("Acme");
  const Id bolt = Account("Bolt");
  Rename(bolt, "Bolt & Nut");
  Rename(acme, "Acme Tools");
  REQUIRE(crm.Delete(system, *crm.model()->Find("account"), bolt, std::nullopt).ok());
  REQUIRE(crm.Delete(system, *crm.model()->Find("account"), acme, std::nullopt).ok());
  std::vector<std::string> types;
  for (size_t count = 1; types.size() < 2; ++count) {
    types.clear();
    for (const Receiver::Delivery& delivery : receiver.Await(count)) {
      for (const Json& event : delivery.body["events"].items()) {
        CHECK(event["id"].AsString() == acme.ToString());
        types.emplace_back(event["type"].AsString());
      }
    }
  }
  CHECK(types.back() == "record.deleted");
}

TEST_CASE_FIXTURE(Fixture, "of a record that went meanwhile the filter is asked as it was last") {
  receiver.Answer({500});
  const std::string id =
      Add(Json::Object({{"objects", Json::Array({"accounts"})}, {"filter", "name = \"Acme*\""}}));
  const Id acme = Account("Acme");
  AwaitState(id, [](const Webhook& webhook) { return webhook.attempts == 1; });
  const Id bolt = Account("Bolt");
  Rename(bolt, "Bolt & Nut");
  REQUIRE(crm.Delete(system, *crm.model()->Find("account"), bolt, std::nullopt).ok());
  REQUIRE(crm.Delete(system, *crm.model()->Find("account"), acme, std::nullopt).ok());
  PassPause(id);
  std::vector<std::string> types;
  for (size_t count = 1; types.empty() || types.back() != "record.deleted"; ++count) {
    types.clear();
    for (const Receiver::Delivery& delivery : receiver.Await(count)) {
      for (const Json& event : delivery.body["events"].items()) {
        CHECK(event["id"].AsString() == acme.ToString());
        types.emplace_back(event["type"].AsString());
      }
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "what fails is tried again with the same id after a pause") {
  receiver.Answer({500, 429});
  const std::string id = Add();
  Account("Acme");
  receiver.Await(1);
  const Webhook failed = AwaitState(id, [](const Webhook& w) { return w.attempts == 1; });
  CHECK(failed.last_error == "the receiver answered 500");
  CHECK(failed.next_attempt_at == clock.Now() + 1'000'000);
  PassPause(id);
  receiver.Await(2);
  AwaitState(id, [](const Webhook& w) { return w.attempts == 2; });
  PassPause(id);
  const std::vector<Receiver::Delivery> deliveries = receiver.Await(3);
  CHECK(deliveries[0].id == deliveries[1].id);
  CHECK(deliveries[1].id == deliveries[2].id);
  CHECK(deliveries[0].text == deliveries[2].text);
  const Webhook well = AwaitState(id, [](const Webhook& w) { return w.succeeded_at > 0; });
  CHECK(well.attempts == 0);
  CHECK(well.last_error.empty());
  CHECK(well.delivered == feed.newest());
}

TEST_CASE_FIXTURE(Fixture, "what fails for good becomes a dead letter, which can be sent again") {
  receiver.Answer({500, 500, 500});
  const std::string id = Add();
  Account("Acme");
  receiver.Await(1);
  PassPause(id);
  receiver.Await(2);
  AwaitState(id, [](const Webhook& w) { return w.attempts == 2; });
  PassPause(id);
  receiver.Await(3);
  AwaitState(id, [this](const Webhook& w) { return w.delivered == feed.newest(); });
  const auto letters = webhooks->DeadLetters(system, id, "", 10);
  REQUIRE(letters.ok());
  REQUIRE(letters->size() == 1);
  CHECK(letters->at(0).event["object"].AsString() == "account");
  CHECK(letters->at(0).error == "the receiver answered 500");
  CHECK(webhooks->DeadLetters(system, id, letters->at(0).id, 10)->empty());
  CHECK(webhooks->RetryDeadLetters(system, id, "no such").error().kind == ErrorKind::kNotFound);
  CHECK(webhooks->RetryDeadLetters(system, id, "").value() == 1);
  const Json again = receiver.Await(4)[3].body["events"].items().at(0);
  CHECK(again == letters->at(0).event);
  CHECK(webhooks->DeadLetters(system, id, "", 10)->empty());
}

TEST_CASE_FIXTURE(Fixture, "changes can be sent again from any one on") {
  const std::string id = Add();
  const Id account = Account("Acme");
  Rename(account, "Bolt");
  AwaitState(id, [this](const Webhook& w) { return w.delivered == feed.newest(); });
  const size_t before = receiver.count();
  REQUIRE(webhooks->Replay(system, id, 1).ok());
  const std::vector<Receiver::Delivery> deliveries = receiver.Await(before + 1);
  CHECK(*deliveries[before].body["events"].items().at(0)["sequence"].AsInt() == 1);
  CHECK(webhooks->Replay(system, id, 0).error().fields.at(0).field == "/from_sequence");
  CHECK(webhooks->Replay(system, id, feed.newest() + 2).error().fields.at(0).code ==
        "out_of_range");
}

TEST_CASE_FIXTURE(Fixture, "a receiver that is gone for good is not sent to any more") {
  receiver.Answer({410});
  const std::string id = Add();
  Account("Acme");
  receiver.Await(1);
  AwaitState(id, [](const Webhook& w) { return !w.is_active; });
  Account("Bolt");
  CHECK(receiver.count() == 1);
  // Switched on again it gets what it missed.
  REQUIRE(webhooks->Update(system, id, Json::Object({{"is_active", true}})).ok());
  AwaitState(id, [this](const Webhook& w) { return w.delivered == feed.newest(); });
  CHECK(receiver.count() >= 2);
}

TEST_CASE_FIXTURE(Fixture, "what was not acknowledged is sent by the next program") {
  const std::string id = Add();
  Account("Acme");
  AwaitState(id, [this](const Webhook& w) { return w.delivered == feed.newest(); });
  webhooks.reset();
  const size_t before = receiver.count();
  Account("Bolt");
  Account("Cog");
  webhooks = Make();
  AwaitState(id, [this](const Webhook& w) { return w.delivered == feed.newest(); });
  std::vector<std::string> names;
  const std::vector<Receiver::Delivery> deliveries = receiver.Await(before + 1);
  for (size_t i = before; i < deliveries.size(); ++i) {
    for (const Json& event : deliveries[i].body["events"].items()) {
      names.emplace_back(event["changes"]["name"].items().at(1).AsString());
    }
  }
  CHECK(names == std::vector<std::string>{"Bolt", "Cog"});
}

TEST_CASE_FIXTURE(Fixture, "events of automations are sent once they are queued") {
  const std::string id = Add(Json::Object({{"objects", Json::Array({"territory"})}}));
  const Json event = Json::Object({{"type", "automation.fired"}});
  REQUIRE(store
              ->Write([&](store::Transaction& transaction) {
                return crm::QueueForWebhook(transaction, id, "1", event);
              })
              .ok());
  CHECK(receiver.Await(1)[0].body["events"] == Json::Array({event}));
  CHECK(store
            ->Write([&](store::Transaction& transaction) {
              return crm::QueueForWebhook(transaction, "gone", "1", event);
            })
            .error()
            .kind == ErrorKind::kNotFound);
}

TEST_CASE_FIXTURE(Fixture, "a webhook that is switched off is queued nothing") {
  const std::string id = Add(Json::Object({{"is_active", false}}));
  REQUIRE(store
              ->Write([&](store::Transaction& transaction) {
                return crm::QueueForWebhook(transaction, id, "1", Json::Object());
              })
              .ok());
  CHECK(store->Read().value()->ListDocuments(crm::WebhookQueue(id))->empty());
}

TEST_CASE_FIXTURE(Fixture,
                  "a filter that does not work any more switches its webhook off, and says so") {
  const std::string id =
      Add(Json::Object({{"objects", Json::Array({"account"})}, {"filter", "name = \"Acme\""}}));
  REQUIRE(store
              ->Write([&](store::Transaction& transaction) -> Status {
                ASSIGN(std::optional<Json> body,
                       transaction.GetDocument(crm::webhook_collection, id));
                return transaction.PutDocument(crm::webhook_collection, id,
                                               body->Set("filter", "gone = 1"));
              })
              .ok());
  Account("Acme");
  const Webhook off = AwaitState(id, [](const Webhook& w) { return !w.is_active; });
  CHECK(off.last_error.find("gone") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a test tells what the receiver answered") {
  const std::string id = Add();
  receiver.Answer({418});
  CHECK(webhooks->Test(system, id).value() == 418);
  CHECK(receiver.Await(1)[0].body["events"].items().at(0)["type"].AsString() == "webhook.test");
}

TEST_CASE_FIXTURE(Fixture, "a definition that cannot work is refused at the member that is wrong") {
  const auto field = [&](const char* text) {
    const Result<Webhook> made = webhooks->Create(system, Json::Parse(text).value());
    REQUIRE_FALSE(made.ok());
    return made.error().fields.at(0).field;
  };
  CHECK(field("[]") == "/");
  CHECK(field("{}") == "/url");
  for (const char* url : {"", "ftp://x", "http://", "http://:80/", "http://u:p@x/", "http://x/ y",
                          "http://x/\xC3\xA9"}) {
    CHECK(CheckWebhookUrl(url, "/url").error().fields.at(0).field == "/url");
  }
  CHECK(CheckWebhookUrl("https://example.com:8443/a?b=c#d", "/url").ok());
  CHECK(CheckWebhookUrl("http://x/@", "/url").ok());
  CHECK(field(R"({"url": 1})") == "/url");
  CHECK(field(R"({"url": "http://x", "objects": ["ship"]})") == "/objects/0");
  CHECK(field(R"({"url": "http://x", "operations": ["read"]})") == "/operations/0");
  CHECK(field(R"({"url": "http://x", "filter": "name = 1"})") == "/filter");
  CHECK(field(R"({"url": "http://x", "objects": ["account"], "filter": "nome = 1"})") == "/filter");
  CHECK(field(R"({"url": "http://x", "is_active": 1})") == "/is_active");
  CHECK(field(R"({"url": "http://x", "color": 1})") == "/color");
}

TEST_CASE_FIXTURE(Fixture, "a new secret replaces the old one; what is removed is gone") {
  const std::string id = Add();
  const std::string before = webhooks->Get(system, id)->secret;
  const Result<Webhook> rotated =
      webhooks->Update(system, id, Json::Object({{"rotate_secret", true}}));
  REQUIRE(rotated.ok());
  CHECK(rotated->secret != before);
  REQUIRE(webhooks->Remove(system, id).ok());
  CHECK(webhooks->Get(system, id).error().kind == ErrorKind::kNotFound);
  CHECK(webhooks->List(system)->empty());
  CHECK(webhooks->Remove(system, id).error().kind == ErrorKind::kNotFound);
}

TEST_CASE_FIXTURE(Fixture, "webhooks belong to administrators") {
  crm::Caller member = system;
  member.principal.is_system = false;
  member.principal.role = "member";
  CHECK(webhooks->List(member).error().kind == ErrorKind::kForbidden);
  CHECK(webhooks->Create(member, Json::Object()).error().kind == ErrorKind::kForbidden);
  CHECK(webhooks->Test(member, "x").error().kind == ErrorKind::kForbidden);
  CHECK(webhooks->DeadLetters(member, "x", "", 1).error().kind == ErrorKind::kForbidden);
}

}  // namespace
}  // namespace boathouse::events
