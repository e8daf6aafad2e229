#pragma once
// Private to surfaces/rest: the routes as a table. What is the same for all of them (who may call, what
// content types and query parameters they take, how errors look) is declared here and enforced once.

#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "crm/crm.h"
#include "http/http.h"
#include "model/model.h"
#include "surfaces/rest/rest.h"

namespace boathouse::rest {

enum class Access {
  kPublic,     // nobody needs to be signed in; `caller` is nobody
  kAnybody,    // who sends a credential is known by it and must be; `token` is "" for strangers
  kSignedIn,   // a bearer token or the session cookie
  kEnrolling,  // the same, also of a user who must set up the second step before anything else
};

enum class Body {
  kNone,        // what is sent is not looked at
  kJson,        // application/json
  kMergePatch,  // application/json or application/merge-patch+json
  kImport,      // application/json or multipart/form-data; only the JSON one is parsed
  kForm,        // multipart/form-data, which the handler reads
};

// The rendered OpenAPI documents: made once for a model, for making one takes longer than sending it.
// Each role has one.
// Safe to use from many threads.
class OpenApiDocuments {
 public:
  std::string For(const std::shared_ptr<const model::Model>& model);
  const std::string& Standard() const { return standard_; }

 private:
  const std::string standard_ = OpenApi(*model::Model::Standard()).Dump();
  struct Document {
    std::shared_ptr<const model::Model> model;
    std::shared_ptr<const std::string> text;
  };
  std::mutex mutex_;
  std::vector<Document> documents_;  // the latest asked for first; roles see models of their own
};

// One request on its way through a handler.
struct Call {
  http::Request& request;
  const Services& services;
  std::shared_ptr<const model::Model> model;  // keeps every Object of this call alive
  crm::Caller caller;
  std::string token;  // what the caller was known by
  Json body;
  OpenApiDocuments& documents;
};

struct Route {
  std::string_view method;
  std::string_view pattern;  // below /api/v1
  Access access = Access::kSignedIn;
  Body body = Body::kNone;
  std::vector<std::string_view> query;  // the parameters it knows; others are refused
  Result<http::Response> (*handler)(Call&) = nullptr;
  bool ignores_other_query = false;  // what others may add to a URL of ours is passed over
  bool shares_path = false;  // other methods of the path are those of the routes of all collections
};

inline constexpr std::string_view base_path = "/api/v1";

std::vector<Route> RecordRoutes();
std::vector<Route> HistoryRoutes();
std::vector<Route> DuplicateRoutes();
std::vector<Route> SessionRoutes();
std::vector<Route> ModelRoutes();
std::vector<Route> ViewRoutes();
std::vector<Route> CredentialRoutes();
std::vector<Route> ImportRoutes();
std::vector<Route> ImportJobRoutes();
std::vector<Route> ExportRoutes();
std::vector<Route> AssistantRoutes();
std::vector<Route> EventRoutes();
std::vector<Route> WebhookRoutes();
std::vector<Route> AutomationRoutes();
std::vector<Route> SecurityRoutes();
std::vector<Route> OidcRoutes();
std::vector<Route> AuditRoutes();
std::vector<Route> RoleRoutes();
std::vector<Route> SalesRoutes();
std::vector<Route> AttachmentRoutes();
std::vector<Route> SharingRoutes();
std::vector<Route> RecipientRoutes();

// All of the above.
std::vector<Route> AllRoutes();

// Lets the files of imports go to disk instead of memory.
void SpoolImports(http::Router& router, const Services& services);

}  // namespace boathouse::rest
