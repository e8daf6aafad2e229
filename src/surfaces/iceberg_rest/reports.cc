// Metrics reports: which table was scanned, with which columns. They are noted; nothing depends on them.

#include "base/log.h"
#include "surfaces/iceberg_rest/call.h"

namespace boathouse::iceberg_rest {
namespace {

constexpr size_t logged_names_max = 200;

Json FirstNames(const Json& names) {
  Json kept = Json::Array();
  for (const Json& name : names.items()) {
    if (kept.size() == logged_names_max) break;
    if (name.is_string()) kept.Append(name);
  }
  return kept;
}

}  // namespace

Outcome ReportMetrics(Call& call) {
  call.usage.what = sharing::Reading::kQuery;
  const Result<sharing::SharedTable> table = call.FindTable();
  if (!table.ok()) return table.error();
  const Result<Json> report = BodyObject(call.request);
  if (!report.ok()) return report.error();
  const Json& type = (*report)["report-type"];
  if (!type.is_string()) return Error(ErrorKind::kInvalid, "report-type must be a text");
  if (const auto snapshot = (*report)["snapshot-id"].AsInt()) {
    if (const Result<Id> id = table->table->id(); id.ok()) {
      call.usage.version = iceberg::Renderer::VersionOf(*id, *snapshot);
    }
  }
  Log(LogLevel::kInfo, "iceberg_report",
      {{"recipient", call.reader.name},
       {"share", table->share},
       {"table", table->schema + "." + table->name},
       {"type", type.AsString()},
       {"version", call.usage.version},
       {"columns", FirstNames((*report)["projected-field-names"])}});
  return http::Response::Empty(204);
}

}  // namespace boathouse::iceberg_rest
