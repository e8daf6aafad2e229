// Form bodies: every part is a view into the body, and a form in a file has the same parts as one in memory.
#include "surfaces/rest/form_file.h"
#include "surfaces/rest/multipart.h"
#include "tests/fuzz/fuzz.h"

FUZZ_TARGET(input) {
  using namespace boathouse;
  constexpr const char* type = "multipart/form-data; boundary=edge";
  const auto parts = rest::ParseForm(type, input);
  const auto file = http::BodyFile::Create("/tmp");
  FUZZ_CHECK(file.ok() && (*file)->Append(input).ok());
  const auto spooled = rest::ParseFormFile(type, **file);
  if (!parts.ok()) {
    FUZZ_CHECK(!spooled.ok());
    return;
  }
  for (const auto& part : *parts) {
    if (part.content.empty()) continue;
    FUZZ_CHECK(part.content.data() >= input.data());
    FUZZ_CHECK(part.content.data() + part.content.size() <= input.data() + input.size());
  }
  // Headers of a part may be longer in memory.
  if (!spooled.ok()) return;
  FUZZ_CHECK(spooled->size() == parts->size());
  for (size_t i = 0; i < parts->size(); ++i) {
    const auto content = rest::ReadPart(**file, (*spooled)[i], input.size());
    FUZZ_CHECK(content.ok() && *content == (*parts)[i].content);
    FUZZ_CHECK((*spooled)[i].name == (*parts)[i].name);
    FUZZ_CHECK((*spooled)[i].file_name == (*parts)[i].file_name);
  }
}
