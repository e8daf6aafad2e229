#include "surfaces/delta_sharing/delta_sharing.h"

#include <memory>
#include <utility>

#include "surfaces/delta_sharing/call.h"
#include "surfaces/delta_sharing/errors.h"

namespace boathouse::delta_sharing {
namespace {

using Operation = Result<http::Response> (*)(const Call&);

http::Response Answer(const Services& services, const http::Request& request, Operation operation) {
  const std::string_view token = request.BearerToken();
  if (token.empty()) {
    return FromError(
        {ErrorKind::kUnauthenticated, "send the profile's token as Authorization: Bearer <token>"});
  }
  Result<auth::Recipient> recipient =
      services.auth.AuthenticateRecipient(token, request.peer_address);
  if (!recipient.ok()) return FromError(recipient.error());
  const Call call{request, services, *std::move(recipient)};
  Result<http::Response> response = operation(call);
  if (!response.ok()) return FromError(response.error());
  return *std::move(response);
}

Result<http::Response> RefuseChanges(const Call& call) {
  TRY(call.FindTable());
  return Error{ErrorKind::kUnsupported,
               "the change data feed is not offered yet; query the table, which is always current"};
}

Result<http::Response> RefuseCredentials(const Call& call) {
  TRY(call.FindTable());
  return Error{ErrorKind::kUnsupported,
               "this share has access mode url only: query the table for its file URLs"};
}

Result<http::Response> RefusePolling(const Call& call) {
  TRY(call.FindTable());
  return Error{ErrorKind::kNotFound, "there is no such query; queries are answered at once"};
}

}  // namespace

void Mount(http::Router& router, const Services& services) {
  const auto shared = std::make_shared<const Services>(services);
  const auto add = [&](std::string_view method, const std::string& path, Operation operation) {
    router.Add(method, "/delta-sharing" + path, [shared, operation](http::Request& request) {
      return Answer(*shared, request, operation);
    });
  };
  const std::string share = "/shares/{share}";
  const std::string schema = share + "/schemas/{schema}";
  const std::string table = schema + "/tables/{table}";
  add("GET", "/shares", ListShares);
  add("GET", share, GetShare);
  add("GET", share + "/schemas", ListSchemas);
  add("GET", share + "/all-tables", ListAllTables);
  add("GET", schema + "/tables", ListTables);
  add("GET", table, GetTable);
  add("HEAD", table, GetTableVersion);  // how clients of 2021 asked for the version
  add("GET", table + "/version", GetTableVersion);
  add("GET", table + "/metadata", GetMetadata);
  add("POST", table + "/query", QueryTable);
  add("GET", table + "/changes", RefuseChanges);
  add("POST", table + "/temporary-table-credentials", RefuseCredentials);
  add("POST", table + "/queries/{query}", RefusePolling);
  router.SetBodyLimit("/delta-sharing", body_bytes_max);
  router.SetErrorRenderer("/delta-sharing",
                          [](const http::Request&, int status, std::string_view message) {
                            return FromStatus(status, message);
                          });
}

}  // namespace boathouse::delta_sharing
