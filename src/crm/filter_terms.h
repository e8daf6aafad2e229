#pragma once
// One comparison of a filter, bound to its field: what its words mean for the field's type.

#include <optional>
#include <string>
#include <vector>

#include "crm/filter.h"
#include "crm/filter_lexer.h"

namespace boathouse::crm {

// A value as it was written.
struct FilterArgument {
  FilterToken token;              // a word or a string
  bool is_call = false;           // word(...)
  std::optional<int64_t> number;  // of a call; none for word()
};

struct FilterArguments {
  std::vector<FilterArgument> all;  // never empty
  bool are_all_wanted = false;      // joined by AND
};

// `comparator` and `arguments` on the field that `path` leads to.
Result<store::Condition> BindTerm(const FieldPath& path, const FilterToken& comparator,
                                  const FilterArguments& arguments, const FilterScope& scope);

}  // namespace boathouse::crm
