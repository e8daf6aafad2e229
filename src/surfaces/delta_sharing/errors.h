#pragma once
// Errors in the protocol's shape: {"errorCode": ..., "message": ...}.

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/http.h"

namespace boathouse::delta_sharing {

http::Response ErrorResponse(int status, std::string_view code, std::string_view message);
// What a client is told of an error: the one table from our kinds to statuses and codes. What is our own
// trouble goes to the log instead.
struct ProtocolError {
  int status = 500;
  std::string code;
  std::string message;
};
ProtocolError ToProtocol(const Error& error);
http::Response FromError(const Error& error);
// For what the router itself refuses.
http::Response FromStatus(int status, std::string_view message);

}  // namespace boathouse::delta_sharing
