#include "surfaces/delta_sharing/delta_sharing.h"

#include <memory>
#include <utility>

#include "surfaces/delta_sharing/call.h"
#include "surfaces/delta_sharing/errors.h"

namespace boathouse::delta_sharing {
namespace {

using Operation = Result<http::Response> (*)(const Call&);

http::Response Answer(const std::shared_ptr<Mounted>& mounted, const http::Request& request,
                      Operation operation, sharing::Reading what) {
  sharing::Sharing& sharing = mounted->services.sharing;
  const std::string_view token = request.BearerToken();
  if (token.empty()) {
    return FromError(
        {ErrorKind::kUnauthenticated, "send the profile's token as Authorization: Bearer <token>"});
  }
  const Result<sharing::Reader> reader = sharing.Authenticate(token, request.peer_address);
  if (!reader.ok()) return FromError(reader.error());

  sharing::Usage usage;
  usage.recipient = reader->recipient;
  usage.recipient_name = reader->name;
  usage.surface = "delta_sharing";
  usage.what = what;
  usage.share = request.Parameter("share");
  usage.schema = request.Parameter("schema");
  usage.table = request.Parameter("table");
  usage.address = request.peer_address;
  bool recorded_by_stream = false;
  Result<http::Response> made =
      operation(Call{request, mounted, *reader, usage, recorded_by_stream});
  http::Response response = made.ok() ? *std::move(made) : FromError(made.error());
  if (!recorded_by_stream) {
    usage.status = response.status;
    sharing.Record(std::move(usage));
  }
  return response;
}

}  // namespace

void Mount(http::Router& router, const Services& services) {
  const std::shared_ptr<Mounted> mounted(new Mounted{services, {}, {}});
  const auto add = [&](std::string_view method, const std::string& path, Operation operation,
                       sharing::Reading what) {
    router.Add(method, "/delta-sharing" + path, [mounted, operation, what](http::Request& request) {
      return Answer(mounted, request, operation, what);
    });
  };
  using enum sharing::Reading;
  const std::string share = "/shares/{share}";
  const std::string schema = share + "/schemas/{schema}";
  const std::string table = schema + "/tables/{table}";
  add("GET", "/shares", ListShares, kList);
  add("GET", share, GetShare, kList);
  add("GET", share + "/schemas", ListSchemas, kList);
  add("GET", share + "/all-tables", ListAllTables, kList);
  add("GET", schema + "/tables", ListTables, kList);
  add("GET", table, GetTable, kList);
  add("HEAD", table, GetTableVersion, kVersion);  // how clients of 2021 asked for the version
  add("GET", table + "/version", GetTableVersion, kVersion);
  add("GET", table + "/metadata", GetMetadata, kMetadata);
  add("POST", table + "/query", QueryTable, kQuery);
  add("POST", table + "/queries/{query}", PollQuery, kQuery);
  add("GET", table + "/changes", GetChanges, kChanges);
  add("POST", table + "/temporary-table-credentials", IssueCredentials, kCredentials);
  router.SetBodyLimit("/delta-sharing", body_bytes_max);
  router.SetErrorRenderer("/delta-sharing",
                          [](const http::Request&, int status, std::string_view message) {
                            return FromStatus(status, message);
                          });
}

}  // namespace boathouse::delta_sharing
