#pragma once
// Which web pages may call the endpoint. A page of any site may reach a server on the user's own machine,
// even through a name that it makes resolve to the loopback; browsers then tell the page's origin.
// Private to mcp/. Read from many threads.

#include <string>
#include <string_view>
#include <vector>

#include "http/http.h"

namespace boathouse::mcp {

class Origins {
 public:
  explicit Origins(std::vector<std::string> allowed) : allowed_(std::move(allowed)) {}

  // True for requests without an Origin (programs), loopback origins, and the allowed ones.
  bool Admit(const http::Request& request) const;
  // Adds the CORS headers that let an admitted page read the response; nothing for programs.
  void Share(const http::Request& request, http::Response* response) const;
  // The answer to a browser that asks before it sends.
  http::Response Preflight(const http::Request& request) const;

 private:
  const std::vector<std::string> allowed_;
};

}  // namespace boathouse::mcp
