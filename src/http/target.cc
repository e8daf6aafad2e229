#include "http/target.h"

#include <algorithm>

#include "base/bytes.h"
#include "http/http.h"

namespace boathouse::http {
namespace {

std::optional<std::string> DecodeText(std::string_view text, bool plus_is_space) {
  std::optional<std::string> decoded = UrlDecode(text, plus_is_space);
  if (!decoded || decoded->find('\0') != std::string::npos || !IsUtf8(*decoded)) {
    return std::nullopt;
  }
  return decoded;
}

Status ParseQuery(std::string_view text, std::vector<std::pair<std::string, std::string>>* query) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    auto name = DecodeText(pair.substr(0, equals), true);
    auto value = DecodeText(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name || !value) {
      return Error(ErrorKind::kInvalid,
                   "The query of the request has a malformed percent escape or is not UTF-8.");
    }
    query->emplace_back(std::move(*name), std::move(*value));
  }
  return Status::Ok();
}

// Drops the scheme and authority that a proxy's client sends (RFC 9112, section 3.2.2).
std::string_view OriginForm(std::string_view target) {
  const std::string scheme = AsciiLower(target.substr(0, 8));
  size_t authority = 0;
  if (scheme.starts_with("http://")) authority = 7;
  if (scheme == "https://") authority = 8;
  if (authority == 0) return target;
  const size_t end = target.find_first_of("/?", authority);
  if (end == std::string_view::npos) return "/";
  return target.substr(end);
}

}  // namespace

std::optional<std::vector<std::string>> DecodeSegments(std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  path.remove_prefix(1);
  std::vector<std::string> segments;
  segments.reserve(8);
  for (;;) {
    const size_t end = std::min(path.find('/'), path.size());
    auto segment = DecodeText(path.substr(0, end), false);
    if (!segment) return std::nullopt;
    segments.push_back(std::move(*segment));
    if (end == path.size()) return segments;
    path.remove_prefix(end + 1);
  }
}

Status ParseTarget(Request* request) {
  request->path.clear();
  request->query.clear();
  if (request->target == "*" && request->method == "OPTIONS") {
    request->path = "*";
    return Status::Ok();
  }
  const auto is_illegal = [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == '#';
  };
  if (std::any_of(request->target.begin(), request->target.end(), is_illegal)) {
    return Error(ErrorKind::kInvalid, "The request target has a character that is not allowed.");
  }
  const std::string_view target = OriginForm(request->target);
  const size_t mark = std::min(target.find('?'), target.size());
  // "http://host?query" has an empty path, which means "/".
  const std::string_view path = mark == 0 && target.data() != request->target.data()
                                    ? std::string_view("/")
                                    : target.substr(0, mark);
  if (!path.starts_with('/')) {
    return Error(ErrorKind::kInvalid, "The request target is not an absolute path.");
  }
  request->path = path;
  if (!DecodeSegments(path)) {
    return Error(ErrorKind::kInvalid,
                 "The path of the request has a malformed percent escape, a NUL or is not UTF-8.");
  }
  return ParseQuery(target.substr(std::min(mark + 1, target.size())), &request->query);
}

}  // namespace boathouse::http
