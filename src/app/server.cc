#include "app/server.h"

#include <utility>

#include "app/site.h"
#include "app/sites.h"
#include "http/http.h"

namespace boathouse::app {
namespace {

// Signed URLs carry the port before the server has one, so a free one is found first.
Result<uint16_t> FreePort(const std::string& address) {
  http::ServerOptions options;
  options.address = address;
  options.worker_threads = 1;
  const http::Router nothing;
  ASSIGN(const std::unique_ptr<http::Server> probe, http::Server::Start(options, nothing));
  const uint16_t port = probe->port();
  probe->Stop();
  return port;
}

std::string UrlOf(const ServerConfig& config, uint16_t port) {
  if (!config.public_url.empty()) {
    std::string url = config.public_url;
    while (url.ends_with('/')) url.pop_back();
    return url;
  }
  const bool any = config.address == "0.0.0.0" || config.address == "::";
  const bool v6 = !any && config.address.find(':') != std::string::npos;
  const std::string host = any ? "127.0.0.1" : v6 ? "[" + config.address + "]" : config.address;
  return "http://" + host + ":" + std::to_string(port);
}

class RunningServer : public Server {
 public:
  RunningServer(const DataDir& dir, Workspace& workspace, const ServerConfig& config)
      : dir_(dir), workspace_(workspace), config_(config) {}

  ~RunningServer() override {
    if (server_ != nullptr) server_->Stop();
  }

  Status Build() {
    const std::string& given = config_.public_url;
    if (!given.empty() && !given.starts_with("http://") && !given.starts_with("https://")) {
      return Error(ErrorKind::kInvalid,
                   "the public URL must begin with http:// or https://, not \"" + given + "\"");
    }
    http::ServerOptions options;
    options.address = config_.address;
    options.port = config_.port;
    if (options.port == 0) {
      ASSIGN(options.port, FreePort(config_.address));
    }
    url_ = UrlOf(config_, options.port);
    ASSIGN(main_, Site::Build(dir_, workspace_, config_, {url_, given.empty()}));
    sites_ = std::make_unique<Sites>(dir_, config_, url_);
    sites_->Mount(main_->router());
    Result<std::unique_ptr<http::Server>> started = http::Server::Start(options, main_->router());
    if (!started.ok()) return std::move(started.error());
    server_ = std::move(*started);
    TRY(main_->Start());
    sites_->Start();
    return {};
  }

  uint16_t port() const override { return server_->port(); }
  const std::string& url() const override { return url_; }

 private:
  const DataDir& dir_;
  Workspace& workspace_;
  const ServerConfig config_;
  std::string url_;
  // What stands below is gone before what it refers to.
  std::unique_ptr<Site> main_;
  std::unique_ptr<Sites> sites_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(const DataDir& dir, Workspace& workspace,
                                              const ServerConfig& config) {
  auto server = std::make_unique<RunningServer>(dir, workspace, config);
  TRY(server->Build());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace boathouse::app
