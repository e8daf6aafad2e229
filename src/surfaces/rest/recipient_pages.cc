#include "surfaces/rest/recipient_pages.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "sharing/sharing.h"
#include "surfaces/rest/credentials.h"
#include "surfaces/rest/input.h"
#include "surfaces/rest/problem.h"

namespace boathouse::rest {
namespace {

constexpr std::string_view client_credentials = "client_credentials";
constexpr std::string_view token_exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr std::string_view access_token_type = "urn:ietf:params:oauth:token-type:access_token";
constexpr std::string_view form_type = "application/x-www-form-urlencoded";
constexpr std::string_view page_policy =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'";

// --- The token endpoint.

http::Response OAuthError(int status, const char* error, std::string_view description) {
  http::Response response = http::Response::JsonBody(
      status, Json::Object({{"error", error}, {"error_description", description}}));
  response.headers.Set("Cache-Control", "no-store");
  if (status == 401) response.headers.Set("WWW-Authenticate", "Basic realm=\"recipients\"");
  return response;
}

using Form = std::map<std::string, std::string, std::less<>>;

// A form's members; nothing when it is none, or when a member stands twice.
std::optional<Form> ParseForm(std::string_view body) {
  Form form;
  while (!body.empty()) {
    const std::string_view pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(body.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    const auto name = UrlDecode(pair.substr(0, equals), true);
    const auto value =
        UrlDecode(equals == std::string_view::npos ? "" : pair.substr(equals + 1), true);
    if (!name || !value || !form.emplace(*name, *value).second) return std::nullopt;
  }
  return form;
}

struct Client {
  std::string id, secret;
};

// The halves of `Authorization: Basic` are form-encoded before they are put together (RFC 6749, section
// 2.3.1). Nothing when it is malformed.
std::optional<Client> ReadBasic(std::string_view authorization) {
  const auto pair = Base64Decode(TrimAscii(authorization.substr(authorization.find(' ') + 1)));
  const size_t colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  const auto id = UrlDecode(std::string_view(*pair).substr(0, colon), true);
  const auto secret = UrlDecode(std::string_view(*pair).substr(colon + 1), true);
  if (!id || !secret) return std::nullopt;
  return Client{*id, *secret};
}

bool IsBasic(std::string_view authorization) {
  return AsciiLower(authorization.substr(0, 6)) == "basic ";
}

std::string_view MemberOf(const Form& form, std::string_view name) {
  const auto found = form.find(name);
  return found == form.end() ? std::string_view() : std::string_view(found->second);
}

http::Response TokenAnswer(const Result<sharing::OAuthToken>& token, const Form& form) {
  if (!token.ok()) {
    const Error& error = token.error();
    if (error.kind == ErrorKind::kForbidden) {
      return OAuthError(403, "access_denied", error.message);
    }
    return OAuthError(401, "invalid_client", error.message);
  }
  Json body = Json::Object({{"access_token", token->access_token},
                            {"token_type", "Bearer"},
                            {"expires_in", token->expires_in_s}});
  if (const std::string_view scope = MemberOf(form, "scope"); !scope.empty()) {
    body.Set("scope", scope);
  }
  if (MemberOf(form, "grant_type") == token_exchange) {
    body.Set("issued_token_type", access_token_type);
  }
  http::Response response = http::Response::JsonBody(200, body);
  response.headers.Set("Cache-Control", "no-store");
  response.headers.Set("Pragma", "no-cache");
  return response;
}

http::Response PostToken(sharing::Sharing& sharing, const http::Request& request) {
  if (MediaType(request) != form_type) {
    return OAuthError(400, "invalid_request",
                      "send a form: Content-Type: application/x-www-form-urlencoded");
  }
  const auto form = ParseForm(request.body);
  if (!form) {
    return OAuthError(400, "invalid_request",
                      "the body is no form, or one of its members stands twice");
  }
  const std::string_view grant = MemberOf(*form, "grant_type");
  if (grant.empty()) {
    return OAuthError(400, "invalid_request", "grant_type is missing: send client_credentials");
  }
  if (grant == token_exchange) {
    const std::string_view subject = MemberOf(*form, "subject_token");
    if (subject.empty()) {
      return OAuthError(400, "invalid_request", "subject_token is missing");
    }
    return TokenAnswer(sharing.ExchangeToken(subject, request.peer_address), *form);
  }
  if (grant != client_credentials) {
    return OAuthError(400, "unsupported_grant_type",
                      "grant_type must be client_credentials or the token exchange's");
  }
  const std::string_view authorization = request.headers.Get("authorization");
  Client client{std::string(MemberOf(*form, "client_id")),
                std::string(MemberOf(*form, "client_secret"))};
  if (IsBasic(authorization)) {
    if (!client.secret.empty()) {
      return OAuthError(400, "invalid_request",
                        "send the client's credentials in one way, not in two");
    }
    const auto read = ReadBasic(authorization);
    if (!read) return OAuthError(400, "invalid_request", "the Authorization header is malformed");
    client = *read;
  }
  if (client.secret.empty()) {
    return OAuthError(401, "invalid_client",
                      "the client's credentials are missing: client_id and client_secret, or "
                      "Authorization: Basic");
  }
  return TokenAnswer(sharing.IssueToken(client.id, client.secret, request.peer_address), *form);
}

// --- The page behind an activation link.

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += c;
    }
  }
  return out;
}

