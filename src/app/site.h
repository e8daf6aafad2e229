#pragma once
// One workspace behind all surfaces: what is served of it, and what it does by itself. site.cc is where
// everything is wired, in order; reading it explains the program.

#include <memory>
#include <string>

#include "app/data_dir.h"
#include "app/server.h"
#include "app/workspace.h"
#include "base/result.h"
#include "http/http.h"

namespace boathouse::app {

class Site {
 public:
  // `url` is how clients reach it, its path included; `by_host`: surfaces may tell addresses as the
  // request's Host says. All outlive the site.
  struct Place {
    std::string url;
    bool by_host = false;
    std::string bucket = "boathouse";  // what clients of S3 call the workspace
  };
  static Result<std::unique_ptr<Site>> Build(const DataDir& dir, Workspace& workspace,
                                             const ServerConfig& config, const Place& place);
  // Ends what it does by itself. No request may be under way.
  virtual ~Site() = default;

  // Others may add routes until the server starts.
  virtual http::Router& router() = 0;
  // Begins what goes on beside the requests: imports that were cut off, webhooks, upkeep.
  virtual Status Start() = 0;
};

}  // namespace boathouse::app
