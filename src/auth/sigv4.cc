#include "auth/sigv4.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "base/bytes.h"

namespace boathouse::auth {
namespace {

constexpr Micros second_micros = 1'000'000;
constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view s3_service = "s3";
constexpr std::string_view terminator = "aws4_request";
constexpr size_t signature_digits = 64;
constexpr size_t timestamp_chars = 16;  // 20261124T100000Z
constexpr size_t date_chars = 8;
constexpr size_t session_token_chars_max = 16'384;

using Pairs = std::vector<std::pair<std::string, std::string>>;

// ---- Texts ----

bool IsDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<Micros> ParseTimestamp(std::string_view text) {
  if (text.size() != timestamp_chars || text[8] != 'T' || text[15] != 'Z' ||
      !IsDigits(text.substr(0, 8)) || !IsDigits(text.substr(9, 6))) {
    return std::nullopt;
  }
  const auto part = [text](size_t at, size_t count) { return std::string(text.substr(at, count)); };
  return ParseDateTime(part(0, 4) + "-" + part(4, 2) + "-" + part(6, 2) + "T" + part(9, 2) + ":" +
                       part(11, 2) + ":" + part(13, 2) + "Z");
}

std::string FormatTimestamp(Micros at) {
  std::string text;
  for (const char c : FormatDateTime(at).substr(0, 19)) {
    if (c != '-' && c != ':') text += c;
  }
  return text + "Z";
}

// Without blanks at its ends, and those within folded into one: how header values are signed.
std::string Fold(std::string_view value) {
  std::string folded;
  bool blank = false;
  for (const char c : TrimAscii(value)) {
    if (c == ' ' || c == '\t') {
      blank = true;
      continue;
    }
    if (blank) folded += ' ';
    blank = false;
    folded += c;
  }
  return folded;
}

std::vector<std::string_view> Split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = std::min(text.find(by), text.size());
    parts.push_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string_view PathOf(std::string_view target) { return target.substr(0, target.find('?')); }
std::string_view QueryOf(std::string_view target) {
  const size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

// All values of a header, joined as they are signed; nullopt when there is none.
std::optional<std::string> HeaderValue(const HeaderList& headers, std::string_view name) {
  std::optional<std::string> value;
  for (const auto& [key, text] : headers) {
    if (AsciiLower(key) != name) continue;
    value = value ? *value + "," + Fold(text) : Fold(text);
  }
  return value;
}

// The decoded names and values of a query; malformed escapes stand as they are.
Pairs DecodeQuery(std::string_view query) {
  Pairs pairs;
  if (query.empty()) return pairs;
  for (const std::string_view pair : Split(query, '&')) {
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view name = pair.substr(0, equals);
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    pairs.emplace_back(UrlDecode(name).value_or(std::string(name)),
                       UrlDecode(value).value_or(std::string(value)));
  }
  return pairs;
}

std::optional<std::string> QueryValue(const Pairs& query, std::string_view name) {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

// ---- The canonical request ----

// Each segment encoded once, whatever of it was sent encoded. A '/' that was sent as %2F is the key's own
// slash to S3, too.
std::string CanonicalPath(std::string_view path) {
  const std::string plain = UrlDecode(path).value_or(std::string(path));
  std::string canonical;
  for (const std::string_view segment : Split(plain, '/')) {
    if (!canonical.empty() || segment.data() != plain.data()) canonical += '/';
    canonical += UrlEncode(segment);
  }
  return canonical.empty() ? "/" : canonical;
}

std::string CanonicalQuery(std::string_view query) {
  Pairs pairs;
  for (const auto& [name, value] : DecodeQuery(query)) {
    if (name == "X-Amz-Signature") continue;
    pairs.emplace_back(UrlEncode(name), UrlEncode(value));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string text;
  for (const auto& [name, value] : pairs) {
    if (!text.empty()) text += '&';
    text.append(name).append("=").append(value);
  }
  return text;
}

struct Canonical {
  std::string_view method, path, query;  // both of them canonical
  std::string_view payload_digest;
  const HeaderList& headers;
  const std::vector<std::string>& signed_headers;
  std::string_view host;  // instead of the header; "": as sent
};

std::string CanonicalRequest(const Canonical& request) {
  std::string text(request.method);
  text.append("\n").append(request.path).append("\n").append(request.query).append("\n");
  std::string names;
  for (const std::string& name : request.signed_headers) {
    const bool replaced = name == "host" && !request.host.empty();
    text.append(name).append(":");
    text += replaced ? std::string(request.host)
                     : HeaderValue(request.headers, name).value_or(std::string());
    text += '\n';
    if (!names.empty()) names += ';';
    names += name;
  }
  return text.append("\n").append(names).append("\n").append(request.payload_digest);
}

std::string Scope(std::string_view date, std::string_view region, std::string_view service) {
  std::string scope(date);
  for (const std::string_view part : {region, service, terminator}) scope.append("/").append(part);
  return scope;
}

struct Signer {
  std::string_view secret, timestamp, date, region, service;

  std::string Sign(std::string_view canonical_request) const {
    std::string key = HmacSha256("AWS4" + std::string(secret), date);
    for (const std::string_view part : {region, service, terminator}) key = HmacSha256(key, part);
    std::string text(algorithm);
    text.append("\n")
        .append(timestamp)
        .append("\n")
        .append(Scope(date, region, service))
        .append("\n");
    return HexEncode(HmacSha256(key, text + HexEncode(Sha256(canonical_request))));
  }
};

// ---- Reading ----

Error Malformed(bool presigned, const std::string& message) {
  return S3Error(ErrorKind::kInvalid,
                 presigned ? "AuthorizationQueryParametersError" : "AuthorizationHeaderMalformed",
                 message);
}

// <key id>/<date>/<region>/s3/aws4_request. A key id may hold slashes, the other parts do not.
Status ReadCredential(std::string_view credential, S3Signature* out) {
  const std::vector<std::string_view> parts = Split(credential, '/');
  const size_t count = parts.size();
  if (count < 5) {
    return Malformed(out->presigned,
                     "the credential is to be <access key id>/<date>/<region>/s3/aws4_request");
  }
  if (parts[count - 1] != terminator || parts[count - 2] != s3_service) {
    return Malformed(out->presigned, "the credential's scope is to end with s3/aws4_request");
  }
  out->region = parts[count - 3];
  out->date = parts[count - 4];
  if (out->date.size() != date_chars || !IsDigits(out->date)) {
    return Malformed(out->presigned, "the credential's date is to be YYYYMMDD");
  }
  const size_t tail =
      out->date.size() + out->region.size() + s3_service.size() + terminator.size() + 4;
  out->access_key_id = credential.substr(0, credential.size() - tail);
  if (out->access_key_id.empty()) {
    return Malformed(out->presigned, "the credential names no access key id");
  }
  return {};
}

Status ReadSignedHeaders(std::string_view text, S3Signature* out) {
  for (const std::string_view name : Split(text, ';')) {
    if (name.empty() || AsciiLower(name) != name ||
        out->signed_headers.size() == signed_headers_max) {
      return Malformed(out->presigned,
                       "the signed headers are names in lower case with ';' between");
    }
    out->signed_headers.emplace_back(name);
  }
  return {};
}

Status ReadSignatureDigits(std::string_view text, S3Signature* out) {
  if (text.size() != signature_digits || !HexDecode(text)) {
    return Malformed(out->presigned, "the signature is to be 64 hexadecimal digits");
  }
  out->signature = text;
  return {};
}

// The time the request says it was signed at, which must be of the credential's day.
Status ReadTime(S3Signature* out) {
  const std::optional<Micros> at = ParseTimestamp(out->timestamp);
  if (!at) {
    return S3Error(ErrorKind::kForbidden, "AccessDenied",
                   "the time of the signature (x-amz-date) is to be YYYYMMDDTHHMMSSZ");
  }
  if (!out->timestamp.starts_with(out->date)) {
    return Malformed(out->presigned, "the credential's date is not that of x-amz-date");
  }
  out->signed_at = *at;
  return {};
}

Result<S3Signature> ReadHeaders(std::string_view authorization, const SignedCall& call) {
  S3Signature out;
  std::string_view rest = TrimAscii(authorization);
  if (!rest.starts_with(algorithm)) {
    return S3Error(ErrorKind::kInvalid, "InvalidRequest",
                   "sign with AWS4-HMAC-SHA256 (signature version 4)");
  }
  rest.remove_prefix(algorithm.size());
  std::optional<std::string> credential, names, digits;
  for (std::string_view part : Split(rest, ',')) {
    part = TrimAscii(part);
    const size_t equals = std::min(part.find('='), part.size());
    const std::string_view name = part.substr(0, equals);
    std::string value(part.substr(std::min(equals + 1, part.size())));
    if (name == "Credential") credential = std::move(value);
    if (name == "SignedHeaders") names = std::move(value);
    if (name == "Signature") digits = std::move(value);
  }
  if (!credential || !names || !digits) {
    return Malformed(false,
                     "the Authorization header lacks Credential, SignedHeaders or Signature");
  }
  TRY(ReadCredential(*credential, &out));
  TRY(ReadSignedHeaders(*names, &out));
  TRY(ReadSignatureDigits(*digits, &out));
  out.timestamp = HeaderValue(call.headers, "x-amz-date").value_or("");
  TRY(ReadTime(&out));
  out.session_token = HeaderValue(call.headers, "x-amz-security-token").value_or("");
  const std::optional<std::string> digest = HeaderValue(call.headers, "x-amz-content-sha256");
  if (!digest) {
    return S3Error(ErrorKind::kInvalid, "InvalidRequest",
                   "the header x-amz-content-sha256 is missing");
  }
  out.payload_digest = *digest;
  return out;
}

Result<S3Signature> ReadQuery(const Pairs& query, const SignedCall& call) {
  S3Signature out;
  out.presigned = true;
  const auto value = [&](std::string_view name) { return QueryValue(query, name).value_or(""); };
  if (value("X-Amz-Algorithm") != algorithm) {
    return Malformed(true, "X-Amz-Algorithm is to be AWS4-HMAC-SHA256");
  }
  TRY(ReadCredential(value("X-Amz-Credential"), &out));
  TRY(ReadSignedHeaders(value("X-Amz-SignedHeaders"), &out));
  TRY(ReadSignatureDigits(value("X-Amz-Signature"), &out));
  out.timestamp = value("X-Amz-Date");
  TRY(ReadTime(&out));
  const std::string expires = value("X-Amz-Expires");
  const auto parsed =
      std::from_chars(expires.data(), expires.data() + expires.size(), out.expires_s);
  if (parsed.ec != std::errc() || parsed.ptr != expires.data() + expires.size() ||
      out.expires_s < 1 || out.expires_s > presigned_seconds_max) {
    return Malformed(true, "X-Amz-Expires is to be 1 to 604800 seconds");
  }
  out.session_token = value("X-Amz-Security-Token");
  out.payload_digest = QueryValue(query, "X-Amz-Content-Sha256")
                           .value_or(HeaderValue(call.headers, "x-amz-content-sha256")
                                         .value_or(std::string(unsigned_payload)));
  return out;
}

// ---- Checking ----

Status CheckTime(const S3Signature& claimed, Micros now) {
  if (!claimed.presigned) {
    if (std::abs(now - claimed.signed_at) <= clock_skew_micros_max) return {};
    return S3Error(ErrorKind::kForbidden, "RequestTimeTooSkewed",
                   "the request was signed at " + claimed.timestamp + ", and it is " +
                       FormatTimestamp(now) + " here: more than 15 minutes apart");
  }
  if (claimed.signed_at > now + clock_skew_micros_max) {
    return S3Error(ErrorKind::kForbidden, "AccessDenied", "the URL is not yet valid");
  }
  if (now >= claimed.signed_at + claimed.expires_s * second_micros) {
    return S3Error(ErrorKind::kForbidden, "AccessDenied", "the URL has expired");
  }
  return {};
}

Status CheckSignedHeaders(const S3Signature& claimed, const SignedCall& call) {
  const auto is_signed = [&](std::string_view name) {
    return std::find(claimed.signed_headers.begin(), claimed.signed_headers.end(), name) !=
           claimed.signed_headers.end();
  };
  bool all = is_signed("host");
  for (const auto& [name, value] : call.headers) {
    const std::string lower = AsciiLower(name);
    if (lower.starts_with("x-amz-") && !is_signed(lower)) all = false;
  }
  if (all) return {};
  return S3Error(ErrorKind::kForbidden, "AccessDenied",
                 "host and all x-amz- headers of the request must be signed");
}

// ---- URLs ----

struct Url {
  std::string origin;  // http://host:port
  std::string host;    // with the port, where it is not the scheme's own
  std::string path, query;
};

Result<Url> ParseUrl(std::string_view text) {
  Url url;
  std::string_view port;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
    port = ":443";
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    port = ":80";
  } else {
    return Error(ErrorKind::kInvalid, "a URL to be signed begins with http:// or https://");
  }
  const size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  url.host = rest.substr(0, end);
  if (url.host.empty() || url.host.find('@') != std::string::npos) {
    return Error(ErrorKind::kInvalid, "a URL to be signed names a host, and no user");
  }
  url.origin = text.substr(0, text.size() - rest.size() + end);
  if (url.host.ends_with(port)) url.host.resize(url.host.size() - port.size());
  std::string_view target = rest.substr(end);
  target = target.substr(0, target.find('#'));
  url.path = PathOf(target);
  url.query = QueryOf(target);
  if (url.path.empty()) url.path = "/";
  return url;
}

}  // namespace

bool IsS3Signed(const SignedCall& call) {
  for (const auto& [name, value] : call.headers) {
    if (AsciiLower(name) == "authorization" && TrimAscii(value).starts_with("AWS")) return true;
  }
  const std::string_view query = QueryOf(call.target);
  if (query.find("X-Amz-") == std::string_view::npos) return false;
  const Pairs pairs = DecodeQuery(query);
  return QueryValue(pairs, "X-Amz-Algorithm").has_value() ||
         QueryValue(pairs, "X-Amz-Credential").has_value();
}

Result<S3Signature> ReadSignature(const SignedCall& call) {
  const std::optional<std::string> authorization = HeaderValue(call.headers, "authorization");
  if (authorization) return ReadHeaders(*authorization, call);
  const Pairs query = DecodeQuery(QueryOf(call.target));
  if (QueryValue(query, "X-Amz-Algorithm") || QueryValue(query, "X-Amz-Credential")) {
    return ReadQuery(query, call);
  }
  return S3Error(ErrorKind::kUnauthenticated, "AccessDenied", "the request is not signed");
}

Status CheckSignature(const S3Signature& claimed, const SignedCall& call,
                      std::string_view secret_access_key, Micros now) {
  TRY(CheckTime(claimed, now));
  TRY(CheckSignedHeaders(claimed, call));
  if (claimed.session_token.size() > session_token_chars_max) {
    return S3Error(ErrorKind::kForbidden, "InvalidToken", "the session token is too long");
  }
  const Signer signer{secret_access_key, claimed.timestamp, claimed.date, claimed.region,
                      s3_service};
  const std::string path = CanonicalPath(PathOf(call.target));
  const std::string query = CanonicalQuery(QueryOf(call.target));
  bool matches = false;
  // Clients sign the path as they encode it, and some send other characters encoded than they sign; a
  // proxy may have put its own Host. Each form says the same request.
  for (const std::string_view host : {std::string_view(), call.public_host}) {
    for (const std::string_view signed_path : {std::string_view(path), PathOf(call.target)}) {
      const Canonical canonical{call.method,  signed_path,
                                query,        claimed.payload_digest,
                                call.headers, claimed.signed_headers,
                                host};
      matches = matches ||
                ConstantTimeEquals(signer.Sign(CanonicalRequest(canonical)), claimed.signature);
    }
    if (call.public_host.empty()) break;
  }
  if (matches) return {};
  return S3Error(ErrorKind::kForbidden, "SignatureDoesNotMatch",
                 "the signature is not that of this request under this key");
}

Result<std::string> Presign(const S3Keys& keys, std::string_view method, std::string_view url,
                            int64_t expires_s, const SigningOptions& options) {
  if (expires_s < 1 || expires_s > presigned_seconds_max) {
    return Error(ErrorKind::kInvalid, "a signed URL lives 1 to 604800 seconds");
  }
  ASSIGN(const Url parts, ParseUrl(url));
  const std::string timestamp = FormatTimestamp(options.now);
  const std::string date = timestamp.substr(0, date_chars);
  std::string query = parts.query;
  const auto add = [&query](std::string_view name, std::string_view value) {
    if (!query.empty()) query += '&';
    query.append(name).append("=").append(UrlEncode(value));
  };
  add("X-Amz-Algorithm", algorithm);
  add("X-Amz-Credential", keys.access_key_id + "/" + Scope(date, options.region, options.service));
  add("X-Amz-Date", timestamp);
  add("X-Amz-Expires", std::to_string(expires_s));
  if (!keys.session_token.empty()) add("X-Amz-Security-Token", keys.session_token);
  add("X-Amz-SignedHeaders", "host");
  const HeaderList headers = {{"host", parts.host}};
  const std::vector<std::string> names = {"host"};
  const std::string path = CanonicalPath(parts.path), canonical_query = CanonicalQuery(query);
  const Canonical canonical{method, path, canonical_query, unsigned_payload, headers, names, {}};
  const Signer signer{keys.secret_access_key, timestamp, date, options.region, options.service};
  return parts.origin + path + "?" + query +
         "&X-Amz-Signature=" + signer.Sign(CanonicalRequest(canonical));
}

Result<HeaderList> SignHeaders(const S3Keys& keys, std::string_view method, std::string_view url,
                               const HeaderList& headers, std::string_view payload_digest,
                               const SigningOptions& options) {
  ASSIGN(const Url parts, ParseUrl(url));
  const std::string timestamp = FormatTimestamp(options.now);
  const std::string date = timestamp.substr(0, date_chars);
  HeaderList made = {{"host", parts.host},
                     {"x-amz-content-sha256", std::string(payload_digest)},
                     {"x-amz-date", timestamp}};
  if (!keys.session_token.empty()) made.emplace_back("x-amz-security-token", keys.session_token);
  HeaderList all = made;
  for (const auto& [name, value] : headers) {
    const std::string lower = AsciiLower(name);
    const bool is_signed = lower.starts_with("x-amz-") || lower == "content-type" ||
                           lower == "content-md5" || lower == "range";
    const bool replaced = std::any_of(made.begin(), made.end(),
                                      [&](const auto& item) { return item.first == lower; });
    if (is_signed && !replaced) all.emplace_back(lower, value);
  }
  std::vector<std::string> names;
  for (const auto& [name, value] : all) names.push_back(name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  const std::string path = CanonicalPath(parts.path), query = CanonicalQuery(parts.query);
  const Canonical canonical{method, path, query, payload_digest, all, names, {}};
  const Signer signer{keys.secret_access_key, timestamp, date, options.region, options.service};
  std::string authorization(algorithm);
  authorization +=
      " Credential=" + keys.access_key_id + "/" + Scope(date, options.region, options.service);
  authorization += ", SignedHeaders=";
  for (const std::string& name : names) {
    if (!authorization.ends_with('=')) authorization += ';';
    authorization += name;
  }
  authorization += ", Signature=" + signer.Sign(CanonicalRequest(canonical));
  made.emplace_back("authorization", std::move(authorization));
  return made;
}

Error S3Error(ErrorKind kind, std::string code, std::string message) {
  return Error(kind, std::move(message), {{"", std::move(code), ""}});
}

std::string_view S3Code(const Error& error) {
  return error.fields.empty() ? std::string_view() : std::string_view(error.fields.front().code);
}

}  // namespace boathouse::auth
