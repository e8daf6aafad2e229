#include "surfaces/rest/problem.h"

#include "base/fault.h"

namespace boathouse::rest {
namespace {

constexpr const char* retry_after_s = "5";
// A locked sign-in stays locked for minutes; trying every few seconds would be of no use.
constexpr const char* exhausted_retry_after_s = "60";

ErrorKind KindOf(int status) {
  switch (status) {
    case 401:
      return ErrorKind::kUnauthenticated;
    case 403:
      return ErrorKind::kForbidden;
    case 404:
      return ErrorKind::kNotFound;
    case 413:
      return ErrorKind::kTooLarge;
    case 429:
      return ErrorKind::kExhausted;
    case 503:
      return ErrorKind::kUnavailable;
    case 408:
    case 504:
      return ErrorKind::kDeadline;
    case 501:
      return ErrorKind::kUnsupported;
    default:
      return status >= 500 ? ErrorKind::kInternal : ErrorKind::kInvalid;
  }
}

Json Document(int status, std::string_view code, std::string_view detail,
              const std::vector<FieldError>& fields) {
  Json problem = Json::Object({{"type", "about:blank"},
                               {"title", http::ReasonPhrase(status)},
                               {"status", status},
                               {"detail", detail},
                               {"code", code}});
  if (fields.empty()) return problem;
  Json errors = Json::Array();
  for (const FieldError& field : fields) {
    errors.Append(
        Json::Object({{"field", field.field}, {"code", field.code}, {"detail", field.detail}}));
  }
  return problem.Set("errors", std::move(errors));
}

Json Document(int status, const Error& error) {
  const Error told = ForClient("rest_error", error);
  return Document(status, ErrorKindName(told.kind), told.message, told.fields);
}

http::Response Render(int status, const Json& document) {
  http::Response response = http::Response::JsonBody(status, document, "application/problem+json");
  if (status == 401) response.headers.Set("WWW-Authenticate", "Bearer realm=\"boathouse\"");
  if (status == 429) response.headers.Set("Retry-After", exhausted_retry_after_s);
  if (status == 503) response.headers.Set("Retry-After", retry_after_s);
  return response;
}

}  // namespace

int StatusOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid:
      return 400;
    case ErrorKind::kUnauthenticated:
      return 401;
    case ErrorKind::kOverBudget:
      return 402;
    case ErrorKind::kForbidden:
      return 403;
    case ErrorKind::kNotFound:
      return 404;
    case ErrorKind::kConflict:
      return 409;
    case ErrorKind::kTooLarge:
      return 413;
    case ErrorKind::kUnsupported:
      return 422;
    case ErrorKind::kExhausted:
      return 429;
    case ErrorKind::kCancelled:
      return 499;
    case ErrorKind::kCorrupt:
    case ErrorKind::kInternal:
      return 500;
    case ErrorKind::kUnavailable:
      return 503;
    case ErrorKind::kDeadline:
      return 504;
  }
  return 500;
}

http::Response Problem(const Error& error) { return Problem(StatusOf(error.kind), error); }

http::Response Problem(int status, const Error& error) {
  return Render(status, Document(status, error));
}

Json ProblemJson(const Error& error) { return Document(StatusOf(error.kind), error); }

http::Response RouterProblem(int status, std::string_view message) {
  return Render(status, Document(status, ErrorKindName(KindOf(status)), message, {}));
}

}  // namespace boathouse::rest
