#pragma once
// The REST surface: everything below /api/v1, and what recipients of shares come to before they read
// (/oauth2/token, /share/activate). A thin translation of HTTP and JSON to the CRM: it decides
// nothing about records itself. docs/rest.md is its manual, GET /api/v1/openapi.json its contract.

#include <cstddef>
#include <string>

#include "assistant/assistant.h"
#include "auth/auth.h"
#include "base/json.h"
#include "crm/crm.h"
#include "http/http.h"
#include "model/model.h"

namespace boathouse::crm {
class Attachments;
class Automations;
class ChangeFeed;
class Exports;
class ImportJobs;
}  // namespace boathouse::crm
namespace boathouse::sharing {
class Sharing;
}
namespace boathouse::events {
class Webhooks;
}

namespace boathouse::rest {

inline constexpr const char* session_cookie = "boathouse_session";

inline constexpr size_t record_body_bytes_max = 16u << 20;  // one request, batches included
inline constexpr size_t credential_body_bytes_max = 64u
                                                    << 10;  // sign-in and set-up, open to anybody
inline constexpr size_t import_body_bytes_max = 64u << 20;  // of one that is held in memory
// Bigger files are imported in the background, unless the client says otherwise.
inline constexpr size_t import_at_once_bytes_max = 8u << 20;
// A form that goes to disk: the largest file (see crm/csv.h) and the mapping beside it.
inline constexpr size_t upload_body_bytes_max = (size_t{1} << 30) + (2u << 20);
// The largest attachment (see crm/attachments.h) and the form around it.
inline constexpr size_t attachment_body_bytes_max = (25u << 20) + (64u << 10);

// What the surface translates to. All of it outlives the router and is safe to use from many threads.
struct Services {
  crm::Crm& crm;
  auth::Auth& auth;
  // The session cookie is sent over TLS only: set when the public URL begins with https.
  bool secure_cookies = false;
  // nullptr: questions are answered as when every source is away.
  assistant::Assistant* assistant = nullptr;
  // How others reach the server, without a slash at the end; "": as the request's Host says.
  std::string public_url = {};
  // What is nullptr is refused as not offered.
  crm::ChangeFeed* feed = nullptr;
  crm::Automations* automations = nullptr;
  events::Webhooks* webhooks = nullptr;
  crm::Attachments* attachments = nullptr;
  crm::ImportJobs* imports = nullptr;  // nullptr: imports are done at once, whatever their size
  crm::Exports* exports = nullptr;
  sharing::Sharing* sharing = nullptr;
  // Where forms with files lie while they come; "": in memory.
  std::string upload_folder = {};
};

// Adds the routes, the body limits, and problem documents (RFC 9457) for every error below /api.
void Mount(http::Router& router, const Services& services);

// The OpenAPI 3.1 description of the surface for one model.
Json OpenApi(const model::Model& model);

}  // namespace boathouse::rest
