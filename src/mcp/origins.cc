#include "mcp/origins.h"

#include <algorithm>

namespace boathouse::mcp {
namespace {

constexpr const char* preflight_seconds = "7200";

// http://localhost:5173, http://127.0.0.1, https://[::1]:8443 and the like.
bool IsLoopback(std::string_view origin) {
  const size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) return false;
  std::string_view host = origin.substr(scheme + 3);
  if (host.starts_with('[')) {
    const size_t end = host.find(']');
    if (end == std::string_view::npos) return false;
    const std::string_view port = host.substr(end + 1);
    return host.substr(0, end + 1) == "[::1]" && (port.empty() || port.front() == ':');
  }
  host = host.substr(0, host.find(':'));
  return host == "localhost" || host == "127.0.0.1";
}

}  // namespace

bool Origins::Admit(const http::Request& request) const {
  const std::string* origin = request.headers.Find("Origin");
  return origin == nullptr || IsLoopback(*origin) ||
         std::find(allowed_.begin(), allowed_.end(), *origin) != allowed_.end();
}

void Origins::Share(const http::Request& request, http::Response* response) const {
  const std::string* origin = request.headers.Find("Origin");
  if (origin == nullptr || !Admit(request)) return;
  response->headers.Set("Access-Control-Allow-Origin", *origin);
  response->headers.Set("Access-Control-Expose-Headers", "MCP-Session-Id, WWW-Authenticate");
  response->headers.Add("Vary", "Origin");
}

http::Response Origins::Preflight(const http::Request& request) const {
  if (!Admit(request)) return http::Response::Empty(403);
  http::Response response = http::Response::Empty(204);
  Share(request, &response);
  response.headers.Set("Access-Control-Allow-Methods", "POST, DELETE");
  // Whichever it wants: arguments travel in headers named after them.
  response.headers.Set("Access-Control-Allow-Headers",
                       std::string(request.headers.Get("Access-Control-Request-Headers", "*")));
  response.headers.Set("Access-Control-Max-Age", preflight_seconds);
  return response;
}

}  // namespace boathouse::mcp
