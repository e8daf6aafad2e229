// loadTable: the metadata of a table as it is now, with the way to its files.

#include <charconv>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "surfaces/iceberg_rest/answer_cache.h"
#include "surfaces/iceberg_rest/call.h"
#include "surfaces/iceberg_rest/storage_access.h"

namespace boathouse::iceberg_rest {
namespace {

constexpr Micros second_micros = 1'000'000;
constexpr size_t tag_digest_bytes = 16;
constexpr int store_attempts_max = 8;

Result<iceberg::Snapshots> AskedSnapshots(const http::Request& request) {
  const std::string_view asked = request.Query("snapshots").value_or("all");
  if (asked == "refs") return iceberg::Snapshots::kCurrent;
  if (asked != "all") return Error(ErrorKind::kInvalid, "snapshots must be all or refs");
  // "all" is what clients send by themselves. It means the window, whose size does not grow with the
  // number of changes; who needs every snapshot that is kept says so.
  const bool every = AsciiLower(request.headers.Get("x-boathouse-snapshots")) == "all";
  return every ? iceberg::Snapshots::kAll : iceberg::Snapshots::kWindow;
}

// Everything that an answer depends on, beside the table's state and the keys.
std::string Question(const Call& call, const sharing::SharedTable& table,
                     const iceberg::Reading& reading, iceberg::Snapshots snapshots,
                     const StorageAccess& access) {
  std::string question = call.reader.recipient.ToString();
  const auto add = [&question](std::string_view part) {
    question += '\n';
    question += part;
  };
  add(table.id.ToString());
  add(table.share);
  add(table.schema);
  add(table.name);
  add(call.CatalogUrl());
  add(call.S3Endpoint());
  add(std::to_string(static_cast<int>(snapshots)));
  add(std::to_string(reading.format_version));
  add(reading.with_history ? std::to_string(reading.history_from) : "none");
  add(access.delegation == Delegation::kVendedKeys ? "keys" : "sign");
  add(access.tell_endpoint ? "endpoint" : "none");
  return question;
}

// An entity tag: a digest of what is told of the table, and when the keys in the answer end. A client's
// tag with the same digest is good for as long as its keys are.
struct Tag {
  std::string digest;
  Micros expires_at = 0;

