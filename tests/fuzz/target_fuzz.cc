// Request targets: a path that was accepted is absolute and holds no NUL.
#include "http/http.h"
#include "tests/fuzz/fuzz.h"

FUZZ_TARGET(input) {
  boathouse::http::Request request;
  request.target = std::string(input);
  if (!boathouse::http::ParseTarget(&request).ok()) return;
  FUZZ_CHECK(!request.path.empty() && request.path.front() == '/');
  FUZZ_CHECK(request.path.find('\0') == std::string::npos);
}
