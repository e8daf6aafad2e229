// Files that belong to records: sent as a form, read as they are, with ranges.
#include "crm/attachments.h"

#include <algorithm>

#include "base/bytes.h"
#include "http/byte_range.h"
#include "http/entity_tag.h"
#include "surfaces/rest/input.h"
#include "surfaces/rest/multipart.h"
#include "surfaces/rest/problem.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

constexpr size_t piece_bytes_max = 256u << 10;

Result<crm::Attachments*> AttachmentsOf(const Call& call) {
  if (call.services.attachments != nullptr) return call.services.attachments;
  return Error(ErrorKind::kUnsupported, "this server keeps no attachments");
}

// One part "file"; every other part is a field of the attachment.
Result<crm::Attachments::Upload> ReadUpload(const http::Request& request) {
  ASSIGN(const std::vector<FormPart> parts,
         ParseForm(request.headers.Get("content-type"), request.body));
  crm::Attachments::Upload upload;
  bool has_file = false;
  for (const FormPart& part : parts) {
    if (part.name != "file") {
      if (!IsUtf8(part.content)) {
        return Error::Field("/" + part.name.substr(0, 60), "wrong_format",
                            "this part of the form must be UTF-8 text");
      }
      if (upload.fields.Find(part.name) != nullptr) {
        return Error::Field("/" + part.name.substr(0, 60), "too_many",
                            "this part stands twice in the form");
      }
      upload.fields.Set(part.name, part.content);
      continue;
    }
    if (has_file) {
      return Error::Field("/file", "too_many", "send one file; each becomes an attachment");
    }
    has_file = true;
    upload.content = part.content;
    upload.content_type = part.content_type;
    upload.file_name = IsUtf8(part.file_name) ? part.file_name : std::string();
  }
  if (has_file) return upload;
  return Error::Field("/file", "required", "the form needs a part \"file\" with the content");
}

Result<http::Response> Upload(Call& call) {
  ASSIGN(crm::Attachments* const attachments, AttachmentsOf(call));
  ASSIGN(const crm::Attachments::Upload upload, ReadUpload(call.request));
  ASSIGN(const Id id, attachments->Create(call.caller, upload));
  const model::Object* object = call.model->Find("attachment");
  if (object == nullptr) return Error(ErrorKind::kForbidden, "your role may not read attachments");
  ASSIGN(const model::Record record, call.services.crm.Get(call.caller, *object, id));
  std::string body;
  model::AppendRecordJson(*object, record, &body);
  http::Response response = http::Response::Text(201, std::move(body), "application/json");
  response.headers.Set("ETag", EntityTagOf(*object, record.version()));
  response.headers.Set("Location", std::string(base_path) + "/attachments/" + id.ToString());
  return response;
}

// Pulls a range of the file piece by piece, so that it is never in memory as a whole.
class FileBody : public http::BodySource {
 public:
  FileBody(std::unique_ptr<crm::AttachmentFile> file, uint64_t offset, uint64_t length)
      : file_(std::move(file)), offset_(offset), left_(length), length_(length) {}

  Result<bool> Next(std::string* chunk) override {
    if (left_ == 0) return false;
    const size_t count = std::min<uint64_t>(left_, piece_bytes_max);
    TRY(file_->ReadAt(offset_, count, chunk));
    offset_ += count;
    left_ -= count;
    return true;
  }
  std::optional<uint64_t> length() const override { return length_; }

 private:
  const std::unique_ptr<crm::AttachmentFile> file_;
  uint64_t offset_, left_;
  const uint64_t length_;
};

// attachment; with the name in ASCII for old clients and in full for all others (RFC 6266).
std::string Disposition(const std::string& name) {
  std::string plain;
  for (const char c : name) {
    const bool good = c >= ' ' && c < 0x7f && c != '"' && c != '\\' && c != '%';
    plain += good ? c : '_';
  }
  return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + UrlEncode(name);
}

Result<http::Response> ReadContent(Call& call) {
  ASSIGN(crm::Attachments* const attachments, AttachmentsOf(call));
  ASSIGN(const Id id, ReadId(call.request));
  ASSIGN(crm::Attachments::Content content, attachments->Open(call.caller, id));
  const std::string etag = "\"" + content.sha256 + "\"";
  http::Response response;
  response.headers.Set("ETag", etag);
  response.headers.Set("Accept-Ranges", "bytes");
  // Only for who may read it, and asked for again each time, since that may end.
  response.headers.Set("Cache-Control", "private, no-cache");
  TRY(ReadEntityTags(call.request, "If-None-Match"));
  if (http::HasEntityTag(call.request, etag)) {
    response.status = 304;
    return response;
  }
  const uint64_t size = content.file->size();
  const std::string* condition = call.request.headers.Find("if-range");
  const bool ranged = condition == nullptr || *condition == etag;
  const http::ByteRange range =
      http::ParseRange(ranged ? call.request.headers.Get("range") : "", size);
  uint64_t offset = 0;
  uint64_t length = size;
  if (range.kind == http::ByteRange::Kind::kUnsatisfiable) {
    http::Response none =
        Problem(416, Error(ErrorKind::kInvalid, "the file has " + std::to_string(size) + " bytes"));
    none.headers.Set("Content-Range", "bytes */" + std::to_string(size));
    return none;
  }
  if (range.kind == http::ByteRange::Kind::kPart) {
    response.status = 206;
    offset = range.offset;
    length = range.length;
    response.headers.Set("Content-Range", "bytes " + std::to_string(offset) + "-" +
                                              std::to_string(offset + length - 1) + "/" +
                                              std::to_string(size));
  }
  // Whatever it is, a browser saves it and runs none of it.
  response.headers.Set("Content-Type", content.content_type);
  response.headers.Set("Content-Disposition", Disposition(content.name));
  response.headers.Set("X-Content-Type-Options", "nosniff");
  response.headers.Set("Content-Security-Policy", "default-src 'none'; sandbox");
  response.stream = std::make_unique<FileBody>(std::move(content.file), offset, length);
  return response;
}

}  // namespace

std::vector<Route> AttachmentRoutes() {
  Route upload{"POST", "/attachments", Access::kSignedIn, Body::kForm, {}, Upload};
  upload.shares_path = true;
  return {upload,
          {"GET", "/attachments/{id}/content", Access::kSignedIn, Body::kNone, {}, ReadContent}};
}

}  // namespace boathouse::rest
