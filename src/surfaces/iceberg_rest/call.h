#pragma once
// One authenticated request, and the operations that answer one.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "http/http.h"
#include "sharing/sharing.h"
#include "surfaces/iceberg_rest/errors.h"
#include "surfaces/iceberg_rest/iceberg_rest.h"

namespace boathouse::iceberg_rest {

class AnswerCache;
class PlanCache;

// What lives as long as the routes do.
struct Surface {
  Services services;
  std::shared_ptr<AnswerCache> answers;
  std::shared_ptr<PlanCache> plans;
};

// An answer or a refusal. Not a Result, because a 404 must say what it misses.
class Outcome {
 public:
  Outcome(http::Response response) : data_(std::move(response)) {}  // NOLINT: implicit by design
  Outcome(Refusal refusal) : data_(std::move(refusal)) {}           // NOLINT: implicit by design
  Outcome(Error error) : data_(Refusal{std::move(error)}) {}        // NOLINT: implicit by design
  http::Response Take() && {
    if (Refusal* refusal = std::get_if<Refusal>(&data_)) return FromRefusal(*refusal);
    return std::get<http::Response>(std::move(data_));
  }

 private:
  std::variant<http::Response, Refusal> data_;
};

// A namespace of a path or of the query: its levels stand between unit separators (0x1F).
using Levels = std::vector<std::string>;
Levels ParseNamespace(std::string_view text);
std::string ShowNamespace(const Levels& levels);  // with dots, for messages

struct Call {
  const http::Request& request;
  const Surface& surface;
  sharing::Reader reader;
  sharing::Usage usage;  // what the request turns out to read; recorded with its status

  const Services& services() const { return surface.services; }

  // The share of the path's {prefix}; a refusal when it does not exist or is not granted, which look alike.
  Result<sharing::Share> FindWarehouse() const;
  // The path's {namespace}, spelled exactly as published; with its warehouse.
  Status FindNamespace() const;
  // The path's {table}, spelled exactly as published. Any miss on the way is that of the table.
  Result<sharing::SharedTable> FindTable();

  // How clients reach the catalog of this workspace: http://host:port/iceberg.
  std::string CatalogUrl() const;
  // Of the table files, without a bucket.
  std::string S3Endpoint() const;
};

// The body as a JSON object; kInvalid otherwise.
Result<Json> BodyObject(const http::Request& request);

// The page of `items` that pageToken and pageSize ask for: {`member`: [...], "next-page-token"}. Without a
// pageToken all of them.
Outcome Page(const Call& call, const char* member, JsonArray items);

using Operation = Outcome (*)(Call&);

// Namespaces and what they hold.
Outcome ListNamespaces(Call& call);
Outcome GetNamespace(Call& call);
Outcome HasNamespace(Call& call);
Outcome ListTables(Call& call);
Outcome HasTable(Call& call);
Outcome ListViews(Call& call);
Outcome GetView(Call& call);
// Tables.
Outcome LoadTable(Call& call);
Outcome LoadCredentials(Call& call);
Outcome SignRequest(Call& call);
Outcome ReportMetrics(Call& call);
// Scan planning on the server.
Outcome PlanScan(Call& call);
Outcome FetchPlan(Call& call);
Outcome CancelPlan(Call& call);
Outcome FetchTasks(Call& call);
// Everything that writes.
Outcome RefuseWrite(Call& call);

// Without a reader yet: the answers that a session begins with.
http::Response GetConfig(const Surface& surface, const http::Request& request);
http::Response PostToken(const Surface& surface, const http::Request& request);

// How a table is to be shown to whoever it is shared with.
iceberg::Reading ReadingOf(const Call& call, const sharing::SharedTable& table);

// The endpoints that a client may use, as the configuration lists them.
const std::vector<std::string>& OfferedEndpoints();

}  // namespace boathouse::iceberg_rest
