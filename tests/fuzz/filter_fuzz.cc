// What anybody may type or change in a list's address: filters, orders, page tokens, on every standard object.
#include "crm/filter.h"

#include "crm/page_token.h"
#include "tests/fuzz/fuzz.h"

FUZZ_TARGET(input) {
  static const auto model = boathouse::model::Model::Standard();
  boathouse::crm::FilterScope scope;
  scope.me = boathouse::Id{};
  scope.now = 1'800'000'000'000'000;
  for (const auto& object : model->objects()) {
    (void)boathouse::crm::ParseFilter(*model, object, input, scope);
    (void)boathouse::crm::ParseFilter(*model, object, input);
    (void)boathouse::crm::ParseOrderBy(*model, object, input, scope);
  }
  FUZZ_CHECK(!boathouse::crm::ReadPageToken("secret", "list", input).ok());
}
