#include "sources/lakehouse/mcp_connector.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "sources/lakehouse/normalise.h"
#include "sources/lakehouse/tool_adapter.h"
#include "sources/pause.h"

namespace boathouse::sources {
namespace {

constexpr char model_uri[] = "semantic://model";
constexpr int poll_first_ms = 200;
constexpr int poll_longest_ms = 2000;

class McpConnector : public Connector {
 public:
  McpConnector(SourceConfig config, std::unique_ptr<mcp::Client> client)
      : config_(std::move(config)), client_(std::move(client)) {}

  Result<Table> Fetch(const std::string& sql, const Limits& limits,
                      const Cancellation& cancellation) override {
    ASSIGN(const SqlTool tool, Tool(cancellation));
    Result<mcp::ToolResult> called = client_->CallTool(
        tool.name, tool.Arguments(sql, limits.rows_max + 1, config_.warehouse_id), cancellation);
    if (!called.ok()) {
      // The server may have been replaced by one with other tools: look again next time.
      const std::lock_guard lock(mutex_);
      tool_.reset();
      return std::move(called.error());
    }
    ASSIGN(ToolAnswer answer, NormaliseToolResult(*called, limits));
    int wait_ms = poll_first_ms;
    while (answer.state == ToolAnswer::State::kRunning) {
      if (tool.poll_tool.empty() || answer.statement_id.empty()) {
        return Error(ErrorKind::kUnsupported, "the lakehouse's answer cannot be polled");
      }
      if (!Pause(cancellation, wait_ms)) {
        return Error(ErrorKind::kCancelled, "the query was cancelled");
      }
      wait_ms = std::min(wait_ms * 2, poll_longest_ms);
      ASSIGN(answer, Poll(tool, answer.statement_id, limits, cancellation));
    }
    return std::move(answer.table);
  }

  Result<Json> ReadModel(const Cancellation& cancellation) override {
    if (!config_.semantic_model.is_null()) return config_.semantic_model;
    Result<Json> read = client_->ReadResource(model_uri, cancellation);
    if (!read.ok()) {
      const ErrorKind kind = read.error().kind;
      if (kind != ErrorKind::kNotFound && kind != ErrorKind::kInvalid) return read;
      return Error(ErrorKind::kUnsupported,
                   "the lakehouse publishes no semantic model: configure one for this source");
    }
    const Json& contents = *read;
    if (contents.items().empty()) {
      return Error(ErrorKind::kUnsupported, "the lakehouse's semantic model is empty");
    }
    Result<Json> document = Json::Parse(contents.items().front()["text"].AsString());
    if (document.ok()) return document;
    return Error(ErrorKind::kUnsupported, "the lakehouse's semantic model is not JSON");
  }

 private:
  Result<SqlTool> Tool(const Cancellation& cancellation) {
    {
      const std::lock_guard lock(mutex_);
      if (tool_.has_value()) return *tool_;
    }
    ASSIGN(const std::vector<mcp::Tool> tools, client_->ListTools(cancellation));
    ASSIGN(SqlTool found, FindSqlTool(tools));
    const std::lock_guard lock(mutex_);
    tool_ = found;
    return found;
  }

  Result<ToolAnswer> Poll(const SqlTool& tool, const std::string& statement_id,
                          const Limits& limits, const Cancellation& cancellation) {
    Json arguments = Json::Object({{"statement_id", statement_id}});
    if (!tool.warehouse_argument.empty() && !config_.warehouse_id.empty()) {
      arguments.Set(tool.warehouse_argument, config_.warehouse_id);
    }
    ASSIGN(const mcp::ToolResult polled,
           client_->CallTool(tool.poll_tool, arguments, cancellation));
    return NormaliseToolResult(polled, limits);
  }

  const SourceConfig config_;
  const std::unique_ptr<mcp::Client> client_;
  std::mutex mutex_;
  std::optional<SqlTool> tool_;
};

}  // namespace

std::unique_ptr<Connector> MakeMcpConnector(SourceConfig config,
                                            std::unique_ptr<mcp::Client> client) {
  return std::make_unique<McpConnector>(std::move(config), std::move(client));
}

}  // namespace boathouse::sources
