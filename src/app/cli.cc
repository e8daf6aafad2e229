#include "app/cli.h"

#include <algorithm>
#include <charconv>

namespace boathouse::app {
namespace {

constexpr size_t help_column = 30;

Error Wrong(std::string message) { return Error(ErrorKind::kInvalid, std::move(message)); }

std::string Spelling(const Option& option) {
  return "--" + option.name + (option.value.empty() ? "" : " " + option.value);
}

}  // namespace

bool Arguments::Has(std::string_view name) const { return values_.find(name) != values_.end(); }

std::string Arguments::Get(std::string_view name, std::string_view fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string(fallback) : found->second;
}

Result<int64_t> Arguments::GetInteger(std::string_view name, int64_t fallback, int64_t minimum,
                                      int64_t maximum) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return fallback;
  const std::string& text = found->second;
  int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  if (!whole || value < minimum || value > maximum) {
    return Wrong("--" + std::string(name) + " must be a whole number from " +
                 std::to_string(minimum) + " to " + std::to_string(maximum) + ", not \"" + text +
                 "\"");
  }
  return value;
}

Result<Arguments> Verb::Parse(const std::vector<std::string>& words) const {
  Arguments arguments;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word.rfind("--", 0) != 0) {
      if (arguments.positional_.size() == positional.size()) {
        return Wrong("\"" + word + "\" is one word too many");
      }
      arguments.positional_.push_back(word);
      continue;
    }
    const size_t equals = word.find('=');
    const std::string given = word.substr(2, equals == std::string::npos ? equals : equals - 2);
    const auto option = std::find_if(options.begin(), options.end(),
                                     [&](const Option& each) { return each.name == given; });
    if (option == options.end()) return Wrong("there is no option --" + given);
    if (arguments.values_.contains(given)) return Wrong("--" + given + " stands twice");
    std::string value;
    if (option->value.empty()) {
      if (equals != std::string::npos) return Wrong("--" + given + " takes no value");
    } else if (equals != std::string::npos) {
      value = word.substr(equals + 1);
    } else if (i + 1 < words.size()) {
      value = words[++i];
    } else {
      return Wrong("--" + given + " needs a value: " + Spelling(*option));
    }
    arguments.values_.emplace(given, std::move(value));
  }
  if (arguments.positional_.size() < positional.size()) {
    return Wrong(positional[arguments.positional_.size()] + " is missing");
  }
  for (const Option& option : options) {
    if (option.required && !arguments.values_.contains(option.name)) {
      return Wrong(Spelling(option) + " is missing");
    }
  }
  return arguments;
}

std::string Verb::Usage() const {
  std::string text = "usage: boathouse " + name;
  for (const std::string& each : positional) text += " " + each;
  for (const Option& option : options) {
    text += option.required ? " " + Spelling(option) : " [" + Spelling(option) + "]";
  }
  text += "\n\n" + summary + "\n\n";
  for (const Option& option : options) {
    std::string line = "  " + Spelling(option);
    line.resize(std::max(line.size() + 2, help_column), ' ');
    text += line + option.help + "\n";
  }
  return text;
}

}  // namespace boathouse::app
