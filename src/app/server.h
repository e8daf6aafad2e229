#pragma once
// The running server: one workspace behind all surfaces. server.cc is where everything is wired, in
// order; reading it explains the program.

#include <cstdint>
#include <memory>
#include <string>

#include "app/data_dir.h"
#include "app/workspace.h"
#include "auth/table_keys.h"
#include "base/json.h"
#include "base/result.h"

namespace boathouse::app {

struct ServerConfig {
  std::string address = "127.0.0.1";
  uint16_t port = 0;       // 0: any free port
  std::string public_url;  // how clients reach it, without a slash at the end; "": by the address
  std::string lakehouse_mcp_url;  // "": no lakehouse
  std::string lakehouse_token;
  std::string table_files;  // the object store of table files; "": this server alone has them
  auth::S3Keys table_files_keys;
  Json lakehouse_model;  // what its tables mean; null: it says so itself
};

class Server {
 public:
  // Builds and starts everything. kConflict when the port is taken. `workspace` and `dir` outlive it.
  static Result<std::unique_ptr<Server>> Start(const DataDir& dir, Workspace& workspace,
                                               const ServerConfig& config);
  virtual ~Server() = default;  // stops accepting, lets running requests finish, joins all threads

  virtual uint16_t port() const = 0;
  virtual const std::string& url() const = 0;  // what public_url became
};

}  // namespace boathouse::app