constexpr std::string_view page_head =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    "<meta name=\"robots\" content=\"noindex\"><title>Boathouse sharing</title><style>"
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:0;display:grid;"
    "min-height:100vh;place-items:center;background:#f4f6f8;color:#16202b}"
    "main{background:#fff;border:1px solid #d8dee4;border-radius:12px;max-width:30rem;"
    "padding:2rem;margin:1rem}h1{font-size:1.3rem;margin:0 0 .75rem}p{margin:.5rem 0}"
    "small{color:#57606a}button{font:inherit;font-weight:600;color:#fff;background:#0c6671;"
    "border:0;border-radius:8px;padding:.6rem 1.1rem;margin:1rem 0;cursor:pointer}"
    "button:hover,button:focus{background:#0a545d}"
    "@media (prefers-color-scheme:dark){body{background:#0f1720;color:#e6edf3}"
    "main{background:#17212c;border-color:#2b3845}small{color:#9aa7b4}}"
    "</style></head><body><main>\n";

http::Response Page(int status, const std::string& inside) {
  http::Response response =
      http::Response::Text(status, std::string(page_head) + inside + "\n</main></body></html>\n",
                           "text/html; charset=utf-8");
  response.headers.Set("Content-Security-Policy", std::string(page_policy));
  // The address of this page is a secret: it goes nowhere.
  response.headers.Set("Referrer-Policy", "no-referrer");
  return response;
}

bool WantsPage(const http::Request& request) {
  return request.headers.Get("accept").find("text/html") != std::string_view::npos;
}

http::Response Refusal(const http::Request& request, const Error& error) {
  if (!WantsPage(request)) return Problem(error);
  return Page(error.kind == ErrorKind::kForbidden ? 403 : 404,
              "<h1>This link does not work</h1>\n<p>" + Escaped(error.message) + ".</p>");
}

http::Response ShowLink(sharing::Sharing& sharing, const http::Request& request) {
  const auto waiting = sharing.recipients().Peek(request.Parameter("token"));
  if (!waiting.ok()) return Refusal(request, waiting.error());
  const std::string until = FormatDateTime(waiting->link_expires_at);
  if (!WantsPage(request)) {
    return http::Response::JsonBody(
        200, Json::Object({{"recipient", waiting->name},
                           {"authentication", sharing::ProfileKindName(waiting->kind)},
                           {"expires_at", until},
                           {"next", "POST to this address hands out the profile file, once"}}));
  }
  return Page(
      200,
      "<h1>Live tables for " + Escaped(waiting->name) +
          "</h1>\n<p>This page hands out the profile file with which your client reads what "
          "was shared with you.</p>\n<p><strong>It can be downloaded once.</strong> It holds a "
          "credential: keep it as you keep a password.</p>\n<form method=\"post\"><button "
          "type=\"submit\">Download the profile file</button></form>\n<p><small>The link "
          "holds until " +
          until.substr(0, 16) + "Z (UTC).</small></p>");
}

// "Acme Ltd." as a name of a file.
std::string FileNameOf(const std::string& name) {
  std::string file;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain || c == '-' || c == '_') {
      file += c;
    } else if (!file.empty() && file.back() != '_') {
      file += '_';
    }
  }
  while (!file.empty() && file.back() == '_') file.pop_back();
  return (file.empty() ? "recipient" : file) + ".share";
}

http::Response UseLink(sharing::Sharing& sharing, const Services& services,
                       const http::Request& request) {
  const auto handed = sharing.recipients().Activate(
      request.Parameter("token"), request.peer_address, {ServerUrl(services, request)});
  if (!handed.ok()) return Refusal(request, handed.error());
  http::Response response = http::Response::JsonBody(200, *handed->profile);
  response.headers.Set("Content-Disposition",
                       "attachment; filename=\"" + FileNameOf(handed->recipient.name) + "\"");
  response.headers.Set("Referrer-Policy", "no-referrer");
  return response;
}

}  // namespace

void MountRecipientPages(http::Router& router, const Services& services) {
  if (services.sharing == nullptr) return;
  const auto shared = std::make_shared<const Services>(services);
  router.Add("POST", "/oauth2/token",
             [shared](http::Request& request) { return PostToken(*shared->sharing, request); });
  router.Add("GET", "/share/activate/{token}",
             [shared](http::Request& request) { return ShowLink(*shared->sharing, request); });
  router.Add("POST", "/share/activate/{token}", [shared](http::Request& request) {
    return UseLink(*shared->sharing, *shared, request);
  });
  router.SetBodyLimit("/oauth2/", token_request_bytes_max);
  router.SetBodyLimit("/share/activate/", token_request_bytes_max);
  router.SetErrorRenderer("/oauth2",
                          [](const http::Request&, int status, std::string_view message) {
                            return OAuthError(status, "invalid_request", message);
                          });
}

}  // namespace boathouse::rest
