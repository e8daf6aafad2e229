#pragma once
// The command line: verbs with named options, read without exceptions and explained in plain words.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace boathouse::app {

struct Option {
  std::string name;   // without the dashes
  std::string value;  // what the value is called in the help; "" makes it a flag
  std::string help;
  bool required = false;
};

// What stood on the command line behind the verb.
class Arguments {
 public:
  bool Has(std::string_view name) const;
  std::string Get(std::string_view name, std::string_view fallback = {}) const;
  // The value as a whole number in the range, or kInvalid with a sentence; `fallback` when absent.
  Result<int64_t> GetInteger(std::string_view name, int64_t fallback, int64_t minimum,
                             int64_t maximum) const;
  const std::vector<std::string>& positional() const { return positional_; }

 private:
  friend struct Verb;
  std::map<std::string, std::string, std::less<>> values_;
  std::vector<std::string> positional_;
};

struct Verb {
  std::string name;                     // may be two words: "user add"
  std::string summary;                  // one line
  std::vector<std::string> positional;  // names of what must stand without dashes
  std::vector<Option> options;
  int (*run)(const Arguments&) = nullptr;

  // Reads --name value, --name=value and flags. kInvalid names what is unknown, missing or given
  // twice.
  Result<Arguments> Parse(const std::vector<std::string>& words) const;
  std::string Usage() const;
};

}  // namespace boathouse::app
