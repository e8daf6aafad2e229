// Imports in the background: how far they are, ending them, going on with them, the rows they rejected.
#include <algorithm>
#include <utility>

#include "crm/byte_source.h"
#include "crm/import_jobs.h"
#include "surfaces/rest/input.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

constexpr size_t piece_bytes = 128u << 10;

Result<crm::ImportJobs*> ImportsOf(const Call& call) {
  if (call.services.imports != nullptr) return call.services.imports;
  return Error(ErrorKind::kUnsupported, "this server imports nothing in the background");
}

http::Response Told(const crm::ImportJob& job) {
  return http::Response::JsonBody(200, job.ToJson());
}

Result<http::Response> ListImports(Call& call) {
  ASSIGN(crm::ImportJobs* const imports, ImportsOf(call));
  Json items = Json::Array();
  for (const crm::ImportJob& job : imports->List(call.caller)) items.Append(job.ToJson());
  return http::Response::JsonBody(200, Json::Object({{"items", std::move(items)}}));
}

Result<http::Response> GetImport(Call& call) {
  ASSIGN(crm::ImportJobs* const imports, ImportsOf(call));
  ASSIGN(const Id id, ReadId(call.request));
  ASSIGN(const crm::ImportJob job, imports->Get(call.caller, id));
  return Told(job);
}

Result<http::Response> CancelImport(Call& call) {
  ASSIGN(crm::ImportJobs* const imports, ImportsOf(call));
  ASSIGN(const Id id, ReadId(call.request));
  ASSIGN(const crm::ImportJob job, imports->Cancel(call.caller, id));
  return Told(job);
}

Result<http::Response> ResumeImport(Call& call) {
  ASSIGN(crm::ImportJobs* const imports, ImportsOf(call));
  ASSIGN(const Id id, ReadId(call.request));
  ASSIGN(const crm::ImportJob job, imports->Resume(call.caller, id));
  return Told(job);
}

Result<http::Response> DeleteImport(Call& call) {
  ASSIGN(crm::ImportJobs* const imports, ImportsOf(call));
  ASSIGN(const Id id, ReadId(call.request));
  TRY(imports->Remove(call.caller, id));
  return http::Response::Empty(204);
}

// The beginning of a file, which may grow meanwhile.
class FileBody final : public http::BodySource {
 public:
  FileBody(std::unique_ptr<crm::ByteSource> bytes, uint64_t length)
      : bytes_(std::move(bytes)), length_(length) {}
  Result<bool> Next(std::string* chunk) override {
    chunk->resize(std::min<uint64_t>(piece_bytes, length_ - done_));
    if (chunk->empty()) return false;
    ASSIGN(const size_t count, bytes_->Read(done_, chunk->data(), chunk->size()));
    if (count == 0) return Error(ErrorKind::kInternal, "the file has become shorter");
    chunk->resize(count);
    done_ += count;
    return true;
  }
  std::optional<uint64_t> length() const override { return length_; }

 private:
  std::unique_ptr<crm::ByteSource> bytes_;
  const uint64_t length_;
  uint64_t done_ = 0;
};

Result<http::Response> GetRejected(Call& call) {
  ASSIGN(crm::ImportJobs* const imports, ImportsOf(call));
  ASSIGN(const Id id, ReadId(call.request));
  ASSIGN(const crm::ImportJobs::RejectedFile file, imports->Rejected(call.caller, id));
  ASSIGN(std::unique_ptr<crm::ByteSource> bytes, crm::OpenFile(file.path));
  http::Response response = http::Response::Empty(200);
  response.headers.Set("Content-Type", "text/csv; charset=utf-8; header=present");
  response.headers.Set("Content-Disposition",
                       "attachment; filename=\"rejected-" + id.ToString() + ".csv\"");
  response.stream = std::make_unique<FileBody>(std::move(bytes), file.bytes);
  return response;
}

}  // namespace

std::vector<Route> ImportJobRoutes() {
  using enum Access;
  return {
      {"GET", "/imports", kSignedIn, Body::kNone, {}, ListImports},
      {"GET", "/imports/{id}", kSignedIn, Body::kNone, {}, GetImport},
      {"DELETE", "/imports/{id}", kSignedIn, Body::kNone, {}, DeleteImport},
      {"POST", "/imports/{id}:cancel", kSignedIn, Body::kNone, {}, CancelImport},
      {"POST", "/imports/{id}:resume", kSignedIn, Body::kNone, {}, ResumeImport},
      {"GET", "/imports/{id}/rejected", kSignedIn, Body::kNone, {}, GetRejected},
  };
}

}  // namespace boathouse::rest
