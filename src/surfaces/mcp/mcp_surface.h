#pragma once
// Our own MCP server at /mcp: the CRM for programs that think. Its tools are projections of the model:
// for each object list_<plural>, get_<object>, create_<object>, update_<object> and search_<plural>,
// beside search, list_objects, describe_object, whoami and, with a lakehouse, ask_lakehouse. The caller
// is whoever the bearer token belongs to; permissions are crm/'s.

#include <string>
#include <vector>

#include "auth/auth.h"
#include "crm/crm.h"
#include "http/http.h"

namespace boathouse::assistant {
class Assistant;
}

namespace boathouse::mcp_surface {

inline constexpr const char* path = "/mcp";

// All of it outlives the router.
struct Services {
  crm::Crm& crm;
  auth::Auth& auth;
  // Null: there is no lakehouse, and no tool that asks it.
  assistant::Assistant* assistant = nullptr;
  std::string version;  // of the program, told to clients
  // Origins of web pages that may call, beside loopback ones; usually the public URL's.
  std::vector<std::string> allowed_origins;
};

void Mount(http::Router& router, const Services& services);

}  // namespace boathouse::mcp_surface
