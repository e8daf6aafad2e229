#pragma once
// Texts by character. They are UTF-8. Private to model/.

#include <string>
#include <string_view>

namespace boathouse::model {

// Case of Latin, Greek and Cyrillic letters; others stay as they are.
std::string LowerText(std::string_view text);
std::string UpperText(std::string_view text);
size_t CountCharacters(std::string_view text);
// The first or the last `count` characters.
std::string_view FirstCharacters(std::string_view text, size_t count);
std::string_view LastCharacters(std::string_view text, size_t count);

// What people call a field or an option until they give it a name: "billing_city" is "Billing city".
std::string LabelFor(std::string_view name);

}  // namespace boathouse::model
