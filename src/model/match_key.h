#pragma once
// What two values have in common when people mean the same thing: "ACME, Inc." and "Acme Incorporated",
// "+1 (216) 555-0134" and "216-555-0134". Duplicates are found by equal keys. Pure functions; a key is
// stored in indexes, so a change of what they return needs a new layout of the database
// (store/sqlite/schema.h).

#include <optional>
#include <string>
#include <string_view>

namespace boathouse::model {

enum class MatchMethod {
  kExact,  // the text, without white space around it
  kName,   // companies and people: case, accents, punctuation, spaces, legal forms, a leading "the"
  kDomain,  // of a URL, a host or an e-mail address: what somebody has registered
  kEmail,   // case, a +tag, the dots of Gmail
  kPhone,   // digits, with or without the country's prefix
};

std::string_view MatchMethodName(MatchMethod method);  // exact, name, domain, email, phone
std::optional<MatchMethod> FindMatchMethod(std::string_view name);

// The key, or "" when the text holds nothing to compare by: a free-mail provider has no domain that
// tells companies apart, three digits are no phone number. The key of a key is the key itself.
std::string MatchKey(MatchMethod method, std::string_view text);

}  // namespace boathouse::model
