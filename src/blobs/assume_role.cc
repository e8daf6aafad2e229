#include <utility>

#include "auth/sigv4.h"
#include "base/bytes.h"
#include "base/json.h"
#include "blobs/blob_store.h"
#include "blobs/xml_element.h"

namespace boathouse::blobs {
namespace {

constexpr Micros second_micros = 1'000'000;

// What the keys may: the role's own rights, cut down to reading below the prefix.
std::string PolicyFor(const S3Location& location, std::string_view key_prefix) {
  const std::string bucket = "arn:aws:s3:::" + location.bucket;
  const std::string below = location.prefix + std::string(key_prefix) + "*";
  Json read = Json::Object(
      {{"Effect", "Allow"}, {"Action", "s3:GetObject"}, {"Resource", bucket + "/" + below}});
  Json list = Json::Object(
      {{"Effect", "Allow"},
       {"Action", "s3:ListBucket"},
       {"Resource", bucket},
       {"Condition", Json::Object({{"StringLike", Json::Object({{"s3:prefix", below}})}})}});
  return Json::Object({{"Version", "2012-10-17"},
                       {"Statement", Json::Array({std::move(read), std::move(list)})}})
      .Dump();
}

}  // namespace

Result<auth::VendedKeys> AssumeRole(const S3Location& location, const auth::S3Keys& keys,
                                    std::string_view key_prefix, int64_t seconds,
                                    http::Client& client, const Clock& clock) {
  http::ClientRequest request;
  request.method = "POST";
  request.url = location.sts_endpoint + "/";
  request.timeout_ms = request_timeout_ms;
  request.headers.Add("Content-Type", "application/x-www-form-urlencoded");
  request.body = "Action=AssumeRole&Version=2011-06-15&RoleSessionName=boathouse&RoleArn=" +
                 UrlEncode(location.role) + "&DurationSeconds=" + std::to_string(seconds) +
                 "&Policy=" + UrlEncode(PolicyFor(location, key_prefix));
  const Micros now = clock.Now();
  ASSIGN(auth::HeaderList headers,
         auth::SignHeaders(keys, request.method, request.url, request.headers.entries(),
                           HexEncode(Sha256(request.body)), {location.region, now, "sts"}));
  for (auto& [name, value] : headers) {
    if (name != "host") request.headers.Add(std::move(name), std::move(value));
  }
  ASSIGN(const http::ClientResponse response, client.Send(request));
  auth::VendedKeys made;
  made.access_key_id = XmlElement(response.body, "AccessKeyId");
  made.secret_access_key = XmlElement(response.body, "SecretAccessKey");
  made.session_token = XmlElement(response.body, "SessionToken");
  made.expires_at = now + seconds * second_micros;
  if (response.status == 200 && !made.access_key_id.empty()) return made;
  return Error(response.status == 403 ? ErrorKind::kForbidden : ErrorKind::kUnavailable,
               "the object store made no keys for its readers: " + std::to_string(response.status) +
                   " " + XmlElement(response.body, "Code"));
}

}  // namespace boathouse::blobs
