#pragma once
// Errors in the protocol's shape: {"errorCode": ..., "message": ...}.

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/http.h"

namespace boathouse::delta_sharing {

http::Response ErrorResponse(int status, std::string_view code, std::string_view message);
// The one table from our error kinds to statuses and codes.
http::Response FromError(const Error& error);
// For what the router itself refuses.
http::Response FromStatus(int status, std::string_view message);

}  // namespace boathouse::delta_sharing
