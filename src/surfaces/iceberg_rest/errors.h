#pragma once
// Errors in the two shapes of the protocol: {"error": {"message", "type", "code"}} everywhere, and
// {"error": "invalid_client", "error_description"} of RFC 6749 at the token endpoint.

#include <string_view>

#include "base/result.h"
#include "http/http.h"

namespace boathouse::iceberg_rest {

inline constexpr std::string_view no_such_warehouse = "NoSuchWarehouseException";
inline constexpr std::string_view no_such_namespace = "NoSuchNamespaceException";
inline constexpr std::string_view no_such_table = "NoSuchTableException";
inline constexpr std::string_view no_such_view = "NoSuchViewException";
inline constexpr std::string_view no_such_plan = "NoSuchPlanIdException";
inline constexpr std::string_view no_such_task = "NoSuchPlanTaskException";

// An operation fails with a Refusal: our error, and what Iceberg calls the thing that is missing, when
// something is.
struct Refusal {
  Error error;
  std::string_view missing = no_such_table;
};

http::Response ErrorResponse(int status, std::string_view type, std::string_view message);
// The one table from our error kinds to statuses and exception names.
http::Response FromRefusal(const Refusal& refusal);
// For what the router itself refuses.
http::Response FromStatus(int status, std::string_view message);

// `code` is one of RFC 6749, section 5.2.
http::Response OAuthError(int status, std::string_view code, std::string_view description);

}  // namespace boathouse::iceberg_rest
