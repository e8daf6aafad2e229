#include <algorithm>
#include <utility>
#include <vector>

#include "auth/sigv4.h"
#include "base/bytes.h"
#include "blobs/blob_store.h"
#include "blobs/xml_element.h"

namespace boathouse::blobs {
namespace {

constexpr size_t response_bytes_max = 1u << 20;
constexpr size_t bucket_chars_min = 3, bucket_chars_max = 63;

std::string EncodePath(std::string_view path) {
  std::string encoded;
  for (;;) {
    const size_t end = std::min(path.find('/'), path.size());
    encoded += UrlEncode(path.substr(0, end));
    if (end == path.size()) return encoded;
    encoded += '/';
    path.remove_prefix(end + 1);
  }
}

bool IsBucketName(std::string_view name) {
  return name.size() >= bucket_chars_min && name.size() <= bucket_chars_max &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

Error Malformed(const std::string& why) {
  return Error(
      ErrorKind::kInvalid,
      "the place of table files is to be s3://bucket/prefix?endpoint=URL&region=NAME: " + why);
}

class S3BlobStore : public BlobStore {
 public:
  S3BlobStore(S3Location location, auth::S3Keys keys, http::Client& client, const Clock& clock)
      : location_(std::move(location)), keys_(std::move(keys)), client_(client), clock_(clock) {}

  Status Put(std::string_view key, uint64_t size, const Source& source) override {
    const std::string url = location_.UrlOf(key);
    if (size > part_bytes) return PutInParts(url, size, source);
    std::string bytes;
    TRY(source(0, static_cast<size_t>(size), &bytes));
    TRY(Expect(Send("PUT", url, std::move(bytes)), "store a table file"));
    return {};
  }

  Result<bool> Holds(std::string_view key, uint64_t size) override {
    Result<http::ClientResponse> response = Send("HEAD", location_.UrlOf(key), "");
    if (response.ok() && response->status == 404) return false;
    ASSIGN(const http::ClientResponse found, Expect(std::move(response), "look for a table file"));
    return found.headers.Get("content-length") == std::to_string(size);
  }

  Status Remove(std::string_view key) override {
    Result<http::ClientResponse> response = Send("DELETE", location_.UrlOf(key), "");
    if (response.ok() && response->status == 404) return {};
    TRY(Expect(std::move(response), "remove a table file"));
    return {};
  }

  Result<std::string> Presign(std::string_view method, std::string_view key,
                              int64_t expires_s) const override {
    return auth::Presign(keys_, method, location_.UrlOf(key), expires_s,
                         {location_.region, clock_.Now()});
  }

 private:
  Result<http::ClientResponse> SendOnce(const std::string& method, const std::string& url,
                                        const std::string& body) {
    const std::string digest =
        body.empty() ? std::string(auth::empty_payload_digest) : HexEncode(Sha256(body));
    http::ClientRequest request;
    request.method = method;
    request.url = url;
    request.body = body;
    request.timeout_ms = request_timeout_ms;
    request.response_bytes_max = response_bytes_max;
    ASSIGN(auth::HeaderList headers,
           auth::SignHeaders(keys_, method, url, {}, digest, {location_.region, clock_.Now()}));
    for (auto& [name, value] : headers) {
      if (name != "host") request.headers.Add(std::move(name), std::move(value));
    }
    return client_.Send(request);
  }

  // Requests that fail on their side are sent again: each of ours may come twice.
  Result<http::ClientResponse> Send(const std::string& method, const std::string& url,
                                    const std::string& body) {
    Result<http::ClientResponse> response = SendOnce(method, url, body);
    for (int attempt = 1; attempt < attempts_max; ++attempt) {
      const bool may_pass = response.ok() ? response->status >= 500 || response->status == 429
                                          : response.error().kind == ErrorKind::kUnavailable;
      if (!may_pass) break;
      response = SendOnce(method, url, body);
    }
    return response;
  }

  // An answer that says it was done.
  static Result<http::ClientResponse> Expect(Result<http::ClientResponse> response,
                                             const char* what) {
    if (!response.ok()) return response;
    const int status = response->status;
    if (status >= 200 && status < 300) return response;
    const std::string code = XmlElement(response->body, "Code");
    const std::string message = std::string("the object store could not ") + what + ": " +
                                std::to_string(status) + (code.empty() ? "" : " " + code);
    if (status == 401 || status == 403) return Error(ErrorKind::kForbidden, message);
    if (status == 404) return Error(ErrorKind::kNotFound, message);
    return Error(ErrorKind::kUnavailable, message);
  }

  // The object appears when the last request says so; what was sent before is given up on any failure.
  Status PutInParts(const std::string& url, uint64_t size, const Source& source) {
    ASSIGN(const http::ClientResponse begun,
           Expect(Send("POST", url + "?uploads=", ""), "begin a table file"));
    const std::string upload = "?uploadId=" + UrlEncode(XmlElement(begun.body, "UploadId"));
    const Status sent = SendParts(url, upload, size, source);
    if (!sent.ok()) {
      const Result<http::ClientResponse> given_up = SendOnce("DELETE", url + upload, "");
      static_cast<void>(given_up);  // the first failure is what matters
    }
    return sent;
  }

  Status SendParts(const std::string& url, const std::string& upload, uint64_t size,
                   const Source& source) {
    std::string list = "<CompleteMultipartUpload>";
    int number = 1;
    for (uint64_t at = 0; at < size; at += part_bytes, ++number) {
      std::string bytes;
      TRY(source(at, static_cast<size_t>(std::min(part_bytes, size - at)), &bytes));
      const std::string part = url + upload + "&partNumber=" + std::to_string(number);
      ASSIGN(const http::ClientResponse sent,
             Expect(Send("PUT", part, bytes), "store a part of a table file"));
      list += "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><ETag>" +
              std::string(sent.headers.Get("etag")) + "</ETag></Part>";
    }
    ASSIGN(const http::ClientResponse done,
           Expect(Send("POST", url + upload, list + "</CompleteMultipartUpload>"),
                  "finish a table file"));
    // The answer begins before the work is done, so that a failure of it has the status of success.
    if (done.body.find("<Error>") == std::string::npos) return {};
    return Error(ErrorKind::kUnavailable, "the object store could not finish a table file: " +
                                              XmlElement(done.body, "Code"));
  }

  const S3Location location_;
  const auth::S3Keys keys_;
  http::Client& client_;
  const Clock& clock_;
};

}  // namespace

std::string S3Location::UrlOf(std::string_view key) const {
  const std::string path = EncodePath(prefix + std::string(key));
  if (path_style) return endpoint + "/" + bucket + "/" + path;
  const size_t host = endpoint.find("://") + 3;
  return endpoint.substr(0, host) + bucket + "." + endpoint.substr(host) + "/" + path;
}

Result<S3Location> ParseS3Location(std::string_view text) {
  constexpr std::string_view scheme = "s3://";
  if (!text.starts_with(scheme)) return Malformed("it begins with s3://");
  text.remove_prefix(scheme.size());
  const size_t mark = std::min(text.find('?'), text.size());
  std::string_view path = text.substr(0, mark);
  std::string_view query = text.substr(std::min(mark + 1, text.size()));
  S3Location location;
  location.bucket = path.substr(0, path.find('/'));
  if (!IsBucketName(location.bucket)) return Malformed("the bucket's name is missing or wrong");
  path.remove_prefix(std::min(location.bucket.size() + 1, path.size()));
  location.prefix = path;
  if (!location.prefix.empty() && !location.prefix.ends_with('/')) location.prefix += '/';
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view name = pair.substr(0, equals);
    const std::optional<std::string> value =
        UrlDecode(pair.substr(std::min(equals + 1, pair.size())));
    if (!value || value->empty()) return Malformed("a setting behind the '?' has no value");
    if (name == "endpoint") {
      location.endpoint = *value;
    } else if (name == "region") {
      location.region = *value;
    } else if (name == "role") {
      location.role = *value;
    } else if (name == "sts") {
      location.sts_endpoint = *value;
    } else {
      return Malformed("there is no setting \"" + std::string(name) + "\"");
    }
  }
  while (location.endpoint.ends_with('/')) location.endpoint.pop_back();
  if (location.sts_endpoint.empty()) {
    location.sts_endpoint = !location.endpoint.empty()
                                ? location.endpoint
                                : "https://sts." + location.region + ".amazonaws.com";
  }
  if (location.endpoint.empty()) {
    location.endpoint = "https://s3." + location.region + ".amazonaws.com";
    // A dot in the bucket's name fits no certificate.
    location.path_style = location.bucket.find('.') != std::string::npos;
  } else if (!location.endpoint.starts_with("http://") &&
             !location.endpoint.starts_with("https://")) {
    return Malformed("the endpoint begins with http:// or https://");
  }
  return location;
}

std::unique_ptr<BlobStore> MakeS3BlobStore(S3Location location, auth::S3Keys keys,
                                           http::Client& client, const Clock& clock) {
  return std::make_unique<S3BlobStore>(std::move(location), std::move(keys), client, clock);
}

}  // namespace boathouse::blobs