  std::string ToText() const {
    return "\"" + digest + "-" + std::to_string(expires_at / second_micros) + "\"";
  }
};

std::optional<Tag> ParseTag(std::string_view text) {
  text = TrimAscii(text);
  if (text.starts_with("W/")) text.remove_prefix(2);
  // Some clients return it without its quotes.
  if (text.starts_with('"')) text.remove_prefix(1);
  if (text.ends_with('"')) text.remove_suffix(1);
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view seconds_text = text.substr(dash + 1);
  int64_t seconds = 0;
  const auto parsed =
      std::from_chars(seconds_text.data(), seconds_text.data() + seconds_text.size(), seconds);
  if (parsed.ec != std::errc() || parsed.ptr != seconds_text.data() + seconds_text.size() ||
      seconds < 0 || seconds > INT64_MAX / second_micros) {
    return std::nullopt;
  }
  return Tag{std::string(text.substr(0, dash)), seconds * second_micros};
}

// The tag of If-None-Match that still holds, as it is to be told back; nothing: a whole answer is due.
std::optional<std::string> HeldTag(const Call& call, const Tag& current) {
  const Micros fresh_until = call.services().clock.Now() + key_life_micros_min;
  for (std::string_view line : call.request.headers.All("if-none-match")) {
    while (true) {
      const size_t comma = line.find(',');
      const std::string_view one = TrimAscii(line.substr(0, comma));
      if (one == "*") return current.ToText();
      const std::optional<Tag> tag = ParseTag(one);
      if (tag && tag->digest == current.digest &&
          (current.expires_at == 0 ? tag->expires_at == 0 : tag->expires_at > fresh_until)) {
        return tag->ToText();
      }
      if (comma == std::string_view::npos) break;
      line.remove_prefix(comma + 1);
    }
  }
  return std::nullopt;
}

// The metadata of the newest version whose files are where clients are sent to.
Result<iceberg::Metadata> LoadStored(const Call& call, const sharing::SharedTable& table,
                                     const iceberg::Reading& reading,
                                     iceberg::Snapshots snapshots) {
  iceberg::Renderer& renderer = call.services().renderer;
  Result<iceberg::Metadata> metadata = renderer.Load(*table.table, reading, snapshots);
  const ObjectStore* store = call.services().object_store;
  if (store == nullptr) return metadata;
  for (int attempt = 0; metadata.ok() && attempt < store_attempts_max; ++attempt) {
    TRY(store->bring(*table.table, reading));
    // What was brought is of this version when there is no newer one yet.
    Result<iceberg::Metadata> after = renderer.Load(*table.table, reading, snapshots);
    if (!after.ok() || after->version == metadata->version) return after;
    metadata = std::move(after);
  }
  if (!metadata.ok()) return metadata;
  return Error(ErrorKind::kExhausted,
               "the table changes faster than its object store takes its files; try again");
}

std::string RenderBody(const Call& call, const sharing::SharedTable& table,
                       const StorageAccess& access, const iceberg::Metadata& metadata) {
  std::string body = R"({"metadata-location":)";
  AppendJsonString(metadata.uri, &body);
  body += R"(,"metadata":)";
  body += *metadata.json;
  body += R"(,"config":)";
  AccessConfig(call, table, access).DumpTo(&body);
  const Json credentials = StorageCredentials(call, table, access, metadata.location);
  if (credentials.size() > 0) {
    body += R"(,"storage-credentials":)";
    credentials.DumpTo(&body);
  }
  if (access.delegation == Delegation::kRemoteSigning) {
    body += R"(,"remote-signing-config":{"properties":{},"headers":{}})";
  }
  body += '}';
  return body;
}

}  // namespace

iceberg::Reading ReadingOf(const Call& call, const sharing::SharedTable& table) {
  iceberg::Reading reading;
  reading.format_version = table.format_version;
  reading.with_history = table.with_history && call.services().object_store == nullptr;
  reading.history_from = table.history_from;
  return reading;
}

Outcome LoadTable(Call& call) {
  call.usage.what = sharing::Reading::kMetadata;
  const Result<sharing::SharedTable> table = call.FindTable();
  if (!table.ok()) return table.error();
  const Result<iceberg::Snapshots> snapshots = AskedSnapshots(call.request);
  if (!snapshots.ok()) return snapshots.error();
  const iceberg::Reading reading = ReadingOf(call, *table);
  const Result<iceberg::Metadata> metadata = LoadStored(call, *table, reading, *snapshots);
  if (!metadata.ok()) return metadata.error();
  call.usage.version = metadata->version;

  const Result<StorageAccess> chosen =
      ChooseAccess(call, *table, ParseDelegation(call.request.headers));
  if (!chosen.ok()) return chosen.error();
  const StorageAccess& access = *chosen;
  const std::string question = Question(call, *table, reading, *snapshots, access);
  const Tag tag{HexEncode(Sha256(question + '\n' + metadata->digest).substr(0, tag_digest_bytes)),
                access.expires_at};
  if (std::optional<std::string> held = HeldTag(call, tag)) {
    http::Response response = http::Response::Empty(304);
    response.headers.Set("ETag", *std::move(held));
    return response;
  }
  const std::string etag = tag.ToText();
  std::shared_ptr<const std::string> body = call.surface.answers->Find(question, etag);
  if (body == nullptr) {
    body = std::make_shared<const std::string>(RenderBody(call, *table, access, *metadata));
    call.surface.answers->Keep(question, etag, body);
  }
  http::Response response = http::Response::Text(200, *body, "application/json");
  response.headers.Set("ETag", etag);
  // For the client's own table cache, which asks again each time.
  response.headers.Set("Cache-Control", "private, no-cache");
  return response;
}

Outcome LoadCredentials(Call& call) {
  call.usage.what = sharing::Reading::kCredentials;
  const Result<sharing::SharedTable> table = call.FindTable();
  if (!table.ok()) return table.error();
  const Result<std::string> location = call.services().renderer.Location(*table->table);
  if (!location.ok()) return location.error();
  // Who asks for keys gets keys, whatever way was preferred for the table.
  const Result<StorageAccess> access = ChooseAccess(call, *table, Delegation::kVendedKeys);
  if (!access.ok()) return access.error();
  return http::Response::JsonBody(
      200, Json::Object(
               {{"storage-credentials", StorageCredentials(call, *table, *access, *location)}}));
}

}  // namespace boathouse::iceberg_rest
