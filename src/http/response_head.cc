#include "http/response_head.h"

#include <ctime>

#include <array>
#include <optional>

#include "http/gzip.h"

namespace boathouse::http {
namespace {

constexpr size_t gzip_bytes_min = 1024;

// IMF-fixdate (RFC 9110, section 5.6.7), made once a second per thread.
std::string_view DateNow() {
  thread_local std::time_t made_at = 0;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now != made_at || text.empty()) {
    static constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed",
                                                        "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> months = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm parts{};
    gmtime_r(&now, &parts);
    // Not strftime's %a and %b: those follow the locale.
    std::array<char, 16> numbers{};
    text = days.at(static_cast<size_t>(parts.tm_wday));
    std::strftime(numbers.data(), numbers.size(), ", %d ", &parts);
    text.append(numbers.data()).append(months.at(static_cast<size_t>(parts.tm_mon)));
    std::strftime(numbers.data(), numbers.size(), " %Y %H:%M:%S", &parts);
    text.append(numbers.data()).append(" GMT");
    made_at = now;
  }
  return text;
}

void AppendField(std::string_view name, std::string_view value, std::string* head) {
  head->append(name).append(": ").append(value).append("\r\n");
}

// A handler may pass on foreign text; it must not be able to begin a header of its own.
void AppendForeignField(std::string_view name, std::string_view value, std::string* head) {
  const size_t begin = head->size();
  head->append(name).append(": ").append(value);
  for (size_t i = begin; i < head->size(); ++i) {
    char& c = (*head)[i];
    if (c == '\r' || c == '\n' || c == '\0') c = ' ';
  }
  head->append("\r\n");
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool Is(std::string_view name, std::string_view lower) {
  if (name.size() != lower.size()) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    if (Lower(name[i]) != lower[i]) return false;
  }
  return true;
}

bool HasNoBody(int status) { return status < 200 || status == 204 || status == 304; }

void Compress(const Exchange& exchange, Response* response) {
  const std::string* type = response->headers.Find("content-type");
  if (response->stream || response->body.size() <= gzip_bytes_min || type == nullptr ||
      !IsCompressible(*type) || response->status == 206 || HasNoBody(response->status) ||
      response->headers.Find("content-encoding") != nullptr) {
    return;
  }
  response->headers.Add("Vary", "Accept-Encoding");
  if (!exchange.accepts_gzip) return;
  std::optional<std::string> smaller = Gzip(response->body);
  if (!smaller || smaller->size() >= response->body.size()) return;
  response->body = std::move(*smaller);
  response->headers.Add("Content-Encoding", "gzip");
}

BodyFraming Frame(Exchange* exchange, const Response& response, std::optional<uint64_t>* length) {
  if (HasNoBody(response.status)) return BodyFraming::kNone;
  *length = response.stream ? response.stream->length() : std::optional(response.body.size());
  if (*length) return exchange->is_head ? BodyFraming::kNone : BodyFraming::kLength;
  if (exchange->is_head) return BodyFraming::kNone;
  if (!exchange->is_http_1_0) return BodyFraming::kChunked;
  exchange->keep_alive =
      false;  // HTTP/1.0 knows no chunks: the end of the connection ends the body
  return BodyFraming::kUntilClose;
}

}  // namespace

BodyFraming PrepareResponse(Exchange* exchange, Response* response, std::string* head) {
  if (response->status < 100 || response->status > 999) response->status = 500;
  Compress(*exchange, response);
  std::optional<uint64_t> length;
  const BodyFraming framing = Frame(exchange, *response, &length);
  // A handler of HEAD may know the length of a body that it did not make.
  const std::string* said = response->headers.Find("content-length");
  if (exchange->is_head && said != nullptr && !response->stream && response->body.empty()) {
    length.reset();
  } else {
    said = nullptr;
  }

  head->reserve(head->size() + 512);
  head->append("HTTP/1.1 ").append(std::to_string(response->status)).push_back(' ');
  head->append(ReasonPhrase(response->status)).append("\r\n");
  bool has_cache_control = false;
  bool has_nosniff = false;
  for (const auto& [name, value] : response->headers.entries()) {
    // These belong to the connection, which knows better.
    if (Is(name, "transfer-encoding") || Is(name, "date") || Is(name, "server")) continue;
    if (Is(name, "content-length") && said == nullptr) continue;
    if (Is(name, "connection")) {
      if (Is(value, "close")) exchange->keep_alive = false;
      continue;
    }
    has_cache_control = has_cache_control || Is(name, "cache-control");
    has_nosniff = has_nosniff || Is(name, "x-content-type-options");
    AppendForeignField(name, value, head);
  }
  if (length) AppendField("Content-Length", std::to_string(*length), head);
  if (framing == BodyFraming::kChunked) AppendField("Transfer-Encoding", "chunked", head);
  if (!has_cache_control) AppendField("Cache-Control", "no-store", head);
  if (!has_nosniff) AppendField("X-Content-Type-Options", "nosniff", head);
  AppendField("Date", DateNow(), head);
  AppendField("Server", "Boathouse", head);
  if (!exchange->keep_alive) {
    AppendField("Connection", "close", head);
  } else if (exchange->is_http_1_0) {
    AppendField("Connection", "keep-alive", head);
  }
  head->append("\r\n");
  return framing;
}

}  // namespace boathouse::http
