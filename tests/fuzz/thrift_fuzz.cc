// Parquet footers: what was read can be written and read again, to the same bytes.
#include "tables/thrift.h"

#include "tests/fuzz/fuzz.h"

FUZZ_TARGET(input) {
  using namespace boathouse::tables::thrift;
  size_t used = 0;
  const auto value = Parse(input, &used);
  if (!value.ok()) return;
  FUZZ_CHECK(used <= input.size());
  std::string bytes;
  Append(*value, &bytes);
  const auto again = Parse(bytes, &used);
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(used == bytes.size());
  std::string same;
  Append(*again, &same);
  FUZZ_CHECK(same == bytes);
}
