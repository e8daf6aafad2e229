#include "surfaces/objects/s3_endpoint.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "auth/sigv4.h"
#include "base/bytes.h"
#include "surfaces/objects/answer.h"
#include "surfaces/objects/s3_listing.h"

namespace boathouse::objects {
namespace {

constexpr size_t request_id_bytes = 8;
// Endpoints with a path are not understood by every client; those that do may use this one.
constexpr std::string_view endpoint_path = "/s3";
constexpr const char* region = "us-east-1";
// What is asked of an object or a bucket beside its bytes and its keys. None of it is told.
constexpr std::array<std::string_view, 24> subresources = {
    "acl",       "attributes",   "cors",        "delete",  "encryption",  "legal-hold",
    "lifecycle", "logging",      "metrics",     "policy",  "inventory",   "notification",
    "tagging",   "policyStatus", "replication", "restore", "object-lock", "requestPayment",
    "retention", "select",       "torrent",     "uploads", "uploadId",    "versions"};

auth::SignedCall CallOf(const http::Request& request, std::string_view public_host = {}) {
  return {request.method, request.target, request.headers.entries(), public_host};
}

// The path behind the endpoint's own, still encoded.
std::string_view PathOf(const http::Request& request) {
  std::string_view path = request.path;
  if (path == endpoint_path || path.starts_with(std::string(endpoint_path) + "/")) {
    path.remove_prefix(endpoint_path.size());
  }
  if (path.starts_with('/')) path.remove_prefix(1);
  return path;
}

std::string Decoded(std::string_view text) { return UrlDecode(text).value_or(std::string(text)); }

http::Response Refused(std::string_view why) { return ErrorAnswer(403, "AccessDenied", why); }

http::Response RefuseWriting() {
  return Refused("this endpoint only reads: records are changed through the API of the CRM");
}

http::Response FromAuthError(const Error& error) {
  const std::string_view code = auth::S3Code(error);
  return ErrorAnswer(error.kind == ErrorKind::kInvalid ? 400 : 403,
                     code.empty() ? "AccessDenied" : code, error.message);
}

bool IsReading(const http::Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

// Where within a table a key leads to.
struct Place {
  std::string table, table_id, folder, name;
};

// Nothing of a key is resolved: it has these four parts or leads nowhere.
std::optional<Place> ParseKey(std::string_view key) {
  Place place;
  for (std::string* part : {&place.table, &place.table_id, &place.folder}) {
    const size_t end = key.find('/');
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    *part = key.substr(0, end);
    key.remove_prefix(end + 1);
  }
  place.name = key;
  if (place.name.empty()) return std::nullopt;
  return place;
}

class S3Endpoint {
 public:
  explicit S3Endpoint(const Services& services) : services_(services) {}

  http::Response Answer(const http::Request& request) const {
    http::Response response = IsReading(request) ? Read(request) : RefuseWriting();
    response.headers.Set("x-amz-request-id", HexEncode(RandomBytes(request_id_bytes)));
    return response;
  }

 private:
  http::Response Read(const http::Request& request) const {
    const auto claims = Authenticate(request);
    if (!claims.ok()) return FromAuthError(claims.error());
    for (const auto& [name, value] : request.query) {
      if (std::find(subresources.begin(), subresources.end(), name) != subresources.end()) {
        return Refused("only the bytes of tables are to be had here");
      }
    }
    std::string bucket = BucketOf(request), key;
    if (IsVirtualHosted(request)) {
      bucket = services_.bucket;
      key = Decoded(PathOf(request));
    } else {
      const std::string_view path = PathOf(request);
      const size_t slash = path.find('/');
      if (slash != std::string_view::npos) key = Decoded(path.substr(slash + 1));
    }
    if (bucket.empty()) return ListBuckets();
    if (bucket != services_.bucket) return NoSuchBucket(request);
    if (!key.empty()) return ReadObject(*claims, key, request);
    return ReadBucket(*claims, request);
  }

  Result<auth::TableKeyClaims> Authenticate(const http::Request& request) const {
    const auth::SignedCall call = CallOf(request, services_.public_host);
    const Micros now = services_.clock.Now();
    ASSIGN(const auth::S3Signature claimed, auth::ReadSignature(call));
    ASSIGN(auth::TableKeys::Found found,
           services_.keys->Find(claimed.access_key_id, claimed.session_token, now));
    TRY(auth::CheckSignature(claimed, call, found.secret_access_key, now));
    if (claimed.streaming()) return Error(ErrorKind::kForbidden, "this endpoint only reads");
    return std::move(found.claims);
  }

  bool IsVirtualHosted(const http::Request& request) const {
    return request.headers.Get("host").starts_with(services_.bucket + ".");
  }

  http::Response ListBuckets() const {
    std::string xml =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListAllMyBucketsResult xmlns=\"";
    xml.append(s3_xml_namespace).append("\"><Owner><ID>boathouse</ID></Owner><Buckets><Bucket>");
    xml += "<Name>" + XmlText(services_.bucket) + "</Name>";
    xml += "<CreationDate>1970-01-01T00:00:00.000Z</CreationDate></Bucket></Buckets>";
    return http::Response::Text(200, xml + "</ListAllMyBucketsResult>", "application/xml");
  }

  http::Response ReadBucket(const auth::TableKeyClaims& claims,
                            const http::Request& request) const {
    if (request.method == "HEAD") {
      http::Response response = http::Response::Text(200, "", "application/xml");
      response.headers.Set("x-amz-bucket-region", region);
      return response;
    }
    if (request.Query("location")) {
      // Empty is how S3 spells us-east-1.
      std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LocationConstraint xmlns=\"";
      return http::Response::Text(200, xml.append(s3_xml_namespace).append("\"/>"),
                                  "application/xml");
    }
    if (request.Query("versioning")) {
      std::string xml =
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<VersioningConfiguration xmlns=\"";
      return http::Response::Text(200, xml.append(s3_xml_namespace).append("\"/>"),
                                  "application/xml");
    }
    return ListObjects(services_, claims, request);
  }

  http::Response ReadObject(const auth::TableKeyClaims& claims, const std::string& key,
                            const http::Request& request) const {
    const std::string table_name = key.substr(0, key.find('/'));
    const auto record = [services = services_, recipient = claims.recipient, table_name,
                         address = request.peer_address](int status, uint64_t sent) {
      if (services.record) services.record({recipient, "s3", table_name, address, status, sent});
    };
    // A file that there is not looks like one that is not granted, unless its table is.
    const Status allowed = MayRead(services_, claims, table_name, request.peer_address);
    if (!allowed.ok()) {
      record(403, 0);
      return ErrorAnswer(allowed.error());
    }
    Result<Content> content = Open(key, claims.recipient);
    if (!content.ok()) {
      http::Response failed = ErrorAnswer(content.error());
      record(failed.status, 0);
      return failed;
    }
    content->on_end = record;
    return ContentAnswer(request, std::move(*content));
  }

  Result<Content> Open(const std::string& key, std::string_view recipient) const {
    const Error nothing(ErrorKind::kNotFound, "there is no such key");
    const std::optional<Place> place = ParseKey(key);
    if (!place) return nothing;
    ASSIGN(tables::Table * table, services_.catalog.Find(place->table));
    if (table->name() != place->table) return nothing;
    ASSIGN(const Id id, table->id());
    if (id.ToString() != place->table_id) return nothing;
    if (place->folder == data_folder) return OpenData(*table, place->name);
    for (const GeneratedFolder& folder : services_.folders) {
      if (folder.name != place->folder) continue;
      ASSIGN(GeneratedFolder::Text text, folder.read(*table, recipient, place->name));
      Content content;
      content.etag = GeneratedTag(key, text.bytes->size(), text.modified_at);
      content.type = "binary/octet-stream";
      content.modified_at = text.modified_at;
      content.bytes = std::move(text.bytes);
      return content;
    }
    return nothing;
  }

  Result<Content> OpenData(tables::Table& table, std::string_view name) const {
    if (!name.ends_with(data_suffix)) return Error(ErrorKind::kNotFound, "there is no such key");
    name.remove_suffix(data_suffix.size());
    Content content;
    ASSIGN(content.file, table.OpenFile(name));
    content.etag = "\"" + std::string(name) + "\"";
    content.type = "binary/octet-stream";
    content.modified_at = content.file->created_at();
    return content;
  }

  const Services services_;
};

}  // namespace

bool IsS3Request(const http::Request& request) {
  if (request.headers.Find("x-amz-content-sha256") != nullptr ||
      request.headers.Find("x-amz-date") != nullptr) {
    return true;
  }
  const bool may_be = request.headers.Get("authorization").starts_with("AWS") ||
                      request.target.find("X-Amz-") != std::string::npos;
  return may_be && auth::IsS3Signed(CallOf(request));
}

std::string BucketOf(const http::Request& request) {
  const std::string_view path = PathOf(request);
  return Decoded(path.substr(0, path.find('/')));
}

http::Router::Protocol S3Protocol(std::function<bool(const http::Request&)> claims,
                                  http::Handler handler) {
  http::Router::Protocol protocol;
  protocol.claims = std::move(claims);
  protocol.handler = std::move(handler);
  protocol.render_error = [](const http::Request&, int status, std::string_view message) {
    const char* code = status == 503   ? "SlowDown"
                       : status >= 500 ? "InternalError"
                                       : "InvalidRequest";
    return ErrorAnswer(status, code, message);
  };
  // Several clients upload before they find out. Who asks first is told at once, of others the body is read
  // to its end: a connection that is cut off would look like a failure that may pass.
  protocol.spool =
      http::Router::Spool{"", drained_body_bytes_max, [](const http::Request& request) {
                            http::Router::Admission admission;
                            admission.discard = true;
                            if (request.headers.Find("expect") != nullptr) {
                              admission.refusal = RefuseWriting();
                            }
                            return admission;
                          }};
  return protocol;
}

http::Response NoSuchBucket(const http::Request& request) {
  if (!IsReading(request)) return RefuseWriting();
  return ErrorAnswer(404, "NoSuchBucket", "there is no such bucket on this server");
}

void MountS3(http::Router& router, const Services& services) {
  const auto endpoint = std::make_shared<const S3Endpoint>(services);
  const auto answer = [endpoint](const http::Request& request) {
    return endpoint->Answer(request);
  };
  router.AddProtocol(S3Protocol(IsS3Request, answer));
  // Who comes without any key is told so in the words of this protocol.
  for (const char* method : {"GET", "PUT", "POST", "DELETE"}) {
    for (const std::string& pattern :
         {"/" + services.bucket, "/" + services.bucket + "/{key...}"}) {
      router.Add(method, pattern, answer);
    }
  }
}

}  // namespace boathouse::objects
