// The built web pages, carried inside the program: every file of web/dist, made into a table by tools/embed.py.
#pragma once

#include <span>
#include <string_view>

namespace boathouse::web {

// One file. The bytes live as long as the program; nothing is copied.
struct EmbeddedFile {
  std::string_view
      path;  // relative to web/dist, with forward slashes: "index.html", "assets/app-3f2a.js"
  std::string_view bytes;  // the content, as it is on disk
  std::string_view etag;   // a strong entity tag with its quotes, derived from the content
};

// All files, ordered by path; empty when the program was built without the pages. Callable from any thread.
std::span<const EmbeddedFile> EmbeddedFiles();

}  // namespace boathouse::web
