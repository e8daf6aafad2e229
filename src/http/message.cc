// Headers, requests and responses as values.

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "http/http.h"

namespace boathouse::http {
namespace {

char LowerAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool EqualsNoCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (LowerAscii(a[i]) != LowerAscii(b[i])) return false;
  }
  return true;
}

}  // namespace

void Headers::Add(std::string name, std::string value) {
  entries_.emplace_back(std::move(name), std::move(value));
}

void Headers::Set(std::string name, std::string value) {
  Remove(name);
  Add(std::move(name), std::move(value));
}

void Headers::Remove(std::string_view name) {
  std::erase_if(entries_, [name](const auto& entry) { return EqualsNoCase(entry.first, name); });
}

const std::string* Headers::Find(std::string_view name) const {
  for (const auto& [key, value] : entries_) {
    if (EqualsNoCase(key, name)) return &value;
  }
  return nullptr;
}

std::string_view Headers::Get(std::string_view name, std::string_view fallback) const {
  const std::string* value = Find(name);
  return value != nullptr ? std::string_view(*value) : fallback;
}

std::vector<std::string_view> Headers::All(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : entries_) {
    if (EqualsNoCase(key, name)) values.push_back(value);
  }
  return values;
}

std::string_view Request::Parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return {};
}

std::optional<std::string_view> Request::Query(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::string_view Request::BearerToken() const {
  constexpr std::string_view scheme = "bearer ";
  const std::string_view value = headers.Get("authorization");
  if (value.size() <= scheme.size() || !EqualsNoCase(value.substr(0, scheme.size()), scheme)) {
    return {};
  }
  return TrimAscii(value.substr(scheme.size()));
}

std::string_view Request::Cookie(std::string_view name) const {
  for (std::string_view line : headers.All("cookie")) {
    while (!line.empty()) {
      const size_t end = std::min(line.find(';'), line.size());
      const std::string_view pair = TrimAscii(line.substr(0, end));
      const size_t equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
        return pair.substr(equals + 1);
      }
      line.remove_prefix(std::min(end + 1, line.size()));
    }
  }
  return {};
}

Response Response::Text(int status, std::string body, std::string content_type) {
  Response response;
  response.status = status;
  response.headers.Add("Content-Type", std::move(content_type));
  response.body = std::move(body);
  return response;
}

Response Response::JsonBody(int status, const Json& body, std::string content_type) {
  std::string text;
  body.DumpTo(&text);
  return Text(status, std::move(text), std::move(content_type));
}

Response Response::Empty(int status) {
  Response response;
  response.status = status;
  return response;
}

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 425: return "Too Early";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 499: return "Client Closed Request";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return {};
  }
}

}  // namespace boathouse::http
