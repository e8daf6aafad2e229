// Filters, orders and page tokens are typed by anybody: no input may crash or hang the parser, and
// what parses must become SQL.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "crm/filter.h"
#include "crm/page_token.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto model = boathouse::model::Model::Standard();
  for (const boathouse::model::Object& object : model->objects()) {
    (void)boathouse::crm::ParseFilter(object, text).ok();
    (void)boathouse::crm::ParseOrderBy(object, text).ok();
  }
  (void)boathouse::crm::ReadPageToken("secret", "list", text).ok();
  return 0;
}
