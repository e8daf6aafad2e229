#include "app/server.h"

#include <thread>
#include <utility>

#include "app/version.h"
#include "assistant/assistant.h"
#include "base/cancellation.h"
#include "base/log.h"
#include "events/webhooks.h"
#include "http/client.h"
#include "http/http.h"
#include "sources/sources.h"
#include "surfaces/delta_sharing/delta_sharing.h"
#include "surfaces/mcp/mcp_surface.h"
#include "surfaces/objects/objects.h"
#include "surfaces/rest/rest.h"
#include "surfaces/web/web.h"
#include "tables/tables.h"

namespace boathouse::app {
namespace {

// What federated queries cost, as log lines: who asked what when, never a row of an answer.
class LogLedger : public sources::Ledger {
 public:
  void Record(const sources::LedgerEntry& entry) override {
    Log(LogLevel::kInfo, "source_query",
        {{"source", entry.source},
         {"asked_by", entry.asked_by},
         {"outcome", entry.outcome},
         {"rows", entry.row_count},
         {"elapsed_ms", entry.elapsed_ms},
         {"upstream_id", entry.upstream_id}});
  }
};

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
    stopping_.Cancel();
    if (server_ != nullptr) server_->Stop();
    if (warming_.joinable()) warming_.join();
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
    TRY(BuildTables());
    BuildSources();
    assistant_ = assistant::Assistant::Create(sources_, workspace_.clock);
    MountSurfaces();
    TRY(webhooks_.Start());
    Result<std::unique_ptr<http::Server>> started = http::Server::Start(options, router_);
    if (!started.ok()) return std::move(started.error());
    server_ = std::move(*started);
    workspace_.imports->Start();  // goes on with what an earlier run left
    // Beside the requests, so that the first readers of big tables need not wait for them.
    warming_ = std::thread([this] { catalog_->Warm(stopping_); });
    return {};
  }

  uint16_t port() const override { return server_->port(); }
  const std::string& url() const override { return url_; }

 private:
  // The records, published: cut into versions when somebody reads them.
  Status BuildTables() {
    tables::CatalogOptions options;
    options.directory = dir_.tables_path();
    ASSIGN(catalog_, tables::Catalog::Open(options, *workspace_.store, workspace_.clock));
    return {};
  }

  // What we read from others, live.
  void BuildSources() {
    if (config_.lakehouse_mcp_url.empty()) return;
    sources::SourceConfig lakehouse;
    lakehouse.url = config_.lakehouse_mcp_url;
    lakehouse.bearer_token = config_.lakehouse_token;
    lakehouse.semantic_model = config_.lakehouse_model;
    sources_.Add(sources::MakeLakehouse(std::move(lakehouse), *client_, workspace_.clock, ledger_));
  }

  // What others read from us. Each translates one protocol and can be left out without another noticing.
  void MountSurfaces() {
    const bool secure_cookies = url_.starts_with("https://");
    rest::Services services{*workspace_.crm, *workspace_.auth, secure_cookies, assistant_.get(),
                            config_.public_url.empty() ? "" : url_};
    services.feed = workspace_.feed.get();
    services.automations = workspace_.automations.get();
    services.webhooks = &webhooks_;
    services.imports = workspace_.imports.get();
    services.exports = workspace_.exports.get();
    services.upload_folder = dir_.imports_path();
    rest::Mount(router_, services);

    objects::Mount(router_, {*catalog_, url_signer_, workspace_.clock});
    delta_sharing::Services sharing{
        *catalog_, *workspace_.auth,         workspace_.clock,
        {},        dir_.page_token_secret(), config_.public_url.empty() ? "" : url_};
    sharing.sign_file = [this](std::string_view table, std::string_view file,
                               std::string_view recipient, Micros expires_at) {
      return url_signer_.Sign(table, file, recipient, expires_at);
    };
    delta_sharing::Mount(router_, sharing);

    // Without a lakehouse there is no tool that asks it.
    assistant::Assistant* asked = sources_.all().empty() ? nullptr : assistant_.get();
    mcp_surface::Mount(router_, {*workspace_.crm, *workspace_.auth, asked, version, {url_}});
    web::Mount(router_);
  }

  const DataDir& dir_;
  Workspace& workspace_;
  const ServerConfig config_;
  std::string url_;
  // In the order of their use of each other: what stands below is gone before what it refers to.
  std::unique_ptr<http::Client> client_ = http::Client::Create();
  LogLedger ledger_;
  events::Webhooks webhooks_{*workspace_.store, *workspace_.crm,  *workspace_.feed,
                             *client_,          workspace_.clock, workspace_.ids};
  std::unique_ptr<tables::Catalog> catalog_;
  sources::Registry sources_;
  std::unique_ptr<assistant::Assistant> assistant_;
  const objects::UrlSigner url_signer_{dir_.url_signing_key()};
  http::Router router_;
  std::unique_ptr<http::Server> server_;
  const Cancellation stopping_;
  std::thread warming_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(const DataDir& dir, Workspace& workspace,
                                              const ServerConfig& config) {
  auto server = std::make_unique<RunningServer>(dir, workspace, config);
  TRY(server->Build());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace boathouse::app
