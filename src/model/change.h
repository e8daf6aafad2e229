#pragma once
// Changes of the model at run time: custom objects, custom fields, new labels. A change is a JSON
// object, kept by the store in order and applied again at every start; applying is a pure function.
//
//   {"add_object": {"name", "plural", "label"?, "label_plural"?, "description"?, "fields": [field...]}}
//   {"add_field": {"object": "account", "field": field}}
//   {"relabel": {"object": "account", "field"?: "segment", "label": "...", "label_plural"?: "..."}}
//   {"alter_field": {"object", "field", and what changes: "label", "description", "required", "unique",
//    "indexed", "searchable", "options", "default", "minimum", "maximum", "max_length", "currency",
//    "formula", "roll_up"}}: of standard fields the label, description, index, search and more options
//
// A field is {"name", "type", "label"?, "description"?, "required"?, "unique"?, "searchable"?,
// "indexed"?, "max_length"?, "minimum"?, "maximum"?, "options"?: [{"value", "label"?} or "value"],
// "relation"?: {"object"}, "default"?, "currency"?, "formula"?, "roll_up"?: {"object", "relation",
// "function": sum|count|min|max, "field"?, "filter"?}}, the same members that the model's description shows.

#include <memory>

#include "base/json.h"
#include "base/result.h"
#include "model/model.h"

namespace boathouse::model {

inline constexpr size_t name_chars_max = 40;
inline constexpr size_t label_chars_max = 80;
inline constexpr size_t objects_max = 200;
inline constexpr size_t fields_max = 400;   // of one object
inline constexpr size_t options_max = 500;  // of one select field
// Custom columns are numbered from here, so that standard fields added later keep their own range.
inline constexpr int32_t custom_column_id_min = 1001;

// The model after the change; `model` itself is untouched. A custom object gets the system fields, a
// required text field "name" unless it has one, and an owner. Errors carry JSON pointers into the
// definition ("/field/options/0/value").
Result<std::shared_ptr<const Model>> Apply(const Model& model, const Json& change);

}  // namespace boathouse::model
