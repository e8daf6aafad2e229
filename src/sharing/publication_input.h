#pragma once
// Private to sharing: what people send about shares, tables and recipients, read and checked. Errors are
// kInvalid and carry JSON pointers.

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "sharing/publications.h"
#include "sharing/recipients.h"

namespace boathouse::sharing {

// The body must be an object with these members only; `what` names the thing in the message.
Status CheckBody(const Json& body, const char* what, std::initializer_list<std::string_view> known);

// A name of the protocols: it stands in URLs and dotted paths, so it has no space, slash or control
// character, and (shares apart) no dot.
Result<std::string> ReadName(const Json& value, const std::string& pointer, bool may_have_dots);
// One line for people to read, at least one character.
Result<std::string> ReadLine(const Json& value, const std::string& pointer, size_t chars_max);
// A text of any lines; null is "".
Result<std::string> ReadText(const Json& value, const std::string& pointer, size_t chars_max);
Result<bool> ReadFlag(const Json& value, const std::string& pointer);
Result<int64_t> ReadNumber(const Json& value, const std::string& pointer, int64_t least,
                           int64_t most);
// Names, "name:mask", or {"field", "mask"?}; null is none.
Result<std::vector<PublishedColumn>> ReadColumns(const Json& value);

}  // namespace boathouse::sharing
