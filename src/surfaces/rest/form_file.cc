#include "surfaces/rest/form_file.h"

#include <algorithm>
#include <utility>

#include "surfaces/rest/multipart.h"

namespace boathouse::rest {
namespace {

constexpr size_t window_bytes = 256u << 10;
constexpr size_t part_head_bytes_max = 16u << 10;
constexpr uint64_t nowhere = UINT64_MAX;

Error Malformed(std::string detail) {
  return Error(ErrorKind::kInvalid, "multipart/form-data: " + std::move(detail));
}

Result<std::string> ReadBytes(const http::BodyFile& body, uint64_t offset, size_t count) {
  std::string bytes(count, '\0');
  size_t done = 0;
  while (done < count) {
    ASSIGN(const size_t read, body.Read(offset + done, bytes.data() + done, count - done));
    if (read == 0) break;
    done += read;
  }
  bytes.resize(done);
  return bytes;
}

// Where `wanted` stands at or behind `from`, or nowhere.
Result<uint64_t> Find(const http::BodyFile& body, std::string_view wanted, uint64_t from) {
  std::string window;
  uint64_t begin = from;
  for (;;) {
    const size_t kept = window.size();
    ASSIGN(const std::string more, ReadBytes(body, begin + kept, window_bytes));
    if (more.empty()) return nowhere;
    window += more;
    const size_t at = window.find(wanted);
    if (at != std::string::npos) return begin + at;
    // The beginning of what is wanted may stand at the end.
    const size_t drop = window.size() - std::min(window.size(), wanted.size() - 1);
    window.erase(0, drop);
    begin += drop;
  }
}

}  // namespace

Result<std::vector<FilePart>> ParseFormFile(std::string_view content_type,
                                            const http::BodyFile& body) {
  ASSIGN(const std::string boundary, FormBoundary(content_type));
  const std::string delimiter = "\r\n--" + boundary;
  ASSIGN(const std::string first, ReadBytes(body, 0, delimiter.size() - 2));
  // The first delimiter may stand at the very beginning, without its line break.
  uint64_t at = delimiter.size() - 2;
  if (first != std::string_view(delimiter).substr(2)) {
    ASSIGN(at, Find(body, delimiter, 0));
    if (at == nowhere) return Malformed("the boundary is not in the body");
    at += delimiter.size();
  }
  std::vector<FilePart> parts;
  for (;;) {
    ASSIGN(const std::string head, ReadBytes(body, at, part_head_bytes_max));
    if (head.starts_with("--")) return parts;
    if (parts.size() == form_parts_max) {
      return Malformed("more than " + std::to_string(form_parts_max) + " parts");
    }
    const size_t end = head.find("\r\n\r\n");
    if (end == std::string::npos) return Malformed("the headers of a part do not end");
    FilePart part;
    part.offset = at + end + 4;
    // A part without content has its delimiter right behind its headers' last line break.
    ASSIGN(at, Find(body, delimiter, part.offset - 2));
    if (at == nowhere) return Malformed("the closing boundary is missing");
    part.length = at > part.offset ? at - part.offset : 0;
    at += delimiter.size();
    // The headers are read as those of a form that has nothing else.
    const std::string alone = "--" + boundary + head.substr(0, end) + "\r\n\r\n" + delimiter + "--";
    ASSIGN(const std::vector<FormPart> read, ParseForm(content_type, alone));
    if (read.size() != 1) return Malformed("the headers of a part are not to be read");
    part.name = read[0].name;
    part.file_name = read[0].file_name;
    parts.push_back(std::move(part));
  }
}

Result<std::string> ReadPart(const http::BodyFile& body, const FilePart& part, size_t bytes_max) {
  if (part.length > bytes_max) {
    return Error(ErrorKind::kTooLarge, "the form part \"" + part.name.substr(0, 60) +
                                           "\" is over " + std::to_string(bytes_max) + " bytes");
  }
  return ReadBytes(body, part.offset, part.length);
}

}  // namespace boathouse::rest
