#include "surfaces/rest/route.h"

#include <iterator>
#include <map>
#include <utility>

#include "surfaces/rest/input.h"
#include "surfaces/rest/problem.h"

namespace boathouse::rest {
namespace {

// Paths without parameters, and the methods they answer to. They win over a collection of that name.
using FixedPaths = std::map<std::string, std::string, std::less<>>;

bool IsWrite(std::string_view method) {
  return method != "GET" && method != "HEAD" && method != "OPTIONS";
}

// Finds out who calls. A bearer token is taken before the cookie; the cookie, which browsers send along
// with any site's requests, writes only with a header that another site cannot set.
Status Identify(const http::Request& request, Call& call) {
  const bool has_authorization = request.headers.Find("authorization") != nullptr;
  call.token = has_authorization ? request.BearerToken() : request.Cookie(session_cookie);
  if (call.token.empty()) {
    return Error(ErrorKind::kUnauthenticated,
                 "sign in, or send a token as Authorization: Bearer <token>");
  }
  ASSIGN(call.caller.principal, call.services.auth.Authenticate(call.token));
  call.caller.surface = has_authorization ? "rest" : "web";
  if (!has_authorization && IsWrite(request.method) &&
      request.headers.Get("x-boathouse-request") != "1") {
    return Error(ErrorKind::kForbidden,
                 "writes with the session cookie need the header X-Boathouse-Request: 1");
  }
  return Status::Ok();
}

std::string_view AcceptedTypes(Body body) {
  switch (body) {
    case Body::kNone: return "";
    case Body::kJson: return "application/json";
    case Body::kMergePatch: return "application/json, application/merge-patch+json";
    case Body::kImport: return "application/json, multipart/form-data";
  }
  return "";
}

bool Accepts(Body body, std::string_view type) {
  switch (body) {
    case Body::kNone: return true;
    case Body::kJson: return type == "application/json";
    case Body::kMergePatch:
      return type == "application/json" || type == "application/merge-patch+json";
    case Body::kImport: return type == "application/json" || type == "multipart/form-data";
  }
  return false;
}

http::Response WrongMediaType(Body body, std::string_view type) {
  const std::string accepted(AcceptedTypes(body));
  http::Response response =
      Problem(415, Error(ErrorKind::kUnsupported,
                         (type.empty() ? std::string("the body needs a Content-Type")
                                       : "a body of that Content-Type is not taken here") +
                             "; send " + accepted));
  response.headers.Set(body == Body::kMergePatch ? "Accept-Patch" : "Accept", accepted);
  return response;
}

http::Response Answer(const Route& route, const Services& services, http::Request& request) {
  Call call{request, services, services.crm.model(), {}, {}, {}};
  if (route.access == Access::kSignedIn) {
    if (const Status known = Identify(request, call); !known.ok()) return Problem(known.error());
  }
  if (const Status good = CheckQuery(request, route.query); !good.ok()) {
    return Problem(good.error());
  }
  if (route.body != Body::kNone) {
    const std::string type = MediaType(request);
    if (!Accepts(route.body, type)) return WrongMediaType(route.body, type);
    if (type != "multipart/form-data") {
      Result<Json> parsed = Json::Parse(request.body);
      if (!parsed.ok()) return Problem(parsed.error());
      call.body = std::move(*parsed);
    }
  }
  Result<http::Response> response = route.handler(call);
  return response.ok() ? std::move(*response) : Problem(response.error());
}

// A fixed path that was asked with a method it lacks falls to the collections' routes: "there is no
// collection me" would mislead.
std::optional<http::Response> RefuseMethod(const FixedPaths& fixed, const http::Request& request) {
  std::string path(base_path);
  for (const auto& [name, value] : request.parameters) path.append("/").append(value);
  const auto found = fixed.find(path);
  if (found == fixed.end()) return std::nullopt;
  http::Response response = RouterProblem(405, "This path does not answer to this method.");
  response.headers.Set("Allow", found->second);
  return response;
}

}  // namespace

std::vector<Route> AllRoutes() {
  std::vector<Route> all;
  for (const std::vector<Route>& some :
       {SessionRoutes(), ModelRoutes(), ImportRoutes(), RecordRoutes()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

void Mount(http::Router& router, const Services& services) {
  const std::vector<Route> routes = AllRoutes();
  const auto fixed = std::make_shared<FixedPaths>();
  for (const Route& route : routes) {
    if (route.pattern.find('{') != std::string_view::npos) continue;
    std::string& allow = (*fixed)[std::string(base_path) + std::string(route.pattern)];
    if (!allow.empty()) allow += ", ";
    allow += route.method == "GET" ? "GET, HEAD" : route.method;
  }
  for (auto& [path, allow] : *fixed) allow += ", OPTIONS";
  for (const Route& route : routes) {
    const bool is_fixed = route.pattern.find('{') == std::string_view::npos;
    router.Add(route.method, std::string(base_path) + std::string(route.pattern),
               [route, services, fixed, is_fixed](http::Request& request) {
                 if (!is_fixed) {
                   if (auto refusal = RefuseMethod(*fixed, request)) return std::move(*refusal);
                 }
                 return Answer(route, services, request);
               });
  }
  router.SetErrorRenderer("/api", [](const http::Request&, int status, std::string_view message) {
    return RouterProblem(status, message);
  });
  const std::string base(base_path);
  router.SetBodyLimit(base, record_body_bytes_max);
  router.SetBodyLimit(base + "/auth/", credential_body_bytes_max);
  router.SetBodyLimit(base + "/setup", credential_body_bytes_max);
  router.SetBodyLimit(base + "/imports", import_body_bytes_max);
}

}  // namespace boathouse::rest
