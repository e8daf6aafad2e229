#pragma once
// Private to surfaces/rest: errors as problem documents (RFC 9457). Pure functions.

#include <string_view>

#include "base/result.h"
#include "http/http.h"

namespace boathouse::rest {

// The one table from what went wrong to the HTTP status that says so.
int StatusOf(ErrorKind kind);

// The problem document of an error. What is wrong inside the server (internal, corrupt) is logged under
// an id, and the client is told only that id.
http::Response Problem(const Error& error);
// The same with another status than the table's: 412, 415 ...
http::Response Problem(int status, const Error& error);

// The document alone, for an error that is told inside a stream.
Json ProblemJson(const Error& error);

// For errors that the router makes itself.
http::Response RouterProblem(int status, std::string_view message);

}  // namespace boathouse::rest
