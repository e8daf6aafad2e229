// Each exchange borrows a slot, a curl easy handle with a multi handle of its own, and drives it on
// the caller's thread. The multi is there for two things: its connection cache outlives the exchange,
// and it can be woken from another thread, so that a cancellation takes effect at once.

#include "http/client.h"

#include <curl/curl.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "base/bytes.h"

namespace boathouse::http {
namespace {

constexpr size_t idle_slots_max = 32;
constexpr int poll_ms_max = 1000;

struct EasyDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct MultiDeleter {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

struct Slot {
  std::string origin;                          // of the last exchange, whose connection it may hold
  std::unique_ptr<CURLM, MultiDeleter> multi;  // cleaned up after easy
  std::unique_ptr<CURL, EasyDeleter> easy;
};

// What a cancellation wakes. It outlives the exchange, as a callback cannot be taken back.
struct Wakeup {
  std::mutex mutex;
  CURLM* multi = nullptr;

  void Wake() {
    const std::lock_guard lock(mutex);
    if (multi != nullptr) curl_multi_wakeup(multi);
  }
  void Forget() {
    const std::lock_guard lock(mutex);
    multi = nullptr;
  }
};

struct Target {
  std::string origin;  // scheme://host:port, for messages
  bool is_loopback = false;
};

std::string UrlPart(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

bool IsLoopback(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host == "[::1]" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos);
}

Result<Target> ParseUrl(const std::string& text) {
  const std::unique_ptr<CURLU, UrlDeleter> url(curl_url());
  if (!url || text.find('\0') != std::string::npos ||
      curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
    return Error(ErrorKind::kInvalid, "This is not a complete http or https URL.");
  }
  const std::string scheme = UrlPart(url.get(), CURLUPART_SCHEME);
  const std::string host = AsciiLower(UrlPart(url.get(), CURLUPART_HOST));
  if (scheme != "http" && scheme != "https") {
    return Error(ErrorKind::kInvalid,
                 "A URL must begin with http:// or https://, not with " + scheme + "://.");
  }
  return Target{.origin = scheme + "://" + host + ":" +
                          UrlPart(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT),
                .is_loopback = IsLoopback(host)};
}

Result<std::unique_ptr<curl_slist, ListDeleter>> MakeHeaderList(const ClientRequest& request) {
  std::unique_ptr<curl_slist, ListDeleter> list;
  const auto append = [&list](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) return false;
    [[maybe_unused]] curl_slist* same = list.release();
    list.reset(longer);
    return true;
  };
  bool complete = true;
  for (const auto& [name, value] : request.headers.entries()) {
    constexpr std::string_view forbidden("\r\n\0", 3);
    if (name.empty() || name.find_first_of(forbidden) != std::string::npos ||
        name.find_first_of(": ") != std::string::npos ||
        value.find_first_of(forbidden) != std::string::npos) {
      return Error(ErrorKind::kInvalid, "A header of the request has a line break or no name.");
    }
    complete = append(value.empty() ? name + ";" : name + ": " + value) && complete;
  }
  // Without these lines curl would add an Expect that costs a round trip, and a form's content type.
  complete = append("Expect:") && complete;
  if (request.headers.Find("content-type") == nullptr)
    complete = append("Content-Type:") && complete;
  if (request.headers.Find("user-agent") == nullptr) {
    complete = append("User-Agent: Boathouse") && complete;
  }
  if (!complete) return Error(ErrorKind::kExhausted, "There is no memory for an HTTP request.");
  return list;
}

// One exchange under way; curl's callbacks run on the thread that called Send.
class Transfer {
 public:
  Transfer(const ClientRequest& request, const Target& target)
      : request_(request), target_(target) {}

