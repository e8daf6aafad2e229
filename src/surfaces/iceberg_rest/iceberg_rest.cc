#include "surfaces/iceberg_rest/iceberg_rest.h"

#include <memory>
#include <utility>

#include "surfaces/iceberg_rest/answer_cache.h"
#include "surfaces/iceberg_rest/call.h"
#include "surfaces/iceberg_rest/errors.h"

namespace boathouse::iceberg_rest {
namespace {

struct Route {
  const char* method;
  std::string pattern;  // behind /v1/{prefix}
  Operation operation;
};

// What clients are told of in the list of endpoints.
std::vector<Route> OfferedRoutes() {
  const std::string space = "/namespaces/{namespace}";
  const std::string table = space + "/tables/{table}";
  const std::string view = space + "/views/{view}";
  return {
      {"GET", "/namespaces", ListNamespaces},
      {"GET", space, GetNamespace},
      {"HEAD", space, HasNamespace},
      {"GET", space + "/tables", ListTables},
      {"GET", table, LoadTable},
      {"HEAD", table, HasTable},
      {"GET", table + "/credentials", LoadCredentials},
      {"POST", table + "/sign", SignRequest},
      {"POST", table + "/metrics", ReportMetrics},
      {"POST", table + "/plan", PlanScan},
      {"GET", table + "/plan/{plan-id}", FetchPlan},
      {"DELETE", table + "/plan/{plan-id}", CancelPlan},
      {"POST", table + "/tasks", FetchTasks},
      {"GET", space + "/views", ListViews},
      {"GET", view, GetView},
      {"HEAD", view, GetView},
  };
}

// Whatever would write: not offered, but some clients try all the same.
std::vector<Route> WritingRoutes() {
  const std::string space = "/namespaces/{namespace}";
  const std::string table = space + "/tables/{table}";
  const std::string view = space + "/views/{view}";
  std::vector<Route> list;
  for (const std::string& path :
       {std::string("/namespaces"), space + "/properties", space + "/tables", space + "/register",
        table, table + "/unregister", std::string("/tables/rename"),
        std::string("/transactions/commit"), space + "/views", space + "/register-view", view,
        std::string("/views/rename")}) {
    list.push_back({"POST", path, RefuseWrite});
  }
  for (const std::string& path : {space, table, view})
    list.push_back({"DELETE", path, RefuseWrite});
  return list;
}

http::Response Answer(const Surface& surface, const http::Request& request, Operation operation) {
  Result<sharing::Reader> reader =
      surface.services.sharing.Authenticate(request.BearerToken(), request.peer_address);
  if (!reader.ok()) return FromRefusal({std::move(reader.error())});
  Call call{request, surface, *std::move(reader), {}};
  call.usage.recipient = call.reader.recipient;
  call.usage.recipient_name = call.reader.name;
  call.usage.surface = "iceberg";
  call.usage.address = call.reader.address;
  http::Response response = operation(call).Take();
  call.usage.status = response.status;
  surface.services.sharing.Record(std::move(call.usage));
  return response;
}

void AddRoutes(http::Router& router, const std::shared_ptr<const Surface>& surface,
               const std::string& base) {
  router.Add("GET", base + "/config",
             [surface](http::Request& request) { return GetConfig(*surface, request); });
  router.Add("POST", base + "/oauth/tokens",
             [surface](http::Request& request) { return PostToken(*surface, request); });
  std::vector<Route> routes = OfferedRoutes();
  std::vector<Route> writing = WritingRoutes();
  for (Route& route : writing) routes.push_back(std::move(route));
  for (const Route& route : routes) {
    router.Add(route.method, base + "/{prefix}" + route.pattern,
               [surface, operation = route.operation](http::Request& request) {
                 return Answer(*surface, request, operation);
               });
  }
}

}  // namespace

Outcome RefuseWrite(Call&) {
  return Error(ErrorKind::kForbidden,
               "this catalog is read-only: its tables are the CRM's own records, which are written "
               "through the CRM's API (/api/v1) and are here at once");
}

const std::vector<std::string>& OfferedEndpoints() {
  static const std::vector<std::string> endpoints = [] {
    std::vector<std::string> list;
    for (const Route& route : OfferedRoutes()) {
      list.push_back(std::string(route.method) + " /v1/{prefix}" + route.pattern);
    }
    return list;
  }();
  return endpoints;
}

void Mount(http::Router& router, const Services& services) {
  const auto surface = std::make_shared<const Surface>(
      Surface{services, std::make_shared<AnswerCache>(), std::make_shared<PlanCache>()});
  AddRoutes(router, surface, "/iceberg/v1");
  // For those who give the catalog's address with the /v1 that clients add by themselves.
  AddRoutes(router, surface, "/iceberg/v1/v1");
  router.SetBodyLimit("/iceberg", body_bytes_max);
  router.SetErrorRenderer("/iceberg",
                          [](const http::Request&, int status, std::string_view message) {
                            return FromStatus(status, message);
                          });
}

}  // namespace boathouse::iceberg_rest
