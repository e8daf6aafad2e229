// Form bodies: every part is a view into the body.
#include "surfaces/rest/multipart.h"

#include "tests/fuzz/fuzz.h"

FUZZ_TARGET(input) {
  const auto parts = boathouse::rest::ParseForm("multipart/form-data; boundary=edge", input);
  if (!parts.ok()) return;
  for (const auto& part : *parts) {
    if (part.content.empty()) continue;
    FUZZ_CHECK(part.content.data() >= input.data());
    FUZZ_CHECK(part.content.data() + part.content.size() <= input.data() + input.size());
  }
}
