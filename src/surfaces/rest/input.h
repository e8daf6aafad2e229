#pragma once
// Private to surfaces/rest: reading what clients send. Every failure is a kInvalid that names the part of
// the request that is wrong: a JSON pointer into the body, or the name of a query parameter.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "http/http.h"
#include "model/model.h"

namespace boathouse::rest {

// Refuses parameters that are not among `allowed`, and those that stand twice.
Status CheckQuery(const http::Request& request, const std::vector<std::string_view>& allowed);

// The media type of Content-Type in lower case, without its parameters; "" when there is none.
std::string MediaType(const http::Request& request);

// `page_size`, or the default. Its upper limit is the CRM's to check.
Result<size_t> ReadPageSize(const http::Request& request);
// `name` as true or false; false when it is not there.
Result<bool> ReadFlag(const http::Request& request, std::string_view name);
// The items of a comma-separated parameter, trimmed; none when it is not there, one empty item when it is
// empty.
std::vector<std::string_view> ReadNames(const http::Request& request, std::string_view name);

// The {id} of the path. What is no UUID names no record: kNotFound.
Result<Id> ReadId(const http::Request& request);

// The body must be an object with these members only.
Status CheckMembers(const Json& body, std::initializer_list<std::string_view> allowed);
// A string member that must be there and must not be empty.
Result<std::string> ReadText(const Json& body, std::string_view name);

// The entity tags of an If-Match or If-None-Match header (RFC 9110, section 13.1).
struct EntityTags {
  struct Tag {
    bool weak = false;
    std::string text;  // without its quotes
  };
  bool any = false;  // "*"
  std::vector<Tag> tags;

  // If-None-Match (weak comparison): whether exactly this representation is meant.
  bool MatchRepresentation(const model::Object& object, int64_t version) const;
  // If-Match (strong comparison: a weak tag never matches): whether a record of that version is meant.
  // The plain version in quotes will do as well as the whole tag.
  bool MatchVersion(const model::Object& object, int64_t version) const;
};
// nullopt when the header is not there.
Result<std::optional<EntityTags>> ReadEntityTags(const http::Request& request,
                                                 std::string_view header);

// The ETag of a record of that version: its number in quotes. Custom fields of the object are counted
// behind it ("3-2"), since a field that is added changes what records look like and not their version. So
// does a role that hides fields: then a number for those that it shows follows ("3-2.17").
std::string EntityTagOf(const model::Object& object, int64_t version);

}  // namespace boathouse::rest
