#include "surfaces/iceberg_rest/call.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/bytes.h"
#include "base/signed_token.h"

namespace boathouse::iceberg_rest {
namespace {

constexpr char level_separator = '\x1f';

Error Invalid(std::string message) { return {ErrorKind::kInvalid, std::move(message)}; }

Result<int64_t> PageSize(const http::Request& request) {
  const auto text = request.Query("pageSize");
  if (!text) return page_items_default;
  int64_t count = 0;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), count);
  if (parsed.ec != std::errc() || parsed.ptr != text->data() + text->size() || count < 1) {
    return Invalid("pageSize must be a whole number of at least 1");
  }
  return std::min(count, page_items_max);
}

}  // namespace

Levels ParseNamespace(std::string_view text) {
  Levels levels;
  while (true) {
    const size_t end = text.find(level_separator);
    levels.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return levels;
    text.remove_prefix(end + 1);
  }
}

std::string ShowNamespace(const Levels& levels) {
  std::string shown;
  for (const std::string& level : levels) shown += (shown.empty() ? "" : ".") + level;
  return shown;
}

Result<sharing::Share> Call::FindWarehouse() const {
  const std::string_view name = request.Parameter("prefix");
  Result<sharing::Share> share = services().sharing.FindShare(reader, name);
  if (share.ok()) return share;
  return Error(ErrorKind::kNotFound, "there is no warehouse '" + std::string(name) + "'");
}

Status Call::FindNamespace() const {
  ASSIGN(const sharing::Share share, FindWarehouse());
  const Levels levels = ParseNamespace(request.Parameter("namespace"));
  ASSIGN(const std::vector<std::string> schemas, services().sharing.Schemas(reader, share.name));
  if (levels.size() == 1 && std::find(schemas.begin(), schemas.end(), levels[0]) != schemas.end()) {
    return {};
  }
  return Error(ErrorKind::kNotFound, "Namespace does not exist: " + ShowNamespace(levels));
}

Result<sharing::SharedTable> Call::FindTable() {
  const Levels levels = ParseNamespace(request.Parameter("namespace"));
  const std::string_view name = request.Parameter("table");
  usage.share = request.Parameter("prefix");
  usage.schema = ShowNamespace(levels);
  usage.table = name;
  const Error missing(ErrorKind::kNotFound,
                      "Table does not exist: " + usage.schema + "." + std::string(name));
  if (levels.size() != 1) return missing;
  Result<sharing::SharedTable> found =
      services().sharing.FindTable(reader, usage.share, levels[0], name);
  if (!found.ok()) {
    if (found.error().kind == ErrorKind::kNotFound) return missing;
    return found;
  }
  if (found->schema != levels[0] || found->name != name) return missing;
  usage.share = found->share;
  return found;
}

std::string Call::CatalogUrl() const {
  if (!services().public_url.empty()) return services().public_url + "/iceberg";
  const std::string_view host = request.headers.Get("host", "127.0.0.1");
  return (request.secure ? "https://" : "http://") + std::string(host) + "/iceberg";
}

std::string Call::S3Endpoint() const {
  if (services().object_store != nullptr) return services().object_store->endpoint;
  if (!services().s3_endpoint.empty()) return services().s3_endpoint;
  const std::string_view host = request.headers.Get("host", "127.0.0.1");
  return (request.secure ? "https://" : "http://") + std::string(host);
}

Result<Json> BodyObject(const http::Request& request) {
  Result<Json> body = Json::Parse(request.body);
  if (!body.ok()) return Invalid("the body is not JSON: " + body.error().message);
  if (!body->is_object()) return Invalid("the body must be a JSON object");
  return body;
}

Outcome Page(const Call& call, const char* member, JsonArray items) {
  Json page = Json::Object();
  const auto token = call.request.Query("pageToken");
  const Result<int64_t> size = PageSize(call.request);
  if (!size.ok()) return size.error();
  if (!token) return http::Response::JsonBody(200, page.Set(member, std::move(items)));
  // A token continues the list of its own path, for whoever asks.
  const std::string purpose = "iceberg:" + call.request.path;
  size_t begin = 0;
  if (!token->empty()) {
    const std::optional<Json> body = ReadSignedToken(call.services().token_secret, purpose, *token);
    if (!body) return Invalid("pageToken is not of this server, or is for another list");
    begin = std::min(items.size(), static_cast<size_t>((*body)["at"].AsInt().value_or(0)));
  }
  const size_t end = std::min(items.size(), begin + static_cast<size_t>(*size));
  const bool more = end < items.size();
  page.Set(member, JsonArray(items.begin() + static_cast<ptrdiff_t>(begin),
                             items.begin() + static_cast<ptrdiff_t>(end)));
  if (more) {
    page.Set("next-page-token",
             MakeSignedToken(call.services().token_secret, purpose, Json::Object({{"at", end}})));
  }
  return http::Response::JsonBody(200, page);
}

}  // namespace boathouse::iceberg_rest
