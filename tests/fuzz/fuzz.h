#pragma once
// FUZZ_TARGET(input) { ... } is libFuzzer's entry: its body runs for one input after the other, a
// std::string_view. FUZZ_CHECK ends the run when what must hold for every input does not.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#define FUZZ_CHECK(condition) \
  if (!(condition)) abort()

#define FUZZ_TARGET(input)                                                  \
  static void FuzzOne(std::string_view input);                              \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) { \
    FuzzOne({reinterpret_cast<const char*>(data), size});                   \
    return 0;                                                               \
  }                                                                         \
  static void FuzzOne(std::string_view input)
