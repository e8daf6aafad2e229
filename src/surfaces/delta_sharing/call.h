#pragma once
// One authenticated request, and what it is allowed to see.

#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "http/http.h"
#include "sharing/sharing.h"
#include "surfaces/delta_sharing/answer_cache.h"
#include "surfaces/delta_sharing/async_queries.h"
#include "surfaces/delta_sharing/delta_sharing.h"
#include "tables/tables.h"

namespace boathouse::delta_sharing {

// What all requests share.
struct Mounted {
  Services services;
  AnswerCache answers;
  AsyncQueries queries;
};

struct Call {
  const http::Request& request;
  const std::shared_ptr<Mounted>& mounted;
  const sharing::Reader& reader;
  sharing::Usage& usage;     // what this request reads: filled on the way
  bool& recorded_by_stream;  // the body is made later, and notes itself what it read

  const Services& services() const { return mounted->services; }
  std::string recipient() const { return reader.recipient.ToString(); }
  // The table that the path names: kNotFound when it does not exist or is not granted, which look the same.
  Result<sharing::SharedTable> FindTable() const;
  // What the client must put before our paths to reach us again.
  std::string BaseUrl() const;
};

// s3://<bucket>/<table>/<table id>: where access mode `dir` finds the table. "" when it is not offered.
Result<std::string> LocationOf(const Services& services, tables::Table& table);

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
Result<http::Response> PollQuery(const Call& call);
Result<http::Response> GetChanges(const Call& call);
Result<http::Response> IssueCredentials(const Call& call);

}  // namespace boathouse::delta_sharing
