#include "surfaces/delta_sharing/answer.h"

#include <utility>

#include "base/bytes.h"
#include "delta/schema.h"

namespace boathouse::delta_sharing {
namespace {

constexpr Micros millisecond_micros = 1000;

// What the client must put before our paths to reach us again.
std::string BaseUrl(const Call& call) {
  if (!call.services.public_url.empty()) return call.services.public_url;
  const std::string_view host = call.request.headers.Get("host", "127.0.0.1");
  return (call.request.secure ? "https://" : "http://") + std::string(host);
}

}  // namespace

Answer::Answer(const Call& call, const Read& read, Capabilities capabilities)
    : call_(call),
      read_(read),
      capabilities_(std::move(capabilities)),
      expires_at_(call.services.clock.Now() + url_life_micros),
      base_url_(BaseUrl(call)) {}

void Answer::AddLine(const Json& line) {
  line.DumpTo(&body_);
  body_ += '\n';
}

Status Answer::AddHead() {
  const tables::TableVersion& version = *read_.version;
  const bool delta = capabilities_.format == Format::kDelta;
  ASSIGN(const Id id, read_.table->id());
  Json file_format = Json::Object({{"provider", "parquet"}});
  if (delta) file_format.Set("options", Json::Object());  // kernel readers insist on it
  Json details = Json::Object({{"id", id.ToString()},
                               {"name", read_.table->name()},
                               {"format", std::move(file_format)},
                               {"schemaString", delta::SchemaString(*version.schema)},
                               {"partitionColumns", Json::Array()},
                               {"configuration", Json::Object()}});
  Json metadata = Json::Object();
  if (delta) {
    // The least a reader must know: a version 1 reader reads everything we serve.
    AddLine(Json::Object(
        {{"protocol",
          Json::Object({{"deltaProtocol",
                         Json::Object({{"minReaderVersion", 1}, {"minWriterVersion", 2}})}})}}));
    metadata.Set("deltaMetadata", std::move(details));
  } else {
    AddLine(Json::Object({{"protocol", Json::Object({{"minReaderVersion", 1}})}}));
    metadata = std::move(details);
  }
  if (read_.pinned) metadata.Set("version", version.version);
  metadata.Set("size", version.size);
  metadata.Set("numFiles", version.files.size());
  AddLine(Json::Object({{"metaData", std::move(metadata)}}));
  return Status::Ok();
}

std::string Answer::FileId(const tables::File& file) const {
  return capabilities_.hash_file_ids ? HexEncode(Sha256(file.id)) : file.id;
}

Json Answer::FileLine(const tables::File& file, std::string url) const {
  const tables::TableVersion& version = *read_.version;
  std::string stats = delta::StatsString(*version.schema, file);
  Json line = Json::Object({{"id", FileId(file)}});
  if (capabilities_.format == Format::kDelta) {
    Json add = Json::Object({{"path", std::move(url)},
                             {"partitionValues", Json::Object()},
                             {"size", file.size},
                             {"modificationTime", file.created_at / millisecond_micros},
                             {"dataChange", true},
                             {"stats", std::move(stats)}});
    line.Set("size", file.size);
    line.Set("deltaSingleAction", Json::Object({{"add", std::move(add)}}));
  } else {
    line.Set("url", std::move(url));
    line.Set("partitionValues", Json::Object());
    line.Set("size", file.size);
    line.Set("stats", std::move(stats));
  }
  if (read_.pinned) {
    line.Set("version", version.version);
    line.Set("timestamp", version.time / millisecond_micros);
  }
  line.Set("expirationTimestamp", expires_at_ / millisecond_micros);
  return Json::Object({{"file", std::move(line)}});
}

void Answer::AddFile(const tables::File& file) {
  AddLine(FileLine(file, base_url_ + call_.services.sign_file(read_.table->name(), file.id,
                                                              call_.recipient.name, expires_at_)));
}

void Answer::AddEnd(const End& end) {
  Json action = Json::Object({{"minUrlExpirationTimestamp", expires_at_ / millisecond_micros}});
  if (!end.refresh_token.empty()) action.Set("refreshToken", end.refresh_token);
  if (!end.next_page_token.empty()) action.Set("nextPageToken", end.next_page_token);
  AddLine(Json::Object({{"endStreamAction", std::move(action)}}));
}

http::Response Answer::Finish() && {
  http::Response response =
      http::Response::Text(200, std::move(body_), "application/x-ndjson; charset=utf-8");
  response.headers.Set("Delta-Table-Version", std::to_string(read_.version->version));
  response.headers.Set("Delta-Sharing-Capabilities", capabilities_.ToHeader());
  if (!capabilities_.file_id_hash.empty()) {
    response.headers.Set("fileidhash", capabilities_.file_id_hash);
  }
  return response;
}

}  // namespace boathouse::delta_sharing
