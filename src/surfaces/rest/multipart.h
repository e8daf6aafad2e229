#pragma once
// Private to surfaces/rest: form bodies with files (multipart/form-data, RFC 7578). A pure function.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace boathouse::rest {

inline constexpr size_t form_parts_max = 200;
inline constexpr size_t form_boundary_chars_max = 70;  // RFC 2046, section 5.1.1

struct FormPart {
  std::string name;
  std::string file_name;     // without folders; "" for a plain field
  std::string content_type;  // as sent; "" when it was not
  std::string_view content;  // a view into the body
};

// The boundary that the value of a Content-Type header names; kInvalid when it names none.
Result<std::string> FormBoundary(std::string_view content_type);

// Splits a body at the boundary that `content_type` names. kInvalid when there is no boundary, when a
// part has no name, or when the closing boundary is missing (a torn body).
Result<std::vector<FormPart>> ParseForm(std::string_view content_type, std::string_view body);

}  // namespace boathouse::rest
