#include "surfaces/rest/multipart.h"

#include <algorithm>
#include <optional>

#include "base/bytes.h"

namespace boathouse::rest {
namespace {

Error Malformed(std::string detail) {
  return Error(ErrorKind::kInvalid, "multipart/form-data: " + std::move(detail));
}

// The value of `name` among the parameters of a header value: a token or a quoted string.
std::optional<std::string> HeaderParameter(std::string_view value, std::string_view name) {
  size_t at = value.find(';');
  while (at < value.size()) {
    std::string_view rest = TrimAscii(value.substr(at + 1));
    const size_t equals = rest.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const bool wanted = AsciiLower(TrimAscii(rest.substr(0, equals))) == name;
    rest = TrimAscii(rest.substr(equals + 1));
    std::string text;
    size_t end = 0;
    if (rest.starts_with('"')) {
      for (end = 1; end < rest.size() && rest[end] != '"'; ++end) {
        if (rest[end] == '\\' && end + 1 < rest.size()) ++end;
        text += rest[end];
      }
      end = std::min(rest.find(';', end), rest.size());
    } else {
      end = std::min(rest.find(';'), rest.size());
      text = TrimAscii(rest.substr(0, end));
    }
    if (wanted) return text;
    at = static_cast<size_t>(rest.data() - value.data()) + end;
  }
  return std::nullopt;
}

std::string BareFileName(const std::string& name) {
  const size_t slash = name.find_last_of("/\\");
  return slash == std::string::npos ? name : name.substr(slash + 1);
}

// Reads the header lines at the front of a part.
Result<FormPart> ReadPart(std::string_view bytes) {
  FormPart part;
  bool has_name = false;
  for (;;) {
    const size_t end = bytes.find("\r\n");
    if (end == std::string_view::npos) return Malformed("the headers of a part do not end");
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end + 2);
    if (line.empty()) break;
    const size_t colon = std::min(line.find(':'), line.size());
    const std::string header = AsciiLower(TrimAscii(line.substr(0, colon)));
    if (header == "content-type" && colon < line.size()) {
      part.content_type = TrimAscii(line.substr(colon + 1));
    }
    if (header != "content-disposition") continue;
    const auto name = HeaderParameter(line, "name");
    if (!name) continue;
    has_name = true;
    part.name = *name;
    part.file_name = BareFileName(HeaderParameter(line, "filename").value_or(""));
  }
  if (!has_name) return Malformed("a part has no name");
  part.content = bytes;
  return part;
}

}  // namespace

Result<std::string> FormBoundary(std::string_view content_type) {
  std::string boundary = HeaderParameter(content_type, "boundary").value_or("");
  if (boundary.empty() || boundary.size() > form_boundary_chars_max) {
    return Malformed("Content-Type names no boundary");
  }
  return boundary;
}

Result<std::vector<FormPart>> ParseForm(std::string_view content_type, std::string_view body) {
  ASSIGN(const std::string boundary, FormBoundary(content_type));
  const std::string delimiter = "\r\n--" + boundary;
  // The first delimiter may stand at the very beginning, without its line break.
  size_t at = 0;
  if (body.starts_with(std::string_view(delimiter).substr(2))) {
    at = delimiter.size() - 2;
  } else {
    at = body.find(delimiter);
    if (at == std::string_view::npos) return Malformed("the boundary is not in the body");
    at += delimiter.size();
  }
  std::vector<FormPart> parts;
  for (;;) {
    if (body.substr(at).starts_with("--")) return parts;
    const size_t line_end = body.find("\r\n", at);
    if (line_end == std::string_view::npos) return Malformed("the closing boundary is missing");
    const size_t next = body.find(delimiter, line_end);
    if (next == std::string_view::npos) return Malformed("the closing boundary is missing");
    if (parts.size() == form_parts_max) {
      return Malformed("more than " + std::to_string(form_parts_max) + " parts");
    }
    // A part without content has its delimiter right behind the line break of the one before.
    const size_t begin = std::min(line_end + 2, next);
    ASSIGN(FormPart part, ReadPart(body.substr(begin, next - begin)));
    parts.push_back(std::move(part));
    at = next + delimiter.size();
  }
}

}  // namespace boathouse::rest
