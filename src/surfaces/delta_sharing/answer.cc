#include "surfaces/delta_sharing/answer.h"

#include <utility>

namespace boathouse::delta_sharing {
namespace {

// A Host header may hold anything; the paths and queries that we sign do not.
std::string EscapedBase(std::string_view base) {
  std::string quoted;
  AppendJsonString(base, &quoted);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

void UrlMaker::Append(const FileLine& line, std::string* body) const {
  std::string url = mounted_->services.sign_file(table_, line.file_id, recipient_, expires_at_);
  if (url.starts_with('/')) url.insert(0, EscapedBase(base_));
  line.AppendTo(body, url, expires_at_);
}

void Note(const FileLine& line, sharing::Usage* usage) {
  usage->files += 1;
  usage->bytes += line.bytes;
  usage->rows += line.rows;
}

http::Response LinesResponse(std::string body, int64_t version, const Capabilities& capabilities) {
  http::Response response =
      http::Response::Text(200, std::move(body), "application/x-ndjson; charset=utf-8");
  response.headers.Set("Delta-Table-Version", std::to_string(version));
  response.headers.Set("Delta-Sharing-Capabilities", capabilities.ToHeader());
  if (!capabilities.file_id_hash.empty()) {
    response.headers.Set("fileidhash", capabilities.file_id_hash);
  }
  return response;
}

}  // namespace boathouse::delta_sharing
