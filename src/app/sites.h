#pragma once
// The workspaces beside main, each under /w/NAME/. They are opened when the server starts, or when somebody
// asks for one that was made since; one whose folder went is closed. One that cannot be opened, or takes
// long to, is answered for with 503 and keeps nobody else waiting. Nothing crosses: each has a database,
// secrets and surfaces of its own.

#include <memory>
#include <string>

#include "app/data_dir.h"
#include "app/server.h"
#include "http/http.h"

namespace boathouse::app {

class Sites {
 public:
  // `url` is how clients reach the server.
  Sites(const DataDir& dir, const ServerConfig& config, std::string url);
  ~Sites();  // no request may be under way
  Sites(const Sites&) = delete;
  Sites& operator=(const Sites&) = delete;

  // Adds what is below /w.
  void Mount(http::Router& router);
  // Opens the workspaces there are, and watches for those that come and go.
  void Start();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace boathouse::app
