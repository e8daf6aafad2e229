// What anybody may type or change in a list's address: filters, orders, page tokens, on every standard object.
#include "crm/filter.h"

#include "crm/page_token.h"
#include "tests/fuzz/fuzz.h"

FUZZ_TARGET(input) {
  static const auto model = boathouse::model::Model::Standard();
  for (const auto& object : model->objects()) {
    (void)boathouse::crm::ParseFilter(object, input);
    (void)boathouse::crm::ParseOrderBy(object, input);
  }
  FUZZ_CHECK(!boathouse::crm::ReadPageToken("secret", "list", input).ok());
}
