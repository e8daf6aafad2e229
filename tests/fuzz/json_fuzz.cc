// JSON text: what was read can be written and read again, to the same value and the same text.
#include "base/json.h"
#include "tests/fuzz/fuzz.h"

FUZZ_TARGET(input) {
  const auto json = boathouse::Json::Parse(input);
  if (!json.ok()) return;
  const std::string text = json->Dump();
  const auto again = boathouse::Json::Parse(text);
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(*again == *json);
  FUZZ_CHECK(again->Dump() == text);
}
