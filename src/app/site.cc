#include "app/site.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "app/live_tables.h"
#include "app/version.h"
#include "assistant/assistant.h"
#include "base/cancellation.h"
#include "base/log.h"
#include "base/resident_memory.h"
#include "crm/upkeep.h"
#include "events/webhooks.h"
#include "http/client.h"
#include "sources/sources.h"
#include "surfaces/mcp/mcp_surface.h"
#include "surfaces/rest/rest.h"
#include "surfaces/web/web.h"
#include "tables/tables.h"

namespace boathouse::app {
namespace {

// How often tables are compacted and their old versions forgotten, when that is due.
constexpr std::chrono::seconds tables_upkeep_interval{30};

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

class BuiltSite final : public Site {
 public:
  BuiltSite(const DataDir& dir, Workspace& workspace, const ServerConfig& config,
            const Place& place)
      : dir_(dir), workspace_(workspace), config_(config), place_(place) {}

  ~BuiltSite() override {
    stopping_.Cancel();
    if (warming_.joinable()) warming_.join();
  }

  Status Build() {
    TRY(BuildTables());
    BuildSources();
    assistant_ = assistant::Assistant::Create(sources_, workspace_.clock);
    MountSurfaces();
    return {};
  }

  http::Router& router() override { return router_; }

  Status Start() override {
    TRY(webhooks_.Start());
    workspace_.imports->Start();  // goes on with what an earlier run left
    upkeep_ = std::make_unique<crm::Upkeep>(*workspace_.crm, workspace_.attachments.get());
    // Beside the requests, so that the first readers of big tables need not wait for them.
    warming_ = std::thread([this] {
      catalog_->Warm(stopping_);
      ReleaseIdleMemory();
      KeepTables();
    });
    return {};
  }

 private:
  // Compacts the tables and forgets old versions, again and again until the server stops.
  void KeepTables() {
    struct Stop {
      std::mutex mutex;
      std::condition_variable raised;
      bool now = false;
    };
    const auto stop = std::make_shared<Stop>();
    stopping_.OnCancel([stop] {
      const std::lock_guard lock(stop->mutex);
      stop->now = true;
      stop->raised.notify_all();
    });
    std::unique_lock lock(stop->mutex);
    while (!stop->raised.wait_for(lock, tables_upkeep_interval, [&] { return stop->now; })) {
      lock.unlock();
      catalog_->Maintain(stopping_);
      lock.lock();
    }
  }

  // The records, published: cut into versions when somebody reads them.
  Status BuildTables() {
    tables::CatalogOptions options;
    options.directory = dir_.tables_path();
    ASSIGN(catalog_, tables::Catalog::Open(options, *workspace_.store, workspace_.clock));
    ASSIGN(live_tables_, LiveTables::Open(dir_, workspace_, place_, config_, *catalog_));
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
    const bool secure_cookies = place_.url.starts_with("https://");
    rest::Services services{*workspace_.crm, *workspace_.auth, secure_cookies, assistant_.get(),
                            place_.by_host ? "" : place_.url};
    services.feed = workspace_.feed.get();
    services.automations = workspace_.automations.get();
    services.webhooks = &webhooks_;
    services.attachments = workspace_.attachments.get();
    services.imports = workspace_.imports.get();
    services.exports = workspace_.exports.get();
    services.upload_folder = dir_.imports_path();
    services.sharing = &live_tables_->sharing();
    rest::Mount(router_, services);

    live_tables_->Mount(router_);

    // Without a lakehouse there is no tool that asks it.
    assistant::Assistant* asked = sources_.all().empty() ? nullptr : assistant_.get();
    mcp_surface::Mount(router_, {*workspace_.crm, *workspace_.auth, asked, version, {place_.url}});
    web::Mount(router_);
  }

  const DataDir& dir_;
  Workspace& workspace_;
  const ServerConfig config_;
  const Place place_;
  // In the order of their use of each other: what stands below is gone before what it refers to.
  std::unique_ptr<http::Client> client_ = http::Client::Create();
  LogLedger ledger_;
  events::Webhooks webhooks_{*workspace_.store,
                             *workspace_.crm,
                             *workspace_.feed,
                             *client_,
                             workspace_.clock,
                             workspace_.ids,
                             auth::Seal(dir_.sealing_key())};
  std::unique_ptr<tables::Catalog> catalog_;
  std::unique_ptr<LiveTables> live_tables_;
  sources::Registry sources_;
  std::unique_ptr<assistant::Assistant> assistant_;
  http::Router router_;
  std::unique_ptr<crm::Upkeep> upkeep_;
  const Cancellation stopping_;
  std::thread warming_;
};

}  // namespace

Result<std::unique_ptr<Site>> Site::Build(const DataDir& dir, Workspace& workspace,
                                          const ServerConfig& config, const Place& place) {
  auto site = std::make_unique<BuiltSite>(dir, workspace, config, place);
  TRY(site->Build());
  return std::unique_ptr<Site>(std::move(site));
}

}  // namespace boathouse::app
