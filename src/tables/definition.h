#pragma once
// What a publication lets out of an object: which columns, how they are masked, which records. A table of
// a definition is a table like any other (versions, history, change feed), in a folder of its own: what it
// hides is in none of its bytes, so no reader, format or index can give it away.
//
// Pure values and functions; the catalog makes the tables (Catalog::Define).

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "model/model.h"
#include "store/query.h"

namespace boathouse::tables {

inline constexpr int mask_characters_max = 1000;  // that kTruncate may leave

enum class Mask {
  kNone,
  kSha256,  // lower-case hexadecimal SHA-256 of the value as text (model::ToText); null stays null.
  // Equal values stay equal, so such columns can be joined; who can guess a value (a phone
  // number) can also recognise it
  kTruncate,  // the first `length` characters of the value as text
};

// A masked column is of type text, whatever the field is.
struct ColumnChoice {
  std::string field;
  Mask mask = Mask::kNone;
  int length = 0;  // kTruncate: characters, 1 to mask_characters_max

  bool operator==(const ColumnChoice&) const = default;
};

// Only records that meet the condition. Conditions of related records are live too: a change of a related
// record brings in, or takes out, the records that point to it, in the next version read.
struct RowFilter {
  std::string text;  // names the condition: another text is another condition
  // The condition under a model of the store, for the definition's object. Called when the model has
  // changed, from many threads. An error, as when a field is gone, closes the table until it is defined
  // anew: it is never published unfiltered. Neither "me" nor "today" may matter.
  std::function<Result<store::Condition>(const model::Model&)> bind;
};

struct Definition {
  Id id;               // names the table: see TableNameOf
  std::string object;  // singular, account
  // In this order behind `id`, which is always the first column, unmasked: it is what a row is recognised
  // by. Empty: every column, also those that are added later. A dropped column is simply not chosen.
  std::vector<ColumnChoice> columns;
  std::optional<RowFilter> filter;  // nullopt: all records
};

// The table's name: "pt-" and 32 hexadecimal digits.
std::string TableNameOf(const Id& definition);
inline constexpr std::string_view definition_prefix = "pt-";

// Neither columns are chosen nor records: the object's own table is that already.
bool IsWholeObject(const Definition& definition);
// Changes with anything that changes what readers may see.
std::string DigestOf(const Definition& definition);
// kInvalid with the fields "object", "columns/<n>/field", "columns/<n>/mask", "columns/<n>/length" or
// "filter" where the definition does not hold under `model`.
Status Check(const Definition& definition, const model::Model& model);

}  // namespace boathouse::tables
