#include "surfaces/objects/objects.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/bytes.h"
#include "base/log.h"
#include "http/byte_range.h"
#include "http/entity_tag.h"

namespace boathouse::objects {
namespace {

constexpr size_t piece_bytes_max = 256u << 10;
constexpr std::string_view file_suffix = ".parquet";
constexpr const char* retry_after_s = "2";

// The shape that clients of object stores know.
http::Response ErrorResponse(int status, std::string_view code, std::string_view message) {
  std::string body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>";
  body += code;
  body += "</Code><Message>";
  for (const char c : message) {
    if (c == '<') {
      body += "&lt;";
    } else if (c == '&') {
      body += "&amp;";
    } else {
      body += c;
    }
  }
  body += "</Message></Error>";
  return http::Response::Text(status, std::move(body), "application/xml");
}

http::Response FromError(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kForbidden:
      return ErrorResponse(403, "AccessDenied", error.message);
    case ErrorKind::kNotFound:
      return ErrorResponse(404, "NoSuchKey", "the file does not exist or is no longer kept");
    case ErrorKind::kExhausted:
    case ErrorKind::kUnavailable:
    case ErrorKind::kDeadline:
    case ErrorKind::kCancelled: {
      // Not our fault and not the file's: the same request may succeed later.
      Log(LogLevel::kError, "file_not_served", {{"reason", error.message}});
      http::Response later =
          ErrorResponse(503, "ServiceUnavailable", "the file cannot be read now; try again");
      later.headers.Set("Retry-After", retry_after_s);
      return later;
    }
    case ErrorKind::kInvalid:
    case ErrorKind::kUnauthenticated:
    case ErrorKind::kConflict:
    case ErrorKind::kTooLarge:
    case ErrorKind::kOverBudget:
    case ErrorKind::kUnsupported:
    case ErrorKind::kCorrupt:
    case ErrorKind::kInternal:
      break;
  }
  // The message may name paths of ours, so it goes to the log only.
  Log(LogLevel::kError, "file_not_served", {{"reason", error.message}});
  return ErrorResponse(500, "InternalError", "the file cannot be read");
}

// Pulls one range of a file piece by piece, so that no file is ever in memory as a whole.
class RangeBody : public http::BodySource {
 public:
  RangeBody(std::unique_ptr<tables::FileReader> file, uint64_t offset, uint64_t length)
      : file_(std::move(file)), offset_(offset), left_(length), length_(length) {}

  Result<bool> Next(std::string* chunk) override {
    if (left_ == 0) return false;
    const size_t count = std::min<uint64_t>(left_, piece_bytes_max);
    const Status read = file_->ReadAt(offset_, count, chunk);
    if (!read.ok()) {
      Log(LogLevel::kError, "file_not_served", {{"reason", read.error().message}});
      return Error{read.error().kind, "the file cannot be read"};
    }
    offset_ += count;
    left_ -= count;
    return true;
  }

  std::optional<uint64_t> length() const override { return length_; }

 private:
  const std::unique_ptr<tables::FileReader> file_;
  uint64_t offset_, left_;
  const uint64_t length_;
};

http::Response Serve(const Services& services, const http::Request& request) {
  const Status verified = services.signer.Verify(request, services.clock.Now());
  if (!verified.ok()) return FromError(verified.error());
  std::string_view file_id = request.Parameter("file");
  if (!file_id.ends_with(file_suffix)) return FromError({ErrorKind::kNotFound, ""});
  file_id.remove_suffix(file_suffix.size());
  const Result<tables::Table*> table = services.catalog.Find(request.Parameter("table"));
  if (!table.ok()) return FromError(table.error());
  Result<std::unique_ptr<tables::FileReader>> file = (*table)->OpenFile(file_id);
  if (!file.ok()) return FromError(file.error());

  const uint64_t size = (*file)->size();
  const std::string etag = "\"" + std::string(file_id) + "\"";
  http::Response response;
  response.headers.Set("ETag", etag);
  response.headers.Set("Accept-Ranges", "bytes");
  // A file never changes, but only the holder of the URL may have it.
  response.headers.Set("Cache-Control", "private, max-age=3600, immutable");
  if (http::HasEntityTag(request, etag)) {
    response.status = 304;
    return response;
  }
  // If-Range: the range holds only for the content the client has begun with.
  const std::string* condition = request.headers.Find("if-range");
  const bool ranged = condition == nullptr || *condition == etag;
  const http::ByteRange range = http::ParseRange(ranged ? request.headers.Get("range") : "", size);
  uint64_t offset = 0, length = size;
  switch (range.kind) {
    case http::ByteRange::Kind::kWhole:
      break;
    case http::ByteRange::Kind::kPart:
      response.status = 206;
      offset = range.offset;
      length = range.length;
      response.headers.Set("Content-Range", "bytes " + std::to_string(offset) + "-" +
                                                std::to_string(offset + length - 1) + "/" +
                                                std::to_string(size));
      break;
    case http::ByteRange::Kind::kUnsatisfiable: {
      http::Response unsatisfiable =
          ErrorResponse(416, "InvalidRange", "the file has " + std::to_string(size) + " bytes");
      unsatisfiable.headers.Set("Content-Range", "bytes */" + std::to_string(size));
      return unsatisfiable;
    }
  }
  response.headers.Set("Content-Type", "application/vnd.apache.parquet");
  response.stream = std::make_unique<RangeBody>(std::move(*file), offset, length);
  return response;
}

}  // namespace

void Mount(http::Router& router, const Services& services) {
  router.Add("GET", "/files/{table}/{file}",
             [services](http::Request& request) { return Serve(services, request); });
  router.SetErrorRenderer("/files", [](const http::Request&, int status, std::string_view message) {
    return ErrorResponse(status, status == 404 ? "NoSuchKey" : "InvalidRequest", message);
  });
}

}  // namespace boathouse::objects