  Status Prepare(CURL* easy) {
    ASSIGN(header_list_, MakeHeaderList(request_));
    bool ok = true;
    const auto set = [&](CURLoption option, auto value) {
      ok = curl_easy_setopt(easy, option, value) == CURLE_OK && ok;
    };
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::max(1, request_.connect_timeout_ms)));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::max(0, request_.timeout_ms)));
    set(CURLOPT_HTTPHEADER, header_list_.get());
    if (request_.headers.Find("accept-encoding") == nullptr) set(CURLOPT_ACCEPT_ENCODING, "gzip");
    // An empty proxy switches off those of the environment, which could not reach this machine.
    if (target_.is_loopback) set(CURLOPT_PROXY, "");
    const bool sends_body = !request_.body.empty() || request_.method == "POST" ||
                            request_.method == "PUT" || request_.method == "PATCH";
    if (sends_body) {
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
      set(CURLOPT_POSTFIELDS, request_.body.data());
    }
    if (request_.method == "HEAD") set(CURLOPT_NOBODY, 1L);
    set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    set(CURLOPT_HEADERFUNCTION, &Transfer::OnHeaderCall);
    set(CURLOPT_HEADERDATA, static_cast<void*>(this));
    set(CURLOPT_WRITEFUNCTION, &Transfer::OnBodyCall);
    set(CURLOPT_WRITEDATA, static_cast<void*>(this));
    set(CURLOPT_ERRORBUFFER, static_cast<char*>(reason_));
    if (!ok) return Error(ErrorKind::kInternal, "The HTTP client could not be set up.");
    return Status::Ok();
  }

  Result<ClientResponse> Perform(const Slot& slot) {
    if (curl_multi_add_handle(slot.multi.get(), slot.easy.get()) != CURLM_OK) {
      return Error(ErrorKind::kInternal, "The HTTP client could not begin the request.");
    }
    CURLcode outcome = CURLE_OK;
    bool done = false;
    while (!done && !request_.cancellation.cancelled()) {
      int running = 0;
      if (curl_multi_perform(slot.multi.get(), &running) != CURLM_OK) {
        outcome = CURLE_OUT_OF_MEMORY;
        break;
      }
      int left = 0;
      while (const CURLMsg* message = curl_multi_info_read(slot.multi.get(), &left)) {
        if (message->msg == CURLMSG_DONE) {
          outcome = message->data.result;
          done = true;
        }
      }
      if (!done) curl_multi_poll(slot.multi.get(), nullptr, 0, poll_ms_max, nullptr);
    }
    Result<ClientResponse> result = Conclude(slot.easy.get(), done, outcome);
    curl_multi_remove_handle(slot.multi.get(), slot.easy.get());
    return result;
  }

 private:
  static size_t OnHeaderCall(char* bytes, size_t, size_t count, void* self) {
    static_cast<Transfer*>(self)->OnHeader({bytes, count});
    return count;
  }
  static size_t OnBodyCall(char* bytes, size_t, size_t count, void* self) {
    // Anything but the count given makes curl stop.
    return static_cast<Transfer*>(self)->OnBody({bytes, count}) ? count : count + 1;
  }

  void OnHeader(std::string_view line) {
    if (line.starts_with("HTTP/")) {  // also begins anew after a 1xx
      response_.headers = Headers();
      response_.status = 0;
      const size_t space = line.find(' ');
      for (size_t i = space + 1; space != line.npos && i < std::min(space + 4, line.size()); ++i) {
        if (line[i] >= '0' && line[i] <= '9')
          response_.status = response_.status * 10 + line[i] - '0';
      }
      return;
    }
    const size_t colon = line.find(':');
    if (colon == line.npos) return;
    response_.headers.Add(std::string(line.substr(0, colon)),
                          std::string(TrimAscii(line.substr(colon + 1))));
  }

  bool OnBody(std::string_view piece) {
    if (piece.size() > request_.response_bytes_max - received_) {
      too_large_ = true;
      return false;
    }
    received_ += piece.size();
    if (!request_.on_data) {
      response_.body.append(piece);
      return true;
    }
    if (request_.cancellation.cancelled()) return false;
    stopped_ = !request_.on_data(response_.status, response_.headers, piece);
    return !stopped_;
  }

  Result<ClientResponse> Conclude(CURL* easy, bool done, CURLcode outcome) {
    if (stopped_) return std::move(response_);
    if (too_large_) {
      return Error(ErrorKind::kTooLarge, "The answer of " + target_.origin + " is larger than " +
                                             std::to_string(request_.response_bytes_max) +
                                             " bytes.");
    }
    if (request_.cancellation.cancelled() && !(done && outcome == CURLE_OK)) {
      return Error(ErrorKind::kCancelled, "The request to " + target_.origin + " was cancelled.");
    }
    if (outcome == CURLE_OK) return std::move(response_);
    const std::string reason = reason_[0] != '\0' ? reason_ : curl_easy_strerror(outcome);
    if (outcome == CURLE_OPERATION_TIMEDOUT) {
      curl_off_t before_transfer_us = 0;
      curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &before_transfer_us);
      if (before_transfer_us > 0) {
        return Error(ErrorKind::kDeadline, target_.origin + " did not answer within " +
                                               std::to_string(request_.timeout_ms) + " ms.");
      }
    }
    if (outcome == CURLE_URL_MALFORMAT || outcome == CURLE_UNSUPPORTED_PROTOCOL) {
      return Error(ErrorKind::kInvalid, "The URL of the request is not valid: " + reason + ".");
    }
    if (outcome == CURLE_OUT_OF_MEMORY) {
      return Error(ErrorKind::kExhausted, "There is no memory for an HTTP request.");
    }
    return Error(ErrorKind::kUnavailable, "Cannot reach " + target_.origin + ": " + reason + ".");
  }

  const ClientRequest& request_;
  const Target& target_;
  std::unique_ptr<curl_slist, ListDeleter> header_list_;
  ClientResponse response_;
  size_t received_ = 0;
  bool stopped_ = false;
  bool too_large_ = false;
  char reason_[CURL_ERROR_SIZE] = {};
};

