// JSON from anybody: what parses must be written and read back as the same value.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const boathouse::Result<boathouse::Json> json = boathouse::Json::Parse(text);
  if (!json.ok()) return 0;
  const boathouse::Result<boathouse::Json> again = boathouse::Json::Parse(json->Dump());
  if (!again.ok() || !(*again == *json)) __builtin_trap();
  return 0;
}
