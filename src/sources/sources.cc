#include "sources/sources.h"

#include <utility>

#include "mcp/mcp.h"
#include "sources/gate.h"
#include "sources/lakehouse/mcp_connector.h"

namespace boathouse::sources {

std::unique_ptr<Source> MakeLakehouse(SourceConfig config, http::Client& http, const Clock& clock,
                                      Ledger& ledger) {
  mcp::ClientOptions options;
  options.url = config.url;
  options.client_version = "1.0";
  // The gate's deadline ends a call; the client's own limit only has to lie beyond it.
  options.timeout_ms = 4 * timeout_ms_default;
  if (!config.bearer_token.empty()) {
    options.headers.Set("Authorization", "Bearer " + config.bearer_token);
  }
  std::string name = config.name;
  auto connector =
      MakeMcpConnector(std::move(config), mcp::Client::Create(std::move(options), http));
  return std::make_unique<Gate>(std::move(name), "lakehouse", std::move(connector), GateOptions{},
                                clock, ledger);
}

Source* Registry::Find(std::string_view name) const {
  for (const std::unique_ptr<Source>& source : sources_) {
    if (source->name() == name) return source.get();
  }
  return nullptr;
}

}  // namespace boathouse::sources
