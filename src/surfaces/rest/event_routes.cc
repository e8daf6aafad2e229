// The workspace's changes as they are committed: a stream for those who stay connected, pages for those
// who come back.
#include <atomic>
#include <mutex>

#include "base/bytes.h"
#include "crm/change_feed.h"
#include "surfaces/rest/input.h"
#include "surfaces/rest/problem.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

constexpr size_t stream_page = 200;

bool WantsStream(const http::Request& request) {
  return AsciiLower(request.headers.Get("accept")).find("text/event-stream") != std::string::npos;
}

// Follows the change log from a sequence on. It holds no worker while nothing happens: a commit wakes it.
class ChangeStream final : public http::BodySource {
 public:
  ChangeStream(const Services& services, crm::Caller caller, std::string token,
               crm::FeedRequest request)
      : services_(services),
        feed_(*services.feed),
        caller_(std::move(caller)),
        token_(std::move(token)),
        request_(std::move(request)),
        reached_(request_.after),
        watch_(feed_.Watch([this] { Wake(); })) {
    request_.limit = stream_page;
  }

  ~ChangeStream() override { watch_.reset(); }

  Result<bool> Next(std::string* chunk) override {
    if (!begun_) {
      begun_ = true;
      *chunk = "retry: 2000\n: changes of records, in the order of their commits\n\n";
      return true;
    }
    // A stream ends with the credential, and sees the rights of its user as they are now.
    ASSIGN(caller_.principal, services_.auth.Authenticate(token_));
    request_.after = reached_.load();
    ASSIGN(const crm::FeedPage page, feed_.Read(caller_, request_));
    for (const store::Change& change : page.changes) {
      const Json event = crm::ChangeEvent(change);
      *chunk += "id: " + std::to_string(change.sequence) + "\nevent: ";
      *chunk += event["type"].AsString();
      *chunk += "\ndata: " + event.Dump() + "\n\n";
    }
    // Told also when nothing of it was for this caller: a stream that is taken up again goes on there.
    if (chunk->empty()) *chunk = "id: " + std::to_string(page.reached) + "\n:\n\n";
    reached_.store(page.reached);
    return true;
  }

  bool Ready(std::function<void()> wake) override {
    const std::lock_guard lock(mutex_);
    if (!begun_ || feed_.newest() > reached_.load()) return true;
    wake_ = std::move(wake);
    return false;
  }

  std::string_view idle_piece() const override { return ":\n\n"; }

 private:
  void Wake() {
    std::function<void()> wake;
    {
      const std::lock_guard lock(mutex_);
      if (feed_.newest() > reached_.load()) wake = std::exchange(wake_, nullptr);
    }
    if (wake) wake();
  }

  const Services services_;
  crm::ChangeFeed& feed_;
  crm::Caller caller_;
  const std::string token_;
  crm::FeedRequest request_;
  std::atomic<bool> begun_ = false;
  std::atomic<store::Sequence> reached_;
  std::mutex mutex_;
  std::function<void()> wake_;
  std::unique_ptr<store::CommitWatch> watch_;  // last, so that nothing is woken that is half made
};

// Where to go on: Last-Event-ID of a stream that broke, or `after`; `fallback` when neither is there.
Result<store::Sequence> ReadAfter(const http::Request& request, store::Sequence fallback) {
  std::string_view text = request.headers.Get("last-event-id", "");
  const char* name = "Last-Event-ID";
  if (text.empty()) {
    name = "after";
    const std::optional<std::string_view> given = request.Query("after");
    if (!given) return fallback;
    text = *given;
  }
  if (text.empty() || text.size() > 18 ||
      text.find_first_not_of("0123456789") != std::string_view::npos) {
    return Error::Field(name, "wrong_format",
                        std::string(name) + " must be the sequence number of a change, or 0");
  }
  return std::stoll(std::string(text));
}

Result<http::Response> ListEvents(Call& call) {
  if (call.services.feed == nullptr) {
    return Error(ErrorKind::kUnsupported, "this server does not tell of changes");
  }
  crm::ChangeFeed& feed = *call.services.feed;
  const bool streams = WantsStream(call.request);
  crm::FeedRequest request;
  for (const std::string_view name : ReadNames(call.request, "objects")) {
    Result<const model::Object*> object = call.services.crm.FindObject(call.caller, name);
    if (!object.ok()) {
      if (object.error().kind == ErrorKind::kForbidden) return object.error();
      return Error::Field("objects", "not_found", object.error().message);
    }
    request.objects.push_back((*object)->name);
  }
  ASSIGN(request.after, ReadAfter(call.request, streams ? feed.newest() : 0));
  ASSIGN(request.limit, ReadPageSize(call.request));
  if (streams) {
    // What is wrong is said before the stream begins.
    crm::FeedRequest probe = request;
    probe.limit = 1;
    TRY(feed.Read(call.caller, probe));
    http::Response response = http::Response::Empty(200);
    response.headers.Add("Content-Type", "text/event-stream");
    response.headers.Add("X-Accel-Buffering", "no");
    response.stream =
        std::make_unique<ChangeStream>(call.services, call.caller, call.token, std::move(request));
    return response;
  }
  ASSIGN(const crm::FeedPage page, feed.Read(call.caller, request));
  Json events = Json::Array();
  for (const store::Change& change : page.changes) events.Append(crm::ChangeEvent(change));
  return http::Response::JsonBody(200, Json::Object({{"events", std::move(events)},
                                                     {"next_after", page.reached},
                                                     {"at_end", page.at_end}}));
}

}  // namespace

std::vector<Route> EventRoutes() {
  return {{"GET",
           "/events",
           Access::kSignedIn,
           Body::kNone,
           {"objects", "after", "page_size"},
           ListEvents}};
}

}  // namespace boathouse::rest
