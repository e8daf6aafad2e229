// Scan planning on the server: which files a query must read, without a look at a manifest.

#include <utility>

#include "base/bytes.h"
#include "surfaces/iceberg_rest/answer_cache.h"
#include "surfaces/iceberg_rest/call.h"
#include "surfaces/iceberg_rest/storage_access.h"

namespace boathouse::iceberg_rest {
namespace {

constexpr size_t plan_id_bytes = 16;

std::string OwnerOf(const Call& call, const sharing::SharedTable& table) {
  return call.reader.recipient.ToString() + "/" + table.id.ToString();
}

void CountTasks(const Json& plan, sharing::Usage* usage) {
  for (const Json& task : plan["file-scan-tasks"].items()) {
    const Json& file = task["data-file"];
    ++usage->files;
    usage->bytes += file["file-size-in-bytes"].AsInt().value_or(0);
    usage->rows += file["record-count"].AsInt().value_or(0);
  }
}

// An id that looks like one of ours.
bool IsPlanId(std::string_view id) {
  return id.size() == 2 * plan_id_bytes &&
         id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Outcome PlanScan(Call& call) {
  call.usage.what = sharing::Reading::kQuery;
  const Result<sharing::SharedTable> table = call.FindTable();
  if (!table.ok()) return table.error();
  const Result<Json> request = BodyObject(call.request);
  if (!request.ok()) return request.error();
  const iceberg::Reading reading = ReadingOf(call, *table);
  Result<Json> plan = call.services().renderer.Plan(*table->table, reading, *request);
  if (!plan.ok()) return Refusal{plan.error(), "NoSuchSnapshotException"};
  CountTasks(*plan, &call.usage);
  const Result<std::string> location = call.services().renderer.Location(*table->table);
  if (!location.ok()) return location.error();
  if (const ObjectStore* store = call.services().object_store; store != nullptr) {
    if (Status brought = store->bring(*table->table, reading); !brought.ok()) {
      return std::move(brought.error());
    }
  }
  const Result<StorageAccess> access =
      ChooseAccess(call, *table, ParseDelegation(call.request.headers));
  if (!access.ok()) return access.error();
  const Json credentials = StorageCredentials(call, *table, *access, *location);
  if (credentials.size() > 0) plan->Set("storage-credentials", credentials);
  const std::string id = HexEncode(RandomBytes(plan_id_bytes));
  plan->Remove("plan-id");
  std::string body = plan->Dump();
  // What is fetched later is the same without its id.
  call.surface.plans->Keep(id, OwnerOf(call, *table), body, call.services().clock.Now());
  body.pop_back();
  body += R"(,"plan-id":")" + id + "\"}";
  return http::Response::Text(200, std::move(body), "application/json");
}

Outcome FetchPlan(Call& call) {
  call.usage.what = sharing::Reading::kQuery;
  const Result<sharing::SharedTable> table = call.FindTable();
  if (!table.ok()) return table.error();
  const std::string id(call.request.Parameter("plan-id"));
  const auto body =
      call.surface.plans->Find(id, OwnerOf(call, *table), call.services().clock.Now());
  if (body == nullptr) {
    return Refusal{{ErrorKind::kNotFound,
                    "there is no plan '" + id + "'; plans are kept for ten minutes: plan again"},
                   no_such_plan};
  }
  return http::Response::Text(200, *body, "application/json");
}

Outcome CancelPlan(Call& call) {
  call.usage.what = sharing::Reading::kQuery;
  const Result<sharing::SharedTable> table = call.FindTable();
  if (!table.ok()) return table.error();
  const std::string id(call.request.Parameter("plan-id"));
  // One that has made room for others, or was cancelled before, is as cancelled as it can be.
  if (!call.surface.plans->Drop(id, OwnerOf(call, *table)) && !IsPlanId(id)) {
    return Refusal{{ErrorKind::kNotFound, "there is no plan '" + id + "'"}, no_such_plan};
  }
  return http::Response::Empty(204);
}

Outcome FetchTasks(Call& call) {
  call.usage.what = sharing::Reading::kQuery;
  const Result<sharing::SharedTable> table = call.FindTable();
  if (!table.ok()) return table.error();
  const Result<Json> body = BodyObject(call.request);
  if (!body.ok()) return body.error();
  if (!(*body)["plan-task"].is_string()) {
    return Error(ErrorKind::kInvalid, "plan-task must be a text");
  }
  return Refusal{
      {ErrorKind::kNotFound, "there is no such plan task: plans are answered whole, without tasks"},
      no_such_task};
}

}  // namespace boathouse::iceberg_rest
