#include "surfaces/web/web.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "http/entity_tag.h"

namespace boathouse::web {
namespace {

constexpr std::string_view content_security_policy =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
constexpr std::string_view cached_for_good = "public, max-age=31536000, immutable";
constexpr std::string_view cached_and_checked = "no-cache";

constexpr std::string_view page_without_pages =
    "<!doctype html>\n<html lang=\"en\"><head><meta "
    "charset=\"utf-8\"><title>Boathouse</title></head>\n"
    "<body><h1>Boathouse is running</h1>\n"
    "<p>This program was built without its web pages. Build them first (<code>./do build</code>), "
    "or "
    "use the REST API below <code>/api/v1</code>.</p></body></html>\n";

std::string_view ContentType(std::string_view path) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 15> types = {{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".ico", "image/x-icon"},
      {".webp", "image/webp"},
      {".woff2", "font/woff2"},
      {".woff", "font/woff"},
      {".txt", "text/plain; charset=utf-8"},
      {".wasm", "application/wasm"},
  }};
  for (const auto& [ending, type] : types) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

void AddSecurityHeaders(http::Response* response) {
  response->headers.Set("Content-Security-Policy", std::string(content_security_policy));
  response->headers.Set("Referrer-Policy", "no-referrer");
  response->headers.Set("X-Content-Type-Options", "nosniff");
}

http::Response Serve(const EmbeddedFile& file, const http::Request& request) {
  const bool unchanged = http::HasEntityTag(request, file.etag);
  http::Response response = unchanged ? http::Response::Empty(304)
                                      : http::Response::Text(200, std::string(file.bytes),
                                                             std::string(ContentType(file.path)));
  response.headers.Add("ETag", std::string(file.etag));
  const bool is_asset = file.path.starts_with("assets/");
  response.headers.Add("Cache-Control",
                       std::string(is_asset ? cached_for_good : cached_and_checked));
  AddSecurityHeaders(&response);
  return response;
}

}  // namespace

void Mount(http::Router& router, const WebOptions& options) {
  const EmbeddedFile* index = nullptr;
  for (const EmbeddedFile& file : options.files) {
    if (file.path == "index.html") index = &file;
    router.Add("GET", "/" + std::string(file.path),
               [&file](http::Request& request) { return Serve(file, request); });
  }
  const http::Handler page = [index](http::Request& request) {
    if (index != nullptr) return Serve(*index, request);
    http::Response response = http::Response::Text(404, std::string(page_without_pages),
                                                   std::string(ContentType(".html")));
    AddSecurityHeaders(&response);
    return response;
  };
  router.Add("GET", "/", page);
  router.SetFallback(
      page, {"/assets", "/api", "/mcp", "/delta-sharing", "/iceberg", "/files", "/.well-known"});
}

}  // namespace boathouse::web
