#include "surfaces/rest/route.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "surfaces/rest/input.h"
#include "surfaces/rest/problem.h"
#include "surfaces/rest/recipient_pages.h"

namespace boathouse::rest {
namespace {

constexpr size_t open_api_documents_max = 16;  // kept: about as many roles as work at one time

bool IsWrite(std::string_view method) {
  return method != "GET" && method != "HEAD" && method != "OPTIONS";
}

// Finds out who calls. A bearer token is taken before the cookie; the cookie, which browsers send along
// with any site's requests, writes only with a header that another site cannot set.
Status Identify(const http::Request& request, Access access, Call& call) {
  const bool has_authorization = request.headers.Find("authorization") != nullptr;
  call.token = has_authorization ? request.BearerToken() : request.Cookie(session_cookie);
  if (call.token.empty()) {
    return Error(ErrorKind::kUnauthenticated,
                 "sign in, or send a token as Authorization: Bearer <token>");
  }
  const auth::Reach reach =
      access == Access::kEnrolling ? auth::Reach::kEnrolling : auth::Reach::kFull;
  ASSIGN(call.caller.principal,
         call.services.auth.Authenticate(call.token, request.peer_address, reach));
  call.caller.surface = has_authorization ? "rest" : "web";
  if (!has_authorization && IsWrite(request.method) &&
      request.headers.Get("x-boathouse-request") != "1") {
    return Error(ErrorKind::kForbidden,
                 "writes with the session cookie need the header X-Boathouse-Request: 1");
  }
  return Status::Ok();
}

bool SendsCredential(const http::Request& request) {
  return request.headers.Find("authorization") != nullptr ||
         !request.Cookie(session_cookie).empty();
}

std::string_view AcceptedTypes(Body body) {
  switch (body) {
    case Body::kNone:
      return "";
    case Body::kJson:
      return "application/json";
    case Body::kMergePatch:
      return "application/json, application/merge-patch+json";
    case Body::kImport:
      return "application/json, multipart/form-data";
    case Body::kForm:
      return "multipart/form-data";
  }
  return "";
}

bool Accepts(Body body, std::string_view type) {
  switch (body) {
    case Body::kNone:
      return true;
    case Body::kJson:
      return type == "application/json";
    case Body::kMergePatch:
      return type == "application/json" || type == "application/merge-patch+json";
    case Body::kImport:
      return type == "application/json" || type == "multipart/form-data";
    case Body::kForm:
      return type == "multipart/form-data";
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

http::Response Answer(const Route& route, const Services& services, OpenApiDocuments& documents,
                      http::Request& request) {
  Call call{request, services, services.crm.model(), {}, {}, {}, documents};
  const bool asks_who = route.access == Access::kSignedIn || route.access == Access::kEnrolling ||
                        (route.access == Access::kAnybody && SendsCredential(request));
  if (asks_who) {
    if (const Status known = Identify(request, route.access, call); !known.ok())
      return Problem(known.error());
    call.model = services.crm.model(call.caller);
  }
  if (const Status good = CheckQuery(request, route.query);
      !good.ok() && !route.ignores_other_query) {
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

http::Response Allowed(http::Response response, const std::string& allow) {
  response.headers.Set("Allow", allow);
  return response;
}

// The routes of collections match nearly every path. Where a better pattern matches as well, it answers
// for all methods, so that POST /me is a wrong method and not "there is no collection me".
void RefuseOtherMethods(http::Router& router, std::string_view pattern,
                        const std::set<std::string_view>& methods) {
  const std::string path = std::string(base_path) + std::string(pattern);
  std::string allow;
  for (const std::string_view method : methods) {
    allow += method == "GET" ? "GET, HEAD, " : std::string(method) + ", ";
  }
  allow += "OPTIONS";
  router.Add("OPTIONS", path,
             [allow](http::Request&) { return Allowed(http::Response::Empty(204), allow); });
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"}) {
    if (methods.contains(method)) continue;
    router.Add(method, path, [allow](http::Request&) {
      return Allowed(RouterProblem(405, "This path does not answer to this method."), allow);
    });
  }
}

}  // namespace

std::string OpenApiDocuments::For(const std::shared_ptr<const model::Model>& model) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = std::find_if(documents_.begin(), documents_.end(),
                                    [&](const Document& each) { return each.model == model; });
    if (known != documents_.end()) {
      std::rotate(documents_.begin(), known, known + 1);
      return *documents_.front().text;
    }
  }
  const auto text = std::make_shared<const std::string>(OpenApi(*model).Dump());
  const std::lock_guard lock(mutex_);
  documents_.insert(documents_.begin(), {model, text});
  if (documents_.size() > open_api_documents_max) documents_.pop_back();
  return *text;
}

std::vector<Route> AllRoutes() {
  std::vector<Route> all;
  for (const std::vector<Route>& some :
       {SessionRoutes(),   CredentialRoutes(), ModelRoutes(),   ViewRoutes(),
        AssistantRoutes(), EventRoutes(),      WebhookRoutes(), AutomationRoutes(),
        SecurityRoutes(),  OidcRoutes(),       AuditRoutes(),   RoleRoutes(),
        HistoryRoutes(),   DuplicateRoutes(),  SalesRoutes(),   AttachmentRoutes(),
        SharingRoutes(),   RecipientRoutes(),  ImportRoutes(),  ImportJobRoutes(),
        ExportRoutes(),    RecordRoutes()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

void Mount(http::Router& router, const Services& services) {
  const std::vector<Route> routes = AllRoutes();
  const auto documents = std::make_shared<OpenApiDocuments>();
  std::map<std::string_view, std::set<std::string_view>> methods;
  for (const Route& route : routes) {
    if (!route.shares_path) methods[route.pattern].insert(route.method);
    router.Add(route.method, std::string(base_path) + std::string(route.pattern),
               [route, services, documents](http::Request& request) {
                 return Answer(route, services, *documents, request);
               });
  }
  for (const auto& [pattern, known] : methods) RefuseOtherMethods(router, pattern, known);
  MountRecipientPages(router, services);
  router.SetErrorRenderer("/api", [](const http::Request&, int status, std::string_view message) {
    return RouterProblem(status, message);
  });
  const std::string base(base_path);
  router.SetBodyLimit(base, record_body_bytes_max);
  router.SetBodyLimit(base + "/auth/", credential_body_bytes_max);
  router.SetBodyLimit(base + "/setup", credential_body_bytes_max);
  router.SetBodyLimit(base + "/imports", import_body_bytes_max);
  SpoolImports(router, services);
  router.SetBodyLimit(base + "/attachments", attachment_body_bytes_max);
}

}  // namespace boathouse::rest
