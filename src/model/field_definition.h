#pragma once
// Reads definitions of fields, as people write them in JSON, and changes of them. Private to model/.

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "model/model.h"

namespace boathouse::model {

Error WrongMember(std::string pointer, std::string code, std::string detail);

// kInvalid unless it may be the name of an object or a field.
Status CheckName(std::string_view name, const std::string& pointer);

// kInvalid for a member that is not in the list.
Status CheckMembers(const Json& json, std::initializer_list<std::string_view> known,
                    const std::string& pointer);

// An optional one-line text; `fallback` when the member is absent.
Result<std::string> ReadLabel(const Json& json, const char* member, std::string fallback,
                              const std::string& pointer);

// A new field of the object `owner`, which may be new itself. Formulas and roll-ups are only read here; see
// computed.h.
Result<Field> ReadField(const Model& model, std::string_view owner, const Json& json,
                        const std::string& pointer);

// Changes the field by the members of `json` ("object" and "field" aside). What the records that exist
// must not contradict is the store's to check.
Status AlterField(const Json& json, Field& field);

// Made at run time, not by this program.
bool IsCustom(const Field& field);

}  // namespace boathouse::model
