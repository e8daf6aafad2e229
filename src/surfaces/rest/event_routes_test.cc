#include "crm/automation.h"
#include "crm/change_feed.h"
#include "events/webhooks.h"
#include "http/client.h"
#include "surfaces/rest/rest_fixture.h"

#include <atomic>

namespace boathouse::rest {
namespace {

struct EventsFixture : RestFixture {
  crm::ChangeFeed feed{*store, crm};
  crm::Automations automations{*store, crm, clock, ids};
  std::unique_ptr<http::Client> client = http::Client::Create();
  events::Webhooks webhooks{
      *store, crm, feed, *client, clock, ids, auth::Seal("a key of the server, of many bytes")};
  http::Router with_events;

  EventsFixture() {
    Services services{crm, auth};
    services.feed = &feed;
    services.automations = &automations;
    services.webhooks = &webhooks;
    Mount(with_events, services);
    router = std::move(with_events);
  }
  http::Response Open(const std::string& path, const std::string& last_event_id = "") {
    http::Request request;
    request.method = "GET";
    request.target = "/api/v1" + path;
    request.headers.Add("Authorization", "Bearer " + admin);
    request.headers.Add("Accept", "text/event-stream");
    if (!last_event_id.empty()) request.headers.Add("Last-Event-ID", last_event_id);
    return router.Dispatch(request);
  }
};

std::string Next(http::Response& response) {
  std::string chunk;
  const Result<bool> more = response.stream->Next(&chunk);
  REQUIRE(more.ok());
  REQUIRE(*more);
  return chunk;
}

TEST_CASE_FIXTURE(EventsFixture, "a stream waits without a thread and is woken by a commit") {
  http::Response response = Open("/events");
  REQUIRE(response.status == 200);
  REQUIRE(response.stream != nullptr);
  CHECK(response.headers.Get("content-type") == "text/event-stream");
  CHECK(response.stream->Ready([] {}));
  CHECK(Next(response).starts_with("retry: "));
  std::atomic<int> woken{0};
  CHECK_FALSE(response.stream->Ready([&woken] { ++woken; }));
  const Answer made = CallAs(admin, "POST", "/accounts", R"({"name": "Acme"})");
  REQUIRE(made.status == 201);
  CHECK(woken == 1);
  CHECK(response.stream->Ready([] {}));
  const std::string event = Next(response);
  CHECK(event.find("event: record.created\n") != std::string::npos);
  CHECK(event.find(std::string(made.body["id"].AsString())) != std::string::npos);
  CHECK_FALSE(response.stream->Ready([] {}));
}

TEST_CASE_FIXTURE(EventsFixture, "a stream goes on behind Last-Event-ID") {
  REQUIRE(CallAs(admin, "POST", "/accounts", R"({"name": "First"})").status == 201);
  const std::string seen = std::to_string(feed.newest());
  REQUIRE(CallAs(admin, "POST", "/accounts", R"({"name": "Second"})").status == 201);
  http::Response response = Open("/events?after=0", seen);
  Next(response);
  const std::string events = Next(response);
  CHECK(events.find("First") == std::string::npos);
  CHECK(events.find("Second") != std::string::npos);
}

TEST_CASE_FIXTURE(EventsFixture, "a stream that holds nothing for its caller still moves on") {
  http::Response response = Open("/events?objects=territories");
  Next(response);
  REQUIRE(CallAs(admin, "POST", "/accounts", R"({"name": "Acme"})").status == 201);
  const std::string chunk = Next(response);
  CHECK(chunk == "id: " + std::to_string(feed.newest()) + "\n:\n\n");
}

TEST_CASE_FIXTURE(EventsFixture, "what is wrong is said before the stream begins") {
  for (const char* path : {"/events?after=-1", "/events?after=", "/events?after=99999",
                           "/events?objects=ships", "/events?colour=red"}) {
    const http::Response response = Open(path);
    CHECK_MESSAGE(response.status == 400, path);
    CHECK(response.stream == nullptr);
  }
  CHECK(Open("/events", "abc").status == 400);
}

TEST_CASE_FIXTURE(EventsFixture, "the secret of a webhook is told once") {
  const Answer made = CallAs(admin, "POST", "/webhooks", R"({"url": "https://example.com/hook"})");
  REQUIRE(made.status == 201);
  CHECK(made.body["secret"].AsString().starts_with("whsec_"));
  const std::string path = "/webhooks/" + std::string(made.body["id"].AsString());
  CHECK(made.headers.Get("location") == "/api/v1" + path);
  const Answer read = CallAs(admin, "GET", path);
  REQUIRE(read.status == 200);
  CHECK(read.body.Find("secret") == nullptr);
  CHECK(read.body["delivered_sequence"].AsInt() == feed.newest());
}

}  // namespace
}  // namespace boathouse::rest
