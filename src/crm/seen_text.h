#pragma once
// Private to crm/: whether text that the full-text index found stands in what a caller sees. The index
// knows the searchable fields of an object together, denied ones among them.

#include <string_view>

#include "crm/permission.h"

namespace boathouse::crm {

// Whether a searchable field of the object is hidden from the caller.
bool HidesText(const Access& access);

// Whether every word of `text` is the beginning of a word in a searchable field that the caller sees, of
// a whole record. Stricter than the index: letters are told apart by their accents.
bool ShowsText(const Access& access, const model::Record& record, std::string_view text);

}  // namespace boathouse::crm
