#include "app/identity_fetch.h"

#include <memory>
#include <mutex>

#include "http/client.h"

namespace boathouse::app {
namespace {

// Most programs that open a workspace never ask a provider anything.
class LazyClient {
 public:
  http::Client& Get() {
    std::call_once(made_, [this] { client_ = http::Client::Create(); });
    return *client_;
  }

 private:
  std::once_flag made_;
  std::unique_ptr<http::Client> client_;
};

}  // namespace

auth::Fetch MakeIdentityFetch() {
  return [client = std::make_shared<LazyClient>()](
             const auth::FetchRequest& request) -> Result<auth::FetchResponse> {
    http::ClientRequest sent;
    sent.method = request.method;
    sent.url = request.url;
    for (const auto& [name, value] : request.headers) sent.headers.Add(name, value);
    sent.body = request.body;
    sent.timeout_ms = auth::fetch_timeout_ms;
    sent.response_bytes_max = auth::fetch_bytes_max;
    ASSIGN(http::ClientResponse response, client->Get().Send(sent));
    return auth::FetchResponse{response.status, std::move(response.body)};
  };
}

}  // namespace boathouse::app
