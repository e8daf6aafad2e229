#include "surfaces/objects/objects.h"

#include <memory>
#include <utility>

#include "surfaces/objects/answer.h"
#include "surfaces/objects/s3_endpoint.h"

namespace boathouse::objects {
namespace {

constexpr std::string_view file_suffix = ".parquet";

http::Response ServeSignedUrl(const Services& services, const http::Request& request) {
  const Status verified = services.signer.Verify(request, services.clock.Now());
  if (!verified.ok()) return ErrorAnswer(verified.error());
  const std::string recipient(request.Query("to").value_or(""));
  const std::string table_name(request.Parameter("table"));
  const auto record = [services, recipient, table_name, address = request.peer_address](
                          int status, uint64_t sent) {
    if (services.record) {
      services.record({recipient, "files", table_name, address, status, sent});
    }
  };
  if (services.may_read) {
    const Status allowed = services.may_read(recipient, table_name, request.peer_address);
    if (!allowed.ok()) {
      record(403, 0);
      return ErrorAnswer(allowed.error());
    }
  }
  std::string_view file_id = request.Parameter("file");
  if (!file_id.ends_with(file_suffix)) return ErrorAnswer(Error{ErrorKind::kNotFound, ""});
  file_id.remove_suffix(file_suffix.size());
  const Result<tables::Table*> table = services.catalog.Find(table_name);
  if (!table.ok()) return ErrorAnswer(table.error());
  Result<std::unique_ptr<tables::FileReader>> file = (*table)->OpenFile(file_id);
  if (!file.ok()) {
    http::Response failed = ErrorAnswer(file.error());
    record(failed.status, 0);
    return failed;
  }
  Content content;
  content.etag = "\"" + std::string(file_id) + "\"";
  content.type = "application/vnd.apache.parquet";
  content.modified_at = (*file)->created_at();
  content.file = std::move(*file);
  // A file never changes, but only the holder of the URL may have it.
  content.cache_control = "private, max-age=3600, immutable";
  content.on_end = record;
  return ContentAnswer(request, std::move(content));
}

}  // namespace

void Mount(http::Router& router, const Services& services) {
  router.Add("GET", "/files/{table}/{file}",
             [services](http::Request& request) { return ServeSignedUrl(services, request); });
  router.SetErrorRenderer("/files", [](const http::Request&, int status, std::string_view message) {
    return ErrorAnswer(status, status == 404 ? "NoSuchKey" : "InvalidRequest", message);
  });
  if (services.keys != nullptr) MountS3(router, services);
}

}  // namespace boathouse::objects
