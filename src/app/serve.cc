// The verbs that keep running: serve and lakehouse.

#include <cstdio>
#include <cstdlib>

#include "app/data_dir.h"
#include "app/files.h"
#include "app/server.h"
#include "app/signals.h"
#include "app/verbs.h"
#include "app/workspace.h"
#include "base/log.h"
#include "lakehouse/lakehouse.h"

namespace boathouse::app {
namespace {

constexpr uint16_t port_default = 8080;

Status PrintWelcome(const Server& server, Workspace& workspace) {
  ASSIGN(const bool needed, workspace.auth->SetupNeeded());
  if (!needed) {
    std::printf("Boathouse is ready at %s\n", server.url().c_str());
  } else {
    ASSIGN(const std::string token, workspace.auth->IssueSetupToken());
    std::printf(
        "Boathouse is ready. Open this link once to set up your workspace:\n\n"
        "  %s/setup?token=%s\n\n",
        server.url().c_str(), token.c_str());
  }
  std::fflush(stdout);
  return {};
}

Status Serve(const Arguments& arguments) {
  ServerConfig config;
  config.address = arguments.Get("address", config.address);
  ASSIGN(config.port, PortOf(arguments, port_default));
  config.public_url = arguments.Get("public-url");
  config.lakehouse_mcp_url = arguments.Get("lakehouse-mcp");
  const char* token = std::getenv("BOATHOUSE_LAKEHOUSE_TOKEN");
  config.lakehouse_token = arguments.Get("lakehouse-token", token != nullptr ? token : "");
  config.table_files = arguments.Get("table-files");
  const auto environment = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value != nullptr ? value : "");
  };
  config.table_files_keys = {environment("AWS_ACCESS_KEY_ID"), environment("AWS_SECRET_ACCESS_KEY"),
                             environment("AWS_SESSION_TOKEN")};
  if (const std::string model = arguments.Get("lakehouse-model"); !model.empty()) {
    ASSIGN(config.lakehouse_model, ReadJsonFile(model));
  }

  BlockSignals();
  ASSIGN(const std::unique_ptr<DataDir> dir, DataDir::Open(arguments.Get("data")));
  ASSIGN(const std::unique_ptr<Workspace> workspace, Workspace::Open(*dir));
  ASSIGN(const std::unique_ptr<Server> server, Server::Start(*dir, *workspace, config));
  TRY(PrintWelcome(*server, *workspace));
  while (WaitForSignal() != Wake::kEnd) {
  }
  Log(LogLevel::kInfo, "server_stopping");
  return {};
}

}  // namespace

int Fail(const Error& error) {
  std::fprintf(stderr, "boathouse: %s\n", error.message.c_str());
  for (const FieldError& field : error.fields) {
    std::fprintf(stderr, "  %s: %s\n", field.field.c_str(), field.detail.c_str());
  }
  return exit_failed;
}

Result<uint16_t> PortOf(const Arguments& arguments, uint16_t fallback) {
  ASSIGN(const int64_t port, arguments.GetInteger("port", fallback, 0, 65535));
  return static_cast<uint16_t>(port);
}

int ServeVerb(const Arguments& arguments) {
  const Status status = Serve(arguments);
  return status.ok() ? 0 : Fail(status.error());
}

int LakehouseVerb(const Arguments& arguments) {
  lakehouse::RunOptions options;
  options.lakehouse.root = arguments.Get("root");
  lakehouse::TokenChoice choice;
  if (arguments.Has("token")) choice.given = arguments.Get("token");
  choice.file = arguments.Get("token-file");
  choice.environment = std::getenv("BOATHOUSE_LAKEHOUSE_TOKEN");
  Result<std::string> token = lakehouse::ReadToken(choice);
  if (!token.ok()) return Fail(token.error());
  options.lakehouse.bearer_token = std::move(*token);
  options.address = arguments.Get("address", options.address);
  const Result<uint16_t> port = PortOf(arguments, 0);
  if (!port.ok()) return Fail(port.error());
  options.port = *port;
  const Result<int64_t> parent = arguments.GetInteger("parent-pid", 0, 0, INT32_MAX);
  if (!parent.ok()) return Fail(parent.error());
  options.parent_pid = static_cast<int>(*parent);
  return lakehouse::RunLakehouse(options);
}

}  // namespace boathouse::app
