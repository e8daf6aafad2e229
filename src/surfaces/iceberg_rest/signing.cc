// Remote signing: the server signs a client's request for a table file, so that no secret leaves it.

#include <algorithm>
#include <utility>

#include "auth/sigv4.h"
#include "base/bytes.h"
#include "surfaces/iceberg_rest/call.h"
#include "surfaces/iceberg_rest/storage_access.h"

namespace boathouse::iceberg_rest {
namespace {

constexpr size_t uri_chars_max = 8192;
// For how long a client may use a signature again for the same file; it holds for fifteen minutes.
constexpr const char* reuse_signature = "private, max-age=300";

// What a client of this protocol leaves out of the signature, because it differs between requests that use
// one signature, or is put in by others on the way.
bool IsSigned(std::string_view name) {
  return name != "range" && name != "authorization" && name != "user-agent" &&
         !name.starts_with("amz-sdk-") && name != "x-amzn-trace-id";
}

struct ToSign {
  std::string method;
  std::string uri;
  std::string region;
  auth::HeaderList headers;
  std::string payload_digest{auth::unsigned_payload};
};

Result<ToSign> ParseSignRequest(const Json& body) {
  ToSign request;
  for (const auto& [name, target] :
       {std::pair{"method", &request.method}, {"uri", &request.uri}, {"region", &request.region}}) {
    if (!body[name].is_string() || body[name].AsString().empty()) {
      return Error(ErrorKind::kInvalid, std::string(name) + " must be a text");
    }
    *target = body[name].AsString();
  }
  if (request.uri.size() > uri_chars_max) {
    return Error(ErrorKind::kInvalid, "uri has more than 8192 characters");
  }
  const Json& provider = body["provider"];
  if (!provider.is_null() && provider.AsString() != "s3") {
    return Error(ErrorKind::kInvalid, "provider must be s3: tables are kept nowhere else");
  }
  const Json& headers = body["headers"];
  if (!headers.is_object()) return Error(ErrorKind::kInvalid, "headers must be an object");
  for (const auto& [name, values] : headers.members()) {
    if (!values.is_array()) {
      return Error(ErrorKind::kInvalid, "headers: the values of " + name + " must be a list");
    }
    const std::string lower = AsciiLower(name);
    for (const Json& value : values.items()) {
      if (!value.is_string()) {
        return Error(ErrorKind::kInvalid, "headers: the values of " + name + " must be texts");
      }
      if (lower == "x-amz-content-sha256") request.payload_digest = value.AsString();
      if (IsSigned(lower)) request.headers.emplace_back(lower, value.AsString());
    }
  }
  return request;
}

// Whether the address is of a file below the table's location, at our own endpoint. The path must be
// plain: what a key may hold needs no dots in a row and no escapes.
Status CheckAddress(const Call& call, const std::string& uri, const std::string& location) {
  const std::string path = uri.substr(0, uri.find('?'));
  constexpr std::string_view scheme = "s3://";
  INVARIANT(location.starts_with(scheme));
  const std::string begin = call.S3Endpoint() + "/" + location.substr(scheme.size()) + "/";
  if (path.starts_with(begin) && path.find("..") == std::string::npos &&
      path.find('%') == std::string::npos) {
    return {};
  }
  return Error(ErrorKind::kForbidden,
               "uri is not of a file of this table, which are below " + begin);
}

Json HeadersJson(const auth::HeaderList& before, const auth::HeaderList& made) {
  Json headers = Json::Object();
  for (const auto& [name, value] : before) {
    const std::string lower = AsciiLower(name);
    if (headers.Find(lower) == nullptr) headers.Set(lower, Json::Array());
    headers.Find(lower)->Append(value);
  }
  for (const auto& [name, value] : made) {
    headers.Set(AsciiLower(name), Json::Array({Json(value)}));
  }
  return headers;
}

}  // namespace

Outcome SignRequest(Call& call) {
  call.usage.what = sharing::Reading::kCredentials;
  const Result<sharing::SharedTable> table = call.FindTable();
  if (!table.ok()) return table.error();
  const Result<Json> body = BodyObject(call.request);
  if (!body.ok()) return body.error();
  const Result<ToSign> request = ParseSignRequest(*body);
  if (!request.ok()) return request.error();
  if (request->method != "GET" && request->method != "HEAD") {
    return Error(ErrorKind::kForbidden, request->method +
                                            " is not signed: this catalog is read-only, records "
                                            "are written through the CRM's API");
  }
  const Result<std::string> location = call.services().renderer.Location(*table->table);
  if (!location.ok()) return location.error();
  if (Status address = CheckAddress(call, request->uri, *location); !address.ok()) {
    return std::move(address.error());
  }
  auth::SigningOptions options;
  options.region = request->region;
  options.now = call.services().clock.Now();
  const ObjectStore* store = call.services().object_store;
  const auth::S3Keys keys =
      store != nullptr ? store->own_keys : auth::S3Keys(KeysOf(call, *table, KeysExpireAt(call)));
  const Result<auth::HeaderList> made = auth::SignHeaders(
      keys, request->method, request->uri, request->headers, request->payload_digest, options);
  if (!made.ok()) return made.error();
  http::Response response = http::Response::JsonBody(
      200,
      Json::Object({{"uri", request->uri}, {"headers", HeadersJson(request->headers, *made)}}));
  response.headers.Set("Cache-Control", reuse_signature);
  return response;
}

}  // namespace boathouse::iceberg_rest
