#pragma once
// One authenticated request, and what it is allowed to see.

#include <string>
#include <string_view>
#include <vector>

#include "auth/auth.h"
#include "base/json.h"
#include "base/result.h"
#include "http/http.h"
#include "surfaces/delta_sharing/delta_sharing.h"
#include "tables/tables.h"

namespace boathouse::delta_sharing {

struct Call {
  const http::Request& request;
  const Services& services;
  auth::Recipient recipient;

  // The path's {share}: kNotFound when it does not exist or is not granted, which look the same.
  Status FindShare() const;
  Status FindSchema() const;  // with its share
  Result<tables::Table*> FindTable() const;
  bool HasShare() const;
};

// The body as a JSON object; an empty body is an empty object. kInvalid otherwise.
Result<Json> BodyObject(const http::Request& request);

// Each checks its own input and answers or fails; the caller renders the error.
Result<http::Response> ListShares(const Call& call);
Result<http::Response> GetShare(const Call& call);
Result<http::Response> ListSchemas(const Call& call);
Result<http::Response> ListTables(const Call& call);
Result<http::Response> ListAllTables(const Call& call);
Result<http::Response> GetTable(const Call& call);
Result<http::Response> GetTableVersion(const Call& call);
Result<http::Response> GetMetadata(const Call& call);
Result<http::Response> QueryTable(const Call& call);

}  // namespace boathouse::delta_sharing
