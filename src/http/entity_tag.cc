#include "http/entity_tag.h"

namespace boathouse::http {

bool HasEntityTag(const Request& request, std::string_view etag) {
  for (std::string_view line : request.headers.All("if-none-match")) {
    while (!line.empty()) {
      const size_t begin = line.find_first_not_of(" \t,");
      if (begin == std::string_view::npos) break;
      line.remove_prefix(begin);
      std::string_view tag = line.substr(0, line.find_first_of(" \t,"));
      line.remove_prefix(tag.size());
      if (tag.starts_with("W/")) tag.remove_prefix(2);
      if (tag == etag || tag == "*") return true;
    }
  }
  return false;
}

}  // namespace boathouse::http
