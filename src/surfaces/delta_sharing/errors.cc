#include "surfaces/delta_sharing/errors.h"

#include "base/log.h"
#include "surfaces/delta_sharing/input.h"

namespace boathouse::delta_sharing {
namespace {

constexpr const char* retry_after_s = "2";

}  // namespace

http::Response ErrorResponse(int status, std::string_view code, std::string_view message) {
  http::Response response =
      http::Response::JsonBody(status, Json::Object({{"errorCode", code}, {"message", message}}));
  if (status == 401) response.headers.Set("WWW-Authenticate", "Bearer realm=\"delta-sharing\"");
  // Clients retry these, and some heed how long to wait.
  if (status == 429 || status == 503) response.headers.Set("Retry-After", retry_after_s);
  return response;
}

ProtocolError ToProtocol(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalid:
    case ErrorKind::kConflict:
    case ErrorKind::kTooLarge:
      if (!error.fields.empty() && error.fields.front().code == malformed_code) {
        return {400, "MALFORMED_REQUEST", error.message};
      }
      return {400, "INVALID_PARAMETER_VALUE", error.message};
    case ErrorKind::kUnsupported:
      return {400, "NOT_IMPLEMENTED", error.message};
    case ErrorKind::kUnauthenticated:
      return {401, "UNAUTHENTICATED", error.message};
    case ErrorKind::kForbidden:
      return {403, "PERMISSION_DENIED", error.message};
    case ErrorKind::kNotFound:
      return {404, "RESOURCE_DOES_NOT_EXIST", error.message};
    case ErrorKind::kExhausted:
    case ErrorKind::kOverBudget:
      return {429, "RESOURCE_EXHAUSTED", error.message};
    case ErrorKind::kUnavailable:
    case ErrorKind::kDeadline:
    case ErrorKind::kCancelled:
      Log(LogLevel::kError, "sharing_unavailable", {{"reason", error.message}});
      return {503, "TEMPORARILY_UNAVAILABLE", "the table cannot be read now; try again"};
    case ErrorKind::kCorrupt:
    case ErrorKind::kInternal:
      break;
  }
  // Our own trouble is told to the log, not to a recipient.
  Log(LogLevel::kError, "sharing_failed", {{"reason", error.message}});
  return {500, "INTERNAL_ERROR", "the server could not answer; see its log"};
}

http::Response FromError(const Error& error) {
  const ProtocolError told = ToProtocol(error);
  return ErrorResponse(told.status, told.code, told.message);
}

http::Response FromStatus(int status, std::string_view message) {
  switch (status) {
    case 401:
      return ErrorResponse(status, "UNAUTHENTICATED", message);
    case 404:
      return ErrorResponse(status, "RESOURCE_DOES_NOT_EXIST", message);
    case 503:
      return ErrorResponse(status, "TEMPORARILY_UNAVAILABLE", message);
    default:
      return ErrorResponse(status, status >= 500 ? "INTERNAL_ERROR" : "INVALID_PARAMETER_VALUE",
                           message);
  }
}

}  // namespace boathouse::delta_sharing
