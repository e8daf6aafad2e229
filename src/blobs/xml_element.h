#pragma once
// Private to blobs/: as much of XML as answers of an object store need.

#include <string>
#include <string_view>

namespace boathouse::blobs {

// What stands in the first element of that name; "" when there is none.
inline std::string XmlElement(std::string_view xml, const std::string& name) {
  const size_t open = xml.find("<" + name + ">");
  if (open == std::string_view::npos) return {};
  const size_t begin = open + name.size() + 2;
  const size_t end = xml.find("</" + name + ">", begin);
  return end == std::string_view::npos ? "" : std::string(xml.substr(begin, end - begin));
}

}  // namespace boathouse::blobs
