#include "base/result.h"

namespace boathouse {

std::string_view ErrorKindName(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid:
      return "invalid";
    case ErrorKind::kNotFound:
      return "not_found";
    case ErrorKind::kUnauthenticated:
      return "unauthenticated";
    case ErrorKind::kForbidden:
      return "forbidden";
    case ErrorKind::kConflict:
      return "conflict";
    case ErrorKind::kTooLarge:
      return "too_large";
    case ErrorKind::kExhausted:
      return "exhausted";
    case ErrorKind::kOverBudget:
      return "over_budget";
    case ErrorKind::kUnavailable:
      return "unavailable";
    case ErrorKind::kDeadline:
      return "deadline";
    case ErrorKind::kUnsupported:
      return "unsupported";
    case ErrorKind::kCancelled:
      return "cancelled";
    case ErrorKind::kCorrupt:
      return "corrupt";
    case ErrorKind::kInternal:
      return "internal";
  }
  return "internal";
}

Error Error::Field(std::string field, std::string code, std::string detail) {
  std::string message = detail;
  return Error(ErrorKind::kInvalid, std::move(message),
               {FieldError{std::move(field), std::move(code), std::move(detail)}});
}

}  // namespace boathouse
