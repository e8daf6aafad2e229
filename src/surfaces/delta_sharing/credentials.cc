#include <utility>

#include "surfaces/delta_sharing/call.h"
#include "surfaces/delta_sharing/input.h"

namespace boathouse::delta_sharing {
namespace {

// Whether `asked` is the table's folder or lies in it.
bool IsWithin(std::string_view asked, std::string_view location) {
  return asked.starts_with(location) &&
         (asked.size() == location.size() || asked[location.size()] == '/') &&
         asked.find("..") == std::string_view::npos;
}

// Buckets stand at the root of the server, whatever path this workspace has.
std::string OriginOf(const std::string& url) {
  const size_t host = url.find("://");
  return url.substr(0, url.find('/', host == std::string::npos ? 0 : host + 3));
}

}  // namespace

Result<http::Response> IssueCredentials(const Call& call) {
  ASSIGN(const sharing::SharedTable table, call.FindTable());
  const Services& services = call.services();
  if (services.table_keys == nullptr) {
    return Error{ErrorKind::kUnsupported,
                 "this server offers access mode url only: query the table for its file URLs"};
  }
  ASSIGN(const Json body, BodyObject(call.request));
  ASSIGN(const std::string asked, TextMember(body, "location"));
  ASSIGN(const std::string location, LocationOf(services, *table.table));
  if (!asked.empty() && !IsWithin(asked, location)) {
    return Invalid("location must be the table's, " + location);
  }
  const auth::VendedKeys keys = services.table_keys->Mint(
      {call.recipient(), {table.table->name()}, services.clock.Now() + auth::vended_keys_micros});
  Json credentials = Json::Object(
      {{"location", location},
       {"awsTempCredentials", Json::Object({{"accessKeyId", keys.access_key_id},
                                            {"secretAccessKey", keys.secret_access_key},
                                            {"sessionToken", keys.session_token}})},
       {"expirationTime", keys.expires_at / millisecond_micros},
       // Where the bucket is: clients that know only the clouds' own addresses have to be told.
       {"endpoint", OriginOf(call.BaseUrl())}});
  return http::Response::JsonBody(200, Json::Object({{"credentials", std::move(credentials)}}),
                                  "application/json; charset=utf-8");
}

}  // namespace boathouse::delta_sharing
