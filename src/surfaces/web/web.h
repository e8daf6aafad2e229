#pragma once
// The web pages, carried inside the program: a single-page application and its assets.

#include <span>

#include "http/http.h"
#include "surfaces/web/embedded_files.h"

namespace boathouse::web {

struct WebOptions {
  // What to serve; must outlive the router. Paths are relative, "index.html" is the application.
  std::span<const EmbeddedFile> files = EmbeddedFiles();
};

// Serves each file at its path, and index.html at "/" and at every other path that a browser asks for
// and no surface owns, as the application routes within itself. Below /assets, /api, /mcp,
// /delta-sharing, /iceberg, /files and /.well-known what is unknown stays a 404.
// Files under assets/ carry a digest in their name and are cached for good; the others are checked
// again by their ETag. Every answer restricts what the page may load (Content-Security-Policy).
// Without index.html, a page says that the program was built without its pages.
void Mount(http::Router& router, const WebOptions& options = {});

}  // namespace boathouse::web
