// The filter and order languages, on every standard object.
#include "crm/filter.h"

#include "tests/fuzz/fuzz.h"

FUZZ_TARGET(input) {
  static const auto model = boathouse::model::Model::Standard();
  for (const auto& object : model->objects()) {
    (void)boathouse::crm::ParseFilter(object, input);
    (void)boathouse::crm::ParseOrderBy(object, input);
  }
}
