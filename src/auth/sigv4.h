#pragma once
// AWS Signature Version 4 as Amazon S3 applies it: checks the signature of a request, in its headers or
// in its query (a presigned URL), and makes both. Pure functions over a request as it came from the
// wire; nothing here knows sockets or whose keys they are.
//
// Rules of S3 that differ from other services: the path is encoded once and never normalized (`.`, `..`
// and `//` are parts of a key), the payload's digest is a signed header, UNSIGNED-PAYLOAD is a digest.
// Any region is accepted, as clients name what they were set up with.
//
// Errors carry the code of S3: SignatureDoesNotMatch, RequestTimeTooSkewed, AccessDenied,
// AuthorizationHeaderMalformed, AuthorizationQueryParametersError, InvalidRequest,
// XAmzContentSHA256Mismatch.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/table_keys.h"
#include "base/clock.h"
#include "base/result.h"

namespace boathouse::auth {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// A request as it was sent. Views; names of headers in any case.
struct SignedCall {
  std::string_view method;
  std::string_view target;  // path and query, percent-encoded as sent
  const HeaderList& headers;
  // How clients know this server, "crm.example.com:8443", if a proxy may have put another Host; "": as sent.
  std::string_view public_host = {};
};

// What a request says of its own signature. Nothing of it is checked yet but its form.
struct S3Signature {
  bool presigned = false;  // stands in the query
  std::string access_key_id;
  std::string session_token;  // "": none
  std::string date;           // of the credential's scope, YYYYMMDD
  std::string region;
  std::vector<std::string> signed_headers;  // lower case, in order
  std::string signature;                    // 64 hexadecimal digits
  std::string timestamp;                    // YYYYMMDDTHHMMSSZ
  Micros signed_at = 0;
  int64_t expires_s = 0;       // presigned only
  std::string payload_digest;  // hexadecimal, or UNSIGNED-PAYLOAD, or STREAMING-...
  // The body comes in signed chunks: an upload, whatever the method.
  bool streaming() const { return payload_digest.starts_with("STREAMING-"); }
};

inline constexpr Micros clock_skew_micros_max = 15LL * 60 * 1'000'000;
inline constexpr int64_t presigned_seconds_max = 7 * 24 * 3600;
inline constexpr size_t signed_headers_max = 100;
inline constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";
inline constexpr std::string_view empty_payload_digest =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// Whether the request is of this protocol: signed so, well or badly.
bool IsS3Signed(const SignedCall& call);

// kUnauthenticated with AccessDenied when there is no signature.
Result<S3Signature> ReadSignature(const SignedCall& call);

// Ok when whoever knows the secret signed this very request, and the time fits. Signatures are compared
// in constant time. Of the headers, host and every x-amz-* must be signed.
Status CheckSignature(const S3Signature& claimed, const SignedCall& call,
                      std::string_view secret_access_key, Micros now);

// ---- Signing ----

struct SigningOptions {
  std::string region = "us-east-1";
  Micros now = 0;
  std::string service = "s3";  // sts: for temporary keys of an object store
};

// A URL that answers `method` for `expires_s` seconds. `url` is http(s)://host[:port]/path[?query], its path
// percent-encoded already. kInvalid for a URL that is none.
Result<std::string> Presign(const S3Keys& keys, std::string_view method, std::string_view url,
                            int64_t expires_s, const SigningOptions& options);

// The headers that `headers` must be joined by, or replaced with, for the request to be signed: host,
// x-amz-date, x-amz-content-sha256, x-amz-security-token, authorization. `payload_digest` as in S3Signature.
// Of those given, x-amz-*, content-type, content-md5 and range are signed.
Result<HeaderList> SignHeaders(const S3Keys& keys, std::string_view method, std::string_view url,
                               const HeaderList& headers, std::string_view payload_digest,
                               const SigningOptions& options);

// ---- Errors ----

// An error with a code of S3, and that code ("" for an error without one).
Error S3Error(ErrorKind kind, std::string code, std::string message);
std::string_view S3Code(const Error& error);

}  // namespace boathouse::auth
