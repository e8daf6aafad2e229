#include "surfaces/delta_sharing/lines.h"

#include <utility>

#include "base/bytes.h"
#include "base/json.h"
#include "delta/deletion_vector.h"
#include "delta/schema.h"

namespace boathouse::delta_sharing {
namespace {

// Delta versions that a reader must know. What is not needed is not asked for: old and small clients read
// version 1 only.
constexpr int reader_version_plain = 1;
constexpr int writer_version_plain = 2;
constexpr int writer_version_changes = 4;
constexpr int reader_version_features = 3;
constexpr int writer_version_features = 7;

constexpr std::string_view url_place = "<url>";  // nothing else of ours holds it unescaped
constexpr const char* change_feed_property = "delta.enableChangeDataFeed";

std::string Line(const char* name, Json content) {
  return Json::Object({{name, std::move(content)}}).Dump() + "\n";
}

Json DeltaAction(FileRole role, const tables::Schema& schema, const tables::File& file,
                 const Micros removed_at) {
  Json action = Json::Object({{"path", url_place}, {"partitionValues", Json::Object()}});
  action.Set("size", file.size);
  switch (role) {
    case FileRole::kFile:
    case FileRole::kAdd:
      action.Set("modificationTime", file.created_at / millisecond_micros);
      action.Set("dataChange", true);
      action.Set("stats", delta::StatsString(schema, file));
      if (file.marks != nullptr) {
        action.Set("deletionVector", delta::InlineDeletionVector(*file.marks));
      }
      return Json::Object({{"add", std::move(action)}});
    case FileRole::kRemove:
      action.Set("deletionTimestamp", removed_at / millisecond_micros);
      action.Set("dataChange", true);
      action.Set("extendedFileMetadata", true);
      return Json::Object({{"remove", std::move(action)}});
    case FileRole::kCdc:
      action.Set("dataChange", false);
      return Json::Object({{"cdc", std::move(action)}});
  }
  return {};
}

const char* ParquetName(FileRole role) {
  switch (role) {
    case FileRole::kFile:
      return "file";
    case FileRole::kAdd:
      return "add";
    case FileRole::kRemove:
      return "remove";
    case FileRole::kCdc:
      return "cdf";
  }
  return "file";
}

}  // namespace

std::string Style::ToKey() const {
  return std::string(delta() ? "d" : "p") + (hash_file_ids ? "h" : "-") + (marked ? "m" : "-");
}

Style StyleOf(const Capabilities& capabilities, const sharing::SharedTable& table) {
  const bool whole_history = table.with_history && table.history_from == 0;
  return {capabilities.format, capabilities.hash_file_ids,
          capabilities.deletion_vectors && whole_history};
}

Needs NeedsOf(const tables::TableVersion& version) {
  Needs needs;
  for (const tables::File& file : version.files) {
    needs.deletion_vectors = needs.deletion_vectors || file.marks != nullptr;
  }
  return needs;
}

std::string ProtocolLine(const Style& style, const Needs& needs, std::optional<int64_t> version) {
  if (!style.delta()) {
    return Line("protocol", Json::Object({{"minReaderVersion", reader_version_plain}}));
  }
  Json protocol;
  if (needs.deletion_vectors) {
    protocol = Json::Object({{"minReaderVersion", reader_version_features},
                             {"minWriterVersion", writer_version_features},
                             {"readerFeatures", Json::Array({"deletionVectors"})},
                             {"writerFeatures", Json::Array({"deletionVectors"})}});
  } else {
    protocol = Json::Object(
        {{"minReaderVersion", reader_version_plain},
         {"minWriterVersion", needs.change_files ? writer_version_changes : writer_version_plain}});
  }
  Json line = Json::Object({{"deltaProtocol", std::move(protocol)}});
  if (version) line.Set("version", *version);
  return Line("protocol", std::move(line));
}

std::string MetadataLine(const Style& style, const Needs& needs, const TableFacts& table,
                         const tables::Schema& schema, std::optional<int64_t> version,
                         const std::optional<Sizes>& sizes) {
  Json file_format = Json::Object({{"provider", "parquet"}});
  Json configuration = Json::Object();
  if (style.delta()) {
    file_format.Set("options", Json::Object());  // kernel readers insist on it
    if (needs.deletion_vectors) configuration.Set("delta.enableDeletionVectors", "true");
    if (needs.change_files) configuration.Set(change_feed_property, "true");
  } else if (table.with_history) {
    configuration.Set(change_feed_property, "true");
  }
  Json details = Json::Object({{"id", table.id}, {"name", table.name}});
  if (!table.description.empty()) details.Set("description", table.description);
  details.Set("format", std::move(file_format));
  details.Set("schemaString", delta::SchemaString(schema));
  details.Set("partitionColumns", Json::Array());
  details.Set("configuration", std::move(configuration));
  Json metadata = Json::Object();
  if (style.delta()) {
    metadata.Set("deltaMetadata", std::move(details));
  } else {
    metadata = std::move(details);
  }
  if (version) metadata.Set("version", *version);
  if (sizes) {
    metadata.Set("size", sizes->size);
    metadata.Set("numFiles", sizes->files);
  }
  if (!table.location.empty()) {
    metadata.Set("location", table.location);
    metadata.Set("accessModes", Json::Array({"url", "dir"}));
  }
  return Line("metaData", std::move(metadata));
}

void FileLine::AppendTo(std::string* body, std::string_view url, Micros expires_at) const {
  *body += before_url;
  *body += url;
  *body += after_url;
  *body += std::to_string(expires_at / millisecond_micros);
  *body += "}}\n";
}

FileLine MakeFileLine(const Style& style, FileRole role, const tables::Schema& schema,
                      const tables::File& file, const std::optional<Stamp>& stamp) {
  Json line = Json::Object({{"id", style.hash_file_ids ? HexEncode(Sha256(file.id)) : file.id}});
  if (style.delta()) {
    line.Set("size", file.size);
    line.Set("deltaSingleAction", DeltaAction(role, schema, file, stamp ? stamp->time : 0));
  } else {
    line.Set("url", url_place);
    line.Set("partitionValues", Json::Object());
    line.Set("size", file.size);
    if (role == FileRole::kFile || role == FileRole::kAdd) {
      line.Set("stats", delta::StatsString(schema, file));
    }
  }
  if (stamp) {
    line.Set("version", stamp->version);
    line.Set("timestamp", stamp->time / millisecond_micros);
  }
  const std::string text =
      Json::Object({{style.delta() ? "file" : ParquetName(role), std::move(line)}}).Dump();
  const size_t at = text.find(url_place);
  FileLine parts;
  parts.before_url = text.substr(0, at);
  // Without the two braces at the end, which AppendTo puts behind the expiration.
  parts.after_url = text.substr(at + url_place.size());
  parts.after_url.resize(parts.after_url.size() - 2);
  parts.after_url += ",\"expirationTimestamp\":";
  parts.file_id = file.id;
  parts.bytes = static_cast<int64_t>(file.size);
  parts.rows = file.live_rows();
  return parts;
}

std::string EndLine(const End& end) {
  Json action = Json::Object();
  if (end.error_message.empty()) {
    action.Set("minUrlExpirationTimestamp", end.expires_at / millisecond_micros);
  }
  if (!end.refresh_token.empty()) action.Set("refreshToken", end.refresh_token);
  if (!end.next_page_token.empty()) action.Set("nextPageToken", end.next_page_token);
  if (!end.error_message.empty()) {
    action.Set("errorMessage", end.error_message);
    action.Set("httpStatusErrorCode", end.error_status);
  }
  return Line("endStreamAction", std::move(action));
}

}  // namespace boathouse::delta_sharing
