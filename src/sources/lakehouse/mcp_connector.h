#pragma once
// Private to sources/: reaches a lakehouse through the SQL tool of an MCP server.

#include <memory>

#include "http/client.h"
#include "mcp/mcp.h"
#include "sources/gate.h"

namespace boathouse::sources {

// `client` is the connection to the server that `config` names; tests give their own.
std::unique_ptr<Connector> MakeMcpConnector(SourceConfig config,
                                            std::unique_ptr<mcp::Client> client);

}  // namespace boathouse::sources
