#include "surfaces/objects/answer.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "http/byte_range.h"
#include "http/entity_tag.h"
#include "http/http_date.h"

namespace boathouse::objects {
namespace {

constexpr size_t piece_bytes_max = 256u << 10;
constexpr uint64_t run_bytes_max = 4ull << 20;
// Shorter runs cost more as calls of their own than as copies together with what follows.
constexpr uint64_t run_bytes_min = 64ull << 10;
constexpr const char* retry_after_s = "2";
constexpr Micros second_micros = 1'000'000;

using OnEnd = std::function<void(int, uint64_t)>;

// Pulls one range of a file piece by piece, so that no file is ever in memory as a whole.
class RangeBody : public http::BodySource {
 public:
  RangeBody(std::unique_ptr<tables::FileReader> file, uint64_t offset, uint64_t length,
            std::function<void(uint64_t)> on_end)
      : file_(std::move(file)),
        offset_(offset),
        left_(length),
        length_(length),
        on_end_(std::move(on_end)) {}

  ~RangeBody() override {
    if (on_end_) on_end_(length_ - left_);
  }

  Result<std::optional<FileRun>> NextRun() override {
    if (left_ < run_bytes_min) return std::optional<FileRun>();
    const auto run = file_->RunAt(offset_, std::min(left_, run_bytes_max));
    if (!run || run->length < run_bytes_min) return std::optional<FileRun>();
    offset_ += run->length;
    left_ -= run->length;
    return std::optional(FileRun{run->descriptor, run->offset, run->length});
  }

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
  const std::function<void(uint64_t)> on_end_;
};

// Conditions in the order of RFC 9110, section 13.2.2: 0 when the request is to be carried out.
int UnmetCondition(const http::Request& request, const Content& content) {
  const auto names = [&](const std::string& tags) {  // strongly
    return tags == "*" || tags.find(content.etag) != std::string::npos ||
           "\"" + tags + "\"" == content.etag;
  };
  const auto date = [&](const char* header) {
    return http::ParseHttpDate(request.headers.Get(header));
  };
  const Micros modified = content.modified_at / second_micros * second_micros;
  if (const std::string* tags = request.headers.Find("if-match"); tags != nullptr) {
    if (!names(*tags)) return 412;
  } else if (const auto at = date("if-unmodified-since"); at && modified > *at) {
    return 412;
  }
  if (request.headers.Find("if-none-match") != nullptr) {
    return http::HasEntityTag(request, content.etag) ? 304 : 0;
  }
  if (const auto at = date("if-modified-since"); at && modified <= *at) return 304;
  return 0;
}

// If-Range: the range holds only for the content that the client has begun with.
bool RangeApplies(const http::Request& request, const Content& content) {
  const std::string* condition = request.headers.Find("if-range");
  return condition == nullptr || *condition == content.etag ||
         *condition == http::FormatHttpDate(content.modified_at);
}

http::Response Ended(http::Response response, const OnEnd& on_end) {
  if (on_end) on_end(response.status, 0);
  return response;
}

}  // namespace

std::string XmlText(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else if (c == '&') {
      escaped += "&amp;";
    } else if (c == '"') {
      escaped += "&quot;";
    } else if (static_cast<unsigned char>(c) >= ' ' || c == '\t' || c == '\n' || c == '\r') {
      escaped += c;
    }
  }
  return escaped;
}

http::Response ErrorAnswer(int status, std::string_view code, std::string_view message) {
  std::string body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>";
  body += code;
  body += "</Code><Message>";
  body += XmlText(message);
  body += "</Message></Error>";
  return http::Response::Text(status, std::move(body), "application/xml");
}

http::Response ErrorAnswer(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kForbidden:
    case ErrorKind::kUnauthenticated:
      return ErrorAnswer(403, "AccessDenied", error.message);
    case ErrorKind::kNotFound:
      return ErrorAnswer(404, "NoSuchKey", "the file does not exist or is no longer kept");
    case ErrorKind::kExhausted:
    case ErrorKind::kUnavailable:
    case ErrorKind::kDeadline:
    case ErrorKind::kCancelled: {
      // Not our fault and not the file's: the same request may succeed later.
      Log(LogLevel::kError, "file_not_served", {{"reason", error.message}});
      http::Response later =
          ErrorAnswer(503, "ServiceUnavailable", "the file cannot be read now; try again");
      later.headers.Set("Retry-After", retry_after_s);
      return later;
    }
    case ErrorKind::kInvalid:
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
  return ErrorAnswer(500, "InternalError", "the file cannot be read");
}

http::Response ContentAnswer(const http::Request& request, Content content) {
  const uint64_t size = content.file != nullptr ? content.file->size() : content.bytes->size();
  http::Response response;
  response.headers.Set("ETag", content.etag);
  response.headers.Set("Last-Modified", http::FormatHttpDate(content.modified_at));
  response.headers.Set("Accept-Ranges", "bytes");
  if (!content.cache_control.empty()) {
    response.headers.Set("Cache-Control", content.cache_control);
  }
  if (const int unmet = UnmetCondition(request, content); unmet == 304) {
    response.status = 304;
    return Ended(std::move(response), content.on_end);
  } else if (unmet != 0) {
    return Ended(ErrorAnswer(unmet, "PreconditionFailed", "the file is another one"),
                 content.on_end);
  }
  const bool ranged = RangeApplies(request, content);
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
          ErrorAnswer(416, "InvalidRange", "the file has " + std::to_string(size) + " bytes");
      unsatisfiable.headers.Set("Content-Range", "bytes */" + std::to_string(size));
      return Ended(std::move(unsatisfiable), content.on_end);
    }
  }
  response.headers.Set("Content-Type", content.type);
  if (content.file == nullptr) {
    response.body = content.bytes->substr(offset, length);
    if (content.on_end) content.on_end(response.status, response.body.size());
    return response;
  }
  std::function<void(uint64_t)> on_end;
  if (content.on_end) {
    on_end = [end = std::move(content.on_end), status = response.status](uint64_t sent) {
      end(status, sent);
    };
  }
  response.stream =
      std::make_unique<RangeBody>(std::move(content.file), offset, length, std::move(on_end));
  return response;
}

}  // namespace boathouse::objects
