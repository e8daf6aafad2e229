#pragma once
// Filters as the REST catalog writes them (rest-catalog-open-api.yaml, `Predicate`), old and new spellings,
// and what the bounds of a file say about them.
//
// A filter only ever leaves out files of which no row matches, and only ever shortens to what is left to
// check; where bounds do not tell, the client checks rows with the predicate it sent.

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "tables/tables.h"

namespace boathouse::iceberg {

// What is known of a predicate over all rows of a file.
enum class Outcome { kNone, kSome, kAll };

class Expression {
 public:
  // Checks `json` against the columns of `schema`. kInvalid names the place below `pointer` and what would
  // be right there: an unknown column, operator or shape, a value that cannot be one of the column's type.
  static Result<Expression> Parse(const Json& json, const tables::Schema& schema,
                                  bool case_sensitive, const std::string& pointer);

  struct Residual {
    Outcome outcome = Outcome::kSome;
    Json
        filter;  // what rows of the file must still be checked with: true or false when they need not be
  };
  // `file_schema` is what the file's statistics are of.
  Residual For(const tables::File& file, const tables::Schema& file_schema) const;

  struct Node;

 private:
  explicit Expression(std::shared_ptr<const Node> root) : root_(std::move(root)) {}
  std::shared_ptr<const Node> root_;
};

// The place of a column by name, or nullptr.
const tables::Column* FindColumn(const tables::Schema& schema, std::string_view name,
                                 bool case_sensitive);

}  // namespace boathouse::iceberg
