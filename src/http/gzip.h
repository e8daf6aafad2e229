#pragma once
// Private to http/: gzip of whole bodies.

#include <optional>
#include <string>
#include <string_view>

namespace boathouse::http {

// nullopt when zlib has no memory.
std::optional<std::string> Gzip(std::string_view bytes);

// Whether an Accept-Encoding value lets the answer be gzip (RFC 9110, section 12.5.3).
bool AcceptsGzip(std::string_view accept_encoding);

// Whether bodies of this media type shrink: text, JSON, XML, scripts, NDJSON.
bool IsCompressible(std::string_view content_type);

}  // namespace boathouse::http