class CurlClient : public Client {
 public:
  Result<ClientResponse> Send(const ClientRequest& request) override {
    ASSIGN(const Target target, ParseUrl(request.url));
    ASSIGN(Slot slot, Borrow(target.origin));
    Transfer transfer(request, target);
    TRY(transfer.Prepare(slot.easy.get()));
    const auto wakeup = std::make_shared<Wakeup>();
    wakeup->multi = slot.multi.get();
    request.cancellation.OnCancel([wakeup] { wakeup->Wake(); });
    Result<ClientResponse> result = transfer.Perform(slot);
    wakeup->Forget();
    GiveBack(std::move(slot));
    return result;
  }

 private:
  // Prefers a slot that holds a connection to `origin`, then any, then a new one.
  Result<Slot> Borrow(const std::string& origin) {
    {
      const std::lock_guard lock(mutex_);
      auto it = std::find_if(idle_.rbegin(), idle_.rend(),
                             [&](const Slot& slot) { return slot.origin == origin; });
      if (it != idle_.rend() || idle_.size() >= idle_slots_max) {
        const auto chosen = it != idle_.rend() ? std::prev(it.base()) : idle_.begin();
        Slot slot = std::move(*chosen);
        idle_.erase(chosen);
        slot.origin = origin;
        return slot;
      }
    }
    Slot slot{origin, std::unique_ptr<CURLM, MultiDeleter>(curl_multi_init()),
              std::unique_ptr<CURL, EasyDeleter>(curl_easy_init())};
    if (!slot.easy || !slot.multi) {
      return Error(ErrorKind::kExhausted, "There is no memory for an HTTP client.");
    }
    return slot;
  }

  void GiveBack(Slot slot) {
    curl_easy_reset(slot.easy.get());  // drops options and pointers, keeps connections and cookies
    const std::lock_guard lock(mutex_);
    if (idle_.size() < idle_slots_max) idle_.push_back(std::move(slot));
  }

  std::mutex mutex_;
  std::vector<Slot> idle_;  // most recently used last
};

}  // namespace

std::unique_ptr<Client> Client::Create() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  return std::make_unique<CurlClient>();
}

}  // namespace boathouse::http
