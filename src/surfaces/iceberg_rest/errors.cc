#include "surfaces/iceberg_rest/errors.h"

#include "base/log.h"

namespace boathouse::iceberg_rest {
namespace {

constexpr const char* retry_after_s = "2";

}  // namespace

http::Response ErrorResponse(int status, std::string_view type, std::string_view message) {
  http::Response response = http::Response::JsonBody(
      status,
      Json::Object(
          {{"error", Json::Object({{"message", message}, {"type", type}, {"code", status}})}}));
  if (status == 401) response.headers.Set("WWW-Authenticate", "Bearer realm=\"iceberg\"");
  // Clients try these again, and some heed how long to wait.
  if (status == 429 || status == 503) response.headers.Set("Retry-After", retry_after_s);
  return response;
}

http::Response FromRefusal(const Refusal& refusal) {
  const Error& error = refusal.error;
  switch (error.kind) {
    case ErrorKind::kInvalid:
    case ErrorKind::kConflict:
    case ErrorKind::kTooLarge:
      return ErrorResponse(400, "BadRequestException", error.message);
    case ErrorKind::kUnsupported:
      return ErrorResponse(406, "UnsupportedOperationException", error.message);
    case ErrorKind::kUnauthenticated:
      return ErrorResponse(401, "NotAuthorizedException", error.message);
    case ErrorKind::kForbidden:
      return ErrorResponse(403, "ForbiddenException", error.message);
    case ErrorKind::kNotFound:
      return ErrorResponse(404, refusal.missing, error.message);
    case ErrorKind::kExhausted:
    case ErrorKind::kOverBudget:
      return ErrorResponse(503, "SlowDownException", error.message);
    case ErrorKind::kUnavailable:
    case ErrorKind::kDeadline:
    case ErrorKind::kCancelled:
      Log(LogLevel::kError, "iceberg_unavailable", {{"reason", error.message}});
      return ErrorResponse(503, "ServiceUnavailableException",
                           "the table cannot be read now; try again");
    case ErrorKind::kCorrupt:
    case ErrorKind::kInternal:
      break;
  }
  // Our own trouble is told to the log, not to a recipient.
  Log(LogLevel::kError, "iceberg_failed", {{"reason", error.message}});
  return ErrorResponse(500, "InternalServerError", "the server could not answer; see its log");
}

http::Response FromStatus(int status, std::string_view message) {
  switch (status) {
    case 401:
      return ErrorResponse(status, "NotAuthorizedException", message);
    case 403:
      return ErrorResponse(status, "ForbiddenException", message);
    case 404:
      return ErrorResponse(status, "NotFoundException",
                           std::string(message) + ": the catalog's address ends in /iceberg");
    case 405:
      return ErrorResponse(status, "UnsupportedOperationException", message);
    case 503:
      return ErrorResponse(status, "ServiceUnavailableException", message);
    default:
      return ErrorResponse(status, status >= 500 ? "InternalServerError" : "BadRequestException",
                           message);
  }
}

http::Response OAuthError(int status, std::string_view code, std::string_view description) {
  http::Response response = http::Response::JsonBody(
      status, Json::Object({{"error", code}, {"error_description", description}}));
  if (status == 401) response.headers.Set("WWW-Authenticate", "Basic realm=\"iceberg\"");
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

}  // namespace boathouse::iceberg_rest
